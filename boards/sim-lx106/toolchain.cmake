# SPDX-License-Identifier: Apache-2.0
set(BOARD sim-lx106)
set(BOARD_CPU_FLAGS -mabi=call0)
set(BOARD_CLOCK_HZ 40000000)
include(${CMAKE_CURRENT_LIST_DIR}/../common/xtensa/toolchain.cmake)
