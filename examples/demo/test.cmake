# SPDX-License-Identifier: Apache-2.0
# cmake -DPROGRAM= -P test.cmake: the demo does what it says, with colour on a terminal only.
string(ASCII 27 escape)

function(must_have text pattern)
	if(NOT text MATCHES "${pattern}")
		message(FATAL_ERROR "no match for \"${pattern}\" in:\n${text}")
	endif()
endfunction()

unset(ENV{NO_COLOR})
set(ENV{TERM} xterm)
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE output ERROR_VARIABLE log
	RESULT_VARIABLE status)
if(NOT status STREQUAL "0")
	message(FATAL_ERROR "ended with status ${status}:\n${output}\n${log}")
endif()
must_have("${output}" "text +0x[0-9a-f]+ +[0-9]+  read, execute")
must_have("${output}" "exports sensor_read at 0x")
must_have("${output}" "sensor: 20\\.4 degrees")
must_have("${output}" "trend: constructed, starts at 207 tenths")
must_have("${output}" "trend: \\+8 tenths")
must_have("${output}" "uses sensor")
must_have("${output}" "unloading sensor now is refused")
must_have("${output}" " 0 lost, 0 wrong")
must_have("${output}" "missing: sensor_raed   did you mean sensor_read\\?")
must_have("${output}" "missing: motor_start ")
must_have("${output}" "heap: 0 bytes held in 0 blocks")
must_have("${log}" "^llext error: broken is not loaded[^\n]*\n(llext error: missing import[^\n]*\n)*$")
if(output MATCHES "${escape}")
	message(FATAL_ERROR "colour in a file:\n${output}")
endif()

# On a terminal, which script(1) makes one of.
execute_process(COMMAND script -qec "${PROGRAM}" /dev/null
	OUTPUT_VARIABLE output RESULT_VARIABLE status)
if(NOT status STREQUAL "0" OR NOT output MATCHES "${escape}\\[32m")
	message(FATAL_ERROR "status ${status}, or no colour on a terminal:\n${output}")
endif()
set(ENV{NO_COLOR} 1)
execute_process(COMMAND script -qec "${PROGRAM}" /dev/null
	OUTPUT_VARIABLE output RESULT_VARIABLE status)
if(NOT status STREQUAL "0" OR output MATCHES "${escape}")
	message(FATAL_ERROR "status ${status}, or colour in spite of NO_COLOR:\n${output}")
endif()
