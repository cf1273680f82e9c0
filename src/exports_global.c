/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file without .exported_sym exports its global symbols of default visibility. Optional, see
 * CONFIG_LLEXT_EXPORT_GLOBALS: without it such a file is refused.
 */
#include "internal.h"
#include "steps.h"
#include "fast/label.h"

#if LLEXT_ON(CONFIG_LLEXT_EXPORT_GLOBALS)

/*
 * A symbol's name may end with its version: NAME@VERSION, or NAME@@VERSION for the default one,
 * which NAME alone means. The symbol is exported without it. @return the length of NAME.
 */
static size_t bare_length_at_once(const struct load *ld, const char *name)
{
	const char *end = find_nul_or_at(name, ld->file.strings.length -
						       (size_t)(name - ld->headers.strings));

	/* An @ at the beginning is part of the name. */
	return *end == '\0' || end > name ? (size_t)(end - name) : llext_bare_length(ld, name);
}

/* Which function finds that: asked once for many names. */
typedef size_t length_of(const struct load *ld, const char *name);

static inline length_of *bare_length(const struct load *ld)
{
	return is_stepped(ld) ? llext_bare_length : bare_length_at_once;
}

/* True if the caller's list has this name. */
static bool is_listed(const struct load *ld, const char *name)
{
	size_t length = bare_length(ld)(ld, name);

	for (size_t i = 0; i < ld->param->export_count; i++) {
		const char *wanted = ld->param->export_names[i];

		step_point(ld, 1);
		if (strcmp(wanted, name) == 0 ||
		    (strncmp(wanted, name, length) == 0 && wanted[length] == '\0'))
			return true;
	}
	return false;
}

/* True if the symbol has a value in the extension: it is no import, and its section is loaded. */
static bool has_value(uint8_t flags)
{
	return !(flags & SYMBOL_IMPORT) && (!(flags & SYMBOL_UNLOADED) || is_own_tls(flags));
}

/* True for a thread-local variable of the file. Without a thread-local section it has none. */
static bool is_thread_local(const struct load *ld, uint8_t flags)
{
	return ld->layout.tls != 0 && is_own_tls(flags);
}

/*
 * Symbols that say the same of themselves, as neighbours mostly do. That of the last one that was
 * looked at is kept, in front of exported[]. At first it is that of the null symbol.
 */
struct kind {
	uint32_t what;    /* st_info, st_other and st_shndx: label.h */
	bool exported;    /* if its value and its name are as they should be */
	bool special;     /* there is something else to ask of each of them */
	bool in_segments; /* namely, whether it lies in one */
	/* Without these bits, its value is this, or at most so many bytes more. */
	elf_addr state_bits, low, bytes;
};
#define LAST_KIND(ld) ((struct kind *)(void *)(ld)->symtab.exported - 1)

/*
 * A symbol must lie inside its section: callers that look it up take its value for an address. No
 * code begins at the end of a section. @flags: those of the first symbol of this kind
 */
static __attribute__((noinline)) void find_kind(const struct load *ld, uint8_t flags,
						struct kind *kind)
{
	const uint32_t shndx = WHAT_SHNDX(kind->what);
	const elf_shdr_t *shdr = &ld->headers.shdrs[shndx];
	const elf_sym_t sym = {.st_info = (uint8_t)kind->what,
			       .st_other = (uint8_t)(kind->what >> 8),
			       .st_shndx = (uint16_t)shndx};

	kind->exported = false;
	if (!is_exportable(&sym) || !has_value(flags) ||
	    /* In an executable, absolute symbols are constants, and symbols of the firmware. */
	    (is_executable(ld) && shndx == SHN_ABS) ||
	    (is_thread_local(ld, flags) && domain_of(ld) != NULL))
		return;
	kind->exported = true;
	kind->in_segments = false;
	kind->state_bits = kind->low = 0;
	kind->bytes = (elf_addr)-1;
	kind->special = ld->headers.strings == NULL || ld->param->exports == LLEXT_EXPORTS_LIST;
	/* Of a symbol in no section, the value is a number, or a common symbol's alignment. */
	if (shndx >= ld->headers.section_count || shndx >= SHN_LORESERVE)
		return;
	if (is_thread_local(ld, flags)) {
		kind->bytes =
			is_linked(ld) ? (elf_addr)llext_tls_bytes(ld) : (elf_addr)shdr->sh_size;
	} else if (ELF_ST_TYPE(sym.st_info) == STT_FUNC) {
		kind->exported = shdr->sh_size != 0;
		kind->bytes = shdr->sh_size - 1;
		kind->state_bits = llext_arch.state_bits;
		if (is_linked(ld))
			kind->low = shdr->sh_addr;
	} else if (is_linked(ld)) { /* linkers put symbols such as _end behind what they name */
		kind->in_segments = kind->special = true;
	} else {
		kind->bytes = shdr->sh_size;
	}
}

