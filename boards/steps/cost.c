/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What llext_load() takes, in instructions: compiled twice, where loads can be done in steps and
 * where they cannot. And there, the longest step. The figures are part of bench/ledger. The files
 * that are large in one way each are read from the folder that is the argument: shapes.S.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "board.h"
#include "llext_mcu.h"
#include <llext/buf_loader.h>
#include <llext/heap.h>
#include <llext/steps.h>

#define HEAP_BYTES ((size_t)8 * 1024 * 1024)
#define QUANTUM    6
#define COPIES     1000 /* of one extension, under as many names */
/* Instructions of a step. The other board's memcpy() goes byte by byte. */
#ifdef __arm__
#define LONGEST 2000
#else
#define LONGEST 2600
#endif
/* A heap is searched from its start: so many where every second one of the copies is gone. */
#define LONGEST_AMONG_HOLES (COPIES / 2 * 50)

extern const uint8_t fixture_big[], fixture_big_end[];
extern const uint8_t fixture_provider[], fixture_provider_end[];

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static char arguments[512];
static bool too_long;

struct file {
	const char *name;
	const uint8_t *bytes;
	size_t size;
};

static struct llext_buf_loader source_of(const struct file *file, bool peeked)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file->bytes, file->size);

	if (!peeked)
		loader.loader.peek = NULL;
	return loader;
}

static int load(const struct file *file, const char *name, struct llext **ext)
{
	struct llext_buf_loader loader = source_of(file, true);

	return llext_load(&loader.loader, name, ext, NULL);
}

static int at_once(const struct file *file, bool peeked, unsigned *took)
{
	struct llext_buf_loader loader = source_of(file, peeked);
	uint64_t before = board_instructions();
	struct llext *ext;
	int rc = llext_load(&loader.loader, "measured", &ext, NULL);

	*took = (unsigned)(board_instructions() - before);
	return rc != 0 ? rc : llext_unload(&ext);
}

struct cost {
	unsigned longest; /* instructions of one step */
	unsigned steps;
	unsigned all; /* instructions */
};

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
static uint8_t stack[8192] __attribute__((aligned(16)));

static int in_steps(const struct file *file, bool peeked, unsigned quantum, struct cost *cost)
{
	struct llext_buf_loader loader = source_of(file, peeked);
	struct llext_load_steps steps;
	struct llext *ext;
	int rc = llext_load_begin(&steps, &loader.loader, "measured", NULL, stack, sizeof(stack),
				  quantum);

	if (rc != 0)
		return rc;
	do {
		uint64_t before = board_instructions();
		unsigned took;

		rc = llext_load_step(&steps);
		took = (unsigned)(board_instructions() - before);
		cost->longest = took > cost->longest ? took : cost->longest;
		cost->steps++;
		cost->all += took;
	} while (rc == -EAGAIN);
	rc = llext_load_finish(&steps, &ext);
	return rc != 0 ? rc : llext_unload(&ext);
}

/* How few steps there are, and how long, at a larger quantum. */
static int measure_quanta(const struct file *file)
{
	static const unsigned quanta[] = {QUANTUM, 16, 32};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(quanta) / sizeof(quanta[0]); i++) {
		struct cost cost = {0};

		rc = in_steps(file, false, quanta[i], &cost);
		printf("quantum quantum=%u longest=%u steps=%u all=%u\n", quanta[i], cost.longest,
		       cost.steps, cost.all);
	}
	return rc;
}
#else
static int in_steps(const struct file *file, bool peeked, unsigned quantum, struct cost *cost)
{
	(void)file;
	(void)peeked;
	(void)quantum;
	(void)cost;
	return 0;
}

static int measure_quanta(const struct file *file)
{
	(void)file;
	return 0;
}
#endif

/* @kind: how the rows are called, before -read and -peek; NULL: no more than that */
static int measure(const struct file *file, const char *kind)
{
	bool holes = kind != NULL && strcmp(kind, "holes") == 0;
	int rc = 0;

	for (int peeked = 0; rc == 0 && peeked < 2; peeked++) {
		struct cost cost = {0};
		unsigned all;

		rc = at_once(file, peeked != 0, &all);
		if (rc == 0)
			rc = in_steps(file, peeked != 0, QUANTUM, &cost);
		printf("%s kind=%s%s%s load=%u longest=%u\n", holes ? "heap" : "cost",
		       kind != NULL ? kind : "", kind != NULL ? "-" : "", peeked ? "peek" : "read",
		       all, cost.longest);
		too_long = too_long || cost.longest > (holes ? LONGEST_AMONG_HOLES : LONGEST);
	}
	return rc;
}

/* ---- large files, and many ---- */

/* Behind the heap. */
static int read_file(const char *folder, const char *name, struct file *file)
{
	uint8_t *room = (uint8_t *)(uintptr_t)board_heap_start + HEAP_BYTES;
	size_t most = (size_t)((const uint8_t *)board_heap_end - room);
	char path[600];

	(void)snprintf(path, sizeof(path), "%s/%s.llext", folder, name);
	*file = (struct file){name, room, board_read_file(path, room, most)};
	return file->size <= most ? 0 : -ENOENT;
}

