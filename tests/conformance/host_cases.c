/* SPDX-License-Identifier: Apache-2.0 */
/* Cases that need a process around them: files, mappings, threads. */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <lz4.h>
#include <llext/fs_loader.h>
#include <llext/lz4_loader.h>
#include <llext_posix.h>
#include "cases.h"

/* ---- files ---- */

static void file_loader(void)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(BASIC_FILE);
	struct llext_fs_loader none = LLEXT_FS_LOADER(BASIC_FILE ".none");
	struct llext_fs_loader directory = LLEXT_FS_LOADER("/");
	struct llext *ext;

	for (int i = 0; i < 2; i++) { /* a loader can be used again */
		firmware_variable = 100;
		CHECK_EQ(0, llext_load(&loader.loader, "basic", &ext, NULL));
		CHECK(loader.file == NULL);
		CHECK_EQ(106, call(ext, "basic_imports"));
		unload(ext);
	}
	CHECK(llext_find_section(&loader.loader, ".exported_sym") > 0);
	CHECK_EQ(-ENOENT, llext_load(&none.loader, "none", &ext, NULL));
	CHECK_EQ(LLEXT_STAGE_LOADER, llext_last_diag()->stage);
	CHECK_STR("the file cannot be opened", llext_last_diag()->what);
	CHECK(llext_load(&directory.loader, "directory", &ext, NULL) < 0);
	CHECK(ext == NULL && directory.file == NULL);
}

/* ---- a compressed file ---- */

/* Below a file, from which it is decompressed: what is in memory is what the packed file gives. */
static void compressed_file(void)
{
	static uint8_t buffer[LLEXT_LZ4_BUFFER_BYTES(256)], image[LLEXT_MEM_COUNT][4096];
	struct fixture packed = FIXTURE(basic_packed);
	struct llext_buf_loader plain = LLEXT_TEMPORARY_BUF_LOADER(packed.bytes, packed.size);
	struct llext_fs_loader file = LLEXT_FS_LOADER(BASIC_COMPRESSED);
	struct llext_lz4_loader lz4 =
		LLEXT_LZ4_LOADER(&file.loader, LZ4_decompress_safe, buffer, sizeof(buffer));
	struct llext_plan plan;
	struct llext *ext;
	void *mem[LLEXT_MEM_COUNT];

	CHECK_EQ(0, llext_load(&plain.loader, "basic", &ext, NULL));
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		mem[i] = ext->mem[i];
		CHECK(ext->mem_size[i] <= sizeof(image[i]));
		if (mem[i] != NULL)
			memcpy(image[i], mem[i], ext->mem_size[i]);
	}
	CHECK(mem[LLEXT_MEM_TEXT] != NULL && mem[LLEXT_MEM_DATA] != NULL);
	unload(ext);
	CHECK_EQ(0, llext_plan(&lz4.loader, NULL, &plan));
	for (int i = 0; i < 2; i++) { /* it can be used again */
		firmware_variable = 100;
		CHECK_EQ(0, llext_load(&lz4.loader, "basic", &ext, NULL));
		CHECK(file.file == NULL);
		for (int k = 0; k < LLEXT_MEM_COUNT; k++) {
			CHECK(ext->mem[k] == mem[k]);
			CHECK(mem[k] == NULL || memcmp(mem[k], image[k], ext->mem_size[k]) == 0);
		}
		CHECK_EQ(106, call(ext, "basic_imports"));
		CHECK_EQ(10, call(ext, "basic_sum"));
		unload(ext);
	}
	file.name = BASIC_FILE; /* which is none */
	CHECK_EQ(-EBADMSG, llext_load(&lz4.loader, "basic", &ext, NULL));
	CHECK_EQ(LLEXT_STAGE_LOADER, llext_last_diag()->stage);
	CHECK_STR("not an LZ4 frame", llext_last_diag()->what);
	CHECK(file.file == NULL);
	file.name = BASIC_FILE ".none";
	CHECK_EQ(-ENOENT, llext_load(&lz4.loader, "basic", &ext, NULL));
	CHECK_STR("the file cannot be opened", llext_last_diag()->what); /* the source says why */
}

