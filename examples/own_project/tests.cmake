# SPDX-License-Identifier: Apache-2.0
# The project is copied elsewhere, configured there in each way, and run. Label standalone: what links
# the library without this build's flags, and so cannot count coverage.
function(own_project_test name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "HOW;TYPE;COMPILER" "")
	add_test(NAME example.own_project.${name}
		COMMAND ${CMAKE_COMMAND}
			-DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}/own_project
			-DTENON_SOURCE=${PROJECT_SOURCE_DIR}
			-DTENON_BUILD=${PROJECT_BINARY_DIR}
			-DWORK=${CMAKE_CURRENT_BINARY_DIR}/own_project/${name}
			-DHOW=${arg_HOW} -DTYPE=${arg_TYPE} -DCOMPILER=${arg_COMPILER}
			-P ${CMAKE_CURRENT_SOURCE_DIR}/own_project/test.cmake)
	set_tests_properties(example.own_project.${name} PROPERTIES LABELS "example;standalone" TIMEOUT 300)
endfunction()

own_project_test(package HOW package TYPE relocatable COMPILER ${CMAKE_C_COMPILER})
own_project_test(subdirectory HOW subdirectory TYPE sharedlib COMPILER ${CMAKE_C_COMPILER})
find_program(CLANG clang)
if(CLANG)
	own_project_test(clang HOW package TYPE object COMPILER ${CLANG})
endif()
