/* SPDX-License-Identifier: Apache-2.0 */
/* Thread-local variables: sections, segment, symbols and relocations that are not what they say. */
#include <llext/tls.h>
#include "check.h"

#define INFO(symbol, type) (((uint64_t)(symbol) << 32) | (type))

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
	REFUSED("tls.o", SECTION(".tbss")->sh_size = ~0ull, -ENOMEM, LAYOUT,
		"the sections' sizes add up to too much");
	REFUSED("tls.o", SECTION(".tbss")->sh_addralign = 65536, -ENOMEM, PLACE,
		"thread-local variables need more alignment than threads give");
	/* Its symbols are thread-local no more. */
	REFUSED("tls.o", SECTION(".tdata")->sh_flags &= ~(uint64_t)SHF_TLS, -ENOEXEC, SYMBOLS,
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
	REFUSED("tls_pages.so", TLS->p_align = 1ull << 32, -ENOTSUP, LAYOUT,
		"alignment above the limit");
	REFUSED("tls_pages.so", TLS->p_memsz = ~0ull, -ENOTSUP, LAYOUT,
		"alignment above the limit");
	REFUSED("tls_pages.so", TLS->p_memsz = 1u << 20, -ENOMEM, PLACE,
		"the threads have no room for the thread-local variables");
	REFUSED("tls_pages.so", TLS->p_vaddr = 1ull << 40, -ENOEXEC, LAYOUT,
		"thread-local variables lie in no segment");
	REFUSED("tls_pages.so", TLS->p_vaddr = ~0ull, -ENOEXEC, LAYOUT,
		"thread-local variables lie in no segment");
	REFUSED("tls_pages.so", image_segment(&image, 0)->p_type = PT_TLS, -ENOEXEC, LAYOUT,
		"more than one segment of thread-local variables");
	/* Without it, the symbols are in no section of thread-local variables' segment. */
	LOADS("tls_pages.so", (TLS->p_filesz = 0, TLS->p_vaddr = 1ull << 40));
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
	static const uint32_t of_others[] = {1, 2, 4, 9, 10, 11};

	(void)state;
	for (size_t i = 0; i < COUNT(of_others); i++) {
		REFUSED("tls.o",
			image_relocation_to(&image, ".rela.text", "counter")->r_info =
				INFO(ELF_R_SYM(image_relocation_to(&image, ".rela.text", "counter")
						       ->r_info),
				     of_others[i]),
			-ENOEXEC, RELOCATE, "thread-local variable where there can be none");
		assert_string_equal(refusal.symbol, "counter");
	}
}

/* Each model's file with any number of relocations' types and symbols changed: no harm is done. */
static void T05_any_type_and_symbol(void **state)
{
	static const char *const files[] = {"tls.o", "tls_dynamic.o", "tls_descriptors.o"};

	(void)state;
	for (size_t f = 0; f < COUNT(files); f++) {
		for (uint32_t type = 0; type < 45; type++) {
			struct image image = image_read(files[f]);
			unsigned int symbols = image_symbol_count(&image);

			for (unsigned int i = 0; i < 6; i++) {
				elf_rela_t *rela = image_relocation(&image, ".rela.text", i);

				rela->r_info = INFO(ELF_R_SYM(rela->r_info), type);
				survives(&image);
				rela->r_info = INFO((type + i) % (symbols + 1), type);
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
		cmocka_unit_test(T01_sections),
		cmocka_unit_test(T02_segment),
		cmocka_unit_test(T03_symbols),
		cmocka_unit_test(T04_relocations),
		cmocka_unit_test(T05_any_type_and_symbol),
		cmocka_unit_test(T06_room_is_given_back),
	};

	return cmocka_run_group_tests_name("hostile-tls", tests, hostile_setup, hostile_teardown);
}
