/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What extensions export. Names are looked up in a checked and sorted copy of the extension's
 * .exported_sym, which is not read again. The names themselves are not copied, so they must lie in
 * memory that the extension cannot write.
 */
#include "internal.h"
#include "steps.h"

/* Of struct llext_symbol on the device. */
#define SYMBOL_BYTES (2 * POINTER_BYTES)

static int fail_export(const struct load *ld, size_t index, const char *what)
{
	int rc = llext_fail(ld, -ENOEXEC, what);

	(void)what;
	if (ld->layout.exports != 0)
		llext_diag_section(ld, ld->layout.exports);
	return llext_diag_offset(rc, index * sizeof(struct export_record));
}

/* Allocate a table, with @name_bytes bytes of names behind it. */
static struct llext_symbol *allocate(struct load *ld, size_t count, size_t name_bytes)
{
	size_t bytes = count * SYMBOL_BYTES + name_bytes;
	struct llext_symbol *table = llext_table_alloc(bytes, count * sizeof(*table) + name_bytes);

	ld->ext->priv->export_table = table;
	ld->ext->alloc_size += bytes;
	if (table == NULL) {
		(void)llext_fail(ld, -ENOMEM, "the data heap has no room for the export table");
		llext_diag_values((int64_t)bytes, 0);
	}
	return table;
}

#if LLEXT_ON(CONFIG_LLEXT_EXPORT_GLOBALS)
struct llext_symbol *llext_exports_allocate(struct load *ld, size_t count, size_t name_bytes)
{
	return allocate(ld, count, name_bytes);
}
#endif

/* ---- the order of names ---- */

/*
 * As strcmp(), of names behind which READ_BEHIND_NAME bytes may be read. In a build without fast
 * loops nobody has looked whether they may.
 */
static int compare_by_words(const char *a, const char *b)
{
	uint32_t x, y, ends, mask;

	if (ALIGNED_WORDS_ONLY || !LLEXT_ON(CONFIG_LLEXT_QUICK))
		return strcmp(a, b);
	do {
		x = read_four(a);
		y = read_four(b);
		ends = zero_bytes(x);
		a += sizeof(x);
		b += sizeof(y);
	} while (x == y && ends == 0);
	mask = up_to_nul(ends); /* and the lowest byte is the first one */
	x = __builtin_bswap32(x & mask);
	y = __builtin_bswap32(y & mask);
	return x == y ? 0 : x > y ? 1 : -1;
}

/* So large that names are in no order, whatever follows: two are equal. */
#define IN_NO_ORDER (SIZE_MAX / 2)

/* Add a name, which is above the last one, equal, or below, as strcmp() says. */
static void add_name(struct name_order *order, const char *name, int compared)
{
	order->above = compared != 0 ? order->above + (compared > 0) : IN_NO_ORDER;
	order->last = name;
}

/* Likewise, one behind which @behind bytes may be read, its NUL included. */
static void add_measured(struct name_order *order, const char *name, size_t behind)
{
	add_name(order, name, order->above == 0 ? 1 : strcmp(name, order->last));
	order->by_words = behind > READ_BEHIND_NAME;
	if (behind < order->behind)
		order->behind = behind;
}

/* ---- records of .exported_sym ---- */

/* Slots are written anew when the extension joins a domain, and on Linux when that starts. */
static bool in_slots(const struct load *ld, elf_addr load, size_t length)
{
#if SANDBOX
	const struct llext_private *priv = ld->ext->priv;

	return priv->gates_bytes != 0 &&
	       (load - priv->gates < priv->gates_bytes || priv->gates - load <= length);
#else
	(void)ld, (void)load, (void)length;
	return false;
#endif
}

/*
 * Find the write address of a string, which must lie, NUL included, in the extension's constants.
 */
