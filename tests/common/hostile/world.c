/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/inspect.h>
#include <llext/plan.h>
#include "faults.h"
#include "poison.h"
#include "port.h"
#include "processor.h"
#include "world.h"

#define GUARD 4096

/* Near the program's own code, so that calls reach it whatever the code model. */
static struct {
	uint8_t before[GUARD];
	uint8_t heap[WORLD_HEAP_BYTES];
	uint8_t after[GUARD];
} memory __attribute__((aligned(4096)));

static struct {
	struct llext_heap_stats heap;
	size_t protections, claims;
	int unwind;
	struct llext *resident;
	struct llext copy;
	struct llext_symbol exports[8];
	uint8_t data[256];
	uint8_t text[256];
} before;

/* ---- what the firmware exports; only tests of good files ever run what they load ---- */

static void function(void)
{
}

static int variable = 5;
struct world_trace world_trace;

static int add(int a, int b)
{
	return a + b;
}

static void trace(int n)
{
	if (world_trace.count < WORLD_TRACE_MAX)
		world_trace.calls[world_trace.count++] = n;
}

/* Further from the heap than a branch of any machine's goes. */
#define FAR ((const void *)(uintptr_t)0x70000001)

#define FUNCTION(name)                                                                             \
	{                                                                                          \
		name, (const void *)(uintptr_t)&function                                           \
	}

static struct llext_const_symbol exports[] = {
	FUNCTION("_Unwind_Resume"),
	FUNCTION("_ZTIi"),
	FUNCTION("_ZTVN10__cxxabiv117__class_type_infoE"),
	FUNCTION("__cxa_allocate_exception"),
	FUNCTION("__cxa_begin_catch"),
	FUNCTION("__cxa_end_catch"),
	FUNCTION("__cxa_end_cleanup"),
	FUNCTION("__cxa_throw"),
	FUNCTION("__gxx_personality_v0"),
	{"firmware_add", (const void *)(uintptr_t)&add},
	{"firmware_far", FAR},
	{"firmware_trace", (const void *)(uintptr_t)&trace},
	{"firmware_variable", &variable},
};

/* Code of a Cortex-M has bit 0 set in its addresses. */
static void set_state_bits(void)
{
	for (size_t i = 0; LLEXT_TARGET_ARM && i < sizeof(exports) / sizeof(exports[0]); i++) {
		if (exports[i].addr != &variable)
			exports[i].addr = (const void *)((uintptr_t)exports[i].addr | 1);
	}
}

static void give_up(const char *what)
{
	fprintf(stderr, "world: %s\n", what);
	abort();
}

uint8_t *fixture_read(const char *name, size_t *size)
{
	char path[512];
	FILE *file;
	uint8_t *bytes = NULL;
	long end = -1;

	(void)snprintf(path, sizeof(path), "%s%s", name[0] == '/' ? "" : FIXTURES "/", name);
	file = fopen(path, "rb");
	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		end = ftell(file);
	if (end > 0)
		bytes = malloc((size_t)end);
	if (bytes == NULL || fseek(file, 0, SEEK_SET) != 0 ||
	    fread(bytes, 1, (size_t)end, file) != (size_t)end)
		give_up(path);
	(void)fclose(file);
	*size = (size_t)end;
	return bytes;
}

/* ---- the state before and after ---- */

static size_t kept(size_t bytes, size_t room)
{
	return bytes < room ? bytes : room;
}

void world_accept(void)
{
	const struct llext *resident = before.resident;

	(void)llext_heap_stats(LLEXT_HEAP_DATA, &before.heap);
	before.protections = protections.count;
	before.unwind = protections.unwind;
	before.claims = protections.claims;
	before.copy = *resident;
	memcpy(before.exports, resident->exp_tab.syms,
	       kept(resident->exp_tab.sym_cnt, 8) * sizeof(struct llext_symbol));
	memcpy(before.data, resident->mem[LLEXT_MEM_DATA],
	       kept(resident->mem_size[LLEXT_MEM_DATA], sizeof(before.data)));
	memcpy(before.text, resident->mem[LLEXT_MEM_TEXT],
	       kept(resident->mem_size[LLEXT_MEM_TEXT], sizeof(before.text)));
}

