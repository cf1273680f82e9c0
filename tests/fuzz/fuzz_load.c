/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target. The first four bytes choose how to load, the rest is the file:
 *   0: kind of source (SOURCE_*), 1: what to do beside loading, 2: the operation that fails once
 *   and how, 3: which one of them (0: none).
 * world_try() checks the invariants of docs/security.md; nothing that is loaded is run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/elf.h>
#include "faults.h"
#include "world.h"

#define CHOICES 4

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	world_open();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trial trial = {0};
	const char *wrong;
	uint8_t *file;

	if (size < CHOICES)
		return 0;
	trial.source = data[0] % SOURCE_KINDS; /* SOURCE_FORWARD among them */
	trial.keep_section_info = data[1] & 1;
	trial.detached = data[1] & 2;
	trial.not_local = data[1] & 4;
	/* A dry run would use up the fault, or be the one that it hits. */
	trial.plan = data[3] == 0;
	if (data[3] != 0 && data[2] % OPERATION_COUNT != OPERATION_PROTECT)
		faults_arm((enum operation)(data[2] % OPERATION_COUNT), data[3],
			   (enum fault_kind)(data[2] / OPERATION_COUNT % FAULT_KINDS));
	/* Of exactly its size, so that a look behind its end is seen; at an odd address at times.
	 */
	file = malloc(size);
	if (file == NULL)
		return 0;
	memcpy(file, data, size);
	wrong = data[1] & 8 ? world_try(file + CHOICES, size - CHOICES, &trial)
			    : world_try(memmove(file, file + CHOICES, size - CHOICES),
					size - CHOICES, &trial);
	free(file);
	faults_clear();
	if (wrong != NULL) {
		fprintf(stderr, "invariant: %s\n", wrong);
		abort();
	}
	return 0;
}

/* ---- mutations that know where the fields of a file are ---- */

struct place {
	uint8_t *at;
	size_t bytes; /* of the field */
};

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* One entry of a table inside the file; NULL where there is none. */
static uint8_t *entry(uint8_t *file, size_t size, uint64_t table, uint64_t count, size_t bytes,
		      uint32_t *state)
{
	uint64_t offset;

	if (count == 0 || table > size)
		return NULL;
	offset = table + next(state) % count * bytes;
	return offset <= size && bytes <= size - offset ? file + offset : NULL;
}

static struct place field(uint8_t *structure, const uint8_t *sizes, size_t count, uint32_t *state)
{
	size_t which = next(state) % count;

	for (size_t i = 0; i < which; i++)
		structure += sizes[i];
	return (struct place){structure, sizes[which]};
}

#if ELF_CLASS == 2
static const uint8_t ehdr_fields[] = {4, 1, 1, 1, 1, 8, 2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2};
static const uint8_t shdr_fields[] = {4, 4, 8, 8, 8, 8, 4, 4, 8, 8};
static const uint8_t phdr_fields[] = {4, 4, 8, 8, 8, 8, 8, 8};
static const uint8_t sym_fields[] = {4, 1, 1, 2, 8, 8};
static const uint8_t rel_fields[] = {8, 4, 4};
static const uint8_t rela_fields[] = {8, 4, 4, 8};
#else
static const uint8_t ehdr_fields[] = {4, 1, 1, 1, 1, 8, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2};
static const uint8_t shdr_fields[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
static const uint8_t phdr_fields[] = {4, 4, 4, 4, 4, 4, 4, 4};
static const uint8_t sym_fields[] = {4, 4, 4, 1, 1, 2};
static const uint8_t rel_fields[] = {4, 1, 3};
static const uint8_t rela_fields[] = {4, 1, 3, 4};
#endif
/* The note of a packed file, with its header and its name. */
static const uint8_t note_fields[] = {4, 4, 4, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
#define NOTE_BYTES ((size_t)60)

#define FIELD(structure, fields) field(structure, fields, sizeof(fields), state)

/* A field of some structure of the file. */
static struct place choose(uint8_t *file, size_t size, uint32_t *state)
{
	const struct place none = {NULL, 0};
	elf_ehdr_t ehdr;
	elf_shdr_t shdr;
	uint8_t *at;

	memcpy(&ehdr, file, sizeof(ehdr));
	switch (next(state) % 8) {
	case 0:
		return FIELD(file, ehdr_fields);
	case 1:
		at = entry(file, size, ehdr.e_phoff, ehdr.e_phnum, sizeof(elf_phdr_t), state);
		return at != NULL ? FIELD(at, phdr_fields) : none;
	default:
		break;
	}
	at = entry(file, size, ehdr.e_shoff, ehdr.e_shnum, sizeof(elf_shdr_t), state);
	if (at == NULL)
		return none;
	memcpy(&shdr, at, sizeof(shdr));
	if ((shdr.sh_type == SHT_SYMTAB || shdr.sh_type == SHT_DYNSYM) && next(state) % 4 != 0) {
		at = entry(file, size, shdr.sh_offset, shdr.sh_size / sizeof(elf_sym_t),
			   sizeof(elf_sym_t), state);
		return at != NULL ? FIELD(at, sym_fields) : none;
	}
	if (shdr.sh_type == SHT_RELA && next(state) % 4 != 0) {
		at = entry(file, size, shdr.sh_offset, shdr.sh_size / sizeof(elf_rela_t),
			   sizeof(elf_rela_t), state);
		return at != NULL ? FIELD(at, rela_fields) : none;
	}
	if (shdr.sh_type == SHT_REL && next(state) % 4 != 0) {
		at = entry(file, size, shdr.sh_offset, shdr.sh_size / sizeof(elf_rel_t),
			   sizeof(elf_rel_t), state);
		return at != NULL ? FIELD(at, rel_fields) : none;
	}
	if (shdr.sh_type == SHT_NOTE && next(state) % 8 != 0) {
		at = entry(file, size, shdr.sh_offset, 1, NOTE_BYTES, state);
		return at != NULL ? FIELD(at, note_fields) : none;
	}
	if ((shdr.sh_type == SHT_CREL || shdr.sh_type == SHT_LLEXT_RUNS) &&
	    next(state) % 8 != 0) { /* of bytes */
		at = entry(file, size, shdr.sh_offset, shdr.sh_size, 1, state);
		return at != NULL ? (struct place){at, 1} : none;
	}
	return FIELD(at, shdr_fields);
}

/* Values at the edges of checks: small, near the file's size, near the ends of the types. */
static uint64_t value(uint64_t old, size_t size, uint32_t *state)
{
	uint64_t bit = (uint64_t)1 << next(state) % 64;

	switch (next(state) % 8) {
	case 0:
		return next(state) % 32;
	case 1:
		return size - 32 + next(state) % 64;
	case 2:
		return old ^ bit;
	case 3:
		return old + next(state) % 33 - 16;
	case 4:
		return bit - 1 + next(state) % 3;
	case 5:
		return ~(uint64_t)0 - next(state) % 64;
	case 6:
		return 0 - old;
	default:
		return next(state);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint32_t state = seed;

	if (size < CHOICES + sizeof(elf_ehdr_t) || next(&state) % 4 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	if (next(&state) % 4 == 0)
		data[next(&state) % CHOICES] = (uint8_t)next(&state);
	for (uint32_t changes = 1 + next(&state) % 3; changes > 0; changes--) {
		struct place place = choose(data + CHOICES, size - CHOICES, &state);
		uint64_t number = 0;

		if (place.at == NULL)
			continue;
		memcpy(&number, place.at, place.bytes);
		number = value(number, size - CHOICES, &state);
		memcpy(place.at, &number, place.bytes);
	}
	return size;
}
