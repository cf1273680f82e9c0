/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder offer each other. */
#ifndef LLEXT_SANDBOX_H_
#define LLEXT_SANDBOX_H_

#include <llext/domain.h>
#include <llext/domain_port.h>
#include "../internal.h"
#include "../steps.h"

#if SANDBOX

/* The gates of the firmware, sorted by the linker. Weak: there may be none. */
extern const struct llext_gate __llext_gate_start[] __attribute__((weak));
extern const struct llext_gate __llext_gate_end[] __attribute__((weak));

/* Of that name; NULL: there is none. */
const struct llext_gate *llext_sandbox_gate(const char *name);

/* The part that has the byte there, or NULL. */
struct llext_domain_part *llext_domain_part_at(const struct k_mem_domain *domain, uintptr_t at);
/* The extension that has it in its text, or NULL. With a pin, or the guard. */
struct llext *llext_domain_extension_at(const struct k_mem_domain *domain, uintptr_t address);
/* Is it a function of one of the domain's extensions? */
bool llext_domain_has_function(const struct k_mem_domain *domain, uintptr_t function);
/*
 * Set by resource.c, which a firmware has only if it gives something out: take all of it back; is
 * it a handle of this kind that the domain owns?
 */
extern void (*llext_domain_release)(const struct k_mem_domain *domain);
extern bool (*llext_domain_is_handle)(const struct k_mem_domain *domain, int handle, uint8_t kind);
/*
 * As llext_domain_reset(), and what was brought up is so again, for the same users. @return false:
 * that has faulted.
 */
bool llext_domain_restart(struct k_mem_domain *domain);
/* In the load that reads data anew: the piece that is there already. */
int llext_sandbox_piece_again(struct load *ld, enum llext_access access, size_t bytes,
			      struct llext_extent *extent);
/*
 * No tick counts any more for the call that has been stopped, and nobody else has the domain yet:
 * whoever takes it next finds nothing that has not been dealt with, and may unload what the record
 * is about.
 */
void llext_domain_settle(struct k_mem_domain *domain);
/* What needs a look at extensions, in the record of the last fault. In a thread. */
void llext_domain_complete(const struct k_mem_domain *domain);

/* ---- parts, and memory for them ---- */

/*
 * May the domain have this memory, which is not its own, too? @return 0; -EINVAL: it has some of it
 * already, or the unit cannot fence it in.
 */
int llext_domain_check_part(const struct k_mem_domain *domain, uintptr_t start, size_t bytes,
			    enum llext_access access);
/* @return 0; -ENOSPC. */
int llext_domain_add_part(struct k_mem_domain *domain, uintptr_t start, size_t bytes,
			  enum llext_access access, bool shared);
/* Take away the part that starts there, if there is one. */
void llext_domain_remove_part(struct k_mem_domain *domain, uintptr_t start);
/* Of the domain's memory. @return 0; -ENOMEM, and a diagnostic. */
int llext_domain_allocate(struct k_mem_domain *domain, enum llext_access access, size_t bytes,
			  size_t align, struct llext_extent *extent);
void llext_domain_free_piece(struct k_mem_domain *domain, const struct llext_extent *extent,
			     enum llext_access access);
/* The extension's pieces become the domain's parts, and no longer are. It is held meanwhile. */
int llext_domain_enter(struct k_mem_domain *domain, struct llext *ext);
void llext_domain_leave(struct llext *ext);
/* Is it a load of a trusted extension that may join a domain? */
bool llext_sandbox_may_join(const struct load *ld);
/* Its slots, from @mem on, lead to the functions themselves, until it joins. */
int llext_sandbox_fill_later(struct load *ld, uint8_t *mem, uintptr_t at);
/* The code of a slot, for the load address @at, and its gate. */
void llext_sandbox_write(uint8_t *mem, uintptr_t at, const struct llext_gate *gate);
/*
 * No call begins until llext_domain_let_go(): what changes a domain asks for this, since another
 * thread may be about to call. @return false: one goes on, or somebody else holds it.
 */
bool llext_domain_hold(struct k_mem_domain *domain);
void llext_domain_let_go(struct k_mem_domain *domain);
/* What the outermost call of a function of this extension needs, which has the stack. */
void llext_domain_prepare(struct k_mem_domain *domain);
/* The extension that it came with goes. */
void llext_domain_leave_stack(struct k_mem_domain *domain);

/* Is it laid out as the file and this library see fit? */
static inline bool is_plain(const struct load *ld)
{
	return !is_pre_located(ld) && relocates_local(ld) && ld->param->section_detached == NULL;
}

static inline bool has_variables(const struct load *ld)
{
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	return ld->layout.tls != 0 || ld->tls.bytes != 0;
#else
	return ld->layout.tls != 0;
#endif
}

/* Of the domain's stack, rounded up: its heap is behind it. */
static inline size_t llext_sandbox_stack_bytes(const struct llext_domain_config *config)
{
	return aligned(config->stack_bytes, 16);
}

/* Of both, before the data of the extension that has them. */
static inline size_t llext_sandbox_front_bytes(const struct llext_domain_config *config)
{
	return llext_sandbox_stack_bytes(config) + config->heap_bytes;
}

/* Is there a stack, with room for what a call needs? */
static inline bool llext_domain_can_call(const struct k_mem_domain *domain)
{
	return domain->way.sp - domain->way.stack >= llext_domain_port.frame_bytes;
}

/*
 * What runs in this thread is @level again. No tick counts any more for what ran within: whether
 * one has stopped that is looked at afterwards, not before.
 */
static inline void llext_sandbox_back_to(struct llext_domain_level *level)
{
	llext_domain_running = level;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* No call goes in any more; the first reason stays. */
static inline void llext_sandbox_stop(struct k_mem_domain *domain, int rc)
{
	if (domain->stopped == 0)
		domain->stopped = rc;
#ifdef LLEXT_DOMAIN_OWN_CALL
	domain->text_bytes = 0;
#endif
}

/* The piece at whose start the stack is, and the extension that it comes with. */
static inline void llext_domain_set_stack(struct k_mem_domain *domain, struct llext *ext,
					  const struct llext_extent *extent)
{
	domain->way.stack = extent->load;
	domain->way.stack_limit = extent->bytes - LLEXT_DOMAIN_FRAME;
	domain->stack_owner = ext;
}

static inline void release_resources(const struct k_mem_domain *domain)
{
	if (llext_domain_release != NULL)
		llext_domain_release(domain);
}

static inline void forget_heap(const struct llext_domain_config *config)
{
	if (config->heap_map != NULL)
		memset(config->heap_map, 0,
		       LLEXT_DOMAIN_HEAP_WORDS(config->heap_bytes) * sizeof(*config->heap_map));
}

/* Is it in the text that all domains may execute? */
static inline bool is_user_text(uintptr_t address)
{
	return address - (uintptr_t)__llext_user_start <
	       (uintptr_t)__llext_user_end - (uintptr_t)__llext_user_start;
}

static inline bool within(uintptr_t start, size_t bytes, uintptr_t low, size_t room)
{
	return start - low <= room && bytes <= room - (start - low);
}

#endif /* SANDBOX */
#endif /* LLEXT_SANDBOX_H_ */
