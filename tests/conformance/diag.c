/* SPDX-License-Identifier: Apache-2.0 */
/* The record of what went wrong, and its text. */
#include "cases.h"

static void missing_imports(void)
{
	const struct llext_diag *diag;
	const char *second;
	char text[200];

	refuse(FIXTURE(missing), NULL, -ENODATA);
	diag = llext_last_diag();
	CHECK_EQ(LLEXT_STAGE_SYMBOLS, diag->stage);
	CHECK_EQ(2, diag->missing_count);
	CHECK_EQ(2 * sizeof("missing_one"), diag->missing_len);
	second = diag->missing + strlen(diag->missing) + 1;
	CHECK(strcmp(diag->missing, "missing_one") == 0 ||
	      strcmp(diag->missing, "missing_two") == 0);
	CHECK(strcmp(second, "missing_one") == 0 || strcmp(second, "missing_two") == 0);
	CHECK(strcmp(diag->missing, second) != 0);
	(void)llext_diag_format(diag, text, sizeof(text));
	CHECK(strstr(text, "symbols: imports are missing: missing_") == text);
	CHECK(strstr(text, "missing_one") != NULL && strstr(text, "missing_two") != NULL);
	CHECK(strstr(text, "missing_weak") == NULL);
}

/* The next load clears it, and an unload that fails; one that succeeds may have cleaned up after
 * what the record is about. */
static void cleared(void)
{
	struct llext *ext, *stale;

	refuse(FIXTURE(missing), NULL, -ENODATA);
	ext = load_fixture(FIXTURE(constant), "constant");
	CHECK_EQ(0, llext_last_diag()->error);
	CHECK_EQ(0, llext_last_diag()->missing_count);
	refuse(FIXTURE(missing), NULL, -ENODATA);
	stale = ext;
	unload(ext);
	CHECK_EQ(-ENODATA, llext_last_diag()->error);
	CHECK_EQ(2, llext_last_diag()->missing_count);
	CHECK_EQ(-EINVAL, llext_unload(&stale));
	CHECK_EQ(0, llext_last_diag()->error);
	CHECK_EQ(0, llext_last_diag()->missing_count);
}

static void file_header(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(basic), &bytes);
	elf_ehdr_t *ehdr = (elf_ehdr_t *)(void *)bytes;
	elf_half machine = ehdr->e_machine;

	ehdr->e_machine = 0x4321;
	refuse(fixture, NULL, -ENOEXEC);
	CHECK_EQ(LLEXT_STAGE_ELF, llext_last_diag()->stage);
	CHECK(llext_last_diag()->has_values);
	CHECK_EQ(0x4321, llext_last_diag()->found);
	ehdr->e_machine = machine;
	bytes[0] = 'E';
	refuse(fixture, NULL, -ENOEXEC);
	CHECK_STR("not an ELF file", llext_last_diag()->what);
}

static elf_shdr_t *relocations_of_exports(uint8_t *bytes)
{
	elf_ehdr_t *ehdr = (elf_ehdr_t *)(void *)bytes;
	elf_shdr_t *headers = (elf_shdr_t *)(void *)(bytes + ehdr->e_shoff);
	long target = find_header(bytes, ".exported_sym") - headers;

	for (unsigned int i = 1; i < ehdr->e_shnum; i++) {
		if ((headers[i].sh_type == SHT_RELA || headers[i].sh_type == SHT_REL) &&
		    headers[i].sh_info == (elf_word)target)
			return &headers[i];
	}
	CHECK(!"the section has relocations");
	return NULL;
}

