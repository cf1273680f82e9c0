/* SPDX-License-Identifier: Apache-2.0 */
/* Exports and imports, among firmware and extensions. */
#include "cases.h"

static void firmware_exports(void)
{
	const void *renamed = llext_find_sym(NULL, "firmware_renamed");
	const struct llext_const_symbol *table;
	size_t count;

	CHECK(llext_find_sym(NULL, "firmware_add") == (const void *)(uintptr_t)firmware_add);
	CHECK(llext_find_sym(NULL, "firmware_variable") == &firmware_variable);
	CHECK(renamed != NULL);
	CHECK_EQ(4711, ((int (*)(void))(uintptr_t)renamed)()); /* the firmware's own */
	CHECK(llext_find_sym(NULL, "private_function") == NULL);
	CHECK(llext_find_sym(NULL, "firmware_group_on") != NULL);
	CHECK(llext_find_sym(NULL, "firmware_group_off") == NULL);
	CHECK(llext_find_sym(NULL, "firmware_ad") == NULL);
	CHECK(llext_find_sym(NULL, "firmware_addd") == NULL);
	CHECK(llext_find_sym(NULL, "") == NULL);
	CHECK(llext_find_sym(NULL, NULL) == NULL);
	table = llext_builtins(&count);
	CHECK(table != NULL && count >= 5);
	for (size_t i = 1; i < count; i++)
		CHECK(strcmp(table[i - 1].name, table[i].name) < 0);
}

static int replaced_add(int a, int b)
{
	return a + b + 1000;
}

static void set_builtins(void)
{
	static int variable, other;
	static const struct llext_const_symbol sorted[] = {
		{"firmware_add", (const void *)&replaced_add},
		{"firmware_variable", &variable},
	};
	static const struct llext_const_symbol unsorted[] = {
		{"b", &variable},
		{"a", &variable},
	};
	static const struct llext_const_symbol ambiguous[] = {
		{"a", &variable},
		{"a", &other},
	};
	static const struct llext_const_symbol twice[] = {
		{"a", &variable},
		{"b", &other},
		{"b", &other},
	};
	struct llext *ext;
	size_t count;

	need_trusted("such a table has no gates");
	variable = 1;
	CHECK_EQ(-EINVAL, llext_set_builtins(unsorted, 2));
	CHECK_EQ(-EINVAL, llext_set_builtins(ambiguous, 2));
	CHECK(llext_find_sym(NULL, "note") != NULL); /* nothing was changed */
	CHECK_EQ(0, llext_set_builtins(sorted, 2));
	CHECK(llext_builtins(&count) == sorted && count == 2);
	CHECK(llext_find_sym(NULL, "note") == NULL);
	ext = load_fixture(FIXTURE(basic), "basic");
	CHECK_EQ(2 + 5 + 1000, call(ext, "basic_imports"));
	unload(ext);
	CHECK_EQ(0, llext_set_builtins(twice, 3)); /* of two lists that export the same */
	CHECK(llext_find_sym(NULL, "a") == &variable);
	CHECK(llext_find_sym(NULL, "b") == &other);
	CHECK_EQ(0, llext_set_builtins(NULL, 0));
	CHECK(llext_find_sym(NULL, "note") != NULL);
}

static void extension_exports(void)
{
	struct llext *ext = load_fixture(FIXTURE(basic), "basic");

	CHECK(llext_find_sym(&ext->exp_tab, "basic_bump") ==
	      llext_find_sym(&ext->exp_tab, "basic_bump_by_another_name"));
	CHECK(llext_find_sym(&ext->exp_tab, "hidden") == NULL);
	CHECK(llext_find_sym(&ext->exp_tab, "firmware_add") == NULL);
	CHECK(llext_find_sym(&ext->exp_tab, NULL) == NULL);
	CHECK(llext_find_sym(NULL, "basic_bump") == NULL);
	CHECK_EQ(3, ((const int *)symbol(ext, "basic_table"))[2]);
	CHECK(*(int **)symbol(ext, "basic_pointer") == symbol(ext, "basic_counter"));
	unload(ext);
}

