/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"
uint8_t *pack_shared_object(struct pack *pack, size_t *length)
{
	(void)length;
	complain(pack->file->path, "shared objects: to be done");
	return NULL;
}
