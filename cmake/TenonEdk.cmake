# SPDX-License-Identifier: Apache-2.0
# cmake -DSETTINGS= -P TenonEdk.cmake: make an extension development kit. SETTINGS is a file that
# add_llext_edk() wrote; the variables are explained there.
include("${SETTINGS}")

get_filename_component(stem "${OUTPUT}" NAME)
string(REGEX REPLACE "\\.tar.*$" "" stem "${stem}")
set(kit "${WORK}/${stem}")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${kit}/include" "${kit}/cmake")

# Headers: of Tenon, whose folder others may share, and all of the firmware's.
foreach(folder IN LISTS TENON_INCLUDE_DIRS)
	foreach(part llext zephyr)
		if(EXISTS "${folder}/${part}")
			file(COPY "${folder}/${part}" DESTINATION "${kit}/include")
		endif()
	endforeach()
endforeach()
set(generated)
foreach(folder IN LISTS INCLUDE_DIRS)
	# What the build has made is apart.
	set(include include)
	cmake_path(IS_PREFIX BINARY_DIR "${folder}" NORMALIZE is_generated)
	if(is_generated)
		set(include include-generated)
		set(generated yes)
	endif()
	file(GLOB_RECURSE headers RELATIVE "${folder}" "${folder}/*.h" "${folder}/*.hpp")
	foreach(header IN LISTS headers)
		if(EXISTS "${kit}/include/${header}" OR EXISTS "${kit}/include-generated/${header}")
			message(FATAL_ERROR "two headers of the kit have one name: ${header}")
		endif()
		get_filename_component(place "${kit}/${include}/${header}" DIRECTORY)
		file(COPY "${folder}/${header}" DESTINATION "${place}")
	endforeach()
endforeach()
foreach(file TenonExtension.cmake TenonCheck.cmake TenonStrip.cmake TenonInc.cmake edk)
	file(COPY "${TENON_CMAKE_DIR}/${file}" DESTINATION "${kit}/cmake")
endforeach()
file(RENAME "${kit}/cmake/edk/README.md" "${kit}/README.md")
file(RENAME "${kit}/cmake/edk/TenonEdkConfig.cmake" "${kit}/cmake/TenonEdkConfig.cmake")
file(REMOVE_RECURSE "${kit}/cmake/edk")

# tenon_make_line(<variable> <flag>...): flags as make hands them to a shell.
function(tenon_make_line result)
	set(words)
	foreach(word IN LISTS ARGN)
		if(NOT word MATCHES "^[A-Za-z0-9_./=:+,%-]+$")
			string(REPLACE "'" "'\\''" word "${word}")
			string(REPLACE "$" "$$" word "${word}")
			string(REPLACE "#" "\\#" word "${word}")
			set(word "'${word}'")
		endif()
		list(APPEND words "${word}")
	endforeach()
	list(JOIN words " " line)
	set(${result} "${line}" PARENT_SCOPE)
endfunction()

# Files that flags name with -imacros come with the kit.
set(imacros)
foreach(language C CXX)
	set(rest)
	set(next_is_file no)
	foreach(flag IN LISTS ${language}_FLAGS)
		if(flag STREQUAL "-imacros")
			set(next_is_file yes)
			continue()
		elseif(next_is_file)
			set(file "${flag}")
		elseif(flag MATCHES "^-imacros(.+)$")
			set(file "${CMAKE_MATCH_1}")
		else()
			list(APPEND rest "${flag}")
			continue()
		endif()
		set(next_is_file no)
		get_filename_component(header "${file}" NAME)
		file(COPY "${file}" DESTINATION "${kit}/include-generated")
		list(APPEND imacros "${header}")
		set(generated yes)
	endforeach()
	set(${language}_FLAGS "${rest}")
endforeach()
list(REMOVE_DUPLICATES imacros)

# Flags, for CMake and for make. Paths in the kit are relative to where it is unpacked.
set(include_flags "-I@/include")
set(generated_flags)
if(generated)
	set(generated_flags "-I@/include-generated")
endif()
list(TRANSFORM imacros PREPEND "-imacros@/include-generated/")
foreach(list LLEXT_INCLUDE_CFLAGS:include_flags LLEXT_GENERATED_INCLUDE_CFLAGS:generated_flags
		LLEXT_ALL_INCLUDE_CFLAGS:all_flags LLEXT_GENERATED_IMACROS_CFLAGS:imacros)
	string(REPLACE ":" ";" list "${list}")
	list(GET list 0 variable)
	list(GET list 1 flags)
	set(all_flags ${include_flags} ${generated_flags})
	string(REPLACE "@" "\${CMAKE_CURRENT_LIST_DIR}" in_cmake "${${flags}}")
	list(JOIN ${flags} " " line)
	string(REPLACE "@" "$(LLEXT_EDK_INSTALL_DIR)" in_make "${line}")
	string(APPEND cmake_includes "set(${variable} \"${in_cmake}\")\n")
	string(APPEND make_includes "${variable} = ${in_make}\n")
