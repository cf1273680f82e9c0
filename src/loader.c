/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict layer over the caller's loader: every call either gives exactly what was asked for or is
 * an error, and nothing outside the file is ever asked for.
 */
#include "internal.h"
#include "steps.h"

/* A window holds at least the largest entry of any table. */
#define WINDOW_BYTES_MIN    ((size_t)64)
#define WINDOW_BYTES_PACKED ((size_t)256)
/* The window may be this many times larger while the file is examined. */
#define WINDOW_EXAMINE 4
/* In a load in steps, this many copied bytes count as one item. */
#define STEP_BYTES 16
/* And so many does any read. */
#define STEP_READ 2
/* The smallest entry of a table, which counts as one item. */
#define STEP_ENTRY 8

static int loader_error(const struct load *ld, int rc, size_t offset, size_t bytes)
{
	/* A positive value (a short read, say) is an error like any other. */
	rc = llext_fail(ld, rc < 0 ? rc : -EIO, "the loader failed");
	(void)bytes; /* without diagnostics */
	llext_diag_values((int64_t)bytes, rc);
	llext_diag_loader(ld->ldr);
	return llext_diag_offset(rc, offset);
}

#if CONFIG_LLEXT_WHOLE_BYTES > 0
/*
 * Read a small file in one piece, if there is memory to spare: that takes fewer reads, and its
 * parts need no copies. A source that cannot seek has given the ELF header already. A load from it
 * cannot begin again without this memory, so there must be much more to spare.
 */
int llext_source_read_whole(struct load *ld)
{
	bool forward = ld->ldr->seek == NULL;
	size_t room, done = forward ? sizeof(elf_ehdr_t) : 0;
	uint8_t *mem;
	int rc;

	if (ld->source.length > CONFIG_LLEXT_WHOLE_BYTES || ld->source.length < done ||
	    (LLEXT_ON(CONFIG_LLEXT_PEEK) && ld->ldr->peek != NULL) ||
	    !llext_heap_has_spare((forward ? 16 : 4) * ld->source.length))
		return 0;
	room = aligned(ld->source.length, 2 * POINTER_BYTES);
	mem = llext_transient_quietly(ld, room + room / 2, 0);
	if (mem == NULL)
		return 0;
	memcpy(mem, &ld->file.ehdr, done);
	rc = llext_source_read(ld, done, mem + done, ld->source.length - done);
	ld->source.whole = rc == 0 ? mem : NULL;
	ld->source.position = forward ? done : SIZE_MAX;
	ld->source.spare = mem + room;
	ld->source.spare_bytes = room / 2;
	return rc;
}

#endif

int llext_source_open(struct load *ld)
{
	int rc = 0;

	if (ld->source.prepared) /* the load begins again */
		return 0;
	if (ld->ldr->prepare != NULL)
		rc = ld->ldr->prepare(ld->ldr);
	if (rc != 0)
		return loader_error(ld, rc, 0, 0);
	ld->source.prepared = true;
	rc = llext_admit(ld);
	if (rc != 0)
		return rc;
	ld->source.length = ld->ldr->length != NULL ? ld->ldr->length(ld->ldr) : SIZE_MAX;
	/* A source that cannot seek begins at offset 0. */
	ld->source.position = ld->ldr->seek != NULL ? SIZE_MAX : 0;
	return ld->ldr->seek != NULL ? llext_source_read_whole(ld) : 0;
}

void llext_source_close(struct load *ld)
{
	llext_transient_free_all(ld);
	if (ld->source.prepared && ld->ldr->finalize != NULL)
		ld->ldr->finalize(ld->ldr);
	ld->source.prepared = false;
}

/* ---- bytes ---- */

#ifdef __linux__ /* the C library is that of a process */
#define HAS_FAST_MEMCPY 1
#else
#define HAS_FAST_MEMCPY 0
#endif

