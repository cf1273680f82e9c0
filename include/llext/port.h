/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The port: what the library needs from the environment it runs in. A port defines one constant,
 * `const struct llext_port llext_port`, and may leave fields 0 that it does not need. A port of
 * zeros is right for a single thread on a part without memory protection and caches.
 */
#ifndef LLEXT_PORT_H_
#define LLEXT_PORT_H_

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/config.h>
#include <llext/diag.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What may be done with a piece of memory. Nothing is ever both writable and executable. */
enum llext_access {
	LLEXT_ACCESS_RW, /**< data; also what memory is before and after */
	LLEXT_ACCESS_RO, /**< constants */
	LLEXT_ACCESS_RX, /**< code */
};

/** A piece of memory: the processor sees it at @c load, the library writes it at @c mem. */
struct llext_extent {
	void *mem;
	uintptr_t load;
	size_t bytes;
};

struct llext;
struct llext_claims; /* llext/trust.h */

/** What each thread has set aside for the thread-local variables of extensions. */
struct llext_tls_room {
	intptr_t offset; /**< of its first byte, from the thread pointer; the same in each thread */
	size_t bytes;    /**< its size */
	size_t align;    /**< what the address of the first byte is a multiple of: a power of two */
};

/** Thread-local storage. llext_tls_threads is a ready one: see llext/tls.h. */
struct llext_tls_port {
	/** Say where the room is. Called at each load of a file that has such variables. */
	void (*room)(struct llext_tls_room *room);

	/** The calling thread's thread pointer, as compiled code reads it. */
	void *(*pointer)(void);

	/**
	 * On Arm, the function that compiled code reads the thread pointer by: __aeabi_read_tp,
	 * which changes no other register. NULL: it is an import like any other.
	 */
	void (*read_tp)(void);

	/**
	 * The offset from the thread pointer of a variable that the firmware exports by
	 * EXPORT_TLS_SYMBOL(): @p address is the function that gives its address.
	 */
	intptr_t (*offset)(void *(*address)(void));

	/**
	 * A loaded extension has @p bytes bytes at @p offset from the thread pointer: in each
	 * thread that there is they become the @p image_bytes bytes at @p image, then zeros. The
	 * same must be done for each thread that is started while the extension is loaded, whose
	 * image stays where it is. NULL: nothing is done, as on the desk.
	 */
	void (*start)(intptr_t offset, const void *image, size_t image_bytes, size_t bytes);
};

/** The functions of a port. None may call the library, except llext_code_room(). */
struct llext_port {
	/* ---- memory protection ---- */

	/**
	 * The size in bytes, a power of two, at which protection is given: a page, an MPU's
	 * smallest region. 0: no protection; then protect is not called.
	 */
	size_t granule;

	/**
	 * Round up @p bytes and @p align to those of a protected piece, for instance because
	 * regions must be a power of two in size. NULL: both are rounded up to the granule.
	 */
	void (*fit)(size_t *bytes, size_t *align);

	/**
	 * Give a piece of memory, aligned and sized as fit says, an access. After
	 * LLEXT_ACCESS_RX the processor must see in its instruction stream what was written.
	 *
	 * The change is atomic for everybody else. Other threads and interrupts may run extensions
	 * meanwhile, and at every instruction of theirs all other memory has the access that it
	 * had before: no slot that stays as it is is written, none is off for a moment, nothing
	 * that an extension runs or reads is closed, and nothing that was data is open to
	 * execution. Where a unit needs several writes for that, interrupts are off between the
	 * first and the last of them. A failure changes nothing.
	 * @return 0 or a negative errno, with which the load then fails.
	 */
	int (*protect)(const struct llext_extent *extent, enum llext_access access);

	/**
	 * In bytes, a multiple of the granule: a load in steps (llext/steps.h) gives a piece its
	 * access by calls of protect() for parts of at most this size, one behind the other, and
	 * may be left between two. If one fails, protect() with LLEXT_ACCESS_RW is called for the
	 * whole piece. For page tables, so many pages as take some hundred instructions; elsewhere
	 * whole pieces only are protected, as where one takes a slot of an MPU. 0: always that.
	 */
	size_t protect_part;

	/**
	 * For a protection unit with a limited number of regions (slots): how many slots @p pieces
	 * more protected pieces take at most, and in @p left how many are free. Nothing depends on
	 * the answer: llext_plan() and the diagnostic record of a protect() that failed with
	 * -ENOSPC have it. NULL: there is no such limit.
	 */
	unsigned (*slots)(unsigned pieces, unsigned *left);

	/**
	 * Say whether code may be run in the loader's own memory. Only asked for storage that is
	 * not temporary. protect() is then called for the extent, whatever its alignment, and once
	 * more with the answer when the extension is unloaded.
	 * @param extent  the code
	 * @param base    the first byte of the whole source
	 * @param length  its size, 0 if that is not known
	 * @return the enum llext_access that the memory has now, or a negative errno: no, copy it.
	 * NULL: yes without protection (granule 0), no with it.
	 */
	int (*in_place)(const struct llext_extent *extent, const void *base, size_t length);

	/* ---- memory at a given address ---- */

	/**
	 * Claim extent->bytes bytes at extent->load for an executable, which can lie nowhere else.
	 * The library has checked that no heap of its own and no loaded extension lies there; it
	 * knows of nothing else. Start and size are rounded to the granule. If
	 * the memory is written at another address than it is used at, change extent->mem, which is
	 * extent->load before. The memory may hold anything and must be writable.
	 * @param access    what it will be protected for after it was written
	 * @param occupant  on failure may be set to a word for what lies there, valid until the
	 *                  next call
	 * @return 0, or a negative errno, with which the load then fails: -EBUSY if the range is
	 * taken. NULL: executables are refused, unless the caller has placed them (pre_located).
	 */
	int (*claim)(struct llext_extent *extent, enum llext_access access, const char **occupant);

