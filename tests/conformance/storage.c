/* SPDX-License-Identifier: Apache-2.0 */
/* Loaders and their storages, use in place, detached sections, files placed by the caller. */
#include "cases.h"

/* ---- loaders ---- */

static void each_storage(void)
{
	uint8_t *bytes;
	struct fixture basic = changeable(FIXTURE(basic), &bytes);
	struct llext_buf_loader loaders[] = {
		LLEXT_TEMPORARY_BUF_LOADER(bytes, basic.size),
		LLEXT_PERSISTENT_BUF_LOADER(bytes, basic.size),
		LLEXT_BUF_LOADER(bytes, basic.size),
		LLEXT_WRITABLE_BUF_LOADER(bytes, basic.size),
	};

	CHECK_EQ(LLEXT_STORAGE_TEMPORARY, loaders[0].loader.storage);
	CHECK_EQ(LLEXT_STORAGE_PERSISTENT, loaders[1].loader.storage);
	CHECK_EQ(LLEXT_ON(CONFIG_LLEXT_STORAGE_WRITABLE) ? LLEXT_STORAGE_WRITABLE
							 : LLEXT_STORAGE_PERSISTENT,
		 loaders[2].loader.storage);
	CHECK_EQ(LLEXT_STORAGE_WRITABLE, loaders[3].loader.storage);
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		struct llext *ext;

		firmware_variable = 100;
		CHECK_EQ(0, llext_load(&loaders[i].loader, "basic", &ext, NULL));
		CHECK_EQ(2, call(ext, "basic_bump"));
		CHECK_EQ(106, call(ext, "basic_imports"));
		CHECK_EQ(10, call(ext, "basic_sum"));
		unload(ext);
		/* Only the last one may change the buffer. */
		if (loaders[i].loader.storage != LLEXT_STORAGE_WRITABLE)
			CHECK(memcmp(bytes, FIXTURE(basic).bytes, basic.size) == 0);
	}
}

static void writable_data_in_place(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(writable), &bytes);
	struct llext_buf_loader loader = LLEXT_WRITABLE_BUF_LOADER(bytes, fixture.size);
	struct llext_plan plan;
	struct llext *ext;
	int *value;

	need_trusted("a domain uses nothing in place");
	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	CHECK(plan.mem[LLEXT_MEM_DATA].in_place_bytes >= sizeof(int) + 2 * sizeof(void *));
	CHECK_EQ(0, plan.mem[LLEXT_MEM_DATA].bytes);
	CHECK_EQ(0, llext_load(&loader.loader, "writable", &ext, NULL));
	value = symbol(ext, "writable_value");
	CHECK((uint8_t *)value >= bytes && (uint8_t *)value < bytes + fixture.size);
	CHECK(!ext->mem_on_heap[LLEXT_MEM_DATA]);
	CHECK_EQ(17, *value);
	CHECK(*(int **)symbol(ext, "writable_pointer") == value);
	CHECK(*(int **)symbol(ext, "writable_import") == &firmware_variable);
	unload(ext);
}

/* What is relocated where it lies cannot be relocated once more: addends are in the places. */
static void writable_once(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(writable), &bytes);
	struct llext_buf_loader loader = LLEXT_WRITABLE_BUF_LOADER(bytes, fixture.size);
	struct llext *ext, *other;
	struct llext_plan plan;

	need_trusted("a domain uses nothing in place");
	CHECK_EQ(0, llext_load(&loader.loader, "writable", &ext, NULL));
	CHECK_EQ(-EBADMSG, llext_load(&loader.loader, "other", &other, NULL));
	*(int *)symbol(ext, "writable_value") = 18;
	unload(ext);
	CHECK_EQ(-EBADMSG, llext_load(&loader.loader, "writable", &ext, NULL));
	CHECK(ext == NULL && strstr(llext_last_diag()->what, "writable buffer") != NULL);
	CHECK_EQ(-EBADMSG, llext_plan(&loader.loader, NULL, &plan));
	fixture = changeable(FIXTURE(writable), &bytes);
	CHECK_EQ(0, llext_load(&loader.loader, "writable", &ext, NULL));
	CHECK_EQ(17, *(int *)symbol(ext, "writable_value"));
	CHECK(*(int **)symbol(ext, "writable_pointer") == symbol(ext, "writable_value"));
	unload(ext);
}

