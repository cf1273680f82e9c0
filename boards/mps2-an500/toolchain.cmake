# SPDX-License-Identifier: Apache-2.0
set(BOARD mps2-an500)
set(BOARD_CPU_FLAGS -mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-d16)
set(BOARD_CLOCK_HZ 25000000)
include(${CMAKE_CURRENT_LIST_DIR}/../common/cortex-m/toolchain.cmake)
