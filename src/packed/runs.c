/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of relocations in a packed file (docs/packed.md). Those of a run are alike, and have their
 * addends in their places. So a byte or two says all that is left of each: how far its place is
 * behind the one before.
 */
#include "../reloc_table.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_PACKED)

#if LLEXT_FAST_ARM
#include "../fast/fast_arm.h"
#elif LLEXT_TARGET_ARM /* the general code applies all branches */
#define KEEP(value)                        ((void)0)
#define FAST_BL                            0u
#define FAST_B_W                           0u
#define branch_target(ld, flags, value)    ((void)(value), false)
#define fast_branch(kind, place, distance) ((void)(kind), (void)(place), (void)(distance), false)
#endif

#define RISCV (LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64)

/* Each loop is a function of its own, so that it has all registers to itself. */
#define RUN_LOOP static __attribute__((noinline))

/* Kinds, and what may be added to them. */
#define RUN_END     0u    /* no run: compact relocations follow */
#define RUN_WORD    1u    /* S + A in a word */
#define RUN_LOWER   2u    /* RISC-V: its lower 12 bits in an instruction */
#define RUN_PAIR    3u    /* RISC-V: S + A in two instructions */
#define RUN_CALL    4u    /* Arm: BLs, whose addends are -4; an entry has two bytes */
#define RUN_JUMP    5u    /* Arm: B.Ws, likewise */
#define RUN_PC      0x40u /* RISC-V: S + A - P in them */
#define RUN_SYMBOLS 0x80u /* each entry has a byte for its symbol, too */

#define SKIP       255u    /* an entry of one byte that only moves the place on */
#define NEW_SYMBOL 0xff00u /* of two bytes: this plus how far the symbol is behind the header's */

#define R_AARCH64_ABS64    257
#define R_ARM_ABS32        2
#define R_ARM_THM_CALL     10
#define R_ARM_THM_JUMP24   30
#define R_RISCV_PCREL_HI20 23
#define R_RISCV_HI20       26
#define R_RISCV_64         2
#define R_OTHER_WORD       1 /* R_RISCV_32, R_X86_64_64, R_XTENSA_32 */

/* As it is in the file. */
struct header {
	uint8_t kind, zero;
	uint16_t symbol; /* the first */
	uint32_t place;
	uint32_t count; /* of entries */
};

struct run {
	const struct load *ld;
	struct walk *walk;   /* for the general code ... */
	int rc;              /* ... whose error this is; 0: the run is malformed */
	const uint8_t *next; /* entry */
	uint8_t *mem;        /* of the section */
	elf_addr load;
	elf_addr end;         /* places lie below it */
	elf_addr value;       /* of the first symbol */
	uint32_t symbol;      /* of a branch */
	struct header header; /* ->place is that of the last entry, but for branches; ->count how
				 many are left */
};

/* ---- entries ---- */

static bool value_of(const struct load *ld, uint32_t symbol, elf_addr *value)
{
	uint8_t flags;

	if (symbol >= ld->symbols.count)
		return false;
	flags = ld->symbols.flags[symbol]; /* of a packed file, all symbols are kept */
	*value = final_value(ld, flags, ld->symbols.values[symbol]);
	return !(flags & SYMBOL_UNLOADED) && !is_tls(flags);
}

/* The relocation that an entry stands for, by its number in the psABI. */
static uint32_t type_of(unsigned int kind)
{
	if (LLEXT_TARGET_ARM && (kind == RUN_CALL || kind == RUN_JUMP))
		return kind == RUN_CALL ? R_ARM_THM_CALL : R_ARM_THM_JUMP24;
	if (RISCV && (kind & RUN_LOWER))
		return kind & RUN_PC ? R_RISCV_PCREL_HI20 : R_RISCV_HI20;
	if (LLEXT_TARGET_AARCH64)
		return R_AARCH64_ABS64;
	return LLEXT_TARGET_ARM ? R_ARM_ABS32 : LLEXT_TARGET_RISCV64 ? R_RISCV_64 : R_OTHER_WORD;
}

