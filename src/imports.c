/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports: symbols that the file uses and does not define. Each is looked up by name in the
 * firmware's exports, then in those of loaded extensions, oldest first; a weak one that nothing
 * provides is zero.
 */
#include "internal.h"
#include "steps.h"

static const void *find_builtin(const char *name)
{
	const void *addr = may_be_exit_intrinsic(name) ? llext_exit_intrinsic(name) : NULL;

#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (name[0] == '_' && name[1] == '_' &&
	    (name[2] == 't' || (LLEXT_ARCH_READ_TP && name[2] == 'a' && addr == NULL)))
		addr = llext_tls_intrinsic(name);
#endif
	return addr != NULL ? addr : llext_find_sym(NULL, name);
}

const void *llext_import_of_others(const struct load *ld, const char *name, struct llext **provider)
{
	const void *addr;

	if (is_stepped(ld))
		return llext_step_import(ld, name, provider);
	for (struct llext *ext = llext_first(); ext != NULL; ext = ext->next) {
		if (!llext_sandbox_may_use(ld, ext))
			continue;
		addr = llext_find_sym(&ext->exp_tab, name);
		if (addr == NULL)
			continue;
		*provider = ext;
		return addr;
	}
	return NULL;
}

/*
 * Find the import with this name, which is that at @offset without its version. Comparing it with
 * the firmware's names takes no longer than those are. Names of other extensions come from files,
 * too: before it is compared with those, it is charged to the budget.
 */
static int find_import(struct load *ld, const char *name, size_t offset, struct found_import *found)
{
	const void *addr;
	size_t length;
	int rc;

	found->provider = NULL;
	found->gate = NULL;
	found->tls = false;
	rc = llext_sandbox_find(ld, name, offset, found);
	if (rc <= 0)
		return rc;
	/* An executable has no relocations, so it cannot have imports. */
	found->addr = addr = is_executable(ld) ? NULL : find_builtin(name);
	step_point(ld, STEP_LOOKUP);
	if (addr != NULL) {
		llext_sandbox_later(ld, name, found);
		return 0;
	}
	rc = llext_name_length(ld, offset, &length);
	if (rc != 0 || is_executable(ld))
		return rc;
	if (LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES))
		found->addr = llext_import_of_others(ld, name, &found->provider);
	return 0;
}

static void report_import(struct load *ld, const struct llext_import *import)
{
	/* A load that begins again meets imports in the same order. */
	if (ld->param->on_import != NULL && ld->restart.reports++ >= ld->restart.reported)
		ld->param->on_import(ld->param->user_data, import);
}

static void report_missing(struct load *ld, const char *name, bool tls)
{
	const struct llext_import nothing = {.name = name, .tls = tls};

	report_import(ld, &nothing);
	llext_sandbox_missing(ld, name);
	llext_diag_missing(name, ld->symtab.imports_missing);
	ld->symtab.imports_missing++;
}

size_t llext_bare_length(const struct load *ld, const char *name)
{
	const size_t length = step_length(ld, name);
	const char *version = step_find(ld, name, '@', length);

	return version == NULL || version == name ? length : (size_t)(version - name);
}

/*
 * In a relocatable file a name may end with its version: NAME@VERSION. If nobody exports that, the
 * import is looked up and reported without the version. *@bare is NAME, to be freed, or NULL.
 */
static int cut_version(struct load *ld, const char *name, const char **bare)
{
	size_t length = llext_bare_length(ld, name);
	char *copy;

	*bare = NULL;
	if (name[length] == '\0')
		return 0;
	copy = llext_transient(ld, length + 1, 1);
	if (copy == NULL)
		return -ENOMEM;
	step_copy(ld, copy, name, length);
	copy[length] = '\0';
	*bare = copy;
	return 0;
}

int llext_import_missing(struct load *ld, uint32_t symbol)
{
	const char *name, *bare;
	elf_sym_t sym;
	int rc = llext_symbol_read(ld, symbol, &sym);

	if (rc != 0)
		return rc;
	if (sym.st_name >= ld->file.strings.length)
		return llext_fail_changed(ld);
	ld->symbols.flags[symbol] &= (uint8_t)~SYMBOL_UNLOADED; /* report it once */
	name = ld->headers.strings + sym.st_name;
	rc = cut_version(ld, name, &bare);
	if (rc == 0)
		report_missing(ld, bare != NULL ? bare : name, ELF_ST_TYPE(sym.st_info) == STT_TLS);
	if (bare != NULL)
		llext_transient_free(ld, bare);
	return rc;
}

/*
 * Handle a symbol that the loader defines. Its value is known when everything is placed. @return 1:
 * it is one; 0: it is not; or a negative errno.
 */
static int scan_special(struct load *ld, const char *name, uint32_t at)
{
	elf_addr special = SPECIAL_BOUND;
	int rc = 1;

	/* The next letters rule out most names that begin with an underscore. */
	if (name[1] == 'G' && strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0)
		special = SPECIAL_GOT_BASE;
	else if (name[1] == '_' && name[2] == 'd' && strcmp(name, "__dso_handle") == 0)
		special = SPECIAL_HANDLE;
	else if (name[1] == '_' && name[2] == 's' && !is_linked(ld))
		rc = llext_set_bound(ld, name, &special);
	else
		rc = 0;
	if (rc <= 0)
		return rc;
	ld->symbols.values[at] = special;
	ld->symbols.flags[at] = SYMBOL_IMPORT | SYMBOL_SPECIAL;
	/* A second one of its kind, which no linker leaves. */
	if (special >= SPECIAL_BOUND || ld->symtab.specials[special] != 0)
		ld->symtab.any_special = true;
	else
		ld->symtab.specials[special] = at + 1;
	return 1;
}