/* A file without .exported_sym exports its global symbols. */
static void exports_by_symbol_table(void)
{
	struct llext *ext = load_fixture(FIXTURE(constant), "constant");

	CHECK_EQ(3, ext->exp_tab.sym_cnt);
	CHECK_EQ(49, call_with(ext, "constant_square", 7));
	CHECK_EQ(1234, *(const int *)symbol(ext, "constant_value"));
	CHECK_STR("read where it lies", (const char *)symbol(ext, "constant_text"));
	unload(ext);
}

/* Which of them, is the caller's to say; a file that says so itself is asked no more. */
static void exports_that_are_wanted(void)
{
	static const char *const names[] = {"constant_value", "constant_nothing"};
	struct llext_load_param none = LLEXT_LOAD_PARAM_DEFAULT, list = none;
	struct llext_buf_loader loader =
		LLEXT_TEMPORARY_BUF_LOADER(FIXTURE(constant).bytes, FIXTURE(constant).size);
	struct llext_plan all_plan, none_plan;
	struct llext *ext;

	none.exports = LLEXT_EXPORTS_NONE;
	ext = load_with(FIXTURE(constant), "none", &none);
	CHECK_EQ(0, ext->exp_tab.sym_cnt);
	CHECK(llext_find_sym(&ext->exp_tab, "constant_value") == NULL);
	unload(ext);
	list.exports = LLEXT_EXPORTS_LIST;
	list.export_names = names;
	list.export_count = 2;
	ext = load_with(FIXTURE(constant), "list", &list);
	CHECK_EQ(1, ext->exp_tab.sym_cnt);
	CHECK_EQ(1234, *(const int *)symbol(ext, "constant_value"));
	unload(ext);
	ext = load_with(FIXTURE(basic), "basic", &none);
	CHECK(llext_find_sym(&ext->exp_tab, "basic_bump") != NULL);
	unload(ext);
	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &all_plan));
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(FIXTURE(constant).bytes,
								     FIXTURE(constant).size);
	CHECK_EQ(0, llext_plan(&loader.loader, &none, &none_plan));
	CHECK(none_plan.table_bytes + 3 * sizeof(struct llext_symbol) < all_plan.table_bytes);
}

/* ---- the entry point ---- */

/* The value that a file has for a symbol. */
static elf_addr value_of(const uint8_t *bytes, const char *name)
{
	elf_shdr_t *symtab = find_header((uint8_t *)(uintptr_t)bytes, ".symtab");
	elf_shdr_t *strtab = find_header((uint8_t *)(uintptr_t)bytes, ".strtab");

	for (size_t at = 0; at < symtab->sh_size; at += sizeof(elf_sym_t)) {
		elf_sym_t sym;

		memcpy(&sym, bytes + symtab->sh_offset + at, sizeof(sym));
		if (strcmp((const char *)bytes + strtab->sh_offset + sym.st_name, name) == 0)
			return sym.st_value;
	}
	CHECK(!"there is such a symbol");
	return 0;
}

static const void *entry_for(struct fixture fixture, uint8_t *bytes, elf_addr entry, bool expected)
{
	struct llext *ext;
	const void *found;

	((elf_ehdr_t *)(void *)bytes)->e_entry = entry;
	ext = load_fixture(fixture, "entry");
	found = llext_entry(ext);
	if (expected)
		CHECK(found == symbol(ext, "basic_imports"));
	unload(ext);
	return found;
}

static void entry_point(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(basic), &bytes);
	elf_addr value = value_of(bytes, "basic_imports");

	CHECK(entry_for(fixture, bytes, 0, false) == NULL);
	/* A function at the start of .text has an entry point only where a state bit says so. */
	CHECK((entry_for(fixture, bytes, value, value != 0) != NULL) == (value != 0));
	CHECK(entry_for(fixture, bytes, find_header(bytes, ".text")->sh_size, false) == NULL);
	CHECK(entry_for(fixture, bytes, (elf_addr)-2, false) == NULL);
	CHECK(llext_entry(NULL) == NULL);
}

static void exported_twice(void)
{
	refuse(FIXTURE(twice), NULL, -ENOEXEC);
	CHECK_EQ(LLEXT_STAGE_EXPORTS, llext_last_diag()->stage);
	CHECK_STR("twice", llext_last_diag()->symbol);
	CHECK_STR(".exported_sym", llext_last_diag()->section);
}

