/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a load. Whatever fails, everything is undone in one place, and nothing has changed.
 */
#include "internal.h"
#include "steps.h"

const struct llext_load_param llext_default_param = LLEXT_LOAD_PARAM_DEFAULT;

/* Refuse what this build has been configured without: see config.h. */
static int check_configuration(struct load *ld)
{
	if ((!LLEXT_ON(CONFIG_LLEXT_IN_PLACE) &&
	     (!ld->param->relocate_local || ld->param->pre_located ||
	      ld->param->section_detached != NULL)) ||
	    (!LLEXT_ON(CONFIG_LLEXT_INSPECT) && ld->param->keep_section_info))
		return llext_fail(ld, -ENOTSUP, "this build has no support for a load parameter");
	if (!LLEXT_ON(CONFIG_LLEXT_PROTECT) && (llext_port.granule != 0 || llext_port.sync != NULL))
		return llext_fail(ld, -ENOTSUP, "this build has no support for protected memory");
	if (!LLEXT_ON(CONFIG_LLEXT_LOCK) && llext_port.lock != NULL)
		return llext_fail(ld, -ENOTSUP, "this build has no support for threads");
	if (!SANDBOX && ld->param->domain != NULL)
		return llext_fail(ld, -ENOTSUP, "this build has no support for domains");
	/* A better message than that of the first allocation, which would fail. */
	if ((LLEXT_ON(CONFIG_LLEXT_DIAG) || !LLEXT_ON(CONFIG_LLEXT_HEAP_DYNAMIC)) &&
	    !llext_heap_ready())
		return llext_fail(ld, -ENOMEM, "no heap: call llext_heap_init() first");
	return 0;
}

static int layout(struct load *ld)
{
	return is_linked(ld) ? llext_layout_segments(ld) : llext_layout_sections(ld);
}

static int check_imports(struct load *ld)
{
#if SANDBOX
	if (ld->sandbox.gates_lacking > 0 &&
	    ld->sandbox.gates_lacking == ld->symtab.imports_missing)
		return llext_fail(ld, -EACCES, "imports have no gate for a domain");
#endif
	if (ld->symtab.imports_missing > 0)
		return llext_fail(ld, -ENODATA,
				  builtins_count() == 0 ? "imports are missing, and the firmware's "
							  "table of exports is empty"
							: "imports are missing");
	return 0;
}

#if SANDBOX
/* A load in steps does so where it is published: between two steps its domain may run. */
static int join(struct load *ld)
{
	return is_stepped(ld) ? 0 : llext_sandbox_join(ld);
}
#endif

struct step {
	int (*run)(struct load *ld);
#if LLEXT_ON(CONFIG_LLEXT_DIAG)
	uint8_t stage; /* enum llext_stage */
#endif
};

#if LLEXT_ON(CONFIG_LLEXT_DIAG)
#define STEP(stage, run)                                                                           \
	{                                                                                          \
		run, LLEXT_STAGE_##stage                                                           \
	}
#define SET_STAGE(ld, s) ((ld)->stage = (enum llext_stage)(s)->stage)
#else
#define STEP(stage, run)                                                                           \
	{                                                                                          \
		run                                                                                \
	}
#define SET_STAGE(ld, s) ((void)0)
#endif

static const struct step steps[] = {
	STEP(LOADER, check_configuration),
#if SANDBOX
	STEP(LOADER, llext_sandbox_open),
#endif
	STEP(LOADER, llext_source_open),
	STEP(ELF, llext_elf_open),
	STEP(LAYOUT, layout),
	STEP(SYMBOLS, llext_symbols_scan),
	STEP(RELOCATE, llext_relocate_count),
	STEP(LAYOUT, llext_layout_blocks),
	STEP(SYMBOLS, check_imports),
	/*
	 * From here on memory is allocated. What still fails: memory, protection, a source that
	 * changes, and what shows only when relocations are applied or exports are read.
	 */
	STEP(PLACE, llext_place),
#if LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES)
	STEP(PLACE, llext_dependencies_record),
#endif
#if LLEXT_ON(CONFIG_LLEXT_TRUST)
	STEP(PLACE, llext_admit_again),
#endif
	STEP(SYMBOLS, llext_symbols_finish),
	STEP(PLACE, llext_fill),
	STEP(RELOCATE, llext_fill_slots),
	STEP(RELOCATE, llext_relocate),
#if LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419)
	STEP(RELOCATE, llext_page_ends_finish),
#endif
#if LLEXT_ON(CONFIG_LLEXT_ARRAYS)
	STEP(RELOCATE, llext_arrays_finish),
#endif
#if SANDBOX
	STEP(RELOCATE, llext_sandbox_fill),
#endif
#if VENEERS_LATER
	STEP(RELOCATE, llext_veneers_trim),
#endif
	STEP(EXPORTS, llext_exports_build),
#if LLEXT_ON(CONFIG_LLEXT_ABI_VERSION)
	STEP(EXPORTS, llext_abi_check),
#endif
#if LLEXT_ON(CONFIG_LLEXT_INSPECT)
	STEP(EXPORTS, llext_inspect_keep),
#endif
#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
	STEP(EXPORTS, llext_debugger_keep),
#endif
#if LLEXT_ON(CONFIG_LLEXT_PROTECT)
	STEP(PROTECT, llext_protect),
#endif
#if LLEXT_ON(CONFIG_LLEXT_UNWIND)
	STEP(PROTECT, llext_unwind_add),
#endif
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	STEP(PLACE, llext_tls_start),
#endif
#if SANDBOX
	STEP(PROTECT, join),
#endif
};

#define EXAMINED (8 + SANDBOX)
#define ALL      (sizeof(steps) / sizeof(steps[0]))

static int run(struct load *ld, size_t end)
{
	int rc = 0;

	llext_forget_wanted(ld);
	for (const struct step *step = steps; rc == 0 && step < steps + end; step++) {
		SET_STAGE(ld, step);
		rc = step->run(ld);
		step_point(ld, SIZE_MAX);
	}
	return rc;
}

int llext_examine(struct load *ld)
{
	return run(ld, EXAMINED);
}

#if SANDBOX
/* Run only the steps that read and relocate data. */
int llext_load_refill(struct load *ld)
{
	static int (*const again[])(struct load * ld) = {llext_place, llext_symbols_finish,
							 llext_fill, llext_relocate};
	int rc = run(ld, EXAMINED);

	ld->ext = ld->sandbox.refilled;
	for (size_t i = 0; rc == 0 && i < sizeof(again) / sizeof(again[0]); i++)
		rc = again[i](ld);
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (rc == 0 && domain_of(ld) != NULL)
		rc = llext_tls_start(ld);
#endif
	llext_source_close(ld);
	return rc;
}
#endif

void llext_load_undo(struct load *ld)
{
	if (ld->ext == NULL)
		return;
	if (is_stepped(ld))
		(void)llext_unprotect(ld->ext, ld); /* which is what may take long */
	(void)llext_unplace(ld->ext);
	ld->ext = NULL;
}

int llext_load_run(struct load *ld)
{
	int rc = run(ld, ALL);

	if (rc != 0) {
		llext_load_undo(ld);
		llext_forget_wanted(ld);
	}
	return rc;
}
