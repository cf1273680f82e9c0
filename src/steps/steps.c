/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load in steps is the ordinary load, as a coroutine. It is left only where all that it has
 * allocated is noted in its struct load, so that a cancellation need not go back into it.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
#include <llext/steps.h>
#if SANDBOX
#include <llext/domain.h>
#endif
#include "switch.h"

#define BYTES_OF_A_UNIT 16
#define QUANTUM_LEAST   4

static struct llext_load_steps *current; /* the one that runs, under the lock */
static struct llext_load_steps *loads[LLEXT_LOAD_STEPS_MOST]; /* by number - 1 */

/* ---- inside ---- */

void llext_step_spend(const struct load *ld, size_t units)
{
	struct llext_load_steps *steps = ld->steps;

	if (units < steps->left) {
		steps->left -= units;
		return;
	}
	llext_stack_switch(&steps->sp, steps->caller_sp);
	steps->left = steps->quantum;
}

size_t llext_step_share(const struct load *ld, size_t bytes, size_t unit)
{
	size_t most = ld->steps->quantum * unit;

	return bytes < most ? bytes : most;
}

struct llext *llext_step_first(const struct load *ld)
{
	ld->steps->at = llext_first();
	return ld->steps->at;
}

struct llext *llext_step_next(const struct load *ld)
{
	struct llext_load_steps *steps = ld->steps;

	step_point(ld, 1);
	steps->at = steps->at != NULL ? steps->at->next : llext_first();
	return steps->at;
}

/* Those before it have been visited, those behind it have not. */
void llext_steps_withdrawn(const struct llext *ext)
{
	for (unsigned int i = 0; i < LLEXT_LOAD_STEPS_MOST; i++) {
		struct llext_load_steps *steps = loads[i];

		if (steps != NULL && steps->at == ext)
			steps->at = ext->priv->before;
		if (steps != NULL && steps->searched == ext)
			steps->searched = NULL;
	}
}

struct llext *llext_steps_loading(unsigned int index)
{
	const struct llext_load_steps *steps = loads[index];

	return steps != NULL && steps->ld != NULL ? steps->ld->ext : NULL;
}

#if SANDBOX
bool llext_steps_for(const struct k_mem_domain *domain)
{
	bool found = false;

	llext_guard();
	for (unsigned int i = 0; i < LLEXT_LOAD_STEPS_MOST; i++)
		found = found || (loads[i] != NULL && loads[i]->ld != NULL &&
				  domain_of(loads[i]->ld) == domain);
	llext_unguard();
	return found;
}
#endif

static int join(struct load *ld)
{
	int rc = 0;

#if SANDBOX
	rc = llext_sandbox_join(ld);
#endif
	if (rc != 0) {
		llext_load_undo(ld);
		llext_log_failure(ld->name, true);
	}
	return rc;
}

/* All of the load. */
static int load(struct llext_load_steps *steps)
{
	struct load ld;
	int rc;

	llext_diag_clear();
	do {
		llext_load_clear(&ld, steps->ldr, steps->name, steps->param);
		ld.steps = steps;
		steps->ld = &ld;
		steps->ext = llext_find_in_steps(&ld);
		if (steps->ext != NULL)
			return llext_join(&steps->ext, steps->param);
		rc = llext_load_whole(&ld);
		if (rc != 0) {
			llext_log_failure(steps->name, true);
			return rc;
		}
		/* Another load may have taken the name between two steps. */
		steps->ext = llext_find_in_steps(&ld);
		if (steps->ext != NULL)
			llext_load_undo(&ld);
	} while (steps->ext != NULL);
	/* No step ends from here on: what is in a domain that runs cannot be given up. */
	rc = join(&ld);
	if (rc != 0)
		return rc;
	llext_publish(ld.ext);
	steps->ext = ld.ext;
	return 0;
}

/* The bottom of the load's stack. */
static void run(void)
{
	struct llext_load_steps *steps = current;

	steps->rc = load(steps);
	steps->ld = NULL;
	steps->over = true;
	for (;;)
		llext_stack_switch(&steps->sp, steps->caller_sp);
}

/* ---- outside ---- */

int llext_load_begin(struct llext_load_steps *steps, struct llext_loader *ldr, const char *name,
		     const struct llext_load_param *param, void *stack, size_t stack_bytes,
		     size_t quantum)
{
	uint8_t number = 1;

	if (steps == NULL || ldr == NULL || name == NULL || name[0] == '\0' || stack == NULL ||
	    stack_bytes < 512 || quantum < QUANTUM_LEAST || quantum > SIZE_MAX / BYTES_OF_A_UNIT)
		return -EINVAL;
	*steps = (struct llext_load_steps){.ldr = ldr,
					   .name = name,
					   .param = param,
					   .quantum = quantum,
					   .left = quantum,
					   .sp = llext_stack_new(stack, stack_bytes, run)};
	llext_guard();
	while (number <= LLEXT_LOAD_STEPS_MOST && loads[number - 1] != NULL)
		number++;
	if (number <= LLEXT_LOAD_STEPS_MOST)
		loads[number - 1] = steps;
	llext_unguard();
	if (number > LLEXT_LOAD_STEPS_MOST)
		return -EBUSY;
	steps->number = number;
	return 0;
}

static void release(struct llext_load_steps *steps)
{
	llext_guard();
	loads[steps->number - 1] = NULL;
	llext_unguard();
	steps->number = 0;
}

/* What the load takes for its own, while it runs. */
static void enter_load(struct llext_load_steps *steps)
{
	current = steps;
	llext_want_for(steps->number);
#if SANDBOX
	llext_heap_window(steps->param != NULL && steps->param->domain != NULL
				  ? &steps->param->domain->arena
				  : NULL);
#endif
}

static void leave_load(void)
{
	current = NULL;
	llext_want_for(0);
}

int llext_load_step(struct llext_load_steps *steps)
{
	uintptr_t limit;
	int rc;

	if (steps == NULL || steps->number == 0)
		return -EINVAL;
	if (steps->over)
		return steps->rc;
	rc = llext_enter();
	if (rc != 0)
		return rc;
	enter_load(steps);
	limit = llext_stack_limit_off();
	llext_stack_switch(&steps->caller_sp, steps->sp);
	llext_stack_limit_on(limit);
	leave_load();
	llext_leave();
	return steps->over ? steps->rc : -EAGAIN;
}

int llext_load_finish(struct llext_load_steps *steps, struct llext **ext)
{
	int rc;

	if (ext == NULL)
		return -EINVAL;
	*ext = NULL;
	do
		rc = llext_load_step(steps);
	while (rc == -EAGAIN);
	if (steps == NULL || !steps->over)
		return rc;
	*ext = steps->ext;
	if (steps->number != 0)
		release(steps);
	return rc;
}

int llext_load_cancel(struct llext_load_steps *steps)
{
	int rc = 0;

	if (steps == NULL || steps->number == 0)
		return -EINVAL;
	if (steps->over && steps->rc >= 0)
		rc = llext_unload(&steps->ext);
	if (rc == -EBUSY) /* it stays loaded, and llext_load_finish() gives it */
		return rc;
	if (!steps->over && steps->ld != NULL) {
		struct load *ld = steps->ld;

		llext_lock();
		enter_load(steps);
		if (ld->ext != NULL)
			(void)llext_unplace(ld->ext);
		llext_source_close(ld);
		llext_forget_wanted(NULL);
		leave_load();
		llext_unlock();
	}
	steps->over = true;
	steps->rc = -ECANCELED;
	release(steps);
	return 0;
}

#endif /* CONFIG_LLEXT_STEPS */