void llext_copy(uint8_t *to, const uint8_t *from, size_t bytes)
{
	if (!HAS_FAST_MEMCPY && ((uintptr_t)to | (uintptr_t)from) % sizeof(uint32_t) == 0) {
		for (; bytes >= 4 * sizeof(uint32_t); bytes -= 4 * sizeof(uint32_t)) {
			copy_four(to, from);
			to += 4 * sizeof(uint32_t);
			from += 4 * sizeof(uint32_t);
		}
		for (; bytes >= sizeof(uint32_t); bytes -= sizeof(uint32_t)) {
			copy_word(to, from);
			to += sizeof(uint32_t);
			from += sizeof(uint32_t);
		}
	}
	if (bytes > 0)
		memcpy(to, from, bytes);
}

/* Move to the offset of the next read. */
static int go_to(struct load *ld, size_t offset)
{
	uint8_t skipped[64];
	int rc = 0;

	if (offset == ld->source.position)
		return 0;
	if (ld->ldr->seek != NULL) {
		rc = ld->ldr->seek(ld->ldr, offset);
		return rc == 0 ? 0 : loader_error(ld, rc, offset, 0);
	}
	if (offset < ld->source.position)
		return llext_diag_offset(llext_fail_seek(ld), offset);
	while (rc == 0 && ld->source.position < offset) {
		size_t bytes = offset - ld->source.position;

		bytes = bytes < sizeof(skipped) ? bytes : sizeof(skipped);
		rc = ld->ldr->read(ld->ldr, skipped, bytes);
		if (rc != 0)
			return loader_error(ld, rc, ld->source.position, bytes);
		ld->source.position += bytes;
		step_point(ld, bytes / STEP_BYTES);
	}
	return 0;
}

/* A load in steps may be left between two pieces; for others there is one piece. */
static inline __attribute__((always_inline)) void copy_in_pieces(const struct load *ld, uint8_t *to,
								 const uint8_t *from, size_t bytes)
{
	if (is_stepped(ld))
		llext_step_copy(ld, to, from, bytes);
	else
		llext_copy(to, from, bytes);
}

static int read_in_pieces(struct load *ld, size_t offset, uint8_t *out, size_t bytes)
{
	while (bytes > 0) {
		size_t piece = step_share(ld, bytes, STEP_BYTES);
		int rc = go_to(ld, offset);

		if (rc != 0)
			return rc;
		ld->source.position = SIZE_MAX;
		rc = ld->ldr->read(ld->ldr, out, piece);
		if (rc != 0)
			return loader_error(ld, rc, offset, piece);
		offset += piece;
		out += piece;
		bytes -= piece;
		ld->source.position = offset;
		step_point(ld, STEP_READ + piece / STEP_BYTES);
	}
	return 0;
}

int llext_source_read(struct load *ld, size_t offset, void *out, size_t bytes)
{
	const void *peeked;
	int rc = 0;

	if (!fits(offset, bytes, ld->source.length)) {
		rc = llext_fail(ld, -ENOEXEC, "the file ends too early");
		return llext_diag_sizes(llext_diag_offset(rc, offset), bytes, ld->source.length);
	}
	if (bytes == 0)
		return 0;
	peeked = ld->ldr->seek == NULL || ld->source.whole != NULL
			 ? llext_source_at(ld, offset, bytes)
			 : NULL;
	if (peeked != NULL) {
		copy_in_pieces(ld, out, peeked, bytes);
		return 0;
	}
	return read_in_pieces(ld, offset, out, bytes);
}

#if LLEXT_ON(CONFIG_LLEXT_PEEK)
const void *llext_loader_peek(const struct llext_loader *ldr, size_t length, size_t offset,
			      size_t bytes)
{
	/* The function takes no const. */
	struct llext_loader *loader = (struct llext_loader *)(uintptr_t)ldr;
	const uint8_t *first, *last;

	if (loader->peek == NULL || bytes == 0 || !fits(offset, bytes, length))
		return NULL;
	first = loader->peek(loader, offset);
	if (first == NULL)
		return NULL;
	if (loader->length != NULL)
		return first;
	/* Without a length to check against, ask for the last byte, too. */
	if (offset > SIZE_MAX - (bytes - 1))
		return NULL;
	last = loader->peek(loader, offset + bytes - 1);
	return last != NULL && (uintptr_t)last - (uintptr_t)first == bytes - 1 ? first : NULL;
}
#endif

