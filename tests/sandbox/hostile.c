/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that an attacker has changed, loaded for a domain, and run there. Whatever they do, the
 * firmware is as it was: its code and constants, memory around the domain, the heap.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/elf.h>
#include "hostile.h"
#include "suite.h"
#ifdef SUITE_FORMS
#include "sealed.h"
#endif

#define FILE_BYTES ((size_t)48 * 1024)
#define CANARY     4096
#define CALLS      4 /* of each file's functions */
#define CALL_TICKS 2

static uint8_t file[FILE_BYTES] __attribute__((aligned(16)));
static size_t file_bytes;
static uint8_t canary_before[CANARY], canary_after[CANARY];
static struct k_mem_domain domain;
static struct llext_domain_fault fault;
static struct llext_buf_loader loader;

/* ---- mutation ---- */

static uint32_t state;

static uint32_t any(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* The files that are changed, which are well-formed. */
static const struct form {
	const uint8_t *start, *end;
	bool sealed; /* and then in an envelope */
} forms[] = {
#ifdef SUITE_FORMS
	{fixture_packed, fixture_packed_end, false},  {fixture_compact, fixture_compact_end, false},
	{fixture_probe, fixture_probe_end, true},     {fixture_packed, fixture_packed_end, true},
	{fixture_compact, fixture_compact_end, true},
#else
	{fixture_probe, fixture_probe_end, false},
#endif
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))
static const struct form *form;

static elf_shdr_t section(unsigned int number)
{
	elf_ehdr_t ehdr;
	elf_shdr_t shdr;

	memcpy(&ehdr, form->start, sizeof(ehdr));
	memcpy(&shdr, form->start + ehdr.e_shoff + number * sizeof(shdr), sizeof(shdr));
	return shdr;
}

static unsigned int sections(void)
{
	elf_ehdr_t ehdr;

	memcpy(&ehdr, form->start, sizeof(ehdr));
	return ehdr.e_shnum;
}

static void change(size_t start, size_t bytes)
{
	for (uint32_t n = 1 + any(8); bytes != 0 && n > 0; n--) {
		size_t at = start + any((uint32_t)bytes);

		switch (any(3)) {
		case 0:
			file[at] ^= (uint8_t)(1u << any(8));
			break;
		case 1:
			file[at] = (uint8_t)any(256);
			break;
		default: /* a halfword: an instruction's half, a field */
			file[at & ~(size_t)1] = (uint8_t)any(256);
			file[at | 1] = (uint8_t)any(256);
		}
	}
}

/* Mostly code and what changes code; sometimes anything. */
static void mutate(uint32_t seed)
{
	unsigned int number;
	elf_shdr_t shdr;

	form = &forms[seed % FORMS];
	state = seed * 2654435761u + 1;
	file_bytes = (size_t)(form->end - form->start);
	memcpy(file, form->start, file_bytes);
	if (any(8) == 0) {
		change(0, file_bytes - 1);
		return;
	}
	do {
		number = 1 + any(sections() - 1);
		shdr = section(number);
	} while (any(8) != 0 && !((shdr.sh_flags & SHF_EXECINSTR) && shdr.sh_size > 2) &&
		 shdr.sh_type != SHT_REL && shdr.sh_type != SHT_RELA && shdr.sh_type != SHT_CREL &&
		 shdr.sh_type != SHT_LLEXT_RUNS);
	if (shdr.sh_type != SHT_NOBITS && shdr.sh_size > 2)
		change((size_t)shdr.sh_offset, (size_t)shdr.sh_size - 1);
}

/* ---- running ---- */

#ifdef SUITE_FORMS
static uint8_t envelope[FILE_BYTES + SEALED_BYTES(FILE_BYTES)];
static size_t envelope_bytes;

/* Some are changed once more, behind the signature. */
static void seal(void)
{
	envelope_bytes = sealed_make(file, file_bytes, LLEXT_PAYLOAD_ELF, envelope);
	if (any(8) == 0)
		envelope[any((uint32_t)envelope_bytes)] ^= (uint8_t)(1u << any(8));
}

static struct llext_loader *sealed_source(void)
{
	static uint8_t room[LLEXT_SIGNED_BUFFER_BYTES(SEALED_BLOCK, SEALED_TABLE)];
	static struct llext_signed_loader opener;

	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(envelope, envelope_bytes);
	opener = (struct llext_signed_loader)LLEXT_SIGNED_LOADER(&loader.loader, &sealed_trust,
								 room, sizeof(room));
	return &opener.loader;
}
#else
static void seal(void)
{
}

