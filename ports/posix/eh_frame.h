/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LLEXT_EH_FRAME_H_
#define LLEXT_EH_FRAME_H_

#include <stddef.h>

struct llext;

/* Check a table and make it known to the unwinder. @return 0; -ENOEXEC where it is malformed. */
int llext_eh_frame_add(struct llext *ext, const void *table, size_t bytes);
/* Likewise in parts, of one record: see unwind_add_part in llext/port.h. */
int llext_eh_frame_add_part(struct llext *ext, const void *table, size_t bytes, size_t *at);
void llext_eh_frame_remove(struct llext *ext, const void *table, size_t bytes);

#endif /* LLEXT_EH_FRAME_H_ */
