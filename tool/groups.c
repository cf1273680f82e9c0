/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of exports: a section of pairs of strings, the group's name and the export's. */
#include <string.h>
#include "groups.h"

/* One string of the section; *at moves behind it. */
static const char *take(const struct section_header *header, size_t *at)
{
	const char *text = (const char *)header->bytes + *at;
	size_t length;

	if (*at >= header->size)
		return NULL;
	length = strnlen(text, header->size - *at);
	if (length == header->size - *at)
		return NULL;
	*at += length + 1;
	return text;
}

bool groups_next(const struct file *firmware, size_t *at, const char **group, const char **name)
{
	size_t index = file_find_section(firmware, ".llext_groups");
	struct section_header header;

	if (index == 0 || !file_section(firmware, index, &header) || header.bytes == NULL)
		return false;
	*group = take(&header, at);
	*name = *group != NULL ? take(&header, at) : NULL;
	return *name != NULL;
}

const char *group_of(const struct file *firmware, const char *name)
{
	const char *group, *member;
	size_t at = 0;

	while (groups_next(firmware, &at, &group, &member)) {
		if (strcmp(member, name) == 0)
			return group;
	}
	return NULL;
}
