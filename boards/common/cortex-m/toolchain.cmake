# SPDX-License-Identifier: Apache-2.0
set(BOARD_FAMILY cortex-m)
set(BOARD_CXX ON)
set(BOARD_PREFIX arm-none-eabi-)
set(BOARD_LIBC picolibc)
# -DBOARD_FLOAT=soft: without the board's FPU, for code that is compiled for the compiler's default ABI;
# softfp: with it, and with floating-point arguments in core registers.
if(BOARD_FLOAT)
	list(FILTER BOARD_CPU_FLAGS EXCLUDE REGEX "^-mfloat-abi")
	if(BOARD_FLOAT STREQUAL soft)
		list(FILTER BOARD_CPU_FLAGS EXCLUDE REGEX "^-mfpu")
	endif()
	list(APPEND BOARD_CPU_FLAGS -mfloat-abi=${BOARD_FLOAT})
endif()
include(${CMAKE_CURRENT_LIST_DIR}/../toolchain.cmake)
