# SPDX-License-Identifier: Apache-2.0
# Where executables of the suite lie: sets `fixed` for conformance_suite(), and `window` to
# definitions for main.c. That is behind the two heaps of the suite, in the same memory.
function(memory_start region variable)
	file(READ ${PROJECT_SOURCE_DIR}/${BOARD}/board.ld script)
	if(NOT script MATCHES "${region} \\(r?wx?\\) : ORIGIN = (0x[0-9a-f]+)")
		message(FATAL_ERROR "${BOARD}: no memory ${region}")
	endif()
	set(${variable} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

set(window_bytes 65536)
set(page 64)
if(BOARD STREQUAL virt-a53)
	set(page 4096)
endif()
# The C library's specs would bring a linker script.
set(fixed ${flags})
list(FILTER fixed EXCLUDE REGEX picolibc)
set(fixed FIXED_FLAGS ${fixed} -ffreestanding FIXED_PAGE ${page})
if(BOARD STREQUAL sim-lx106)
	memory_start(EXTENSION_IRAM code)
	memory_start(EXTENSION_DRAM data)
	math(EXPR code "${code} + 0x80000" OUTPUT_FORMAT HEXADECIMAL)
	math(EXPR data "${data} + 0x30000" OUTPUT_FORMAT HEXADECIMAL)
	list(APPEND fixed FIXED_CODE ${code} FIXED_DATA ${data})
	# Of 256 KiB the suite would else take all for its heap.
	set(window CONFORMANCE_DATA_WINDOW=${data} CONFORMANCE_HEAP_BYTES=0x30000u)
elseif(BOARD STREQUAL microbit)
	# The end of its memory.
	set(code 0x20003d00)
	set(window_bytes 768)
	list(APPEND fixed FIXED_CODE ${code})
else()
	memory_start(HEAP code)
	math(EXPR code "${code} + 0x80000" OUTPUT_FORMAT HEXADECIMAL)
	list(APPEND fixed FIXED_CODE ${code})
endif()
list(APPEND window CONFORMANCE_WINDOW=${code} CONFORMANCE_WINDOW_BYTES=${window_bytes})
