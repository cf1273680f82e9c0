# SPDX-License-Identifier: Apache-2.0
# The common end of every board's toolchain file. A board and its family set, before this:
#   BOARD            its name
#   BOARD_FAMILY     the folder of common/ with its start-up code
#   BOARD_CPU_FLAGS  compiler flags that select the core and the ABI
#   BOARD_PREFIX     of the compiler's name
#   BOARD_LIBC       picolibc (Debian's package for this compiler) or small (common/libc)
#   BOARD_SPECS      the folder of picolibc's specs, with a slash, where the compiler does not look
#   BOARD_CXX        ON if there is a C++ library, whose unwinder reads Arm's tables
#   BOARD_LINUX_CXX  the prefix of a Linux compiler for this machine, whose C++ library is used where
#                    there is none for bare metal; see linux_cxx.c
#   BOARD_GCC_CXX    GCC's source, of which a C++ library is built where there is no built one at all;
#                    see libstdcxx
#   BOARD_CLOCK_HZ   of the clock that counts instructions, where there is no better counter
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR ${BOARD_FAMILY})
set(CMAKE_C_COMPILER ${BOARD_PREFIX}gcc)
set(CMAKE_ASM_COMPILER ${BOARD_PREFIX}gcc)
# BOARD_EH_FRAME: with the last two the unwinder reads .eh_frame, and the C compiler links.
if(BOARD_LINUX_CXX)
	set(BOARD_CXX ON)
	set(BOARD_EH_FRAME ON)
	set(CMAKE_CXX_COMPILER ${BOARD_LINUX_CXX}g++)
elseif(BOARD_GCC_CXX)
	set(BOARD_CXX ON)
	set(BOARD_EH_FRAME ON)
	set(CMAKE_CXX_COMPILER ${BOARD_PREFIX}g++)
elseif(BOARD_CXX)
	set(CMAKE_CXX_COMPILER ${BOARD_PREFIX}g++)
endif()
# There is nothing to run a test program on while configuring.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

string(REPLACE ";" " " BOARD_FLAGS "${BOARD_CPU_FLAGS}")
if(BOARD_LIBC STREQUAL picolibc)
	set(CMAKE_C_FLAGS_INIT "${BOARD_FLAGS} --specs=${BOARD_SPECS}picolibc.specs")
	set(CMAKE_CXX_FLAGS_INIT "${BOARD_FLAGS} --specs=${BOARD_SPECS}picolibcpp.specs")
else()
	# Only the compiler's own headers and those of common/libc: never the host's.
	execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
		OUTPUT_VARIABLE BOARD_GCC_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
	set(CMAKE_C_FLAGS_INIT "${BOARD_FLAGS} -ffreestanding -nostdinc \
-isystem ${BOARD_GCC_INCLUDE} -isystem ${CMAKE_CURRENT_LIST_DIR}/libc/include")
endif()
if(BOARD_LINUX_CXX)
	# With Linux's headers, of which C++'s are made.
	set(CMAKE_CXX_FLAGS_INIT "${BOARD_FLAGS} -fno-pie -fno-stack-protector -D_FORTIFY_SOURCE=0")
	if(NOT BOARD_PREFIX STREQUAL BOARD_LINUX_CXX)
		# By default a loader has more in it on Linux; C and C++ have to agree about that.
		string(APPEND CMAKE_CXX_FLAGS_INIT " -DCONFIG_LLEXT_LOADER_HEADERS=0")
	endif()
endif()
if(BOARD_GCC_CXX)
	# The headers are those of the same library for another bare machine.
	file(GLOB BOARD_CXX_HEADERS /usr/include/newlib/c++/*)
	if(NOT EXISTS "${BOARD_CXX_HEADERS}/cstddef")
		message(FATAL_ERROR "no headers of C++: libstdc++-arm-none-eabi-dev has them")
	endif()
	string(APPEND CMAKE_CXX_FLAGS_INIT
		" -isystem ${BOARD_CXX_HEADERS} -isystem ${BOARD_CXX_HEADERS}/arm-none-eabi")
endif()
set(CMAKE_ASM_FLAGS_INIT "${BOARD_FLAGS}")
