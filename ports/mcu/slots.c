/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units differ in what they make of overlapping ranges. Where one of two overlapping slots wins,
 * the heap is one slot that always loses, and the pieces are laid over it. Where none may overlap,
 * slots for data fill what is between the pieces.
 *
 * A change is planned as a whole and compared with what the unit has: a slot that stays as it is is
 * not written. The others are written while no interrupt can come, so that whoever runs next sees
 * the memory of every other extension as it was, and the changed piece as it will be.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "llext_mcu.h"
#include "mpu.h"
#include "slots.h"

/* Where memory is small, so is the unit, if there is one. */
#if defined(__arm__) && __ARM_ARCH < 7
#define MOST_PIECES 8
#define MOST_SLOTS  8
#else
#define MOST_PIECES 32
#define MOST_SLOTS  16
#endif
#define DATA (LLEXT_MPU_READ | LLEXT_MPU_WRITE)

struct piece {
	uintptr_t start;
	size_t bytes;
	unsigned access; /* LLEXT_MPU_* */
};

static struct piece heap;
static struct piece pieces[MOST_PIECES]; /* ascending, none overlaps another */
static unsigned piece_count;

static struct llext_mpu_slot current[MOST_SLOTS]; /* by number, from first_slot() on */
static unsigned heap_slots; /* of those, the ones of least priority, where slots may overlap */

/* What the unit is to have, heap_slots aside. */
struct plan {
	struct llext_mpu_slot slots[MOST_SLOTS];
	unsigned count; /* may be larger than what there is room for */
	unsigned room;
};

/* The kept slots are those that win over others. */
static unsigned first_slot(void)
{
	return llext_mpu()->overlap < 0 ? llext_mcu_kept_slots : 0;
}

static unsigned slot_count(void)
{
	unsigned slots = llext_mpu()->slots;

	if (slots <= llext_mcu_kept_slots)
		return 0;
	slots -= llext_mcu_kept_slots;
	return slots < MOST_SLOTS ? slots : MOST_SLOTS;
}

/* ---- one range in as few slots as it takes alone ---- */

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

static void put(struct plan *plan, const struct llext_mpu_slot *slot)
{
	if (plan->count < plan->room)
		plan->slots[plan->count] = *slot;
	plan->count++;
}

/*
 * As much of [start, start + bytes) as one slot takes. What llext_slots_fit() has rounded takes one
 * slot; a segment of a shared object is as its linker made it.
 */
static struct llext_mpu_slot first_part(uintptr_t start, size_t bytes, unsigned access)
{
	struct llext_mpu_slot slot = {.start = start, .bytes = bytes, .access = (uint8_t)access};
	size_t size = power_of_two(bytes);

	if (!llext_mpu()->power_of_two)
		return slot;
	if (bytes % step(size) == 0 && start % size == 0) {
		slot.bytes = size;
		if (size != bytes)
			slot.off = (uint8_t)(0xffu << bytes / step(size));
		return slot;
	}
	size = llext_mpu()->granule;
	while (size <= bytes / 2 && start % (2 * size) == 0)
		size *= 2;
	slot.bytes = size;
	return slot;
}

static void put_range(struct plan *plan, uintptr_t start, size_t bytes, unsigned access)
{
	while (bytes != 0) {
		struct llext_mpu_slot slot = first_part(start, bytes, access);
		size_t done = slot.bytes < bytes ? slot.bytes : bytes;

		put(plan, &slot);
		start += done;
		bytes -= done;
	}
}

/* ---- neighbours in one slot ---- */

/* Where the memory of this access that begins at @at ends; @at itself where it is of another. */
static uintptr_t run_end(uintptr_t at, unsigned access)
{
	for (unsigned i = 0; i < piece_count; i++) {
		if (pieces[i].access == access && at >= pieces[i].start &&
		    at - pieces[i].start < pieces[i].bytes)
			at = pieces[i].start + pieces[i].bytes;
	}
	return at;
}

/* The part of a slot around @at that a slot of the plan covers: its end, or @at where none does. */
static uintptr_t covered_end(const struct plan *plan, uintptr_t at, unsigned access)
{
	for (unsigned i = 0; i < plan->count && i < plan->room; i++) {
		const struct llext_mpu_slot *slot = &plan->slots[i];
		size_t offset = at - slot->start, eighth = slot->bytes / 8;

		if (slot->access != access || at < slot->start || offset >= slot->bytes)
			continue;
		if (slot->off == 0)
			return slot->start + slot->bytes;
		if (!(slot->off >> offset / eighth & 1))
			return slot->start + (offset / eighth + 1) * eighth;
	}
	return at;
}

/* The eighths of the slot at @base that are of this access throughout; returns how many. */
static unsigned eighths_of(struct llext_mpu_slot *slot)
{
	size_t eighth = slot->bytes / 8;
	unsigned count = 0;

	slot->off = 0;
	for (unsigned i = 0; i < 8; i++) {
		uintptr_t start = slot->start + i * eighth;

		if (run_end(start, slot->access) >= start + eighth)
			count++;
		else
			slot->off |= (uint8_t)(1u << i);
	}
	return count;
}

