/* SPDX-License-Identifier: Apache-2.0 */
/* tenon run, in this process. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <llext/buf_loader.h>
#include <llext/inspect.h>
#include <llext/symbol.h>
#include "explain.h"
#include "llext_posix.h"
#include "purpose.h"
#include "run.h"
#include "run_sandbox.h"

#define DEFAULT_HEAP ((uint64_t)64 << 20)

/* For -mstack-protector-guard=global: glibc has the guard in each thread's memory only. */
static const uintptr_t stack_guard = (uintptr_t)0x00a5c35a9669b700;
EXPORT_SYMBOL_NAMED(stack_guard, __stack_chk_guard);

/* ---- loading ---- */

static int section_info(const struct llext *ext, unsigned int shndx, enum llext_mem *region,
			const void **addr, size_t *size)
{
	int rc = llext_get_section_info(NULL, ext, shndx, NULL, region, NULL);

	return rc == 0 ? llext_get_section_address(ext, shndx, addr, size) : rc;
}

/* An extension for a machine that no board has can be looked into, but not be run. */
static bool runs_here(const struct file *file)
{
	const char *machine = machine_name(file->machine, file->class);

	if (file->elf == NULL || is_hosts(file->machine, file->class))
		return true; /* the core says what is wrong, if anything is */
	if (machine != NULL)
		complain(file->path, "is for %s; this machine runs %s", machine,
			 machine_name(HOST_MACHINE, HOST_CLASS));
	else
		complain(file->path, "is for a machine that is not known (e_machine %u)",
			 file->machine);
	return false;
}

static struct k_mem_domain *domain; /* NULL: they are trusted */

static int load_file(struct loaded *loaded, struct imports *imports)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_buf_loader loader =
		LLEXT_TEMPORARY_BUF_LOADER(loaded->file.bytes, loaded->file.length);

	param.keep_section_info = true;
	param.on_import = imports_add;
	param.user_data = imports;
	param.domain = domain;
	return llext_load(&loader.loader, loaded->name, &loaded->ext, &param);
}

static bool load(struct run *run, struct loaded *loaded, size_t number)
{
	struct imports imports = {.suggest = llext_suggest};
	int rc;

	if (!open_loaded(loaded) || !runs_here(&loaded->file) ||
	    !file_must_be_useful(&loaded->file))
		return false;
	name_extension(run, number);
	rc = load_file(loaded, &imports);
	for (size_t i = 0; rc < 0 && i < number; i++) {
		imports_note_null(&imports, run->files[i].name, &run->files[i].ext->exp_tab);
		imports_note_cxx(&imports, run->files[i].name, &run->files[i].file);
	}
	if (rc < 0) {
		const struct llext_diag *diag = llext_last_diag();
		bool missing = diag->error == -ENODATA && diag->missing_count > 0;

		complain_refused(loaded, &imports,
				 missing ? NULL : diag_text(diag, llext_diag_format));
		if (!missing)
			print_hint(stderr, diag);
		if (diag->error == -ENOMEM && is_heap_full(diag_text(diag, llext_diag_format)))
			fprintf(stderr, "  Try a larger --heap.\n");
	}
	imports_free(&imports);
	if (rc < 0)
		return false;
	address_map_build(&loaded->map, &loaded->file, loaded->ext, section_info);
	add_site(run, number);
	print_regions(run, loaded);
	rc = llext_bringup(loaded->ext);
	if (rc != 0 && !sandbox_contained(run))
		complain_diag(loaded->path, llext_last_diag(), llext_diag_format);
	loaded->up = rc == 0;
	return loaded->up;
}