const void *llext_source_peek(struct load *ld, size_t offset, size_t bytes)
{
	return llext_loader_peek(ld->ldr, ld->source.length, offset, bytes);
}

const void *llext_source_at(struct load *ld, size_t offset, size_t bytes)
{
	if (ld->source.whole == NULL)
		return ld->ldr->peek != NULL ? llext_source_peek(ld, offset, bytes) : NULL;
	if (bytes == 0 || !fits(offset, bytes, ld->source.length))
		return NULL;
	if (ld->ldr->seek == NULL) { /* as if these bytes were read now */
		if (offset < ld->source.position)
			return NULL;
		ld->source.position = offset + bytes;
	}
	return ld->source.whole + offset;
}

int llext_source_view(struct load *ld, size_t offset, size_t bytes, size_t room, size_t align,
		      const void **view)
{
	const void *at = llext_source_at(ld, offset, bytes);
	void *mem;

	*view = at;
	if (at != NULL && ((uintptr_t)at & (align - 1)) == 0)
		return 0;
	*view = NULL;
	if (bytes == 0)
		return 0;
	/* Reading it fails, and says why. */
	if (!fits(offset, bytes, ld->source.length))
		return llext_source_read(ld, offset, NULL, bytes);
	mem = llext_transient(ld, room, align);
	if (mem == NULL)
		return -ENOMEM;
	*view = mem;
	if (at == NULL)
		return llext_source_read(ld, offset, mem, bytes);
	copy_in_pieces(ld, mem, at, bytes); /* a source that cannot seek gives them once */
	return 0;
}

int llext_source_copy(struct load *ld, size_t offset, uint8_t *mem, size_t bytes)
{
	const void *peeked = llext_source_at(ld, offset, bytes);

	if (peeked == NULL)
		return llext_source_read(ld, offset, mem, bytes);
	copy_in_pieces(ld, mem, peeked, bytes);
	return 0;
}

/* ---- tables ---- */

/* Bytes of other tables of relocations directly behind a table: they are read with it. */
static size_t bytes_behind(const struct stream *stream)
{
	const struct load_file *file = &stream->ld->file;
	size_t lead = stream->offset + stream->left - file->tables_offset;

	return lead < file->tables_bytes && !is_packed(stream->ld) ? file->tables_bytes - lead : 0;
}

/* The size of the largest table of relocations. */
static size_t largest_table(const struct load *ld)
{
	elf_xword largest = 0;

	for (uint32_t i = ld->file.tables; i < ld->file.tables_end; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if (is_relocation_table(shdr) && shdr->sh_size > largest)
			largest = shdr->sh_size;
	}
	return (size_t)largest;
}

/* One window serves all tables, and the symbol table, which is often smaller, opens it. */
static int open_window(struct load *ld, size_t bytes)
{
	size_t tables = ld->file.tables_bytes != 0 ? ld->file.tables_bytes : largest_table(ld);
	size_t most = CONFIG_LLEXT_WINDOW_BYTES;

	if (is_packed(ld))
		most = WINDOW_BYTES_PACKED;
	if (tables > most)
		tables = most;
	if (bytes < tables)
		bytes = tables;
	if (!is_packed(ld) && ld->ext == NULL) /* no image yet, and so memory for more */
		most *= WINDOW_EXAMINE;
	if (bytes > most)
		bytes = most;
	if (bytes < WINDOW_BYTES_MIN)
		bytes = WINDOW_BYTES_MIN;
	ld->source.window = llext_transient(ld, bytes, sizeof(elf_addr));
	ld->source.window_bytes = bytes;
	return ld->source.window != NULL ? 0 : -ENOMEM;
}

void llext_window_close(struct load *ld)
{
	if (ld->source.window != NULL)
		llext_transient_free(ld, ld->source.window);
	ld->source.window = NULL;
	ld->source.window_filled = 0;
}

/* Use what the last read has brought into the window already. @return whether there is some. */
static bool use_window(struct stream *stream)
{
	const struct load *ld = stream->ld;
	size_t lead = stream->offset - ld->source.window_offset;

	if (lead >= ld->source.window_filled) /* also if it begins before the window */
		return false;
	stream->next = ld->source.window + lead;
	stream->ready = ld->source.window_filled - lead;
	if (stream->ready > stream->left)
		stream->ready = stream->left;
	stream->offset += stream->ready;
	stream->left -= stream->ready;
	return true;
}

