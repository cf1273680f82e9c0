# SPDX-License-Identifier: Apache-2.0
set(BOARD_FAMILY cortex-m)
set(BOARD_CXX ON)
set(BOARD_PREFIX arm-none-eabi-)
set(BOARD_LIBC picolibc)
include(${CMAKE_CURRENT_LIST_DIR}/../toolchain.cmake)
