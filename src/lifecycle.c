/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a loaded extension: initialisers, functions by name, finalisers. Each function pointer
 * is checked when it is used, since the arrays lie in the extension's own memory.
 */
#include "internal.h"

/* One array of function pointers, run in one direction. */
struct run {
	const uint8_t *mem; /* write address */
	size_t count;
	bool backwards;
};

static struct run make_run(const struct llext *ext, enum llext_mem region, size_t skip,
			   size_t bytes, bool backwards)
{
	size_t room = 0;
	const uint8_t *mem = llext_write_address(
		ext, (elf_addr)(uintptr_t)ext->mem[region] + (elf_addr)skip, &room);

	if (mem == NULL || bytes > room)
		bytes = 0;
	return (struct run){mem, bytes / sizeof(elf_addr), backwards};
}

/* The arrays in the order in which they are to be run: three of them at most. */
static size_t list_runs(const struct llext *ext, bool is_init, struct run runs[3])
{
	const struct llext_private *priv = ext->priv;
	enum llext_mem region = is_init ? LLEXT_MEM_INIT : LLEXT_MEM_FINI;
	size_t legacy = is_init ? priv->ctors_bytes : priv->dtors_bytes;
	size_t bytes = ext->mem_size[region] - legacy;
	struct run modern = make_run(ext, region, 0, bytes, !is_init);
	struct run old = make_run(ext, region, bytes, legacy, is_init);

	if (!is_init) {
		runs[0] = modern;
		runs[1] = old;
		return 2;
	}
	runs[0] = make_run(ext, LLEXT_MEM_PREINIT, 0, ext->mem_size[LLEXT_MEM_PREINIT], false);
	runs[1] = old;
	runs[2] = modern;
	return 3;
}

/*
 * The function at position @i of a run. 0: none, a terminator of .ctors and .dtors.
 * -EFAULT where it does not lie in the extension's text.
 */
static int function_at(const struct llext *ext, const struct run *run, size_t i, elf_addr *function)
{
	size_t index = run->backwards ? run->count - 1 - i : i;

	memcpy(function, run->mem + index * sizeof(elf_addr), sizeof(elf_addr));
	if (*function == 0 || *function == (elf_addr)-1) {
		*function = 0;
		return 0;
	}
	if (!llext_in_text(ext, *function)) {
		int rc = llext_fail(NULL, -EFAULT, "initialiser or finaliser outside the text");

		llext_diag_symbol_name(ext->name);
		llext_diag_offset(index * sizeof(elf_addr));
		llext_diag_values(0, (elf_saddr)*function);
		return rc;
	}
	return 0;
}

ssize_t llext_get_fn_table(struct llext *ext, bool is_init, void *buf, size_t size)
{
	struct run runs[3];
	uint8_t *out = buf;
	size_t bytes = 0, count;

	if (ext == NULL)
		return -EINVAL;
	count = list_runs(ext, is_init, runs);
	for (size_t r = 0; r < count; r++) {
		for (size_t i = 0; i < runs[r].count; i++) {
			elf_addr function;
			int rc = function_at(ext, &runs[r], i, &function);

			if (rc != 0)
				return rc;
			if (function == 0)
				continue;
			if (out != NULL && size - bytes < sizeof(function))
				return -ENOMEM;
			if (out != NULL)
				memcpy(out + bytes, &function, sizeof(function));
			bytes += sizeof(function);
		}
	}
	return (ssize_t)bytes;
}

static int run_all(struct llext *ext, bool is_init)
{
	struct run runs[3];
	size_t count;
	ssize_t rc = llext_get_fn_table(ext, is_init, NULL, 0); /* all checked before any is run */

	if (rc < 0)
		return (int)rc;
	count = list_runs(ext, is_init, runs);
	for (size_t r = 0; r < count; r++) {
		for (size_t i = 0; i < runs[r].count; i++) {
			elf_addr function;
			int one = function_at(ext, &runs[r], i, &function);

			if (one != 0) /* changed by one that was run before */
				return one;
			if (function != 0)
				((void (*)(void))(uintptr_t)function)();
		}
	}
	return 0;
}

int llext_bringup(struct llext *ext)
{
	llext_diag_clear();
	return run_all(ext, true);
}

int llext_teardown(struct llext *ext)
{
	llext_diag_clear();
	if (ext == NULL)
		return -EINVAL;
	llext_exit_functions_run(ext, true);
	return run_all(ext, false);
}

void llext_bootstrap(struct llext *ext, llext_entry_fn_t entry_fn, void *user_data)
{
	int rc = llext_bringup(ext);

	if (rc != 0) {
		LOG(LLEXT_LOG_ERR, "%s: bring-up failed: %d", ext != NULL ? ext->name : "?", rc);
		return;
	}
	entry_fn(user_data);
	rc = llext_teardown(ext);
	if (rc != 0)
		LOG(LLEXT_LOG_ERR, "%s: tear-down failed: %d", ext->name, rc);
}

int llext_call_fn(struct llext *ext, const char *sym_name)
{
	const void *function;

	if (ext == NULL || sym_name == NULL)
		return -EINVAL;
	function = llext_find_sym(&ext->exp_tab, sym_name);
	if (function == NULL)
		return -ENOENT;
	((void (*)(void))(uintptr_t)function)();
	return 0;
}

int llext_add_domain(struct llext *ext, struct k_mem_domain *domain)
{
	(void)ext;
	(void)domain;
	return -ENOSYS;
}
