/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State handed over: a blob of bounded size, in memory of the firmware's, that means nothing to the
 * library. An extension in a domain gets that memory for the length of its call.
 */
#include "swap.h"

#if SANDBOX
/* Another thread may have gone in meanwhile: the memory is the domain's until it has left. */
static int take_back(struct k_mem_domain *domain, const struct llext_swap_param *param)
{
	struct patience patience = llext_patience(param->timeout);
	int rc = 0;

	while (rc == 0 && llext_domain_share(domain, param->state, 0, LLEXT_ACCESS_RW) == -EBUSY)
		rc = llext_patience_wait(&patience);
	return rc;
}
#endif

/* Call state_save or state_restore. */
static int call(const struct llext *ext, uintptr_t function, const struct llext_swap_param *param,
		bool save, const struct state *state)
{
#if SANDBOX
	struct k_mem_domain *domain = extension_domain(ext);

	if (domain != NULL) {
		const struct llext_domain_args args = {
			.word = {(uintptr_t)param->state, save ? param->state_bytes : state->bytes,
				 state->version}};
		struct llext_domain_result result = {0};
		int taken, rc = llext_domain_share(domain, param->state, param->state_bytes,
						   save ? LLEXT_ACCESS_RW : LLEXT_ACCESS_RO);

		if (rc != 0)
			return llext_fail(NULL, rc,
					  "the domain cannot have the memory for the state");
		rc = llext_domain_call(domain, (const void *)function, &args, &result,
				       domain->config->ticks);
		taken = take_back(domain, param);
		if (taken != 0)
			return taken;
		return rc != 0 ? rc : (int)result.word[0];
	}
#endif
	(void)ext;
	if (save)
		return ((int (*)(void *, size_t))function)(param->state, param->state_bytes);
	return ((int (*)(const void *, size_t, uint32_t))function)(param->state, state->bytes,
								   state->version);
}

int llext_state_save(const struct llext_occupant *from, const struct llext_swap_param *param,
		     struct state *state, struct llext_swap_result *result)
{
	int bytes;

	*state = (struct state){0};
	if (from->ext == NULL || from->state_save == 0 || (param->flags & LLEXT_SWAP_NO_STATE) != 0)
		return 0;
	result->stage = LLEXT_SWAP_STAGE_SAVE;
	if (param->state == NULL || param->state_bytes == 0)
		return llext_fail(NULL, -E2BIG, "the extension has state, and there is no memory");
	/* Nothing of what it was used for before. */
	memset(param->state, 0, param->state_bytes);
	bytes = call(from->ext, from->state_save, param, true, state);
	if (bytes < 0 && (param->flags & LLEXT_SWAP_STATE_OPTIONAL) != 0)
		return 0;
	if (bytes < 0) {
		bytes = llext_fail(NULL, bytes, "the extension could not save its state");
		llext_diag_symbol_name(from->ext->name);
		return bytes;
	}
	if ((size_t)bytes > param->state_bytes) {
		int rc = llext_fail(NULL, -E2BIG, "the state is larger than its memory");

		llext_diag_symbol_name(from->ext->name);
		llext_diag_values((int64_t)param->state_bytes, bytes);
		return rc;
	}
	*state = (struct state){(size_t)bytes, from->state_version, true};
	return 0;
}

int llext_state_restore(const struct llext_occupant *to, const struct llext_swap_param *param,
			const struct state *state, struct llext_swap_result *result)
{
	int rc = -ENOTSUP;

	if (!state->any || to->ext == NULL)
		return 0;
	result->stage = LLEXT_SWAP_STAGE_RESTORE;
	if (to->state_restore != 0)
		rc = call(to->ext, to->state_restore, param, false, state);
	if (rc == 0) {
		result->state_bytes = state->bytes;
		return 0;
	}
	if (rc == -ENOTSUP && (param->flags & LLEXT_SWAP_STATE_OPTIONAL) != 0)
		return 0;
	rc = llext_fail(NULL, rc < 0 ? rc : -EIO, "the extension could not take the state over");
	llext_diag_symbol_name(to->ext->name);
	return rc;
}

int llext_state_pass(struct llext_slot *slot, unsigned int from, unsigned int to,
		     const struct llext_swap_param *param, struct llext_swap_result *result)
{
	struct state state;
	int rc = llext_state_save(&slot->halves[from], param, &state, result);

	return rc != 0 ? rc : llext_state_restore(&slot->halves[to], param, &state, result);
}
