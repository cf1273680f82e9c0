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
static uint8_t numbers;                  /* in use */

/* ---- inside ---- */

static bool may_leave(const struct load *ld)
{
	const struct llext_load_steps *steps = ld->steps;

	if (steps->whole || ld->headers.ehdr.e_type == ET_EXEC)
		return false;
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	/* Another load would not know of its place among thread-local variables. */
	if (ld->tls.section != 0 || ld->tls.bytes != 0)
		return false;
#endif
	return true;
}

void llext_step_spend(const struct load *ld, size_t units)
{
	struct llext_load_steps *steps = ld->steps;

	if (units < steps->left) {
		steps->left -= units;
		return;
	}
	if (may_leave(ld))
		llext_stack_switch(&steps->sp, steps->caller_sp);
	steps->left = steps->quantum;
}

size_t llext_step_piece(const struct load *ld, size_t bytes, size_t unit)
{
	size_t most;

	if (!is_stepped(ld) || !may_leave(ld))
		return bytes;
	most = ld->steps->quantum * unit;
	return bytes < most ? bytes : most;
}

int llext_steps_end(struct load *ld)
{
	if (is_stepped(ld))
		ld->steps->whole = true;
	return 0;
}

/* The bottom of the load's stack. */
static void run(void)
{
	struct llext_load_steps *steps = current;

	steps->rc = llext_load_stepped(steps);
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
	llext_guard();
	while (number <= LLEXT_LOAD_STEPS_MOST && (numbers & 1u << number) != 0)
		number++;
	if (number <= LLEXT_LOAD_STEPS_MOST)
		numbers = (uint8_t)(numbers | 1u << number);
	llext_unguard();
	if (number > LLEXT_LOAD_STEPS_MOST)
		return -EBUSY;
	*steps = (struct llext_load_steps){.ldr = ldr,
					   .name = name,
					   .param = param,
					   .quantum = quantum,
					   .left = quantum,
					   .number = number,
					   .sp = llext_stack_new(stack, stack_bytes, run)};
	return 0;
}

static void release(struct llext_load_steps *steps)
{
	llext_guard();
	numbers = (uint8_t)(numbers & ~(1u << steps->number));
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
	if (steps->over) /* what it uses knows that by now, if it came to that */
		llext_forget_wanted();
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

void llext_load_cancel(struct llext_load_steps *steps)
{
	if (steps == NULL || steps->number == 0)
		return;
	if (!steps->over && steps->ld != NULL) {
		struct load *ld = steps->ld;

		llext_lock();
		enter_load(steps);
		if (ld->ext != NULL)
			(void)llext_unplace(ld->ext);
		llext_source_close(ld);
		llext_forget_wanted();
		leave_load();
		llext_unlock();
	}
	steps->over = true;
	steps->rc = -ECANCELED;
	release(steps);
}

#endif /* CONFIG_LLEXT_STEPS */