static bool guard_touched(const uint8_t *guard)
{
	return guard[0] != 0xa5 || memcmp(guard, guard + 1, GUARD - 1) != 0;
}

static const char *resident_changed(void)
{
	struct llext copy = *before.resident;
	const struct llext *resident = before.resident;

	copy.next = before.copy.next; /* those loaded later come and go */
	if (memcmp(&copy, &before.copy, sizeof(copy)) != 0)
		return "the extension that was there has other values";
	if (memcmp(before.exports, resident->exp_tab.syms,
		   kept(resident->exp_tab.sym_cnt, 8) * sizeof(struct llext_symbol)) != 0)
		return "the extension that was there has other exports";
	if (memcmp(before.data, resident->mem[LLEXT_MEM_DATA],
		   kept(resident->mem_size[LLEXT_MEM_DATA], sizeof(before.data))) != 0)
		return "the extension that was there has other data";
	if (memcmp(before.text, resident->mem[LLEXT_MEM_TEXT],
		   kept(resident->mem_size[LLEXT_MEM_TEXT], sizeof(before.text))) != 0)
		return "the extension that was there has other code";
	return NULL;
}

const char *world_changed(void)
{
	struct llext_heap_stats heap;

	port_expect_unlocked();
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &heap);
	if (heap.used != before.heap.used || heap.blocks != before.heap.blocks ||
	    heap.largest_free != before.heap.largest_free)
		return "the heap is not as it was";
	if (protections.count != before.protections)
		return "memory stays protected";
	if (protections.unwind != before.unwind)
		return "an unwind table stays known";
	if (protections.claims != before.claims)
		return "memory for executables stays claimed";
	if (guard_touched(memory.before) || guard_touched(memory.after))
		return "bytes outside the heap were written";
	return resident_changed();
}

struct llext *world_resident(void)
{
	return before.resident;
}

void world_open(void)
{
	struct source source;
	size_t size;
	uint8_t *bytes = fixture_read("resident.o", &size);

	faults_clear();
	set_state_bits();
	memset(memory.before, 0xa5, GUARD);
	memset(memory.after, 0xa5, GUARD);
	if (llext_set_builtins(exports, sizeof(exports) / sizeof(exports[0])) != 0 ||
	    llext_heap_init(memory.heap, sizeof(memory.heap)) != 0)
		give_up("no heap");
	source_init(&source, bytes, size, 0);
	if (llext_load(&source.loader, "resident", &before.resident, NULL) != 0)
		give_up("resident.o does not load");
	free(bytes);
	world_accept();
}

void world_close(void)
{
	if (world_changed() != NULL)
		give_up(world_changed());
	if (llext_unload(&before.resident) != 0 || llext_heap_uninit() != 0)
		give_up("something is still loaded");
}

/* ---- one file ---- */

static bool documented(int rc)
{
	switch (rc) {
	case -ENOEXEC:
	case -ENOTSUP:
	case -ENODATA:
	case -ENOMEM:
	case -EBADMSG:
	case -EIO:
	case -EBUSY:
	case -EINVAL:    /* the source's own, past its end */
	case -EREMOTEIO: /* the test's */
		return true;
	default:
		return false;
	}
}

static const char *check_failure(struct trial *trial, const struct llext *ext)
{
	const struct llext_diag *diag = llext_last_diag();
	char line[400];

	trial->diag = *diag;
	if (ext != NULL)
		return "a failed load gives an extension";
	if (diag->error != trial->rc)
		return "the record's error is not what the load returned";
	if (diag->what == NULL || diag->what[0] == '\0' || diag->stage == LLEXT_STAGE_NONE)
		return "a failure without a reason";
	if (trial->rc > 0 || !documented(trial->rc))
		return "an error that is not documented";
	(void)llext_diag_format(diag, line, sizeof(line));
	return NULL;
}

