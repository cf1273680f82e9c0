/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled into each core, beside the library's own files: the table by which the core is used,
 * the only name of it that is seen from outside, and the port.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include "internal.h"
#include "llext_desk.h"
#include "protection.h"
#include "reloc_table.h"
#include "reloc_value.h"

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

#if LLEXT_ON(CONFIG_LLEXT_TLS)
/*
 * As on a device with ample room, unless the tools know how much there is. Where the room is
 * follows from the psABI: below the thread pointer on x86-64, behind two words on Arm and AArch64.
 */
static struct llext_tls_room tls = {
#if LLEXT_TARGET_X86_64
	.offset = -65536,
#elif !LLEXT_TARGET_RISCV32 && !LLEXT_TARGET_RISCV64
	.offset = 2 * sizeof(elf_addr),
#endif
	.bytes = 65536,
	.align = 64};

static void tls_room(struct llext_tls_room *room)
{
	*room = tls;
}

/* Nothing is run that would say where the firmware has the variable. */
static intptr_t tls_offset(void *(*address)(void))
{
	(void)address;
	return tls.offset;
}

static void read_tp(void)
{
}

static const struct llext_tls_port tls_port = {
	.room = tls_room, .read_tp = read_tp, .offset = tls_offset};

static void set_tls_room(size_t bytes, size_t align)
{
	tls.bytes = bytes;
	/* On RISC-V a linker begins at 0, and a firmware behind what src/tls has first. */
	if (tls.offset == 0)
		tls.offset = 2 * sizeof(elf_addr);
	if (align != 0)
		tls.align = align;
}
#else
static void set_tls_room(size_t bytes, size_t align)
{
	(void)bytes, (void)align;
}
#endif

/* The device may or may not have an unwinder; its tables count as needed, unless the tools know. */
static struct llext_port port = {
	.fit = desk_fit,
	.protect = desk_protect,
	.slots = desk_slots,
	.claim = claim,
	.release = release,
	.unwind_add = unwind_add,
	.unwind_remove = unwind_remove,
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	.tls = &tls_port,
#endif
};

/* The library's name for it. Here its granule is the device's, which is known only later. */
extern const struct llext_port llext_port __attribute__((alias("port")));

static void set_unwinder(bool there)
{
	port.unwind_add = there ? unwind_add : NULL;
}

static void set_granule(size_t granule)
{
	const struct llext_desk_unit unit = {.granule = granule};

	desk_unit(granule != 0 ? &unit : NULL);
	port.granule = 0;
}

static void set_protection(const struct llext_desk_unit *unit)
{
	desk_unit(unit);
	port.granule = unit != NULL ? unit->granule : 0;
}

static int heap_init_areas(const struct llext_heap_area *instr, const struct llext_heap_area *data)
{
	int rc = llext_heap_init_areas(instr, data);

	/* How a device with two heaps protects them is not known. */
	if (rc == 0)
		desk_protect_heap(data->load, instr == NULL ? data->bytes : 0);
	return rc;
}

static int section_info(const struct llext *ext, unsigned int shndx, enum llext_mem *region,
			const void **addr, size_t *size)
{
	int rc = llext_get_section_info(NULL, ext, shndx, NULL, region, NULL);

	return rc == 0 ? llext_get_section_address(ext, shndx, addr, size) : rc;
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
		[RELOC_TLS_PC] = "I + A - P",
		[RELOC_TLS_PAGE_PC] = "Page(I + A) - Page(P)",
		[RELOC_TLS_ABS] = "I + A",
		[RELOC_TLS_MODULE] = "offset of the block of S",
		[RELOC_TLS_OFFSET] = "S + A - offset of its block",
		[RELOC_TLS_DESC] = "descriptor of S + A",
	};

	return value < sizeof(texts) / sizeof(texts[0]) && texts[value] != NULL ? texts[value] : "";
}

static enum llext_desk_kind kind_of(uint8_t value)
{
	static const uint8_t kinds[] = {
		[RELOC_NONE] = LLEXT_DESK_NONE,         [RELOC_ALIGN] = LLEXT_DESK_ALIGN,
		[RELOC_ABS] = LLEXT_DESK_ABS,           [RELOC_PC] = LLEXT_DESK_PC,
		[RELOC_PC_WORD] = LLEXT_DESK_PC_WORD,   [RELOC_PAGE_PC] = LLEXT_DESK_PAGE_PC,
		[RELOC_GOT_PC] = LLEXT_DESK_GOT,        [RELOC_GOT_OFFSET] = LLEXT_DESK_GOT,
		[RELOC_GOT_ABS] = LLEXT_DESK_GOT,       [RELOC_GOT_PAGE_PC] = LLEXT_DESK_GOT,
		[RELOC_GOT_PAGE] = LLEXT_DESK_GOT,      [RELOC_GOT_BASE_PC] = LLEXT_DESK_GOT_BASE,
		[RELOC_FROM_GOT] = LLEXT_DESK_FROM_GOT, [RELOC_SIZE] = LLEXT_DESK_SIZE,
		[RELOC_PAIR] = LLEXT_DESK_PAIR,         [RELOC_RELATIVE] = LLEXT_DESK_RELATIVE,
	};

