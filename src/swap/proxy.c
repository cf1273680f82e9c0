/* SPDX-License-Identifier: Apache-2.0 */
/* Calls from slots into domains. */
#include "swap.h"

#if SANDBOX
#include <llext/slot_domain.h>

int llext_slot_domain_call(struct llext_slot *slot, unsigned int half, unsigned int index,
			   const struct llext_domain_args *args, uintptr_t *word)
{
	struct llext_domain_result result = {0};
	int rc = llext_domain_call(extension_domain(slot->halves[half].ext),
				   (const void *)slot->type->addresses[half][index], args, &result,
				   slot->type->ticks);

	*word = rc == 0 ? result.word[0] : 0;
	/* That another thread was in the domain says nothing about the extension. */
	if (rc != 0 && rc != -EBUSY && __atomic_load_n(&slot->half, __ATOMIC_ACQUIRE) == half &&
	    llext_slot_fault(slot) == 0)
		llext_slot_set_fault(slot, rc);
	return rc;
}
#endif /* SANDBOX */
