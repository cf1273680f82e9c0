# SPDX-License-Identifier: Apache-2.0
# How to link a shared object for the board: sets `shared` for conformance_suite().
set(small_pages SMALL_PAGES -Wl,-z,max-page-size=4)
if(BOARD_FAMILY STREQUAL riscv)
	# This GNU ld does not link them, LLVM's does.
	find_program(CLANG clang REQUIRED)
	find_program(LLD ld.lld REQUIRED)
	set(shared SHARED_COMPILER ${CLANG} SHARED_LINK_FLAGS -fuse-ld=lld -Wl,-shared,-z,undefs
		SHARED_FLAGS --target=riscv32-unknown-elf ${BOARD_CPU_FLAGS} -DNO_CTORS
		-Os -fpic -ffreestanding)
	list(APPEND small_pages -Wl,--no-rosegment)
	if(BOARD STREQUAL virt-rv64)
		list(TRANSFORM shared REPLACE riscv32 riscv64)
	endif()
elseif(BOARD STREQUAL microbit)
	set(shared NO_SHARED) # GNU ld makes no PLT for Armv6-M
else()
	# picolibc's specs would bring its linker script for firmware.
	set(shared ${flags})
	list(FILTER shared EXCLUDE REGEX picolibc)
	set(shared SHARED_FLAGS ${shared} -fpic)
	if(BOARD_FAMILY STREQUAL xtensa)
		list(APPEND shared -DNO_CTORS)
	endif()
endif()
if(NOT BOARD STREQUAL microbit)
	list(APPEND shared ${small_pages})
endif()
