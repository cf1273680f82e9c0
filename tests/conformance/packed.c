/* SPDX-License-Identifier: Apache-2.0 */
/* Packed files, from a source that cannot seek: each byte is read once, in order. */
#include "cases.h"

struct forward {
	struct llext_loader loader; /* the first member */
	struct fixture fixture;
	size_t position;
};

static int forward_read(struct llext_loader *ldr, void *out, size_t len)
{
	struct forward *forward = (struct forward *)(void *)ldr;

	if (len > forward->fixture.size - forward->position)
		return -EINVAL;
	memcpy(out, forward->fixture.bytes + forward->position, len);
	forward->position += len;
	return 0;
}

/* It cannot tell how long it is, either. */
static int load_forward(struct fixture fixture, struct llext **ext,
			const struct llext_load_param *param)
{
	struct forward forward = {.loader = {.read = forward_read}, .fixture = fixture};

	return llext_load(&forward.loader, "packed", ext, param);
}

static void refuse_forward(struct fixture fixture, int error, const char *what)
{
	size_t used = heaps_used();
	struct llext *ext = (struct llext *)(uintptr_t)1;

	CHECK_EQ(error, load_forward(fixture, &ext, NULL));
	CHECK(ext == NULL);
	CHECK_EQ(error, llext_last_diag()->error);
	CHECK_STR(what, llext_last_diag()->what);
	CHECK_EQ(used, heaps_used());
}

/* What a plain one does, see load.c. */
static void use_basic(struct llext *ext)
{
	CHECK_EQ(2, call(ext, "basic_bump"));
	CHECK_EQ(3, call(ext, "basic_bump_by_another_name"));
	CHECK_EQ(3, *(int *)symbol(ext, "basic_counter"));
	CHECK_EQ(3, call(ext, "basic_through_pointer"));
	CHECK_EQ(10, call(ext, "basic_sum"));
	CHECK_EQ(110, call(ext, "basic_sum"));
	CHECK_EQ(firmware_variable + 6, call(ext, "basic_imports"));
	CHECK_EQ(0, llext_call_fn(ext, "basic_nothing"));
	CHECK_EQ(-1, *(int *)symbol(ext, "basic_counter"));
	unload(ext);
}

static struct llext *packed(struct fixture fixture, const struct llext_load_param *param)
{
	struct llext *ext;

	CHECK_EQ(0, load_forward(fixture, &ext, param));
	CHECK(ext != NULL);
	CHECK_EQ(0, llext_last_diag()->error);
	return ext;
}

static void forward(void)
{
	use_basic(packed(FIXTURE(packed_basic), NULL));
	use_basic(packed(FIXTURE(packed_basic_pic), NULL));
	use_basic(packed(FIXTURE(compact_basic), NULL));
}

/* Other sources do as well. */
static void anywhere(void)
{
	use_basic(load_fixture(FIXTURE(packed_basic), "packed"));
	use_basic(load_fixture(FIXTURE(bound_basic), "packed"));
	use_basic(load_fixture(FIXTURE(compact_basic), "packed"));
}

/* Its exports are its symbols, which are looked at twice. */
static void exports_by_symbols(void)
{
	struct llext *ext = packed(FIXTURE(packed_constant), NULL);

	CHECK_EQ(3, ext->exp_tab.sym_cnt);
	CHECK_EQ(49, call_with(ext, "constant_square", 7));
	CHECK_EQ(1234, *(const int *)symbol(ext, "constant_value"));
	unload(ext);
}

/* The table that suite.cmake binds to. */
static const struct llext_const_symbol bound_to[] = {
	{"firmware_add", (const void *)&firmware_add},
	{"firmware_variable", &firmware_variable},
	{"note", (const void *)&note},
};

struct imports {
	size_t add, variable, all;
};

static void on_import(void *user_data, const struct llext_import *import)
{
	struct imports *imports = user_data;

	imports->all++;
	imports->add += strcmp(import->name, "firmware_add") == 0 &&
			import->addr == (uintptr_t)firmware_add;
	imports->variable += strcmp(import->name, "firmware_variable") == 0 &&
			     import->addr == (uintptr_t)&firmware_variable;
}

