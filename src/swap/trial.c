/* SPDX-License-Identifier: Apache-2.0 */
/* A trial ends, one way or the other; and what is left in a slot or goes out of it. */
#include "swap.h"

static int take_trial(struct llext_slot *slot)
{
	int rc = llext_slot_take(slot);

	if (rc == 0 && slot->state != LLEXT_SLOT_TRIAL) {
		llext_slot_give(slot);
		rc = -ENOENT;
	}
	return rc;
}

static void tell(struct llext_slot *slot, const struct llext_swap_param *param, bool good)
{
	if (param->decided != NULL)
		param->decided(slot, good, param->user_data);
}

int llext_swap_confirm(struct llext_slot *slot)
{
	const struct llext_swap_param *param;
	bool left;
	int rc = take_trial(slot);

	if (rc != 0)
		return rc;
	param = slot->param;
	rc = llext_swap_may_leave(other_of(slot)->ext);
	if (rc == 0)
		rc = llext_swap_no_threads(other_of(slot)->ext);
	if (rc == 0) {
		slot->state = LLEXT_SLOT_STEADY;
		rc = llext_swap_leave(other_of(slot));
		slot->param = NULL;
	}
	left = slot->state == LLEXT_SLOT_STEADY;
	llext_slot_give(slot);
	if (left)
		tell(slot, param, true);
	return rc;
}

void llext_swap_turn_back(struct llext_slot *slot, const struct llext_swap_param *param)
{
	const struct llext_swap_port *port = llext_swap_port();
	struct llext_swap_result unused = {0};
	uintptr_t held = 0;

	if (port->hold != NULL) {
		held = port->hold();
		if (llext_slot_fault(slot) == 0 && llext_slot_is_quiet(slot))
			(void)llext_state_pass(slot, slot->half, !slot->half, param, &unused);
	}
	llext_slot_turn(slot);
	slot->state = LLEXT_SLOT_ENDING;
	if (port->hold != NULL)
		port->go_on(held);
}

int llext_swap_back(struct llext_slot *slot)
{
	const struct llext_swap_param *param;
	int rc = take_trial(slot);

	if (rc != 0)
		return rc;
	param = slot->param;
	llext_swap_turn_back(slot, param);
	slot->param = NULL;
	rc = llext_swap_end(slot, param->timeout);
	/* What its tear-down returned is no news of a bad one. */
	if (slot->state == LLEXT_SLOT_STEADY)
		rc = 0;
	llext_slot_give(slot);
	tell(slot, param, false);
	return rc;
}

int llext_swap_check(struct llext_slot *slot)
{
	const struct llext_swap_param *param;
	int rc = take_trial(slot);

	if (rc != 0)
		return rc;
	param = slot->param;
	llext_slot_give(slot);
	rc = llext_slot_fault(slot);
	if (rc == 0 && param->health != NULL)
		rc = param->health(slot, param->user_data);
	if (rc == 0)
		return llext_swap_confirm(slot);
	if (rc == -EAGAIN)
		return rc;
	rc = llext_swap_back(slot);
	return rc != 0 ? rc : -ECANCELED;
}

int llext_swap_collect(struct llext_slot *slot)
{
	int rc = llext_slot_take(slot);

	if (rc != 0)
		return rc;
	rc = llext_swap_end(slot, 0);
	llext_slot_give(slot);
	return rc == -ETIMEDOUT ? rc : 0;
}

static int out(struct llext_slot *slot, uint32_t timeout)
{
	struct patience patience = llext_patience(timeout);
	int rc;

	if (is_empty(slot))
		return -ENOENT;
	if (slot->state != LLEXT_SLOT_STEADY && llext_swap_end(slot, timeout) == -ETIMEDOUT)
		return -EBUSY;
	if (slot->state == LLEXT_SLOT_TRIAL)
		return llext_fail(NULL, -EBUSY, "a trial goes on in the slot");
	if (slot->type->fixed || !llext_interface_optional(slot->type))
		return llext_fail(NULL, -ENOTSUP, "a function of the slot has no default");
	rc = llext_swap_may_leave(occupant_of(slot)->ext);
	if (rc != 0)
		return rc;
	llext_slot_publish(slot, slot->type->defaults);
	rc = llext_slot_drain(slot, &patience);
	if (rc == 0)
		rc = llext_swap_no_threads(occupant_of(slot)->ext);
	if (rc == 0)
		(void)llext_swap_leave(occupant_of(slot));
	else
		llext_slot_publish(slot, table_of(slot, slot->half));
	return rc;
}

void llext_slot_evict(struct llext_slot *slot, const struct llext *ext, uint32_t timeout)
{
	struct patience patience = llext_patience(timeout);

	if (llext_slot_take(slot) != 0)
		return;
	if (occupant_of(slot)->ext == ext && slot->state == LLEXT_SLOT_STEADY &&
	    !slot->type->fixed && llext_interface_optional(slot->type)) {
		llext_slot_publish(slot, slot->type->defaults);
		if (llext_slot_drain(slot, &patience) == 0) {
			set_in_slot(ext, false);
			*occupant_of(slot) = (struct llext_occupant){0};
		} else {
			llext_slot_publish(slot, table_of(slot, slot->half));
		}
	}
	llext_slot_give(slot);
}

int llext_swap_out(struct llext_slot *slot, uint32_t timeout)
{
	int rc = llext_slot_take(slot);

	if (rc != 0)
		return rc;
	rc = out(slot, timeout);
	llext_slot_give(slot);
	return rc;
}