/* The slot that holds @at and covers the most memory of this access. */
static struct llext_mpu_slot largest_around(uintptr_t at, unsigned access)
{
	size_t granule = llext_mpu()->granule, most = 0;
	struct llext_mpu_slot best = {.start = at, .bytes = granule, .access = (uint8_t)access};

	for (size_t size = granule; size != 0 && size / 2 <= heap.bytes; size *= 2) {
		struct llext_mpu_slot slot = {.start = at & ~(uintptr_t)(size - 1),
					      .bytes = size,
					      .access = (uint8_t)access};
		size_t covered;

		if (step(size) == size) {
			covered = run_end(slot.start, access) - slot.start >= size ? size : 0;
		} else {
			covered = eighths_of(&slot) * (size / 8);
			if (slot.off >> (at - slot.start) / (size / 8) & 1)
				covered = 0;
		}
		if (covered > most) {
			most = covered;
			best = slot;
		}
	}
	return best;
}

/* All memory of one access, of neighbours together: by powers of two, with eighths switched off. */
static void put_together(struct plan *plan, unsigned access)
{
	for (unsigned i = 0; i < piece_count; i++) {
		uintptr_t at = pieces[i].start, end = at + pieces[i].bytes;

		while (pieces[i].access == access && at < end && plan->count <= plan->room) {
			uintptr_t covered = covered_end(plan, at, access);

			if (covered == at) {
				struct llext_mpu_slot slot = largest_around(at, access);

				put(plan, &slot);
				continue;
			}
			at = covered;
		}
	}
}

/* Pieces, those that touch as one; and what is between them where slots must not overlap. */
static void put_runs(struct plan *plan, bool gaps)
{
	uintptr_t at = heap.start;

	for (unsigned i = 0; i < piece_count;) {
		uintptr_t start = pieces[i].start;
		unsigned access = pieces[i].access;

		if (gaps && start != at)
			put_range(plan, at, start - at, DATA);
		at = run_end(start, access);
		put_range(plan, start, at - start, access);
		while (i < piece_count && pieces[i].start < at)
			i++;
	}
	if (gaps && at != heap.start + heap.bytes)
		put_range(plan, at, heap.start + heap.bytes - at, DATA);
}

static void make_plan(struct plan *plan)
{
	const struct llext_mpu *mpu = llext_mpu();

	plan->room = slot_count() - heap_slots;
	plan->count = 0;
	if (!mpu->power_of_two) {
		put_runs(plan, mpu->overlap == 0);
		return;
	}
	for (unsigned i = 0; i < piece_count; i++)
		put_range(plan, pieces[i].start, pieces[i].bytes, pieces[i].access);
	if (plan->count <= plan->room)
		return;
	plan->count = 0;
	put_together(plan, LLEXT_MPU_READ | LLEXT_MPU_EXECUTE);
	put_together(plan, LLEXT_MPU_READ);
}

/* ---- from one plan to the next ---- */

static bool same(const struct llext_mpu_slot *a, const struct llext_mpu_slot *b)
{
	return a->start == b->start && a->bytes == b->bytes && a->access == b->access &&
	       a->off == b->off;
}

/* Slots that the plan has as well stay; which of the plan are then left to be written? */
static uint32_t match(const struct plan *plan, unsigned first, uint32_t *stay)
{
	uint32_t left = (1u << plan->count) - 1;

	*stay = 0;
	for (unsigned j = first; j < first + plan->room; j++) {
		for (unsigned i = 0; current[j].bytes != 0 && i < plan->count; i++) {
			if (!(left >> i & 1) || !same(&current[j], &plan->slots[i]))
				continue;
			left &= ~(1u << i);
			*stay |= 1u << j;
			break;
		}
	}
	return left;
}

static void write_slot(unsigned at, const struct llext_mpu_slot *slot)
{
	llext_mpu_write(first_slot() + at, slot);
	current[at] = *slot;
}

/* Interrupts are off for as long as the slots that differ are written, and no longer. */
static int change(void)
{
	static const struct llext_mpu_slot none;
	unsigned first = llext_mpu()->overlap > 0 ? heap_slots : 0, next = 0;
	struct plan plan;
	uint32_t left, stay;
	uintptr_t state;

	make_plan(&plan);
	if (plan.count > plan.room)
		return -ENOSPC;
	left = match(&plan, first, &stay);
	state = llext_mpu_hold();
	for (unsigned j = first; j < first + plan.room; j++) {
		if (stay >> j & 1)
			continue;
		while (next < plan.count && !(left >> next & 1))
			next++;
		if (next < plan.count)
			write_slot(j, &plan.slots[next++]);
		else if (current[j].bytes != 0)
			write_slot(j, &none);
	}
	llext_mpu_go_on(state);
	return 0;
}

/* ---- the set of pieces ---- */

