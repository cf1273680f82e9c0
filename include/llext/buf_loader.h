/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A loader for an extension that lies in memory.
 */
#ifndef LLEXT_BUF_LOADER_H_
#define LLEXT_BUF_LOADER_H_

#include <stdint.h>
#include <llext/loader.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A loader over a buffer. The fields beside @c loader are private: use an initialiser below. */
struct llext_buf_loader {
	struct llext_loader loader; /**< pass its address to llext_load() */
	const uint8_t *buf;
	size_t len;
	size_t pos;
};

/** @cond private: the functions behind the initialisers; errors: -EINVAL past the end. */
int llext_buf_read(struct llext_loader *ldr, void *out, size_t len);
int llext_buf_seek(struct llext_loader *ldr, size_t pos);
void *llext_buf_peek(struct llext_loader *ldr, size_t pos);
size_t llext_buf_length(struct llext_loader *ldr);

#define LLEXT_BUF_LOADER_INIT_(buffer, length_, storage_)                                          \
	{                                                                                          \
		.loader = {.prepare = NULL,                                                        \
			   .read = llext_buf_read,                                                 \
			   .seek = llext_buf_seek,                                                 \
			   .peek = llext_buf_peek,                                                 \
			   .finalize = NULL,                                                       \
			   .storage = (storage_),                                                  \
			   .length = llext_buf_length,                                             \
			   .explain = NULL,                                                        \
			   .claims = NULL LLEXT_LOADER_HEADERS_INIT_},                             \
		.buf = (const uint8_t *)(buffer), .len = (length_), .pos = 0                       \
	}
/** @endcond */

/** Initialiser: @p len bytes at @p buf, of which nothing is used after the load. */
#define LLEXT_TEMPORARY_BUF_LOADER(buf, len)                                                       \
	LLEXT_BUF_LOADER_INIT_(buf, len, LLEXT_STORAGE_TEMPORARY)

/**
 * Initialiser: @p len bytes at @p buf that stay valid and unchanged until the extension is
 * unloaded. What no relocation touches is used in place where the port can do it.
 */
#define LLEXT_PERSISTENT_BUF_LOADER(buf, len)                                                      \
	LLEXT_BUF_LOADER_INIT_(buf, len, LLEXT_STORAGE_PERSISTENT)

/**
 * Initialiser: @p len bytes at @p buf that stay valid until the extension is unloaded and that
 * the library may change. A load, failed or not, may leave them changed, and then another load from
 * them is refused (-EBADMSG): copy the file to the buffer anew.
 */
#define LLEXT_WRITABLE_BUF_LOADER(buf, len) LLEXT_BUF_LOADER_INIT_(buf, len, LLEXT_STORAGE_WRITABLE)

/** Initialiser: persistent, or writable under CONFIG_LLEXT_STORAGE_WRITABLE. */
#if LLEXT_ON(CONFIG_LLEXT_STORAGE_WRITABLE)
#define LLEXT_BUF_LOADER(buf, len) LLEXT_WRITABLE_BUF_LOADER(buf, len)
#else
#define LLEXT_BUF_LOADER(buf, len) LLEXT_PERSISTENT_BUF_LOADER(buf, len)
#endif

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_BUF_LOADER_H_ */
