/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of src/arch/aarch64.c: relocations of thread-local variables (AAELF64, "Relocations for
 * thread-local storage"). What is not here is for code that no compiler emits.
 */
#define NAMED(number, title) R(number, "TLS" title, RELOC_NONE, WORD64, 0, 0)
/* clang-format off */
#define OFFSETS(first, model, kind, value) \
	TLS((first) + 0, model "_MOVW_" kind "_G2", value, SIGNED_G2, 0, 0) \
	TLS((first) + 1, model "_MOVW_" kind "_G1", value, SIGNED_G1, 0, 0) \
	TLS((first) + 2, model "_MOVW_" kind "_G1_NC", value, KEEP_G1, 0, 0) \
	TLS((first) + 3, model "_MOVW_" kind "_G0", value, SIGNED_G0, 0, 0) \
	TLS((first) + 4, model "_MOVW_" kind "_G0_NC", value, KEEP_G0, 0, 0) \
	TLS((first) + 5, model "_ADD_" kind "_HI12", value, ADD_HI12, 0, 0) \
	TLS((first) + 6, model "_ADD_" kind "_LO12", value, ADD_LO12, 0, 0) \
	TLS((first) + 7, model "_ADD_" kind "_LO12_NC", value, ADD12, 0, 0) \
	LOADS((first) + 8, model "_LDST8_" kind, value, LOW8, OFFSET8) \
	LOADS((first) + 10, model "_LDST16_" kind, value, LOW16, OFFSET16) \
	LOADS((first) + 12, model "_LDST32_" kind, value, LOW32, OFFSET32) \
	LOADS((first) + 14, model "_LDST64_" kind, value, LOW64, OFFSET64)
#define LOADS(first, title, value, checked, cut) \
	TLS(first, title "_LO12", value, checked, 0, 0) \
	TLS((first) + 1, title "_LO12_NC", value, cut, 0, 0)
#define TLS_TYPES \
	TLS(512, "GD_ADR_PREL21", RELOC_TLS_PC, ADR, RELOC_GDAT, TLS_GENERAL) \
	TLS(513, "GD_ADR_PAGE21", RELOC_TLS_PAGE_PC, ADRP, RELOC_GDAT, TLS_GENERAL) \
	TLS(514, "GD_ADD_LO12_NC", RELOC_TLS_ABS, ADD12, RELOC_GDAT, TLS_GENERAL) \
	TLS(517, "LD_ADR_PREL21", RELOC_TLS_PC, ADR, 0, TLS_LOCAL) \
	TLS(518, "LD_ADR_PAGE21", RELOC_TLS_PAGE_PC, ADRP, 0, TLS_LOCAL) \
	TLS(519, "LD_ADD_LO12_NC", RELOC_TLS_ABS, ADD12, 0, TLS_LOCAL) \
	OFFSETS(523, "LD", "DTPREL", RELOC_TLS_OFFSET) \
	TLS(541, "IE_ADR_GOTTPREL_PAGE21", RELOC_GOT_PAGE_PC, ADRP, RELOC_GDAT, 0) \
	TLS(542, "IE_LD64_GOTTPREL_LO12_NC", RELOC_GOT_ABS, GOT_OFFSET12, RELOC_GDAT, 0) \
	TLS(543, "IE_LD_GOTTPREL_PREL19", RELOC_GOT_PC, LITERAL, RELOC_GDAT, 0) \
	OFFSETS(544, "LE", "TPREL", RELOC_ABS) \
	TLS(560, "DESC_LD_PREL19", RELOC_TLS_PC, LITERAL, RELOC_GDAT, TLS_DESC) \
	TLS(561, "DESC_ADR_PREL21", RELOC_TLS_PC, ADR, RELOC_GDAT, TLS_DESC) \
	TLS(562, "DESC_ADR_PAGE21", RELOC_TLS_PAGE_PC, ADRP, RELOC_GDAT, TLS_DESC) \
	TLS(563, "DESC_LD64_LO12", RELOC_TLS_ABS, OFFSET64, RELOC_GDAT, TLS_DESC) \
	TLS(564, "DESC_ADD_LO12", RELOC_TLS_ABS, ADD12, RELOC_GDAT, TLS_DESC) \
	NAMED(567, "DESC_LDR") NAMED(568, "DESC_ADD") NAMED(569, "DESC_CALL") \
	LOADS(570, "LE_LDST128_TPREL", RELOC_ABS, LOW128, OFFSET128) \
	LOADS(572, "LD_LDST128_DTPREL", RELOC_TLS_OFFSET, LOW128, OFFSET128)
