/* SPDX-License-Identifier: Apache-2.0 */
/* ports/littlefs, over a stand-in in memory. */
#include "../../common/must.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include "llext_littlefs.h"

static const uint8_t counter[] __attribute__((aligned(8))) = {
#include "counter.inc"
};

/* ---- the stand-in ---- */

int lfs_file_opencfg(lfs_t *lfs, lfs_file_t *file, const char *path, int flags,
		     const struct lfs_file_config *config)
{
	must(flags == LFS_O_RDONLY && config->buffer != NULL && config->attr_count == 0);
	if (strcmp(path, lfs->path) != 0)
		return LFS_ERR_NOENT;
	*file = (lfs_file_t){.open = 1};
	lfs->open_files++;
	return 0;
}

int lfs_file_close(lfs_t *lfs, lfs_file_t *file)
{
	must(file->open);
	file->open = 0;
	lfs->open_files--;
	return 0;
}

lfs_ssize_t lfs_file_read(lfs_t *lfs, lfs_file_t *file, void *buffer, lfs_size_t size)
{
	lfs_size_t left = lfs->length - file->pos;

	must(file->open);
	if (lfs->fail_read != 0)
		return lfs->fail_read;
	if (size > left)
		size = left;
	memcpy(buffer, lfs->bytes + file->pos, size);
	file->pos += size;
	lfs->reads++;
	lfs->read_bytes += size;
	return (lfs_ssize_t)size;
}

lfs_soff_t lfs_file_seek(lfs_t *lfs, lfs_file_t *file, lfs_soff_t offset, int whence)
{
	must(file->open && whence == LFS_SEEK_SET);
	if (lfs->fail_seek != 0)
		return lfs->fail_seek;
	if (offset < 0 || (lfs_size_t)offset > lfs->length)
		return LFS_ERR_INVAL;
	file->pos = (lfs_off_t)offset;
	return offset;
}

lfs_soff_t lfs_file_size(lfs_t *lfs, lfs_file_t *file)
{
	must(file->open);
	return lfs->fail_size != 0 ? lfs->fail_size : (lfs_soff_t)lfs->length;
}

/* ---- the test ---- */

static int failures;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);             \
			failures++;                                                                \
		}                                                                                  \
	} while (0)

static lfs_t fs = {.path = "counter.llext", .bytes = counter, .length = sizeof(counter)};
static uint8_t cache[64], ahead[512];

static int load(const char *path, size_t ahead_bytes)
{
	struct llext_lfs_loader loader = LLEXT_LFS_LOADER(&fs, path, cache, ahead, ahead_bytes);
	struct llext *ext;
	int rc;

	fs.reads = fs.read_bytes = 0;
	rc = llext_load(&loader.loader, "counter", &ext, NULL);
	CHECK(fs.open_files == 0);
	if (rc == 0) {
		int count = 5;
		void (*entry)(void *) =
			(void (*)(void *))(uintptr_t)llext_find_sym(&ext->exp_tab, "count_entry");

		CHECK(llext_bringup(ext) == 0);
		entry(&count);
		CHECK(count == 6);
		CHECK(llext_teardown(ext) == 0 && llext_unload(&ext) == 0);
	}
	return rc;
}

/* Every read of every length at every place gives the file's bytes, through a buffer of any size.
 */
static void check_reads(void)
{
	static uint8_t out[sizeof(counter)];

	for (size_t bytes = 0; bytes < 40; bytes += 3) {
		struct llext_lfs_loader loader =
			LLEXT_LFS_LOADER(&fs, fs.path, cache, ahead, bytes);
		struct llext_loader *ldr = &loader.loader;

		CHECK(llext_lfs_prepare(ldr) == 0);
		CHECK(llext_lfs_prepare(ldr) == -EBUSY);
		CHECK(llext_lfs_length(ldr) == sizeof(counter));
		for (size_t pos = 0; pos <= 100; pos += 7) {
			CHECK(llext_lfs_seek(ldr, pos) == 0);
			for (size_t len = 0; len < 50; len += 5) {
				size_t at = loader.pos;

				const uint8_t other = counter[at + len] ^ 0xff;

				out[len] = other; /* not to be written */
				CHECK(llext_lfs_read(ldr, out, len) == 0);
				CHECK(memcmp(out, counter + at, len) == 0 && out[len] == other &&
				      loader.pos == at + len);
			}
		}
		/* Bounded: not beyond the end, which is not a short read but an error. */
		CHECK(llext_lfs_seek(ldr, sizeof(counter)) == 0);
		CHECK(llext_lfs_read(ldr, out, 0) == 0);
		CHECK(llext_lfs_read(ldr, out, 1) == -EIO);
		CHECK(llext_lfs_seek(ldr, sizeof(counter) + 1) == -EINVAL);
		CHECK(llext_lfs_seek(ldr, 1) == 0);
		CHECK(llext_lfs_read(ldr, out, sizeof(counter)) == -EIO);
		llext_lfs_finalize(ldr);
	}
}

static void check_errors(void)
{
	static const int errors[][2] = {{LFS_ERR_IO, -EIO},
					{LFS_ERR_CORRUPT, -EBADMSG},
					{LFS_ERR_NOMEM, -ENOMEM},
					{LFS_ERR_INVAL, -EIO}};

	CHECK(load("other.llext", sizeof(ahead)) == -ENOENT);
	CHECK(strcmp(llext_last_diag()->what, "the file cannot be opened") == 0);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fs.fail_read = errors[i][0];
		CHECK(load(fs.path, sizeof(ahead)) == errors[i][1]);
		CHECK(load(fs.path, 0) == errors[i][1]);
		fs.fail_read = 0;
		fs.fail_seek = errors[i][0];
		CHECK(load(fs.path, sizeof(ahead)) == errors[i][1]);
		fs.fail_seek = 0;
		fs.fail_size = errors[i][0];
		CHECK(load(fs.path, sizeof(ahead)) == errors[i][1]);
		fs.fail_size = 0;
	}
}

int main(void)
{
	lfs_size_t without, with;

	llext_posix_log_level = LLEXT_LOG_NONE;
	CHECK(llext_heap_init(llext_posix_map(256 * 1024), 256 * 1024) == 0);
	CHECK(load(fs.path, 0) == 0);
	without = fs.reads;
	CHECK(load(fs.path, sizeof(ahead)) == 0);
	with = fs.reads;
	printf("%lu reads, with read-ahead %lu\n", (unsigned long)without, (unsigned long)with);
	CHECK(with * 3 <= without * 2);
	check_reads();
	check_errors();
	puts(failures ? "FAILED" : "all is well");
	return failures != 0;
}
