/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Sandboxed extensions: a memory domain in which an extension runs unprivileged, and the calls that
 * go in. The same file runs trusted or sandboxed: llext_load_param.domain says which.
 * docs/sandbox.md has the model, and what it promises.
 *
 * Unless its text says otherwise, a function here is for threads, and -ENOTSUP or -ENOSYS where the
 * build or the part has no user mode.
 */
#ifndef LLEXT_DOMAIN_H_
#define LLEXT_DOMAIN_H_

#include <llext/gate.h>
#include <llext/llext.h>
#include <llext/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most calls into domains that may be going on in one thread: a gate may call back, and so on. */
#define LLEXT_DOMAIN_DEPTH 4

/**
 * Pieces of memory that a domain holds by itself: an extension has two, text and data; a shared
 * buffer is one. Beyond that see llext_domain_config.more.
 */
#define LLEXT_DOMAIN_OWN_PARTS 3

/** Most pieces of memory that a domain has, all its extensions and shared buffers together. */
#ifndef CONFIG_LLEXT_DOMAIN_PARTS
#define CONFIG_LLEXT_DOMAIN_PARTS 6
#elif CONFIG_LLEXT_DOMAIN_PARTS <= LLEXT_DOMAIN_OWN_PARTS || CONFIG_LLEXT_DOMAIN_PARTS > 127
#error "CONFIG_LLEXT_DOMAIN_PARTS: more than LLEXT_DOMAIN_OWN_PARTS, and no more than 127"
#endif

/** What becomes of a domain whose extension has faulted, or has used up its budget. */
enum llext_domain_policy {
	LLEXT_DOMAIN_STOP, /**< no call goes in any more, until llext_domain_reset() */
	/** llext_domain_reset() at once, and what had been brought up is brought up again; a fault
	 * in that stops the domain. Other threads' calls are -EBUSY until that is over. It counts
	 * as a call: LLEXT_DOMAIN_DEPTH. From within a load, plan or unload (on_import, a loader)
	 * the domain just stops. An llext_bringup() whose initialisers fault may be called
	 * again. */
	LLEXT_DOMAIN_RESTART,
};

/** Why a domain was stopped. */
enum llext_domain_cause {
	LLEXT_DOMAIN_OK,
	LLEXT_DOMAIN_READ,        /**< a load that is not allowed */
	LLEXT_DOMAIN_WRITE,       /**< a store that is not allowed, or access of an unknown kind */
	LLEXT_DOMAIN_EXECUTE,     /**< it ran into what it may not execute */
	LLEXT_DOMAIN_INSTRUCTION, /**< an undefined or privileged instruction */
	LLEXT_DOMAIN_STACK,       /**< its stack pointer left the stack */
	LLEXT_DOMAIN_GATE,        /**< a trap that is no gate of the extension's */
	LLEXT_DOMAIN_ARGUMENT,    /**< an argument of a gate that the descriptor does not allow */
	LLEXT_DOMAIN_BUDGET,      /**< the ticks of the call were used up */
	LLEXT_DOMAIN_CALLBACK,    /**< a call back into it did not end well */
	LLEXT_DOMAIN_OTHER,       /**< see status */
};

/** Most return addresses that a record holds. */
#define LLEXT_DOMAIN_CHAIN 8

/** What went wrong in a domain. */
struct llext_domain_fault {
	enum llext_domain_cause cause;
	bool has_address;
	uintptr_t address; /**< that was accessed, or the argument's value */
	uintptr_t pc, sp, lr;
	uintptr_t reg[4]; /**< the first argument registers */
	uintptr_t status; /**< as the core gives it: CFSR, mcause, ESR_EL1, a signal */
	const char *gate; /**< that it was calling, or NULL */
	uint8_t argument; /**< of that, from 1 on; or 0 */
	/** The firmware's export that it wanted to use and has no gate to, or NULL. What is loaded
	 * for a domain has no such imports; what has joined one may have. */
	const char *import;
	/** That pc lies in, or lr, or that was called; NULL: none, or it has been unloaded. */
	const struct llext *extension;
	const char *symbol; /**< its export at or below that address, or NULL */
	uintptr_t offset;   /**< of the address from there, or from the extension's text */
	uint8_t chain_count;
	uintptr_t chain[LLEXT_DOMAIN_CHAIN]; /**< likely return addresses, innermost first */
};

