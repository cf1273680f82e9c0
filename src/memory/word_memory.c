/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instruction memory that takes whole, aligned words only. Each access is widened to whole words,
 * which the port moves.
 */
#include "../internal.h"
#include "../steps.h"

#define WORDS 16 /* moved at once */

/* The first WORDS words around [mem, mem + bytes), and the part of it that lies in them. */
struct span {
	uint32_t *start;
	size_t lead, count, words;
};

static struct span first_span(uint8_t *mem, size_t bytes)
{
	size_t lead = (uintptr_t)mem % sizeof(uint32_t);
	size_t count =
		bytes < WORDS * sizeof(uint32_t) - lead ? bytes : WORDS * sizeof(uint32_t) - lead;

	return (struct span){.start = (uint32_t *)(void *)(mem - lead),
			     .lead = lead,
			     .count = count,
			     .words = (lead + count + sizeof(uint32_t) - 1) / sizeof(uint32_t)};
}

void llext_code_read(void *to, const uint8_t *mem, size_t bytes)
{
	uint32_t words[WORDS];
	uint8_t *next = to;

	while (bytes > 0) {
		struct span span = first_span((uint8_t *)(uintptr_t)mem, bytes);

		llext_port.read_code(words, span.start, span.words);
		memcpy(next, (uint8_t *)words + span.lead, span.count);
		next += span.count;
		mem += span.count;
		bytes -= span.count;
	}
}

void llext_code_write(uint8_t *mem, const void *from, size_t bytes)
{
	uint32_t words[WORDS] = {0};
	const uint8_t *next = from;

	while (bytes > 0) {
		struct span span = first_span(mem, bytes);

		/* What lies around the bytes stays as it is. */
		if (span.lead != 0 || (span.lead + span.count) % sizeof(uint32_t) != 0)
			llext_port.read_code(words, span.start, span.words);
		if (next != NULL)
			memcpy((uint8_t *)words + span.lead, next, span.count);
		else
			memset((uint8_t *)words + span.lead, 0, span.count);
		llext_port.write_code(span.start, words, span.words);
		next = next != NULL ? next + span.count : NULL;
		mem += span.count;
		bytes -= span.count;
	}
}

void llext_code_clear(const struct load *ld, uint8_t *mem, size_t bytes)
{
	while (bytes > 0) {
		size_t piece = step_share(ld, bytes, sizeof(uint32_t));

		llext_code_write(mem, NULL, piece);
		mem += piece;
		bytes -= piece;
		step_point(ld, piece / sizeof(uint32_t));
	}
}

int llext_code_load(struct load *ld, size_t offset, uint8_t *mem, size_t bytes)
{
	uint8_t buffer[WORDS * sizeof(uint32_t)];
	int rc = 0;

	while (rc == 0 && bytes > 0) {
		size_t count = bytes < sizeof(buffer) ? bytes : sizeof(buffer);

		rc = llext_source_read(ld, offset, buffer, count);
		if (rc == 0)
			llext_code_write(mem, buffer, count);
		offset += count;
		mem += count;
		bytes -= count;
	}
	return rc;
}
