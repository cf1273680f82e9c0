/* SPDX-License-Identifier: Apache-2.0 */
/* Calls into a domain, their budgets, and the checks of what gates are given. */
#include "sandbox.h"

#if SANDBOX

LLEXT_DOMAIN_THREAD struct llext_domain_level *volatile llext_domain_running;

void (*llext_domain_release)(const struct k_mem_domain *domain);
bool (*llext_domain_is_handle)(const struct k_mem_domain *domain, int handle, uint8_t kind);

struct k_mem_domain *llext_domain_current(void)
{
	return llext_domain_running != NULL ? llext_domain_running->domain : NULL;
}

/* ---- the call ---- */

/* How many calls are going on in this thread. */
static unsigned int depth(void)
{
	unsigned int count = 0;

	for (const struct llext_domain_level *level = llext_domain_running; level != NULL;
	     level = level->outer)
		count++;
	return count;
}

/* The domain runs already: may this be a call back? */
static bool is_nested(const struct llext_domain_level *below)
{
	const struct llext_domain_level *level = llext_domain_running;

	while (level != NULL && level != below)
		level = level->outer;
	return level != NULL && below->gate != NULL;
}

/* From here on no other thread calls into it, resets it, or unloads anything of it. */
static inline bool take(struct k_mem_domain *domain, struct llext_domain_level *below,
			struct llext_domain_level *level)
{
	level->below = below;
	return __atomic_compare_exchange_n(&domain->level, &below, level, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

struct llext_domain_level llext_domain_nobody;

bool llext_domain_hold(struct k_mem_domain *domain)
{
	return take(domain, NULL, &llext_domain_nobody);
}

void llext_domain_let_go(struct k_mem_domain *domain)
{
	if (domain->level == &llext_domain_nobody)
		domain->level = NULL;
}

/* The domain is the level's: make that known. */
static inline void enter(struct k_mem_domain *domain, struct llext_domain_level *level)
{
	level->gate = NULL;
	level->rc = 0;
	/* From here on, llext_domain_tick() of an interrupt reads it: all of it is written before.
	 */
	__atomic_signal_fence(__ATOMIC_RELEASE);
	llext_domain_running = level;
#ifdef LLEXT_DOMAIN_OWN_CALL
	llext_domain_port_resume(domain);
#else
	(void)domain;
#endif
}

/* May the call go in, which has taken the domain? */
static int check_call(const struct k_mem_domain *domain, struct llext_domain_level *level)
{
	if (domain->stopped != 0)
		return domain->stopped;
	if (domain->stack_owner == NULL || !llext_domain_has_function(domain, level->pc))
		return -EINVAL;
	if (depth() >= LLEXT_DOMAIN_DEPTH)
		return -ELOOP;
	level->way = domain->way;
	if (level->below != NULL)
		level->way.sp = level->below->way.sp & ~(uintptr_t)15;
	return level->way.sp - domain->way.stack < llext_domain_port.frame_bytes ? -ENOMEM : 0;
}

int llext_domain_begin(struct llext_domain_level *level)
{
	struct k_mem_domain *domain = level->domain;
	struct llext_domain_level *below = domain->level;
	int rc;

	llext_sandbox_back_to(level->outer);
	if (below == level) /* it has been taken already */
		level->below = NULL;
	else if ((below != NULL && !is_nested(below)) || !take(domain, below, level))
		return -EBUSY;
	rc = check_call(domain, level);
	if (rc == 0) {
		enter(domain, level);
		return 0;
	}
	if (domain->expired) /* by a tick in the few instructions of the port */
		return llext_domain_end(level, rc);
	domain->level = level->below;
	return rc;
}

#ifdef LLEXT_DOMAIN_OWN_CALL
void llext_domain_in_unit(const struct k_mem_domain *domain)
{
	llext_domain_out_of_unit(domain);
	if (domain->stopped != 0 || (domain->level != NULL && domain->level->outer != NULL))
		return;
	if (llext_domain_can_call(domain))
		((struct k_mem_domain *)(uintptr_t)domain)->text_bytes = domain->parts[0].bytes;
}
#endif

/* A record with this cause and nothing else; NULL: none is wanted. */
static __attribute__((noinline)) struct llext_domain_fault *record_of(struct k_mem_domain *domain,
								      enum llext_domain_cause cause)
{
	struct llext_domain_fault *record = domain->config->fault;

	if (record != NULL) {
		*record = (struct llext_domain_fault){.cause = cause};
		domain->expired = false;
	}
	return record;
}

struct llext_domain_fault *llext_domain_abandon(struct llext_domain_level *level,
						enum llext_domain_cause cause)
{
	struct k_mem_domain *domain = level->domain;
	struct llext_domain_fault *record = NULL;

	if (domain->stopped == -ETIMEDOUT) /* it had nothing left that it could execute */
		cause = LLEXT_DOMAIN_BUDGET;
	if (domain->stopped != -EFAULT) /* it is of what came first */
		record = record_of(domain, cause);
	llext_sandbox_stop(domain, -EFAULT);
	level->rc = domain->stopped;
	return record;
}

void llext_domain_settle(struct k_mem_domain *domain)
{
	/* Where it was in a gate when its ticks were used up, nobody has made a record. */
	if (domain->expired)
		(void)record_of(domain, LLEXT_DOMAIN_BUDGET);
	domain->expired = false;
	if (domain->stopped != 0)
		llext_domain_complete(domain);
}

/* The outermost call into a domain has not ended well. @return what is to become of it. */
static enum llext_domain_policy report(struct k_mem_domain *domain)
{
	const struct llext_domain_config *config = domain->config;
	enum llext_domain_policy policy = config->policy;

	release_resources(domain);
	if (config->on_fault != NULL)
		policy = config->on_fault(domain, config->fault, config->user_data);
	return policy;
}

static void stop(struct k_mem_domain *domain)
{
	if (report(domain) == LLEXT_DOMAIN_RESTART && !llext_domain_restart(domain))
		(void)report(domain); /* and no more: it would fault without end */
}

static void count_ending(struct k_mem_domain *domain, int change)
{
	llext_guard();
	domain->endings = (uint8_t)(domain->endings + change);
	llext_unguard();
}

/*
 * Whether it was stopped is looked at when no tick counts for the call any more, and nobody else
 * has the domain yet. While that is dealt with, others may unload what is in the domain, but
 * neither reset nor end it: it stays stopped, and what is released is of the call that has ended.
 */
int llext_domain_end(struct llext_domain_level *level, int rc)
{
	struct k_mem_domain *domain = level->domain;
	struct llext_domain_level *outer = level->outer, *below = NULL;
	int32_t stopped;

	llext_sandbox_back_to(outer);
	if (outer != NULL)
		below = level->below;
	stopped = below == NULL ? domain->stopped : 0; /* otherwise it is for the call around it */
	if (rc == 0)
		rc = domain->stopped;
	if (stopped != 0) {
		llext_domain_settle(domain);
		count_ending(domain, 1);
	}
	domain->level = below;
	if (outer != NULL)
		llext_domain_port_resume(outer->domain);
	if (stopped != 0) {
		stop(domain);
		count_ending(domain, -1);
	}
	return rc;
}

#ifndef LLEXT_DOMAIN_OWN_CALL
/* Most calls are outermost ones of functions of the first extension. */
static inline int begin(struct k_mem_domain *domain, struct llext_domain_level *level)
{
	if (level->outer != NULL || !take(domain, NULL, level) ||
	    level->pc - domain->parts[0].start >= domain->text_bytes || domain->stopped != 0)
		return llext_domain_begin(level);
	/* Compilers for size would call memcpy(), which copies bytes. */
	level->way.stack = domain->way.stack;
	level->way.stack_limit = domain->way.stack_limit;
	level->way.slots[0] = domain->way.slots[0];
	level->way.slots[1] = domain->way.slots[1];
	level->way.sp = domain->way.sp;
	enter(domain, level);
	return 0;
}

/* So do most of them end. @return false: there is more to do. */
static inline bool end_simply(const struct llext_domain_level *level)
{
	if (level->outer != NULL)
		return false;
	llext_sandbox_back_to(NULL);
	if (level->domain->stopped != 0)
		return false;
	level->domain->level = NULL;
	return true;
}

int llext_domain_call(struct k_mem_domain *domain, const void *fn,
		      const struct llext_domain_args *args, struct llext_domain_result *result,
		      uint32_t ticks)
{
	struct llext_domain_level here, *level = &here;
	int rc;

	/* The compiler would see that a local variable's address is kept, not that it goes. */
	__asm__("" : "+r"(level));
	if (domain == NULL)
		return -EINVAL;
	level->domain = domain;
	level->pc = (uintptr_t)fn;
	level->args = args;
	level->outer = llext_domain_running;
	level->ticks = ticks;
	rc = begin(domain, level);
	if (rc != 0)
		return rc;
	rc = llext_domain_port_call(level);
	if (rc != 0 || !end_simply(level))
		rc = llext_domain_end(level, rc);
	if (rc == 0 && result != NULL) {
		result->word[0] = level->result[0];
		result->word[1] = level->result[1];
		result->fp.bits = level->fp_result;
	}
	return rc;
}
#endif

int llext_sandbox_run(const struct llext *ext, elf_addr function, void *argument)
{
	struct k_mem_domain *domain = ext->priv->domain;
	const struct llext_domain_args args = {.word = {(uintptr_t)argument}};

	return llext_domain_call(domain, (const void *)(uintptr_t)function, &args, NULL,
				 domain->config->ticks);
}

/* ---- budgets ---- */

void llext_domain_tick(void)
{
	struct llext_domain_level *running = llext_domain_running, *expired = NULL;

	for (struct llext_domain_level *level = running; level != NULL; level = level->outer) {
		if (level->ticks != 0 && --level->ticks == 0)
			expired = level;
	}
	/* What has been called from there must end, too. */
	for (struct llext_domain_level *level = running; expired != NULL; level = level->outer) {
		if (level->domain->stopped == 0)
			level->domain->expired = true;
		llext_sandbox_stop(level->domain, -ETIMEDOUT);
		if (level == expired)
			break;
	}
	if (running != NULL && running->domain->stopped != 0)
		llext_domain_port_revoke(running->domain);
}

/* ---- gates ---- */

/* In a fault or call handler, which takes no lock. */
const struct llext_gate *llext_domain_gate_at(const struct k_mem_domain *domain, uintptr_t slot)
{
	size_t bytes = llext_domain_port.slot_bytes;
	const struct llext_gate *gate = NULL;
	unsigned int pin = llext_pin();

	for (const struct llext *ext = llext_first(); ext != NULL; ext = llext_next(ext)) {
		const struct llext_private *priv = ext->priv;
		uintptr_t offset = slot - (uintptr_t)priv->gates;

		if (priv->domain != domain || offset >= priv->gates_bytes ||
		    (offset & (bytes - 1)) != 0)
			continue;
		memcpy(&gate, (const uint8_t *)slot + bytes - sizeof(gate), sizeof(gate));
		if (gate == NULL)
			gate = LLEXT_DOMAIN_END;
		break;
	}
	llext_unpin(pin);
	return gate;
}

uintptr_t llext_domain_slots(const struct llext *ext, const struct k_mem_domain *domain,
			     size_t *bytes)
{
	*bytes = ext->priv->domain == domain ? ext->priv->gates_bytes : 0;
	return (uintptr_t)ext->priv->gates;
}

static bool has_string(const struct k_mem_domain *domain, uintptr_t start, size_t max)
{
	const struct llext_domain_part *part = llext_domain_part_at(domain, start);
	size_t room = part != NULL ? part->bytes - (start - part->start) : 0;

	return room != 0 && memchr((const void *)start, '\0', room < max ? room : max) != NULL;
}

static bool check_one(const struct k_mem_domain *domain, const struct llext_gate_check *check,
		      const uintptr_t *words)
{
	uintptr_t value = llext_gate_word(words, check->word);
	unsigned int kind = check->kind & ~(unsigned int)LLEXT_GATE_OR_NULL;
	size_t bytes = check->bytes;

	if (kind != check->kind && value == 0)
		return true;
	switch (kind) {
	case LLEXT_GATE_IN:
	case LLEXT_GATE_OUT:
		if (__builtin_mul_overflow(bytes, llext_gate_word(words, check->length), &bytes))
			return false;
		/* fall through */
	case LLEXT_GATE_IN_ONE:
	case LLEXT_GATE_OUT_ONE:
		return llext_domain_has(domain, value, bytes,
					kind == LLEXT_GATE_IN || kind == LLEXT_GATE_IN_ONE
						? LLEXT_ACCESS_RO
						: LLEXT_ACCESS_RW);
	case LLEXT_GATE_STRING:
		return has_string(domain, value, bytes);
	case LLEXT_GATE_HANDLE:
		return llext_domain_is_handle != NULL &&
		       llext_domain_is_handle(domain, (int)value, (uint8_t)bytes);
	case LLEXT_GATE_CALLBACK:
		return llext_domain_has_function(domain, value);
	default:
		return false;
	}
}

/* @return NULL, or the check that failed. */
static const struct llext_gate_check *check_words(const struct k_mem_domain *domain,
						  const struct llext_gate *gate, uintptr_t *words)
{
	const struct llext_gate_check *check;
	uint32_t narrow = gate->narrow;

	for (uintptr_t *word = words; narrow != 0; narrow >>= 4, word++) {
		if ((narrow & 15) != 0)
			*word = llext_gate_extend(*word, narrow & 15);
	}
	for (check = gate->checks; check->kind != LLEXT_GATE_END; check++) {
		if (!check_one(domain, check, words))
			return check;
	}
	return NULL;
}

static void refuse(struct llext_domain_level *level, const struct llext_gate *gate,
		   const struct llext_gate_check *check, const uintptr_t *words, uintptr_t pc,
		   uintptr_t sp)
{
	struct llext_domain_fault *fault = llext_domain_abandon(level, LLEXT_DOMAIN_ARGUMENT);

	if (fault == NULL)
		return;
	fault->has_address = true;
	fault->address = llext_gate_word(words, check->word);
	fault->pc = pc;
	fault->lr = pc;
	fault->sp = sp;
	memcpy(fault->reg, words, sizeof(fault->reg));
	fault->gate = gate->name;
	fault->argument = check->argument;
}

bool llext_domain_admit(struct llext_domain_level *level, const struct llext_gate *gate,
			uintptr_t *words, uintptr_t pc, uintptr_t sp)
{
	const struct llext_gate_check *check = check_words(level->domain, gate, words);

	if (check != NULL)
		refuse(level, gate, check, words, pc, sp);
	return check == NULL;
}

/* ---- for gates that look further ---- */

bool llext_user_range(const void *mem, size_t bytes, enum llext_access access)
{
	const struct k_mem_domain *domain = llext_domain_current();

	return domain == NULL || llext_domain_has(domain, (uintptr_t)mem, bytes, access);
}

bool llext_user_string(const char *string, size_t max)
{
	const struct k_mem_domain *domain = llext_domain_current();

	return domain == NULL || has_string(domain, (uintptr_t)string, max);
}

#endif /* SANDBOX */
