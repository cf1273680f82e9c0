/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a loaded extension: initialisers, functions by name, finalisers. Each function pointer
 * is checked when it is used, since the arrays lie in the extension's own memory.
 */
#include "internal.h"

/* A walk over the functions of arrays: what to do with each, and its parameters. */
struct walk {
	const struct llext *ext;
	int (*each)(struct walk *walk, elf_addr function); /* NULL: functions are only checked */
	uint8_t *out;
	size_t room;
	size_t bytes; /* of the functions visited so far */
};

static int visit(struct walk *walk, elf_addr function)
{
	if (function == 0 || function == (elf_addr)-1) /* a terminator of .ctors and .dtors */
		return 0;
	if (!llext_in_text(walk->ext, function)) {
		int rc = llext_fail(NULL, -EFAULT, "initialiser or finaliser outside the text");

		llext_diag_symbol_name(walk->ext->name);
		llext_diag_values(0, (int64_t)function);
		return llext_diag_offset(rc, walk->bytes);
	}
	walk->bytes += sizeof(function);
	return walk->each != NULL ? walk->each(walk, function) : 0;
}

#if LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
#define dynamic_init(ext) ((elf_addr)(ext)->priv->init)
#define dynamic_fini(ext) ((elf_addr)(ext)->priv->fini)
#else
#define dynamic_init(ext) ((elf_addr)0)
#define dynamic_fini(ext) ((elf_addr)0)
#endif

/* A region is one array, walked in one direction. */
static int walk_array(struct walk *walk, enum llext_mem region, bool backwards)
{
	size_t bytes = walk->ext->mem_size[region];
	size_t room = bytes, unit = sizeof(elf_addr);
	const uint8_t *mem = walk->ext->mem[region];
	int rc = 0;

	if (!ONE_PIECE && bytes > 0)
		mem = llext_write_address(walk->ext, (elf_addr)(uintptr_t)mem, &room);
	if (!ONE_PIECE && (mem == NULL || bytes > room))
		return 0;
	bytes -= bytes % unit;
	for (size_t at = 0; rc == 0 && at < bytes; at += unit) {
		elf_addr function;

		memcpy(&function, mem + (backwards ? bytes - unit - at : at), unit);
		rc = visit(walk, function);
	}
	return rc;
}

static int walk_all(struct walk *walk, bool is_init)
{
	const struct llext *ext = walk->ext;
	int rc = 0;

	(void)ext;
	if (is_init)
		rc = walk_array(walk, LLEXT_MEM_PREINIT, false);
	if (rc == 0 && is_init)
		rc = visit(walk, dynamic_init(ext));
	if (rc == 0)
		rc = walk_array(walk, is_init ? LLEXT_MEM_INIT : LLEXT_MEM_FINI, !is_init);
	if (rc == 0 && !is_init)
		rc = visit(walk, dynamic_fini(ext));
	return rc;
}

static int copy(struct walk *walk, elf_addr function)
{
	if (walk->room < walk->bytes)
		return -ENOMEM;
	memcpy(walk->out + walk->bytes - sizeof(function), &function, sizeof(function));
	return 0;
}

ssize_t llext_get_fn_table(struct llext *ext, bool is_init, void *buf, size_t size)
{
	struct walk walk = {
		.ext = ext, .each = buf != NULL ? copy : NULL, .out = buf, .room = size};
	int rc;

	if (ext == NULL)
		return -EINVAL;
	rc = walk_all(&walk, is_init);
	return rc != 0 ? rc : (ssize_t)walk.bytes;
}

/* Picks one function: `room` is the bytes of those before it. */
static int pick(struct walk *walk, elf_addr function)
{
	if (walk->bytes == walk->room + sizeof(function))
		memcpy(walk->out, &function, sizeof(function));
	return 0;
}

