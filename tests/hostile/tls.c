/* SPDX-License-Identifier: Apache-2.0 */
/* Thread-local variables: sections, segment, symbols and relocations that are not what they say. */
#include <llext/tls.h>
#include "check.h"
#include "internal.h"

static elf_phdr_t *tls_segment(const struct image *image)
{
	unsigned int i = 0;

	while (image_segment(image, i)->p_type != PT_TLS)
		i++;
	return image_segment(image, i);
}

#define TLS tls_segment(&image)

static void T01_sections(void **state)
{
	(void)state;
	LOADS("tls.o", (void)image);
	/* More than all threads have. */
	REFUSED("tls.o", SECTION(".tbss")->sh_size = 1u << 20, -ENOMEM, PLACE,
		"the threads have no room for the thread-local variables");
#if LLEXT_TARGET_64BIT /* as wide as the core's own addresses */
	REFUSED("tls.o", SECTION(".tbss")->sh_size = ~(elf_xword)0, -ENOMEM, LAYOUT,
		"the sections' sizes add up to too much");
#endif
	REFUSED("tls.o", SECTION(".tbss")->sh_addralign = 65536, -ENOMEM, PLACE,
		"thread-local variables need more alignment than threads give");
	/* Its symbols are thread-local no more. */
	REFUSED("tls.o", SECTION(".tdata")->sh_flags &= ~(elf_xword)SHF_TLS, -ENOEXEC, SYMBOLS,
		"thread-local variable in a section that is none of theirs");
	LOADS("tls.o", SECTION(".tbss")->sh_addralign = 0);
}

static void T02_segment(void **state)
{
	(void)state;
	LOADS("tls_pages.so", (void)image);
	REFUSED("tls_pages.so", TLS->p_filesz = TLS->p_memsz + 1, -ENOEXEC, LAYOUT,
		"segment has more bytes than memory");
	REFUSED("tls_pages.so", TLS->p_align = 3, -ENOEXEC, LAYOUT,
		"segment has a wrong alignment");
	REFUSED("tls_pages.so", TLS->p_align = TOP_BIT, -ENOTSUP, LAYOUT,
		"alignment above the limit");
#if LLEXT_TARGET_64BIT /* as wide as the core's own addresses */
	REFUSED("tls_pages.so", TLS->p_memsz = ~(elf_xword)0, -ENOTSUP, LAYOUT,
		"alignment above the limit");
#endif
	REFUSED("tls_pages.so", TLS->p_memsz = 1u << 20, -ENOMEM, PLACE,
		"the threads have no room for the thread-local variables");
	REFUSED("tls_pages.so", TLS->p_vaddr = FAR_OFF, -ENOEXEC, LAYOUT,
		"thread-local variables lie in no segment");
	REFUSED("tls_pages.so", TLS->p_vaddr = ~(elf_addr)0, -ENOEXEC, LAYOUT,
		"thread-local variables lie in no segment");
	REFUSED("tls_pages.so", image_segment(&image, 0)->p_type = PT_TLS, -ENOEXEC, LAYOUT,
		"more than one segment of thread-local variables");
	/* Without it, the symbols are in no section of thread-local variables' segment. */
	LOADS("tls_pages.so", (TLS->p_filesz = 0, TLS->p_vaddr = FAR_OFF));
}

static int initial; /* the first word of the initial values */

static void note(intptr_t offset, const void *image, size_t image_bytes, size_t bytes)
{
	(void)offset, (void)bytes;
	assert_true(image_bytes >= sizeof(initial));
	memcpy(&initial, image, sizeof(initial));
}

/* The image begins where its code and data can be told apart, and before the file's address 0. */
static void T02_small_pages(void **state)
{
	struct image image = image_read("crowded_tls.so");
	struct llext *ext;

	(void)state;
	assert_true((TLS->p_vaddr & (TEST_GRANULE - 1)) != 0);
	ext = keep(&image, "crowded");
	llext_tls_each(note);
	assert_int_equal(initial, 7);
	assert_int_equal(llext_unload(&ext), 0);
	image_free(&image);
}

