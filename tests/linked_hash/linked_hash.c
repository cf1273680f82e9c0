/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linked_hash same FILE...    each shared object loaded twice, with a table of its exports and with
 *                            its own hash table: every name gives the same in both
 * linked_hash others FOLDER  files whose hash table is not used, and what else uses exports
 * linked_hash damage FILE    every byte of what a look-up reads, damaged
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sanitizer/asan_interface.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext/steps.h>
#include <llext_posix.h>
#include "../common/must.h"

#define HEAP_BYTES ((size_t)512 << 20) /* for files of any size ... */
#define HEAP_SMALL ((size_t)1 << 20)   /* ... and so that reads far off find nothing mapped */
#define PAGE       ((uintptr_t)4096)
#define POISONED   ((size_t)1 << 16) /* what is behind the extension */

static uint8_t *heap;

/* ---- a file ---- */

struct file {
	uint8_t *bytes;
	size_t length;
	const elf_shdr_t *shdrs;
	unsigned int section_count;
	elf_sym_t *syms; /* of .dynsym */
	size_t sym_count;
	const char *names;
};

static elf_shdr_t *find(const struct file *file, uint32_t type)
{
	for (unsigned int i = 1; i < file->section_count; i++) {
		if (file->shdrs[i].sh_type == type)
			return (elf_shdr_t *)(uintptr_t)&file->shdrs[i];
	}
	return NULL;
}

static void open_file(struct file *file, const char *name)
{
	FILE *in = fopen(name, "rb");
	const elf_ehdr_t *ehdr;
	const elf_shdr_t *dynsym;

	must(in != NULL && fseek(in, 0, SEEK_END) == 0);
	file->length = (size_t)ftell(in);
	file->bytes = malloc(file->length);
	rewind(in);
	must(fread(file->bytes, 1, file->length, in) == file->length);
	(void)fclose(in);
	ehdr = (const elf_ehdr_t *)(const void *)file->bytes;
	file->shdrs = (const elf_shdr_t *)(const void *)(file->bytes + ehdr->e_shoff);
	file->section_count = ehdr->e_shnum;
	dynsym = find(file, SHT_DYNSYM);
	must(dynsym != NULL);
	file->syms = (elf_sym_t *)(void *)(file->bytes + dynsym->sh_offset);
	file->sym_count = dynsym->sh_size / sizeof(elf_sym_t);
	file->names = (const char *)file->bytes + file->shdrs[dynsym->sh_link].sh_offset;
}

static int load(const struct file *file, const char *name, enum llext_exports exports,
		struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file->bytes, file->length);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.exports = exports;
	return llext_load(&loader.loader, name, ext, &param);
}

static void unload(struct llext *ext)
{
	must(llext_unload(&ext) == 0);
}

/* ---- the firmware's exports: whatever the files want ---- */

static struct llext_const_symbol builtins[100000];
static size_t builtin_count;

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct llext_const_symbol *)a)->name,
		      ((const struct llext_const_symbol *)b)->name);
}

static void offer(const char *name)
{
	for (size_t i = 0; i < builtin_count; i++) {
		if (strcmp(builtins[i].name, name) == 0)
			return;
	}
	must(builtin_count < sizeof(builtins) / sizeof(builtins[0]));
	builtins[builtin_count++] = (struct llext_const_symbol){name, heap};
}

static void offer_wanted(const struct file *file)
{
	builtin_count = 0;
	for (size_t i = 1; i < file->sym_count; i++) {
		if (file->syms[i].st_shndx == SHN_UNDEF)
			offer(file->names + file->syms[i].st_name);
	}
	qsort(builtins, builtin_count, sizeof(builtins[0]), by_name);
	must(llext_set_builtins(builtins, builtin_count) == 0);
}

/* ---- the same in both ---- */

/* Both extensions' answers, of which the first has a table. @return true: it is found. */
static bool look_up(const struct llext *table, const struct llext *hashed, const char *name)
{
	uintptr_t a = (uintptr_t)llext_find_sym(&table->exp_tab, name);
	uintptr_t b = (uintptr_t)llext_find_sym(&hashed->exp_tab, name);
	uintptr_t apart =
		(uintptr_t)hashed->mem[LLEXT_MEM_RODATA] - (uintptr_t)table->mem[LLEXT_MEM_RODATA];

	if (b != a && b != a + apart)
		printf("%s: %#zx, %#zx\n", name, a, b);
	must((a == 0) == (b == 0) && (b == a || b == a + apart));
	return a != 0;
}

