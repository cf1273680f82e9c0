/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest configuration: what it takes works; a file or a parameter that needs what was left
 * out is refused by the errno that docs/porting.md states, and nothing is changed by that.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include <llext/plan.h>
#include "image.h"
#include "world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const unsigned int sources[] = {
	LLEXT_STORAGE_TEMPORARY,
	LLEXT_STORAGE_PERSISTENT,
	LLEXT_STORAGE_WRITABLE,
	SOURCE_NO_PEEK,
};

static void answers(struct image *image, int rc, enum llext_stage stage, const char *what)
{
	for (size_t i = 0; i < COUNT(sources); i++) {
		struct trial trial = {.source = sources[i], .plan = true};
		const char *wrong = world_try(image->bytes, image->size, &trial);

		if (wrong != NULL)
			fail_msg("source %u: %s", sources[i], wrong);
		if (trial.rc != rc)
			fail_msg("source %u: %d: %s; wanted %d", sources[i], trial.rc,
				 rc != 0 ? trial.diag.what : "", rc);
		if (rc != 0 && (trial.diag.stage != stage || strcmp(trial.diag.what, what) != 0))
			fail_msg("source %u: %s: %s; wanted %s: %s", sources[i],
				 llext_stage_name(trial.diag.stage), trial.diag.what,
				 llext_stage_name(stage), what);
	}
	image_free(image);
}

typedef int (*work_t)(int n);

/* This port protects nothing, and memory of a process is not executable of itself. */
static void make_executable(const struct llext *ext)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)ext->mem[LLEXT_MEM_TEXT] & ~(page - 1);
	uintptr_t end = (uintptr_t)ext->mem[LLEXT_MEM_TEXT] + ext->mem_size[LLEXT_MEM_TEXT];

	assert_int_equal(mprotect((void *)start, end - start, PROT_READ | PROT_WRITE | PROT_EXEC),
			 0);
}

static void works(const char *fixture, unsigned int kind)
{
	struct image image = image_read(fixture);
	struct source source;
	struct llext *ext;
	work_t work;

	source_init(&source, image.bytes, image.size, kind);
	assert_int_equal(llext_load(&source.loader, "small", &ext, NULL), 0);
	work = (work_t)(uintptr_t)llext_find_sym(&ext->exp_tab, "work");
	assert_non_null(work);
	make_executable(ext);
	/* add(1, 5) + 0 + 0 + 't' + 7 */
	assert_int_equal(work(1), 6 + 't' + 7);
	assert_int_equal(llext_bringup(ext), 0);
	assert_int_equal(work(0), 5 + 10 + 'o' + 7);
	assert_int_equal(llext_teardown(ext), 0);
	assert_int_equal(work(0), 5 + 110 + 'o' + 7);
	assert_null(ext->dependency[0]);
	assert_int_equal(llext_unload(&ext), 0);
	assert_null(world_changed());
	answers(&image, 0, LLEXT_STAGE_NONE, NULL);
}

static void what_it_takes_works(void **state)
{
	(void)state;
	works("small.o", 0);
}

#if LLEXT_ON(CONFIG_LLEXT_PACKED)
static void packed_files(void **state)
{
	(void)state;
	works("packed_small.o", 0);
	works("packed_small.o", SOURCE_FORWARD | SOURCE_NO_PEEK);
}
#else
static void packed_files(void **state)
{
	static const char *const names[] = {"packed_small.o", "packed.o", "packed_bound.o"};
	struct trial trial = {.source = SOURCE_FORWARD | SOURCE_NO_PEEK, .plan = true};
	struct image image;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		image = image_read(names[i]);
		assert_null(world_try(image.bytes, image.size, &trial));
		assert_int_equal(trial.rc, -ENOTSUP);
		assert_string_equal(trial.diag.what, "compact relocations are not supported");
		assert_string_equal(trial.diag.section, ".crel.text");
		answers(&image, -ENOTSUP, LLEXT_STAGE_RELOCATE,
			"compact relocations are not supported");
	}
	/* They do not matter where what they are for is not loaded. */
	image = image_read("small.o");
	image_section(&image, ".rela.text")->sh_type = SHT_CREL;
	image_section(&image, ".rela.text")->sh_info = image_index(&image, ".strtab");
	answers(&image, 0, LLEXT_STAGE_NONE, NULL);
}
#endif

