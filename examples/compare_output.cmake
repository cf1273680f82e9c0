# SPDX-License-Identifier: Apache-2.0
# cmake -DPROGRAM= [-DARGUMENTS=a,b] -DEXPECTED= -P compare_output.cmake: the program must end with status 0, print what
# the file EXPECTED has, and nothing on standard error.
string(REPLACE "," ";" ARGUMENTS "${ARGUMENTS}")
execute_process(COMMAND "${PROGRAM}" ${ARGUMENTS} OUTPUT_VARIABLE output ERROR_VARIABLE errors
	RESULT_VARIABLE status)
file(READ "${EXPECTED}" expected)
if(NOT status STREQUAL "0")
	message(FATAL_ERROR "ended with status ${status}; it printed:\n${output}\n${errors}")
endif()
if(NOT output STREQUAL expected)
	message(FATAL_ERROR "printed:\n${output}\nbut should have printed:\n${expected}")
endif()
get_filename_component(folder "${EXPECTED}" DIRECTORY)
set(expected "")
if(EXISTS "${folder}/expected_errors.txt")
	file(READ "${folder}/expected_errors.txt" expected)
endif()
if(NOT errors STREQUAL expected)
	message(FATAL_ERROR "printed on standard error:\n${errors}\nbut should have:\n${expected}")
endif()
