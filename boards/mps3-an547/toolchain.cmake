# SPDX-License-Identifier: Apache-2.0
set(BOARD mps3-an547)
set(BOARD_CPU_FLAGS -mcpu=cortex-m55 -mthumb -mfloat-abi=hard)
set(BOARD_CLOCK_HZ 32000000)
include(${CMAKE_CURRENT_LIST_DIR}/../common/cortex-m/toolchain.cmake)
