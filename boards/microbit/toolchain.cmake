# SPDX-License-Identifier: Apache-2.0
set(BOARD microbit)
set(BOARD_CPU_FLAGS -mcpu=cortex-m0 -mthumb)
set(BOARD_CLOCK_HZ 16000000)
include(${CMAKE_CURRENT_LIST_DIR}/../common/cortex-m/toolchain.cmake)