static bool unload(struct run *run, struct loaded *loaded)
{
	bool good = true;

	/* A domain that has stopped runs no finaliser. */
	if (loaded->up && run->contained == 0 && llext_teardown(loaded->ext) != 0 &&
	    !sandbox_contained(run)) {
		complain_diag(loaded->path, llext_last_diag(), llext_diag_format);
		good = false;
	}
	if (loaded->ext != NULL && llext_unload(&loaded->ext) != 0) {
		complain_diag(loaded->path, llext_last_diag(), llext_diag_format);
		good = false;
	}
	return good;
}

/* ---- calling ---- */

/* What the extension printed may have left the line unfinished. */
static void start_line(void)
{
	if (stdout->_IO_write_ptr > stdout->_IO_write_base && stdout->_IO_write_ptr[-1] != '\n')
		putchar('\n');
}

/* The export nearest to a name, among those of the files only. */
static const char *suggest_export(const char *symbol)
{
	static const struct llext_const_symbol none;
	const char *near;

	(void)llext_set_builtins(&none, 0);
	near = llext_suggest(symbol);
	(void)llext_set_builtins(NULL, 0);
	return near;
}

static const void *find_function(const struct run *run, const char *symbol)
{
	for (size_t i = run->file_count; i-- > 0;) {
		const void *address = llext_find_sym(&run->files[i].ext->exp_tab, symbol);
		const struct place *section =
			address != NULL ? address_section(&run->files[i].map, (uintptr_t)address)
					: NULL;

		if (address == NULL)
			continue;
		if (section == NULL || section->type != LLEXT_MEM_TEXT) {
			complain(run->files[i].path, "%s is no function", printable(symbol));
			return NULL;
		}
		return address;
	}
	complain_no_symbol(run, symbol, suggest_export(symbol));
	return NULL;
}

static bool call(struct run *run, const struct call *what)
{
	const void *address = find_function(run, what->symbol);
	const int *n = what->arguments;
	/* The psABI passes what the function does not take in registers that it ignores. */
	int (*function)(int, int, int, int);
	int result;

	if (address == NULL)
		return false;
	if (run->sandbox) {
		int rc = sandbox_call(address, n, &result);

		if (rc != 0) {
			if (!sandbox_contained(run))
				complain(NULL, "the call failed: %d", rc);
			return false;
		}
	} else {
		function = (int (*)(int, int, int, int))(uintptr_t)address;
		result = function(n[0], n[1], n[2], n[3]);
	}
	start_line();
	print_result(run, what, result);
	return true;
}

static int run_all(struct run *run)
{
	bool good = true;
	size_t loaded = 0;

	if (run->results >= 0) /* where another run names its board */
		(void)dprintf(run->results, "\n");
	crash_watch(run->sites, &run->site_count, run->timeout);
	while (good && loaded < run->file_count) {
		good = load(run, &run->files[loaded], loaded);
		loaded++;
	}
	if (good)
		warn_of_types(run);
	for (size_t i = 0; good && i < run->call_count; i++)
		good = call(run, &run->calls[i]);
	while (loaded-- > 0) {
		good = unload(run, &run->files[loaded]) && good;
		if (run->site_count > loaded)
			run->site_count = loaded;
	}
	if (run->contained != 0)
		return run->contained;
	return good ? EXIT_GOOD : EXIT_REFUSED;
}

int run_here(struct run *run)
{
	size_t bytes = (size_t)(run->heap_bytes != 0 ? run->heap_bytes : DEFAULT_HEAP);
	void *heap = llext_posix_map(bytes);
	int code = EXIT_REFUSED;

	if (run->sandbox)
		domain = sandbox_open(run, bytes);
	if (heap != NULL && (domain != NULL || !run->sandbox) &&
	    llext_heap_init(heap, bytes) == 0) {
		/* Whole lines survive a crash, and stay in order with standard error. */
		(void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
		code = run_all(run);
		(void)llext_heap_uninit();
	} else {
		complain(NULL, "no memory for a heap of %zu bytes", bytes);
	}
	if (run->sandbox)
		sandbox_close();
	if (heap != NULL)
		(void)munmap(heap, bytes);
	return code;
}