static bool is_global_there(const struct load *ld, const struct kind *kind,
			    const struct label *label)
{
	const char *strings = ld->headers.strings;

	if (kind->in_segments && !llext_in_segments(ld, label->value, 0))
		return false;
	return strings == NULL || /* a packed file says that it needs none */
	       (strings[label->name] != '\0' &&
		(ld->param->exports != LLEXT_EXPORTS_LIST || is_listed(ld, strings + label->name)));
}

/* Is this symbol one that a file without .exported_sym exports? */
static inline bool is_global(const struct load *ld, const struct kind *kind,
			     const struct label *label)
{
	if (!kind->exported || (label->value & ~kind->state_bits) - kind->low > kind->bytes ||
	    label->name >= ld->file.strings.length)
		return false;
	return kind->special ? is_global_there(ld, kind, label)
			     : ld->headers.strings[label->name] != '\0';
}

/* ---- the symbols that are exported are noted when they have been scanned ---- */

/* A shared object's exports may be left in the file: then they are noted only if they are not. */
static bool may_be_hashed(const struct load *ld)
{
	return LLEXT_ON(CONFIG_LLEXT_LINKED_HASH) && ld->param->exports == LLEXT_EXPORTS_HASHED &&
	       is_shared_object(ld);
}

static int open_notes(struct load *ld)
{
	/* Local symbols come first: their number is that of the section header (gABI). */
	uint32_t first = ld->headers.shdrs[ld->headers.symtab].sh_info, count = ld->symbols.count;
	struct kind *kind;
	size_t bytes;

	if (first >= count)
		return 0;
	bytes = sizeof(*kind) + (count - first) * sizeof(*ld->symtab.exported);
	kind = llext_transient(ld, bytes, sizeof(elf_addr));
	if (kind == NULL)
		return -ENOMEM;
	ld->symtab.exported = (uint32_t *)(void *)(kind + 1);
	ld->symtab.global_first = first;
	step_clear_words(ld, kind, bytes);
	return 0;
}

int llext_globals_open(struct load *ld)
{
	if (ld->layout.exports != 0 || ld->param->exports == LLEXT_EXPORTS_NONE ||
	    may_be_hashed(ld) || is_refill(ld))
		return 0;
	return open_notes(ld);
}

void llext_globals_note(struct load *ld, uint32_t index, const elf_sym_t *sym, uint32_t count)
{
	uint32_t first = ld->symtab.global_first, i = index < first ? first - index : 0;
	struct kind *kind = LAST_KIND(ld);
	size_t found = 0;

	for (; i < count; i++) {
		struct label label; /* each field is read once: the source might change */

		read_label(&sym[i], &label);
		if (label.what != kind->what) {
			kind->what = label.what;
			find_kind(ld, symbol_flags(ld, index + i), kind);
		}
		if (is_global(ld, kind, &label)) {
			ld->symtab.exported[index + i - first] = 1 + label.name;
			found++;
		}
	}
	ld->layout.global_count += found;
	step_point(ld, 2 * found);
}

/* Note them later: the symbols are read again. */
static int note_all(struct load *ld)
{
	struct stream stream;
	elf_sym_t sym;
	int rc = open_notes(ld);

	if (rc != 0 || ld->symtab.exported == NULL)
		return rc;
	rc = llext_stream_open(&stream, ld, &ld->headers.shdrs[ld->headers.symtab]);
	for (uint32_t i = 0; rc == 0 && i < ld->symbols.count; i++) {
		rc = llext_stream_symbol(&stream, &sym);
		if (rc == 0)
			llext_globals_note(ld, i, &sym, 1);
	}
	return rc;
}

/* ---- the table ---- */

/* A thread-local variable's name gets a suffix in the table, so that it is no other symbol's. */
static __attribute__((noinline)) size_t suffix_bytes(const struct load *ld, uint32_t index)
{
	return is_own_tls(symbol_flags(ld, index)) ? sizeof(LLEXT_TLS_SUFFIX) - 1 : 0;
}

/* Do something for the global symbols from @from up to @end. */
typedef int some_globals(struct load *ld, void *what, uint32_t from, uint32_t end);

/* Do it for all of them, in shares that a step may take. */
static int in_shares(struct load *ld, some_globals *some, void *what)
{
	uint32_t count = ld->symbols.count - ld->symtab.global_first;
	int rc = 0;

	for (uint32_t i = 0, end; i < count && rc == 0; i = end) {
		end = i + (uint32_t)step_share(ld, count - i, 1);
		rc = some(ld, what, i, end);
		step_point(ld, end - i);
	}
	return rc;
}