const char *llext_bound_set(const char *name, bool *stop)
{
	*stop = strncmp(name, "__stop_", 7) == 0;
	if (*stop)
		return name + 7;
	return strncmp(name, "__start_", 8) == 0 ? name + 8 : NULL;
}

static bool is_bound(const char *name)
{
	bool stop;

	return name[0] == '_' && name[1] == '_' && name[2] == 's' &&
	       llext_bound_set(name, &stop) != NULL;
}

/* An import has been found. The symbol's value is its address, or that of the gate to it. */
static int bind(struct load *ld, uint32_t at, const struct found_import *found)
{
	int rc = llext_sandbox_slot(ld, at, found);

	if (rc <= 0)
		return rc;
	ld->symbols.values[at] = (elf_addr)(uintptr_t)found->addr;
	return 0;
}

/* As in a linker, it is an error only if a relocation refers to it. In a packed file one does. */
int llext_import_unknown(struct load *ld, uint32_t at, const char *name, bool tls)
{
	if (is_packed(ld))
		report_missing(ld, name, tls);
	else
		ld->symbols.flags[at] |= SYMBOL_UNLOADED;
	ld->symtab.imports_unknown = true;
	return 0;
}

void llext_import_found(struct load *ld, const char *name, const struct found_import *found,
			bool weak)
{
	const struct llext_import import = {.name = name,
					    .provider = found->provider,
					    .addr = (uintptr_t)found->addr,
					    .weak = weak,
					    .found = found->addr != NULL,
					    .tls = found->tls};

	report_import(ld, &import);
	if (found->provider != NULL)
		llext_want(found->provider);
}

/* Nothing provides it. */
static bool may_be_zero(const struct load *ld, const char *name, bool weak)
{
	enum gate_lack lack =
		weak && domain_of(ld) != NULL ? llext_sandbox_lack(ld, name) : LACKS_EXPORT;

	if (lack == LACKS_GATE)
		LOG(LLEXT_LOG_INF, "%s: %s is weak, and 0: it has no gate", ld->name, name);
	return weak && lack != LACKS_HELPER;
}

/* Look up the name at @offset. */
static int find_and_bind(struct load *ld, size_t offset, uint32_t at, bool weak)
{
	const char *name = ld->headers.strings + offset, *bare = NULL;
	struct found_import found;
	int rc;

	ld->symtab.imports++;
	rc = find_import(ld, name, offset, &found);
	if (rc == 0 && found.addr == NULL)
		rc = cut_version(ld, name, &bare);
	if (bare != NULL) {
		name = bare;
		rc = find_import(ld, name, offset, &found);
	}
	if (rc == 0 && found.addr == NULL && !may_be_zero(ld, name, weak)) {
		rc = llext_import_unknown(ld, at, name, false);
	} else if (rc == 0) {
		/* Mostly the firmware provides it, and nobody is to be told. */
		if (found.provider != NULL || ld->param->on_import != NULL)
			llext_import_found(ld, name, &found, weak);
		rc = bind(ld, at, &found);
	}
	if (bare != NULL)
		llext_transient_free(ld, bare);
	return rc;
}

int llext_import_nameless(const struct load *ld, uint32_t index)
{
	return llext_fail_symbol(ld, -ENOEXEC, index, "undefined symbol without a name");
}

/* Look an import up by its name. */
static int look_up(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym)
{
	const char *name = ld->headers.strings + sym->st_name;
	bool weak = ELF_ST_BIND(sym->st_info) == STB_WEAK;
	int rc = 0;

	if (name[0] == '\0')
		return llext_import_nameless(ld, index);
	if (name[0] == '_')
		rc = scan_special(ld, name, at);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	/* Zero would make an empty set of sections that this build does not look for. */
	if (!LLEXT_ON(CONFIG_LLEXT_SECTION_SETS) && is_bound(name))
		weak = false;
	return find_and_bind(ld, sym->st_name, at, weak);
}

/* A packed file says which of the firmware's exports an import is. */
static int use_bound(struct load *ld, uint32_t at, const struct llext_const_symbol *bound,
		     bool weak)
{
	struct found_import found = {bound->addr, NULL, NULL, false};
	int rc = llext_sandbox_find(ld, bound->name, NAME_OF_FIRMWARE, &found);

	ld->symtab.imports++;
	if (rc < 0)
		return rc;
	if (rc > 0)
		llext_sandbox_later(ld, bound->name, &found);
	/* None that a domain may use? */
	if (rc == 0 && found.addr == NULL && !may_be_zero(ld, bound->name, weak)) {
		report_missing(ld, bound->name, false);
		return 0;
	}
	llext_import_found(ld, bound->name, &found, weak);
	return bind(ld, at, &found);
}

int llext_import_scan(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym)
{
	const struct llext_const_symbol *bound =
		is_packed(ld) ? llext_packed_import(ld, sym->st_value) : NULL;
	int rc;

	ld->symbols.flags[at] = SYMBOL_IMPORT | SYMBOL_EXACT;
	ld->symbols.values[at] = 0;
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (ELF_ST_TYPE(sym->st_info) == STT_TLS)
		return llext_tls_import(ld, index, at, sym, bound);
#endif
	if (bound != NULL) {
		rc = use_bound(ld, at, bound, ELF_ST_BIND(sym->st_info) == STB_WEAK);
	} else if (ld->headers.strings == NULL) {
		return llext_fail_symbol(ld, -ENOEXEC, index, "import that is bound to nothing");
	} else {
		rc = look_up(ld, index, at, sym);
	}
	return rc != 0 || !is_packed(ld) ? rc : llext_packed_branch(ld, index, sym);
}
