/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small way: what it takes works as it does by the general stages; every truncation and every
 * change of one byte is survived. After each refusal, and after each unload, the heap is as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "../common/firmware_exports.h"
#include "faults.h"

#define HEAP_BYTES ((size_t)1 << 20)

const struct llext_port llext_port = {0};
/* Near the program's own code, and executable: the port protects nothing. */
static uint8_t heap[HEAP_BYTES] __attribute__((aligned(4096)));
static struct llext_heap_stats before;
static unsigned long tried, loaded;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "FAILED: %s\n", what);
	exit(1);
}

static void check_world(void)
{
	struct llext_heap_stats now;

	check(llext_heap_stats(LLEXT_HEAP_DATA, &now) == 0, "statistics");
	check(now.used == before.used && now.blocks == before.blocks &&
		      now.largest_free == before.largest_free,
	      "the heap is as it was");
	check(llext_by_name("small") == NULL, "nothing stays loaded");
}

static bool is_documented(int rc)
{
	return rc == -ENOEXEC || rc == -ENOTSUP || rc == -ENODATA || rc == -ENOMEM;
}

static int attempt(const uint8_t *bytes, size_t size)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, size);
	struct llext *ext;
	int rc = llext_load(&loader.loader, "small", &ext, NULL);

	tried++;
	loaded += rc == 0;
	check((ext != NULL) == (rc == 0), "an extension or an error");
	check(rc == 0 || is_documented(rc), "a documented error");
	if (ext != NULL) {
		for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++)
			check(llext_find_sym(&ext->exp_tab, ext->exp_tab.syms[i].name) ==
				      ext->exp_tab.syms[i].addr,
			      "exports are found");
		(void)llext_get_fn_table(ext, true, NULL, 0);
		(void)llext_get_fn_table(ext, false, NULL, 0);
		check(llext_unload(&ext) == 0 && ext == NULL, "unload");
	}
	check_world();
	return rc;
}

/* A copy of its own size, so that a sanitizer sees what is read behind it. */
static void truncations(const uint8_t *bytes, size_t size)
{
	for (size_t length = 0; length < size; length++) {
		uint8_t *copy = malloc(length + (length == 0));

		check(copy != NULL, "memory");
		memcpy(copy, bytes, length);
		check(attempt(copy, length) != 0, "a file that is cut off is refused");
		free(copy);
	}
}

static void mutations(uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		uint8_t good = bytes[at];

		for (unsigned int value = 0; value < 256; value++) {
			bytes[at] = (uint8_t)value;
			(void)attempt(bytes, size);
		}
		bytes[at] = good;
	}
}

/* The results that the general stages give for this file: see tests/smallest. */
static void works(const uint8_t *bytes, size_t size)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, size);
	struct llext *ext;
	int (*work)(int n);

	check(llext_load(&loader.loader, "small", &ext, NULL) == 0, "load");
	work = (int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, "work");
	check(work != NULL, "export");
	check(work(1) == 6 + 't' + 7, "work");
	check(llext_bringup(ext) == 0, "bring-up");
	check(work(0) == 5 + 10 + 'o' + 7, "work after bring-up");
	check(llext_teardown(ext) == 0, "tear-down");
	check(work(0) == 5 + 110 + 'o' + 7, "work after tear-down");
	check(llext_unload(&ext) == 0, "unload");
	check_world();
}

static void missing_imports(const uint8_t *bytes, size_t size)
{
	check(llext_set_builtins(exports + 1, 1) == 0, "exports");
	check(attempt(bytes, size) == -ENODATA, "a missing import");
	check(llext_set_builtins(exports, 2) == 0, "exports");
}

/* Each allocation fails once. */
static void allocations(const uint8_t *bytes, size_t size)
{
	unsigned long at = 1;

	for (;; at++) {
		int rc;

		faults_arm(OPERATION_ALLOC, at, FAULT_NEGATIVE);
		rc = attempt(bytes, size);
		if (!faults.fired)
			break;
		check(rc == -ENOMEM, "an allocation that fails");
	}
	faults_clear();
	check(at > 4, "there are allocations");
}

static unsigned long read_failing, reads;

static int failing_read(struct llext_loader *ldr, void *out, size_t bytes)
{
	return ++reads == read_failing ? 1 : llext_buf_read(ldr, out, bytes);
}

/* Each read gives fewer bytes than were asked for, once. */
static void short_reads(const uint8_t *bytes, size_t size)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, size);
	struct llext *ext;

	loader.loader.read = failing_read;
	for (read_failing = 1;; read_failing++) {
		int rc;

		reads = 0;
		rc = llext_load(&loader.loader, "small", &ext, NULL);
		if (rc == 0)
			break;
		check(rc == -EIO && ext == NULL && reads == read_failing, "a short read");
		check_world();
	}
	check(reads > 10 && llext_unload(&ext) == 0, "a load in the end");
	check_world();
}

/* What needs the general stages is refused, not misloaded. */
static void refusals(uint8_t *bytes, size_t size)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, size);
	struct llext *ext;

	param.relocate_local = false;
	check(llext_load(&loader.loader, "small", &ext, &param) == -ENOTSUP, "relocate_local");
	loader.loader.seek = NULL;
	check(llext_load(&loader.loader, "small", &ext, NULL) == -ENOTSUP, "no seek");
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(bytes, size);
	loader.loader.length = NULL;
	check(llext_load(&loader.loader, "small", &ext, NULL) == -ENOTSUP, "no length");
	check_world();
}

int main(void)
{
	static uint8_t file[65536];
	FILE *stream = fopen(FIXTURE, "rb");
	size_t size = stream != NULL ? fread(file, 1, sizeof(file), stream) : 0;

	check(size > 0 && size < sizeof(file) && fclose(stream) == 0, FIXTURE);
	check(mprotect(heap, sizeof(heap), PROT_READ | PROT_WRITE | PROT_EXEC) == 0, "mprotect");
	check(llext_set_builtins(exports, 2) == 0, "exports");
	check(llext_heap_init(heap, sizeof(heap)) == 0, "heap");
	check(llext_heap_stats(LLEXT_HEAP_DATA, &before) == 0, "statistics");
	works(file, size);
	missing_imports(file, size);
	allocations(file, size);
	short_reads(file, size);
	refusals(file, size);
	truncations(file, size);
	mutations(file, size);
	works(file, size);
	check(llext_heap_uninit() == 0, "heap");
	printf("%lu tried, %lu loaded\n", tried, loaded);
	return 0;
}