struct k_mem_domain;

/** The heap of a domain is allocated in pieces of so many bytes. */
#define LLEXT_DOMAIN_HEAP_UNIT 16
/** Words that note what of so many bytes is allocated. */
#define LLEXT_DOMAIN_HEAP_WORDS(bytes) (((bytes) / LLEXT_DOMAIN_HEAP_UNIT + 15) / 16)

/** @cond private */
struct llext_domain_part {
	uintptr_t start;
	size_t bytes : sizeof(size_t) * 8 - 3;
	size_t access : 2; /* enum llext_access */
	size_t shared : 1; /* the firmware's, by llext_domain_share() */
};
#define LLEXT_DOMAIN_PART_MOST (SIZE_MAX >> 3)
/** @endcond */

/** Room for more pieces of memory than a domain holds by itself. */
struct llext_domain_more {
	/** @cond private */
	struct llext_domain_part parts[CONFIG_LLEXT_DOMAIN_PARTS - LLEXT_DOMAIN_OWN_PARTS];
	/** @endcond */
};

/** What a domain is made of. It, and all that it points to, must stay while the domain is in use.
 */
struct llext_domain_config {
	const char *name; /**< for messages */
	/**
	 * Memory for the domain's extensions, @c bytes of it: code, constants, data, stack. The
	 * firmware must have no other use for it, and no other protection may be on it. What fits,
	 * llext_plan() tells; power-of-two units like it aligned.
	 */
	void *mem;
	size_t bytes;
	size_t stack_bytes; /**< of the domain's stack; it comes with the first extension's data */
	/**
	 * Bytes for llext_domain_alloc(), behind the stack, and room for what is noted about them:
	 * LLEXT_DOMAIN_HEAP_WORDS(heap_bytes) words of the firmware's. 0 and NULL: none.
	 */
	size_t heap_bytes;
	uint32_t *heap_map;
	/**
	 * For several extensions, several shared buffers, or a buffer and an extension that joins
	 * with llext_add_domain(): room for more than LLEXT_DOMAIN_OWN_PARTS pieces of memory, up
	 * to CONFIG_LLEXT_DOMAIN_PARTS. Of this domain only. NULL: no more.
	 */
	struct llext_domain_more *more;
	uint32_t ticks; /**< of each call that the library makes itself: initialisers and the like;
			     0: without end. See llext_domain_call(). */
	enum llext_domain_policy policy;
	/**
	 * Asked at each fault what to do about it, instead of @c policy. Runs in the thread that
	 * had called in, privileged, with the domain stopped, after what gates gave out has been
	 * taken back. It may unload what is in the domain, but not reset or end it. May be NULL.
	 */
	enum llext_domain_policy (*on_fault)(struct k_mem_domain *domain,
					     const struct llext_domain_fault *fault,
					     void *user_data);
	/**
	 * The loader that has @p ext's file, for llext_domain_reset(), which reads data anew. NULL:
	 * a domain cannot be restarted.
	 */
	struct llext_loader *(*source)(const struct llext *ext, void *user_data);
	void *user_data;
	struct llext_domain_fault *fault; /**< room for the last fault's record, or NULL */
};

/** Something that a gate gave to a domain, to be taken back. See llext_resource_add(). */
struct llext_resource {
	/** Take it back. It is no longer in any list then. Runs in a thread, privileged. Calls into
	 * the domain are refused, and so are its reset and its end. */
	void (*release)(struct llext_resource *resource);
	/** @cond private */
	struct llext_resource *next;
	struct k_mem_domain *domain;
	/** @endcond */
};

