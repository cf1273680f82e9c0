/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * User mode: what a port offers to src/sandbox, and what src/sandbox offers to it. The part of a
 * port that a firmware without sandboxed extensions leaves out.
 */
#ifndef LLEXT_DOMAIN_PORT_H_
#define LLEXT_DOMAIN_PORT_H_

#include <llext/domain.h>

/**
 * Ports that have llext_domain_call() itself, in assembly. It makes the level, and goes in where
 * the domain's text_bytes say that this call is simple; otherwise after llext_domain_begin().
 */
#if defined(__arm__) || defined(__riscv)
#define LLEXT_DOMAIN_OWN_CALL 1
#endif

/* Words that ports/cortex_m pushes between the level and its caller's argument on the stack. */
#ifdef __ARM_FP
#define LLEXT_DOMAIN_KEPT 29
#else
#define LLEXT_DOMAIN_KEPT 13
#endif

/** One call into a domain, on the caller's stack. Ports read and write it. */
struct llext_domain_level {
#ifdef __arm__
	uint32_t words[LLEXT_GATE_WORDS - 4]; /**< of a gate's arguments, on its function's stack */
#endif
	struct k_mem_domain *domain;
	uintptr_t pc;                         /**< the function */
	const struct llext_domain_args *args; /**< NULL: none */
	uintptr_t user_state;                 /**< for the port */
	struct llext_domain_level *below; /**< in the same domain, where there is an outer one */
	struct llext_domain_way way; /**< its stack pointer: where the domain goes in, and where it
					  was when a gate began */
	const struct llext_gate *gate;    /**< that runs for it; NULL: the domain runs */
	struct llext_domain_level *outer; /**< in this thread, perhaps in another domain */
	int32_t rc;
#ifdef __arm__
	uint32_t kept[LLEXT_DOMAIN_KEPT];
#endif
	uint32_t ticks;
#ifndef LLEXT_DOMAIN_OWN_CALL
	uintptr_t result[2];
	uint64_t fp_result;
#endif
};

/** Where threads run at a time, each has its own. */
#ifdef __linux__
#define LLEXT_DOMAIN_THREAD _Thread_local
#else
#define LLEXT_DOMAIN_THREAD
#endif

/** The innermost call of the thread that runs. An RTOS's switch hook saves and restores it. */
extern LLEXT_DOMAIN_THREAD struct llext_domain_level *volatile llext_domain_running;

/** The level of domains that are held without a call: all of it is 0. */
extern struct llext_domain_level llext_domain_nobody;

/* ---- of any domain ---- */

/** The text that all domains may execute. Weak: there may be none. */
extern char __llext_user_start[] __attribute__((weak));
extern char __llext_user_end[] __attribute__((weak));

/** The @p index'th of its part_count pieces of memory. */
struct llext_domain_part *llext_domain_part(const struct k_mem_domain *domain, unsigned int index);

/**
 * A frame of the core's is as large on the stack at least: in struct llext_domain_way the limit of
 * the piece is that much less than its bytes, as ports/cortex_m compares it.
 */
#ifdef __arm__
#define LLEXT_DOMAIN_FRAME 32u
#else
#define LLEXT_DOMAIN_FRAME 0u
#endif

/** Bytes of the piece that has the stack, which there is. */
static inline size_t llext_domain_stack_bytes(const struct k_mem_domain *domain)
{
	return domain->way.stack_limit + LLEXT_DOMAIN_FRAME;
}

/* ---- what a port offers ---- */

/** What the port is. */
struct llext_domain_port {
	const char *unit;  /**< "PMSAv7 MPU" */
	uint8_t parts;     /**< most parts of a domain's own, what is shared among all aside */
	uint16_t red_zone; /**< bytes below the stack that nobody else must have */
	uint8_t slot_bytes, slot_align; /**< of a gate slot; the last word of it is the gate's */
	uint16_t frame_bytes;           /**< that a call takes of the domain's stack at least */
	/** __aeabi_read_tp() in the text for all domains; NULL: no code calls it here. */
	const void *read_tp;
};

