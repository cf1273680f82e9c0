# SPDX-License-Identifier: Apache-2.0
set(BOARD virt-rv32)
set(BOARD_CPU_FLAGS -march=rv32imac -mabi=ilp32)
include(${CMAKE_CURRENT_LIST_DIR}/../common/riscv/toolchain.cmake)
