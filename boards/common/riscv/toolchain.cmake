# SPDX-License-Identifier: Apache-2.0
set(BOARD_FAMILY riscv)
set(BOARD_PREFIX riscv64-unknown-elf-)
set(BOARD_LIBC picolibc)
include(${CMAKE_CURRENT_LIST_DIR}/../toolchain.cmake)
