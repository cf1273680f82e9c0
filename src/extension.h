/* SPDX-License-Identifier: Apache-2.0 */
/* What an extension keeps after its load: its memory, its sections, its private half. */
#ifndef LLEXT_EXTENSION_H_
#define LLEXT_EXTENSION_H_

#include <stdbool.h>
#include <stdint.h>
#include <llext/llext.h>
#include <llext/port.h>
#if LLEXT_ON(CONFIG_LLEXT_TRUST)
#include <llext/trust.h>
#endif
#include "build.h"

struct k_mem_domain;
struct llext_gate;

/* Memory of an extension that is protected and freed as one. */
struct piece {
	struct llext_extent extent;
	uint8_t access; /* enum llext_access */
	uint8_t heap;   /* enum llext_heap */
	bool owned;     /* allocated from that heap, to be freed */
	bool in_place;  /* the loader's memory, which the port let us use */
	bool claimed;   /* the port's memory, to be released */
	bool guarded;   /* the port has protected it */
	bool in_domain; /* the domain's memory, to be freed there */
	union {
		uint8_t before; /* in place: enum llext_access that it had */
		uint8_t lead;   /* owned: bytes before it that were allocated with it */
	};
};

/* One section, in the order of the section headers. */
struct section {
	elf_addr load;   /* load address */
	uint8_t *mem;    /* write address */
	uint8_t region;  /* enum llext_mem; LLEXT_MEM_COUNT: not loaded */
	uint8_t storage; /* enum section_storage */
	bool relocated;  /* a relocation section applies to it */
	uint8_t labels;  /* labels.c: 1 + the flags of labels in it; 0: symbols.c finds them */
};

enum section_storage {
	SECTION_IN_REGION,      /* part of its region */
	SECTION_DETACHED,       /* a copy of its own */
	SECTION_IN_PLACE,       /* where the loader's peek has it */
	SECTION_IN_PLACE_APART, /* likewise, but outside its region's span */
};

/* The private half of struct llext. */
struct llext_private {
	struct piece *pieces;
	size_t piece_count;
	unsigned int dependents; /* loaded extensions that use this one */
	uint8_t wanted;          /* a bit for each load in progress that uses it */
#if SANDBOX
	bool has_front; /* its data lies behind room for a stack, which its domain may not need */
#endif
	struct llext *before;       /* the next older extension in the list; NULL: none */
	uint32_t name_tag;          /* llext.c: names with different tags differ */
	struct llext *next_in_list; /* llext.c: of those with a like tag, the next older one */
#if SANDBOX
	bool joined;  /* it was trusted at first, and its memory is the heap's */
	bool entered; /* its pieces are among its domain's parts */
	bool in_slot; /* a slot calls its functions; under the lock */
#endif
	bool changing;       /* initialisers or finalisers are running ... */
	const void *changer; /* ... in this thread; NULL: the port cannot tell */
	unsigned int users;  /* callers that have brought it up and not torn it down yet */
#if LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
	uintptr_t init, fini; /* of a shared object: DT_INIT, DT_FINI; 0: none */
#endif
	const void *unwind;
	size_t unwind_bytes;
	void *export_table; /* heap memory behind exp_tab */
#if SANDBOX
	struct k_mem_domain *domain; /* NULL: trusted */
	elf_addr gates;              /* slots, in the text */
	size_t gates_bytes;
	/* Trusted: the slots' gates, on the data heap, until it joins a domain; NULL: it cannot. */
	const struct llext_gate **gates_later;
#endif
	void *dependency_table;
	elf_addr entry; /* 0: none */
	struct exit_function *exit_functions;
#if LLEXT_ON(CONFIG_LLEXT_TRUST)
	struct llext_claims claims; /* admit.c; without a key: there are none */
#endif
#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
	struct llext_debug_extension *debug_record; /* debugger.c */
#endif
	/* kept for inspect.h */
	elf_shdr_t *shdrs; /* one block of the data heap; the others point into it */
	elf_shdr_t *region_headers;
	struct section *sections;
	char *names;
	size_t kept_bytes;
	uint32_t section_count;
};

/* The domain that an extension is in; NULL: it is trusted. */
static inline struct k_mem_domain *extension_domain(const struct llext *ext)
{
#if SANDBOX
	return ext->priv->domain;
#else
	(void)ext;
	return NULL;
#endif
}

static inline size_t piece_count(const struct llext_private *priv)
{
	return ONE_PIECE ? 1 : priv->piece_count;
}

/* The pieces follow the private structure in memory. */
static inline struct piece *pieces_of(const struct llext_private *priv)
{
	return ONE_PIECE ? (struct piece *)(uintptr_t)(priv + 1) : priv->pieces;
}

static inline bool is_in_region(const struct section *section)
{
	return !LLEXT_ON(CONFIG_LLEXT_IN_PLACE) || section->storage == SECTION_IN_REGION;
}

static inline bool is_in_place(const struct section *section)
{
	return LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && section->storage >= SECTION_IN_PLACE;
}

#endif /* LLEXT_EXTENSION_H_ */
