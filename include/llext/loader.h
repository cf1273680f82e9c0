/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Where an extension's bytes come from. A loader is a set of functions that the library calls
 * from within llext_load() and the functions of llext/inspect.h, in the caller's thread and with
 * the port's lock held. Ready-made ones: llext/buf_loader.h, llext/fs_loader.h,
 * llext/lz4_loader.h.
 */
#ifndef LLEXT_LOADER_H_
#define LLEXT_LOADER_H_

#include <stddef.h>
#include <llext/elf.h>
#include <llext/regions.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How long the bytes that a loader's peek() returns stay, and what may be done with them. */
enum llext_storage_type {
	/** Valid during the load only: everything that the extension needs is copied. */
	LLEXT_STORAGE_TEMPORARY,
	/**
	 * Valid and unchanged while the extension is loaded. Sections that no relocation touches
	 * may be used where they lie (execute in place).
	 */
	LLEXT_STORAGE_PERSISTENT,
	/** As persistent, and the library may write to it: data may be relocated in place. */
	LLEXT_STORAGE_WRITABLE,
};

struct llext_diag;   /* llext/diag.h */
struct llext_claims; /* llext/trust.h */

/**
 * A byte source. prepare, seek, peek, length, finalize, explain and claims are optional (NULL).
 *
 * Each function returns 0 when it did exactly what was asked. Any other value, of either sign, is
 * an error: a negative one is passed on to the caller of llext_load(), a positive one (a short
 * read, for instance) becomes -EIO.
 */
struct llext_loader {
	/** Called once before any other. When it fails, finalize is not called. */
	int (*prepare)(struct llext_loader *ldr);

	/** Read @p len bytes from the current position to @p out and advance the position. */
	int (*read)(struct llext_loader *ldr, void *out, size_t len);

	/**
	 * Set the current position to @p pos bytes from the start. NULL: a source that only goes
	 * forward, from its first byte on (a UART, a socket, a decompressor). Without peek, only
	 * packed files can be loaded from it, in one pass; any other file is -ENOTSUP.
	 */
	int (*seek)(struct llext_loader *ldr, size_t pos);

	/**
	 * A pointer to the byte at @p pos, followed in memory by the rest of the source; NULL if
	 * that is not possible, in which case the library reads.
	 */
	void *(*peek)(struct llext_loader *ldr, size_t pos);

	/** Called once at the end of a load whose prepare succeeded, failed or not. */
	void (*finalize)(struct llext_loader *ldr);

	/** What may be done with peeked bytes; without peek this has no effect. */
	enum llext_storage_type storage;

	/**
	 * The number of bytes in the source. With it, every range in the file is checked before
	 * it is used. Without it the library finds the end by errors: read and seek must refuse to
	 * pass the end, and peek must return NULL past the end. SIZE_MAX: it is not known (yet).
	 */
	size_t (*length)(struct llext_loader *ldr);

	/**
	 * Optional: called after one of the others failed, to say why. @p diag is filled as for
	 * "the loader failed": the offset in the extension, the bytes that were asked for, the
	 * error. Better: its @c what (constant text), offset, expected and found. Not called in a
	 * build without diagnostics.
	 */
	void (*explain)(struct llext_loader *ldr, struct llext_diag *diag);

	/**
	 * Optional: what is known for sure of what prepare has opened, since a signature was
	 * verified; NULL if nothing is. Valid until finalize. Used only where CONFIG_LLEXT_TRUST
	 * is 1.
	 */
	const struct llext_claims *(*claims)(struct llext_loader *ldr);

#if LLEXT_ON(CONFIG_LLEXT_LOADER_HEADERS)
	/** The ELF header of the file that was loaded last. */
	elf_ehdr_t hdr LLEXT_CXX_ZERO_;
	/**
	 * For each region of it a header that covers the region's sections in the file, as
	 * llext_get_region_info() gives it.
	 */
	elf_shdr_t sects[LLEXT_MEM_COUNT] LLEXT_CXX_ZERO_;
#endif
};

/** @cond private: C++ programs with -Wextra miss what an initialiser leaves out */
#if defined(__cplusplus) && LLEXT_ON(CONFIG_LLEXT_LOADER_HEADERS)
#define LLEXT_LOADER_HEADERS_INIT_ , .hdr = {}, .sects = {}
#else
#define LLEXT_LOADER_HEADERS_INIT_
#endif
/** @endcond */

/** Call the loader's prepare(). @return what it returns; 0 if it has none. */
static inline int llext_prepare(struct llext_loader *ldr)
{
	return ldr->prepare != NULL ? ldr->prepare(ldr) : 0;
}

/** Call the loader's read(). @return what it returns. */
static inline int llext_read(struct llext_loader *ldr, void *out, size_t len)
{
	return ldr->read(ldr, out, len);
}

/** Call the loader's seek(), which must be there. @return what it returns. */
static inline int llext_seek(struct llext_loader *ldr, size_t pos)
{
	return ldr->seek(ldr, pos);
}

/** Call the loader's peek(). @return what it returns; NULL if it has none. */
static inline void *llext_peek(struct llext_loader *ldr, size_t pos)
{
	return ldr->peek != NULL ? ldr->peek(ldr, pos) : NULL;
}

/** Call the loader's finalize(), if it has one. */
static inline void llext_finalize(struct llext_loader *ldr)
{
	if (ldr->finalize != NULL)
		ldr->finalize(ldr);
}

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_LOADER_H_ */
