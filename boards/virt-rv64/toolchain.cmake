# SPDX-License-Identifier: Apache-2.0
set(BOARD virt-rv64)
set(BOARD_CPU_FLAGS -march=rv64gc -mabi=lp64d -mcmodel=medany)
set(BOARD_LINUX_CXX riscv64-linux-gnu-)
include(${CMAKE_CURRENT_LIST_DIR}/../common/riscv/toolchain.cmake)
