/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Xtensa's L32R loads a literal that lies before it, by at most 256 KiB. A compiler that gives each
 * function a section of its own gives its literals one, too, and an assembler puts all of these
 * first. Where the code is larger than that, or literals stand behind code, the literals of each
 * section lie directly before it, and those of no section before all code: so does a linker.
 * Scripts for `ld -r` that name .text and not .literal leave literals so. Otherwise sections stay
 * in the order of the file.
 */
#include "internal.h"

#if LLEXT_ARCH_LITERALS

#define REACH      ((size_t)0x40000)
#define MOST_BYTES 255 /* bytes of a name that are compared: keeps the work linear */

/* The name of a section of code, or for a section of literals, the name of its code. */
struct key {
	const char *head, *tail; /* one behind the other */
	size_t head_bytes, tail_bytes;
	bool literals;
};

static size_t length_of(const char *name)
{
	const char *end = memchr(name, '\0', MOST_BYTES);

	return end != NULL ? (size_t)(end - name) : MOST_BYTES;
}

static struct key key_of(const char *name)
{
	static const char *const stems[][2] = {{".literal", ".text"},
					       {".gnu.linkonce.literal.", ".gnu.linkonce.t."}};
	/* .iram1.literal is for .iram1, and .irom0.literal for .irom0.text */
	static const char suffix[] = ".literal", text[] = ".text";
	size_t bytes = length_of(name), suffix_bytes = sizeof(suffix) - 1;
	struct key key = {"", name, 0, bytes, false};

	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
		size_t stem = strlen(stems[i][0]);

		if (strncmp(name, stems[i][0], stem) == 0)
			return (struct key){stems[i][1], name + stem, strlen(stems[i][1]),
					    bytes - stem, true};
	}
	if (bytes > suffix_bytes &&
	    memcmp(name + bytes - suffix_bytes, suffix, suffix_bytes) == 0) {
		key.tail_bytes -= suffix_bytes;
		key.literals = true;
	} else if (bytes >= sizeof(text) &&
		   memcmp(name + bytes - (sizeof(text) - 1), text, sizeof(text) - 1) == 0) {
		key.tail_bytes -= sizeof(text) - 1;
	}
	return key;
}

static unsigned char byte_at(const struct key *key, size_t i)
{
	return (unsigned char)(i < key->head_bytes ? key->head[i] : key->tail[i - key->head_bytes]);
}

static int compare(const struct key *a, const struct key *b)
{
	size_t x = a->head_bytes + a->tail_bytes, y = b->head_bytes + b->tail_bytes;

	for (size_t i = 0; i < x && i < y; i++) {
		if (byte_at(a, i) != byte_at(b, i))
			return byte_at(a, i) < byte_at(b, i) ? -1 : 1;
	}
	return x < y ? -1 : x > y;
}

static struct key section_key(const struct load *ld, elf_addr index)
{
	return key_of(checked_name(ld, &ld->headers.shdrs[index]));
}

/* Order by name; sections of one name stay in the order of the file. */
static bool key_less(const void *a, const void *b, const void *context)
{
	const struct load *ld = context;
	elf_addr i = *(const elf_addr *)a, j = *(const elf_addr *)b;
	struct key x = section_key(ld, i), y = section_key(ld, j);
	int order = compare(&x, &y);

	return order != 0 ? order < 0 : i < j;
}

static bool is_code(const elf_shdr_t *shdr)
{
	return (shdr->sh_flags & (SHF_ALLOC | SHF_EXECINSTR)) == (SHF_ALLOC | SHF_EXECINSTR) &&
	       shdr->sh_type != SHT_NULL;
}

/* Sections of one name: the first literals go with the first code, and so on. */
static void pair(struct load *ld, const elf_addr *sorted, size_t count)
{
	size_t literals = 0, code = 0;

	for (;;) {
		while (literals < count && !section_key(ld, sorted[literals]).literals)
			literals++;
		while (code < count && section_key(ld, sorted[code]).literals)
			code++;
		if (literals == count || code == count)
			return;
		ld->layout.literals[sorted[code++]] = (uint32_t)sorted[literals];
		ld->layout.literals[sorted[literals]] = (uint32_t)sorted[literals];
		literals++;
	}
}

/* The literals of each section of code lie directly before it. */
static int pair_all(struct load *ld, size_t count)
{
	elf_addr *sorted = llext_transient(ld, count * sizeof(*sorted), sizeof(elf_addr));
	size_t end;

	if (sorted == NULL)
		return -ENOMEM;
	count = 0;
	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		if (is_code(&ld->headers.shdrs[i]))
			sorted[count++] = i;
	}
	llext_sort(ld, sorted, count, sizeof(*sorted), key_less, ld);
	for (size_t first = 0; first < count; first = end) {
		struct key key = section_key(ld, sorted[first]);

		for (end = first + 1; end < count; end++) {
			struct key next = section_key(ld, sorted[end]);

			if (compare(&key, &next) != 0)
				break;
		}
		pair(ld, sorted + first, end - first);
	}
	llext_transient_free(ld, sorted);
	return 0;
}

static void put_first(struct load *ld)
{
	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		if (is_code(&ld->headers.shdrs[i]) && ld->layout.literals[i] == 0 &&
		    section_key(ld, i).literals)
			ld->layout.literals[i] = LITERALS_FIRST;
	}
}

int llext_literals_find(struct load *ld)
{
	size_t count = 0, bytes = 0;
	bool code = false, late = false; /* literals behind code */
	int rc;

	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		if (!is_code(&ld->headers.shdrs[i]))
			continue;
		if (!section_key(ld, i).literals)
			code = true;
		else if (code)
			late = true;
		count++;
		if (bytes < REACH) /* so that the sum cannot overflow */
			bytes += ld->headers.shdrs[i].sh_size < REACH
					 ? (size_t)ld->headers.shdrs[i].sh_size
					 : REACH;
	}
	if ((bytes < REACH && !late) || is_pre_located(ld))
		return 0;
	ld->layout.literals = llext_transient(
		ld, ld->headers.section_count * sizeof(*ld->layout.literals), sizeof(uint32_t));
	if (ld->layout.literals == NULL)
		return -ENOMEM;
	memset(ld->layout.literals, 0, ld->headers.section_count * sizeof(*ld->layout.literals));
	rc = pair_all(ld, count);
	if (rc == 0)
		put_first(ld);
	return rc;
}

#endif /* LLEXT_ARCH_LITERALS */
