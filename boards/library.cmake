# SPDX-License-Identifier: Apache-2.0
# For a project that is built with a board's toolchain file: what the library is made of there.
#   TENON_BOARD_SOURCES      the core, the board's architecture, the loader of buffers, the port
#   TENON_BOARD_DEFINITIONS  what they are compiled with beside the project's own
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/TenonSources.cmake)
list(APPEND CMAKE_MODULE_PATH ${TENON_ROOT}/cmake)
set(arch_cortex-m arm)
set(arch_riscv riscv)
set(arch_aarch64 aarch64)
set(arch_xtensa xtensa)
file(GLOB port CONFIGURE_DEPENDS ${TENON_ROOT}/ports/board/*.c)
set(TENON_BOARD_SOURCES ${TENON_CORE_SOURCES} ${TENON_ROOT}/src/arch/${arch_${BOARD_FAMILY}}.c
	${TENON_ROOT}/src/loaders/buf_loader.c ${port})
set(TENON_BOARD_DEFINITIONS)
if(BOARD_EH_FRAME) # there is C++, whose unwinder reads .eh_frame
	list(APPEND TENON_BOARD_SOURCES ${TENON_ROOT}/ports/posix/eh_frame.c)
	set(TENON_BOARD_DEFINITIONS BOARD_EH_FRAME)
endif()