/* By the general code, which checks all, knows each veneer, and says what is wrong. */
RUN_LOOP bool apply_one(struct run *run, uint32_t symbol, uint32_t place)
{
	run->rc = llext_walk_one(run->walk, type_of(run->header.kind), symbol, place);
	return run->rc == 0;
}

static inline void add_word(uint8_t *place, elf_addr value)
{
	elf_addr word;

	place = __builtin_assume_aligned(place, sizeof(word));
	memcpy(&word, place, sizeof(word));
	word += value;
	memcpy(place, &word, sizeof(word));
}

/* Each of these applies @count entries, which are at hand. @return false: one is malformed. */
RUN_LOOP bool words(struct run *run, size_t count)
{
	const uint8_t *next = run->next, *stop = next + count;
	uint8_t *mem = run->mem;
	elf_addr end = run->end, value = run->value;
	uint32_t place = run->header.place;

	do {
		uint32_t step = *next++;

		place += step * (uint32_t)sizeof(value);
		if (step == SKIP)
			continue;
		if (place >= end)
			return false;
		add_word(mem + place, value);
	} while (next < stop);
	run->next = next;
	run->header.place = place;
	return true;
}

RUN_LOOP bool words_of_symbols(struct run *run, size_t count)
{
	do {
		uint32_t step = *run->next++;
		elf_addr value;

		run->header.place += step * (uint32_t)sizeof(value);
		if (step == SKIP)
			continue;
		if (run->header.place >= run->end)
			return false;
		if (!value_of(run->ld, run->header.symbol + *run->next++, &value)) {
			(void)apply_one(run, run->header.symbol + run->next[-1], run->header.place);
			return false;
		}
		add_word(run->mem + run->header.place, value);
	} while (--count > 0);
	return true;
}

#if RISCV
/* Instructions are at even addresses. */
static inline uint32_t instruction(const uint8_t *place)
{
	const uint16_t *halves = __builtin_assume_aligned(place, sizeof(*halves));

	return halves[0] | (uint32_t)halves[1] << 16;
}

static inline void set_instruction(uint8_t *place, uint32_t word)
{
	uint16_t *halves = __builtin_assume_aligned(place, sizeof(*halves));

	halves[0] = (uint16_t)word;
	halves[1] = (uint16_t)(word >> 16);
}

/* @value fits the two instructions: the lower one's part has a sign. */
static inline bool reaches(elf_addr value)
{
	return ELF_CLASS == 1 || (uint64_t)value + 0x80000800u <= 0xffffffffu;
}

/* The run is sound; the file was compiled for addresses nearer to its own, or to 0. */
static bool fail_reach(struct run *run, uint32_t place, elf_addr value)
{
	run->rc = llext_fail_section(run->ld, -ENOEXEC, run->walk->table.target,
				     "relocation is out of range");
	(void)llext_diag_offset(run->rc, place);
	llext_diag_relocation(type_of(run->header.kind));
	llext_diag_values((elf_saddr)value < 0 ? -0x80000800ll : 0x7ffff7ff, (elf_saddr)value);
	return false;
}

RUN_LOOP bool lower_halves(struct run *run, size_t count)
{
	do {
		uint32_t step = *run->next++;
		uint8_t *at;

		run->header.place += 2 * step;
		if (step == SKIP)
			continue;
		if (run->header.place >= run->end)
			return false;
		at = run->mem + run->header.place;
		set_instruction(at, instruction(at) + ((uint32_t)run->value << 20));
	} while (--count > 0);
	return true;
}