static struct llext_loader *sealed_source(void)
{
	return NULL;
}
#endif

static struct llext_loader *source(const struct llext *which, void *user_data)
{
	(void)which;
	(void)user_data;
	if (form->sealed)
		return sealed_source();
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(file, file_bytes);
	return &loader.loader;
}

static struct llext_domain_config config = {
	.name = "hostile",
	.stack_bytes = 1024,
	.ticks = CALL_TICKS,
	.source = source,
	.fault = &fault,
};

static uintptr_t argument(void)
{
	const uintptr_t values[] = {0,
				    1,
				    UINTPTR_MAX,
				    domain.way.stack,
				    domain.way.stack + llext_domain_stack_bytes(&domain),
				    (uintptr_t)canary_before,
				    (uintptr_t)&suite_secret,
				    any(64),
				    state};

	return values[any(sizeof(values) / sizeof(values[0]))];
}

static void run_functions(struct llext *ext, struct hostile_counts *counts)
{
	for (int i = 0; i < CALLS && ext->exp_tab.sym_cnt > 0; i++) {
		const struct llext_symbol *symbol =
			&ext->exp_tab.syms[any((uint32_t)ext->exp_tab.sym_cnt)];
		const struct llext_domain_args args = {
			.word = {argument(), argument(), argument(), argument()}};
		int rc = llext_domain_call(&domain, symbol->addr, &args, NULL, CALL_TICKS);

		counts->calls++;
		counts->faults += rc == -EFAULT;
		counts->timeouts += rc == -ETIMEDOUT;
		if ((rc == -EFAULT || rc == -ETIMEDOUT) && llext_domain_reset(&domain) != 0)
			break;
	}
}

static void run_one(struct hostile_counts *counts)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext = NULL;

	CHECK(llext_domain_init(&domain, &config) == 0);
	if (form->sealed)
		seal();
	param.domain = &domain;
	if (llext_load(source(NULL, NULL), "hostile", &ext, &param) == 0) {
		counts->loaded++;
		counts->sealed += form->sealed;
		if (llext_bringup(ext) != 0)
			(void)llext_domain_reset(&domain);
		run_functions(ext, counts);
		/* Brought up or not, as the last reset has left it. */
		(void)llext_teardown(ext);
		CHECK(llext_unload(&ext) == 0);
	}
	CHECK(llext_domain_fini(&domain) == 0);
}

static bool is_intact(const uint8_t *bytes)
{
	for (size_t i = 0; i < CANARY; i++) {
		if (bytes[i] != (uint8_t)(i * 7))
			return false;
	}
	return true;
}

void (*hostile_progress)(uint32_t done, uint32_t count);

struct hostile_counts hostile_run(uint32_t first, uint32_t count)
{
	struct hostile_counts counts = {0};
	struct llext_heap_stats before, after;
	uint32_t sum;

	config.mem = suite_domain_memory;
	config.bytes = suite_domain_bytes;
	for (size_t i = 0; i < CANARY; i++)
		canary_before[i] = canary_after[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < FORMS; i++)
		CHECK((size_t)(forms[i].end - forms[i].start) <= FILE_BYTES);
	sum = suite_checksum();
	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &before) == 0);
	suite_fast_ticks(true);
	for (uint32_t seed = first; seed < first + count; seed++) {
		if (hostile_progress != NULL)
			hostile_progress(seed - first, count);
		mutate(seed);
		run_one(&counts);
		/* Cheap ones each time: they name the file. */
		if (suite_secret != 0x5ec2e7 || !is_intact(canary_before) ||
		    !is_intact(canary_after)) {
			printf("file %lu wrote outside\n", (unsigned long)seed);
			CHECK(!"contained");
			break;
		}
	}
	if (hostile_progress != NULL)
		hostile_progress(count, count);
	suite_fast_ticks(false);
	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &after) == 0);
	CHECK(before.used == after.used && before.blocks == after.blocks);
	CHECK(suite_checksum() == sum);
	CHECK(counts.loaded > count / (FORMS == 1 ? 4 : 5) && counts.faults > 0);
	CHECK(FORMS == 1 || counts.sealed > count / 10);
	printf("hostile: %lu files, %lu loaded (%lu in envelopes), %lu calls, %lu faults, %lu out "
	       "of "
	       "time\n",
	       (unsigned long)count, (unsigned long)counts.loaded, (unsigned long)counts.sealed,
	       (unsigned long)counts.calls, (unsigned long)counts.faults,
	       (unsigned long)counts.timeouts);
	return counts;
}
