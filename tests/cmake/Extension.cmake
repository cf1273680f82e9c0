# SPDX-License-Identifier: Apache-2.0
# Extensions for the tests, built by any compiler: the project's own is only one of them.
include_guard(GLOBAL)

# test_extension(<variable> <name> KIND object|relocatable|shared|shared_as_usual|executable
#                [COMPILER cc] SOURCES ... [FLAGS ...] [LINK_FLAGS ...])
# Sets <variable> to the file that the build will make. An object has one source.
function(test_extension variable name)
	cmake_parse_arguments(EXT "" "KIND;COMPILER" "SOURCES;FLAGS;LINK_FLAGS" ${ARGN})
	if(NOT EXT_COMPILER)
		set(EXT_COMPILER ${CMAKE_C_COMPILER})
	endif()
	set(out ${CMAKE_CURRENT_BINARY_DIR}/extensions/${name}.llext)
	set(compile ${EXT_COMPILER} ${EXT_FLAGS} -DLL_EXTENSION_BUILD -I${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../include)
	set(sources)
	foreach(source ${EXT_SOURCES})
		get_filename_component(source ${source} ABSOLUTE)
		list(APPEND sources ${source})
	endforeach()
	if("${EXT_KIND}" STREQUAL "object")
		add_custom_command(OUTPUT ${out}
			COMMAND ${compile} -MD -MF ${out}.d -MT ${out} -c ${sources} -o ${out}
			DEPENDS ${sources} DEPFILE ${out}.d VERBATIM)
	elseif("${EXT_KIND}" STREQUAL "relocatable")
		add_custom_command(OUTPUT ${out}
			COMMAND ${compile} -r -nostdlib ${EXT_LINK_FLAGS} ${sources} -o ${out}
			DEPENDS ${sources} VERBATIM)
	elseif("${EXT_KIND}" STREQUAL "executable")
		add_custom_command(OUTPUT ${out}
			COMMAND ${compile} -static -nostdlib ${EXT_LINK_FLAGS} ${sources} -o ${out}
			DEPENDS ${sources} VERBATIM)
	elseif("${EXT_KIND}" MATCHES "shared")
		set(without -nostdlib)
		if("${EXT_KIND}" STREQUAL "shared_as_usual") # with the compiler's start-up files
			set(without -nodefaultlibs)
		endif()
		add_custom_command(OUTPUT ${out}
			COMMAND ${compile} -shared ${without} ${EXT_LINK_FLAGS} ${sources} -o ${out}
			DEPENDS ${sources} VERBATIM)
	else()
		message(FATAL_ERROR "${name}: no such kind of extension: ${EXT_KIND}")
	endif()
	set(${variable} ${out} PARENT_SCOPE)
endfunction()

# Compile files into a program: test_embed(<variable> <name>=<file> ...) sets <variable> to a C
# source that defines fixture_<name>[] and fixture_<name>_end[].
function(test_embed variable)
	set(source ${CMAKE_CURRENT_BINARY_DIR}/${variable}.c)
	set(text "/* Made by the build: the bytes of the fixtures. */\n")
	set(files)
	foreach(pair ${ARGN})
		string(REGEX MATCH "^([a-z0-9_]+)=(.*)$" matched ${pair})
		set(name ${CMAKE_MATCH_1})
		set(file ${CMAKE_MATCH_2})
		list(APPEND files ${file})
		string(APPEND text "__asm__(\".section .rodata.fixture_${name},\\\"a\\\"\\n\"\n"
			"\t\".balign 64\\n.globl fixture_${name}\\nfixture_${name}:\\n\"\n"
			"\t\".incbin \\\"${file}\\\"\\n\"\n"
			"\t\".globl fixture_${name}_end\\nfixture_${name}_end:\\n.byte 0\\n.previous\\n\");\n")
	endforeach()
	file(GENERATE OUTPUT ${source} CONTENT "${text}")
	set_source_files_properties(${source} PROPERTIES GENERATED TRUE OBJECT_DEPENDS "${files}")
	set(${variable} ${source} PARENT_SCOPE)
endfunction()
