/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Slots: places in a firmware for an extension that implements an interface (llext/interface.h),
 * and how the firmware calls it. What is in a slot can be exchanged while it is called: see
 * llext/swap.h.
 */
#ifndef LLEXT_SLOT_H_
#define LLEXT_SLOT_H_

#include <llext/interface.h>
#include <llext/llext.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * 1: more than one core calls slots. 0: one core does; then counting needs no barriers, on Arm,
 * and callers may be threads and interrupts.
 */
#ifndef CONFIG_LLEXT_SLOT_CORES
#if (defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M') || defined(__XTENSA__)
#define CONFIG_LLEXT_SLOT_CORES 0
#else
#define CONFIG_LLEXT_SLOT_CORES 1
#endif
#endif

struct llext_slot;

/** @cond private */
/* What the compiler knows of a slot. */
struct llext_slot_type {
	const char *name;
	const char *interface;
	const char *declaration; /* the name that an extension exports */
	uint16_t major, minor, count;
	bool fixed;
	const struct llext_function *functions; /* NULL: nothing is known of them */
	const llext_any_function *defaults;
	llext_any_function *tables[2];
	/* Where extensions in domains may be in it: llext/slot_domain.h. */
	const llext_any_function *proxies[2];
	uintptr_t *addresses[2];
	uint32_t ticks;
};

/* What of a loaded extension's declaration is used after the load. */
struct llext_occupant {
	struct llext *ext; /* NULL: nothing is in this half */
	uintptr_t state_save, state_restore;
	uint32_t state_version;
};

enum llext_slot_state {
	LLEXT_SLOT_STEADY,
	LLEXT_SLOT_TRIAL,  /* what was there before is in the other half, ready to go on */
	LLEXT_SLOT_ENDING, /* likewise, but it is not called any more, and has yet to be unloaded */
};
/** @endcond */

/** A slot. Private: LLEXT_SLOT() makes it. */
struct llext_slot {
	/** @cond private */
	const void *table; /* first: what is called now */
	uint32_t *counter; /* where callers are counted now */
	uint32_t callers[2];
	const struct llext_slot_type *type;
	struct llext_occupant halves[2];
	uint8_t half;  /* that is called now, if it has an extension */
	uint8_t state; /* enum llext_slot_state */
	bool busy;     /* a swap goes on */
	bool listed;
	int fault;                            /* of a call into a domain; 0: none */
	const struct llext_swap_param *param; /* of the trial */
	struct llext_slot *next;
	/** @endcond */
};

/** A caller inside a slot. Private. */
struct llext_caller {
	/** @cond private */
	const void *table;
	uint32_t *counter; /* NULL: not counted */
			   /** @endcond */
};

/** @cond private */
/* The first member of each is the table. What a slot is counted by, the compiler sees by @counted_.
 */
#define LLEXT_SLOT_TYPE_(name_, interface_, counted)                                               \
	union name_##_slot {                                                                       \
		struct llext_slot slot;                                                            \
		const struct interface_ *table;                                                    \
		char counted_[1 + (counted)];                                                      \
	}
#define LLEXT_SLOT_FIXED_  0
#define LLEXT_SLOT_COUNTED 1

#define LLEXT_SLOT_DEFINE_(name_, interface_, counted, members, ...)                               \
	LLEXT_CHECK_INTERFACE_(interface_);                                                        \
	static const struct interface_ name_##_defaults_ = {__VA_ARGS__};                          \
	static struct interface_ name_##_tables_[1 + (counted)];                                   \
	static const struct llext_slot_type name_##_type_ = {                                      \
		.name = #name_,                                                                    \
		.interface = #interface_,                                                          \
		.declaration = "llext_interface_" #interface_,                                     \
		.major = interface_##_major_,                                                      \
		.minor = interface_##_minor_,                                                      \
		.count = LLEXT_COUNT_(interface_),                                                 \
		.fixed = !(counted),                                                               \
		.functions = interface_##_functions_,                                              \
		.defaults = (const llext_any_function *)(const void *)&name_##_defaults_,          \
		.tables = {(llext_any_function *)(void *)&name_##_tables_[0],                      \
			   (llext_any_function *)(void *)&name_##_tables_[(counted)]},             \
		LLEXT_SLOT_MEMBERS_ members};                                                      \
	union name_##_slot name_ = {.slot = {.table = &name_##_defaults_,                          \
					     .counter = name_.slot.callers,                        \
					     .type = &name_##_type_}}
#define LLEXT_SLOT_MEMBERS_(...) __VA_ARGS__
/** @endcond */

/** Declare a slot in a header; LLEXT_SLOT_DEFINE() in one source then defines it. */
#define LLEXT_SLOT_DECLARE(name, interface)                                                        \
	LLEXT_SLOT_TYPE_(name, interface, LLEXT_SLOT_COUNTED);                                     \
	extern union name##_slot name

/**
 * A slot for extensions that implement @p interface. Behind it come defaults, as initialisers of
 * struct @p interface: functions that are called where the extension has none, and while the slot
 * is empty. A function without a default must be implemented, and must not be called while the slot
 * is empty.
 */
#define LLEXT_SLOT(name, interface, ...)                                                           \
	LLEXT_SLOT_DECLARE(name, interface);                                                       \
	LLEXT_SLOT_DEFINE(name, interface, __VA_ARGS__)

/** Likewise, where a header has declared it. */
#define LLEXT_SLOT_DEFINE(name, interface, ...)                                                    \
	LLEXT_SLOT_DEFINE_(name, interface, LLEXT_SLOT_COUNTED, (), __VA_ARGS__)