/** @cond private */
/* Words that a port keeps with each domain. */
#if defined(__x86_64__)
#define LLEXT_DOMAIN_PORT_WORDS 4
#elif defined(__riscv)
#define LLEXT_DOMAIN_PORT_WORDS 2
#else
#define LLEXT_DOMAIN_PORT_WORDS 0
#endif

/* Code in a domain finds llext_domain_thread_pointer(). Otherwise extensions with thread-local
 * variables are refused. */
#ifdef __x86_64__
#define LLEXT_DOMAIN_HAS_TLS 0
#else
#define LLEXT_DOMAIN_HAS_TLS 1
#endif

/* What an outermost call needs, ready beforehand. */
struct llext_domain_way {
	uintptr_t stack;       /* the piece with the stack at its start */
	uintptr_t stack_limit; /* see llext_domain_stack_bytes() */
	uintptr_t slots[2];    /* for the port: where they are, how many */
	uintptr_t sp;
};
/** @endcond */

struct llext_domain_level;

/** A memory domain; LLEXT's name. Zero it, or let it be static, before llext_domain_init(). */
struct k_mem_domain {
	/** @cond private */
	struct llext_domain_way way; /* first, for the port */
	int32_t stopped;             /* 0, or the negative errno that calls into it give */
	uint8_t part_count;
	uint8_t extensions : 7; /* each has a part at least */
	bool own_stack : 1;     /* the stack is a part of its own, before no extension's data */
	uint8_t endings;        /* calls that have ended badly, which are being dealt with */
	bool expired; /* its ticks were used up, and nothing has been done about that yet */
	struct llext_domain_level *level; /* innermost call into it; NULL: none */
	const struct llext_domain_config *config;
	struct llext *stack_owner;
	struct llext_arena arena;
	/* The first part is the text of the extension with the stack. How many bytes of it
	 * functions lie in that are simple to call; 0: none is. */
	uintptr_t text_bytes;
	struct llext_domain_part parts[LLEXT_DOMAIN_OWN_PARTS]; /* see llext_domain_part() */
#if LLEXT_DOMAIN_PORT_WORDS > 0
	uintptr_t port[LLEXT_DOMAIN_PORT_WORDS];
#endif
	/** @endcond */
};

/**
 * Make an empty domain. @p config must stay. Memory that has never been a domain is zeroed before.
 * @return 0; -EINVAL where something is NULL, the memory is too small for anything or for the
 * stack, or there are bytes of a heap without a map, or no whole pieces; -EBUSY where it could not
 * end now, see llext_domain_fini(); -EINVAL, too, where the unit cannot fence in exactly the text
 * that all domains may execute (the linker script aligns it), or on Cortex-M there is none, since
 * the linker script lacks .llext_user; -ENOTSUP where the part has no unit
 * that could guard it.
 */
int llext_domain_init(struct k_mem_domain *domain, const struct llext_domain_config *config);

/**
 * End a domain. A load, plan or unload of another thread is waited for.
 * @return 0; -EBUSY while an extension is loaded in it, a call goes on, or what a call has done
 * wrong is dealt with (on_fault, a restart), and from within a load, plan or unload; -EINVAL where
 * it was not initialised.
 */
int llext_domain_fini(struct k_mem_domain *domain);

/**
 * Put a domain back to where it was before its first llext_bringup(): what gates gave out is taken
 * back, data and zeroed data of all its extensions are as the file has them, and calls go in again.
 * What the loaders give is checked as at the load. A load, plan or unload of another thread is
 * waited for.
 * @return 0; -EBUSY while a call goes on, or what a call has done wrong is dealt with (on_fault, a
 * restart), and from within a load, plan or unload, when nothing has been done; -ENOTSUP where
 * config->source is NULL; -EBADMSG where a file is not the one that was loaded; otherwise the error
 * of the load. The domain stays stopped where it is not 0.
 */
int llext_domain_reset(struct k_mem_domain *domain);

/** Floating-point arguments, as they lie in registers. On Arm @c f is s0 to s15, @c d d0 to d7. */
union llext_domain_fp {
	double d[8];
	float f[16];
};

