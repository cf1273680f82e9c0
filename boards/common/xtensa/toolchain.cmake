# SPDX-License-Identifier: Apache-2.0
set(BOARD_FAMILY xtensa)
set(BOARD_PREFIX xtensa-lx106-elf-)
# -DBOARD_LIBC=picolibc: Debian's, for programs that need more of a C library.
if(NOT BOARD_LIBC)
	set(BOARD_LIBC small)
endif()
# -DBOARD_CXX_SOURCE=<GCC's source>: with C++, on picolibc; Debian has no library for it at all.
if(BOARD_LIBC STREQUAL picolibc)
	set(BOARD_GCC_CXX ${BOARD_CXX_SOURCE})
endif()
set(BOARD_SPECS /usr/lib/xtensa-lx106-elf/)
set(BOARD_DEFINITIONS BOARD_HAS_IRAM)
include(${CMAKE_CURRENT_LIST_DIR}/../toolchain.cmake)
set(CMAKE_ASM_FLAGS_INIT "-Wa,--text-section-literals")
