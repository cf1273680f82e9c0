# SPDX-License-Identifier: Apache-2.0
if(TENON_COVERAGE) # no boards then
	return()
endif()
include(${PROJECT_SOURCE_DIR}/boards/boards.cmake)
set(live_swap ${CMAKE_CURRENT_SOURCE_DIR}/live_swap)
board_project(live_swap mps2-an386 ${live_swap}/board)
foreach(firmware stream driver)
	add_test(NAME example.live_swap.${firmware}
		COMMAND ${CMAKE_COMMAND} -DPROGRAM=${PROJECT_SOURCE_DIR}/boards/run
			"-DARGUMENTS=mps2-an386,${CMAKE_BINARY_DIR}/boards/mps2-an386/live_swap/${firmware}.elf"
			-DEXPECTED=${live_swap}/expected_${firmware}.txt
			-P ${CMAKE_CURRENT_SOURCE_DIR}/compare_output.cmake)
	set_tests_properties(example.live_swap.${firmware} PROPERTIES
		LABELS "example;boards;mps2-an386" TIMEOUT 120)
endforeach()
