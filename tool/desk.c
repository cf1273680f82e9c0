/* SPDX-License-Identifier: Apache-2.0 */
/* A core for some machine, set up. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "desk.h"
#include "purpose.h"

/* Grown by itself, no further than this; --heap may say more. */
#define MOST_GROWN ((uint64_t)64 << 20)

const struct llext_desk_core *desk_core_for(const struct file *file, char **why)
{
	const struct llext_desk_core *core = NULL;
	const char *machine;

	*why = NULL;
	if (file_no_elf(file) != NULL)
		*why = need_text("%s", file_no_elf(file));
	else if (file->class == 0)
		*why = need_text("malformed: neither a 32-bit nor a 64-bit ELF file");
	else if (!file->little_endian)
		*why = need_text("big-endian; only little-endian machines are supported");
	else if (file->elf == NULL)
		*why = need_text("malformed: the ELF header is not whole");
	else
		core = llext_desk_core_for(file->machine, file->class);
	if (core != NULL || *why != NULL)
		return core;
	machine = machine_name(file->machine, file->class);
	if (machine != NULL && strchr(machine, '(') != NULL) /* it says which */
		*why = need_text("for %s, which is not supported", machine);
	else if (machine != NULL)
		*why = need_text("for %s, %d-bit, which is not supported", machine,
				 file->class == 1 ? 32 : 64);
	else
		*why = need_text("for an unknown machine (e_machine %u)", file->machine);
	return NULL;
}

/* Room for what area_of() leaves out at the start. */
#define LEAST_ALIGN 16

static void *map(size_t bytes)
{
	void *mem = mmap(NULL, bytes + LEAST_ALIGN, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return mem != MAP_FAILED ? mem : NULL;
}

static void let_go(struct desk *desk)
{
	(void)desk->core->heap_uninit();
	if (desk->heap != NULL)
		(void)munmap(desk->heap, desk->heap_length + LEAST_ALIGN);
	if (desk->instr_heap != NULL)
		(void)munmap(desk->instr_heap, desk->instr_length + LEAST_ALIGN);
	desk->heap = desk->instr_heap = NULL;
}

/* Aligned here as it is there. */
static struct llext_heap_area area_of(void *mem, uint64_t load, size_t bytes)
{
	return (struct llext_heap_area){(uint8_t *)mem + load % LEAST_ALIGN, (uintptr_t)load,
					bytes};
}

static bool hand_over(struct desk *desk)
{
	struct llext_heap_area heap, instr;
	bool harvard = desk->at.instr_heap != 0;

	desk->heap_length = desk->instr_length = (size_t)desk->at.heap_bytes;
	if (desk->at.instr_heap_bytes != 0)
		desk->instr_length = (size_t)desk->at.instr_heap_bytes;
	desk->heap = map(desk->heap_length);
	if (harvard)
		desk->instr_heap = map(desk->instr_length);
	heap = area_of(desk->heap, desk->at.heap, desk->heap_length);
	instr = area_of(desk->instr_heap, desk->at.instr_heap, desk->instr_length);
	if (desk->heap != NULL && (!harvard || desk->instr_heap != NULL) &&
	    desk->core->heap_init_areas(harvard ? &instr : NULL, &heap) == 0)
		return true;
	let_go(desk);
	return false;
}

/* Does the heap lie in the machine's address space? */
static bool addressable(const struct desk *desk, uint64_t heap_bytes)
{
	uint64_t last = desk->core->class == 1 ? UINT32_MAX : INT64_MAX,
		 instr_bytes =
			 desk->at.instr_heap_bytes != 0 ? desk->at.instr_heap_bytes : heap_bytes;

	return heap_bytes <= last && desk->at.heap <= last - heap_bytes && instr_bytes <= last &&
	       desk->at.instr_heap <= last - instr_bytes && desk->at.firmware <= last;
}

bool desk_open(struct desk *desk, const struct llext_desk_core *core, struct addresses at,
	       bool may_grow)
{
	*desk = (struct desk){.core = core, .at = at, .may_grow = may_grow};
	if (!addressable(desk, at.heap_bytes))
		complain(NULL, "an address is outside the %d-bit address space of %s",
			 core->class == 1 ? 32 : 64, core->name);
	else if (hand_over(desk))
		return true;
	else
		complain(NULL, "no memory for a heap of %llu bytes",
			 (unsigned long long)at.heap_bytes);
	return false;
}

bool desk_grow(struct desk *desk)
{
	if (!desk->may_grow || desk->at.heap_bytes > MOST_GROWN / 2 ||
	    !addressable(desk, 2 * desk->at.heap_bytes))
		return false;
	let_go(desk);
	desk->at.heap_bytes *= 2;
	return hand_over(desk);
}

/* An executable's own addresses come first: the assumed heap goes behind them. */
bool desk_move(struct desk *desk)
{
	const struct llext_diag *diag = desk->core->last_diag();
	uint64_t *at = desk->at.instr_heap != 0 && (uint64_t)diag->found == desk->at.instr_heap
			       ? &desk->at.instr_heap
			       : &desk->at.heap;
	uint64_t behind = ((uint64_t)diag->expected + 0x1000) & ~(uint64_t)0xfff, before = *at;

	if (!desk->may_move || diag->error != -EBUSY || strcmp(diag->symbol, "LLEXT heap") != 0 ||
	    behind <= before)
		return false;
	*at = behind;
	if (!addressable(desk, desk->at.heap_bytes)) {
		*at = before;
		return false;
	}
	let_go(desk);
	return hand_over(desk);
}

void desk_close(struct desk *desk)
{
	let_go(desk);
	(void)desk->core->set_builtins(NULL, 0);
}

/* Names of imports are collected anew in each attempt. */
static void forget_imports(const struct llext_load_param *param)
{
	if (param->on_import == imports_add)
		imports_free(param->user_data);
}

static struct llext_buf_loader loader_of(const struct file *file, bool stream)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file->bytes, file->length);

	if (stream)
		loader.loader.peek = NULL;
	return loader;
}