/* ---- a heap that is written elsewhere than it is run ---- */

static void alias_heap(void)
{
	struct llext_heap_area area;
	struct llext *ext;

	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(0, llext_posix_map_alias(CONFORMANCE_HEAP_BYTES, &area));
	CHECK(area.load != (uintptr_t)area.mem);
	CHECK_EQ(0, llext_heap_init_areas(NULL, &area));
	ext = load_fixture(FIXTURE(basic), "basic");
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ext->mem[i] != NULL)
			CHECK((uintptr_t)ext->mem[i] - area.load < area.bytes);
	}
	CHECK_EQ(2, call(ext, "basic_bump"));
	CHECK_EQ(106, call(ext, "basic_imports"));
	CHECK_EQ(10, call(ext, "basic_sum"));
	unload(ext);
	ext = load_fixture(FIXTURE(order), "order");
	CHECK_EQ(0, llext_bringup(ext));
	CHECK_EQ(9, note_count);
	CHECK_EQ(0, llext_teardown(ext));
	unload(ext);
	CHECK_EQ(0, heap_stats().used);
	CHECK_EQ(0, llext_heap_uninit());
	llext_posix_unmap_alias(&area);
	CHECK_EQ(0, llext_heap_init(conformance_memory, CONFORMANCE_HEAP_BYTES));
}

/* ---- execute in place ---- */

/* Map a copy of the fixture, page-aligned, with other pages of ours behind it. */
static void *map_fixture(struct fixture fixture, int access)
{
	uint8_t *mem = llext_posix_map(65536);

	CHECK(mem != NULL);
	memcpy(mem, fixture.bytes, fixture.size);
	CHECK_EQ(0, mprotect(mem, 65536, access));
	return mem;
}

static bool is_writable(void *mem)
{
	int pipe_fds[2];
	ssize_t got;

	/* The kernel tries the write for us, without a signal. */
	CHECK_EQ(0, pipe(pipe_fds));
	CHECK_EQ(1, write(pipe_fds[1], mem, 1));
	got = read(pipe_fds[0], mem, 1);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
	return got == 1;
}

static void in_place(struct fixture fixture, int access, size_t length)
{
	uint8_t *mem = map_fixture(fixture, access);
	struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(mem, length);
	struct llext_plan plan;
	struct llext *ext;
	uint8_t *code;

	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	CHECK_EQ(0, plan.instr_bytes);
	CHECK(plan.mem[LLEXT_MEM_TEXT].in_place_bytes > 0);
	CHECK_EQ(0, llext_load(&loader.loader, "in_place", &ext, NULL));
	code = symbol(ext, "constant_square");
	CHECK(code >= mem && code < mem + fixture.size);
	CHECK(!ext->mem_on_heap[LLEXT_MEM_TEXT]);
	CHECK(!ext->mem_on_heap[LLEXT_MEM_RODATA]);
	CHECK((uint8_t *)ext->mem[LLEXT_MEM_RODATA] >= mem);
	CHECK(ext->mem_size[LLEXT_MEM_RODATA] < fixture.size);
	CHECK_EQ(81, ((int (*)(int))(uintptr_t)code)(9));
	CHECK(!is_writable(code));
	CHECK(memcmp(mem, fixture.bytes, fixture.size) == 0);
	unload(ext);
	CHECK_EQ((access & PROT_WRITE) != 0, is_writable(code));
	CHECK_EQ(0, munmap(mem, 65536));
}

static void in_place_read_only(void)
{
	in_place(FIXTURE(constant), PROT_READ, FIXTURE(constant).size);
}

static void in_place_writable(void)
{
	/* The whole pages are the source's. */
	in_place(FIXTURE(constant), PROT_READ | PROT_WRITE, 65536);
}

/* Writable pages that the source does not fill are not made executable: the code is copied. */
static void shared_page_is_copied(void)
{
	struct fixture fixture = FIXTURE(constant);
	uint8_t *mem = map_fixture(fixture, PROT_READ | PROT_WRITE);
	struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(mem, fixture.size);
	struct llext *ext;

	CHECK_EQ(0, llext_load(&loader.loader, "copied", &ext, NULL));
	CHECK(ext->mem_on_heap[LLEXT_MEM_TEXT]);
	CHECK(is_writable(mem + fixture.size - 1));
	CHECK_EQ(81, call_with(ext, "constant_square", 9));
	unload(ext);
	CHECK_EQ(0, munmap(mem, 65536));
}

