/* SPDX-License-Identifier: Apache-2.0 */
/* A domain goes back to where its extensions have just been loaded: their data is read anew. */
#include "sandbox.h"

#if SANDBOX

/* ---- in the load that does it ---- */

int llext_sandbox_piece_again(struct load *ld, enum llext_access access, size_t bytes,
			      struct llext_extent *extent)
{
	const struct llext_private *priv = ld->ext->priv;
	const struct piece *piece = &priv->pieces[ld->sandbox.refilled_pieces++];

	if (piece >= priv->pieces + priv->piece_count || piece->access != access ||
	    piece->extent.bytes != bytes)
		return llext_fail(ld, -EBADMSG, "not the file that was loaded");
	*extent = piece->extent;
	return 0;
}

bool llext_sandbox_uses(const struct llext *ext, const struct llext *other)
{
	struct llext *const *used = ext->dependency;

	while (*used != NULL && *used != other)
		used++;
	return *used == other;
}

/* ---- the domain ---- */

static int refill(struct llext *ext)
{
	const struct llext_domain_config *config = ext->priv->domain->config;
	struct llext_load_param param = llext_default_param;
	struct load ld;

	llext_clear_words(&ld, offsetof(struct load, transient));
	if (ext->priv->joined)
		param.domain_later = true;
	else
		param.domain = ext->priv->domain;
	ld.ldr = config->source(ext, config->user_data);
	ld.param = &param;
	ld.name = ext->name;
	ld.sandbox.refilled = ext;
	return ld.ldr != NULL ? llext_load_refill(&ld) : -ENOENT;
}

/* All of it, which is held, as a load. @again: what was brought up will be so, for the same users.
 */
static int refill_all(struct k_mem_domain *domain, bool again)
{
	int rc = 0;

	if (domain->config->source == NULL)
		return -ENOTSUP;
	llext_diag_clear();
	llext_sandbox_stop(domain, -EFAULT);
	llext_domain_port_drop(domain);
	release_resources(domain);
	if (domain->stack_owner != NULL)
		memset((void *)domain->way.stack, 0, llext_sandbox_front_bytes(domain->config));
	forget_heap(domain->config);
	for (struct llext *ext = llext_first(); rc == 0 && ext != NULL; ext = ext->next) {
		if (ext->priv->domain != domain)
			continue;
		llext_exit_functions_run(ext, false);
		if (!again)
			ext->priv->users = 0;
		rc = refill(ext);
	}
	if (rc == 0)
		domain->stopped = 0;
	return rc;
}

/* Back to where nobody has brought anything up. */
int llext_domain_reset(struct k_mem_domain *domain)
{
	int rc;

	if (domain == NULL || domain->config == NULL)
		return -EINVAL;
	rc = llext_enter();
	if (rc != 0)
		return rc;
	rc = -EBUSY;
	if (llext_domain_hold(domain)) {
		/* What another thread still takes back would be what new calls are given. */
		if (domain->endings == 0)
			rc = refill_all(domain, false);
		llext_domain_let_go(domain);
	}
	llext_leave();
	return rc;
}

/* ---- what has faulted is brought up again ---- */

/* A call of another thread may be about to find that it is stopped. @return false: it no longer is.
 */
static bool hold_stopped(struct k_mem_domain *domain)
{
	while (domain->stopped != 0) {
		if (llext_domain_hold(domain))
			return true;
		if (!llext_relax())
			break;
	}
	return false;
}

/* As if a gate of the domain did that: until it is over, other threads find the domain busy. */
static int bring_up_all(struct k_mem_domain *domain)
{
	struct llext_domain_level here;
	int rc = 0;

	here.domain = domain;
	here.outer = llext_domain_running;
	here.way = domain->way;
	here.gate = (const void *)domain; /* some gate */
	here.ticks = 0;
	domain->level = &here;
	llext_domain_running = &here;
	for (struct llext *ext = llext_first(); rc == 0 && ext != NULL; ext = ext->next) {
		if (ext->priv->domain == domain && ext->priv->users > 0)
			rc = llext_bringup_again(ext);
	}
	if (rc != 0)
		llext_sandbox_stop(domain, -EFAULT);
	llext_sandbox_back_to(here.outer);
	if (rc == 0) /* a tick has ended it together with a call around it */
		rc = domain->stopped;
	llext_domain_settle(domain);
	domain->level = NULL;
	if (here.outer != NULL)
		llext_domain_port_resume(here.outer->domain);
	return rc;
}

bool llext_domain_restart(struct k_mem_domain *domain)
{
	bool starts = true;
	int rc = 0;

	/* The lock, so that none of them goes meanwhile. */
	llext_lock();
	if (hold_stopped(domain)) {
		rc = llext_enter(); /* -EBUSY: a callback of this thread's load has called in */
		if (rc == 0) {
			rc = refill_all(domain, true);
			llext_leave();
		}
		if (rc == 0) {
			rc = bring_up_all(domain);
			starts = rc == 0;
		} else {
			llext_domain_let_go(domain);
		}
	}
	llext_unlock();
	if (rc != 0)
		LOG(LLEXT_LOG_ERR, "%s: restart failed: %d", domain->config->name, rc);
	return starts;
}

#endif /* SANDBOX */
