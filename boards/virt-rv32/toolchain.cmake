# SPDX-License-Identifier: Apache-2.0
set(BOARD virt-rv32)
set(BOARD_CPU_FLAGS -march=rv32imac -mabi=ilp32)
# -DBOARD_CXX_SOURCE=<GCC's source>: with C++, for which Debian has no library at all here.
set(BOARD_GCC_CXX ${BOARD_CXX_SOURCE})
include(${CMAKE_CURRENT_LIST_DIR}/../common/riscv/toolchain.cmake)
