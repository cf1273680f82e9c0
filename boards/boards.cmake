# SPDX-License-Identifier: Apache-2.0
# For a build on the host that contains builds for boards.
include(ExternalProject)
set(BOARDS_DIR ${CMAKE_CURRENT_LIST_DIR})
# Those with a C++ library, those for which one is built of GCC's source (-DBOARD_CXX_SOURCE), and all.
set(BOARDS_CXX microbit mps2-an385 mps2-an386 mps2-an500 mps2-an505 mps3-an547 virt-rv64 virt-a53)
set(BOARDS_GCC_CXX virt-rv32 sim-lx106)
set(BOARDS ${BOARDS_CXX} ${BOARDS_GCC_CXX})

# board_project(<name> <board> <source dir> [<cmake argument>...])
# Builds the project in <source dir> for <board>, in ${CMAKE_BINARY_DIR}/boards/<board>/<name>, as
# target <name>-<board>, and prints nothing unless that fails. That project gets the board's support by adding this folder:
#   add_subdirectory(<repository>/boards boards)
function(board_project name board source)
	set(quiet)
	if(CMAKE_GENERATOR MATCHES Ninja)
		set(quiet -- --quiet)
	endif()
	set(launchers)
	if(CMAKE_C_COMPILER_LAUNCHER)
		set(launchers -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}
			-DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER})
	endif()
	ExternalProject_Add(${name}-${board}
		SOURCE_DIR ${source}
		BINARY_DIR ${CMAKE_BINARY_DIR}/boards/${board}/${name}
		PREFIX ${CMAKE_BINARY_DIR}/boards/${board}/${name}-steps
		CMAKE_ARGS --log-level=WARNING
			-DCMAKE_TOOLCHAIN_FILE=${BOARDS_DIR}/${board}/toolchain.cmake ${launchers} ${ARGN}
		BUILD_ALWAYS ON
		# They are built beside each other, so each has one job.
		BUILD_COMMAND ${CMAKE_COMMAND} --build <BINARY_DIR> -j 1 ${quiet}
		INSTALL_COMMAND "")
	# Target `boards`: everything for every board.
	if(NOT TARGET boards)
		add_custom_target(boards)
	endif()
	add_dependencies(boards ${name}-${board})
endfunction()

# board_test(<test> <board> <elf> [<argument>...]): runs <elf>, relative to the board's build folder.
function(board_test test board elf)
	add_test(NAME ${test} COMMAND ${BOARDS_DIR}/run ${board}
		${CMAKE_BINARY_DIR}/boards/${board}/${elf} ${ARGN})
	set_tests_properties(${test} PROPERTIES LABELS "boards;${board}" TIMEOUT 120)
endfunction()