/* A load that failed before it wrote to the buffer may be tried again; one after that may not. */
static void writable_after_a_failure(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(writable), &bytes);
	struct llext_buf_loader loader = LLEXT_WRITABLE_BUF_LOADER(bytes, fixture.size);
	const struct llext_const_symbol none = {"none", NULL};
	elf_sym_t *symbols;
	struct llext *ext;

	need_trusted("a domain uses nothing in place");
	CHECK_EQ(0, llext_set_builtins(&none, 1));
	CHECK_EQ(-ENODATA, llext_load(&loader.loader, "writable", &ext, NULL));
	CHECK_EQ(0, llext_set_builtins(NULL, 0));
	CHECK(memcmp(bytes, FIXTURE(writable).bytes, fixture.size) == 0);
	/* Two exports of one name are found when everything is relocated. */
	symbols = (elf_sym_t *)(void *)(bytes + find_header(bytes, ".symtab")->sh_offset);
	for (size_t i = find_header(bytes, ".symtab")->sh_info, first = 0;
	     i < find_header(bytes, ".symtab")->sh_size / sizeof(*symbols); i++) {
		if (symbols[i].st_shndx == 0)
			continue;
		if (first != 0)
			symbols[i].st_name = symbols[first].st_name;
		first = i;
	}
	CHECK_EQ(-ENOEXEC, llext_load(&loader.loader, "writable", &ext, NULL));
	CHECK_EQ(LLEXT_STAGE_EXPORTS, llext_last_diag()->stage);
	CHECK_EQ(-EBADMSG, llext_load(&loader.loader, "writable", &ext, NULL));
}

/* What nothing writes to stays good: constants in place, and a buffer of which all was copied. */
static void writable_and_unchanged(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(constant), &bytes);
	struct llext_buf_loader loader = LLEXT_WRITABLE_BUF_LOADER(bytes, fixture.size);

	for (int i = 0; i < 2; i++) {
		struct llext *ext;

		CHECK_EQ(0, llext_load(&loader.loader, "constant", &ext, NULL));
		CHECK_STR("read where it lies", (const char *)symbol(ext, "constant_text"));
		unload(ext);
	}
	CHECK(memcmp(bytes, FIXTURE(constant).bytes, fixture.size) == 0);
}

static void temporary_is_not_kept(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(constant), &bytes);
	struct llext *ext = load_fixture(fixture, "constant");

	memset(bytes, 0xff, fixture.size);
	CHECK_STR("read where it lies", (const char *)symbol(ext, "constant_text"));
	CHECK_EQ(49, call_with(ext, "constant_square", 7));
	unload(ext);
}

/* Constants of a persistent buffer are used where they lie. */
static void constants_in_place(void)
{
	struct fixture fixture = FIXTURE(constant);
	struct llext_buf_loader loader = LLEXT_PERSISTENT_BUF_LOADER(fixture.bytes, fixture.size);
	const uint8_t *text;
	struct llext *ext;

	need_trusted("a domain uses nothing in place");
	CHECK_EQ(0, llext_load(&loader.loader, "constant", &ext, NULL));
	text = symbol(ext, "constant_text");
	CHECK(text >= fixture.bytes && text < fixture.bytes + fixture.size);
	CHECK(ext->mem[LLEXT_MEM_RODATA] != NULL);
	CHECK(!ext->mem_on_heap[LLEXT_MEM_RODATA]);
	CHECK_STR("read where it lies", (const char *)text);
	unload(ext);
}

/* A loader with only what is required, which counts. */
struct counting {
	struct llext_loader loader;
	struct fixture fixture;
	size_t position;
	int prepared, finalized, reads, fail_at, result;
};

static int count_prepare(struct llext_loader *ldr)
{
	((struct counting *)(void *)ldr)->prepared++;
	return 0;
}

static int refuse_prepare(struct llext_loader *ldr)
{
	((struct counting *)(void *)ldr)->prepared++;
	return -EACCES;
}

static void count_finalize(struct llext_loader *ldr)
{
	((struct counting *)(void *)ldr)->finalized++;
}

static int count_read(struct llext_loader *ldr, void *out, size_t len)
{
	struct counting *counting = (struct counting *)(void *)ldr;

	if (++counting->reads == counting->fail_at)
		return counting->result;
	if (len > counting->fixture.size - counting->position)
		return -EINVAL;
	memcpy(out, counting->fixture.bytes + counting->position, len);
	counting->position += len;
	return 0;
}

