# SPDX-License-Identifier: Apache-2.0
add_test(NAME example.demo
	COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:demo>
		-P ${CMAKE_CURRENT_SOURCE_DIR}/demo/test.cmake)
set_tests_properties(example.demo PROPERTIES LABELS example TIMEOUT 60)
