/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A swap where memory has no room for both. The slot's defaults are called until the new extension
 * is there, or the old one is again.
 */
#include "swap.h"

static uint32_t now(void)
{
	const struct llext_swap_port *port = llext_swap_port();

	return port->now != NULL ? port->now() : 0;
}

/* Defaults are called, and nobody is inside the old one any more. */
static int stop(struct llext_slot *slot, const struct llext_swap_param *param,
		struct llext_swap_result *result)
{
	struct patience patience = llext_patience(param->timeout);
	int rc;

	result->stage = LLEXT_SWAP_STAGE_QUIET;
	llext_slot_publish(slot, slot->type->defaults);
	rc = llext_slot_drain(slot, &patience);
	result->looks = patience.looks;
	if (rc == 0) {
		result->stage = LLEXT_SWAP_STAGE_REFERENCES;
		rc = llext_swap_no_threads(occupant_of(slot)->ext);
	}
	return rc != 0 ? rc : llext_swap_may_leave(occupant_of(slot)->ext);
}

static void start(struct llext_slot *slot)
{
	llext_slot_set_fault(slot, 0);
	llext_slot_publish(slot, table_of(slot, slot->half));
}

/* Load one into the slot's half, and give it the state. */
static int bring(struct llext_slot *slot, struct llext_loader *ldr, const char *name,
		 const struct llext_load_param *load, const struct llext_swap_param *param,
		 const struct state *state, struct llext_swap_result *result)
{
	int rc = llext_swap_bring(slot, slot->half, ldr, name, load, result);

	if (rc != 0)
		return rc;
	rc = llext_state_restore(occupant_of(slot), param, state, result);
	if (rc != 0)
		llext_swap_undo(occupant_of(slot));
	return rc;
}

/* The new one has failed. What is known of that stays in the record and the result. */
static void load_again(struct llext_slot *slot, const char *name,
		       const struct llext_swap_param *param, const struct state *state,
		       struct llext_swap_result *result)
{
	struct llext_swap_result unused = {0};
	struct kept_diag before;

	keep_diag(&before);
	result->again = bring(slot, param->again, name, param->again_load, param, state, &unused);
	if (result->again != 0)
		LOG(LLEXT_LOG_ERR, "%s: cannot be loaded again: %d", name, result->again);
	put_diag(&before);
}

int llext_swap_in_place(struct llext_slot *slot, struct llext_loader *ldr, const char *name,
			const struct llext_swap_param *param, struct llext_swap_result *result)
{
	/* The name goes with the extension, and is needed after it. */
	char old_name[CONFIG_LLEXT_SWAP_NAME_BYTES];
	size_t length = strlen(occupant_of(slot)->ext->name);
	uint32_t stopped = now();
	struct state state;
	int rc;

	if (param->again == NULL)
		return llext_fail(NULL, -EINVAL, "the old extension has no file to go back to");
	if (length >= sizeof(old_name))
		return llext_fail(NULL, -EINVAL, "the old extension's name is too long");
	memcpy(old_name, occupant_of(slot)->ext->name, length + 1);
	rc = stop(slot, param, result);
	if (rc == 0)
		rc = llext_state_save(occupant_of(slot), param, &state, result);
	if (rc == 0) {
		result->left = llext_swap_leave(occupant_of(slot));
		rc = bring(slot, ldr, name, param->load, param, &state, result);
		if (rc != 0)
			load_again(slot, old_name, param, &state, result);
	}
	start(slot);
	result->gap = now() - stopped;
	return rc;
}
