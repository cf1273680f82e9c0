/* SPDX-License-Identifier: Apache-2.0 */
/* One extension in the place of another: all or nothing. docs/swap.md has the states. */
#include "swap.h"

const struct llext_swap_param llext_swap_default;

/* ---- coming and going ---- */

int llext_swap_leave(struct llext_occupant *occupant)
{
	struct llext *ext = occupant->ext;
	int rc = llext_teardown(ext), unloaded;

	llext_owned_release(ext);
	set_in_slot(ext, false);
	unloaded = llext_unload(&ext);
	if (unloaded < 0) {
		LOG(LLEXT_LOG_ERR, "%s: not unloaded: %d", occupant->ext->name, unloaded);
		rc = unloaded;
	}
	*occupant = (struct llext_occupant){0};
	return rc;
}

void llext_swap_undo(struct llext_occupant *occupant)
{
	struct kept_diag before;

	keep_diag(&before);
	(void)llext_swap_leave(occupant);
	put_diag(&before);
}

/* It has not come up, so nothing is to be torn down. */
static void unload_new(struct llext *ext)
{
	struct kept_diag before;

	keep_diag(&before);
	(void)llext_unload(&ext);
	put_diag(&before);
}

static int bring_up(struct llext *ext, struct llext_swap_result *result)
{
	int rc;

	/* What cannot be torn down shall not come up. */
	result->stage = LLEXT_SWAP_STAGE_BRINGUP;
	rc = (int)llext_get_fn_table(ext, false, NULL, 0);
	return rc < 0 ? rc : llext_bringup(ext);
}

int llext_swap_bring(struct llext_slot *slot, unsigned int half, struct llext_loader *ldr,
		     const char *name, const struct llext_load_param *load,
		     struct llext_swap_result *result)
{
	struct llext *ext;
	int rc;

	result->stage = LLEXT_SWAP_STAGE_LOAD;
	rc = llext_load(ldr, name, &ext, load);
	if (rc < 0)
		return rc;
	if (rc > 0) { /* another's: give it back */
		(void)llext_unload(&ext);
		rc = llext_fail(NULL, -EEXIST, "an extension of this name is loaded");
		llext_diag_symbol_name(name);
		return rc;
	}
	result->stage = LLEXT_SWAP_STAGE_INTERFACE;
	set_in_slot(ext, true);
	rc = llext_interface_read(slot, half, ext);
	if (rc == 0)
		rc = bring_up(ext, result);
	if (rc != 0) {
		set_in_slot(ext, false);
		slot->halves[half] = (struct llext_occupant){0};
		unload_new(ext);
	}
	return rc;
}

int llext_swap_may_leave(const struct llext *ext)
{
	bool used;

	if (ext == NULL)
		return 0;
	llext_guard();
	used = llext_has_dependents(ext) || llext_is_wanted(ext);
	llext_unguard();
	if (!used)
		return 0;
	return llext_fail_extension(ext, -EBUSY, "other extensions use its symbols");
}

static int found_one(const struct stack_word *word, void *arg)
{
	int rc = llext_fail(NULL, -EBUSY, "a thread may return into the extension");

	if (word->thread != NULL)
		llext_diag_symbol_name(word->thread);
	llext_diag_values((int64_t)word->place, (int64_t)word->value);
	(void)arg;
	return rc;
}

int llext_swap_no_threads(const struct llext *ext)
{
	return ext != NULL ? llext_threads_scan(ext, found_one, NULL) : 0;
}

int llext_swap_end(struct llext_slot *slot, uint32_t timeout)
{
	struct patience patience = llext_patience(timeout);
	int rc;

	if (slot->state != LLEXT_SLOT_ENDING)
		return 0;
	rc = llext_slot_drain(slot, &patience);
	if (rc != 0)
		return rc;
	slot->state = LLEXT_SLOT_STEADY;
	return llext_swap_leave(other_of(slot));
}

/* ---- the moment of change ---- */

/* In which nobody is inside, and nobody can come. Fails with the old one untouched. */
static int change_held(struct llext_slot *slot, const struct llext_swap_param *param,
		       struct patience *patience, struct llext_swap_result *result)
{
	const struct llext_swap_port *port = llext_swap_port();
	int rc = 0;

	for (;;) {
		uintptr_t held = port->hold();
		bool quiet = llext_slot_is_quiet(slot);

		if (quiet)
			rc = llext_state_pass(slot, slot->half, !slot->half, param, result);
		if (quiet && rc == 0)
			llext_slot_turn(slot);
		port->go_on(held);
		if (quiet)
			return rc;
		result->stage = LLEXT_SWAP_STAGE_QUIET;
		rc = llext_patience_wait(patience);
		if (rc != 0)
			return rc;
	}
}

