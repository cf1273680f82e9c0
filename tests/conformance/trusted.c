/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions with the firmware's rights. */
#include "conformance.h"

int conformance_load(struct llext_loader *ldr, const char *name, struct llext **ext,
		     const struct llext_load_param *param)
{
	return llext_load(ldr, name, ext, param);
}

int conformance_plan(struct llext_loader *ldr, const struct llext_load_param *param,
		     struct llext_plan *plan)
{
	return llext_plan(ldr, param, plan);
}

int conformance_unload(struct llext **ext)
{
	return llext_unload(ext);
}

void need_trusted(const char *why)
{
	(void)why;
}

size_t conformance_used(void)
{
	return 0;
}

uintptr_t conformance_call(const void *function, uintptr_t first, uintptr_t second)
{
	return ((uintptr_t(*)(uintptr_t, uintptr_t))(uintptr_t)function)(first, second);
}

void conformance_prepare(void)
{
}

bool conformance_finish(void)
{
	return true;
}
