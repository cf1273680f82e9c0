/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled into each core, beside the library's own files: the table by which the core is used,
 * the only name of it that is seen from outside, and a port that protects nothing.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include "internal.h"
#include "llext_desk.h"

/* As much as the heap of the desk's tools grows to. */
#define MOST_CLAIMED ((size_t)64 << 20)

static int unwind_add(struct llext *ext, const void *table, size_t bytes)
{
	(void)ext;
	(void)table;
	(void)bytes;
	return 0;
}

static void unwind_remove(struct llext *ext, const void *table, size_t bytes)
{
	(void)ext;
	(void)table;
	(void)bytes;
}

/* The device's addresses are the library's affair; here they take memory that lies anywhere. */
static int claim(struct llext_extent *extent, enum llext_access access, const char **occupant)
{
	void *mem;

	(void)access;
	(void)occupant;
	if (extent->bytes > MOST_CLAIMED)
		return -ENOMEM;
	mem = mmap(NULL, extent->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return -errno;
	extent->mem = mem;
	return 0;
}

static void release(const struct llext_extent *extent)
{
	(void)munmap(extent->mem, extent->bytes);
}

/* The device may or may not have an unwinder; its tables count as needed. */
const struct llext_port llext_port = {.claim = claim,
				      .release = release,
				      .unwind_add = unwind_add,
				      .unwind_remove = unwind_remove};

static int section_info(const struct llext *ext, unsigned int shndx, enum llext_mem *region,
			const void **addr, size_t *size)
{
	return llext_get_section_info(NULL, ext, shndx, NULL, region, addr, size);
}

static const uint8_t *bytes_at(const struct llext *ext, uintptr_t load, size_t *bytes)
{
	return llext_write_address(ext, (elf_addr)load, bytes);
}

static const char *value_text(uint8_t value)
{
	static const char *const texts[] = {
		[RELOC_NONE] = "nothing",
		[RELOC_ALIGN] = "padding of A bytes, cut to the alignment",
		[RELOC_ABS] = "S + A",
		[RELOC_PC] = "S + A - P",
		[RELOC_PC_WORD] = "S + A - (P & ~3)",
		[RELOC_PAGE_PC] = "Page(S + A) - Page(P)",
		[RELOC_GOT_PC] = "GOT + G + A - P",
		[RELOC_GOT_OFFSET] = "G + A",
		[RELOC_GOT_ABS] = "GOT + G + A",
		[RELOC_GOT_PAGE_PC] = "Page(GOT + G + A) - Page(P)",
		[RELOC_GOT_PAGE] = "GOT + G + A - Page(GOT)",
		[RELOC_GOT_BASE_PC] = "GOT + A - P",
		[RELOC_FROM_GOT] = "S + A - GOT",
		[RELOC_SIZE] = "size of S + A",
		[RELOC_RELATIVE] = "B + A",
		[RELOC_PAIR] = "value of the pair's first half + A",
	};

	return value < sizeof(texts) / sizeof(texts[0]) && texts[value] != NULL ? texts[value] : "";
}

static void describe(uint32_t type, struct llext_desk_reloc *out)
{
	const struct reloc_type *reloc = llext_arch_reloc(type);
	const struct reloc_encoding *encoding = llext_arch_encoding(reloc->encoding);

	*out = (struct llext_desk_reloc){
		.name = reloc->name,
		.value = value_text(reloc->value),
		.supported = reloc->value != RELOC_UNSUPPORTED && reloc->value != RELOC_TLS,
		.tls = reloc->value == RELOC_TLS,
		.branch = (reloc->flags & RELOC_BRANCH) != 0,
		.dynamic = (reloc->flags & RELOC_DYNAMIC) != 0,
		.bytes = encoding->bytes,
		.bits = encoding->bits,
		.check = "-subeir"[encoding->check],
	};
}

#if LLEXT_TARGET_ARM
#define NAME    "arm"
#define MACHINE EM_ARM
#elif LLEXT_TARGET_AARCH64
#define NAME    "aarch64"
#define MACHINE EM_AARCH64
#elif LLEXT_TARGET_RISCV32
#define NAME    "riscv32"
#define MACHINE EM_RISCV
#elif LLEXT_TARGET_RISCV64
#define NAME    "riscv64"
#define MACHINE EM_RISCV
#elif LLEXT_TARGET_XTENSA
#define NAME    "xtensa"
#define MACHINE EM_XTENSA
#else
#define NAME    "x86-64"
#define MACHINE EM_X86_64
#endif

/* LLEXT_DESK_NAME is llext_desk_arm and so on, from the build. */
extern const struct llext_desk_core LLEXT_DESK_NAME;
const struct llext_desk_core LLEXT_DESK_NAME = {
	.name = NAME,
	.machine = MACHINE,
	.class = ELF_CLASS,
	.heap_init_areas = llext_heap_init_areas,
	.heap_uninit = llext_heap_uninit,
	.heap_stats = llext_heap_stats,
	.load = llext_load,
	.unload = llext_unload,
	.plan = llext_plan,
	.find_sym = llext_find_sym,
	.set_builtins = llext_set_builtins,
	.last_diag = llext_last_diag,
	.diag_format = llext_diag_format,
	.suggest = llext_suggest,
	.section_shndx = llext_section_shndx,
	.section_info = section_info,
	.bytes_at = bytes_at,
	.reloc = describe,
};
