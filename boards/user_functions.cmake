# SPDX-License-Identifier: Apache-2.0
# board_user_functions(<target>): what sandboxed extensions of a firmware call without a gate: what
# compilers call where the core has no instruction for it, and what every C library has.
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/TenonUserText.cmake)

set(BOARDS_LIBC_STRING ${CMAKE_CURRENT_LIST_DIR}/common/libc/string.c)

function(board_user_functions target)
	set(functions memcpy memset memmove memcmp strlen)
	if(BOARD_FAMILY STREQUAL cortex-m)
		list(APPEND functions __aeabi_dadd __aeabi_dsub __aeabi_dmul __aeabi_ddiv
			__aeabi_dcmpeq __aeabi_dcmplt __aeabi_dcmple __aeabi_dcmpge
			__aeabi_dcmpgt __aeabi_d2iz __aeabi_d2uiz __aeabi_d2f __aeabi_f2d
			__aeabi_i2d __aeabi_ui2d __aeabi_uldivmod __aeabi_ldivmod)
	elseif(BOARD STREQUAL virt-rv32)
		list(APPEND functions __adddf3 __subdf3 __muldf3 __divdf3 __eqdf2 __nedf2 __ltdf2
			__ledf2 __gedf2 __gtdf2 __fixdfsi __fixunsdfsi __truncdfsf2
			__extendsfdf2 __floatsidf __floatunsidf __addsf3 __mulsf3 __udivdi3
			__divdi3 __umoddi3 __moddi3)
	endif()
	set(library -lc)
	if(BOARD_LIBC STREQUAL small)
		set(library -Os -ffunction-sections -fno-tree-loop-distribute-patterns
			${BOARDS_LIBC_STRING})
	endif()
	tenon_user_text(${target} FUNCTIONS ${functions} LINK -lgcc ${library} -lgcc)
	# An eighth is what the unit can fence in: on AArch64, a page.
	set(align_cortex-m 8192)
	set(align_riscv 16384)
	set(align_aarch64 32768)
	target_link_options(${target} PRIVATE
		-Wl,--defsym,llext_user_align=${align_${BOARD_FAMILY}})
endfunction()
