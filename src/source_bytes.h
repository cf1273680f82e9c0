/* SPDX-License-Identifier: Apache-2.0 */
/* The file: its bytes, however the loader gives them, and its checked headers. */
#ifndef LLEXT_SOURCE_BYTES_H_
#define LLEXT_SOURCE_BYTES_H_

#include "load.h"
#include "fast/words.h"

/* ---- loader.c ---- */

/* memcpy(), but by words if possible: that of a small device's C library may go byte by byte. */
void llext_copy(uint8_t *to, const uint8_t *from, size_t bytes);

int llext_source_open(struct load *ld);
void llext_source_close(struct load *ld); /* frees what is transient, too */
#if CONFIG_LLEXT_WHOLE_BYTES > 0
int llext_source_read_whole(struct load *ld); /* if it is small */
#else
#define llext_source_read_whole(ld) (0)
#endif
int llext_source_read(struct load *ld, size_t offset, void *out, size_t bytes);
/* The address of these bytes in the loader's memory (peek); NULL: they are not in memory. */
const void *llext_source_peek(struct load *ld, size_t offset, size_t bytes);
/* Likewise, for any loader. */
#if LLEXT_ON(CONFIG_LLEXT_PEEK)
const void *llext_loader_peek(const struct llext_loader *ldr, size_t length, size_t offset,
			      size_t bytes);
#else
#define llext_loader_peek(ldr, length, offset, bytes)                                              \
	((void)(ldr), (void)(length), (void)(offset), (void)(bytes), (const void *)NULL)
#endif
/* Likewise, or in the load's own copy of a small file. */
const void *llext_source_at(struct load *ld, size_t offset, size_t bytes);
/*
 * Get bytes that stay valid until the load ends: by a peek if they are aligned to @align, else read
 * to transient memory, of @room bytes.
 */
int llext_source_view(struct load *ld, size_t offset, size_t bytes, size_t room, size_t align,
		      const void **view);
/* Copy bytes of the file to @mem, from the loader's memory if possible. */
int llext_source_copy(struct load *ld, size_t offset, uint8_t *mem, size_t bytes);

/* ---- transient.c ---- */

/*
 * Allocate memory for the duration of the load, not cleared. NULL: there is none; this is reported.
 */
void *llext_transient(struct load *ld, size_t bytes, size_t align);
void *llext_transient_quietly(struct load *ld, size_t bytes, size_t align); /* not reported */
/* Earlier than that. @return false: it is no memory of its own. */
bool llext_transient_free(struct load *ld, const void *mem);
/*
 * Replace a full table by a larger one with the same content. *@room, in entries, grows. NULL:
 * there is no memory, and the old table stays.
 */
void *llext_transient_grow(struct load *ld, void *table, size_t *room, size_t entry_bytes);
void llext_transient_free_all(struct load *ld);

/* ---- loader.c again ---- */

/*
 * A table of the file, read entry by entry: from the loader's memory if possible, else through the
 * load's window. There is one window, so one table is read at a time.
 */
struct stream {
	struct load *ld;
	const uint8_t *next; /* the bytes at hand */
	size_t ready;        /* how many */
	size_t offset;       /* offset in the file of the bytes that are not at hand yet */
	size_t left;         /* bytes not at hand yet */
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
	bool whole; /* the whole table is in memory at @next, and is given in pieces */
#endif
};

int llext_stream_open(struct stream *stream, struct load *ld, const elf_shdr_t *shdr);
/* Likewise, of a table that is in memory. */
void llext_stream_memory(struct stream *stream, struct load *ld, const uint8_t *table,
			 size_t bytes);
/* Free the window. The next table that needs one opens it again. */
void llext_window_close(struct load *ld);
/* Get at least @bytes bytes at hand, or all that are left. */
int llext_stream_refill(struct stream *stream, size_t bytes);

/* Copy the next entry: the source may be unaligned, and might change between two reads. */
int llext_stream_next(struct stream *stream, void *entry, size_t bytes);

/* Likewise a symbol, in a few instructions if it is at hand and aligned. */
static inline int llext_stream_symbol(struct stream *stream, elf_sym_t *sym)
{
	if (stream->ready < sizeof(*sym) || (uintptr_t)stream->next % sizeof(elf_addr) != 0)
		return llext_stream_next(stream, sym, sizeof(*sym));
	if (sizeof(*sym) == 4 * sizeof(uint32_t)) /* an assignment may be a call of memcpy() */
		copy_four(sym, stream->next);
	else
		*sym = *(const elf_sym_t *)(const void *)stream->next;
	stream->next += sizeof(*sym);
	stream->ready -= sizeof(*sym);
	return 0;
}

/* True for processors that need several instructions to read a word at any address. */
#if defined(__riscv) || defined(__XTENSA__) ||                                                     \
	(defined(__arm__) && !defined(__ARM_FEATURE_UNALIGNED))