static int own_string(struct load *ld, struct name_order *order, elf_addr load, size_t index,
		      const char **string)
{
	size_t room, length;
	const char *mem = (const char *)llext_constant_address(ld->ext, load, &room);
	const char *end = mem != NULL ? step_find(ld, mem, '\0', room) : NULL;

	/* Names are read byte by byte when they are looked up. */
	if (llext_code_by_words(LLEXT_MEM_TEXT) && llext_in_text(ld->ext, load))
		return fail_export(ld, index,
				   "export's name lies in memory that takes whole words only");
	if (end == NULL || in_slots(ld, load, (size_t)(end - mem)))
		return fail_export(ld, index,
				   "export's name does not lie in the extension's constants");
	length = (size_t)(end - mem);
	if (length == 0)
		return fail_export(ld, index, "export without a name");
	if (length >= ld->file.name_budget)
		return fail_export(ld, index, "export names overlap without end");
	ld->file.name_budget -= length;
	/* In a load in steps, names are compared when they are sorted. */
	if (LLEXT_ON(CONFIG_LLEXT_QUICK) && !is_stepped(ld))
		add_measured(order, mem, room - length);
	*string = mem;
	return 0;
}

static bool on_heap(enum llext_heap heap, elf_addr address)
{
	elf_addr low, high;

	llext_heap_range(heap, &low, &high);
	return address - low < high - low;
}

/*
 * True for an address on a heap but in no extension: no author can have meant it. An address
 * outside the heaps may be the firmware's or a device's. The end of an extension counts as inside.
 */
static bool is_astray(const struct load *ld, elf_addr address)
{
	const struct llext *ext;

	if (llext_contains(ld->ext, address) || llext_contains(ld->ext, address - 1) ||
	    !(on_heap(LLEXT_HEAP_DATA, address) || on_heap(LLEXT_HEAP_INSTR, address)))
		return false;
	ext = step_first(ld);
	while (ext != NULL && !llext_contains(ext, address))
		ext = step_next(ld, ext);
	return ext == NULL;
}

#if LLEXT_ON(CONFIG_LLEXT_TLS)
/* The record of a thread-local variable has its name only: EXPORT_TLS_SYMBOL(). */
static int tls_record(struct load *ld, const char *name, elf_addr *addr)
{
	size_t length, suffix = sizeof(LLEXT_TLS_SUFFIX) - 1;

	if (*addr != 0 || ld->layout.tls == 0)
		return 0;
	length = strlen(name);
	if (length <= suffix || strcmp(name + length - suffix, LLEXT_TLS_SUFFIX) != 0)
		return 0;
	return llext_tls_export(ld, name, length - suffix, addr);
}
#endif

static int read_record(struct load *ld, struct name_order *order, const uint8_t *record,
		       size_t index, struct llext_symbol *symbol)
{
	elf_addr name = read_word(record), addr = read_word(record + sizeof(name));
	int rc = own_string(ld, order, name, index, &symbol->name);

	if (rc == 0 && is_astray(ld, addr)) {
		rc = fail_export(ld, index, "exported address lies outside the extension");
		llext_diag_symbol_name(symbol->name);
	}
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (rc == 0)
		rc = tls_record(ld, symbol->name, &addr);
#endif
	symbol->addr = (void *)(uintptr_t)addr;
	return rc;
}

/* Not inlined: its stack is free again when the names are sorted. */
static __attribute__((noinline)) int from_section(struct load *ld, struct name_order *order)
{
	const uint8_t *records = ld->layout.sections[ld->layout.exports].mem;
	size_t bytes = (size_t)ld->headers.shdrs[ld->layout.exports].sh_size;
	size_t count = bytes / sizeof(struct export_record);
	struct llext_symbol *table;
	int rc = 0;

	if (bytes % sizeof(struct export_record) != 0)
		return llext_fail_section(ld, -ENOEXEC, ld->layout.exports,
					  "size is no multiple of a record's");
	if (count == 0)
		return 0;
	table = allocate(ld, count, 0);
	if (table == NULL)
		return -ENOMEM;
	/*
	 * The names lie in loaded sections: in the extension's memory, or in the file. An unknown
	 * length is SIZE_MAX.
	 */
	ld->file.name_budget += ld->ext->alloc_size + (ld->source.length + 1);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (LLEXT_ON(CONFIG_LLEXT_QUICK) && !is_stepped(ld))
			i = llext_exports_common(ld, records, i, count, table, order);
		if (i < count)
			rc = read_record(ld, order, records + i * sizeof(struct export_record), i,
					 &table[i]);
	}
	if (rc == 0)
		ld->ext->exp_tab = (struct llext_symtable){count, table};
	return rc;
}