static int count_seek(struct llext_loader *ldr, size_t pos)
{
	struct counting *counting = (struct counting *)(void *)ldr;

	if (pos > counting->fixture.size)
		return -EINVAL;
	counting->position = pos;
	return 0;
}

static struct counting counting_loader(void)
{
	return (struct counting){.loader = {.prepare = count_prepare,
					    .read = count_read,
					    .seek = count_seek,
					    .finalize = count_finalize},
				 .fixture = FIXTURE(basic)};
}

static void required_functions_only(void)
{
	struct counting counting = counting_loader();
	struct llext *ext;

	counting.loader.prepare = NULL;
	counting.loader.finalize = NULL;
	CHECK_EQ(0, llext_load(&counting.loader, "basic", &ext, NULL));
	CHECK_EQ(106, call(ext, "basic_imports"));
	unload(ext);
}

static void prepare_and_finalize(void)
{
	struct counting counting = counting_loader();
	struct llext *ext;

	CHECK_EQ(0, llext_load(&counting.loader, "basic", &ext, NULL));
	CHECK(counting.prepared == 1 && counting.finalized == 1);
	CHECK_EQ(1, llext_load(&counting.loader, "basic", &ext, NULL));
	CHECK(counting.prepared == 1 && counting.finalized == 1);
	CHECK_EQ(1, llext_unload(&ext));
	unload(ext);
	counting = counting_loader();
	counting.loader.prepare = refuse_prepare;
	CHECK_EQ(-EACCES, llext_load(&counting.loader, "basic", &ext, NULL));
	CHECK(counting.prepared == 1 && counting.finalized == 0 && counting.reads == 0);
	CHECK_EQ(LLEXT_STAGE_LOADER, llext_last_diag()->stage);
}

static void loader_errors(void)
{
	static const struct {
		int result, expected;
	} results[] = {{-EACCES, -EACCES}, {1, -EIO}, {100, -EIO}};
	struct counting counting = counting_loader();
	struct llext *ext;
	int reads;

	CHECK_EQ(0, llext_load(&counting.loader, "basic", &ext, NULL));
	unload(ext);
	reads = counting.reads;
	for (int i = 1; i <= reads; i++) {
		counting = counting_loader();
		counting.fail_at = i;
		counting.result = results[i % 3].result;
		CHECK_EQ(results[i % 3].expected,
			 llext_load(&counting.loader, "basic", &ext, NULL));
		CHECK(ext == NULL && counting.finalized == 1);
		CHECK_EQ(results[i % 3].expected, llext_last_diag()->error);
		CHECK_EQ(0, heaps_used());
	}
}

/* ---- detached ---- */

static uint32_t detached_name;

static bool is_detached(const elf_shdr_t *shdr)
{
	return shdr->sh_name == detached_name;
}

static void detached(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(sections), &bytes);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, fixture.size);
	const uint8_t *start;
	struct llext *ext;
	int *data;

	param.section_detached = is_detached;
	detached_name = find_header(bytes, ".mine.data")->sh_name;
	CHECK_EQ(0, llext_load(&loader.loader, "detached", &ext, &param));
	data = symbol(ext, "mine_data");
	start = ext->mem[LLEXT_MEM_DATA];
	CHECK((uint8_t *)data < start || (uint8_t *)data >= start + ext->mem_size[LLEXT_MEM_DATA]);
	CHECK_EQ(18, call(ext, "mine_function"));
	*data = 30;
	CHECK_EQ(45, call(ext, "mine_function"));
	unload(ext);
	/* Code and zeroed data can be apart, too. */
	detached_name = find_header(bytes, ".mine.text")->sh_name;
	CHECK_EQ(0, llext_load(&loader.loader, "detached", &ext, &param));
	CHECK_EQ(18, call(ext, "mine_function"));
	unload(ext);
	detached_name = find_header(bytes, ".bss.first")->sh_name;
	CHECK_EQ(0, llext_load(&loader.loader, "detached", &ext, &param));
	CHECK_EQ(18, call(ext, "mine_function"));
	CHECK_EQ(0, ((int *)symbol(ext, "bss_first"))[0]);
	unload(ext);
}

/* ---- a section's header, through the loader ---- */

static struct llext_loader *asked_loader;
static int asked_result;

static bool is_mine(const elf_shdr_t *shdr)
{
	elf_shdr_t mine;

	asked_result = llext_get_section_header(asked_loader, NULL, ".mine.data", &mine);
	return asked_result == 0 && shdr->sh_name == mine.sh_name;
}