/* A name, and others like it. */
static void look_around(const struct llext *table, const struct llext *hashed, const char *name)
{
	size_t length = strlen(name);
	char *other = malloc(length + 2);

	(void)look_up(table, hashed, name);
	memcpy(other, name, length + 1);
	memcpy(other + length, "x", 2); /* longer */
	(void)look_up(table, hashed, other);
	if (length > 0) {
		other[length] = '\0';
		other[length - 1] ^= 1; /* another last letter, and another first one */
		(void)look_up(table, hashed, other);
		other[length - 1] ^= 1;
		other[0] ^= 0x20;
		(void)look_up(table, hashed, other);
		other[0] ^= 0x20;
		other[length - 1] = '\0'; /* shorter */
		(void)look_up(table, hashed, other);
	}
	free(other);
}

/* Every symbol of a table of symbols, also those that are no exports. */
static void look_at_all(const struct file *file, uint32_t type, const struct llext *table,
			const struct llext *hashed)
{
	const elf_shdr_t *shdr = find(file, type);
	const elf_sym_t *syms;
	const char *names;

	if (shdr == NULL)
		return;
	syms = (const elf_sym_t *)(const void *)(file->bytes + shdr->sh_offset);
	names = (const char *)file->bytes + file->shdrs[shdr->sh_link].sh_offset;
	for (size_t i = 0; i < shdr->sh_size / sizeof(*syms); i++)
		look_around(table, hashed, names + syms[i].st_name);
}

/* A walk gives all of them, each once. */
static void walk_both(const struct llext *table, const struct llext *hashed)
{
	struct llext_const_symbol symbol;
	size_t count = 0;

	for (size_t at = 0; llext_next_sym(&hashed->exp_tab, &at, &symbol); count++)
		must(llext_find_sym(&hashed->exp_tab, symbol.name) == symbol.addr);
	must(count == table->exp_tab.sym_cnt);
	for (size_t at = 0; llext_next_sym(&table->exp_tab, &at, &symbol); count--)
		must(look_up(table, hashed, symbol.name));
	must(count == 0);
}

static bool is_hashed(const struct llext *ext)
{
	struct llext_const_symbol symbol;
	size_t at = 0;

	return ext->exp_tab.sym_cnt == 0 && llext_next_sym(&ext->exp_tab, &at, &symbol);
}

/* What they take is what a dry run says. */
static void check_plans(const struct file *file, const struct llext *table,
			const struct llext *hashed)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file->bytes, file->length);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_plan plans[2];

	must(llext_plan(&loader.loader, &param, &plans[0]) == 0);
	param.exports = LLEXT_EXPORTS_HASHED;
	must(llext_plan(&loader.loader, &param, &plans[1]) == 0);
	must(plans[0].table_bytes > plans[1].table_bytes);
	/* Their own names differ by one letter. */
	must(table->alloc_size - hashed->alloc_size ==
	     plans[0].table_bytes - plans[1].table_bytes + 1);
}

/* @return false: it is not loaded, for whatever reason, or not used by its hash table. */
static bool compare(const char *name)
{
	struct llext *table, *hashed;
	struct file file;
	bool same = false;

	open_file(&file, name);
	offer_wanted(&file);
	if (load(&file, "table.", LLEXT_EXPORTS_ALL, &table) == 0) {
		same = load(&file, "hashed", LLEXT_EXPORTS_HASHED, &hashed) == 0 &&
		       is_hashed(hashed);
		if (same) {
			look_at_all(&file, SHT_DYNSYM, table, hashed);
			look_at_all(&file, SHT_SYMTAB, table, hashed);
			walk_both(table, hashed);
		}
		if (hashed != NULL)
			unload(hashed);
		unload(table);
	}
	free(file.bytes);
	return same;
}