static const char *check_arrays(struct llext *ext)
{
	uintptr_t functions[64];

	for (int init = 0; init < 2; init++) {
		ssize_t bytes = llext_get_fn_table(ext, init != 0, NULL, 0);

		if (bytes == -EFAULT)
			continue; /* refused at bring-up */
		if (bytes < 0)
			return "the table of functions cannot be had";
		if ((size_t)bytes <= sizeof(functions) &&
		    llext_get_fn_table(ext, init != 0, functions, sizeof(functions)) != bytes)
			return "the table of functions has two sizes";
	}
	return NULL;
}

static const char *check_sections(const struct llext *ext)
{
	const elf_shdr_t *shdr;
	enum llext_mem region;
	const void *addr;
	size_t size, offset;
	int index;

	for (unsigned int i = 0; llext_get_section_info(NULL, ext, i, &shdr, &region, &offset) == 0;
	     i++) {
		if (region > LLEXT_MEM_COUNT)
			return "a section lies in a region that does not exist";
		if (llext_get_section_address(ext, i, &addr, &size) != 0 || size != shdr->sh_size)
			return "a section has no address";
		if (region < LLEXT_MEM_COUNT &&
		    (uintptr_t)addr != (uintptr_t)ext->mem[region] + offset)
			return "a section is not where its region and offset say";
	}
	index = llext_section_shndx(NULL, ext, ".text");
	if (index != -ENOENT &&
	    llext_get_section_info(NULL, ext, (unsigned int)index, NULL, NULL, NULL) != 0)
		return "a section is found that is not there";
	return NULL;
}

static const char *check_loaded(struct llext *ext, const struct trial *trial)
{
	const struct llext_symtable *table = &ext->exp_tab;
	struct llext *same = NULL;

	if (ext->use_count != 1 || llext_by_name("hostile") != ext)
		return "the extension is not in the list";
	for (size_t i = 0; i < table->sym_cnt; i++) {
		if (llext_find_sym(table, table->syms[i].name) != table->syms[i].addr ||
		    (i > 0 && strcmp(table->syms[i - 1].name, table->syms[i].name) >= 0))
			return "the exports are not sorted";
	}
	if (protections.unwind > before.unwind)
		processor_unwind_read();
	if (llext_load(NULL, "hostile", &same, NULL) != -EINVAL || same != NULL)
		return "a load without loader succeeds";
	if (trial->keep_section_info && check_sections(ext) != NULL)
		return check_sections(ext);
	return check_arrays(ext);
}

static bool every_section(const elf_shdr_t *shdr)
{
	(void)shdr;
	return true;
}

/* What a plan returned before must not show through, so its memory is filled first. */
static const char *try_plan(struct source *source, struct trial *trial,
			    const struct llext_load_param *param)
{
	static const struct llext_plan empty;
	struct llext_plan plan;
	struct llext *ext = NULL;
	const char *wrong;

	memset(&plan, 0xa5, sizeof(plan));
	trial->rc = llext_plan(&source->loader, param, &plan);
	wrong = source_misused(source);
	if (wrong != NULL)
		return wrong;
	if (trial->rc == 0)
		return plan.table_bytes == 0 ? "a plan of nothing" : NULL;
	if (trial->rc != -ENODATA && memcmp(&plan, &empty, sizeof(plan)) != 0)
		return "a failed dry run leaves figures";
	return check_failure(trial, ext);
}

/*
 * Where nobody knows the length, a load finds the end where it reads a section, and a dry run,
 * which reads none, may go on to a defect behind it.
 */
static bool ends_early(const struct source *source, int rc)
{
	return source->loader.length == NULL && rc == -EINVAL &&
	       strcmp(llext_last_diag()->what, "the loader failed") == 0;
}

/* Nor does a dry run apply relocations. But no load says of a file that it has changed: it has not.
 */
