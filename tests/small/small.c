/* SPDX-License-Identifier: Apache-2.0 */
/* The small core: what it takes works, what it does not take is refused and leaves nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include <llext/elf.h>
#include "faults.h"
#include "small/small.h"
#include "source.h"
#include "world.h"

typedef int (*work_t)(int n);

static size_t size;
static uint8_t *file;

static void open_file(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
	file = world_file(path, &size);
	world_open(WORLD_HEAP_BYTES);
}

static void close_file(void)
{
	world_close();
	free(file);
}

static void make_executable(const struct llext *ext)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)ext->mem[LLEXT_MEM_TEXT] & ~(page - 1);
	uintptr_t end = (uintptr_t)ext->mem[LLEXT_MEM_TEXT] + ext->mem_size[LLEXT_MEM_TEXT];

	assert_int_equal(mprotect((void *)start, end - start, PROT_READ | PROT_WRITE | PROT_EXEC),
			 0);
}

static void works(void **state)
{
	struct llext *ext;
	work_t work;

	(void)state;
	open_file("large_small.o");
	assert_int_equal(world_load(file, size, 0, &ext, NULL), 0);
	work = (work_t)(uintptr_t)llext_find_sym(&ext->exp_tab, "work");
	assert_non_null(work);
	assert_non_null(llext_find_sym(&ext->exp_tab, "initialised"));
	assert_null(llext_find_sym(&ext->exp_tab, "words"));
	make_executable(ext);
	/* add(1, 5) + 0 + 0 + 't' + 7 */
	assert_int_equal(work(1), 6 + 't' + 7);
	assert_int_equal(llext_bringup(ext), 0);
	assert_int_equal(work(0), 5 + 10 + 'o' + 7);
	assert_int_equal(llext_teardown(ext), 0);
	assert_int_equal(work(0), 5 + 110 + 'o' + 7);
	assert_string_equal(ext->name, "file");
	assert_null(ext->dependency[0]);
	assert_int_equal(llext_unload(&ext), 0);
	close_file();
}

/* Each kind of source, and what a load cannot do without. */
static void sources(void **state)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;

	(void)state;
	open_file("large_small.o");
	for (unsigned int kind = 0; kind < SOURCE_SEEKING; kind++)
		assert_int_equal(world_try(file, size, kind),
				 kind & SOURCE_NO_LENGTH ? -ENOTSUP : 0);
	assert_int_equal(world_try(file, size, SOURCE_FORWARD | SOURCE_NO_PEEK), -ENOTSUP);
	param.relocate_local = false;
	assert_int_equal(world_load(file, size, 0, &ext, &param), -ENOTSUP);
	/* It would run with all rights. */
	param.relocate_local = true;
	param.domain = (struct k_mem_domain *)(void *)file;
	assert_int_equal(world_load(file, size, 0, &ext, &param), -ENOTSUP);
	close_file();
}

static size_t asked_for, found;

static void on_import(void *user_data, const struct llext_import *import)
{
	(void)user_data;
	asked_for++;
	found += import->found;
}

/* All that are missing are reported, and nothing stays. */
static void missing_imports(void **state)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;

	(void)state;
	open_file("large_small.o");
	param.on_import = on_import;
	assert_int_equal(llext_set_builtins(NULL, 0), 0);
	assert_int_equal(world_load(file, size, 0, &ext, &param), -ENODATA);
	assert_int_equal(asked_for, 4); /* two of them weak */
	assert_int_equal(found, 0);
	close_file();
}

/* What needs a list of constructors; another type of file; compact relocations; no exports. */
static void not_taken(void **state)
{
	static const struct {
		const char *name;
		int rc;
	} files[] = {{"everything.o", -ENOTSUP},
		     {"shared.so", -ENOEXEC},
		     {"packed_small.o", -ENOTSUP},
		     {"plain.o", -ENOTSUP}};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		open_file(files[i].name);
		assert_int_equal(world_try(file, size, 0), files[i].rc);
		close_file();
	}
}

/*
 * What no change of one byte makes: sections larger than the file in sum; and symbols beside their
 * section, which harm nobody who does not export them.
 */
