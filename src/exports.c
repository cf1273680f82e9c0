/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What extensions export. Names are looked up in a checked and sorted copy of the extension's
 * .exported_sym, which is not read again. The names themselves are not copied, so they must lie in
 * memory that the extension cannot write.
 */
#include "internal.h"
#include "steps.h"

/* A record of .exported_sym: struct llext_const_symbol as the target's compiler lays it out. */
struct record {
	elf_addr name;
	elf_addr addr;
};

/* Of struct llext_symbol on the device. */
#define SYMBOL_BYTES (2 * POINTER_BYTES)

static int fail_export(const struct load *ld, size_t index, const char *what)
{
	int rc = llext_fail(ld, -ENOEXEC, what);

	(void)what;
	if (ld->layout.exports != 0)
		llext_diag_section(ld, ld->layout.exports);
	llext_diag_offset(index * sizeof(struct record));
	(void)index;
	return rc;
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

/* Whether the names so far are in order, and the last of them. */
struct order {
	const char *last; /* NULL: there was none */
	size_t length;
	size_t behind; /* bytes that may be read behind any of them, its NUL included */
	bool ascending, descending; /* strictly: no name is there twice */
};

/* Add a name, of which the first @same characters are those of the last one. */
static void add_name(struct order *order, const char *name, size_t length, size_t same)
{
	if (order->last != NULL) {
		unsigned char before = (unsigned char)order->last[same];

		if ((unsigned char)name[same] <= before)
			order->ascending = false;
		if ((unsigned char)name[same] >= before)
			order->descending = false;
	}
	order->last = name;
	order->length = length;
}

/* ---- records of .exported_sym ---- */

/* A piece of memory in which an address was found: most others are in it, too. */
struct found {
	elf_addr load;
	size_t bytes; /* from that address to the piece's end */
	const uint8_t *mem;
};

/* What is known while the records are read. */
struct reading {
	struct found constants, memory;
	struct order *order;
};

/* The write address of @load if that lies in the piece; NULL: it does not. */
static inline const uint8_t *look_in(const struct found *found, elf_addr load, size_t *room)
{
	size_t offset = (size_t)(elf_addr)(load - found->load);

	if (offset >= found->bytes)
		return NULL;
	*room = found->bytes - offset;
	return found->mem + offset;
}

/* llext_constant_address(), but of addresses in one piece it looks for the first only. */
static const char *constant_at(const struct load *ld, struct found *found, elf_addr load,
			       size_t *room)
{
	const uint8_t *mem = LLEXT_ON(CONFIG_LLEXT_QUICK) ? look_in(found, load, room) : NULL;

	if (mem == NULL) {
		mem = llext_constant_address(ld->ext, load, room);
		/* Pieces of a linked file may lie in each other. */
		if (LLEXT_ON(CONFIG_LLEXT_QUICK) && mem != NULL && !is_linked(ld))
			*found = (struct found){load, *room, mem};
	}
	return (const char *)mem;
}

/* llext_contains(), likewise */
static bool contains(const struct load *ld, struct found *found, elf_addr address)
{
	size_t room;

	if (!LLEXT_ON(CONFIG_LLEXT_QUICK))
		return llext_contains(ld->ext, address);
	if (look_in(found, address, &room) == NULL) {
		found->load = address;
		found->mem = llext_write_address(ld->ext, address, &found->bytes);
		if (found->mem == NULL)
			found->bytes = 0;
	}
	return found->bytes != 0;
}

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
static int own_string(struct load *ld, struct reading *reading, elf_addr load, size_t index,
		      const char **string)
{
	size_t room, length, same = 0;
	const char *mem = constant_at(ld, &reading->constants, load, &room);
	const char *end = NULL;

	/* Names are read byte by byte when they are looked up. */
	if (llext_code_by_words(LLEXT_MEM_TEXT) && llext_in_text(ld->ext, load))
		return fail_export(ld, index,
				   "export's name lies in memory that takes whole words only");
	/* In a load in steps, reading may be left between two characters. */
	if (LLEXT_ON(CONFIG_LLEXT_QUICK) && mem != NULL && reading->order->last != NULL &&
	    !is_stepped(ld))
		same = equal_bytes(reading->order->last, mem,
				   room < reading->order->length ? room : reading->order->length);
	if (mem != NULL)
		end = is_stepped(ld) ? llext_step_find(ld, mem, '\0', room)
				     : find_nul(mem + same, room - same);
	if (end == NULL || in_slots(ld, load, (size_t)(end - mem)))
		return fail_export(ld, index,
				   "export's name does not lie in the extension's constants");
	length = (size_t)(end - mem);
	if (length == 0)
		return fail_export(ld, index, "export without a name");
	if (length >= ld->headers.name_budget)
		return fail_export(ld, index, "export names overlap without end");
	ld->headers.name_budget -= length;
	if (LLEXT_ON(CONFIG_LLEXT_QUICK)) {
		if (room - length < reading->order->behind)
			reading->order->behind = room - length;
		add_name(reading->order, mem, length, same);
	}
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
static bool is_astray(const struct load *ld, struct found *found, elf_addr address)
{
	const struct llext *ext;

	if (contains(ld, found, address) || llext_contains(ld->ext, address - 1) ||
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

	if (*addr != 0 || ld->tls.section == 0)
		return 0;
	length = strlen(name);
	if (length <= suffix || strcmp(name + length - suffix, LLEXT_TLS_SUFFIX) != 0)
		return 0;
	return llext_tls_export(ld, name, length - suffix, addr);
}
#endif

/* Not inlined: its stack is free again when the names are sorted. */
static __attribute__((noinline)) int from_section(struct load *ld, struct order *order)
{
	struct reading reading = {{0, 0, NULL}, {0, 0, NULL}, order};
	const struct section *section = &ld->layout.sections[ld->layout.exports];
	size_t bytes = (size_t)ld->headers.shdrs[ld->layout.exports].sh_size;
	size_t count = bytes / sizeof(struct record);
	struct llext_symbol *table;

	if (bytes % sizeof(struct record) != 0)
		return llext_fail_section(ld, -ENOEXEC, ld->layout.exports,
					  "size is no multiple of a record's");
	if (count == 0)
		return 0;
	table = allocate(ld, count, 0);
	if (table == NULL)
		return -ENOMEM;
	/* The names lie in loaded sections, and may be longer than the symbol table's strings. */
	for (int i = 0; i < LLEXT_MEM_COUNT; i++)
		ld->headers.name_budget += ld->ext->mem_size[i];
	for (size_t i = 0; i < count; i++) {
		const uint8_t *mem = section->mem + i * sizeof(struct record);
		struct record record = {read_word(mem), read_word(mem + sizeof(elf_addr))};
		int rc = own_string(ld, &reading, record.name, i, &table[i].name);

		if (rc == 0 && is_astray(ld, &reading.memory, record.addr)) {
			rc = fail_export(ld, i, "exported address lies outside the extension");
			llext_diag_symbol_name(table[i].name);
		}
		if (rc != 0)
			return rc;
#if LLEXT_ON(CONFIG_LLEXT_TLS)
		rc = tls_record(ld, table[i].name, &record.addr);
		if (rc != 0)
			return rc;
#endif
		table[i].addr = (void *)(uintptr_t)record.addr;
	}
	ld->ext->exp_tab = (struct llext_symtable){count, table};
	return 0;
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
			 sizeof(struct record) * SYMBOL_BYTES;
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
static bool sort_if_in_order(struct llext_symbol *syms, size_t count, const struct order *order)
{
	if (order->descending && !order->ascending)
		reverse(syms, count);
	return order->ascending || order->descending;
}

/* A load in steps does all of it by comparisons, between which it can be left. */
static int sort(const struct load *ld, struct llext_symtable *table, const struct order *order)
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

/*
 * How many characters two names begin with alike. @by_words: behind each, READ_BEHIND_NAME may be
 * read.
 */
static size_t same_start(const char *a, const char *b, bool by_words)
{
	size_t same = 0;

	while (!ALIGNED_WORDS_ONLY && by_words) {
		uint32_t word = read_four(a + same), other = read_four(b + same);
		/* The lowest bit that is not 0 is in the byte that differs, or is the last. */
		uint32_t ends = (word ^ other) | zero_bytes(word);

		if (ends != 0)
			return same + (size_t)__builtin_ctz(ends) / 8;
		same += sizeof(word);
	}
	while (a[same] == b[same] && a[same] != '\0')
		same++;
	return same;
}

/* The order of names that was not found while they were read. */
static void find_order(const struct load *ld, struct order *order)
{
	const struct llext_symtable *table = &ld->ext->exp_tab;
	bool copied = ld->layout.exports == 0; /* with room behind them */

	for (size_t i = 0; i < table->sym_cnt && (order->ascending || order->descending); i++) {
		const char *name = table->syms[i].name;

		add_name(order, name, 0, i > 0 ? same_start(order->last, name, copied) : 0);
	}
}

int llext_exports_build(struct load *ld)
{
	struct order order = {NULL, 0, SIZE_MAX, true, true};
	int rc = llext_hashed_build(ld);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	llext_window_close(ld); /* the table may have its place */
	rc = ld->layout.exports != 0 ? from_section(ld, &order) : llext_exports_from_symbols(ld);
	if (rc != 0)
		return rc;
	if (order.last == NULL && !is_stepped(ld))
		find_order(ld, &order);
	return sort(ld, &ld->ext->exp_tab, &order);
}