/* All of the table is in memory at @next. */
static inline __attribute__((always_inline)) void give_first(struct stream *stream, size_t bytes)
{
	stream->ready = step_share(stream->ld, bytes, STEP_ENTRY);
	stream->left = bytes - stream->ready;
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
	stream->whole = true;
#endif
}

void llext_stream_memory(struct stream *stream, struct load *ld, const uint8_t *table, size_t bytes)
{
	stream->ld = ld;
	stream->next = table;
	give_first(stream, bytes);
}

int llext_stream_open(struct stream *stream, struct load *ld, const elf_shdr_t *shdr)
{
	stream->ld = ld;
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
	stream->whole = false;
#endif
	stream->ready = 0;
	stream->offset = (size_t)shdr->sh_offset;
	stream->left = (size_t)shdr->sh_size;
	if (use_window(stream)) /* tables are neighbours */
		return 0;
	if (ld->symtab.whole != NULL && shdr == &ld->headers.shdrs[ld->headers.symtab])
		stream->next = ld->symtab.whole;
	else
		stream->next = llext_source_at(ld, stream->offset, stream->left);
	if (stream->next == NULL)
		return stream->left == 0 || ld->source.window != NULL
			       ? 0
			       : open_window(ld, stream->left);
	give_first(stream, stream->left);
	return 0;
}

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
/* Give more of a table that is in memory: at least one entry, whatever a step may take. */
static bool give_more(struct stream *stream, size_t bytes)
{
	size_t more;

	if (!stream->whole)
		return false;
	step_point(stream->ld, SIZE_MAX);
	more = step_share(stream->ld, stream->left, STEP_ENTRY);
	if (stream->ready + more < bytes)
		more = bytes - stream->ready < stream->left ? bytes - stream->ready : stream->left;
	stream->ready += more;
	stream->left -= more;
	return stream->ready >= bytes;
}
#else
#define give_more(stream, bytes) (false)
#endif

/*
 * Compact entries have any length. Behind those that are kept, what is read begins at a word again,
 * if it does so in the file: then it is copied by words.
 */
static size_t lead_of(const struct stream *stream)
{
	return stream->offset % sizeof(uint32_t) == 0 ? -stream->ready % sizeof(uint32_t) : 0;
}

int llext_stream_refill(struct stream *stream, size_t bytes)
{
	struct load *ld = stream->ld;
	size_t kept = stream->ready, lead = lead_of(stream), ahead = 0;
	size_t piece = ld->source.window_bytes - kept - lead;
	uint8_t *mem;
	int rc;

	if (give_more(stream, bytes))
		return 0;
	piece = step_share(ld, piece + kept, STEP_ENTRY);
	piece -= piece > kept ? kept : 0;
	if (piece > stream->left) {
		ahead = bytes_behind(stream);
		if (ahead > piece - stream->left)
			ahead = piece - stream->left;
		piece = stream->left;
	}
	if (kept + piece < bytes)
		return llext_fail_changed(ld);
	mem = ld->source.window + lead;
	if (kept > 0)
		memmove(mem, stream->next, kept);
	ld->source.window_filled = 0;
	rc = llext_source_read(ld, stream->offset, mem + kept, piece + ahead);
	if (rc != 0)
		return rc;
	if (lead == 0) { /* else it is of no use to another table */
		ld->source.window_offset = stream->offset - kept;
		ld->source.window_filled = kept + piece + ahead;
	}
	stream->offset += piece;
	stream->left -= piece;
	stream->next = mem;
	stream->ready += piece;
	return 0;
}

int llext_stream_next(struct stream *stream, void *entry, size_t bytes)
{
	if (stream->ready < bytes) {
		int rc = llext_stream_refill(stream, bytes);

		if (rc != 0)
			return rc;
	}
	llext_copy(entry, stream->next, bytes);
	stream->next += bytes;
	stream->ready -= bytes;
	return 0;
}