/* With this table no name is read; with any other one all are. */
static void bound(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct imports imports = {0};
	uint8_t *bytes;
	struct fixture nameless = changeable(FIXTURE(bound_basic), &bytes);
	elf_shdr_t *strings = find_header(bytes, ".strtab");

	memset(bytes + strings->sh_offset, 'x', (size_t)strings->sh_size);
	param.on_import = on_import;
	param.user_data = &imports;
	use_basic(packed(FIXTURE(bound_basic), &param));
	CHECK_EQ(2, imports.all);
	refuse_forward(nameless, -ENOEXEC, "string table does not end with NUL");

	CHECK_EQ(0, llext_set_builtins(bound_to, 3));
	use_basic(packed(nameless, &param));
	CHECK_EQ(4, imports.all);
	CHECK_EQ(2, imports.add);
	CHECK_EQ(2, imports.variable);
	/* Fewer names: another table. */
	CHECK_EQ(0, llext_set_builtins(bound_to, 2));
	refuse_forward(nameless, -ENOEXEC, "string table does not end with NUL");
	use_basic(packed(FIXTURE(bound_basic), NULL));
	CHECK_EQ(0, llext_set_builtins(NULL, 0));
}

static void plain_is_refused(void)
{
	refuse_forward(FIXTURE(basic), -ENOTSUP,
		       "the loader cannot seek: that takes a packed file (tenon pack)");
}

/* A number of pairs whose room has a size that a small size_t cannot hold. */
static void too_many_pairs(void)
{
	uint32_t counts[2] = {0x20000001, 0x20000001};
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(packed_basic), &bytes);
	size_t note = (size_t)find_header(bytes, ".note.llext")->sh_offset, used = heaps_used();
	struct llext *ext;
	int rc;

	memcpy(bytes + note + 20 + 6 * sizeof(uint32_t), counts, sizeof(counts));
	rc = load_forward(fixture, &ext, NULL);
	if (sizeof(size_t) == 4)
		CHECK_EQ(-ENOEXEC, rc);
#if defined(__riscv)
	CHECK(rc == -ENOEXEC || rc == -ENOMEM);
#endif
	if (rc == 0) /* a machine without pairs needs no room for them */
		unload(ext);
	else
		CHECK(ext == NULL);
	CHECK_EQ(used, heaps_used());
}

/* Fewer than there are: where relocations refer to each other. */
static void too_few_pairs(void)
{
	uint32_t count;
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(packed_basic_pic), &bytes);
	uint8_t *word =
		bytes + find_header(bytes, ".note.llext")->sh_offset + 20 + 6 * sizeof(count);

	memcpy(&count, word, sizeof(count));
#if defined(__riscv)
	CHECK(count > 0);
#endif
	if (count == 0)
		return;
	count--;
	memcpy(word, &count, sizeof(count));
	refuse_forward(fixture, -ENOEXEC, "a packed file has more pairs than it says");
}

/* Some machines have relocations with addends only, others both kinds. */
static void kind_of_addends(void)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(FIXTURE(compact_basic), &bytes);
	elf_ehdr_t *ehdr = (elf_ehdr_t *)(void *)bytes;
	elf_shdr_t *headers = (elf_shdr_t *)(void *)(bytes + ehdr->e_shoff);
	unsigned int changed = 0;

	for (unsigned int i = 1; i < ehdr->e_shnum; i++) {
		if (headers[i].sh_type == SHT_CREL && headers[i].sh_size > 0) {
			bytes[headers[i].sh_offset] &= (uint8_t)~4u;
			changed++;
		}
	}
	CHECK(changed > 0);
#if defined(__riscv) || defined(__xtensa__)
	refuse_forward(fixture, -ENOTSUP,
		       "relocations without addends, which this machine has not");
#else
	(void)fixture; /* misread or not: see tests/hostile/compact.c */
#endif
}

const struct conformance_case packed_cases[] = {
	{"packed: forward only", forward},
	{"packed: through any source", anywhere},
	{"packed: exports by symbol table", exports_by_symbols},
	{"packed: bound", bound},
	{"packed: a plain file cannot be read forward", plain_is_refused},
	{"packed: too many pairs", too_many_pairs},
	{"packed: too few pairs", too_few_pairs},
	{"packed: kind of addends", kind_of_addends},
	{NULL, NULL},
};