static void header_during_a_load(void)
{
	struct fixture fixture = FIXTURE(sections);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;
	uint8_t *start;
	int *data;

	asked_loader = &loader.loader;
	asked_result = 1;
	param.section_detached = is_mine;
	CHECK_EQ(0, llext_load(&loader.loader, "detached", &ext, &param));
	CHECK_EQ(0, asked_result);
	data = symbol(ext, "mine_data");
	start = ext->mem[LLEXT_MEM_DATA];
	CHECK((uint8_t *)data < start || (uint8_t *)data >= start + ext->mem_size[LLEXT_MEM_DATA]);
	CHECK_EQ(18, call(ext, "mine_function"));
	unload(ext);
}

static void *no_peek(struct llext_loader *ldr, size_t pos)
{
	(void)ldr;
	(void)pos;
	return NULL;
}

static void header_in_a_file(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(basic), &bytes);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	elf_shdr_t *expected = find_header(bytes, ".exported_sym");
	elf_ehdr_t *ehdr = (elf_ehdr_t *)(void *)bytes;
	elf_shdr_t found = {0};
	elf_half names;

	CHECK_EQ(0, llext_get_section_header(&loader.loader, NULL, ".exported_sym", &found));
	CHECK(memcmp(&found, expected, sizeof(found)) == 0);
	CHECK_EQ(-ENOENT, llext_get_section_header(&loader.loader, NULL, ".exported_sy", &found));
	CHECK_EQ(-ENOENT, llext_get_section_header(&loader.loader, NULL, ".exported_symb", &found));
	CHECK_EQ(-EINVAL, llext_get_section_header(&loader.loader, NULL, NULL, &found));
	CHECK_EQ(-EINVAL, llext_get_section_header(&loader.loader, NULL, ".text", NULL));
	CHECK_EQ(-ENOTSUP, llext_get_section_header(NULL, NULL, ".text", &found));

	/* Cut anywhere, it is malformed: the section headers are at its end. */
	for (loader.len = 0; loader.len < fixture.size; loader.len += 13)
		CHECK(llext_get_section_header(&loader.loader, NULL, ".none", &found) < 0);
	loader.len = fixture.size;
	names = ehdr->e_shstrndx;
	ehdr->e_shstrndx = 0;
	CHECK_EQ(-ENOEXEC, llext_get_section_header(&loader.loader, NULL, ".text", &found));
	ehdr->e_shstrndx = 0xfeff;
	CHECK_EQ(-ENOEXEC, llext_get_section_header(&loader.loader, NULL, ".text", &found));
	ehdr->e_shstrndx = names;
	expected->sh_name = 0xffffffffu; /* no name at all, which is nobody's */
	CHECK_EQ(-ENOENT, llext_get_section_header(&loader.loader, NULL, ".exported_sym", &found));
	ehdr->e_shoff = (elf_addr)0 - sizeof(elf_shdr_t);
	CHECK_EQ(-ENOEXEC, llext_get_section_header(&loader.loader, NULL, ".text", &found));
	loader.loader.peek = no_peek;
	CHECK_EQ(-ENOEXEC, llext_get_section_header(&loader.loader, NULL, ".text", &found));
	loader.loader.peek = NULL;
	CHECK_EQ(-ENOTSUP, llext_get_section_header(&loader.loader, NULL, ".text", &found));
}

/* ---- placed by the caller ---- */

/* Put the loaded sections where the file is to say that they are: code apart from data. */
static void place(struct fixture fixture, uint8_t *bytes, uint8_t *code, uint8_t *data)
{
	elf_ehdr_t *ehdr = (elf_ehdr_t *)(void *)bytes;
	elf_shdr_t *headers = (elf_shdr_t *)(void *)(bytes + ehdr->e_shoff);

	CHECK(fixture.size > 0);
	for (unsigned int i = 1; i < ehdr->e_shnum; i++) {
		elf_shdr_t *header = &headers[i];
		uint8_t **at = header->sh_flags & SHF_EXECINSTR ? &code : &data;
		uintptr_t align = header->sh_addralign != 0 ? (uintptr_t)header->sh_addralign : 1;

		if (!(header->sh_flags & SHF_ALLOC))
			continue;
		*at = (uint8_t *)(((uintptr_t)*at + align - 1) & ~(align - 1));
		header->sh_addr = (elf_addr)(uintptr_t)*at;
		if (header->sh_type == SHT_NOBITS)
			memset(*at, 0, (size_t)header->sh_size);
		else if (header->sh_flags & SHF_EXECINSTR && llext_port.write_code != NULL)
			llext_port.write_code((uint32_t *)(void *)*at,
					      (const uint32_t *)(void *)(bytes + header->sh_offset),
					      (size_t)(header->sh_size + 3) / 4);
		else
			memcpy(*at, bytes + header->sh_offset, (size_t)header->sh_size);
		*at += header->sh_size;
	}
}

