/* SPDX-License-Identifier: Apache-2.0 */
/* What `tenon inspect` finds out about a file, and the two forms in which it says it. */
#ifndef TENON_INSPECT_H_
#define TENON_INSPECT_H_

#include "desk.h"
#include "packed.h"

struct export_entry {
	char *name;
	char *plain;         /* demangled, or NULL */
	const char *section; /* NULL: in none */
	const char *kind;    /* "function", "object", "" */
	uint64_t offset;     /* in the section */
	uint64_t address, size;
};

struct relocation_count {
	uint32_t type;
	size_t count;
	bool supported;
	struct llext_desk_reloc what;
};

struct relocations {
	struct relocation_count *list; /* most frequent first */
	size_t count;
	size_t total;
	size_t elsewhere; /* in sections that are not loaded, debug information mostly */
};

/* What comes of how the file was built: it costs, a load is refused, a call faults. */
enum hint_effect { EFFECT_COST, EFFECT_REFUSED, EFFECT_FAULT };

/* Something about how the file was built, and what to do about it. */
struct hint {
	enum hint_effect effect;
	char *what;
	uint64_t bytes; /* 0: not known */
	const char *of; /* "RAM", "file", "at most" */
	const char *remedy;
};

struct hints {
	struct hint *list;
	size_t count;
};

/* What is particular to a packed file. */
struct packing {
	bool is_packed;
	struct packed_note note;
	size_t bound; /* imports with an ordinal */
	size_t relocation_bytes;
};

struct report {
	const struct file *file;
	struct packing packing;
	struct assumption assumed;
	struct desk desk;
	struct builtins builtins;
	struct imports imports;
	struct llext_plan plan;
	struct protection protection;     /* what the machine has */
	struct llext_plan protected_plan; /* with it, where assumed.with_protection */
	size_t stream_bytes;    /* plan.transient_bytes where the file is read, not in memory */
	bool loads;             /* with all imports there */
	bool low_addresses;     /* only below 2 GiB, where others of its machine are not */
	bool bad_unwind_table;  /* only where that is not loaded */
	struct llext_diag diag; /* why not */
	uint64_t own_first, own_last, own_bytes; /* of an executable: what must be free */
	struct llext *ext;                       /* as loaded at the assumed addresses, or NULL */
	uint64_t entry;                          /* as llext_entry() gives it; 0: none */
	struct address_map map;
	struct export_entry *exports;
	size_t export_count;
	struct relocations relocations;
	struct hints hints;
	char *compiled_for;  /* fit_describe(); NULL: it does not say */
	const char *useless; /* file_useless() */
	char *build_id;
	const char *debug_link;
};

/* Find everything out. False, with a complaint, where no core takes the file. */
bool report_build(struct report *report, const struct file *file, const struct assumption *assumed);
/* Does a loader take it, and is it of use? If not, complain. */
bool report_takes(const struct report *report);
/* Unload the file and give its memory back: what was found out stays. For another report beside it.
 */
void report_unload(struct report *report);
void report_free(struct report *report);

void report_print(const struct report *report, FILE *stream);
void report_print_json(const struct report *report, FILE *stream);

/* map.c: as bars, and as "map" and "protection" of an object. */
void map_print(const struct report *report, FILE *stream);
void map_print_json(const struct report *report, void *root);

/* What a domain takes of one kind of protection unit. */
struct domain_plan {
	const char *unit;
	unsigned int regions, stack; /* of which data_bytes has so many */
	uint64_t code_bytes, data_bytes;
};

#define MOST_DOMAIN_PLANS 2

/* domain_plan.c: for each unit that the machine may have. @return how many; 0: no domain. */
size_t domain_plans(const struct report *report, struct domain_plan *plans);

/* relocations.c, hints.c, hints_code.c */
void relocations_count(struct relocations *relocations, const struct file *file,
		       const struct llext_desk_core *core);
void hints_collect(struct report *report);
void hints_collect_code(struct report *report);
/* Do exceptions pass through its functions, or end there? */
bool file_handles_exceptions(const struct file *file);
/* @what is freed with the hints. */
void hint_add(struct hints *hints, char *what, uint64_t bytes, const char *of, const char *remedy);
/*
 * Those hints that say why a load of @file is refused, or why a call of it faults, as lines
 * "  hint: what; remedy", to be freed; NULL where there are none.
 */
char *hints_why(const struct file *file, enum hint_effect effect);

#endif /* TENON_INSPECT_H_ */