int desk_plan(struct desk *desk, const struct file *file, const struct llext_load_param *param,
	      bool stream, struct llext_plan *plan)
{
	int rc;

	do {
		struct llext_buf_loader loader = loader_of(file, stream);

		forget_imports(param);
		rc = desk->core->plan(&loader.loader, param, plan);
	} while ((rc == -ENOMEM && desk_grow(desk)) || (rc == -EBUSY && desk_move(desk)));
	return rc;
}

int desk_load(struct desk *desk, const struct file *file, const char *name,
	      const struct llext_load_param *param, bool stream, struct llext **ext)
{
	int rc;

	do {
		struct llext_buf_loader loader = loader_of(file, stream);

		forget_imports(param);
		rc = desk->core->load(&loader.loader, name, ext, param);
	} while ((rc == -ENOMEM && desk_grow(desk)) || (rc == -EBUSY && desk_move(desk)));
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct llext_const_symbol *)a)->name,
		      ((const struct llext_const_symbol *)b)->name);
}

void builtins_sort(struct builtins *builtins)
{
	size_t kept = 0;

	if (builtins->count > 1)
		qsort(builtins->list, builtins->count, sizeof(*builtins->list), by_name);
	for (size_t i = 0; i < builtins->count; i++) {
		if (kept == 0 || by_name(&builtins->list[kept - 1], &builtins->list[i]) != 0)
			builtins->list[kept++] = builtins->list[i];
	}
	builtins->count = kept;
}

const struct llext_const_symbol *builtins_find(const struct builtins *builtins, const char *name)
{
	const struct llext_const_symbol key = {.name = name};

	return builtins->count == 0 ? NULL
				    : bsearch(&key, builtins->list, builtins->count,
					      sizeof(*builtins->list), by_name);
}

void builtins_free(struct builtins *builtins)
{
	free(builtins->list);
	*builtins = (struct builtins){0};
}

void assume_heap(const struct assumption *assumed, struct addresses *at)
{
	if (assumed->heap_given) {
		at->heap = assumed->at.heap;
		at->instr_heap = 0;
	}
	if (assumed->at.instr_heap != 0)
		at->instr_heap = assumed->at.instr_heap;
	if (assumed->heap_bytes_given) {
		at->heap_bytes = assumed->at.heap_bytes;
		at->instr_heap_bytes = 0;
	}
}