static void insert(const struct piece *piece)
{
	unsigned at = piece_count++;

	for (; at > 0 && pieces[at - 1].start > piece->start; at--)
		pieces[at] = pieces[at - 1];
	pieces[at] = *piece;
}

static bool erase(uintptr_t start, size_t bytes, struct piece *erased)
{
	for (unsigned i = 0; i < piece_count; i++) {
		if (pieces[i].start != start || pieces[i].bytes != bytes)
			continue;
		*erased = pieces[i];
		for (piece_count--; i < piece_count; i++)
			pieces[i] = pieces[i + 1];
		return true;
	}
	return false;
}

/* Neighbours of one access become one piece. Not before there are too many: one that was rounded up
 * by llext_slots_fit() takes one slot. */
static void join(void)
{
	unsigned count = 1;

	for (unsigned i = 1; i < piece_count; i++) {
		struct piece *last = &pieces[count - 1];

		if (last->access == pieces[i].access &&
		    last->start + last->bytes == pieces[i].start)
			last->bytes += pieces[i].bytes;
		else
			pieces[count++] = pieces[i];
	}
	piece_count = count;
}

/* Is there no room for one more piece, even where neighbours are joined? */
static bool is_full(void)
{
	if (piece_count == MOST_PIECES)
		join();
	return piece_count == MOST_PIECES;
}

static void append(uintptr_t start, uintptr_t end, unsigned access)
{
	if (start < end)
		pieces[piece_count++] = (struct piece){start, end - start, access};
}

/* Some of it is a piece, or several are: what sticks out stays. */
static int cut(uintptr_t start, uintptr_t end)
{
	struct piece before[MOST_PIECES];
	unsigned count;
	int rc;

	if (is_full()) /* one may become two */
		return -ENOSPC;
	memcpy(before, pieces, sizeof(before));
	count = piece_count;
	piece_count = 0;
	for (unsigned i = 0; i < count; i++) {
		uintptr_t low = before[i].start, high = low + before[i].bytes;

		append(low, high < start ? high : start, before[i].access);
		append(low > end ? low : end, high, before[i].access);
	}
	rc = change();
	if (rc != 0) {
		memcpy(pieces, before, sizeof(before));
		piece_count = count;
	}
	return rc;
}

int llext_slots_add(uintptr_t start, size_t bytes, unsigned access)
{
	struct piece piece = {start, bytes, access};
	int rc;

	if (bytes == 0 || (start | bytes) % llext_mpu()->granule != 0)
		return -EINVAL;
	if (is_full())
		return -ENOSPC;
	insert(&piece);
	rc = change();
	if (rc != 0) /* nothing was written */
		(void)erase(start, bytes, &piece);
	return rc;
}

static bool touches(uintptr_t start, size_t bytes)
{
	for (unsigned i = 0; i < piece_count; i++) {
		if (pieces[i].start < start + bytes && start < pieces[i].start + pieces[i].bytes)
			return true;
	}
	return false;
}

int llext_slots_remove(uintptr_t start, size_t bytes)
{
	struct piece piece;
	int rc = 0;

	if (erase(start, bytes, &piece)) {
		rc = change();
		if (rc != 0)
			insert(&piece);
	} else if (touches(start, bytes)) {
		rc = cut(start, start + bytes);
	}
	return rc;
}

int llext_slots_open(uintptr_t start, size_t bytes)
{
	const struct llext_mpu *mpu = llext_mpu();
	struct plan plan = {.room = slot_count()};
	uintptr_t state;

	if (bytes == 0 || (start | bytes) % mpu->granule != 0)
		return -EINVAL;
	heap = (struct piece){start, bytes, DATA};
	heap_slots = 0;
	memset(current, 0, sizeof(current));
	piece_count = 0;
	put_range(&plan, start, bytes, DATA);
	if (plan.count > plan.room)
		return -ENOSPC;
	if (mpu->overlap == 0)
		return change();
	state = llext_mpu_hold();
	for (unsigned i = 0; i < plan.count; i++)
		write_slot(mpu->overlap > 0 ? i : plan.room - 1 - i, &plan.slots[i]);
	llext_mpu_go_on(state);
	heap_slots = plan.count;
	return 0;
}

void llext_slots_fit(size_t *bytes, size_t *align)
{
	const struct llext_mpu *mpu = llext_mpu();
	size_t unit = mpu->granule, start = unit;

	if (mpu->power_of_two) {
		start = power_of_two(*bytes);
		unit = step(start);
	}
	*bytes = (*bytes + unit - 1) / unit * unit;
	if (*align < start)
		*align = start;
}

unsigned llext_slots_needed(unsigned count, unsigned *left)
{
	unsigned used = 0;

	for (unsigned i = 0; i < slot_count(); i++)
		used += current[i].bytes != 0;
	*left = slot_count() - used;
	/* Where none may overlap, a piece cuts data in two. */
	return llext_mpu()->overlap == 0 ? 2 * count : count;
}

unsigned llext_slots_most(void)
{
	unsigned room = slot_count() - heap_slots;

	return llext_mpu()->overlap == 0 ? (room - 1) / 2 : room;
}