/** Arguments of a domain call. */
struct llext_domain_args {
	/**
	 * Integers and pointers in the order of the parameters, a word each; in a 32-bit build a
	 * number of 64 bits takes two, of which on Arm the first has an even index.
	 */
	uintptr_t word[LLEXT_GATE_WORDS];
	const union llext_domain_fp *fp; /**< arguments in such registers; NULL: none */
};

/** What came back. What the function does not return is undefined, and so is all where the call has
 * failed. */
struct llext_domain_result {
	uintptr_t word[2];
	union {
		double d;
		float f;
		uint64_t bits;
	} fp; /**< where the function returns a floating-point number in such a register */
};

/**
 * Call a function of a sandboxed extension. It runs unprivileged, on the domain's stack; interrupts
 * and other threads go on meanwhile.
 * @param fn      its address, as llext_find_sym() or the extension itself gave it
 * @param args    its arguments; NULL: none. What pointers point to must be the domain's:
 *                llext_domain_share()
 * @param result  NULL: nobody wants it
 * @param ticks   calls of llext_domain_tick() until the call is given up; 0: never
 * @return 0; -EFAULT where it faulted, now or before; -ETIMEDOUT where its ticks, or those of a
 * call around this one, were used up, now or before; -EINVAL where @p fn lies in no extension of
 * the domain; -EBUSY where another thread runs in the domain; -EPERM in an interrupt or with
 * interrupts masked; -ENOMEM where the domain's stack has no room; -ELOOP beyond
 * LLEXT_DOMAIN_DEPTH.
 */
int llext_domain_call(struct k_mem_domain *domain, const void *fn,
		      const struct llext_domain_args *args, struct llext_domain_result *result,
		      uint32_t ticks);

/** Budgets: to be called from the firmware's periodic interrupt. Only there. */
void llext_domain_tick(void);

/**
 * What the last fault of the domain was. NULL: none so far, or config->fault is NULL. Valid until
 * the next one.
 */
const struct llext_domain_fault *llext_domain_fault(const struct k_mem_domain *domain);

/** One line about a fault, like llext_diag_format(). */
size_t llext_domain_fault_format(const struct llext_domain_fault *fault, char *buf, size_t size);

/**
 * Let a domain use memory of the firmware, for instance a buffer that samples go through.
 * LLEXT_ACCESS_RW or LLEXT_ACCESS_RO. On Armv8-M the firmware, too, can only read what the domain
 * that runs, or has run last, may only read. Never share memory of another domain, whose stack may
 * lie there: an RTOS keeps registers of its thread on it. What the unit cannot fence off exactly is
 * refused, and so is what overlaps memory that the domain has, a piece of an extension that has
 * joined it, too. Again for the same start: replaces it, or with @p bytes 0 takes it back. A gate
 * may call this for its own domain. A load or unload of another thread is waited for. Variables in
 * it that the firmware exports can be imported by extensions that are loaded for the domain from
 * then on.
 * @return 0; -EINVAL; -EBUSY while a call goes on in the domain, and in its gates where the port
 * cannot do that; -ENOSPC where the domain or the unit has no more room for a piece.
 */
int llext_domain_share(struct k_mem_domain *domain, void *mem, size_t bytes,
		       enum llext_access access);

/**
 * May the domain that called this gate read (LLEXT_ACCESS_RO) or write (LLEXT_ACCESS_RW) this
 * memory? For gates that look into what a pointer points to. True where a trusted extension has
 * called. Any thread; not from an interrupt.
 */
bool llext_user_range(const void *mem, size_t bytes, enum llext_access access);

/** Likewise for a string, with its NUL, of at most @p max bytes. */
bool llext_user_string(const char *string, size_t max);

/** The domain whose gate runs in this thread; NULL: a trusted extension or the firmware called. */
struct k_mem_domain *llext_domain_current(void);

/** The domain of an extension; NULL: it is trusted. */
struct k_mem_domain *llext_domain_of(const struct llext *ext);