static void check_same(int count, char **names)
{
	for (int i = 0; i < count; i++) {
		struct llext *table, *hashed;
		struct file file;

		must(compare(names[i]));
		open_file(&file, names[i]);
		offer_wanted(&file);
		must(load(&file, "a table", LLEXT_EXPORTS_ALL, &table) == 0);
		must(load(&file, "hashed", LLEXT_EXPORTS_HASHED, &hashed) == 0);
		must(look_up(table, hashed, "open10") && look_up(table, hashed, "data_word"));
		must(look_up(table, hashed, "weak_one") && look_up(table, hashed, "protected_one"));
		must(look_up(table, hashed, "absolute_one") && look_up(table, hashed, "bss_words"));
		must(!look_up(table, hashed, "wanted") && !look_up(table, hashed, "perhaps"));
		must(!look_up(table, hashed, "hidden_one") && !look_up(table, hashed, "local_one"));
		must(!look_up(table, hashed, "") && !look_up(table, hashed, "open1"));
		check_plans(&file, table, hashed);
		unload(hashed);
		unload(table);
		free(file.bytes);
	}
}

/* ---- others ---- */

static const char *folder;

static void open_in_folder(struct file *file, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s.so", folder, name);
	open_file(file, path);
	offer_wanted(file);
}

/* These get a table, or the error that they would get with one. */
static void check_not_used(void)
{
	struct llext *ext;
	struct file file;

	open_in_folder(&file, "one_version");
	must(load(&file, "x", LLEXT_EXPORTS_HASHED, &ext) == 0 && ext->exp_tab.sym_cnt > 40);
	must(llext_find_sym(&ext->exp_tab, "open10") != NULL);
	unload(ext);
	free(file.bytes);
	open_in_folder(&file, "two_versions");
	must(load(&file, "x", LLEXT_EXPORTS_ALL, &ext) == -ENOEXEC);
	must(load(&file, "x", LLEXT_EXPORTS_HASHED, &ext) == -ENOEXEC);
	free(file.bytes);
	open_in_folder(&file, "tls");
	must(load(&file, "x", LLEXT_EXPORTS_HASHED, &ext) == 0 && ext->exp_tab.sym_cnt > 40);
	must(llext_find_sym(&ext->exp_tab, "each_thread") == NULL);
	unload(ext);
	free(file.bytes);
	open_in_folder(&file, "record");
	must(load(&file, "x", LLEXT_EXPORTS_HASHED, &ext) == 0 && ext->exp_tab.sym_cnt == 1);
	must(llext_find_sym(&ext->exp_tab, "open10") == NULL);
	unload(ext);
	free(file.bytes);
	open_in_folder(&file, "bfd_gnu");
	must(load(&file, "x", LLEXT_EXPORTS_NONE, &ext) == 0 && !is_hashed(ext));
	must(llext_find_sym(&ext->exp_tab, "open10") == NULL);
	unload(ext);
	free(file.bytes);
}

/* A symbol at an address, and its name. */
static void check_addresses(const struct llext *ext)
{
	const char *name = "a_name_that_is_longer_than_one_piece_of_it_47";
	const char *function = llext_find_sym(&ext->exp_tab, name);
	struct llext_address info;

	must(function != NULL && llext_by_address(function + 1, &info) == 0);
	must(info.ext == ext && strcmp(info.symbol, name) == 0 && info.symbol_offset == 1);
}

static int load_in_steps(const struct file *file, struct llext **ext, size_t quantum)
{
	static uint8_t stack[1 << 18];
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file->bytes, file->length);
	const struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_load_steps steps;
	int rc;

	must(llext_load_begin(&steps, &loader.loader, "user", &param, stack, sizeof(stack),
			      quantum) == 0);
	do
		rc = llext_load_step(&steps);
	while (rc == -EAGAIN);
	return llext_load_finish(&steps, ext);
}

static void check_user(struct llext *provider, struct llext *user)
{
	int (*sum)(void) = (int (*)(void))(uintptr_t)llext_find_sym(&user->exp_tab, "sum");

	must(sum != NULL && sum() == 12 + 45 + 7);
	must(user->dependency[0] == provider && user->dependency[1] == NULL);
	must(llext_unload(&provider) == -EBUSY);
	unload(user);
}