static void T03_symbols(void **state)
{
	(void)state;
	/* A variable that is none, and one that is none of this file. */
	REFUSED("tls.o", SYMBOL("work")->st_info = STB_GLOBAL << 4 | STT_TLS, -ENOEXEC, SYMBOLS,
		"thread-local variable in a section that is none of theirs");
	REFUSED("tls.o",
		(SYMBOL("thread_value")->st_info = STB_GLOBAL << 4 | STT_NOTYPE,
		 SYMBOL("thread_value")->st_name = SYMBOL("firmware_add")->st_name),
		-ENOEXEC, RELOCATE,
		"relocation for a thread-local variable against something else");
	REFUSED("tls.o", SYMBOL("firmware_add")->st_info = STB_GLOBAL << 4 | STT_TLS, -ENODATA,
		SYMBOLS, "imports are missing");
	REFUSED("tls.o", SYMBOL("counter")->st_name = SYMBOL("work")->st_name, -ENOEXEC, EXPORTS,
		"export of a thread-local variable that the file has not");
	LOADS("tls.o", (SYMBOL("counter")->st_shndx = SHN_COMMON, SYMBOL("counter")->st_value = 8));
	REFUSED("tls.o",
		(SYMBOL("counter")->st_shndx = SHN_COMMON, SYMBOL("counter")->st_value = 3),
		-ENOEXEC, SYMBOLS, "common symbol where there can be none, or misaligned");
}

static void T04_relocations(void **state)
{
	static const uint32_t of_others[] = {OTHER_TYPES};

	(void)state;
	for (size_t i = 0; i < COUNT(of_others); i++) {
		REFUSED("tls.o",
			image_rel_t *rel = image_relocation_to(&image, REL(".text"), "counter");
			rel->r_info = ELF_R_INFO(ELF_R_SYM(rel->r_info), of_others[i]), -ENOEXEC,
			RELOCATE, "thread-local variable where there can be none");
		assert_string_equal(refusal.symbol, "counter");
	}
}

/* Each model's file with any number of relocations' types and symbols changed: no harm is done. */
static void T05_any_type_and_symbol(void **state)
{
	static const char *const files[] = {TLS_FILES};

	(void)state;
	for (size_t f = 0; f < COUNT(files); f++) {
		for (uint32_t type = 0; type < TYPES; type++) {
			struct image image = image_read(files[f]);
			unsigned int symbols = image_symbol_count(&image);

			for (unsigned int i = 0; i < 6; i++) {
				image_rel_t *rel = image_relocation(&image, REL(".text"), i);

				rel->r_info = ELF_R_INFO(ELF_R_SYM(rel->r_info), type);
				survives(&image);
				rel->r_info = ELF_R_INFO((type + i) % (symbols + 1), type);
				survives(&image);
			}
			image_free(&image);
		}
	}
}

/* What a failed load leaves of the threads' room is free. */
static void T06_room_is_given_back(void **state)
{
	struct llext_tls_room before, after;

	(void)state;
	llext_port.tls->room(&before);
	for (int i = 0; i < 300; i++)
		REFUSED("tls.o", SYMBOL("counter")->st_name = SYMBOL("work")->st_name, -ENOEXEC,
			EXPORTS, "export of a thread-local variable that the file has not");
	llext_port.tls->room(&after);
	assert_memory_equal(&before, &after, sizeof(before));
	LOADS("tls.o", SECTION(".tbss")->sh_size = before.bytes - 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(T01_sections),           cmocka_unit_test(T02_segment),
		cmocka_unit_test(T02_small_pages),        cmocka_unit_test(T03_symbols),
		cmocka_unit_test(T04_relocations),        cmocka_unit_test(T05_any_type_and_symbol),
		cmocka_unit_test(T06_room_is_given_back),
	};

	return cmocka_run_group_tests_name("hostile-tls", tests, hostile_setup, hostile_teardown);
}
