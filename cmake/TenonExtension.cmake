# SPDX-License-Identifier: Apache-2.0
#[[
Functions that build extensions. They work in a project that found the package (find_package(Tenon)),
in one that has the sources (add_subdirectory(tenon)), and with an extension development kit.

  add_llext_target(<name> OUTPUT <file.llext> SOURCES <file>...
                   [TYPE object|relocatable|sharedlib]
                   [C_FLAGS <flag>...] [CXX_FLAGS <flag>...] [LINK_FLAGS <flag>...])

    Compiles with the flags of the directory and of the toolchain, with LL_EXTENSION_BUILD defined,
    and makes <file.llext>, stripped of what loading does not need. Beside it is <name>_debug.elf,
    the same before it was stripped, for gdb. TYPE is the variable TENON_LLEXT_TYPE where it is not
    given, else relocatable (`ld -r`).

  llext_compile_definitions(<name> <definition>...)
  llext_compile_features(<name> <feature>...)
  llext_compile_options(<name> <option>...)
  llext_include_directories(<name> <directory>...)
  llext_link_options(<name> <option>...)

    As CMake's target_*(<name> PRIVATE ...), for one extension.

  generate_inc_file_for_target(<target> <file> <file.inc>)

    Makes <file.inc>, the bytes of <file> to be included inside the braces of an array, before
    <target> is compiled, and adds its folder to what <target> includes.

  add_llext_edk(<name> OUTPUT <file.tar.xz> [INCLUDE_DIRECTORIES <directory>...]
                [DEFINITIONS <definition>...] [C_FLAGS <flag>...])

    A target, not built by default, that makes an extension development kit: see cmake/edk/README.md.
]]
include_guard(GLOBAL)

set(TENON_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}" CACHE INTERNAL "Tenon's CMake files")