#define PLACED_BYTES (CONFORMANCE_HEAP_BYTES / 16)

static void pre_located(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(placed), &bytes);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, fixture.size);
	const size_t half = CONFORMANCE_HEAP_BYTES / 2;
	uint8_t *code = code_memory() + half, *data = conformance_memory + half + PLACED_BYTES;
	const struct llext_extent extent = {code, (uintptr_t)code, PLACED_BYTES};
	struct llext *ext;

	/* Half of the memory is the suite's own now. */
	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(0, heap_init(half));
	place(fixture, bytes, code, data);
	param.pre_located = true;
	CHECK_EQ(0, llext_load(&loader.loader, "placed", &ext, &param));
	if (llext_port.sync != NULL)
		llext_port.sync(&extent);
	if (llext_port.protect != NULL)
		CHECK_EQ(0, llext_port.protect(&extent, LLEXT_ACCESS_RX));
	CHECK(ext->mem[LLEXT_MEM_TEXT] != NULL && (uint8_t *)ext->mem[LLEXT_MEM_TEXT] >= code);
	CHECK(!ext->mem_on_heap[LLEXT_MEM_TEXT] && !ext->mem_on_heap[LLEXT_MEM_DATA]);
	CHECK_EQ(7, call(ext, "placed_function"));
	CHECK(*(int **)symbol(ext, "placed_pointer") == symbol(ext, "placed_value"));
	CHECK(*(int **)symbol(ext, "placed_import") == &firmware_variable);
	unload(ext);
	if (llext_port.protect != NULL)
		CHECK_EQ(0, llext_port.protect(&extent, LLEXT_ACCESS_RW));
}

static void pre_located_without_room(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(basic_pic), &bytes);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, fixture.size);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	const size_t half = CONFORMANCE_HEAP_BYTES / 2;
	struct llext_plan plan;

	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	if (plan.got_slots == 0)
		conformance_skip("this machine needs no GOT");
	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(0, heap_init(half));
	place(fixture, bytes, code_memory() + half, conformance_memory + half + PLACED_BYTES);
	param.pre_located = true;
	refuse(fixture, &param, -ENOTSUP);
	CHECK(strstr(llext_last_diag()->what, "GOT") != NULL);
	CHECK(llext_last_diag()->symbol[0] != '\0');
}

/* A file that nobody linked says address 0, and nothing may be written there. */
static void pre_located_nowhere(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(placed), &bytes);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.pre_located = true;
	refuse(fixture, &param, -ENOEXEC);
	CHECK(strstr(llext_last_diag()->what, "no address") != NULL);
	CHECK(llext_last_diag()->section[0] == '.');
}

/* Without relocate_local only imports are filled in. */
static void imports_only(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(writable), &bytes);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;

	param.relocate_local = false;
	ext = load_with(fixture, "imports", &param);
	CHECK(*(int **)symbol(ext, "writable_import") == &firmware_variable);
	CHECK(*(int **)symbol(ext, "writable_pointer") != symbol(ext, "writable_value"));
	unload(ext);
}

const struct conformance_case storage_cases[] = {
	{"storage: each kind", each_storage},
	{"storage: writable data in place", writable_data_in_place},
	{"storage: a writable buffer is good for one load", writable_once},
	{"storage: a writable buffer after failed loads", writable_after_a_failure},
	{"storage: a writable buffer that nothing changes", writable_and_unchanged},
	{"storage: temporary is not kept", temporary_is_not_kept},
	{"storage: constants in place", constants_in_place},
	{"loader: required functions only", required_functions_only},
	{"loader: prepare and finalize", prepare_and_finalize},
	{"loader: errors", loader_errors},
	{"storage: detached sections", detached},
	{"storage: a section's header during a load", header_during_a_load},
	{"storage: a section's header in a file", header_in_a_file},
	{"storage: placed by the caller", pre_located},
	{"storage: placed by the caller, GOT needed", pre_located_without_room},
	{"storage: placed by the caller, nowhere", pre_located_nowhere},
	{"storage: imports only", imports_only},
	{NULL, NULL},
};
