/* SPDX-License-Identifier: Apache-2.0 */
/* What the cases share. */
#include <stdio.h>
#include "cases.h"

_Noreturn void conformance_fail_text(const char *file, int line, const char *expected,
				     const char *found)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "\"%s\" instead of \"%s\"", found, expected);
	conformance_fail(file, line, text, 0, 1);
}

void conformance_begin(void)
{
	note_count = 0;
	firmware_variable = 100;
	CHECK_EQ(0, heap_init(CONFORMANCE_HEAP_BYTES));
	conformance_prepare();
}

static int count_one(struct llext *ext, void *arg)
{
	(void)ext;
	++*(int *)arg;
	return 0;
}

void conformance_end(void)
{
	int loaded = 0;

	CHECK_EQ(0, llext_iterate(count_one, &loaded));
	CHECK_EQ(0, loaded);
	CHECK_EQ(0, heaps_used());
	CHECK_EQ(0, heap_stats().blocks);
	CHECK(conformance_finish());
	CHECK_EQ(0, llext_heap_uninit());
}

static int unload_one(struct llext *ext, void *arg)
{
	(void)arg;
	return llext_unload(&ext) >= 0;
}

void conformance_clean(void)
{
	/* One at a time, until none can be: users go before what they use. */
	while (llext_iterate(unload_one, NULL) != 0)
		;
	(void)conformance_finish();
	(void)llext_heap_uninit();
	(void)llext_set_builtins(NULL, 0);
}

struct llext *load_with(struct fixture fixture, const char *name,
			const struct llext_load_param *param)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext *ext;

	CHECK_EQ(0, llext_load(&loader.loader, name, &ext, param));
	CHECK(ext != NULL);
	CHECK_EQ(0, llext_last_diag()->error);
	return ext;
}

struct llext *load_fixture(struct fixture fixture, const char *name)
{
	return load_with(fixture, name, NULL);
}

void refuse(struct fixture fixture, const struct llext_load_param *param, int error)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext_heap_stats before = heap_stats();
	size_t used = heaps_used();
	struct llext *ext = (struct llext *)(uintptr_t)1;

	CHECK_EQ(error, llext_load(&loader.loader, "refused", &ext, param));
	CHECK(ext == NULL);
	CHECK(llext_by_name("refused") == NULL);
	CHECK_EQ(error, llext_last_diag()->error);
	CHECK(llext_last_diag()->what != NULL);
	CHECK_EQ(used, heaps_used());
	CHECK_EQ(before.blocks, heap_stats().blocks);
}

void unload(struct llext *ext)
{
	CHECK_EQ(0, conformance_unload(&ext));
	CHECK(ext == NULL);
}

void *symbol(const struct llext *ext, const char *name)
{
	const void *address = llext_find_sym(&ext->exp_tab, name);

	CHECK(address != NULL);
	return (void *)(uintptr_t)address;
}

int call(const struct llext *ext, const char *name)
{
	return call_with(ext, name, 0);
}

int call_with(const struct llext *ext, const char *name, int argument)
{
	return (int)conformance_call(symbol(ext, name), (uintptr_t)argument, 0);
}

struct fixture changeable(struct fixture fixture, uint8_t **bytes)
{
	static uint8_t copy[CONFORMANCE_COPY_BYTES] __attribute__((aligned(16)));

	if (fixture.size > sizeof(copy))
		conformance_skip("there is no memory for a copy of the file");
	memcpy(copy, fixture.bytes, fixture.size);
	*bytes = copy;
	return (struct fixture){copy, fixture.size};
}

elf_shdr_t *find_header(uint8_t *bytes, const char *name)
{
	elf_ehdr_t *ehdr = (elf_ehdr_t *)(void *)bytes;
	elf_shdr_t *headers = (elf_shdr_t *)(void *)(bytes + ehdr->e_shoff);
	const char *names = (const char *)bytes + headers[ehdr->e_shstrndx].sh_offset;

	for (unsigned int i = 1; i < ehdr->e_shnum; i++) {
		if (strcmp(names + headers[i].sh_name, name) == 0)
			return &headers[i];
	}
	CHECK(!"the fixture has the section");
	return NULL;
}

void need_loaded(unsigned int count)
{
	if (count > conformance_most_loaded)
		conformance_skip("so many extensions cannot be protected at once");
}

uint8_t *code_memory(void)
{
	return conformance_code_memory != NULL ? conformance_code_memory : conformance_memory;
}

int heap_init(size_t bytes)
{
	if (conformance_code_memory == NULL)
		return llext_heap_init(conformance_memory, bytes);
	return heap_init_harvard(bytes, conformance_memory, bytes);
}

int heap_init_harvard(size_t code_bytes, uint8_t *data, size_t data_bytes)
{
	const struct llext_heap_area code_area = {
		code_memory(), (uintptr_t)code_memory() + conformance_code_bias, code_bytes};
	const struct llext_heap_area data_area = {data, (uintptr_t)data, data_bytes};

	if (conformance_code_bias == 0)
		return llext_heap_init_harvard(code_memory(), code_bytes, data, data_bytes);
	return llext_heap_init_areas(&code_area, &data_area);
}

void heap_halves(void)
{
	const size_t half = CONFORMANCE_HEAP_BYTES / 2;

	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(0, heap_init_harvard(half, conformance_memory + half, half));
}

struct llext_heap_stats heap_stats(void)
{
	struct llext_heap_stats stats;

	CHECK_EQ(0, llext_heap_stats(LLEXT_HEAP_DATA, &stats));
	return stats;
}

size_t heaps_used(void)
{
	struct llext_heap_stats code = {0};

	if (conformance_code_memory != NULL)
		CHECK_EQ(0, llext_heap_stats(LLEXT_HEAP_INSTR, &code));
	return heap_stats().used + code.used + conformance_used();
}