static void more_than_a_byte(void **state)
{
	elf_ehdr_t *ehdr;
	elf_shdr_t *shdrs;
	unsigned int sections = 0, symbols = 0;

	(void)state;
	open_file("large_small.o");
	ehdr = (elf_ehdr_t *)(void *)file;
	shdrs = (elf_shdr_t *)(void *)(file + ehdr->e_shoff);
	for (unsigned int i = 1; i < ehdr->e_shnum; i++) {
		elf_shdr_t good = shdrs[i];
		elf_sym_t *syms = (elf_sym_t *)(void *)(file + good.sh_offset);

		if (good.sh_type == SHT_PROGBITS && good.sh_flags == 0) {
			sections++;
			shdrs[i].sh_offset = 0;
			shdrs[i].sh_size = size;
			assert_int_equal(world_try(file, size, 0), -ENOEXEC);
			shdrs[i] = good;
		}
		for (size_t j = 1; good.sh_type == SHT_SYMTAB && j < good.sh_size / sizeof(*syms);
		     j++) {
			elf_sym_t before = syms[j];
			bool exported;

			if (before.st_value == 0 || before.st_shndx >= SHN_LORESERVE)
				continue;
			symbols++;
			syms[j].st_size = (elf_addr)-1;
			assert_int_equal(world_try(file, size, 0), 0);
			exported = ELF_ST_BIND(before.st_info) == STB_GLOBAL;
			syms[j].st_value = 0x8000;
			assert_int_equal(world_try(file, size, 0), exported ? -ENOEXEC : 0);
			syms[j] = before;
		}
	}
	assert_int_equal(world_try(file, size, 0), 0);
	assert_true(sections > 0 && symbols > 0);
	close_file();
}

/* Whatever fails: it is said, and all is given back. */
static void faults_each(void **state)
{
	static const enum operation operations[] = {OPERATION_ALLOC, OPERATION_PREPARE,
						    OPERATION_READ, OPERATION_SEEK};

	(void)state;
	open_file("large_small.o");
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		unsigned long at = 1;

		for (;; at++) {
			int rc;

			faults_arm(operations[i], at, FAULT_NEGATIVE);
			rc = world_try(file, size, SOURCE_NO_PEEK);
			if (!faults.fired)
				break;
			assert_true(rc < 0);
		}
		faults_clear();
		assert_true(at > 1);
	}
	close_file();
}

/* From a heap that has room for nothing to one that has enough. */
static void heaps(void **state)
{
	size_t bytes = 64;
	int rc = -ENOMEM;

	(void)state;
	open_file("large_small.o");
	world_close();
	for (; rc != 0 && bytes < WORLD_HEAP_BYTES; bytes += 16) {
		world_open(bytes);
		rc = world_try(file, size, 0);
		assert_true(rc == 0 || rc == -ENOMEM);
		world_close();
	}
	assert_int_equal(rc, 0);
	free(file);
}

/* small_exports.c: tables in any order become sorted ones; a name twice is refused. */
static void exports_in_any_order(void **state)
{
	static struct {
		struct llext ext;
		char names[300][8];
	} image;
	static struct llext_symbol syms[300];
	struct llext *ext = &image.ext;

	(void)state;
	ext->alloc_size = sizeof(image);
	ext->mem[LLEXT_MEM_RODATA] = image.names;
	ext->mem_size[LLEXT_MEM_RODATA] = sizeof(image.names);
	ext->mem[LLEXT_MEM_EXPORT] = syms;
	for (size_t i = 0; i < 300; i++)
		snprintf(image.names[i], sizeof(image.names[i]), "n%zu", i);
	for (size_t count = 0; count <= 300; count += count < 20 ? 1 : 40) {
		for (size_t i = 0; i < count; i++)
			syms[i] = (struct llext_symbol){image.names[i], image.names[i]};
		for (size_t i = 1; i < count; i++) {
			struct llext_symbol *other = &syms[(size_t)random() % (i + 1)];
			struct llext_symbol moved = syms[i];

			syms[i] = *other;
			*other = moved;
		}
		ext->mem_size[LLEXT_MEM_EXPORT] = count * sizeof(syms[0]);
		assert_int_equal(llext_small_export(ext), 0);
		assert_int_equal(ext->exp_tab.sym_cnt, count);
		for (size_t i = 0; i < count; i++)
			assert_ptr_equal(llext_find_sym(&ext->exp_tab, image.names[i]),
					 image.names[i]);
		if (count < 2)
			continue;
		syms[0] = syms[count - 1];
		assert_int_equal(llext_small_export(ext), -ENOEXEC);
	}
}

