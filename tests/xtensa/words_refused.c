/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read by bytes must not lie in memory that takes whole words only: names of exports, and
 * constants of an executable among its code. Where the memory is like any other (ANY_ACCESS), the
 *same files load.
 *
 *	words_refused NAMES_IN_TEXT NAMES_IN_CONSTANTS EXECUTABLE EXECUTABLE_WITH_CONSTANTS_IN_TEXT
 */
#include <errno.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext/port.h>
#include "word_memory.h"

static uint32_t claimed[1024];

/* An executable's memory; the code is, again, elsewhere than at its write address. */
static int claim(struct llext_extent *extent, enum llext_access access, const char **occupant)
{
	(void)occupant;
	must(extent->bytes <= sizeof(claimed));
	extent->mem = access == LLEXT_ACCESS_RX ? (void *)heap : (void *)claimed;
	return 0;
}

#ifdef ANY_ACCESS
const struct llext_port llext_port = {.claim = claim};
#define READ_BY_BYTES true
#else
const struct llext_port llext_port = {
	.write_code = write_code, .read_code = read_code, .claim = claim};
#define READ_BY_BYTES false
#endif

/* What llext_plan() returns, and llext_load() must as well. */
static int load(const char *path, struct llext **ext)
{
	size_t bytes;
	uint8_t *file = read_whole(path, 65, &bytes);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);
	struct llext_plan plan;
	int planned = llext_plan(&loader.loader, NULL, &plan), rc;

	loader.pos = 0;
	rc = llext_load(&loader.loader, "refused", ext, NULL);
	free(file);
	must(planned == rc ||
	     planned == 0); /* what an export's name says shows with its memory only */
	return planned != 0 ? planned : rc;
}

static void refused(const char *path, int error, const char *what, bool planned)
{
	size_t bytes;
	uint8_t *file = read_whole(path, 65, &bytes);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);
	struct llext *ext = NULL;
	struct llext_plan plan;

	must(load(path, &ext) == error && ext == NULL);
	must(strcmp(llext_last_diag()->what, what) == 0);
	must(llext_plan(&loader.loader, NULL, &plan) == (planned ? error : 0));
	free(file);
}

/* Each name lies in the data heap, where a lookup may read it. */
static void loads(const char *path, const char *name)
{
	struct llext *ext = NULL;

	must(load(path, &ext) == 0);
	must(ext->exp_tab.sym_cnt == 1 && llext_find_sym(&ext->exp_tab, name) != NULL);
	must(llext_find_sym(&ext->exp_tab, "nothing") == NULL);
	must((uintptr_t)ext->exp_tab.syms[0].name < (uintptr_t)heap ||
	     (uintptr_t)ext->exp_tab.syms[0].name >= (uintptr_t)heap + sizeof(heap) ||
	     READ_BY_BYTES);
	must(llext_unload(&ext) == 0);
}

int main(int argc, char **argv)
{
	struct llext_heap_area instr = {heap, INSTR_LOAD, INSTR_BYTES};
	struct llext_heap_area ram = {data, DATA_LOAD, DATA_BYTES};

	must(argc == 5 && llext_heap_init_areas(&instr, &ram) == 0);
	for (int i = 1; READ_BY_BYTES && i < argc; i++)
		loads(argv[i], "named");
	if (READ_BY_BYTES)
		return 0;
	refused(argv[1], -ENOEXEC, "export's name lies in memory that takes whole words only",
		false);
	loads(argv[2], "named");
	must(words_written > 0);
	loads(argv[3], "named");
	refused(argv[4], -ENOTSUP, "data in memory that takes whole words only", true);
	return 0;
}
