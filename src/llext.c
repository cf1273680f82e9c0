/* SPDX-License-Identifier: Apache-2.0 */
/* The list of loaded extensions, and the calls that change it. */
#include "internal.h"

static struct llext *first; /* oldest first */

struct llext *llext_first(void)
{
	return first;
}

#if LLEXT_ON(CONFIG_LLEXT_LOCK)
void llext_lock(void)
{
	if (llext_port.lock != NULL)
		llext_port.lock();
}

void llext_unlock(void)
{
	if (llext_port.unlock != NULL)
		llext_port.unlock();
}
#endif

static bool busy;

int llext_enter(void)
{
	llext_lock();
	if (busy) {
		llext_unlock();
		return -EBUSY;
	}
	busy = true;
	return 0;
}

void llext_leave(void)
{
	busy = false;
	llext_unlock();
}

static struct llext *find(const char *name)
{
	struct llext *ext = first;

	while (ext != NULL && strcmp(ext->name, name) != 0)
		ext = ext->next;
	return ext;
}

struct llext *llext_by_name(const char *name)
{
	struct llext *ext = NULL;

	if (name == NULL)
		return NULL;
	llext_lock();
	ext = find(name);
	llext_unlock();
	return ext;
}

/* Where walks over the list go on, the innermost first: an unload may take that away. */
static struct walk {
	struct llext *next;
	struct walk *outer;
} * walks;

int llext_iterate(int (*fn)(struct llext *ext, void *arg), void *arg)
{
	struct walk walk;
	int rc = 0;

	llext_lock();
	walk = (struct walk){first, walks};
	walks = &walk;
	while (rc == 0 && walk.next != NULL) {
		struct llext *ext = walk.next;

		walk.next = ext->next;
		rc = fn(ext, arg);
	}
	walks = walk.outer;
	llext_unlock();
	return rc;
}

/* What points to this extension, or with NULL, the end of the list. */
static struct llext **link_to(const struct llext *ext)
{
	struct llext **link = &first;

	while (*link != ext && *link != NULL)
		link = &(*link)->next;
	return link;
}

void llext_clear_words(void *mem, size_t bytes)
{
	typedef uint32_t __attribute__((may_alias)) word;
	word *next = mem;

	if (!LLEXT_ON(CONFIG_LLEXT_QUICK)) {
		memset(mem, 0, bytes);
		return;
	}
	for (; bytes >= 16 * sizeof(*next); bytes -= 16 * sizeof(*next)) {
		next[0] = next[1] = next[2] = next[3] = 0;
		next[4] = next[5] = next[6] = next[7] = 0;
		next[8] = next[9] = next[10] = next[11] = 0;
		next[12] = next[13] = next[14] = next[15] = 0;
		next += 16;
		__asm__ volatile("" : "+r"(next)); /* or the compiler calls memset() */
	}
	for (; bytes >= 2 * sizeof(*next); bytes -= 2 * sizeof(*next)) {
		next[0] = next[1] = 0;
		next += 2;
		__asm__ volatile("" : "+r"(next));
	}
	for (; bytes >= sizeof(*next); bytes -= sizeof(*next)) {
		*next++ = 0;
		__asm__ volatile("" : "+r"(next));
	}
}

static int load_locked(struct llext_loader *ldr, const char *name, struct llext **ext,
		       const struct llext_load_param *param)
{
	struct load ld;
	int rc;

	*ext = find(name);
	if (SANDBOX && *ext != NULL &&
	    extension_domain(*ext) != (param != NULL ? param->domain : NULL)) {
		*ext = NULL;
		return llext_fail(NULL, -EEXIST, "loaded already, and not for this domain");
	}
	if (*ext != NULL)
		return (int)(*ext)->use_count++;
	llext_clear_words(&ld, offsetof(struct load, transient));
	ld.ldr = ldr;
	ld.param = param != NULL ? param : &llext_default_param;
	ld.name = name;
	rc = llext_load_new(&ld);
	if (rc != 0) {
		llext_log_failure(name);
		return rc;
	}
	ld.ext->use_count = 1;
	*link_to(NULL) = ld.ext;
	llext_debugger_show(ld.ext);
	llext_dependencies_count(ld.ext, 1);
	*ext = ld.ext;
	LOG(LLEXT_LOG_INF, "loaded %s: %zu bytes, %zu export%s", name, ld.ext->alloc_size,
	    ld.ext->exp_tab.sym_cnt, ld.ext->exp_tab.sym_cnt == 1 ? "" : "s");
	return 0;
}

int llext_load(struct llext_loader *ldr, const char *name, struct llext **ext,
	       const struct llext_load_param *param)
{
	int rc;

	if (ext == NULL)
		return -EINVAL;
	*ext = NULL;
	if (ldr == NULL || name == NULL || name[0] == '\0')
		return -EINVAL;
	rc = llext_enter();
	if (rc != 0)
		return rc;
	llext_diag_clear();
	rc = load_locked(ldr, name, ext, param);
	llext_leave();
	return rc;
}

int llext_unload(struct llext **ext)
{
	struct llext **link;
	int rc;

	if (ext == NULL || *ext == NULL)
		return -EINVAL;
	rc = llext_enter();
	if (rc != 0)
		return rc;
	llext_diag_clear();
	link = link_to(*ext);
	if (*link == NULL) {
		rc = -EINVAL;
	} else if ((*ext)->use_count > 1) {
		rc = (int)--(*ext)->use_count;
	} else if (llext_has_dependents(*ext)) {
		rc = llext_fail(NULL, -EBUSY, "other extensions use its symbols");
		llext_diag_symbol_name((*ext)->name);
	} else if (extension_domain(*ext) != NULL && llext_sandbox_may_unload(*ext) != 0) {
		rc = llext_fail(NULL, -EBUSY, "its domain is running, or has its stack there");
		llext_diag_symbol_name((*ext)->name);
	} else {
		LOG(LLEXT_LOG_INF, "unloading %s", (*ext)->name);
		*link = (*ext)->next;
		for (struct walk *walk = walks; walk != NULL; walk = walk->outer) {
			if (walk->next == *ext)
				walk->next = *link;
		}
		llext_dependencies_count(*ext, -1);
		rc = llext_unplace(*ext);
		*ext = NULL;
	}
	llext_leave();
	return rc;
}