#define ALIGNED_WORDS_ONLY 1
#else
#define ALIGNED_WORDS_ONLY 0
#endif

/* Read a word at any address; at an aligned one, the usual case, without a call of memcpy(). */
static inline elf_addr read_word(const uint8_t *mem)
{
	typedef elf_addr __attribute__((may_alias)) any_word;
	elf_addr word;

	if (ALIGNED_WORDS_ONLY && (uintptr_t)mem % sizeof(word) == 0)
		return *(const any_word *)(const void *)mem;
	memcpy(&word, mem, sizeof(word));
	return word;
}

/* Read four bytes at any address, on a machine that has an instruction for it. */
static inline uint32_t read_four(const char *mem)
{
	uint32_t word;

	memcpy(&word, mem, sizeof(word));
	return word;
}

/* How many bytes at the start of @a and @b are equal, of @bytes that both have. */
static inline size_t equal_bytes(const char *a, const char *b, size_t bytes)
{
	const char *at = a, *end = a + bytes;

	for (size_t i = 0; !ALIGNED_WORDS_ONLY && bytes - i >= sizeof(uint32_t); at = a + i) {
		uint32_t differ = read_four(a + i) ^ read_four(b + i);

		/* ELF's byte order is the machine's, so the first byte is the lowest. */
		if (differ != 0)
			return i + (size_t)__builtin_ctz(differ) / 8;
		i += sizeof(uint32_t);
	}
	for (b += at - a; at < end && *at == *b; at++)
		b++;
	return (size_t)(at - a);
}

/* A bit for each byte of a word that is 0. Only the lowest one is sure: above it, a 1 has one. */
static inline uint32_t zero_bytes(uint32_t word)
{
	return (word - 0x01010101u) & ~word & 0x80808080u;
}

/* Of zero_bytes(): the bits of a text's word up to its NUL. What is behind is not the text's. */
static inline uint32_t up_to_nul(uint32_t zeros)
{
	return zeros != 0 ? zeros ^ (zeros - 1) : UINT32_MAX;
}

/* As zero_bytes(), for each byte that is 0 or @: they differ in one bit. */
static inline uint32_t nuls_and_ats(uint32_t word)
{
	return zero_bytes(word & ~(0x01010101u * '@'));
}

/* The first NUL or @ of @bytes bytes, the last of which is NUL. */
static inline const char *find_nul_or_at(const char *text, size_t bytes)
{
	if (LLEXT_ON(CONFIG_LLEXT_QUICK) && !ALIGNED_WORDS_ONLY && bytes >= sizeof(uint32_t)) {
		const char *last = text + bytes - sizeof(uint32_t);
		uint32_t found;

		do {
			found = nuls_and_ats(read_four(text));
			text += sizeof(uint32_t);
		} while (found == 0 && text <= last);
		if (found != 0)
			return text - sizeof(uint32_t) + __builtin_ctz(found) / 8;
	}
	while (*text != '\0' && *text != '@')
		text++;
	return text;
}

/* ---- memory/word_memory.c: memory that takes whole words only, instead of memcpy(); all of TEXT's
 * is
 * ---- */

static inline bool llext_code_by_words(enum llext_mem region)
{
	return LLEXT_ON(CONFIG_LLEXT_WORD_CODE) && llext_port.write_code != NULL &&
	       region == LLEXT_MEM_TEXT;
}

void llext_code_read(void *to, const uint8_t *mem, size_t bytes);
void llext_code_write(uint8_t *mem, const void *from, size_t bytes); /* NULL: zeros */
void llext_code_clear(const struct load *ld, uint8_t *mem, size_t bytes);
int llext_code_load(struct load *ld, size_t offset, uint8_t *mem, size_t bytes); /* of the file */

/* ---- elf.c ---- */

int llext_elf_open(struct load *ld);
int llext_sections_check(struct load *ld); /* section_headers.c */
/* Get symbols' names at hand, in headers.strings; a packed file may need none. */
int llext_strings_open(struct load *ld);
/* They are not needed any more, other than for diagnostics. */
void llext_strings_drop(struct load *ld);
void llext_names_drop(struct load *ld); /* likewise those of sections */
const char *llext_section_name(const struct load *ld, uint32_t section);
/* Measure the name at @offset of the string table, and charge its length to the budget. */
int llext_name_length(struct load *ld, size_t offset, size_t *length);
/* The budget does not suffice for the name at @offset. */
int llext_fail_names(const struct load *ld, size_t offset);
/* Charge a name to the budget. */
static inline int charge_name(struct load *ld, size_t offset, size_t length)
{
	if (length >= ld->file.name_budget)
		return llext_fail_names(ld, offset);
	ld->file.name_budget -= length;
	return 0;
}

/* ---- attributes.c ---- */

#if LLEXT_ARCH_ATTRIBUTES
int llext_attributes_check(struct load *ld);
#else
#define llext_attributes_check(ld) (0)
#endif

#endif /* LLEXT_SOURCE_BYTES_H_ */