/* What names of exports take: in the file from the first to behind the last, and copied. */
struct extent {
	size_t first, end, bytes;
};

static inline int measure_one(struct load *ld, uint32_t global, struct extent *extent,
			      length_of *bare)
{
	size_t at = ld->symtab.exported[global], length;
	const char *name;
	int rc;

	if (at == 0)
		return 0;
	at--;
	name = ld->headers.strings + at;
	length = bare(ld, name);
	if (name[length] != '\0') {
		ld->layout.versions = true;
		length += step_length(ld, name + length);
	}
	rc = charge_name(ld, at, length);
	if (rc != 0)
		return rc;
	extent->bytes += length + 1;
	if (ld->layout.tls != 0)
		extent->bytes += suffix_bytes(ld, ld->symtab.global_first + global);
	if (at < extent->first)
		extent->first = at;
	if (at + length >= extent->end)
		extent->end = at + length + 1;
	return 0;
}

static int measure_some(struct load *ld, void *extent, uint32_t from, uint32_t end)
{
	length_of *bare = bare_length(ld);
	int rc = 0;

	for (uint32_t i = from; i < end && rc == 0; i++)
		rc = measure_one(ld, i, extent, bare);
	return rc;
}

static int measure(struct load *ld)
{
	struct extent extent = {SIZE_MAX, 0, 0};
	size_t bytes;
	int rc;

	if (ld->headers.strings == NULL) /* a packed file says that it needs none */
		return llext_fail(ld, -ENOEXEC, "export without a name");
	rc = in_shares(ld, measure_some, &extent);
	if (rc != 0)
		return rc;
	/* Often they stand side by side, or even share their ends. Words are copied faster. */
	bytes = extent.end - extent.first;
	if (!ld->layout.versions && ld->layout.tls == 0 && bytes <= extent.bytes) {
		ld->layout.global_names = extent.first - extent.first % sizeof(uint32_t);
		ld->layout.global_names_together = true;
		extent.bytes = extent.end - ld->layout.global_names;
	}
	ld->layout.global_name_bytes = extent.bytes + READ_BEHIND_NAME;
	return 0;
}

int llext_globals_measure(struct load *ld)
{
	int rc = 0;

	if (may_be_hashed(ld) && ld->symtab.exported == NULL)
		rc = note_all(ld);
	/* For a packed file this is called twice. */
	if (rc == 0 && ld->layout.global_count > 0 && ld->layout.global_name_bytes == 0)
		rc = measure(ld);
	return rc;
}

/* How far the table and its names are filled. */
struct filling {
	struct llext_symbol *next, *end;
	char *names;
	size_t name_bytes; /* left */
	bool others;       /* the names are those with a version other than the default one */
};

/* Copy a name up to NUL or @, but not more than @room bytes. @return how many. */
static inline size_t copy_up(char *to, const char *name, size_t room)
{
	size_t length = 0;

	while (!ALIGNED_WORDS_ONLY && room - length >= sizeof(uint32_t)) {
		uint32_t word = read_four(name + length), ends = nuls_and_ats(word);

		memcpy(to + length, &word, sizeof(word)); /* if too much, there is room */
		if (ends != 0)
			return length + (size_t)__builtin_ctz(ends) / 8;
		length += sizeof(word);
	}
	for (; length < room && name[length] != '\0' && name[length] != '@'; length++)
		to[length] = name[length];
	return length;
}

/*
 * Copy a name without its version to @to, which has room for @room bytes. @return its length, or
 * @room.
 */
static size_t copy_bare(const struct load *ld, char *to, const char *name, size_t room)
{
	size_t left = ld->file.strings.length - (size_t)(name - ld->headers.strings) - 1;
	size_t length;

	room = room < left ? room : left; /* the last byte is NUL */
	if (!is_stepped(ld) && name[0] != '@')
		return copy_up(to, name, room);
	length = llext_bare_length(ld, name);
	length = length < room ? length : room;
	step_copy(ld, to, name, length);
	return length;
}

