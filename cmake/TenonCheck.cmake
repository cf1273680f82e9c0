# SPDX-License-Identifier: Apache-2.0
# cmake -DTENON_TOOL= -DFILE= -DKIT= -P TenonCheck.cmake: would the kit's firmware load FILE? If not,
# say why, and leave no file that seems to be good. What only may be wrong is said, too.
execute_process(COMMAND "${TENON_TOOL}" check "${FILE}" --against "${KIT}"
	RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(NOT status EQUAL 0)
	file(REMOVE "${FILE}")
	message(NOTICE "${text}")
	message(FATAL_ERROR "the firmware of ${KIT} would not load it")
elseif(text MATCHES "  warning: ")
	message(NOTICE "${text}")
endif()