/** Declare in a header a slot that is never swapped. */
#define LLEXT_FIXED_SLOT_DECLARE(name, interface)                                                  \
	LLEXT_SLOT_TYPE_(name, interface, LLEXT_SLOT_FIXED_);                                      \
	extern union name##_slot name

/**
 * A slot that is filled once, before its first call, and never again. Its callers are not counted,
 * which takes no instruction.
 */
#define LLEXT_FIXED_SLOT(name, interface, ...)                                                     \
	LLEXT_FIXED_SLOT_DECLARE(name, interface);                                                 \
	LLEXT_FIXED_SLOT_DEFINE(name, interface, __VA_ARGS__)

/** Likewise, where a header has declared it. */
#define LLEXT_FIXED_SLOT_DEFINE(name, interface, ...)                                              \
	LLEXT_SLOT_DEFINE_(name, interface, LLEXT_SLOT_FIXED_, (), __VA_ARGS__)

/** The slot itself, for the functions below and in llext/swap.h. */
#define LLEXT_SLOT_OF(name) (&(name).slot)

/** @cond private */
/* Where a test lets another thread go on (tests/swap/explore.c). */
#ifndef LLEXT_SLOT_POINT_
#define LLEXT_SLOT_POINT_() ((void)0)
#endif

/*
 * A count that threads and interrupts change at once. Its order against the table: a caller counts
 * itself before it reads the table, and a swap changes the table before it reads the counts.
 */
#if CONFIG_LLEXT_SLOT_CORES
#define LLEXT_COUNT_ORDER_      __ATOMIC_SEQ_CST
#define LLEXT_COUNT_DONE_ORDER_ __ATOMIC_RELEASE
#else
#define LLEXT_COUNT_ORDER_      __ATOMIC_RELAXED
#define LLEXT_COUNT_DONE_ORDER_ __ATOMIC_RELAXED
#endif

static inline __attribute__((always_inline)) void llext_count_(uint32_t *counter, uint32_t change,
							       int order)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#if defined(__arm__) && __ARM_ARCH < 7 /* no exclusive access: for a moment, no interrupts */
	uint32_t state;

	(void)order;
	__asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(state)::"memory");
	*counter += change;
	__asm__ volatile("msr primask, %0" ::"r"(state) : "memory");
#elif defined(__XTENSA__)
	uint32_t state;

	(void)order;
	__asm__ volatile("rsil %0, 15" : "=a"(state)::"memory");
	*counter += change;
	__asm__ volatile("wsr %0, ps\n\trsync" ::"a"(state) : "memory");
#else
	(void)__atomic_fetch_add(counter, change, order);
#endif
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline __attribute__((always_inline)) struct llext_caller
llext_slot_enter_(struct llext_slot *slot, bool counted)
{
	struct llext_caller caller = {NULL, NULL};

	if (counted) {
		__asm__("" : "+r"(slot)); /* one address in a register, not two constants */
		caller.counter = __atomic_load_n(&slot->counter, __ATOMIC_RELAXED);
		LLEXT_SLOT_POINT_();
		llext_count_(caller.counter, 1, LLEXT_COUNT_ORDER_);
		LLEXT_SLOT_POINT_();
		caller.table = __atomic_load_n(&slot->table, LLEXT_COUNT_ORDER_);
		if (caller.counter == NULL)
			__builtin_unreachable(); /* or leaving would ask */
	} else {
		caller.table = __atomic_load_n(&slot->table, __ATOMIC_RELAXED);
	}
	return caller;
}

static inline __attribute__((always_inline)) void llext_slot_leave_(struct llext_caller *caller)
{
	LLEXT_SLOT_POINT_();
	if (caller->counter != NULL)
		llext_count_(caller->counter, (uint32_t)-1, LLEXT_COUNT_DONE_ORDER_);
}

#define LLEXT_COUNTED_(name) (sizeof((name).counted_) > 1)
/** @endcond */

/**
 * Call a function of what is in the slot: `LLEXT_CALL(slot, function)(arguments)` is
 * LLEXT_CALL(slot, function, arguments...). The caller is counted while it is inside: at most 12
 * instructions more on Cortex-M4, none in a fixed slot. Threads and interrupts.
 */
#define LLEXT_CALL(name, function, ...)                                                            \
	__extension__({                                                                            \
		struct llext_caller caller_ __attribute__((cleanup(llext_slot_leave_))) =          \
			llext_slot_enter_(&(name).slot, LLEXT_COUNTED_(name));                     \
                                                                                                   \
		((__typeof__((name).table))caller_.table)->function(__VA_ARGS__);                  \
	})

/**
 * Go inside for several calls, which then all go to the same extension.
 * @param caller  a struct llext_caller of the caller's
 * @return a pointer to the functions, valid until LLEXT_LEAVE()
 */
#define LLEXT_ENTER(name, caller)                                                                  \
	(*(caller) = llext_slot_enter_(&(name).slot, LLEXT_COUNTED_(name)),                        \
	 (__typeof__((name).table))(caller)->table)

/**
 * Leave. Also for a caller that will not come back on its own, because it was ended inside: its
 * thread was deleted, or a fault handler has gone on elsewhere.
 */
#define LLEXT_LEAVE(caller) llext_slot_leave_(caller)

/** What is in the slot, NULL: nothing. Any context. It may be swapped right after. */
struct llext *llext_slot_extension(const struct llext_slot *slot);

/** Callers inside now. Any context. */
uint32_t llext_slot_callers(const struct llext_slot *slot);

/**
 * The first error of a call into a domain since the last swap, 0: there was none. The call has
 * given what the slot's default gives, or 0. Any context.
 */
int llext_slot_fault(const struct llext_slot *slot);

/** The slot's name. */
const char *llext_slot_name(const struct llext_slot *slot);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_SLOT_H_ */