/* Imports from an extension whose exports are in its file. */
static void check_imports(const char *kind)
{
	struct llext *provider, *user;
	struct file files[2];

	open_in_folder(&files[1], "importer");
	open_in_folder(&files[0], kind);
	must(load(&files[0], "provider", LLEXT_EXPORTS_HASHED, &provider) == 0);
	must(is_hashed(provider));
	check_addresses(provider);
	must(load(&files[1], "user", LLEXT_EXPORTS_ALL, &user) == 0);
	check_user(provider, user);
	must(load(&files[1], "user", LLEXT_EXPORTS_HASHED, &user) == 0 && is_hashed(user));
	check_user(provider, user);
	for (size_t quantum = 4; quantum < 12; quantum++) {
		must(load_in_steps(&files[1], &user, quantum) == 0);
		check_user(provider, user);
	}
	unload(provider);
	must(load(&files[1], "user", LLEXT_EXPORTS_ALL, &user) == -ENODATA);
	free(files[0].bytes);
	free(files[1].bytes);
}

/* It is unloaded while another one's load in steps looks a name up there. */
static void check_unload_meanwhile(void)
{
	static uint8_t stack[1 << 18];
	const struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct file files[3];

	open_in_folder(&files[2], "needs");
	open_in_folder(&files[1], "importer");
	open_in_folder(&files[0], "bfd_gnu");
	for (size_t i = 1; i < files[2].sym_count; i++) { /* it exports nothing that is wanted */
		if (files[2].syms[i].st_shndx != SHN_UNDEF)
			((char *)(uintptr_t)files[2].names)[files[2].syms[i].st_name] = 'z';
	}
	for (int after = 1, over = 0; !over; after++) {
		struct llext_buf_loader loader =
			LLEXT_TEMPORARY_BUF_LOADER(files[1].bytes, files[1].length);
		struct llext_load_steps steps;
		struct llext *provider, *user, *other;
		int rc = -EAGAIN;

		must(load(&files[0], "provider", LLEXT_EXPORTS_HASHED, &provider) == 0);
		must(llext_load_begin(&steps, &loader.loader, "user", &param, stack, sizeof(stack),
				      4) == 0);
		for (int i = 0; i < after && rc == -EAGAIN; i++)
			rc = llext_load_step(&steps);
		over = rc != -EAGAIN;
		if (llext_unload(&provider) == 0) { /* or it is bound to already */
			provider = NULL;
			must(load(&files[2], "in its place", LLEXT_EXPORTS_ALL, &other) == 0);
		}
		rc = llext_load_finish(&steps, &user);
		must(rc == (provider != NULL ? 0 : -ENODATA));
		if (rc == 0)
			unload(user);
		unload(provider != NULL ? provider : other);
	}
	for (int i = 0; i < 3; i++)
		free(files[i].bytes);
}

/* A version of the firmware's exports that it has not. */
static void check_abi(void)
{
	struct llext *ext;
	struct file file;

	open_in_folder(&file, "needs");
	must(load(&file, "x", LLEXT_EXPORTS_HASHED, &ext) == 0 && is_hashed(ext));
	unload(ext);
	offer("llext_abi.8.3");
	qsort(builtins, builtin_count, sizeof(builtins[0]), by_name);
	must(llext_set_builtins(builtins, builtin_count) == 0);
	must(load(&file, "x", LLEXT_EXPORTS_HASHED, &ext) == -EPROTO);
	must(load(&file, "x", LLEXT_EXPORTS_ALL, &ext) == -EPROTO);
	free(file.bytes);
}

/* ---- damage ---- */

static bool is_absolute(const struct file *file, uintptr_t address)
{
	for (size_t i = 0; i < file->sym_count; i++) {
		if (file->syms[i].st_shndx == SHN_ABS && file->syms[i].st_value == address)
			return true;
	}
	return false;
}

static void span(const struct llext *ext, uintptr_t *low, uintptr_t *high)
{
	*low = UINTPTR_MAX;
	*high = 0;
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		uintptr_t start = (uintptr_t)ext->mem[i], end = start + ext->mem_size[i];

		if (ext->mem_size[i] == 0)
			continue;
		*low = start < *low ? start : *low;
		*high = end > *high ? end : *high;
	}
	*low &= ~(PAGE - 1);
	*high = (*high + PAGE - 1) & ~(PAGE - 1);
}

