/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of the table in src/arch/riscv.c: relocations of thread-local variables (psABI,
 * "Relocation types" and "Thread Local Storage"). Of two with the width in their name, the other is
 * for the other class.
 */
/* clang-format off */
#define TLS(number, title, value, encoding, flags, bias)                                           \
	R(number, title, value, encoding, RELOC_TLS | (flags), bias)
#if LLEXT_TARGET_64BIT
#define WIDE(title) title "64"
#else
#define WIDE(title) title "32"
#endif
#define TLS_TYPES \
	TLS(29, "TPREL_HI20", RELOC_ABS, UPPER, 0, 0) TLS(30, "TPREL_LO12_I", RELOC_ABS, LOWER_I, 0, 0) \
	TLS(31, "TPREL_LO12_S", RELOC_ABS, LOWER_S, 0, 0) IGNORED(32, "TPREL_ADD") \
	TLS(21, "TLS_GOT_HI20", RELOC_GOT_PC, UPPER, RELOC_HIGH | RELOC_GDAT, 0) \
	TLS(22, "TLS_GD_HI20", RELOC_TLS_PC, UPPER, RELOC_HIGH | RELOC_GDAT, TLS_GENERAL) \
	TLS(62, "TLSDESC_HI20", RELOC_TLS_PC, UPPER, RELOC_HIGH | RELOC_GDAT, TLS_DESC) IGNORED(65, "TLSDESC_CALL") \
	PAIR(63, "TLSDESC_LOAD_LO12", LOWER_I) PAIR(64, "TLSDESC_ADD_LO12", LOWER_I) \
	TLS(ELF_CLASS == 1 ? 6 : 7, WIDE("TLS_DTPMOD"), RELOC_TLS_MODULE, WORD, RELOC_DYNAMIC, 0) \
	TLS(ELF_CLASS == 1 ? 8 : 9, WIDE("TLS_DTPREL"), RELOC_TLS_OFFSET, WORD, RELOC_DYNAMIC, 0) \
	TLS(ELF_CLASS == 1 ? 10 : 11, WIDE("TLS_TPREL"), RELOC_ABS, WORD, RELOC_DYNAMIC, 0) \
	TLS(12, "TLSDESC", RELOC_TLS_DESC, DOUBLE, RELOC_DYNAMIC, 0)
