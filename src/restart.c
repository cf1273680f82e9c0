/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way to begin a load again. A load first tries a fast way: it reads a small file in one
 * piece, and it applies relocations without having counted what they need. If the file or the heap
 * does not allow that, everything is undone, and the load runs once more without either. The caller
 * notices neither the first try nor its error.
 */
#include "internal.h"

/*
 * True if code is aligned to more than an instruction takes. Then it has padding to be cut, which
 * must be counted, unless the assembler was told that no linker would shorten the code.
 */
static bool may_have_padding(const struct load *ld)
{
	return LLEXT_ARCH_PADDING && ld->layout.regions[LLEXT_MEM_TEXT].align > 4;
}

bool llext_may_count_later(const struct load *ld)
{
	/*
	 * Counting walks over all relocations, and most files need nothing but veneers for calls of
	 * imports. A file without code is counted: reserving veneers could need code memory, which
	 * it may do without.
	 */
	return COUNTS_LATER && !ld->param->count_first && !is_fenced(ld) && !ld->planned &&
	       !ld->restart.again && ld->layout.detached_count == 0 && ld->layout.tls == 0 &&
	       ld->layout.regions[LLEXT_MEM_TEXT].bytes != 0 && !may_have_padding(ld) &&
	       !is_packed(ld) && !is_linked(ld) && !is_pre_located(ld) && relocates_local(ld) &&
	       /* A source that cannot be read again rules out a second try. */
	       (ld->ldr->seek != NULL || ld->ldr->peek != NULL);
}

int llext_count_first(struct load *ld)
{
	ld->restart.again = true;
	return -EAGAIN;
}

/* True if this load has taken memory that it could do without. */
static bool takes_more(const struct load *ld)
{
	return counts_later(ld) || (ld->source.whole != NULL && ld->ldr->seek != NULL);
}

void llext_load_clear(struct load *ld, struct llext_loader *ldr, const char *name,
		      const struct llext_load_param *param)
{
	llext_clear_words(ld, offsetof(struct load, transient));
	ld->ldr = ldr;
	ld->param = param != NULL ? param : &llext_default_param;
	ld->name = name;
}

/*
 * Run the load again, with the source open already. This time relocations are counted, and the file
 * is not read in one piece.
 */
static int run_again(struct load *ld)
{
	struct llext_loader *ldr = ld->ldr;
	const struct llext_load_param *param = ld->param;
	const char *name = ld->name;
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
	struct llext_load_steps *steps = ld->steps;
#endif
	size_t length = ld->source.length, position = ld->source.position;
	uint32_t reported = ld->restart.reports;

	llext_diag_clear();
	llext_transient_free_all(ld);
	llext_load_clear(ld, ldr, name, param);
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
	ld->steps = steps;
#endif
	ld->source.length = length;
	ld->source.position = position;
	ld->source.prepared = true;
	ld->restart.again = true;
	ld->restart.reported = reported;
	return llext_load_run(ld);
}

/*
 * If relocations are not counted first, faults of a file are found in another order. So a load that
 * fails runs again, to report what a plan reports.
 */
static bool says_less(const struct load *ld, int rc)
{
	return counts_later(ld) && (rc == -ENOEXEC || rc == -ENOTSUP || rc == -ENODATA);
}

int llext_load_whole(struct load *ld)
{
	int rc = llext_load_run(ld);

	if ((COUNTS_LATER || CONFIG_LLEXT_WHOLE_BYTES > 0) &&
	    (ld->restart.again ||
	     (rc != 0 && ((rc == -ENOMEM && takes_more(ld)) || says_less(ld, rc)))))
		rc = run_again(ld);
	if (rc == 0)
		llext_entry_keep(ld);
	if (rc == 0 && LLEXT_LOG_LEVEL >= LLEXT_LOG_DBG)
		llext_log_addresses(ld, ld->name);
	llext_source_close(ld);
	return rc;
}

int llext_load_new(struct llext_loader *ldr, const char *name, struct llext **ext,
		   const struct llext_load_param *param)
{
	struct load ld;
	int rc;

	llext_load_clear(&ld, ldr, name, param);
	rc = llext_load_whole(&ld);
	/* cppcheck-suppress uninitvar; llext_clear_words() has set it */
	*ext = ld.ext;
	return rc;
}