RUN_LOOP bool pairs(struct run *run, size_t count)
{
	const uint8_t *next = run->next;
	uint32_t place = run->header.place, kind = run->header.kind;
	elf_addr end = run->end, base = run->value;

	do {
		uint32_t step = *next++, lower, u, l;
		uint8_t *at;
		elf_addr value;

		place += 2 * step;
		if (step == SKIP)
			continue;
		lower = 4 + 2 * (uint32_t)*next++;
		if (place >= end || lower >= end - place)
			return false;
		if ((kind & RUN_SYMBOLS) &&
		    !value_of(run->ld, run->header.symbol + *next++, &base)) {
			(void)apply_one(run, run->header.symbol + next[-1], place);
			return false;
		}
		at = run->mem + place;
		u = instruction(at);
		l = instruction(at + lower);
		value = base + (elf_addr)(elf_saddr)(int32_t)(u & 0xfffff000u) +
			(elf_addr)(elf_saddr)((int32_t)l >> 20);
		if (kind & RUN_PC)
			value -= run->load + place;
		if (!reaches(value))
			return fail_reach(run, place, value);
		set_instruction(at, (u & 0xfff) | (((uint32_t)value + 0x800) & 0xfffff000u));
		set_instruction(at + lower, (l & 0xfffff) | (uint32_t)value << 20);
	} while (--count > 0);
	run->next = next;
	run->header.place = place;
	return true;
}
#endif

#if LLEXT_TARGET_ARM
static inline uint32_t read_half(const uint8_t *from)
{
	uint16_t half;

	memcpy(&half, from, sizeof(half));
	return half;
}

/*
 * Apply ordinary branches to one symbol, which is @to, counted as an address like @mem's. @return
 * the first entry that is another.
 */
static inline __attribute__((always_inline)) const uint8_t *alike(const uint8_t *next,
								  const uint8_t *stop, uint8_t *mem,
								  uint32_t limit,
								  uint32_t instruction, elf_addr to)
{
	do {
		uint32_t entry = read_half(next);
		uint8_t *at = mem + 2 * entry;

		if (entry >= limit || !fast_branch(instruction, at, to - (elf_addr)(uintptr_t)at))
			break;
		next += 2;
	} while (next < stop);
	return next;
}

RUN_LOOP bool branches(struct run *run, size_t count)
{
	const struct load *ld = run->ld;
	const uint8_t *next = run->next, *stop = next + 2 * count;
	uint32_t first = run->header.place, entry;
	uint8_t *mem = run->mem + first;
	uint32_t room = first < run->end ? (run->end - first + 1) / 2 : 0;
	uint32_t limit = room < NEW_SYMBOL ? room : NEW_SYMBOL;
	uint32_t instruction = run->header.kind == RUN_CALL ? FAST_BL : FAST_B_W;
	/* What branches count from, and where the bytes are now. */
	elf_addr from = run->load - ld->bases[LLEXT_MEM_TEXT] + 4 - (elf_addr)(uintptr_t)run->mem;

	KEEP(mem);
	do {
		elf_addr to;

		if (run->symbol >= ld->symbols.count)
			return false;
		to = ld->symbols.values[run->symbol];
		if (branch_target(ld, ld->symbols.flags[run->symbol], &to))
			next = alike(next, stop, mem, limit, instruction, to - from);
		if (next == stop)
			break;
		entry = read_half(next);
		next += 2;
		if (entry >= NEW_SYMBOL) {
			run->symbol = run->header.symbol + (entry - NEW_SYMBOL);
			continue;
		}
		if (entry >= limit)
			return false;
		if (!apply_one(run, run->symbol, first + 2 * entry))
			return false;
	} while (next < stop);
	run->next = next;
	return true;
}
#endif

static bool apply(struct run *run, size_t count)
{
	unsigned int kind = run->header.kind;

#if RISCV
	if ((kind & ~(RUN_PC | RUN_SYMBOLS)) == RUN_PAIR)
		return pairs(run, count);
	if (kind == RUN_LOWER)
		return lower_halves(run, count);
#endif
#if LLEXT_TARGET_ARM
	if (kind == RUN_CALL || kind == RUN_JUMP)
		return branches(run, count);
#endif
	return (kind & RUN_SYMBOLS ? words_of_symbols : words)(run, count);
}