/* All regions are parts of one allocation; so is nothing else of the extension's. */
static void one_piece_of_memory(void **state)
{
	struct image image = image_read("small.o");
	struct llext_heap_stats before, after;
	struct llext_plan plan;
	struct source source;
	struct llext *ext;

	(void)state;
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &before);
	source_init(&source, image.bytes, image.size, LLEXT_STORAGE_PERSISTENT);
	assert_int_equal(llext_plan(&source.loader, NULL, &plan), 0);
	assert_int_equal(plan.instr_bytes, 0);
	source_init(&source, image.bytes, image.size, LLEXT_STORAGE_PERSISTENT);
	assert_int_equal(llext_load(&source.loader, "small", &ext, NULL), 0);
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &after);
	/* The extension, its sections, its export table. */
	assert_int_equal(after.blocks - before.blocks, 3);
	assert_int_equal(plan.data_bytes + plan.table_bytes + sizeof("small"), ext->alloc_size);
	for (int i = 0; i < LLEXT_MEM_COUNT; i++)
		assert_int_equal(ext->mem_on_heap[i], ext->mem_size[i] != 0);
	assert_int_equal(llext_unload(&ext), 0);
	image_free(&image);
}

/*
 * The names of records may end where the extension's memory does: in the last array, which nothing
 * runs here.
 */
static void names_up_to_the_end(void **state)
{
	struct image image = image_read("small.o");
	const struct llext_symbol *sym;
	struct source source;
	struct llext *ext;
	elf_rela_t *names, *array;
	elf_saddr last;

	(void)state;
	source_init(&source, image.bytes, image.size, 0);
	assert_int_equal(llext_load(&source.loader, "small", &ext, NULL), 0);
	sym = ext->exp_tab.syms; /* "initialised", which the first record names */
	last = (elf_saddr)((uintptr_t)ext->mem[LLEXT_MEM_FINI] + ext->mem_size[LLEXT_MEM_FINI] - 2 -
			   (uintptr_t)sym->name);
	assert_int_equal(llext_unload(&ext), 0);
	names = (elf_rela_t *)(void *)image_bytes(&image, ".rela.exported_sym");
	names[2].r_addend = names[0].r_addend + last;
	array = (elf_rela_t *)(void *)image_bytes(&image, ".rela.fini_array");
	array->r_info = 0;
	memcpy(image_bytes(&image, ".fini_array"), "abcdefz", 8);
	source_init(&source, image.bytes, image.size, 0);
	assert_int_equal(llext_load(&source.loader, "small", &ext, NULL), 0);
	assert_non_null(llext_find_sym(&ext->exp_tab, "z"));
	assert_int_equal(llext_unload(&ext), 0);
	answers(&image, 0, LLEXT_STAGE_NONE, NULL);
}

static void arrays(void **state)
{
	struct image image = image_read("everything.o");

	(void)state;
	answers(&image, -ENOTSUP, LLEXT_STAGE_LAYOUT, "more than one array of its kind");
	for (int i = 0; i < 2; i++) {
		image = image_read("small.o");
		image_section(&image, i == 0 ? ".init_array" : ".fini_array")->sh_type =
			SHT_PROGBITS;
		image_section(&image, ".fini_array")->sh_flags &= ~(elf_xword)SHF_WRITE;
		answers(&image, -ENOTSUP, LLEXT_STAGE_LAYOUT, "array of functions by name only");
	}
	image = image_read("small.o");
	image_section(&image, ".init_array")->sh_size = 7;
	answers(&image, -ENOEXEC, LLEXT_STAGE_LAYOUT, "array of a wrong size");
}

