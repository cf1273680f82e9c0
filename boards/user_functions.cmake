# SPDX-License-Identifier: Apache-2.0
# board_user_functions(<target> [<function>...]): what sandboxed extensions of a firmware call without
# a gate: what compilers call where the core has no instruction for it, and what every C library has.
# These are the commonest, and the functions that are named.
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
	list(APPEND functions ${ARGN})
	list(REMOVE_DUPLICATES functions)
	set(library -lc)
	if(BOARD_LIBC STREQUAL small)
		set(library -Os -ffunction-sections -fno-tree-loop-distribute-patterns
			${BOARDS_LIBC_STRING})
	endif()
	tenon_user_text(${target} FUNCTIONS ${functions} LINK -lgcc ${library} -lgcc)
	# An eighth is what the unit can fence in: on AArch64, a page.
	set(align_cortex-m 8192)
	set(align_riscv 32768)
	set(align_aarch64 32768)
	target_link_options(${target} PRIVATE
		-Wl,--defsym,llext_user_align=${align_${BOARD_FAMILY}})
endfunction()

# board_compiler_functions(<variable>): all that a compiler calls for arithmetic on its own.
function(board_compiler_functions variable)
	set(functions)
	if(BOARD_FAMILY STREQUAL cortex-m)
		foreach(type d f)
			foreach(name add sub rsub mul div cmpeq cmplt cmple cmpge cmpgt cmpun 2iz 2uiz
					2lz 2ulz)
				list(APPEND functions __aeabi_${type}${name})
			endforeach()
			foreach(name i ui l ul)
				list(APPEND functions __aeabi_${name}2${type})
			endforeach()
		endforeach()
		list(APPEND functions __aeabi_d2f __aeabi_f2d __aeabi_uldivmod __aeabi_ldivmod
			__aeabi_lmul __aeabi_llsl __aeabi_llsr __aeabi_lasr __aeabi_lcmp
			__aeabi_ulcmp __clzsi2 __ctzsi2 __popcountsi2)
	elseif(BOARD STREQUAL virt-rv32)
		foreach(type df sf)
			foreach(name add3 sub3 mul3 div3 eq2 ne2 lt2 le2 ge2 gt2 unord2)
				string(REGEX REPLACE "(.)$" "${type}\\1" name ${name})
				list(APPEND functions __${name})
			endforeach()
			foreach(integer si di)
				list(APPEND functions __fix${type}${integer} __fixuns${type}${integer}
					__float${integer}${type} __floatun${integer}${type})
			endforeach()
		endforeach()
		list(APPEND functions __truncdfsf2 __extendsfdf2 __udivdi3 __divdi3 __umoddi3
			__moddi3 __ashldi3 __lshrdi3 __ashrdi3 __clzsi2 __ctzsi2 __popcountsi2
			__bswapsi2)
	elseif(BOARD STREQUAL virt-rv64)
		list(APPEND functions __clzdi2 __ctzdi2 __popcountdi2 __bswapsi2 __bswapdi2)
	endif()
	if(BOARD_FAMILY STREQUAL riscv) # -msave-restore
		foreach(count RANGE 12)
			list(APPEND functions __riscv_save_${count} __riscv_restore_${count})
		endforeach()
	endif()
	set(${variable} ${functions} PARENT_SCOPE)
endfunction()
