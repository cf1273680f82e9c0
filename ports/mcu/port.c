/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port's protection. The heap as a whole is data; on top of it the pieces that hold code and
 * constants. What a unit makes of overlapping ranges differs, so the whole set is programmed anew
 * at each change, in the way that suits the unit.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "llext_mcu.h"
#include "mpu.h"
#include "unwind.h"

#define MOST_PIECES  16
#define MOST_WINDOWS 2

/* What the unit can tell apart; fit() knows more. */
#if defined(__aarch64__)
#define GRANULE 4096
#elif defined(__arm__) && __ARM_ARCH >= 7
#define GRANULE 32
#elif defined(__riscv)
#define GRANULE 4
#else
#define GRANULE 0
#endif

struct piece {
	uintptr_t start;
	size_t bytes;
	unsigned access; /* LLEXT_MPU_* */
};

/* Memory that executables may be loaded into. */
static struct piece windows[MOST_WINDOWS];
static unsigned window_count;

static struct piece pieces[MOST_PIECES]; /* ascending */
static unsigned piece_count;
static struct piece heap; /* bytes is 0 while protection is off */
static unsigned slots_used;

/* ---- programming the unit ---- */

/* The power of two that holds so many bytes. */
static size_t power_of_two(size_t bytes)
{
	size_t size = llext_mpu()->granule;

	while (size < bytes)
		size *= 2;
	return size;
}

/* What a slot of a given size can be in steps of. */
static size_t step(size_t size)
{
	size_t eighths = llext_mpu()->eighths;

	return eighths != 0 && size >= eighths ? size / 8 : size;
}

/*
 * How much of [start, start + bytes) one slot takes. What fit() has rounded takes one slot; a
 * segment of a shared object is as its linker made it.
 */
static size_t slot_bytes(uintptr_t start, size_t bytes)
{
	size_t size = power_of_two(bytes);

	if (!llext_mpu()->power_of_two || (bytes % step(size) == 0 && start % size == 0))
		return bytes;
	size = llext_mpu()->granule;
	while (size <= bytes / 2 && start % (2 * size) == 0)
		size *= 2;
	return size;
}

static unsigned slots_of(const struct piece *piece)
{
	unsigned count = 0;

	for (size_t done = 0; done < piece->bytes; count++)
		done += slot_bytes(piece->start + done, piece->bytes - done);
	return count;
}

static int set(const struct piece *piece)
{
	int rc = 0;

	for (size_t done = 0, bytes; rc == 0 && done < piece->bytes; done += bytes) {
		bytes = slot_bytes(piece->start + done, piece->bytes - done);
		rc = llext_mpu_set(slots_used, piece->start + done, bytes, piece->access);
		slots_used += rc == 0;
	}
	return rc;
}

/* A unit that knows no overlap: data ranges fill what is between the pieces. */
static int program_side_by_side(void)
{
	struct piece gap = {.start = heap.start, .access = heap.access};
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < piece_count; i++) {
		gap.bytes = pieces[i].start - gap.start;
		if (gap.bytes != 0)
			rc = set(&gap);
		if (rc == 0)
			rc = set(&pieces[i]);
		gap.start = pieces[i].start + pieces[i].bytes;
	}
	gap.bytes = heap.start + heap.bytes - gap.start;
	return rc == 0 && gap.bytes != 0 ? set(&gap) : rc;
}

/* A unit in which one of two overlapping slots wins: the pieces are laid over the heap. */
static int program_overlaid(bool higher_wins)
{
	int rc = higher_wins ? set(&heap) : 0;

	for (unsigned i = 0; rc == 0 && i < piece_count; i++)
		rc = set(&pieces[i]);
	return rc == 0 && !higher_wins ? set(&heap) : rc;
}

static unsigned slots_needed(void)
{
	const struct llext_mpu *mpu = llext_mpu();
	uintptr_t end = heap.start;
	unsigned needed = 0;

	for (unsigned i = 0; i < piece_count; i++)
		needed += slots_of(&pieces[i]);
	if (mpu->overlap != 0)
		return needed + slots_of(&heap);
	for (unsigned i = 0; i < piece_count; i++) {
		needed += pieces[i].start != end;
		end = pieces[i].start + pieces[i].bytes;
	}
	return needed + (end != heap.start + heap.bytes);
}

static int program(void)
{
	const struct llext_mpu *mpu = llext_mpu();
	unsigned before = slots_used;
	int rc;

	if (slots_needed() > mpu->slots)
		return -ENOSPC;
	slots_used = 0;
	rc = mpu->overlap == 0 ? program_side_by_side() : program_overlaid(mpu->overlap > 0);
	for (unsigned slot = slots_used; slot < before; slot++)
		(void)llext_mpu_clear(slot, 0, 0);
	return rc;
}

/* ---- the set of pieces ---- */

static void insert(const struct piece *piece)
{
	unsigned at = piece_count++;

	for (; at > 0 && pieces[at - 1].start > piece->start; at--)
		pieces[at] = pieces[at - 1];
	pieces[at] = *piece;
}

static void erase(uintptr_t start)
{
	for (unsigned i = 0; i < piece_count; i++) {
		if (pieces[i].start != start)
			continue;
		for (piece_count--; i < piece_count; i++)
			pieces[i] = pieces[i + 1];
		return;
	}
}