	/** Release what claim() gave; its access is LLEXT_ACCESS_RW again. NULL: nothing is to
	 * be done. */
	void (*release)(const struct llext_extent *extent);

	/* ---- instruction memory ---- */

	/**
	 * Copy aligned 32-bit words to and from instruction memory that takes no narrower access.
	 * @p to, or @p from, is a write address of code. Both or neither; NULL: it is memory like
	 * any other. Used only where CONFIG_LLEXT_WORD_CODE is 1.
	 */
	void (*write_code)(uint32_t *to, const uint32_t *from, size_t words);
	void (*read_code)(uint32_t *to, const uint32_t *from, size_t words);

	/* ---- caches ---- */

	/**
	 * Code was written at extent->mem and will be run at extent->load: clean the data cache,
	 * invalidate the instruction cache. A load in steps calls it for parts of a piece, of any
	 * size and alignment. NULL: there are none.
	 */
	void (*sync)(const struct llext_extent *extent);

	/* ---- threads ---- */

	/**
	 * The lock: one load, plan or unload at a time. It is held for as long as one takes, while
	 * the source is read and callbacks run, and must be recursive. Both or neither; NULL: one
	 * thread does all of that.
	 */
	void (*lock)(void);
	void (*unlock)(void);

	/**
	 * The guard: a second lock, around what other calls look at meanwhile (the list of
	 * extensions and their use counts, the heaps, exit functions). It is held for some hundred
	 * instructions at most, never while a source is read, a message is printed or a callback
	 * is called, and need not be recursive. llext_by_name(), memory pools, atexit() and its kin
	 * take no other, so a load does not hold them up. A mutex with priority inheritance, or
	 * what holds the scheduler off. Both or neither, and only beside a lock; NULL: the lock
	 * serves for this, too.
	 */
	void (*guard)(void);
	void (*unguard)(void);

	/**
	 * Let other threads run, also those of lower priority: a delay of one tick. It is called
	 * again and again, without the guard, by an unload that waits for a reader of
	 * llext_pin() which it has interrupted, and by a llext_bringup() or llext_teardown() while
	 * another thread runs the same extension's initialisers or finalisers.
	 * @return false: no other thread can run now (the scheduler is held off). Then, and where
	 * it is NULL, the first waits in a loop, which is right where no thread keeps others from
	 * running; the second returns -EBUSY.
	 */
	bool (*relax)(void);

	/**
	 * Something that is different for each thread, and not NULL: a call of llext_bringup() or
	 * llext_teardown() from within the extension's own initialiser is then -EBUSY, where
	 * it would wait for itself. NULL: nobody can tell.
	 */
	const void *(*thread)(void);

	/** This thread's diagnostic record. NULL: one record for all. */
	struct llext_diag *(*diag)(void);

	/**
	 * Thread-local storage. NULL: an extension with thread-local variables is refused. A single
	 * thread needs it, too.
	 */
	const struct llext_tls_port *tls;

	/* ---- messages ---- */

	/** Print one message, without newline at its end. @p level is LLEXT_LOG_*. */
	void (*log)(int level, const char *format, va_list args);

	/* ---- exceptions ---- */

	/**
	 * Make unwind tables known: .eh_frame with a zero word after it, and maybe one before that,
	 * where it ends as well; or .ARM.exidx.
	 * @return 0 or a negative errno, with which the load then fails. NULL: such sections are
	 * not loaded.
	 */
	int (*unwind_add)(struct llext *ext, const void *table, size_t bytes);
	void (*unwind_remove)(struct llext *ext, const void *table, size_t bytes);

	/**
	 * What unwind_add() does, in parts, for a load in steps (llext/steps.h), which may be left
	 * between two: check some of the table's records, from offset *@p at on, which is 0 at
	 * first, and move *@p at behind them. The last part makes the table known.
	 * @return 0: that was the last part; 1: call again; or a negative errno. NULL: unwind_add()
	 * is called in loads in steps, too.
	 */
	int (*unwind_add_part)(struct llext *ext, const void *table, size_t bytes, size_t *at);

#if LLEXT_ON(CONFIG_LLEXT_TRUST)
	/* ---- trust ---- */

	/**
	 * Decide whether a file may be loaded. Called twice in each load, the first time before a
	 * byte is parsed;
	 * both answers count. NULL: yes.
	 * @param claims  what the loader has verified; NULL: nothing
	 * @return 0, or anything else: then the load fails with -EPERM.
	 */
	int (*authorize)(const struct llext_claims *claims);
#endif
};

/** Defined by the port. */
extern const struct llext_port llext_port;

/** Take the guard, or if the port has none, the lock. For parts beside the library's core. */
static inline void llext_port_guard(void)
{
	if (llext_port.guard != NULL)
		llext_port.guard();
	else if (llext_port.lock != NULL)
		llext_port.lock();
}

/** Release what llext_port_guard() has taken. */
static inline void llext_port_unguard(void)
{
	if (llext_port.unguard != NULL)
		llext_port.unguard();
	else if (llext_port.unlock != NULL)
		llext_port.unlock();
}

/**
 * For a port's unwind_add(): from @p address to the end of the piece of the extension's code that
 * it lies in, in bytes; 0 if it lies in none.
 */
size_t llext_code_room(const struct llext *ext, uintptr_t address);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_PORT_H_ */
