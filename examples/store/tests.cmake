# SPDX-License-Identifier: Apache-2.0
# The same dialogue with the process and with the board.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(store_example ${CMAKE_CURRENT_SOURCE_DIR}/store)
add_test(NAME example.store COMMAND ${Python3_EXECUTABLE} ${store_example}/session.py
	${CMAKE_CURRENT_BINARY_DIR}/store $<TARGET_FILE:store_example>
	${CMAKE_CURRENT_BINARY_DIR}/store/flash.bin)
set_tests_properties(example.store PROPERTIES LABELS example TIMEOUT 120)
if(TENON_COVERAGE) # no boards then
	return()
endif()
include(${PROJECT_SOURCE_DIR}/boards/boards.cmake)
board_project(store mps2-an386 ${store_example}/board)
set(store_board ${CMAKE_BINARY_DIR}/boards/mps2-an386/store)
add_test(NAME example.store.mps2-an386 COMMAND ${Python3_EXECUTABLE} ${store_example}/session.py
	${store_board} ${PROJECT_SOURCE_DIR}/boards/run mps2-an386 ${store_board}/store_firmware.elf)
set_tests_properties(example.store.mps2-an386 PROPERTIES LABELS "example;boards;mps2-an386" TIMEOUT 120)