/* ---- runs ---- */

/* Bytes of an entry; 0: this machine has no such kind. */
static size_t entry_bytes(unsigned int kind)
{
	size_t symbol = kind & RUN_SYMBOLS ? 1 : 0;

	if ((kind & ~RUN_SYMBOLS) == RUN_WORD)
		return 1 + symbol;
	if (LLEXT_TARGET_ARM && (kind == RUN_CALL || kind == RUN_JUMP))
		return 2;
	if (RISCV && (kind & ~(RUN_PC | RUN_SYMBOLS)) == RUN_PAIR)
		return 2 + symbol;
	return RISCV && kind == RUN_LOWER ? 1 : 0;
}

static int fail_runs(const struct table *table)
{
	return llext_fail_section(table->ld, -ENOEXEC, table->index,
				  "malformed run of relocations");
}

static int begin(const struct table *table, struct run *run)
{
	const struct load *ld = table->ld;
	const struct section *section = table->section;
	bool word = (run->header.kind & ~RUN_SYMBOLS) == RUN_WORD;
	elf_addr size = table->size;
	elf_addr bytes = word ? sizeof(elf_addr) : 4, align = word ? sizeof(elf_addr) : 2;

	run->ld = ld;
	run->rc = 0;
	run->mem = section->mem;
	run->load = section->load;
	run->end = size < bytes ? 0 : size - bytes + 1;
	run->symbol = run->header.symbol;
	if (run->header.zero != 0 || ((uintptr_t)run->mem | run->header.place) % align != 0)
		return fail_runs(table);
	if (!value_of(ld, run->header.symbol, &run->value)) {
		(void)apply_one(run, run->header.symbol, run->header.place);
		return run->rc != 0 ? run->rc : fail_runs(table);
	}
	return 0;
}

/* Get at least @bytes bytes at hand. */
static int more(const struct table *table, struct stream *stream, size_t bytes)
{
	if (stream->ready >= bytes)
		return 0;
	if (stream->left < bytes - stream->ready)
		return fail_runs(table);
	return llext_stream_refill(stream, bytes);
}

static int apply_run(const struct table *table, struct stream *stream, struct run *run)
{
	size_t bytes = entry_bytes(run->header.kind);
	int rc;

	if (bytes == 0)
		return fail_runs(table);
	rc = begin(table, run);
	while (rc == 0 && run->header.count > 0) {
		size_t count = stream->ready / bytes;

		if (count == 0) {
			rc = more(table, stream, bytes);
			continue;
		}
		count = step_share(run->ld, count < run->header.count ? count : run->header.count,
				   1);
		run->next = stream->next;
		if (!apply(run, count))
			return run->rc != 0 ? run->rc : fail_runs(table);
		step_point(run->ld, count);
		run->header.count -= (uint32_t)count;
		stream->ready -= (size_t)(run->next - stream->next);
		stream->next = run->next;
	}
	return rc;
}

int llext_runs_apply(struct walk *walk, struct stream *stream)
{
	const struct table *table = &walk->table;
	const struct load *ld = table->ld;
	enum llext_mem region = (enum llext_mem)table->section->region;
	struct run run;
	int rc;

	if (!is_packed(ld) || !relocates_local(ld) || llext_code_by_words(region))
		return llext_fail_section(ld, -ENOTSUP, table->index,
					  "compact relocations are not supported");
	run.walk = walk;
	for (;;) {
		rc = more(table, stream, sizeof(run.header));
		if (rc == 0)
			rc = llext_stream_next(stream, &run.header, sizeof(run.header));
		if (rc != 0 || run.header.kind == RUN_END)
			return rc != 0 ? rc : 1;
		rc = apply_run(table, stream, &run);
		if (rc != 0 || (stream->ready | stream->left) == 0)
			return rc;
	}
}

#endif /* CONFIG_LLEXT_PACKED */