	return value < sizeof(kinds) ? (enum llext_desk_kind)kinds[value] : LLEXT_DESK_OTHER;
}

static void describe(uint32_t type, struct llext_desk_reloc *out)
{
	const struct reloc_type *reloc = llext_arch_reloc(type);
	const struct reloc_encoding *encoding = llext_arch_encoding(reloc->encoding);

	*out = (struct llext_desk_reloc){
		.name = llext_arch_name(type),
		.value = value_text(reloc->value),
		.supported = reloc->value != RELOC_UNSUPPORTED,
		.tls = (reloc->flags & RELOC_TLS) != 0,
		.branch = (reloc->flags & RELOC_BRANCH) != 0,
		.dynamic = (reloc->flags & RELOC_DYNAMIC) != 0,
		.offset = LLEXT_ARCH_OFFSET_BRANCH && (reloc->flags & RELOC_BRANCH) != 0 &&
			  encoding->align > 1,
		.high = (reloc->flags & RELOC_HIGH) != 0,
		.leb128 = (reloc->flags & RELOC_LEB128) != 0,
		.kind = kind_of(reloc->value),
		.bias = reloc->flags & RELOC_BRANCH ? reloc->bias : 0,
		.align = encoding->align,
		.bytes = encoding->bytes,
		.bits = encoding->bits,
		.check = "-subeir"[encoding->check],
	};
}

/* ---- the architecture, for a packer ---- */

static int64_t addend(uint32_t type, const uint8_t *place)
{
	return llext_arch_addend(llext_arch_reloc(type)->encoding, place);
}

static int encode(uint32_t type, uint8_t *place, uint64_t p, uint64_t value)
{
	return llext_arch_encode(llext_arch_reloc(type)->encoding, place, (elf_addr)p,
				 (elf_addr)value);
}

static bool leb128_ends(const uint8_t *place, size_t room)
{
	for (size_t i = 0; i < room && i < 10; i++) {
		if (!(place[i] & 0x80))
			return true;
	}
	return false;
}

static int write_checked(uint32_t type, uint8_t *place, size_t room, uint64_t p, uint64_t value)
{
	const struct reloc_type *reloc = llext_arch_reloc(type);
	const struct reloc_encoding *encoding = llext_arch_encoding(reloc->encoding);
	elf_addr at = (elf_addr)p, number = (elf_addr)value;

	if (room < encoding->bytes || ((reloc->flags & RELOC_LEB128) && !leb128_ends(place, room)))
		return -ENOEXEC;
	if ((encoding->align > 1 && at % encoding->align != 0) ||
	    (encoding->scale > 1 && number % encoding->scale != 0))
		return -EINVAL;
	if (encoding->check != CHECK_ENCODER && !llext_reloc_fits(encoding, number))
		return -ERANGE;
	return llext_arch_encode(reloc->encoding, place, at, number);
}

static uint64_t address_of_code(uint64_t pointer)
{
	return code_address((elf_addr)pointer);
}

static bool provides(const char *name)
{
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (llext_tls_intrinsic(name) != NULL)
		return true;
#endif
	return strlen(name) > 2 && llext_exit_intrinsic(name) != NULL;
}

#if LLEXT_ARCH_PADDING
#define PAD llext_arch_pad
#else
#define PAD NULL
#endif

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
	.heap_init_areas = heap_init_areas,
	.heap_uninit = llext_heap_uninit,
	.heap_stats = llext_heap_stats,
	.set_granule = set_granule,
	.set_protection = set_protection,
	.set_tls_room = set_tls_room,
	.set_unwinder = set_unwinder,
	.set_tables = llext_desk_set_tables,
	.load = llext_load,
	.unload = llext_unload,
	.plan = llext_plan,
	.find_sym = llext_find_sym,
	.entry = llext_entry,
	.set_builtins = llext_set_builtins,
	.last_diag = llext_last_diag,
	.diag_format = llext_diag_format,
	.suggest = llext_suggest,
	.section_shndx = llext_section_shndx,
	.section_info = section_info,
	.bytes_at = bytes_at,
	.reloc = describe,
	.addend = addend,
	.encode = encode,
	.write = write_checked,
	.code_address = address_of_code,
	.pad = PAD,
	.provides = provides,
};