/* What is found is what a table has, unless the file says an address that none has. */
static void check_found(const struct llext *ext, const struct llext *table, const char *name,
			const void *address)
{
	uintptr_t apart =
		(uintptr_t)ext->mem[LLEXT_MEM_RODATA] - (uintptr_t)table->mem[LLEXT_MEM_RODATA];
	uintptr_t other = (uintptr_t)llext_find_sym(&table->exp_tab, name);

	must(other != 0);
	must(other == (uintptr_t)address || other + apart == (uintptr_t)address);
}

/*
 * Load it, and look every name up that the sound file has. What is found lies in the extension.
 * @exact: it is what a table would have, too.
 */
static void use_damaged(const struct file *file, const struct file *sound, bool exact)
{
	struct llext_const_symbol symbol;
	struct llext *ext, *table = NULL;
	uintptr_t low, high;
	uint8_t *behind;

	if (exact && load(file, "table", LLEXT_EXPORTS_ALL, &table) != 0)
		table = NULL; /* two names are the same now, for instance */
	if (load(file, "x", LLEXT_EXPORTS_HASHED, &ext) != 0) {
		must(table == NULL);
		return;
	}
	span(ext, &low, &high);
	behind = (uint8_t *)high + PAGE; /* the library's tables may be in between */
	ASAN_POISON_MEMORY_REGION(behind, POISONED);
	for (size_t i = 0; i < sound->sym_count; i++) {
		const char *name = sound->names + sound->syms[i].st_name;
		const void *found = llext_find_sym(&ext->exp_tab, name);
		uintptr_t address = (uintptr_t)found;

		must(found == NULL || (address >= low && address <= high) ||
		     is_absolute(file, address) || strcmp(name, "absolute_one") == 0);
		if (found != NULL && table != NULL)
			check_found(ext, table, name, found);
	}
	for (size_t at = 0; llext_next_sym(&ext->exp_tab, &at, &symbol);) {
		must(strlen(symbol.name) < file->length);
		if (table != NULL)
			check_found(ext, table, symbol.name, symbol.addr);
	}
	ASAN_UNPOISON_MEMORY_REGION(behind, POISONED);
	unload(ext);
	if (table != NULL)
		unload(table);
}

static void damage_section(struct file *file, const struct file *sound, const elf_shdr_t *shdr)
{
	for (size_t i = 0; i < shdr->sh_size; i++) {
		uint8_t *at = file->bytes + shdr->sh_offset + i, before = *at;
		const uint8_t values[] = {0, 1, 0x7f, 0xff, before ^ 1, before ^ 0x80, before + 1};

		for (size_t j = 0; j < sizeof(values); j++) {
			/* A look-up does not know where a section ends. */
			bool is_place = shdr->sh_type == SHT_DYNSYM && i % sizeof(elf_sym_t) >= 6;

			*at = values[j];
			use_damaged(file, sound, !is_place);
		}
		*at = before;
	}
}

/* Relocations may write there: the bytes differ from those that were checked in the file. */
static void relocate_section(struct file *file, const struct file *sound, const elf_shdr_t *shdr)
{
	static const uint64_t addends[] = {0, 1, 0x4141414141414141, ~0ull};
	const elf_shdr_t *table = find(file, SHT_RELA);
	elf_rela_t *rela = (elf_rela_t *)(void *)(file->bytes + table->sh_offset), before = *rela;

	rela->r_info = 8; /* R_X86_64_RELATIVE */
	for (size_t i = 0; i + 8 <= shdr->sh_size; i += shdr->sh_type == SHT_STRTAB ? 1 : 4) {
		for (size_t j = 0; j < sizeof(addends) / sizeof(addends[0]); j++) {
			rela->r_offset = shdr->sh_addr + i;
			rela->r_addend = (int64_t)addends[j];
			use_damaged(file, sound, false);
		}
	}
	*rela = before;
}

/* The hash table is not used any more. */
static void is_refused(const struct file *file)
{
	struct llext *ext;

	must(load(file, "x", LLEXT_EXPORTS_HASHED, &ext) == 0);
	must(ext->exp_tab.sym_cnt > 40 && llext_find_sym(&ext->exp_tab, "open10") != NULL);
	unload(ext);
}