/* By name: every name that a linker knows, with and without a priority; no other name. */
static void arrays_by_name(void **state)
{
	static const struct {
		char name[20];
		int rc;
	} names[] = {
		{".ctors", -ENOTSUP},
		{".dtors", -ENOTSUP},
		{".ctors.65435", -ENOTSUP},
		{".init_array", -ENOTSUP},
		{".init_array.00101", -ENOTSUP},
		{".fini_array", -ENOTSUP},
		{".preinit_array", -ENOTSUP},
		{".ctor", 0},
		{".ctorsx", 0},
		{".data.init_array", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct image image = image_read("small.o");
		size_t old = image_section(&image, ".shstrtab")->sh_size;
		char strings[1024] = {0};

		assert_true(old + sizeof(names[i].name) <= sizeof(strings));
		memcpy(strings, image_bytes(&image, ".shstrtab"), old);
		memcpy(strings + old, names[i].name, sizeof(names[i].name));
		image_replace(&image, ".shstrtab", strings, old + sizeof(names[i].name));
		image_section(&image, ".data")->sh_name = (uint32_t)old;
		answers(&image, names[i].rc, LLEXT_STAGE_LAYOUT, "array of functions by name only");
	}
}

static void files_that_need_more(void **state)
{
	struct image image = image_read("plain.o");

	(void)state;
	answers(&image, -ENOTSUP, LLEXT_STAGE_EXPORTS,
		"no .exported_sym, and this build exports nothing else");
	image = image_read("shared.so");
	answers(&image, -ENOEXEC, LLEXT_STAGE_ELF,
		"this ELF type is not accepted (1: REL, 2: EXEC, 3: DYN)");
	image = image_read("small.o");
	image_section_at(&image, 0)->sh_size = image_header(&image)->e_shnum;
	image_header(&image)->e_shnum = 0;
	answers(&image, -ENOEXEC, LLEXT_STAGE_ELF, "no section names");
	image = image_read("small.o");
	image_section_at(&image, 0)->sh_link = image_header(&image)->e_shstrndx;
	image_header(&image)->e_shstrndx = SHN_XINDEX;
	answers(&image, -ENOEXEC, LLEXT_STAGE_ELF, "no section names");
}

/* What the firmware does not export is missing, whoever else has it. */
static void imports_of_the_firmware_only(void **state)
{
	static const char *const names[] = {"resident_add", "__cxa_atexit"};

	(void)state;
	assert_non_null(llext_find_sym(&world_resident()->exp_tab, "resident_add"));
	for (size_t i = 0; i < COUNT(names); i++) {
		struct image image = image_read("small.o");
		elf_sym_t *sym = image_symbol(&image, names[i]);

		sym->st_info = (unsigned char)(STB_GLOBAL << 4 | ELF_ST_TYPE(sym->st_info));
		answers(&image, -ENODATA, LLEXT_STAGE_SYMBOLS, "imports are missing");
	}
}

static void parameters(void **state)
{
	struct image image = image_read("small.o");

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
		struct trial trial = {.detached = i == 0, .not_local = i == 1};
		struct source source;
		struct llext *ext;

		if (i < 2) {
			assert_null(world_try(image.bytes, image.size, &trial));
			assert_int_equal(trial.rc, -ENOTSUP);
			assert_string_equal(trial.diag.what,
					    "this build has no support for a load parameter");
			continue;
		}
		param.pre_located = true;
		source_init(&source, image.bytes, image.size, 0);
		assert_int_equal(llext_load(&source.loader, "small", &ext, &param), -ENOTSUP);
		assert_null(ext);
		assert_null(world_changed());
	}
	image_free(&image);
}

static int at_the_end(void **state)
{
	(void)state;
	world_close();
	return 0;
}

static int at_the_start(void **state)
{
	(void)state;
	world_open();
	return 0;
}

/* Without a heap of any kind: world_close() has given it back. */
static void heaps(void **state)
{
	static uint8_t memory[2][256] __attribute__((aligned(16)));
	struct llext_heap_area area = {memory[0], (uintptr_t)memory[1], sizeof(memory[0])};
	struct llext_heap_stats stats;

	(void)state;
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &stats), -ENOSYS);
	assert_int_equal(
		llext_heap_init_harvard(memory[0], sizeof(memory[0]), memory[1], sizeof(memory[1])),
		-ENOTSUP);
	assert_int_equal(llext_heap_init_areas(NULL, &area), -ENOTSUP);
	assert_int_equal(llext_heap_init_areas(NULL, NULL), -EINVAL);
	area.load = (uintptr_t)memory[0];
	assert_int_equal(llext_heap_init_areas(&area, &area), -ENOTSUP);
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &stats), -ENOSYS);
	assert_int_equal(llext_heap_init_areas(NULL, &area), 0);
	assert_int_equal(llext_heap_init(memory[1], sizeof(memory[1])), -EBUSY);
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_INSTR, &stats), 0);
	assert_int_equal(stats.bytes, sizeof(memory[0]));
	assert_int_equal(llext_heap_uninit(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_takes_works),
		cmocka_unit_test(packed_files),
		cmocka_unit_test(one_piece_of_memory),
		cmocka_unit_test(names_up_to_the_end),
		cmocka_unit_test(arrays),
		cmocka_unit_test(arrays_by_name),
		cmocka_unit_test(files_that_need_more),
		cmocka_unit_test(imports_of_the_firmware_only),
		cmocka_unit_test(parameters),
	};
	const struct CMUnitTest without_heap[] = {cmocka_unit_test(heaps)};
	int failed = cmocka_run_group_tests_name("smallest", tests, at_the_start, at_the_end);

	return failed + cmocka_run_group_tests_name("smallest, heaps", without_heap, NULL, NULL);
}