/**
 * In a gate: @p resource->release is to be called when the domain that called faults, is reset, or
 * loses its last extension: the last one added first. Where a trusted extension called, nothing is
 * done. The caller owns @p resource, and takes it off with llext_resource_remove() when the
 * extension gives it back itself. Added again, it counts once, for who called last.
 */
void llext_resource_add(struct llext_resource *resource);
void llext_resource_remove(struct llext_resource *resource);

/**
 * In a gate: memory of the heap of the domain that called, aligned to LLEXT_DOMAIN_HEAP_UNIT; it
 * can read and write it. Not zeroed. Time grows with the size of the heap.
 * @return NULL where the heap has no free piece of this size, which is how it is limited, where the
 * domain has none, and where a trusted extension has called.
 */
void *llext_domain_alloc(size_t bytes);

/**
 * In a gate: give it back. All is given back by llext_domain_reset(), too.
 * @return 0; -EINVAL where it is no allocation of that domain's.
 */
int llext_domain_free(void *mem);

/**
 * EXPORT_DOMAIN_HEAP(allocate, release): export a firmware's functions void *allocate(size_t) and
 * void release(void *) to trusted extensions. A sandboxed one that calls them gets memory of its
 * domain's heap instead: llext_domain_alloc(), llext_domain_free(). Only in C.
 */
#if LLEXT_ON(CONFIG_USERSPACE)
#define EXPORT_DOMAIN_HEAP(allocate, release)                                                      \
	EXPORT_SYMBOL(allocate);                                                                   \
	EXPORT_SYMBOL(release);                                                                    \
	LLEXT_GATE_RECORD_(allocate) = {                                                           \
		.name = #allocate,                                                                 \
		.function = (const void *)&llext_domain_alloc,                                     \
		.checks = llext_gate_checks_none,                                                  \
		.words = 1,                                                                        \
		LLEXT_GATE_KIND_(LLEXT_GATE_PLAIN | 1, LLEXT_NARROW_NONE)};                        \
	LLEXT_GATE_RECORD_(release) = {.name = #release,                                           \
				       .function = (const void *)&llext_domain_free,               \
				       .checks = llext_gate_checks_none,                           \
				       .words = 1,                                                 \
				       LLEXT_GATE_KIND_(LLEXT_GATE_PLAIN, LLEXT_NARROW_NONE)}
#else
#define EXPORT_DOMAIN_HEAP(allocate, release)                                                      \
	EXPORT_SYMBOL(allocate);                                                                   \
	EXPORT_SYMBOL(release)
#endif

/** @cond private */
extern const struct llext_gate_check llext_gate_checks_none[1];
/** @endcond */

/** One handle. Kept in an array of the firmware's. */
struct llext_handle {
	/** @cond private */
	struct llext_resource resource;
	void *object;
	void (*release)(void *object);
	uint16_t generation;
	uint8_t kind;
	bool used;
	/** @endcond */
};

/** A table of handles. All may be 0 at first but @c handles and @c count. */
struct llext_handle_table {
	struct llext_handle *handles;
	uint16_t count; /**< at most 32767 */
};

/**
 * The table that HANDLE() descriptors look handles up in. Set it once, before the first load for a
 * domain.
 */
void llext_handle_use(struct llext_handle_table *table);

/**
 * In a gate: a handle for an object, to be given to the extension: a positive number that only the
 * domain that called can use, until it is given back. @p release is called with the object when the
 * domain ends before that; NULL: nothing is.
 * @return the handle; -ENOSPC where the table is full; -EINVAL where there is none.
 */
int llext_handle_new(uint8_t kind, void *object, void (*release)(void *object));

/** The object of a handle of this kind that the caller owns; NULL: there is none. */
void *llext_handle_get(int handle, uint8_t kind);

/** The handle is given back, and release not called. @return its object; NULL: there was none. */
void *llext_handle_close(int handle, uint8_t kind);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_DOMAIN_H_ */
