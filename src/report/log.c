/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, through the port. */
#include <stdarg.h>
#include "../internal.h"
#include "../text.h"

void llext_log(int level, const char *format, ...)
{
	va_list args;

	if (llext_port.log == NULL)
		return;
	va_start(args, format);
	llext_port.log(level, format, args);
	va_end(args);
}

/*
 * Where each section is, in one line that can be pasted behind gdb's add-symbol-file FILE. Very
 * many sections take several lines; gdb takes them all together.
 */
void llext_log_addresses(const struct load *ld, const char *name)
{
	char line[1024];
	size_t used = 0;

	for (uint32_t i = 1; LLEXT_LOG_LEVEL >= LLEXT_LOG_DBG && i < ld->headers.section_count;
	     i++) {
		const char *section = llext_section_name(ld, i);
		uint64_t address = (uint64_t)ld->layout.sections[i].load;
		size_t length = strlen(section);

		if (ld->layout.sections[i].region == LLEXT_MEM_COUNT ||
		    ld->headers.shdrs[i].sh_size == 0 || length > sizeof(line) - 32)
			continue;
		if (used + length + 32 > sizeof(line)) {
			LOG(LLEXT_LOG_DBG, "%s:%.*s", name, (int)used, line);
			used = 0;
		}
		memcpy(line + used, " -s ", 4);
		for (size_t at = 0; at < length; at++)
			line[used + 4 + at] = shown_as(section[at]);
		memcpy(line + used + 4 + length, " 0x", 3);
		used += length + 7;
		for (unsigned int shift = 8 * sizeof(elf_addr); shift > 0; shift -= 4)
			line[used++] = "0123456789abcdef"[address >> (shift - 4) & 0xf];
	}
	if (used > 0)
		LOG(LLEXT_LOG_DBG, "%s:%.*s", name, (int)used, line);
}