endforeach()
string(CONCAT cmake_flags
	"# SPDX-License-Identifier: Apache-2.0\n"
	"${cmake_includes}"
	"set(LLEXT_EDK_COMPILER [==[${COMPILER}]==])\n"
	"set(LLEXT_EDK_TYPE [==[${TYPE}]==])\n")
string(CONCAT make_flags
	"# SPDX-License-Identifier: Apache-2.0\n"
	"${make_includes}"
	"LLEXT_EDK_COMPILER = ${COMPILER}\n")
foreach(language C CXX)
	set(flags ${${language}_FLAGS})
	tenon_make_line(line ${flags})
	string(APPEND cmake_flags
		"set(LLEXT_BASE_${language}FLAGS [==[${flags}]==])\n"
		"set(LLEXT_${language}FLAGS \${LLEXT_BASE_${language}FLAGS} -DLL_EXTENSION_BUILD\n"
		"\t\${LLEXT_GENERATED_IMACROS_CFLAGS} \${LLEXT_ALL_INCLUDE_CFLAGS})\n")
	string(APPEND make_flags "LLEXT_BASE_${language}FLAGS = ${line}\n"
		"LLEXT_${language}FLAGS = $(LLEXT_BASE_${language}FLAGS) -DLL_EXTENSION_BUILD "
		"$(LLEXT_GENERATED_IMACROS_CFLAGS) $(LLEXT_ALL_INCLUDE_CFLAGS)\n")
endforeach()
file(WRITE "${kit}/cmake.cflags" "${cmake_flags}")
file(WRITE "${kit}/Makefile.cflags" "${make_flags}")

# A toolchain file: the same compiler, wherever it is here.
get_filename_component(c_name "${COMPILER}" NAME)
get_filename_component(cxx_name "${CXX_COMPILER}" NAME)
string(CONCAT toolchain
	"# SPDX-License-Identifier: Apache-2.0\n"
	"# The compiler that the firmware was built with: -DCMAKE_TOOLCHAIN_FILE=.../toolchain.cmake. It is\n"
	"# looked for in PATH, or in the folder that LLEXT_EDK_TOOLCHAIN_DIR names.\n")
if(CROSS)
	string(APPEND toolchain
		"set(CMAKE_SYSTEM_NAME [==[${SYSTEM_NAME}]==])\n"
		"set(CMAKE_SYSTEM_PROCESSOR [==[${SYSTEM_PROCESSOR}]==])\n"
		"set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)\n")
endif()
foreach(pair C:${c_name} CXX:${cxx_name})
	string(REPLACE ":" ";" pair "${pair}")
	list(GET pair 0 language)
	list(LENGTH pair length)
	if(length LESS 2)
		continue()
	endif()
	list(GET pair 1 compiler)
	if(NOT compiler STREQUAL "")
		string(APPEND toolchain
			"find_program(LLEXT_EDK_${language}_COMPILER_FOUND [==[${compiler}]==]\n"
			"\tHINTS \"\$ENV{LLEXT_EDK_TOOLCHAIN_DIR}\" REQUIRED)\n"
			"set(CMAKE_${language}_COMPILER \"\${LLEXT_EDK_${language}_COMPILER_FOUND}\")\n")
		if(COMPILER_TARGET)
			string(APPEND toolchain
				"set(CMAKE_${language}_COMPILER_TARGET [==[${COMPILER_TARGET}]==])\n")
		endif()
	endif()
endforeach()
file(WRITE "${kit}/toolchain.cmake" "${toolchain}")

# What is in the firmware's file: what it exports, what it is compiled for, where its heap is.
if(FIRMWARE)
	tenon_make_line(line ${C_FLAGS})
	get_filename_component(compiler "${COMPILER}" NAME)
	execute_process(COMMAND "${TENON_TOOL}" kit "${FIRMWARE}" -o "${WORK}/of_firmware" "--flags=${line}"
		"--compiler=${compiler}" RESULT_VARIABLE status OUTPUT_QUIET)
	if(NOT status EQUAL 0)
		message(FATAL_ERROR "${TENON_TOOL} kit cannot read ${FIRMWARE}")
	endif()
	foreach(file exports.txt kit.json firmware.elf)
		file(COPY "${WORK}/of_firmware/${file}" DESTINATION "${kit}")
	endforeach()
	file(APPEND "${kit}/README.md" "
The kit knows what the firmware exports. A build of `add_llext_target()` fails where the extension imports something
else, or is compiled for another processor, if the command `tenon` is in `PATH` (or `TENON_TOOL` names it). With
make, or by hand:

    tenon check my_extension.llext --against $LLEXT_EDK_INSTALL_DIR

| file | has |
|---|---|
| `exports.txt` | the names that the firmware exports, with prototypes |
| `kit.json` | the same with types, flags, build attributes, heaps and the table's fingerprint |
| `firmware.elf` | stands for the firmware, without its code |
")
endif()

get_filename_component(place "${OUTPUT}" DIRECTORY)
file(MAKE_DIRECTORY "${place}")
execute_process(COMMAND "${CMAKE_COMMAND}" -E tar cJf "${OUTPUT}" "${stem}"
	WORKING_DIRECTORY "${WORK}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
	message(FATAL_ERROR "cannot write ${OUTPUT}")
endif()