#ifdef __arm__
/** `__aeabi_read_tp()` for code in a domain: the port's, in the text for all domains. */
void llext_cortex_m_read_tp(void);

/* Where compilers see it: that makes code smaller. */
static const struct llext_domain_port llext_domain_port = {
#if __ARM_ARCH >= 8
	.unit = "PMSAv8 MPU",
#else
	.unit = "PMSAv7 MPU",
#endif
	.parts = CONFIG_LLEXT_DOMAIN_PARTS,
	.red_zone = 128, /* an RTOS's switch saves registers below the domain's stack pointer */
	.slot_bytes = 8,
	.slot_align = 8,
	.frame_bytes = 128,
	.read_tp = (const void *)&llext_cortex_m_read_tp,
};
#else
extern const struct llext_domain_port llext_domain_port;
#endif

/**
 * The thread pointer of code in the domain. It is the same wherever a call goes in and whenever a
 * gate comes back. With 32 bits, offsets from 0 are addresses. With 64, code adds fewer bits to it:
 * 24 on AArch64.
 */
static inline uintptr_t llext_domain_thread_pointer(const struct k_mem_domain *domain)
{
	return sizeof(uintptr_t) == 4 ? 0 : (uintptr_t)domain->arena.mem;
}

/** @return 0 where the unit is there, and on; -ENOTSUP. */
int llext_domain_port_open(void);
/** Round up size and alignment of a part. */
void llext_domain_port_fit(size_t *bytes, size_t *align);
/** Can the unit fence this in exactly? Otherwise -EINVAL. */
int llext_domain_port_check(uintptr_t start, size_t bytes, enum llext_access access);
/** Has the unit room for the domain's parts, of which there is one more? @return 0; -ENOSPC. */
int llext_domain_port_parts(const struct k_mem_domain *domain);
/**
 * The slots of the extension that has the stack: fill in domain->way.slots and domain->port, what a
 * trap needs at once.
 */
void llext_domain_port_way(struct k_mem_domain *domain, uintptr_t gates, size_t gates_bytes);
/** Nothing of the domain is in the unit any more. */
void llext_domain_port_drop(const struct k_mem_domain *domain);
/**
 * The parts of a domain that runs a gate have changed: the unit is to have them when it goes on.
 * @return 0; -EBUSY where that is not possible.
 */
int llext_domain_port_reload(const struct k_mem_domain *domain);
/**
 * Write the code of a gate slot, without its last word, for a slot at this load address. @p gate
 * NULL: it is where calls return to.
 */
void llext_domain_port_slot(uint8_t *mem, uintptr_t at, const struct llext_gate *gate);
/**
 * Write a slot for a trusted extension: it jumps to @p function, and leaves the arguments and the
 * return address alone. @return false: @p function is out of reach from this load address.
 */
bool llext_domain_port_jump(uint8_t *mem, uintptr_t at, const void *function);
/**
 * The call: prepare the domain's stack from level->args, run, fill level->result. @return rc;
 * -EPERM where this is an interrupt, or interrupts are masked: then nothing has been done. Not in
 * ports with LLEXT_DOMAIN_OWN_CALL.
 */
int llext_domain_port_call(struct llext_domain_level *level);
/** A call has ended within a gate of this domain: the unit is to have what that domain may use. */
void llext_domain_port_resume(const struct k_mem_domain *domain);
/** From an interrupt: the domain, which has been stopped, must not execute another instruction. */
void llext_domain_port_revoke(struct k_mem_domain *domain);

/* ---- what a port offers to an RTOS ---- */

/**
 * For an RTOS's context switch, in its handler: what the thread that goes has of domains, to be
 * kept with it. Without it a domain would run with another one's memory, and on Cortex-M a thread
 * with another one's rights.
 */
uintptr_t llext_domain_switch_out(void);

/** Likewise, for the thread that comes: what was kept for it; 0: nothing, it is new. */
void llext_domain_switch_in(uintptr_t kept);

/* ---- what src/sandbox offers ---- */

/**
 * Any call: the level has domain, pc, args, outer and ticks; the rest is filled in, the domain
 * taken and, in ports with LLEXT_DOMAIN_OWN_CALL, put into the unit. What the port has taken itself
 * it takes back. @return 0; a negative errno: there is no call.
 */
