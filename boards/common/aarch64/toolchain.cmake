# SPDX-License-Identifier: Apache-2.0
set(BOARD_FAMILY aarch64)
set(BOARD_PREFIX aarch64-linux-gnu-)
set(BOARD_LINUX_CXX aarch64-linux-gnu-)
# -DBOARD_LIBC=picolibc: Debian's, for programs that need more of a C library.
if(NOT BOARD_LIBC)
	set(BOARD_LIBC small)
endif()
# The compiler is Linux's: what only makes sense there is switched off. Misaligned accesses fault
# until the MMU is on.
list(APPEND BOARD_CPU_FLAGS -mstrict-align -fno-pie -mno-outline-atomics -fno-stack-protector)
include(${CMAKE_CURRENT_LIST_DIR}/../toolchain.cmake)
set(CMAKE_EXE_LINKER_FLAGS_INIT -no-pie)
