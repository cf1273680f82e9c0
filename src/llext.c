/* SPDX-License-Identifier: Apache-2.0 */
/* The list of loaded extensions, and the calls that change it. */
#include "internal.h"

static struct llext *first; /* oldest first */

struct llext *llext_first(void)
{
	return first;
}

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

int llext_iterate(int (*fn)(struct llext *ext, void *arg), void *arg)
{
	struct llext *next;
	int rc = 0;

	llext_lock();
	for (struct llext *ext = first; rc == 0 && ext != NULL; ext = next) {
		next = ext->next; /* fn may unload it */
		rc = fn(ext, arg);
	}
	llext_unlock();
	return rc;
}

static void append(struct llext *ext)
{
	struct llext **end = &first;

	while (*end != NULL)
		end = &(*end)->next;
	*end = ext;
	for (size_t i = 0; ext->dependency[i] != NULL; i++)
		ext->dependency[i]->priv->dependents++;
}

static void detach(struct llext *ext)
{
	struct llext **link = &first;

	while (*link != ext)
		link = &(*link)->next;
	*link = ext->next;
	for (size_t i = 0; ext->dependency[i] != NULL; i++)
		ext->dependency[i]->priv->dependents--;
}

static int load_locked(struct llext_loader *ldr, const char *name, struct llext **ext,
		       const struct llext_load_param *param)
{
	struct load ld = {.ldr = ldr, .param = param};
	int rc;

	*ext = find(name);
	if (*ext != NULL)
		return (int)(*ext)->use_count++;
	rc = llext_load_new(&ld, name);
	if (rc != 0) {
		llext_log_failure(name);
		return rc;
	}
	ld.ext->use_count = 1;
	append(ld.ext);
	*ext = ld.ext;
	LOG(LLEXT_LOG_INF, "loaded %s: %zu bytes, %zu exports", name, ld.ext->alloc_size,
	    ld.ext->exp_tab.sym_cnt);
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
	llext_lock();
	llext_diag_clear();
	rc = load_locked(ldr, name, ext, param);
	llext_unlock();
	return rc;
}

static bool is_loaded(const struct llext *ext)
{
	const struct llext *other = first;

	while (other != NULL && other != ext)
		other = other->next;
	return ext != NULL && other == ext;
}

int llext_unload(struct llext **ext)
{
	int rc = -EINVAL;

	if (ext == NULL)
		return rc;
	llext_lock();
	llext_diag_clear();
	if (!is_loaded(*ext)) {
		rc = -EINVAL;
	} else if ((*ext)->use_count > 1) {
		rc = (int)--(*ext)->use_count;
	} else if ((*ext)->priv->dependents > 0) {
		rc = llext_fail(NULL, -EBUSY, "other extensions use its symbols");
		llext_diag_symbol_name((*ext)->name);
	} else {
		LOG(LLEXT_LOG_INF, "unloading %s", (*ext)->name);
		detach(*ext);
		rc = llext_unplace(*ext);
		*ext = NULL;
	}
	llext_unlock();
	return rc;
}
