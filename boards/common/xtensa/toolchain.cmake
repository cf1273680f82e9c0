# SPDX-License-Identifier: Apache-2.0
set(BOARD_FAMILY xtensa)
set(BOARD_PREFIX xtensa-lx106-elf-)
set(BOARD_LIBC small)
set(BOARD_DEFINITIONS BOARD_HAS_IRAM)
include(${CMAKE_CURRENT_LIST_DIR}/../toolchain.cmake)
set(CMAKE_ASM_FLAGS_INIT "-Wa,--text-section-literals")