/* Names without an end, by a relocation; the hash table is left alone then. */
static void check_last_name(struct file *file)
{
	const elf_shdr_t *names = &file->shdrs[find(file, SHT_DYNSYM)->sh_link];
	elf_rela_t *rela = (elf_rela_t *)(void *)(file->bytes + find(file, SHT_RELA)->sh_offset);
	elf_rela_t before = *rela;

	rela->r_info = 8;
	rela->r_offset = names->sh_addr + names->sh_size - 8;
	rela->r_addend = 0x4141414141414141;
	is_refused(file);
	*rela = before;
}

/* A symbol of a section that is not loaded, at an address that is. */
static void check_unloaded(struct file *file)
{
	struct llext *ext;
	unsigned int section = 1, i = 1;
	uint16_t before;

	while (file->shdrs[section].sh_flags & SHF_ALLOC)
		section++;
	while (strcmp(file->names + file->syms[i].st_name, "bss_words") != 0)
		i++;
	before = file->syms[i].st_shndx;
	file->syms[i].st_shndx = (uint16_t)section;
	must(load(file, "x", LLEXT_EXPORTS_HASHED, &ext) == 0 && is_hashed(ext));
	must(llext_find_sym(&ext->exp_tab, "bss_words") == NULL);
	unload(ext);
	file->syms[i].st_shndx = before;
}

/* Numbers that a search must not follow: chains that do not end, chains that are too short. */
static void check_chains(struct file *file, const struct file *sound)
{
	const elf_shdr_t *shdr = find(file, SHT_HASH);
	uint32_t *words, *chain;

	if (shdr == NULL || find(file, SHT_GNU_HASH) != NULL)
		return;
	words = (uint32_t *)(void *)(file->bytes + shdr->sh_offset);
	chain = words + 2 + words[0];
	for (uint32_t i = 0; i < words[1]; i++) {
		uint32_t before = chain[i];

		chain[i] = i;
		use_damaged(file, sound, true);
		chain[i] = before;
	}
	words[1]--;
	is_refused(file);
	words[1]++;
}

static void check_damage(const char *name)
{
	static const uint32_t types[] = {SHT_GNU_HASH, SHT_HASH, SHT_DYNSYM};
	struct file file, sound;
	struct llext *ext;

	open_file(&file, name);
	open_file(&sound, name);
	offer_wanted(&sound);
	must(load(&file, "x", LLEXT_EXPORTS_HASHED, &ext) == 0 && is_hashed(ext));
	unload(ext);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const elf_shdr_t *shdr = find(&file, types[i]);

		if (shdr == NULL)
			continue;
		damage_section(&file, &sound, shdr);
		relocate_section(&file, &sound, shdr);
		if (types[i] == SHT_DYNSYM) {
			damage_section(&file, &sound, &file.shdrs[shdr->sh_link]);
			relocate_section(&file, &sound, &file.shdrs[shdr->sh_link]);
		} else { /* a section that ends too early */
			elf_shdr_t *shorter = (elf_shdr_t *)(uintptr_t)shdr;

			for (elf_xword bytes = shdr->sh_size; bytes > 0; bytes--) {
				shorter->sh_size = bytes - 1;
				use_damaged(&file, &sound, true);
			}
			shorter->sh_size = find(&sound, types[i])->sh_size;
		}
	}
	check_last_name(&file);
	check_unloaded(&file);
	check_chains(&file, &sound);
	free(file.bytes);
	free(sound.bytes);
}

/* ---- all of them ---- */

int main(int argc, char **argv)
{
	size_t bytes;

	must(argc > 2);
	bytes = strcmp(argv[1], "damage") == 0 ? HEAP_SMALL : HEAP_BYTES;
	heap = llext_posix_map(bytes);
	must(heap != NULL && llext_heap_init(heap, bytes) == 0);
	llext_posix_log_level = LLEXT_LOG_NONE;
	folder = argv[2];
	if (strcmp(argv[1], "same") == 0) {
		check_same(argc - 2, argv + 2);
	} else if (strcmp(argv[1], "any") ==
		   0) { /* not a test: of any files, which need not load */
		for (int i = 2; i < argc; i++)
			printf("%s: %s\n", argv[i], compare(argv[i]) ? "same" : "-");
	} else if (strcmp(argv[1], "damage") == 0) {
		check_damage(argv[2]);
	} else {
		check_not_used();
		check_imports("bfd_gnu");
		check_imports("bfd_sysv");
		check_unload_meanwhile();
		check_abi();
	}
	puts("all is well");
	return 0;
}
