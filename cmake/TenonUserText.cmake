# SPDX-License-Identifier: Apache-2.0
# tenon_user_text(<target> FUNCTIONS <name>... LINK <argument>...)
# The functions, taken out of the libraries that the arguments name, become user-callable in <target>:
# sandboxed extensions call them without a gate. The build fails where one is not closed, that is,
# needs more than its arguments, its stack, and code and constants of these libraries.
get_filename_component(TENON_USER_TEXT "${CMAKE_CURRENT_LIST_DIR}/user_text" ABSOLUTE)

function(tenon_user_text target)
	cmake_parse_arguments(USER "" "" "FUNCTIONS;LINK" ${ARGN})
	separate_arguments(flags UNIX_COMMAND "${CMAKE_C_FLAGS}")
	set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}_user)
	add_custom_command(OUTPUT ${out}.o ${out}.c
		COMMAND ${TENON_USER_TEXT} ${CMAKE_C_COMPILER} ${out}.o ${out}.c
			${USER_FUNCTIONS} -- ${flags} ${USER_LINK}
		DEPENDS ${TENON_USER_TEXT} ${TENON_USER_TEXT}.ld VERBATIM)
	target_sources(${target} PRIVATE ${out}.c ${out}.o)
	set_source_files_properties(${out}.c PROPERTIES COMPILE_OPTIONS "-fno-builtin")
	set_source_files_properties(${out}.o PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
endfunction()