/* ---- shared objects ---- */

/* Where the caller has put segments, granules begin where they do. */
static void pre_located_small_pages(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.pre_located = true;
	refuse(FIXTURE(crowded_shared), &param, -ENOTSUP);
	CHECK_STR("segments of different access share a page", llext_last_diag()->what);
}

/* The caller has put the segments where the file says that they are. */
static void pre_located_shared_object(void)
{
	uint8_t *bytes, *base = (uint8_t *)0x30000000; /* see CMakeLists.txt */
	struct fixture fixture = changeable(FIXTURE(placed_shared), &bytes);
	const elf_ehdr_t *ehdr = (const elf_ehdr_t *)(void *)bytes;
	const elf_phdr_t *phdrs = (const elf_phdr_t *)(void *)(bytes + ehdr->e_phoff);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, fixture.size);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_heap_stats before = heap_stats();
	struct llext_plan plan;
	struct llext *ext;

	CHECK(mmap(base, 65536, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == base);
	for (unsigned int i = 0; i < ehdr->e_phnum; i++) {
		if (phdrs[i].p_type == PT_LOAD)
			memcpy((void *)phdrs[i].p_vaddr, bytes + phdrs[i].p_offset,
			       phdrs[i].p_filesz);
	}
	param.pre_located = true;
	CHECK_EQ(0, llext_plan(&loader.loader, &param, &plan));
	CHECK_EQ(0, plan.data_bytes + plan.instr_bytes);
	CHECK_EQ(0, llext_load(&loader.loader, "placed", &ext, &param));
	CHECK(heap_stats().used < before.used + 8192); /* tables, no image */
	CHECK(!ext->mem_on_heap[LLEXT_MEM_TEXT] && !ext->mem_on_heap[LLEXT_MEM_DATA]);
	for (unsigned int i = 0; i < ehdr->e_phnum; i++) {
		if (phdrs[i].p_type == PT_LOAD && (phdrs[i].p_flags & PF_X))
			CHECK_EQ(0, mprotect((void *)(phdrs[i].p_vaddr & ~4095ul),
					     phdrs[i].p_memsz + (phdrs[i].p_vaddr & 4095),
					     PROT_READ | PROT_EXEC));
	}
	CHECK_EQ(2, call(ext, "basic_bump"));
	CHECK_EQ(106, call(ext, "basic_imports"));
	unload(ext);
	CHECK_EQ(0, munmap(base, 65536));
}

/* ---- threads ---- */

static void *fail_in_thread(void *arg)
{
	refuse(FIXTURE(missing), NULL, -ENODATA);
	*(const struct llext_diag **)arg = llext_last_diag();
	return NULL;
}

static void diag_per_thread(void)
{
	struct fixture basic = FIXTURE(basic);
	const struct llext_diag *other = NULL;
	pthread_t thread;

	refuse((struct fixture){basic.bytes, 10}, NULL, -ENOEXEC);
	CHECK_EQ(0, pthread_create(&thread, NULL, fail_in_thread, (void *)&other));
	CHECK_EQ(0, pthread_join(thread, NULL));
	CHECK(other != NULL && other != llext_last_diag());
	CHECK_EQ(-ENOEXEC, llext_last_diag()->error);
	CHECK_EQ(0, llext_last_diag()->missing_count);
}

const struct conformance_case host_cases[] = {
	{"host: file loader", file_loader},
	{"host: compressed file", compressed_file},
	{"host: heap with two addresses", alias_heap},
	{"host: in place, read-only", in_place_read_only},
	{"host: in place, writable", in_place_writable},
	{"host: a shared page is copied", shared_page_is_copied},
	{"host: shared object placed by the caller", pre_located_shared_object},
	{"host: small pages placed by the caller", pre_located_small_pages},
	{"host: one record per thread", diag_per_thread},
	{NULL, NULL},
};