int llext_exports_measure(struct load *ld, size_t *bytes)
{
	int rc = 0;

	if (llext_hashed_wanted(ld)) {
		*bytes = llext_hashed_bytes();
		return 0;
	}
	*bytes = 0;
	if (ld->layout.exports != 0)
		*bytes = (size_t)ld->headers.shdrs[ld->layout.exports].sh_size /
			 sizeof(struct export_record) * SYMBOL_BYTES;
	else
		rc = llext_globals_measure(ld);
	if (rc == 0)
		*bytes += ld->layout.global_count * SYMBOL_BYTES + ld->layout.global_name_bytes;
	return rc;
}

/* ---- sorting ---- */

static bool symbol_less(const void *a, const void *b, const void *context)
{
	const struct load *ld = context;

	(void)ld; /* where there are no steps */
	return step_compare(ld, ((const struct llext_symbol *)a)->name,
			    ((const struct llext_symbol *)b)->name) < 0;
}

static void reverse(struct llext_symbol *syms, size_t count)
{
	for (size_t i = 0, j = count - 1; i < j; i++, j--) {
		struct llext_symbol symbol = syms[i];

		syms[i] = syms[j];
		syms[j] = symbol;
	}
}

/*
 * Of several versions of one name, keep the one that was entered first: the name without a version,
 * or the default version. Names stand in memory in the order in which they were entered.
 */
static size_t leave_one_version(const struct load *ld, struct llext_symbol *syms, size_t count)
{
	size_t left = 1;

	for (size_t i = 1; i < count; i++) {
		if (step_compare(ld, syms[left - 1].name, syms[i].name) != 0)
			syms[left++] = syms[i];
		else if ((uintptr_t)syms[i].name < (uintptr_t)syms[left - 1].name)
			syms[left - 1] = syms[i];
	}
	return left;
}

/* `tenon pack` sorts records, and compilers may emit those of a sorted source in reverse. */
static bool sort_if_in_order(struct llext_symbol *syms, size_t count,
			     const struct name_order *order)
{
	bool descending = order->above == 1; /* the first one is */

	if (order->above != count && !descending)
		return false;
	if (descending)
		reverse(syms, count);
	return true;
}

/* A load in steps does all of it by comparisons, between which it can be left. */
static int sort(const struct load *ld, struct llext_symtable *table, const struct name_order *order)
{
	struct llext_symbol *syms = table->syms;
	size_t count = table->sym_cnt;
	bool equal = true; /* two names may be equal */

	if (!is_stepped(ld) && sort_if_in_order(syms, count, order))
		return 0;
	if (is_stepped(ld) || !llext_sort_names(syms, count, order->behind, &equal)) {
		llext_sort(ld, syms, count, sizeof(*syms), symbol_less, ld);
		equal = true;
	}
	if (LLEXT_ON(CONFIG_LLEXT_EXPORT_GLOBALS) && equal && ld->layout.other_versions)
		table->sym_cnt = count = leave_one_version(ld, syms, count);
	for (size_t i = 1; equal && i < count; i++) {
		if (step_compare(ld, syms[i - 1].name, syms[i].name) == 0) {
			int rc = fail_export(ld, i, "symbol is exported twice");

			llext_diag_symbol_name(syms[i].name);
			return rc;
		}
	}
	return 0;
}

/* The order of names that have been copied, with room behind them, or were not compared yet. */
static void find_order(const struct llext_symtable *table, struct name_order *order)
{
	for (size_t i = 0; i < table->sym_cnt && (order->above == i || order->above == 1); i++) {
		const char *name = table->syms[i].name;

		add_name(order, name, compare_by_words(name, order->last));
	}
}

int llext_exports_build(struct load *ld)
{
	const uint32_t none = 0; /* read as characters, four at a time */
	struct name_order order = {.last = (const char *)&none,
				   .behind = SIZE_MAX,
				   .bytes_of_names = UNKNOWN,
				   .by_words = true};
	int rc = llext_hashed_build(ld);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	llext_window_close(ld); /* the table may have its place */
	rc = ld->layout.exports != 0 ? from_section(ld, &order) : llext_exports_from_symbols(ld);
	if (rc != 0)
		return rc;
	if (order.above == 0 && !is_stepped(ld))
		find_order(&ld->ext->exp_tab, &order);
	return sort(ld, &ld->ext->exp_tab, &order);
}