int llext_domain_begin(struct llext_domain_level *level);
/** The end of any call: the domain is free again. @return rc, or why the domain was stopped. */
int llext_domain_end(struct llext_domain_level *level, int rc);

/**
 * For ports with LLEXT_DOMAIN_OWN_CALL, with interrupts masked: the unit has the domain. Calls of
 * its first extension's functions are simple while that is so, it is not stopped, and no call is
 * around the one that may be going on in it.
 */
void llext_domain_in_unit(const struct k_mem_domain *domain);
/** The unit has it no more. To a port's users, from whom it has it, it is not constant. */
static inline void llext_domain_out_of_unit(const struct k_mem_domain *domain)
{
	((struct k_mem_domain *)(uintptr_t)domain)->text_bytes = 0;
}

/**
 * The words of a gate's arguments: check them, and bring narrow ones to the word's width.
 * @return true: all is well; false: the level is given up.
 */
bool llext_domain_admit(struct llext_domain_level *level, const struct llext_gate *gate,
			uintptr_t *words, uintptr_t pc, uintptr_t sp);

/** A number that is narrower than its register, as who reads it takes for granted. */
static inline uintptr_t llext_gate_extend(uintptr_t word, unsigned int narrow)
{
	unsigned int bits = 4u << narrow / 2, shift = sizeof(word) * 8 - bits;
	bool is_signed = (narrow & 1) != 0;

	if (narrow == LLEXT_NARROW_NONE)
		return word;
	if (narrow == LLEXT_NARROW_BOOL)
		return (word & 0xff) != 0;
#ifdef __riscv /* whose ABI has all numbers of 32 bits sign-extended */
	is_signed = is_signed || bits == 32;
#endif
	word <<= shift;
	return is_signed ? (uintptr_t)((intptr_t)word >> shift) : word >> shift;
}

/** The word of a gate's arguments that is so many bytes behind the first. */
static inline uintptr_t llext_gate_word(const uintptr_t *words, uint8_t offset)
{
	return words[offset / sizeof(*words)];
}

/**
 * Are all arguments that are to be checked elements in the piece that has the stack, and none of
 * them narrow? Most are; then llext_domain_admit() would find nothing wrong.
 */
static inline bool llext_domain_all_near(const struct k_mem_domain *domain,
					 const struct llext_gate *gate, const uintptr_t *words)
{
	const struct llext_gate_check *check = gate->checks;
	size_t bytes, offset, room = llext_domain_stack_bytes(domain);

	if (gate->narrow != 0)
		return false;
	for (; check->kind != LLEXT_GATE_END; check++) {
		if (check->kind > LLEXT_GATE_OUT ||
		    __builtin_mul_overflow((size_t)check->bytes,
					   llext_gate_word(words, check->length), &bytes))
			return false;
		offset = llext_gate_word(words, check->word) - domain->way.stack;
		if (offset > room || bytes > room - offset)
			return false;
	}
	return true;
}

/** Lies all of it in memory of the domain with this access, or with more? */
bool llext_domain_has(const struct k_mem_domain *domain, uintptr_t start, size_t bytes,
		      enum llext_access access);

/**
 * The slot of a trap at this address, in any of the domain's extensions. @return its gate;
 * LLEXT_DOMAIN_END: it is where calls return to; NULL: there is no slot.
 */
const struct llext_gate *llext_domain_gate_at(const struct k_mem_domain *domain, uintptr_t slot);
#define LLEXT_DOMAIN_END ((const struct llext_gate *)1)
/** Where the slots of an extension are, if it is in the domain. */
uintptr_t llext_domain_slots(const struct llext *ext, const struct k_mem_domain *domain,
			     size_t *bytes);

/**
 * The running call is given up: its domain is stopped, and level->rc says why. May be called by a
 * fault handler. @return the record, with the cause, and all else in it empty; NULL: none is
 * wanted.
 */
struct llext_domain_fault *llext_domain_abandon(struct llext_domain_level *level,
						enum llext_domain_cause cause);

#endif /* LLEXT_DOMAIN_PORT_H_ */