static bool disagree(const struct source *source, int planned, int rc)
{
	if (planned == 0)
		return rc == -EBADMSG;
	return planned != rc && !ends_early(source, rc);
}

/*
 * On RISC-V, a load may not look at local symbols to which nothing refers
 * (src/fast/symtab_blocks.c).
 * @return true if it may succeed although a dry run has failed.
 */
static bool may_be_unread(int planned)
{
	return (LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64) &&
	       (planned == -ENOEXEC || planned == -ENOTSUP) &&
	       llext_last_diag()->stage == LLEXT_STAGE_SYMBOLS;
}

static const char *two_results(int planned, int rc)
{
	static char text[160];

	(void)snprintf(text, sizeof(text), "the dry run returns %d, the load %d: %s", planned, rc,
		       llext_last_diag()->what);
	return text;
}

static const char *try_source(struct source *source, struct trial *trial)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_plan plan;
	struct llext *ext = before.resident;
	const char *wrong = NULL;
	bool unread = false;
	int planned = 0;

	param.keep_section_info = trial->keep_section_info;
	param.section_detached = trial->detached ? every_section : NULL;
	param.relocate_local = !trial->not_local;
	param.count_first = trial->count_first;
	if (trial->only_plan)
		return try_plan(source, trial, &param);
	if (trial->plan) {
		planned = llext_plan(&source->loader, &param, &plan);
		unread = may_be_unread(planned);
		wrong = source_misused(source);
		source->calls = 0;
		source->bytes_read = 0;
	}
	trial->rc = llext_load(&source->loader, "hostile", &ext, &param);
	if (wrong == NULL)
		wrong = source_misused(source);
	if (trial->rc != 0)
		return wrong != NULL ? wrong
		       : trial->plan && disagree(source, planned, trial->rc)
			       ? two_results(planned, trial->rc)
			       : check_failure(trial, ext);
	if ((planned != 0 && !unread) || ext == NULL)
		return "a load succeeds that the dry run refuses";
	trial->diag = *llext_last_diag();
	if (wrong == NULL)
		wrong = trial->diag.error != 0 ? "a record without a failure"
					       : check_loaded(ext, trial);
	if (llext_unload(&ext) != 0 || ext != NULL)
		return "what was loaded cannot be unloaded";
	return wrong;
}

/*
 * Where bytes may be used where they lie, they lie near the heap, so that code reaches them, and
 * what is behind them is forbidden.
 */
static struct {
	uint8_t bytes[(size_t)1 << 23];
	uint8_t behind[64];
} near_heap __attribute__((aligned(4096)));

uint8_t *world_near(const uint8_t *bytes, size_t size)
{
	if (size > sizeof(near_heap.bytes))
		give_up("file too large");
	return memcpy(near_heap.bytes, bytes, size);
}

static const char *try_in_place(const uint8_t *bytes, size_t size, struct trial *trial)
{
	struct source source;
	const char *wrong;

	(void)world_near(bytes, size);
	POISON(near_heap.bytes + size, sizeof(near_heap.behind));
	source_init(&source, near_heap.bytes, size, trial->source);
	wrong = try_source(&source, trial);
	UNPOISON(near_heap.bytes + size, sizeof(near_heap.behind));
	if (wrong == NULL && (trial->source & SOURCE_STORAGE) == LLEXT_STORAGE_PERSISTENT &&
	    memcmp(near_heap.bytes, bytes, size) != 0)
		return "a file that is not to be written to has changed";
	return wrong;
}

const char *world_try(const uint8_t *bytes, size_t size, struct trial *trial)
{
	unsigned int storage = trial->source & SOURCE_STORAGE;
	const char *wrong;

	if (storage == LLEXT_STORAGE_PERSISTENT || storage == LLEXT_STORAGE_WRITABLE) {
		wrong = try_in_place(bytes, size, trial);
	} else {
		struct source source;

		source_init(&source, bytes, size, trial->source);
		wrong = try_source(&source, trial);
	}
	return wrong != NULL ? wrong : world_changed();
}