/* small_arena.c: many random calls, against a list of what is held. */
static void arena(void **state)
{
	static uint8_t memory[4096] __attribute__((aligned(16)));
	struct {
		uint8_t *mem;
		size_t bytes;
	} held[24] = {{NULL, 0}};
	const size_t slots = sizeof(held) / sizeof(held[0]);
	struct llext_heap_stats empty, stats;
	struct llext_arena own;

	(void)state;
	assert_int_equal(llext_arena_init(&own, NULL, sizeof(memory)), -EINVAL);
	assert_int_equal(llext_arena_init(&own, memory, 3 * sizeof(elf_addr)), -EINVAL);
	assert_int_equal(llext_arena_init(&own, memory + 3, sizeof(memory) - 3), 0);
	llext_arena_stats(&own, &empty);
	for (unsigned int turn = 0; turn < 200000; turn++) {
		size_t i = (size_t)random() % slots, align = (size_t)1 << random() % 9;

		if (held[i].mem != NULL) {
			for (size_t j = 0; j < held[i].bytes; j++)
				assert_int_equal(held[i].mem[j], i);
			assert_int_equal(llext_arena_free(&own, held[i].mem + 1), -EINVAL);
			assert_int_equal(llext_arena_free(&own, held[i].mem), 0);
			assert_int_equal(llext_arena_free(&own, held[i].mem), -EINVAL);
			held[i].mem = NULL;
			continue;
		}
		llext_arena_stats(&own, &stats);
		held[i].bytes = 1 + (size_t)random() % 400;
		held[i].mem = llext_arena_alloc(&own, held[i].bytes, align);
		assert_true(held[i].mem != NULL || align > 1 || held[i].bytes > stats.largest_free);
		if (held[i].mem == NULL)
			continue;
		assert_int_equal((uintptr_t)held[i].mem % align, 0);
		assert_true(held[i].mem > memory &&
			    held[i].mem + held[i].bytes <= memory + sizeof(memory));
		memset(held[i].mem, (int)i, held[i].bytes);
	}
	for (size_t i = 0; i < slots; i++)
		assert_int_equal(llext_arena_free(&own, held[i].mem), 0);
	llext_arena_stats(&own, &stats);
	assert_int_equal(stats.used, 0);
	assert_int_equal(stats.blocks, 0);
	assert_int_equal(stats.largest_free, empty.largest_free);
	assert_non_null(llext_arena_alloc(&own, stats.largest_free, 0));
	assert_null(llext_arena_alloc(&own, 1, 0));
	assert_null(llext_arena_alloc(&own, 0, 0));
	assert_null(llext_arena_alloc(&own, 8, 3));
	assert_null(llext_arena_alloc(&own, SIZE_MAX, 0));
}

/* Code that prints a reason compiles and says that there is none. */
static void no_diagnostics(void **state)
{
	char line[12];

	(void)state;
	assert_int_equal(llext_last_diag()->error, 0);
	assert_string_equal(llext_last_diag()->what, "diagnostics are not in this build");
	assert_int_equal(llext_diag_format(llext_last_diag(), line, sizeof(line)), 33);
	assert_string_equal(line, "diagnostics");
	assert_int_equal(llext_diag_format(llext_last_diag(), NULL, 0), 33);
	assert_null(llext_suggest("nothing"));
	assert_true(sizeof(struct llext_diag) < 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works),
		cmocka_unit_test(sources),
		cmocka_unit_test(missing_imports),
		cmocka_unit_test(not_taken),
		cmocka_unit_test(more_than_a_byte),
		cmocka_unit_test(faults_each),
		cmocka_unit_test(heaps),
		cmocka_unit_test(exports_in_any_order),
		cmocka_unit_test(arena),
		cmocka_unit_test(no_diagnostics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