/* Copy a name, with its suffix, if it is one of those. *@bytes is what the name takes, or 0. */
static int put_name(struct load *ld, const struct filling *filling, uint32_t index,
		    const char *name, size_t *bytes)
{
	char *to = filling->names;
	size_t room = filling->name_bytes, length = copy_bare(ld, to, name, room), suffix = 0;
	/* What begins with @ has no version, and may have been cut short by the room. */
	bool other_version = name[0] != '@' && name[length] == '@' && name[length + 1] != '@';

	*bytes = 0;
	if (other_version)
		ld->layout.other_versions = true;
	if (other_version != filling->others)
		return 0;
	if (ld->layout.tls != 0)
		suffix = suffix_bytes(ld, index);
	if (room - length <= suffix || filling->next == filling->end)
		return llext_fail_changed(ld);
	if (suffix > 0)
		memcpy(to + length, LLEXT_TLS_SUFFIX, suffix);
	to[length + suffix] = '\0';
	*bytes = length + suffix + 1;
	return 0;
}

static inline int fill_one(struct load *ld, struct filling *filling, uint32_t global)
{
	uint32_t at = ld->symtab.exported[global], index = ld->symtab.global_first + global;
	char *name = filling->names;
	size_t bytes;
	int rc;

	if (at == 0)
		return 0;
	if (ld->layout.global_names_together) {
		name += at - 1 - ld->layout.global_names;
	} else {
		rc = put_name(ld, filling, index, ld->headers.strings + at - 1, &bytes);
		if (rc != 0 || bytes == 0)
			return rc;
		filling->names += bytes;
		filling->name_bytes -= bytes;
	}
	filling->next->name = name;
	filling->next++->addr = (void *)(uintptr_t)index; /* until everything is placed */
	return 0;
}

static int fill_some(struct load *ld, void *filling, uint32_t from, uint32_t end)
{
	int rc = 0;

	for (uint32_t i = from; i < end && rc == 0; i++)
		rc = fill_one(ld, filling, i);
	return rc;
}

/* Names that stand side by side in the file are copied as one, or read as one. */
static int copy_all(struct load *ld, char *names, size_t bytes)
{
	const char *strings = ld->headers.strings;
	size_t offset = ld->layout.global_names;
	int rc = 0;

	if (strings == NULL) /* dropped */
		rc = llext_source_copy(ld, ld->file.strings.offset + offset, (uint8_t *)names,
				       bytes);
	else if (is_stepped(ld))
		llext_step_copy(ld, names, strings + offset, bytes);
	else
		llext_copy((uint8_t *)names, (const uint8_t *)strings + offset, bytes);
	return rc;
}

int llext_globals_enter(struct load *ld)
{
	size_t count, name_bytes;
	struct filling filling;
	int rc = llext_globals_measure(ld);

	count = ld->layout.global_count;
	name_bytes = ld->layout.global_name_bytes;
	if (rc != 0 || count == 0)
		return rc;
	/* Names are read once more, so that they need not be in memory twice. */
	if (ld->layout.global_names_together && ld->ldr->seek != NULL)
		llext_strings_drop(ld);
	filling.next =
		name_bytes <= SIZE_MAX / 2 ? llext_exports_allocate(ld, count, name_bytes) : NULL;
	if (filling.next == NULL)
		return -ENOMEM;
	filling.end = filling.next + count;
	filling.names = (char *)filling.end;
	filling.name_bytes = name_bytes - READ_BEHIND_NAME;
	filling.others = false;
	if (ld->layout.global_names_together)
		rc = copy_all(ld, filling.names, filling.name_bytes);
	/* The last NUL, too: the source might have changed. */
	memset(filling.names + filling.name_bytes - 1, 0, READ_BEHIND_NAME + 1);
	if (rc == 0)
		rc = in_shares(ld, fill_some, &filling);
	/* Versions other than the default one come last: see llext_exports_build(). */
	filling.others = true;
	if (rc == 0 && ld->layout.other_versions)
		rc = in_shares(ld, fill_some, &filling);
	if (rc == 0 && filling.next != filling.end)
		rc = llext_fail_changed(ld);
	llext_strings_drop(ld);
	llext_transient_free(ld, LAST_KIND(ld));
	return rc;
}

int llext_exports_from_symbols(struct load *ld)
{
	struct llext_symbol *table;
	size_t count;
	int rc = ld->ext->priv->export_table == NULL ? llext_globals_enter(ld) : 0;

	table = ld->ext->priv->export_table;
	if (rc != 0 || table == NULL)
		return rc;
	count = ld->layout.global_count;
	for (size_t i = 0, some; i < count; i += some) {
		some = step_share(ld, count - i, 1);
		for (struct llext_symbol *next = table + i; next < table + i + some; next++)
			next->addr = (void *)(uintptr_t)symbol_value(
				ld, (uint32_t)(uintptr_t)next->addr);
		step_point(ld, some);
	}
	ld->ext->exp_tab = (struct llext_symtable){count, table};
	return 0;
}

#endif /* CONFIG_LLEXT_EXPORT_GLOBALS */