ssize_t llext_get_fn_table_entry(struct llext *ext, bool is_init, void **ptr, size_t idx)
{
	elf_addr function = 0;
	struct walk walk = {.ext = ext,
			    .each = pick,
			    .out = (uint8_t *)&function,
			    .room = idx * sizeof(function)};
	int rc;

	if (ext == NULL || idx >= SIZE_MAX / sizeof(function))
		return -EINVAL;
	rc = walk_all(&walk, is_init);
	if (rc != 0)
		return rc;
	if (ptr == NULL)
		return (ssize_t)(walk.bytes / sizeof(function));
	if (function == 0)
		return -EINVAL;
	*ptr = (void *)(uintptr_t)function;
	return 0;
}

static int call(struct walk *walk, elf_addr function)
{
	if (extension_domain(walk->ext) != NULL)
		return llext_sandbox_run(walk->ext, function, NULL);
	((void (*)(void))(uintptr_t)function)();
	return 0;
}

/*
 * Check all functions before running any. Each is checked again when it is run, since those before
 * it may have changed the array.
 */
static int run_all(struct llext *ext, bool is_init)
{
	struct walk walk = {.ext = ext};
	int rc = walk_all(&walk, is_init);

	walk.each = call;
	return rc == 0 ? walk_all(&walk, is_init) : rc;
}

int llext_bringup_again(struct llext *ext)
{
	return run_all(ext, true);
}

/* ---- callers that have brought it up: the first runs initialisers, the last finalisers ---- */

/* Identifies the calling thread; NULL: the port cannot tell threads apart. */
static const void *this_thread(void)
{
	return LLEXT_ON(CONFIG_LLEXT_LOCK) && llext_port.thread != NULL ? llext_port.thread()
									: NULL;
}

/*
 * Count the caller in or out, under the guard. @return 1: the caller must run the functions; 0:
 * done, since others use the extension, too; -EAGAIN: another thread is running them; -EBUSY: this
 * thread is.
 */
static int try_change(struct llext_private *priv, bool up, const void *thread)
{
	if (priv->changing)
		return thread != NULL && priv->changer == thread ? -EBUSY : -EAGAIN;
	if (priv->users > (up ? 0u : 1u)) {
		priv->users += up ? 1u : -1u;
		return 0;
	}
	priv->changing = true;
	priv->changer = thread;
	return 1;
}

static int begin_change(const struct llext *ext, bool up)
{
	const void *thread = this_thread();
	int rc;

	do {
		llext_guard();
		rc = try_change(ext->priv, up, thread);
		llext_unguard();
	} while (rc == -EAGAIN && llext_relax());
	return rc == -EAGAIN ? -EBUSY : rc;
}

static int change(struct llext *ext, bool up)
{
	int rc;

	llext_diag_clear();
	if (ext == NULL)
		return -EINVAL;
	rc = begin_change(ext, up);
	if (rc != 1)
		return rc;
	if (!up)
		llext_exit_functions_run(ext, true);
	rc = run_all(ext, up);
	llext_guard();
	if (rc == 0)
		ext->priv->users = up;
	ext->priv->changing = false;
	llext_unguard();
	return rc;
}

int llext_bringup(struct llext *ext)
{
	return change(ext, true);
}

int llext_teardown(struct llext *ext)
{
	return change(ext, false);
}

void llext_bootstrap(struct llext *ext, llext_entry_fn_t entry_fn, void *user_data)
{
	int rc = llext_bringup(ext);

	if (rc != 0) {
		LOG(LLEXT_LOG_ERR, "%s: bring-up failed: %d", ext != NULL ? ext->name : "?", rc);
		return;
	}
	if (entry_fn != NULL && extension_domain(ext) != NULL)
		rc = llext_sandbox_run(ext, (elf_addr)(uintptr_t)entry_fn, user_data);
	else if (entry_fn != NULL)
		entry_fn(user_data);
	if (rc != 0)
		LOG(LLEXT_LOG_ERR, "%s: entry failed: %d", ext->name, rc);
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
	if (extension_domain(ext) != NULL)
		return llext_sandbox_run(ext, (elf_addr)(uintptr_t)function, NULL);
	((void (*)(void))(uintptr_t)function)();
	return 0;
}

#if !SANDBOX
int llext_add_domain(struct llext *ext, struct k_mem_domain *domain)
{
	(void)ext;
	(void)domain;
	return -ENOSYS;
}
#endif