function(add_llext_target name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT;TYPE"
		"SOURCES;C_FLAGS;CXX_FLAGS;LINK_FLAGS")
	if(arg_UNPARSED_ARGUMENTS)
		message(FATAL_ERROR "add_llext_target(${name}): unknown: ${arg_UNPARSED_ARGUMENTS}")
	endif()
	if(NOT arg_OUTPUT OR NOT arg_SOURCES)
		message(FATAL_ERROR "add_llext_target(${name}): OUTPUT and SOURCES are needed")
	endif()
	if(NOT arg_TYPE)
		set(arg_TYPE "${TENON_LLEXT_TYPE}")
	endif()
	if(NOT arg_TYPE)
		set(arg_TYPE relocatable)
	endif()

	set(lib ${name}_llext_lib)
	add_library(${lib} OBJECT EXCLUDE_FROM_ALL ${arg_SOURCES})
	target_link_libraries(${lib} PRIVATE Tenon::extension)
	target_compile_options(${lib} PRIVATE
		"$<$<COMPILE_LANGUAGE:C>:${arg_C_FLAGS}>"
		"$<$<COMPILE_LANGUAGE:CXX>:${arg_CXX_FLAGS}>")
	# What a linker's plug-in reads instead of code cannot be loaded.
	set_target_properties(${lib} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)

	# The compiler links, since it knows the linker's emulation for its flags.
	set(language C)
	if(NOT CMAKE_C_COMPILER)
		set(language CXX)
	endif()
	set(driver "${CMAKE_${language}_COMPILER}")
	separate_arguments(flags UNIX_COMMAND "${CMAKE_${language}_FLAGS}")
	# A C library's specs are about firmware: its linker script, --gc-sections.
	list(FILTER flags EXCLUDE REGEX "^--?specs=")
	if(CMAKE_${language}_COMPILER_TARGET AND CMAKE_${language}_COMPILER_ID MATCHES Clang)
		list(APPEND flags "--target=${CMAKE_${language}_COMPILER_TARGET}")
	endif()
	set(options ${arg_LINK_FLAGS} "$<TARGET_PROPERTY:${name},LLEXT_LINK_OPTIONS>")
	set(objects "$<TARGET_OBJECTS:${lib}>")
	if(arg_TYPE STREQUAL object)
		list(LENGTH arg_SOURCES count)
		if(NOT count EQUAL 1)
			message(FATAL_ERROR
				"add_llext_target(${name}): TYPE object is made of one source, not ${count}")
		endif()
		set(link "${CMAKE_COMMAND}" -E copy ${objects})
	elseif(arg_TYPE STREQUAL relocatable)
		set(link "${driver}" ${flags} -nostdlib -r -Wl,--build-id=none ${options} ${objects} -o)
	elseif(arg_TYPE STREQUAL sharedlib)
		set_target_properties(${lib} PROPERTIES POSITION_INDEPENDENT_CODE ON)
		set(link "${driver}" ${flags} -nostdlib -shared -Wl,--build-id=none ${options}
			${objects} -o)
	else()
		message(FATAL_ERROR "add_llext_target(${name}): unknown TYPE ${arg_TYPE}")
	endif()

	get_filename_component(output "${arg_OUTPUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
	get_filename_component(folder "${output}" DIRECTORY)
	set(debug "${folder}/${name}_debug.elf")
	add_custom_command(OUTPUT "${output}" BYPRODUCTS "${debug}"
		COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
		COMMAND ${link} "${debug}"
		COMMAND "${CMAKE_COMMAND}" "-DINPUT=${debug}" "-DOUTPUT=${output}"
			"-DOBJCOPY=${CMAKE_OBJCOPY}" "-DOBJDUMP=${CMAKE_OBJDUMP}"
			-P "${TENON_CMAKE_DIR}/TenonStrip.cmake"
		DEPENDS ${lib} ${objects} "${TENON_CMAKE_DIR}/TenonStrip.cmake"
		COMMENT "Linking extension ${arg_OUTPUT}"
		COMMAND_EXPAND_LISTS VERBATIM)
	add_custom_target(${name} ALL DEPENDS "${output}")
	set_target_properties(${name} PROPERTIES
		lib_target ${lib}
		lib_output "${debug}"
		pkg_output "${output}"
		LLEXT_LINK_OPTIONS "")
endfunction()

function(tenon_llext_lib name result)
	get_target_property(lib ${name} lib_target)
	if(NOT lib)
		message(FATAL_ERROR "${name} was not made by add_llext_target()")
	endif()
	set(${result} ${lib} PARENT_SCOPE)
endfunction()

function(llext_compile_definitions name)
	tenon_llext_lib(${name} lib)
	target_compile_definitions(${lib} PRIVATE ${ARGN})
endfunction()

function(llext_compile_features name)
	tenon_llext_lib(${name} lib)
	target_compile_features(${lib} PRIVATE ${ARGN})
endfunction()

function(llext_compile_options name)
	tenon_llext_lib(${name} lib)
	target_compile_options(${lib} PRIVATE ${ARGN})
endfunction()

function(llext_include_directories name)
	tenon_llext_lib(${name} lib)
	target_include_directories(${lib} PRIVATE ${ARGN})
endfunction()

function(llext_link_options name)
	tenon_llext_lib(${name} lib)
	set_property(TARGET ${name} APPEND PROPERTY LLEXT_LINK_OPTIONS ${ARGN})
endfunction()

function(generate_inc_file_for_target target input output)
	get_filename_component(input "${input}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
	get_filename_component(output "${output}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
	get_filename_component(folder "${output}" DIRECTORY)
	get_filename_component(stem "${output}" NAME)
	add_custom_command(OUTPUT "${output}"
		COMMAND "${CMAKE_COMMAND}" "-DINPUT=${input}" "-DOUTPUT=${output}"
			-P "${TENON_CMAKE_DIR}/TenonInc.cmake"
		DEPENDS "${input}" "${TENON_CMAKE_DIR}/TenonInc.cmake"
		COMMENT "Generating ${stem}"
		VERBATIM)
	string(MAKE_C_IDENTIFIER "${target}_${stem}" generated)
	add_custom_target(${generated} DEPENDS "${output}")
	add_dependencies(${target} ${generated})
	target_include_directories(${target} PRIVATE "${folder}")
endfunction()

function(add_llext_edk name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT" "INCLUDE_DIRECTORIES;DEFINITIONS;C_FLAGS")
	if(arg_UNPARSED_ARGUMENTS OR NOT arg_OUTPUT)
		message(FATAL_ERROR "add_llext_edk(${name}): OUTPUT is needed; "
			"unknown: ${arg_UNPARSED_ARGUMENTS}")
	endif()
	get_filename_component(output "${arg_OUTPUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
	set(folders)
	foreach(folder IN LISTS arg_INCLUDE_DIRECTORIES)
		get_filename_component(folder "${folder}" ABSOLUTE)
		list(APPEND folders "${folder}")
	endforeach()
	set(flags ${arg_C_FLAGS})
	foreach(definition IN LISTS arg_DEFINITIONS)
		list(APPEND flags "-D${definition}")
	endforeach()
	separate_arguments(c_flags UNIX_COMMAND "${CMAKE_C_FLAGS}")
	separate_arguments(cxx_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")

	# The lists go through a file: no shell, no quoting.
	set(settings "${CMAKE_CURRENT_BINARY_DIR}/${name}_edk_settings.cmake")
	file(GENERATE OUTPUT "${settings}" CONTENT
"set(OUTPUT [==[${output}]==])
set(WORK [==[${CMAKE_CURRENT_BINARY_DIR}/${name}_edk]==])
set(TENON_CMAKE_DIR [==[${TENON_CMAKE_DIR}]==])
set(TENON_INCLUDE_DIRS [==[${TENON_EXTENSION_INCLUDE_DIRS}]==])
set(INCLUDE_DIRS [==[${folders}]==])
set(C_FLAGS [==[${c_flags};${flags}]==])
set(CXX_FLAGS [==[${cxx_flags};${flags}]==])
set(COMPILER [==[${CMAKE_C_COMPILER}]==])
set(TYPE [==[${TENON_LLEXT_TYPE}]==])
")
	add_custom_target(${name}
		COMMAND "${CMAKE_COMMAND}" "-DSETTINGS=${settings}" -P "${TENON_CMAKE_DIR}/TenonEdk.cmake"
		COMMENT "Packing the extension development kit ${arg_OUTPUT}"
		VERBATIM)
endfunction()
