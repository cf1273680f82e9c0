/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for thread-local variables of extensions where the compiler has the firmware's own: a
 * thread-local array. The threads that use it are in a list, so that a load reaches all of them.
 */
#include <llext/tls.h>
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_TLS) && CONFIG_LLEXT_TLS_BYTES > 0

/* A library that is loaded itself gets its variables a fixed offset only so. */
#if defined(__PIC__) && !defined(__PIE__)
#define FIXED __attribute__((tls_model("initial-exec")))
#else
#define FIXED
#endif

/*
 * The bytes come last: on RISC-V the first of a program's thread-local variables has offset 0, and
 * an export there would count as missing.
 */
struct thread_block {
	struct thread_block *next;
	bool listed;
	_Alignas(CONFIG_LLEXT_TLS_ALIGN) uint8_t bytes[CONFIG_LLEXT_TLS_BYTES];
};

/* `tenon check` looks for it: its size says how much room a firmware has. */
_Thread_local struct thread_block FIXED llext_tls_block;
static struct thread_block *blocks;

static void *pointer(void)
{
	return __builtin_thread_pointer();
}

#if defined(__arm__) /* defined by the C library; the compiler may call it, too */
extern void __aeabi_read_tp(void);
#define READ_TP __aeabi_read_tp
#else
#define READ_TP NULL
#endif

static intptr_t offset_of(const void *address)
{
	return (intptr_t)((uintptr_t)address - (uintptr_t)pointer());
}

static void room(struct llext_tls_room *out)
{
	*out = (struct llext_tls_room){offset_of(llext_tls_block.bytes), CONFIG_LLEXT_TLS_BYTES,
				       CONFIG_LLEXT_TLS_ALIGN};
}

static intptr_t offset(void *(*address)(void))
{
	return offset_of(address());
}

/* Under the lock. */
static void list(void)
{
	if (llext_tls_block.listed)
		return;
	llext_tls_block.listed = true;
	llext_tls_block.next = blocks;
	blocks = &llext_tls_block;
}

static void fill(struct thread_block *block, intptr_t where, const void *image, size_t image_bytes,
		 size_t bytes)
{
	uint8_t *mem = block->bytes + (where - offset_of(llext_tls_block.bytes));

	if (image_bytes > 0)
		memcpy(mem, image, image_bytes);
	memset(mem + image_bytes, 0, bytes - image_bytes);
}

static void start(intptr_t where, const void *image, size_t image_bytes, size_t bytes)
{
	list();
	for (struct thread_block *block = blocks; block != NULL; block = block->next)
		fill(block, where, image, image_bytes, bytes);
}

static void fill_own(intptr_t where, const void *image, size_t image_bytes, size_t bytes)
{
	fill(&llext_tls_block, where, image, image_bytes, bytes);
}

void llext_thread_start(void)
{
	llext_lock();
	if (!llext_tls_block.listed) {
		list();
		llext_tls_each(fill_own);
	}
	llext_unlock();
}

void llext_thread_end(void)
{
	llext_thread_exit_functions_run(pointer());
	llext_lock();
	for (struct thread_block **at = &blocks; *at != NULL; at = &(*at)->next) {
		if (*at == &llext_tls_block) {
			*at = llext_tls_block.next;
			break;
		}
	}
	llext_tls_block.listed = false;
	llext_unlock();
}

const struct llext_tls_port llext_tls_threads = {
	.room = room,
	.pointer = pointer,
	.read_tp = READ_TP,
	.offset = offset,
	.start = start,
};

#endif
