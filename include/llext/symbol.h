/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Symbols that firmware offers to extensions, and that extensions offer to firmware and to each
 * other.
 */
#ifndef LLEXT_SYMBOL_H_
#define LLEXT_SYMBOL_H_

#include <stddef.h>
#include <stdint.h>
#include <llext/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One exported symbol, constant: two words, may live in ROM. */
struct llext_const_symbol {
	const char *name; /**< NUL-terminated */
	const void *addr; /**< load address */
};

/** One symbol in a table built at run time. */
struct llext_symbol {
	const char *name; /**< NUL-terminated */
	void *addr;       /**< load address */
};

/** A table of symbols, sorted by name as strcmp() orders. */
struct llext_symtable {
	size_t sym_cnt;            /**< number of entries */
	struct llext_symbol *syms; /**< the entries */
};

/*
 * In firmware a record goes to a section named after the symbol; the linker sorts the sections by
 * name (SORT_BY_NAME), so the table is in order without any later step. See docs/porting.
 * In an extension the record goes to .exported_sym, which the loader reads.
 */
#define LLEXT_EXPORT_RECORD_(sym, name_str, section_name, id)                                      \
	static const struct llext_const_symbol __attribute__((section(section_name), used))        \
	__llext_sym_##id = {(name_str), (const void *)&(sym)}

#define LL_EXTENSION_SYMBOL_NAMED(sym, name) LLEXT_EXPORT_RECORD_(sym, #name, ".exported_sym", name)

/** In an extension: export @p x under its own name. */
#define LL_EXTENSION_SYMBOL(x) LL_EXTENSION_SYMBOL_NAMED(x, x)

/**
 * Export @p sym under the name @p name: in firmware to extensions, in an extension
 * (LL_EXTENSION_BUILD defined) to whoever loaded it and to other extensions.
 */
#if defined(LL_EXTENSION_BUILD)
#define EXPORT_SYMBOL_NAMED(sym, name) LL_EXTENSION_SYMBOL_NAMED(sym, name)
#elif LLEXT_ON(CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_UNASSIGNED)
#define EXPORT_SYMBOL_NAMED(sym, name) LLEXT_EXPORT_NAMED_(sym, name)
#else
#define EXPORT_SYMBOL_NAMED(sym, name)                                                             \
	LLEXT_GROUP_NOTE_("UNASSIGNED", #name);                                                    \
	struct llext_export_nothing_
#endif
#if defined(LL_EXTENSION_BUILD)
#define LLEXT_EXPORT_NAMED_(sym, name) LL_EXTENSION_SYMBOL_NAMED(sym, name)
#elif LLEXT_ON(CONFIG_LLEXT)
#define LLEXT_EXPORT_NAMED_(sym, name)                                                             \
	LLEXT_EXPORT_RECORD_(sym, #name, ".llext_export." #name, name)
#else
#define LLEXT_EXPORT_NAMED_(sym, name) struct llext_export_nothing_
#endif

/*
 * Which name is in which group, for tools: in the firmware's ELF file only, of which the device
 * gets nothing. So `tenon check` can say that a missing import is in a group that is off.
 */
#if LLEXT_ON(CONFIG_LLEXT) && !defined(LL_EXTENSION_BUILD)
#define LLEXT_GROUP_NOTE_(group, name)                                                             \
	__asm__(".pushsection .llext_groups,\"\"\n.asciz \"" group "\"\n.asciz \"" name            \
		"\"\n.popsection")
#else
#define LLEXT_GROUP_NOTE_(group, name) struct llext_export_nothing_
#endif

/**
 * Export @p x under its own name. An address of 0 counts as no export, for instance that of a weak
 * function that nobody defines, or an absolute symbol that is 0: llext_find_sym() gives NULL, and
 * an import of it is missing.
 */
#define EXPORT_SYMBOL(x) EXPORT_SYMBOL_NAMED(x, x)

/*
 * The address of a thread-local variable is no constant: the firmware's record has a function that
 * gives it, the extension's has none, and the loader finds the variable by its name. The suffix
 * tells such records from those of functions and other variables.
 */
#if defined(LL_EXTENSION_BUILD)
#define EXPORT_TLS_SYMBOL_NAMED(sym, name)                                                         \
	static __typeof__(&(sym)) __attribute__((used)) __llext_tls_address_##name(void)           \
	{                                                                                          \
		return &(sym);                                                                     \
	}                                                                                          \
	static const struct llext_const_symbol __attribute__((section(".exported_sym"), used))     \
	__llext_tls_sym_##name = {#name ".tls", NULL}
#elif LLEXT_ON(CONFIG_LLEXT)
#define EXPORT_TLS_SYMBOL_NAMED(sym, name)                                                         \
	static void *__llext_tls_address_##name(void)                                              \
	{                                                                                          \
		return (void *)&(sym);                                                             \
	}                                                                                          \
	static const struct llext_const_symbol                                                     \
		__attribute__((section(".llext_export." #name ".tls"), used))                      \
		__llext_tls_sym_##name = {#name ".tls", (const void *)&__llext_tls_address_##name}
#else
#define EXPORT_TLS_SYMBOL_NAMED(sym, name) struct llext_export_nothing_
#endif

/**
 * Export the thread-local variable @p x: in firmware to extensions, in an extension to other
 * extensions. In an extension @p x is a variable with external linkage and of this very name.
 */
#define EXPORT_TLS_SYMBOL(x) EXPORT_TLS_SYMBOL_NAMED(x, x)

/**
 * Exports in groups: EXPORT_GROUP_SYMBOL(LIBC, memcpy) exports memcpy only where
 * CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_LIBC is defined as 1.
 */
#define EXPORT_GROUP_SYMBOL(group, x) EXPORT_GROUP_SYMBOL_NAMED(group, x, x)
#define EXPORT_GROUP_SYMBOL_NAMED(group, sym, name)                                                \
	LLEXT_GROUP_NOTE_(#group, #name);                                                          \
	LLEXT_EXPORT_IF_(CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_##group)(sym, name)
#define EXPORT_GROUP_TLS_SYMBOL(group, x)                                                          \
	LLEXT_GROUP_NOTE_(#group, #x ".tls");                                                      \
	LLEXT_EXPORT_TLS_IF_(CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_##group)(x, x)
/* LLEXT_ONE_1 and LLEXT_SECOND_: llext/config.h. */
#define LLEXT_EXPORT_IF_(on)       LLEXT_EXPORT_IF2_(on)
#define LLEXT_EXPORT_IF2_(on)      LLEXT_EXPORT_IF3_(LLEXT_ONE_##on)
#define LLEXT_EXPORT_IF3_(one)     LLEXT_SECOND_(one LLEXT_EXPORT_NAMED_, LLEXT_NOTHING_, 0)
#define LLEXT_EXPORT_TLS_IF_(on)   LLEXT_EXPORT_TLS_IF2_(on)
#define LLEXT_EXPORT_TLS_IF2_(on)  LLEXT_EXPORT_TLS_IF3_(LLEXT_ONE_##on)
#define LLEXT_EXPORT_TLS_IF3_(one) LLEXT_SECOND_(one EXPORT_TLS_SYMBOL_NAMED, LLEXT_NOTHING_, 0)
#define LLEXT_NOTHING_(sym, name)  struct llext_export_nothing_

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_SYMBOL_H_ */