static void relocation(void)
{
	const struct llext_diag *diag;
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(basic), &bytes);
	elf_shdr_t *header = relocations_of_exports(bytes);
	/* Both forms begin with these two. */
	elf_rel_t *entry = (elf_rel_t *)(void *)(bytes + header->sh_offset + header->sh_entsize);
	elf_addr offset = entry->r_offset;

	entry->r_offset = find_header(bytes, ".exported_sym")->sh_size - 1;
	refuse(fixture, NULL, -ENOEXEC);
	diag = llext_last_diag();
	CHECK_EQ(LLEXT_STAGE_RELOCATE, diag->stage);
	CHECK_STR(".exported_sym", diag->section);
	CHECK(diag->has_offset);
	CHECK_EQ(entry->r_offset, diag->offset);
	CHECK_EQ(ELF_R_TYPE(entry->r_info), diag->relocation_type);
	CHECK(diag->relocation != NULL && strncmp(diag->relocation, "R_", 2) == 0);
	CHECK(diag->symbol[0] != '\0');

	entry->r_offset = offset;
	entry->r_info |= 0xff; /* type 255 or 511, which no machine has; symbol as it was */
	refuse(fixture, NULL, -ENOTSUP);
	CHECK_EQ(offset, llext_last_diag()->offset);
	CHECK_EQ(ELF_R_TYPE(entry->r_info), llext_last_diag()->relocation_type);
}

static void text_form(void)
{
	static const struct llext_diag nothing;
	struct llext_diag diag = {.error = -ENOEXEC,
				  .stage = LLEXT_STAGE_RELOCATE,
				  .what = "relocation is out of range",
				  .relocation = "R_X",
				  .relocation_type = 7,
				  .section = ".text",
				  .symbol = "far_away",
				  .has_offset = true,
				  .has_values = true,
				  .offset = 0x1a4,
				  .expected = -5,
				  .found = 0x123456};
	static const char whole[] = "relocate: relocation is out of range, section .text, "
				    "offset 0x1a4, relocation R_X (7), symbol far_away, "
				    "expected -5, found 0x123456";
	char text[200];

	CHECK_EQ(sizeof(whole) - 1, llext_diag_format(&diag, text, sizeof(text)));
	CHECK_STR(whole, text);
	memset(text, 'x', sizeof(text));
	CHECK_EQ(sizeof(whole) - 1, llext_diag_format(&diag, text, 10));
	CHECK_STR("relocate:", text);
	CHECK(text[10] == 'x');
	CHECK_EQ(sizeof(whole) - 1, llext_diag_format(&diag, NULL, 0));
	CHECK_EQ(sizeof("no error") - 1, llext_diag_format(&nothing, text, sizeof(text)));
	CHECK_STR("no error", text);
	diag.relocation = NULL;
	diag.what = NULL;
	(void)llext_diag_format(&diag, text, sizeof(text));
	CHECK(strstr(text, "relocate: failed") == text && strstr(text, "type (7)") != NULL);
	diag = (struct llext_diag){.error = -ENODATA,
				   .stage = LLEXT_STAGE_SYMBOLS,
				   .what = "w",
				   .missing_count = 5,
				   .missing = "one\0two",
				   .missing_len = 8};
	(void)llext_diag_format(&diag, text, sizeof(text));
	CHECK_STR("symbols: w: one, two and 3 more", text);
}

static void stage_names(void)
{
	CHECK_STR("none", llext_stage_name(LLEXT_STAGE_NONE));
	CHECK_STR("loader", llext_stage_name(LLEXT_STAGE_LOADER));
	CHECK_STR("protect", llext_stage_name(LLEXT_STAGE_PROTECT));
	CHECK_STR("lifecycle", llext_stage_name(LLEXT_STAGE_LIFECYCLE));
	CHECK_STR("?", llext_stage_name((enum llext_stage)100));
}

static void suggestions(void)
{
	struct llext *ext;

	CHECK_STR("firmware_add", llext_suggest("firmware_adds"));
	CHECK_STR("firmware_add", llext_suggest("firmwareadd"));
	CHECK_STR("firmware_variable", llext_suggest("firmware_varaible"));
	CHECK(llext_suggest("completely_different_from_all_of_them") == NULL);
	CHECK(llext_suggest("constant_squar") == NULL);
	ext = load_fixture(FIXTURE(constant), "constant");
	CHECK_STR("constant_square", llext_suggest("constant_squar"));
	unload(ext);
}

const struct conformance_case diag_cases[] = {
	{"diag: missing imports", missing_imports},
	{"diag: cleared by the next call", cleared},
	{"diag: file header", file_header},
	{"diag: relocation", relocation},
	{"diag: text", text_form},
	{"diag: stage names", stage_names},
	{"diag: suggestions", suggestions},
	{NULL, NULL},
};
