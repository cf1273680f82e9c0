# SPDX-License-Identifier: Apache-2.0
# BearSSL for a board, of its source, as scripts/fetch-sources has put it into FOLDER: what signatures and
# encrypted payloads need; the linker takes what is called. Target: bearssl.
function(board_add_bearssl folder)
	set(bearssl ${folder}/bearssl)
	file(GLOB sources ${bearssl}/src/codec/*.c ${bearssl}/src/int/i31_*.c
		${bearssl}/src/int/i32_div32.c ${bearssl}/src/symcipher/aes_ct.c
		${bearssl}/src/symcipher/aes_ct_*.c ${bearssl}/src/hash/sha2small.c)
	list(APPEND sources ${bearssl}/src/ec/ec_p256_m31.c ${bearssl}/src/ec/ec_secp256r1.c
		${bearssl}/src/ec/ec_secp384r1.c ${bearssl}/src/ec/ec_secp521r1.c # named, not used
		${bearssl}/src/ec/ecdsa_i31_vrfy_raw.c ${bearssl}/src/ec/ecdsa_i31_bits.c
		${bearssl}/src/kdf/hkdf.c ${bearssl}/src/mac/hmac.c)
	add_library(bearssl STATIC ${sources})
	target_include_directories(bearssl SYSTEM PUBLIC ${bearssl}/inc) # its warnings are not ours
	target_include_directories(bearssl PRIVATE ${bearssl}/src)
	target_compile_options(bearssl PRIVATE -Os -ffunction-sections -fdata-sections)
endfunction()
