# SPDX-License-Identifier: Apache-2.0
set(BOARD virt-a53)
set(BOARD_CPU_FLAGS -mcpu=cortex-a53)
include(${CMAKE_CURRENT_LIST_DIR}/../common/aarch64/toolchain.cmake)