/*
 * The last two sections of one size change places, so that none are known to be in order, and a
 * sort finds that out late.
 */
static void unsort(const struct file *file)
{
	const elf_ehdr_t *ehdr = (const elf_ehdr_t *)(uintptr_t)file->bytes;
	elf_shdr_t *first = (elf_shdr_t *)(uintptr_t)(file->bytes + ehdr->e_shoff);

	for (elf_shdr_t *shdr = first + ehdr->e_shnum - 2; shdr > first; shdr--) {
		elf_shdr_t before = shdr[0];

		if (shdr[0].sh_type != SHT_PROGBITS || shdr[1].sh_type != SHT_PROGBITS ||
		    shdr[0].sh_size == 0 || shdr[0].sh_size != shdr[1].sh_size)
			continue;
		shdr[0].sh_offset = shdr[1].sh_offset;
		shdr[1].sh_offset = before.sh_offset;
		return;
	}
}

/* @provider: what it imports from, if not NULL */
static int measure_shape(const char *folder, const char *name, const char *provider)
{
	struct llext *ext = NULL;
	struct file file;
	int rc = 0;

	if (provider != NULL)
		rc = read_file(folder, provider, &file);
	if (rc == 0 && provider != NULL)
		rc = load(&file, provider, &ext);
	if (rc == 0)
		rc = read_file(folder, strcmp(name, "unsorted") == 0 ? "sections" : name, &file);
	if (rc == 0 && strcmp(name, "unsorted") == 0)
		unsort(&file);
	if (rc == 0)
		rc = measure(&file, name);
	if (rc == 0 && ext != NULL)
		rc = llext_unload(&ext);
	if (rc != 0)
		printf("FAILED: %s: %d\n", name, rc);
	return rc;
}

static struct llext *copies[COPIES];

/* Each copy exports another name: p10000 and so on. */
static int load_copies(const char *folder)
{
	struct file file;
	int rc = read_file(folder, "provider", &file);
	char *name = NULL;

	for (size_t i = 0; rc == 0 && name == NULL && i + 6 < file.size; i++) {
		if (memcmp(file.bytes + i, "p10000", 6) == 0)
			name = (char *)(uintptr_t)file.bytes + i;
	}
	if (name == NULL)
		return -ENOENT;
	for (unsigned i = 0; rc == 0 && i < COPIES; i++) {
		char own[8];

		(void)snprintf(own, sizeof(own), "p%u", 10000 + i);
		memcpy(name, own, 6);
		rc = load(&file, own, &copies[i]);
	}
	return rc;
}

static int unload_copies(unsigned first, unsigned each)
{
	int rc = 0;

	for (unsigned i = first; rc == 0 && i < COPIES; i += each)
		rc = llext_unload(&copies[i]);
	return rc;
}

static int measure_among_many(const char *folder)
{
	int rc = load_copies(folder);

	if (rc == 0)
		rc = measure_shape(folder, "extensions", NULL);
	if (rc == 0)
		rc = unload_copies(1, 2); /* the heap has holes */
	if (rc == 0)
		rc = measure_shape(folder, "holes", NULL);
	return rc == 0 ? unload_copies(0, 2) : rc;
}

static int measure_shapes(const char *folder)
{
	static const struct {
		const char *name, *provider;
	} shapes[] = {
		{"exports", NULL},  {"globals", NULL},     {"sections", NULL},
		{"unsorted", NULL}, {"symbols", NULL},     {"relocations", NULL},
		{"veneers", NULL},  {"bytes", NULL},       {"arrays", NULL},
		{"unwind", NULL},   {"names", NULL},       {"imports", "exports"},
		{"long", "names"},  {"packed", "exports"}, {"tables", NULL},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(shapes) / sizeof(shapes[0]); i++)
		rc = measure_shape(folder, shapes[i].name, shapes[i].provider);
	return rc == 0 ? measure_among_many(folder) : rc;
}

int main(void)
{
	const struct file provider_file = {"provider", fixture_provider,
					   (size_t)(fixture_provider_end - fixture_provider)};
	const struct file big = {"big", fixture_big, (size_t)(fixture_big_end - fixture_big)};
	struct llext *provider;
	const char *folder;
	int rc = llext_heap_init(board_heap_start, HEAP_BYTES);

	(void)board_command_line(arguments, sizeof(arguments));
	folder = strrchr(arguments, ' ');
	if (rc == 0)
		rc = load(&provider_file, "provider", &provider);
	if (rc == 0)
		rc = measure(&big, NULL);
	if (rc == 0)
		rc = measure_quanta(&big);
	if (rc == 0)
		rc = llext_unload(&provider);
	if (rc == 0 && folder != NULL)
		rc = measure_shapes(folder + 1);
	if (rc != 0)
		printf("FAILED: %d\n", rc);
	if (too_long)
		printf("a step is longer than %d instructions\n", LONGEST);
	return rc != 0 || too_long;
}
