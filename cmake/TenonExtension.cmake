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

    The variable LLEXT_REMOVE_FLAGS lists regular expressions: flags that one of them matches whole
    are taken from those of add_compile_options(). LLEXT_APPEND_FLAGS are added to the compiler's
    flags and to those of a link.

    Properties of <name> say what is made on the way: lib_target, the objects; lib_output, what they
    are linked to; pkg_input, what is stripped, which is the same unless a POST_BUILD command makes
    another; pkg_output, <file.llext>.

  add_llext_command(TARGET <name> PRE_BUILD|POST_BUILD|POST_PKG COMMAND <command> [<argument>...] ...)

    A step of the build of one extension. PRE_BUILD: before it is linked (not of TYPE object).
    POST_BUILD: when it is linked; the command makes the file pkg_input of the file lib_output.
    POST_PKG: when pkg_output is there, which the command may change. What follows COMMAND is as for
    add_custom_command().

  llext_compile_definitions(<name> <definition>...)
  llext_compile_features(<name> <feature>...)
  llext_compile_options(<name> <option>...)
  llext_include_directories(<name> <directory>...)
  llext_link_options(<name> <option>...)

    As CMake's target_*(<name> PRIVATE ...), for one extension.

  generate_inc_file_for_target(<target> <file> <file.inc>)

    Makes <file.inc>, the bytes of <file> to be included inside the braces of an array, before
    <target> is compiled, and adds its folder to what <target> includes.

  add_llext_edk(<name> OUTPUT <file.tar.xz> [FIRMWARE <target or ELF file>]
                [INCLUDE_DIRECTORIES <directory>...] [DEFINITIONS <definition>...] [C_FLAGS <flag>...]
                [LIBRARIES <target>...])

    A target, not built by default, that makes an extension development kit: see cmake/edk/README.md.
    The target llext-edk makes all kits of a build. A kit has the flags of the toolchain, those that
    were given by add_compile_options() and add_compile_definitions() before this call, and what
    the LIBRARIES want of those that link them: options, definitions, include directories.
    With FIRMWARE it also has what the command `tenon kit` reads from that: exports.txt, kit.json and
    firmware.elf, and a build with the kit fails where it imports what the firmware has not. The command
    is TENON_TOOL, or `tenon` in PATH.
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
		"$<$<COMPILE_LANGUAGE:CXX>:${arg_CXX_FLAGS}>" ${LLEXT_APPEND_FLAGS})
	tenon_remove_flags(${lib})
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
	set(options ${LLEXT_APPEND_FLAGS} ${arg_LINK_FLAGS} "$<TARGET_PROPERTY:${name},LLEXT_LINK_OPTIONS>")
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
	set(input "${CMAKE_CURRENT_BINARY_DIR}/${name}.llext.pkg_input")
	# Where commands before and after the link hang. Without any, these are only names.
	add_custom_target(${name}_llext_pre DEPENDS ${objects})
	add_dependencies(${name}_llext_pre ${lib})
	add_custom_command(OUTPUT "${debug}"
		COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
		COMMAND ${link} "${debug}"
		DEPENDS ${name}_llext_pre ${lib} ${objects}
		COMMENT "Linking extension ${arg_OUTPUT}"
		COMMAND_EXPAND_LISTS VERBATIM)
	# A POST_BUILD command makes that file instead; the build is to know it either way.
	set(makes "$<BOOL:$<TARGET_PROPERTY:${name},LLEXT_HAS_POST_BUILD>>")
	set(copy "$<IF:${makes},true,copy;${debug};${input}>")
	add_custom_command(OUTPUT "${input}" COMMAND "${CMAKE_COMMAND}" -E "${copy}"
		DEPENDS "${debug}" COMMAND_EXPAND_LISTS VERBATIM)
	add_custom_target(${name}_llext_proc DEPENDS "${input}")
	set(check)
	if(TENON_TOOL AND EXISTS "${LLEXT_EDK_INSTALL_DIR}/kit.json")
		set(check COMMAND "${CMAKE_COMMAND}" "-DTENON_TOOL=${TENON_TOOL}" "-DFILE=${debug}"
			"-DKIT=${LLEXT_EDK_INSTALL_DIR}" -P "${TENON_CMAKE_DIR}/TenonCheck.cmake")
	endif()
	add_custom_command(OUTPUT "${output}"
		${check}
		COMMAND "${CMAKE_COMMAND}" "-DINPUT=${input}" "-DOUTPUT=${output}"
			"-DOBJCOPY=${CMAKE_OBJCOPY}" "-DOBJDUMP=${CMAKE_OBJDUMP}"
			-P "${TENON_CMAKE_DIR}/TenonStrip.cmake"
		DEPENDS ${name}_llext_proc "${input}" "${TENON_CMAKE_DIR}/TenonStrip.cmake"
		COMMENT "Packaging extension ${arg_OUTPUT}"
		VERBATIM)
	add_custom_target(${name} ALL DEPENDS "${output}")
	set_target_properties(${name} PROPERTIES
		lib_target ${lib}
		lib_output "${debug}"
		pkg_input "${input}"
		pkg_output "${output}"
		LLEXT_TYPE ${arg_TYPE}
		LLEXT_LINK_OPTIONS "")
