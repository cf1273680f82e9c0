/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots: who is inside, and when nobody is any more.
 *
 * A caller counts itself in the counter that slot->counter points to, and then reads the table. So
 * who has an old table had counted itself before the new one was published. Once each of the two
 * counters has been seen at 0 after that, all of those have left. A caller may read slot->counter,
 * be interrupted for long, and count itself in the counter that is not used any more: it reads the
 * table afterwards, so this delays the next swap, and nothing else.
 */
#include "swap.h"

static const struct llext_swap_port no_port;
static const struct llext_swap_port *port = &no_port;
static struct llext_slot *slots;

void llext_swap_use(const struct llext_swap_port *new_port)
{
	port = new_port != NULL ? new_port : &no_port;
}

const struct llext_swap_port *llext_swap_port(void)
{
	return port;
}

struct llext_slot *llext_slots(void)
{
	struct llext_slot *newest;

	llext_guard();
	newest = slots;
	llext_unguard();
	return newest;
}

int llext_slot_take(struct llext_slot *slot)
{
	bool busy;
	int rc;

	if (slot == NULL || slot->type == NULL)
		return -EINVAL;
	llext_guard();
	busy = slot->busy;
	slot->busy = true;
	if (!slot->listed) {
		slot->listed = true;
		slot->next = slots;
		slots = slot;
	}
	llext_unguard();
	llext_diag_clear();
	if (!busy)
		return 0;
	rc = llext_fail(NULL, -EBUSY, "another swap goes on in the slot");
	llext_diag_symbol_name(slot->type->name);
	return rc;
}

void llext_slot_give(struct llext_slot *slot)
{
	llext_guard();
	slot->busy = false;
	llext_unguard();
}

/* ---- waiting ---- */

struct patience llext_patience(uint32_t timeout)
{
	return (struct patience){timeout, port->now != NULL ? port->now() : 0, 0};
}

int llext_patience_wait(struct patience *patience)
{
	uint32_t spent = port->now != NULL ? port->now() - patience->start : patience->looks;

	if (patience->timeout != LLEXT_SWAP_FOREVER && spent >= patience->timeout)
		return llext_fail(NULL, -ETIMEDOUT, "callers are still inside the slot");
	patience->looks++;
	if (port->pause != NULL)
		port->pause();
	return 0;
}

static int wait_for(const uint32_t *counter, struct patience *patience)
{
	int rc = 0;

	LLEXT_SLOT_POINT_();
	while (rc == 0 && __atomic_load_n(counter, __ATOMIC_SEQ_CST) != 0)
		rc = llext_patience_wait(patience);
	return rc;
}

int llext_slot_drain(struct llext_slot *slot, struct patience *patience)
{
	uint32_t *used = slot->counter;
	uint32_t *other = used == &slot->callers[0] ? &slot->callers[1] : &slot->callers[0];
	int rc = wait_for(other, patience);

	if (rc != 0)
		return rc;
	LLEXT_SLOT_POINT_();
	/* New callers are counted apart, so that the others become fewer and fewer. */
	__atomic_store_n(&slot->counter, other, __ATOMIC_SEQ_CST);
	return wait_for(used, patience);
}

bool llext_slot_is_quiet(const struct llext_slot *slot)
{
	return llext_slot_callers(slot) == 0;
}

/* ---- what is called ---- */

void llext_slot_publish(struct llext_slot *slot, const void *table)
{
	LLEXT_SLOT_POINT_();
	__atomic_store_n(&slot->table, table, __ATOMIC_SEQ_CST);
	LLEXT_SLOT_POINT_();
}

void llext_slot_set_fault(struct llext_slot *slot, int fault)
{
	__atomic_store_n(&slot->fault, fault, __ATOMIC_RELAXED);
}

static void set_half(struct llext_slot *slot, unsigned int half)
{
	__atomic_store_n(&slot->half, (uint8_t)half, __ATOMIC_RELEASE);
}

void llext_slot_turn(struct llext_slot *slot)
{
	set_half(slot, !slot->half);
	llext_slot_set_fault(slot, 0);
	llext_slot_publish(slot, table_of(slot, slot->half));
}

/* ---- questions ---- */

struct llext *llext_slot_extension(const struct llext_slot *slot)
{
	return slot->halves[__atomic_load_n(&slot->half, __ATOMIC_ACQUIRE)].ext;
}

uint32_t llext_slot_callers(const struct llext_slot *slot)
{
	return __atomic_load_n(&slot->callers[0], __ATOMIC_SEQ_CST) +
	       __atomic_load_n(&slot->callers[1], __ATOMIC_SEQ_CST);
}

int llext_slot_fault(const struct llext_slot *slot)
{
	return __atomic_load_n(&slot->fault, __ATOMIC_RELAXED);
}

const char *llext_slot_name(const struct llext_slot *slot)
{
	return slot->type->name;
}
