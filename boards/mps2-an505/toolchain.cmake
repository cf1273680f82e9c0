# SPDX-License-Identifier: Apache-2.0
set(BOARD mps2-an505)
set(BOARD_CPU_FLAGS -mcpu=cortex-m33 -mthumb -mfloat-abi=hard)
set(BOARD_CLOCK_HZ 20000000)
include(${CMAKE_CURRENT_LIST_DIR}/../common/cortex-m/toolchain.cmake)
