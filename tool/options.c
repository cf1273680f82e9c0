/* SPDX-License-Identifier: Apache-2.0 */
/* Values on the command line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tenon.h"

bool parse_size(const char *text, uint64_t limit, uint64_t *value)
{
	static const struct {
		const char *suffix;
		unsigned int shift;
	} suffixes[] = {{"", 0},   {"K", 10},   {"k", 10}, {"KiB", 10}, {"M", 20},
			{"m", 20}, {"MiB", 20}, {"G", 30}, {"g", 30},   {"GiB", 30}};
	unsigned long long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	for (size_t i = 0; errno == 0 && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (strcmp(end, suffixes[i].suffix) != 0)
			continue;
		if (number > limit >> suffixes[i].shift)
			return false;
		*value = (uint64_t)number << suffixes[i].shift;
		return true;
	}
	return false;
}