/* The new one is called while the old one still has callers. */
static int change_running(struct llext_slot *slot, const struct llext_swap_param *param,
			  struct patience *patience, struct llext_swap_result *result)
{
	int rc = llext_state_pass(slot, slot->half, !slot->half, param, result);

	if (rc != 0)
		return rc;
	llext_slot_turn(slot);
	result->stage = LLEXT_SWAP_STAGE_QUIET;
	rc = llext_slot_drain(slot, patience);
	if (rc != 0)
		llext_swap_turn_back(slot, param);
	return rc;
}

static int change(struct llext_slot *slot, const struct llext_swap_param *param,
		  struct llext_swap_result *result)
{
	struct patience patience = llext_patience(param->timeout);
	int rc;

	if (slot->type->fixed || is_empty(slot)) {
		llext_slot_turn(slot);
		return 0;
	}
	rc = llext_swap_port()->hold != NULL ? change_held(slot, param, &patience, result)
					     : change_running(slot, param, &patience, result);
	result->looks = patience.looks;
	if (rc != 0)
		return rc;
	result->stage = LLEXT_SWAP_STAGE_REFERENCES;
	rc = llext_swap_no_threads(other_of(slot)->ext);
	if (rc == 0)
		rc = llext_swap_may_leave(other_of(slot)->ext);
	if (rc != 0)
		llext_swap_turn_back(slot, param);
	return rc;
}

/* The new one has been tried or has failed: it goes, now or when its last caller has left. */
static void drop_new(struct llext_slot *slot, uint32_t timeout)
{
	struct kept_diag before;

	keep_diag(&before);
	if (slot->state == LLEXT_SLOT_ENDING)
		(void)llext_swap_end(slot, timeout);
	else
		llext_swap_undo(other_of(slot));
	put_diag(&before);
}

static int swap_beside(struct llext_slot *slot, struct llext_loader *ldr, const char *name,
		       const struct llext_swap_param *param, struct llext_swap_result *result)
{
	int rc = llext_swap_bring(slot, !slot->half, ldr, name, param->load, result);

	if (rc != 0)
		return rc;
	rc = change(slot, param, result);
	if (rc != 0) {
		drop_new(slot, param->timeout);
		return rc;
	}
	if (other_of(slot)->ext == NULL)
		return 0;
	if ((param->flags & LLEXT_SWAP_TRIAL) != 0) {
		slot->state = LLEXT_SLOT_TRIAL;
		slot->param = param;
		return 0;
	}
	result->left = llext_swap_leave(other_of(slot));
	return 0;
}

/* ---- before anything is done ---- */

static bool same_domain(const struct llext *old, const struct llext_swap_param *param)
{
	const struct k_mem_domain *domain = param->load != NULL ? param->load->domain : NULL;

	return old != NULL && domain != NULL && extension_domain(old) == domain;
}

static int may_swap(struct llext_slot *slot, const struct llext_swap_param *param)
{
	const struct llext *old = occupant_of(slot)->ext;
	bool in_place = (param->flags & LLEXT_SWAP_IN_PLACE) != 0;

	if (slot->state == LLEXT_SLOT_TRIAL)
		return llext_fail(NULL, -EBUSY, "a trial goes on in the slot");
	if (slot->state == LLEXT_SLOT_ENDING && llext_swap_end(slot, 0) == -ETIMEDOUT)
		return llext_fail(NULL, -EBUSY, "what left the slot is still in use");
	if (slot->type->fixed && old != NULL)
		return llext_fail(NULL, -ENOTSUP, "the slot is declared never to be swapped");
	if (in_place && (param->flags & LLEXT_SWAP_TRIAL) != 0)
		return llext_fail(NULL, -EINVAL, "a swap in place cannot be on trial");
	if (in_place && !llext_interface_optional(slot->type))
		return llext_fail(NULL, -ENOTSUP, "a function of the slot has no default");
	if (!in_place && same_domain(old, param))
		return llext_fail(NULL, -ENOTSUP, "a domain holds one of both at a time");
	return llext_swap_may_leave(old);
}

int llext_swap(struct llext_slot *slot, struct llext_loader *ldr, const char *name,
	       const struct llext_swap_param *param)
{
	struct llext_swap_result result = {0};
	int rc;

	if (param == NULL)
		param = &llext_swap_default;
	rc = ldr != NULL && name != NULL ? llext_slot_take(slot) : -EINVAL;
	if (rc == 0) {
		rc = may_swap(slot, param);
		if (rc == 0 && (param->flags & LLEXT_SWAP_IN_PLACE) != 0 && !is_empty(slot))
			rc = llext_swap_in_place(slot, ldr, name, param, &result);
		else if (rc == 0)
			rc = swap_beside(slot, ldr, name, param, &result);
		llext_slot_give(slot);
	}
	if (rc == 0)
		result.stage = LLEXT_SWAP_STAGE_DONE;
	if (param->result != NULL)
		*param->result = result;
	return rc;
}