/* What the firmware exports wins over what an extension exports under the same name. */
static void firmware_first(void)
{
	struct llext *shadow = load_fixture(FIXTURE(shadow), "shadow");
	struct llext *basic = load_fixture(FIXTURE(basic), "basic");
	const void *add = symbol(shadow, "firmware_add");

	CHECK_EQ(101 + 5, call(basic, "basic_imports"));
	CHECK_EQ(12, (int)conformance_call(add, 3, 4));
	CHECK(basic->dependency[0] == NULL);
	unload(shadow);
	unload(basic);
}

/* Among extensions, the one that was loaded first. */
static void oldest_first(void)
{
	struct llext *old, *new, *user;

	need_loaded(3);
	old = load_fixture(FIXTURE(chain_c), "old");
	new = load_fixture(FIXTURE(chain_c), "new");
	user = load_fixture(FIXTURE(chain_b), "user");

	CHECK(user->dependency[0] == old && user->dependency[1] == NULL);
	unload(new);
	CHECK_EQ(-EBUSY, llext_unload(&old));
	unload(user);
	unload(old);
}

struct imports {
	const char *name[8];
	struct llext_import import[8];
	size_t count;
};

static void on_import(void *user_data, const struct llext_import *import)
{
	struct imports *imports = user_data;

	if (imports->count < 8)
		imports->import[imports->count] = *import;
	imports->count++;
}

static void reports_imports(void)
{
	struct llext *provider = load_fixture(FIXTURE(chain_c), "provider");
	struct imports imports = {0};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *user;

	param.on_import = on_import;
	param.user_data = &imports;
	user = load_with(FIXTURE(chain_b), "user", &param);
	CHECK_EQ(1, imports.count);
	CHECK(imports.import[0].provider == provider && imports.import[0].found);
	CHECK_EQ((uintptr_t)symbol(provider, "chain_value_c"), imports.import[0].addr);
	CHECK(!imports.import[0].weak);
	unload(user);
	unload(provider);

	imports.count = 0;
	refuse(FIXTURE(missing), &param, -ENODATA);
	CHECK_EQ(4, imports.count);
	for (size_t i = 0, weak = 0, found = 0; i < 4; i++) {
		const struct llext_import *import = &imports.import[i];

		weak += import->weak;
		found += import->found;
		CHECK_EQ(import->found ? (uintptr_t)firmware_add : 0, import->addr);
		CHECK(import->provider == NULL);
		if (i == 3)
			CHECK(weak == 1 && found == 1);
	}
}

/* A firmware whose link has lost the table is told so: nothing is wrong with the extension. */
static void empty_table(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	size_t count;
	const struct llext_const_symbol *table = llext_builtins(&count);

	CHECK(count > 0);
	refuse(FIXTURE(missing), &param, -ENODATA);
	CHECK_STR("imports are missing", llext_last_diag()->what);
	CHECK_EQ(0, llext_set_builtins(table, 0));
	refuse(FIXTURE(missing), &param, -ENODATA);
	CHECK_STR("imports are missing, and the firmware's table of exports is empty",
		  llext_last_diag()->what);
	CHECK_EQ(0, llext_set_builtins(table, count));
	unload(load_fixture(FIXTURE(basic), "basic"));
}

/* Only what is referred to can be missing. */
static void unused_import(void)
{
	struct fixture fixture = FIXTURE(unused);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext_plan plan;
	struct llext *ext;

	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	CHECK_EQ(1, plan.imports);
	CHECK_EQ(0, plan.imports_missing);
	ext = load_fixture(fixture, "unused");
	CHECK_EQ(7, call(ext, "unused_value"));
	unload(ext);
}

const struct conformance_case symbol_cases[] = {
	{"symbols: firmware's exports", firmware_exports},
	{"symbols: another table of exports", set_builtins},
	{"symbols: extension's exports", extension_exports},
	{"symbols: exports by symbol table", exports_by_symbol_table},
	{"symbols: exports that are wanted", exports_that_are_wanted},
	{"symbols: entry point", entry_point},
	{"symbols: exported twice", exported_twice},
	{"symbols: firmware first", firmware_first},
	{"symbols: oldest first", oldest_first},
	{"symbols: imports are reported", reports_imports},
	{"symbols: empty table of exports", empty_table},
	{"symbols: import that nothing refers to", unused_import},
	{NULL, NULL},
};
