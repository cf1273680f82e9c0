/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the LLEXT heap. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include "llext_posix.h"

extern const char __executable_start[]; /* defined by GNU ld and lld */

#define LOW_END   ((uintptr_t)1 << 31)
#define STEP      ((uintptr_t)16 << 20)
#define FAR       ((uintptr_t)1 << 30)
#define PAGE_MASK ((uintptr_t)0xffff)

static void *map_at(uintptr_t address, size_t bytes)
{
	void *mem = mmap((void *)address, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

/* Addresses below the program are free down to the lowest that may be mapped. */
static void *map_near(uintptr_t start, size_t bytes)
{
	for (uintptr_t distance = STEP; distance < FAR; distance += STEP) {
		void *mem;

		if (start < bytes + distance)
			break;
		mem = map_at((start - bytes - distance) & ~PAGE_MASK, bytes);
		if (mem != NULL)
			return mem;
	}
	return NULL;
}

void *llext_posix_map(size_t bytes)
{
	uintptr_t start = (uintptr_t)__executable_start;
	void *mem = NULL;

	if (bytes == 0 || bytes > FAR) {
		errno = bytes == 0 ? EINVAL : ENOMEM;
		return NULL;
	}
#ifdef MAP_32BIT
	if (start < LOW_END) {
		mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		mem = mem == MAP_FAILED ? NULL : mem;
	}
#endif
	if (mem == NULL && start >= LOW_END)
		mem = map_near(start, bytes);
	if (mem == NULL) {
		mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		mem = mem == MAP_FAILED ? NULL : mem;
	}
	return mem;
}

int llext_posix_map_alias(size_t bytes, struct llext_heap_area *area)
{
	int error, fd = memfd_create("llext", MFD_CLOEXEC);
	void *view;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)bytes) != 0)
		goto fail;
	area->mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (area->mem == MAP_FAILED)
		goto fail;
	/* The view's place is chosen as for a heap with one address. */
	view = llext_posix_map(bytes);
	if (view == NULL || mmap(view, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
				 0) == MAP_FAILED) {
		error = errno;
		(void)munmap(area->mem, bytes);
		if (view != NULL)
			(void)munmap(view, bytes);
		errno = error;
		goto fail;
	}
	area->load = (uintptr_t)view;
	area->bytes = bytes;
	(void)close(fd);
	return 0;
fail:
	error = errno;
	(void)close(fd);
	return -error;
}

void llext_posix_unmap_alias(const struct llext_heap_area *area)
{
	(void)munmap(area->mem, area->bytes);
	(void)munmap((void *)area->load, area->bytes);
}