/* With a translation table there are no slots: each page has its own access. */
static bool by_pages(void)
{
	return llext_mpu()->slots == (unsigned)-1;
}

static int protect(const struct llext_extent *extent, enum llext_access access)
{
	struct piece piece = {.start = extent->load, .bytes = extent->bytes};
	int rc;

	if (heap.bytes == 0)
		return 0;
	piece.access = LLEXT_MPU_READ | (access == LLEXT_ACCESS_RW   ? LLEXT_MPU_WRITE
					 : access == LLEXT_ACCESS_RX ? LLEXT_MPU_EXECUTE
								     : 0u);
	if (by_pages())
		return llext_mpu_set(0, piece.start, piece.bytes, piece.access);
	if (access == LLEXT_ACCESS_RW) {
		erase(piece.start);
		return program();
	}
	if (piece_count == MOST_PIECES)
		return -ENOSPC;
	insert(&piece);
	rc = program();
	if (rc != 0) {
		erase(piece.start);
		(void)program();
	}
	return rc;
}

static void fit(size_t *bytes, size_t *align)
{
	const struct llext_mpu *mpu = llext_mpu();
	size_t unit = mpu->granule, start = unit;

	if (heap.bytes == 0)
		return;
	if (mpu->power_of_two) {
		start = power_of_two(*bytes);
		unit = step(start);
	}
	*bytes = (*bytes + unit - 1) / unit * unit;
	if (*align < start)
		*align = start;
}

int llext_mcu_protect_heap(uintptr_t start, size_t bytes)
{
	const struct llext_mpu *mpu = llext_mpu();
	int rc;

	if (mpu->slots == 0)
		return -ENOTSUP;
	rc = llext_mpu_enable();
	if (rc != 0)
		return rc;
	if (!mpu->read_only) /* the whole region around it can be made data, and that is all */
		return llext_mpu_set(0, start / mpu->granule * mpu->granule, mpu->granule,
				     LLEXT_MPU_READ | LLEXT_MPU_WRITE);
	heap = (struct piece){start, bytes, LLEXT_MPU_READ | LLEXT_MPU_WRITE};
	rc = by_pages() ? llext_mpu_set(0, start, bytes, heap.access) : program();
	if (rc != 0)
		heap.bytes = 0;
	return rc;
}

unsigned llext_mcu_pieces(void)
{
	const struct llext_mpu *mpu = llext_mpu();

	if (heap.bytes == 0 || by_pages())
		return 0;
	return mpu->overlap == 0 ? (mpu->slots - 1) / 2 : mpu->slots - 1;
}

/* ---- memory for executables ---- */

static bool within(const struct piece *piece, uintptr_t start, size_t bytes)
{
	return start >= piece->start && bytes <= piece->bytes &&
	       start - piece->start <= piece->bytes - bytes;
}

int llext_mcu_add_window(uintptr_t start, size_t bytes)
{
	if (window_count == MOST_WINDOWS)
		return -ENOSPC;
	windows[window_count++] = (struct piece){.start = start, .bytes = bytes};
	return 0;
}

static bool in_window(const struct llext_extent *extent)
{
	for (unsigned i = 0; i < window_count; i++) {
		if (within(&windows[i], extent->load, extent->bytes))
			return true;
	}
	return false;
}

/* Where instruction memory is apart, code belongs there and nothing else. */
static const char *wrong_kind(const struct llext_extent *extent, enum llext_access access)
{
	const struct llext_mpu *mpu = llext_mpu();
	bool code = extent->load >= mpu->code_start && extent->load < mpu->code_end;

	if (mpu->code_end == 0 || code == (access == LLEXT_ACCESS_RX))
		return NULL;
	return code ? "instruction memory" : "data memory";
}

static int claim(struct llext_extent *extent, enum llext_access access, const char **occupant)
{
	const char *kind = wrong_kind(extent, access);

	if (!in_window(extent)) {
		*occupant = "what is in no window";
		return -EBUSY;
	}
	if (kind != NULL) {
		*occupant = kind;
		return -EACCES;
	}
	/* What the heap's protection does not cover cannot be protected piece by piece. */
	if (heap.bytes != 0 && !within(&heap, extent->load, extent->bytes)) {
		*occupant = "memory that is not protected";
		return -EACCES;
	}
	return 0;
}

static void sync(const struct llext_extent *extent)
{
	llext_mcu_sync((uintptr_t)extent->mem, extent->load, extent->bytes);
}

#if CONFIG_LLEXT_WORD_CODE
/* One 32-bit access for each word: volatile, so that no memcpy() is made of it. */
static void copy_words(uint32_t *to, const uint32_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		((volatile uint32_t *)to)[i] = ((const volatile uint32_t *)from)[i];
}
#else
#define copy_words NULL
#endif

int llext_mcu_log_level = LLEXT_LOG_DBG;

static void print(int level, const char *format, va_list args)
{
	if (level > llext_mcu_log_level)
		return;
	vprintf(format, args);
	putchar('\n');
}

const struct llext_port llext_port = {
	.granule = GRANULE,
	.fit = fit,
	.protect = protect,
	.claim = claim,
	.write_code = copy_words,
	.read_code = copy_words,
	.sync = sync,
	.log = print,
	.unwind_add = llext_mcu_unwind_add,
	.unwind_remove = llext_mcu_unwind_remove,
};