endfunction()

# Take flags that LLEXT_REMOVE_FLAGS names from those that the directory has given a target.
function(tenon_remove_flags lib)
	get_target_property(options ${lib} COMPILE_OPTIONS)
	if(NOT options)
		return()
	endif()
	foreach(expression IN LISTS LLEXT_REMOVE_FLAGS)
		list(FILTER options EXCLUDE REGEX "^(${expression})$")
	endforeach()
	set_property(TARGET ${lib} PROPERTY COMPILE_OPTIONS ${options})
endfunction()

function(add_llext_command)
	cmake_parse_arguments(PARSE_ARGV 0 arg "PRE_BUILD;POST_BUILD;POST_PKG" "TARGET" "")
	if(NOT arg_TARGET)
		message(FATAL_ERROR "add_llext_command(): TARGET is needed")
	endif()
	tenon_llext_lib(${arg_TARGET} lib)
	list(POP_FRONT arg_UNPARSED_ARGUMENTS word)
	if(NOT word STREQUAL "COMMAND")
		message(FATAL_ERROR "add_llext_command(${arg_TARGET}): a step, then COMMAND is needed")
	endif()
	if(arg_PRE_BUILD)
		get_target_property(type ${arg_TARGET} LLEXT_TYPE)
		if(type STREQUAL object)
			message(FATAL_ERROR
				"add_llext_command(${arg_TARGET} PRE_BUILD): TYPE object is not linked")
		endif()
		set(target ${arg_TARGET}_llext_pre)
	elseif(arg_POST_BUILD)
		set_property(TARGET ${arg_TARGET} PROPERTY LLEXT_HAS_POST_BUILD ON)
		set(target ${arg_TARGET}_llext_proc)
	elseif(arg_POST_PKG)
		set(target ${arg_TARGET})
	else()
		message(FATAL_ERROR
			"add_llext_command(${arg_TARGET}): PRE_BUILD, POST_BUILD or POST_PKG is needed")
	endif()
	add_custom_command(TARGET ${target} POST_BUILD COMMAND ${arg_UNPARSED_ARGUMENTS}
		COMMAND_EXPAND_LISTS VERBATIM)
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
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT;FIRMWARE"
		"INCLUDE_DIRECTORIES;DEFINITIONS;C_FLAGS;LIBRARIES")
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
	get_directory_property(flags COMPILE_OPTIONS)
	get_directory_property(definitions COMPILE_DEFINITIONS)
	foreach(library IN LISTS arg_LIBRARIES)
		foreach(kind OPTIONS DEFINITIONS)
			get_target_property(found ${library} INTERFACE_COMPILE_${kind})
			if(found AND kind STREQUAL OPTIONS)
				list(APPEND flags ${found})
			elseif(found)
				list(APPEND definitions ${found})
			endif()
		endforeach()
		get_target_property(found ${library} INTERFACE_INCLUDE_DIRECTORIES)
		if(found)
			list(APPEND folders ${found})
		endif()
	endforeach()
	list(APPEND flags ${arg_C_FLAGS})
	foreach(definition IN LISTS definitions arg_DEFINITIONS)
		list(APPEND flags "-D${definition}")
	endforeach()
	separate_arguments(c_flags UNIX_COMMAND "${CMAKE_C_FLAGS}")
	separate_arguments(cxx_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")
	tenon_flags_of_language(C c_flags ${flags})
	tenon_flags_of_language(CXX cxx_flags ${flags})

	set(firmware)
	set(tool)
	if(arg_FIRMWARE)
		tenon_edk_firmware(${name} firmware tool "${arg_FIRMWARE}")
	endif()

	# The lists go through a file: no shell, no quoting.
	set(settings "${CMAKE_CURRENT_BINARY_DIR}/${name}_edk_settings.cmake")
	file(GENERATE OUTPUT "${settings}" CONTENT
"set(OUTPUT [==[${output}]==])
set(WORK [==[${CMAKE_CURRENT_BINARY_DIR}/${name}_edk]==])
set(TENON_CMAKE_DIR [==[${TENON_CMAKE_DIR}]==])
set(TENON_INCLUDE_DIRS [==[${TENON_EXTENSION_INCLUDE_DIRS}]==])
set(INCLUDE_DIRS [==[${folders}]==])
set(BINARY_DIR [==[${CMAKE_BINARY_DIR}]==])
set(C_FLAGS [==[${c_flags}]==])
set(CXX_FLAGS [==[${cxx_flags}]==])
set(COMPILER [==[${CMAKE_C_COMPILER}]==])
set(CXX_COMPILER [==[${CMAKE_CXX_COMPILER}]==])
set(COMPILER_TARGET [==[${CMAKE_C_COMPILER_TARGET}]==])
set(SYSTEM_NAME [==[${CMAKE_SYSTEM_NAME}]==])
set(SYSTEM_PROCESSOR [==[${CMAKE_SYSTEM_PROCESSOR}]==])
set(CROSS [==[${CMAKE_CROSSCOMPILING}]==])
set(TYPE [==[${TENON_LLEXT_TYPE}]==])
set(FIRMWARE [==[${firmware}]==])
set(TENON_TOOL [==[${tool}]==])
")
	add_custom_target(${name}
		COMMAND "${CMAKE_COMMAND}" "-DSETTINGS=${settings}" -P "${TENON_CMAKE_DIR}/TenonEdk.cmake"
		COMMENT "Packing the extension development kit ${arg_OUTPUT}"
		VERBATIM)
	if(TARGET "${arg_FIRMWARE}")
		add_dependencies(${name} ${arg_FIRMWARE})
	endif()
	if(arg_FIRMWARE AND TARGET tenon_command)
		add_dependencies(${name} tenon_command)
	endif()
	if(NOT TARGET llext-edk)
		add_custom_target(llext-edk)
	endif()
	add_dependencies(llext-edk ${name})
endfunction()

# The firmware's ELF file, and the command that reads it.
function(tenon_edk_firmware name file tool firmware)
	if(TARGET "${firmware}")
		set(${file} "$<TARGET_FILE:${firmware}>" PARENT_SCOPE)
	else()
		get_filename_component(firmware "${firmware}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
		set(${file} "${firmware}" PARENT_SCOPE)
	endif()
	if(TARGET tenon_command)
		set(${tool} "$<TARGET_FILE:tenon_command>" PARENT_SCOPE)
		return()
	endif()
	find_program(TENON_TOOL tenon DOC "The command tenon")
	if(NOT TENON_TOOL)
		message(FATAL_ERROR "add_llext_edk(${name}): FIRMWARE needs the command tenon, which is not in PATH; "
			"set TENON_TOOL, or leave FIRMWARE out, and builds with the kit are not checked")
	endif()
	set(${tool} "${TENON_TOOL}" PARENT_SCOPE)
endfunction()

# Append flags as they are for one language: what depends on the language is known then.
function(tenon_flags_of_language language result)
	set(flags "${ARGN}")
	while(flags MATCHES "\\$<COMPILE_LANGUAGE:([^>]*)>")
		string(REPLACE "," ";" languages "${CMAKE_MATCH_1}")
		set(found 0)
		if(language IN_LIST languages)
			set(found 1)
		endif()
		string(REPLACE "$<COMPILE_LANGUAGE:${CMAKE_MATCH_1}>" ${found} flags "${flags}")
	endwhile()
	set(${result} ${${result}} ${flags} PARENT_SCOPE)
endfunction()
