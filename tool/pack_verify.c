/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon pack loads what it has made, by each kind of loader, and compares all that is in memory
 * then with what the input gives: regions, exports, entry point. Nothing is written where they
 * differ.
 *
 * Both are loaded at the same addresses. Pieces of memory are multiples of a granule that is larger
 * than all that a load takes beside them, so that they do not depend on the size of its tables.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"

#define LEAST_GRANULE ((size_t)8192)
#define KEPT_BYTES    256 /* most that a load keeps of a section beside its content */
#define PIECES        6   /* of memory that a load takes beside those two */
#define IMPORT_STEP   16  /* bytes between the addresses of two imports */

enum form { FORM_PEEK, FORM_READ, FORM_FORWARD, FORM_COUNT };

static const char *const forms[] = {"from memory", "by reading it",
				    "from a source that cannot seek"};

struct part_image {
	bool there;
	uint64_t load, size;
	uint8_t *bytes;
};

/* All that a load leaves behind. */
struct snapshot {
	struct part_image *parts; /* regions; of a shared object, sections by index */
	size_t part_count;
	struct {
		char *name;
		uint64_t address;
	} * exports;
	size_t export_count;
	uint64_t entry;
};

struct verifier {
	struct pack *pack;
	struct report *report;
	struct desk desk;
	struct file packed, reordered;
	bool compared; /* with something */
};

/* ---- one load ---- */

static void take_part(const struct llext_desk_core *core, const struct llext *ext,
		      struct part_image *part, uint64_t load, uint64_t size)
{
	size_t room = 0;
	const uint8_t *bytes = core->bytes_at(ext, (uintptr_t)load, &room);

	*part = (struct part_image){.there = true, .load = load, .size = size};
	if (bytes == NULL || room < size)
		return;
	part->bytes = need((size_t)size, 1);
	memcpy(part->bytes, bytes, (size_t)size);
}

static bool is_transient(enum llext_mem region)
{
	return region == LLEXT_MEM_SYMTAB || region == LLEXT_MEM_STRTAB ||
	       region == LLEXT_MEM_SHSTRTAB;
}

static void take_regions(const struct llext_desk_core *core, const struct llext *ext,
			 struct snapshot *snapshot)
{
	snapshot->part_count = LLEXT_MEM_COUNT;
	snapshot->parts = need(LLEXT_MEM_COUNT, sizeof(*snapshot->parts));
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ext->mem_size[i] != 0 && !is_transient((enum llext_mem)i))
			take_part(core, ext, &snapshot->parts[i], (uintptr_t)ext->mem[i],
				  ext->mem_size[i]);
		/* Its records are sorted in a packed file; what they say is compared by name. */
		if (i == LLEXT_MEM_EXPORT) {
			free(snapshot->parts[i].bytes);
			snapshot->parts[i].bytes = NULL;
		}
	}
}

/* The tables of a dynamic linker are what packing changes. */
static bool is_dynamic_table(const struct section_header *header)
{
	return header->type == SHT_REL || header->type == SHT_RELA || header->type == SHT_RELR ||
	       header->type == SHT_DYNAMIC;
}

static void take_sections(const struct verifier *verifier, const struct llext *ext,
			  struct snapshot *snapshot)
{
	const struct file *file = verifier->pack->file;
	const struct llext_desk_core *core = verifier->desk.core;
	struct section_header header;

	snapshot->part_count = file->section_count;
	snapshot->parts = need(file->section_count, sizeof(*snapshot->parts));
	for (size_t i = 0; file_next_section(file, &i, &header);) {
		enum llext_mem region;
		const void *load;
		size_t size;

		if ((header.flags & SHF_ALLOC) && header.size != 0 && !is_dynamic_table(&header) &&
		    core->section_info(ext, (unsigned int)i, &region, &load, &size) == 0)
			take_part(core, ext, &snapshot->parts[i], (uintptr_t)load, size);
	}
}

static void take_exports(const struct llext_desk_core *core, const struct llext *ext,
			 struct snapshot *snapshot)
{
	snapshot->export_count = ext->exp_tab.sym_cnt;
	snapshot->exports = need(snapshot->export_count, sizeof(*snapshot->exports));
	for (size_t i = 0; i < snapshot->export_count; i++) {
		snapshot->exports[i].name = need_text("%s", ext->exp_tab.syms[i].name);
		snapshot->exports[i].address = (uintptr_t)ext->exp_tab.syms[i].addr;
	}
	snapshot->entry = (uintptr_t)core->entry(ext);
}

static void snapshot_free(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->part_count; i++)
		free(snapshot->parts[i].bytes);
	for (size_t i = 0; i < snapshot->export_count; i++)
		free(snapshot->exports[i].name);
	free(snapshot->parts);
	free(snapshot->exports);
	*snapshot = (struct snapshot){0};
}

static int load(struct verifier *verifier, const struct file *file, enum form form,
		struct snapshot *snapshot)
{
	const struct llext_desk_core *core = verifier->desk.core;
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file->bytes, file->length);
	struct llext *ext = NULL;
	int rc;

	param.keep_section_info = true;
	param.count_first = true; /* veneers in an order that depends on nothing else */
	param.exports = verifier->pack->exports;
	param.export_names = verifier->pack->export_names;
	param.export_count = verifier->pack->export_count;
	if (form != FORM_PEEK)
		loader.loader.peek = NULL;
	if (form == FORM_FORWARD)
		loader.loader.seek = NULL;
	*snapshot = (struct snapshot){0};
	rc = core->load(&loader.loader, "verified", &ext, &param);
	if (rc < 0)
		return rc;
	if (verifier->pack->file->type == ET_DYN)
		take_sections(verifier, ext, snapshot);
	else
		take_regions(core, ext, snapshot);
	take_exports(core, ext, snapshot);
	(void)core->unload(&ext);
	return 0;
}

/* ---- comparing ---- */

/* What differs, to be freed; NULL: nothing. */
static char *parts_differ(const struct snapshot *a, const struct snapshot *b)
{
	for (size_t i = 0; i < a->part_count; i++) {
		const struct part_image *x = &a->parts[i], *y = &b->parts[i];

		if (x->there != y->there || x->load != y->load || x->size != y->size)
			return need_text("part %zu is at 0x%" PRIx64 " with %" PRIu64
					 " bytes, not at 0x%" PRIx64 " with %" PRIu64,
					 i, y->load, y->size, x->load, x->size);
		for (uint64_t at = 0; x->bytes != NULL && y->bytes != NULL && at < x->size; at++) {
			if (x->bytes[at] != y->bytes[at])
				return need_text("part %zu differs at offset 0x%" PRIx64, i, at);
		}
		if ((x->bytes == NULL) != (y->bytes == NULL))
			return need_text("part %zu cannot be read", i);
	}
	return NULL;
}

static char *exports_differ(const struct snapshot *a, const struct snapshot *b, bool addresses)
{
	if (a->export_count != b->export_count)
		return need_text("%zu exports instead of %zu", b->export_count, a->export_count);
	for (size_t i = 0; i < a->export_count; i++) {
		if (strcmp(a->exports[i].name, b->exports[i].name) != 0 ||
		    (addresses && a->exports[i].address != b->exports[i].address))
			return need_text("export %s is another one", printable(a->exports[i].name));
	}
	if ((a->entry != 0) != (b->entry != 0) || (addresses && a->entry != b->entry))
		return need_text("the entry point is another one");
	return NULL;
}

static char *differ(const struct verifier *verifier, const struct snapshot *a,
		    const struct snapshot *b)
{
	/* What was relaxed has its code elsewhere. */
	bool same = !pack_is_relaxed(verifier->pack);
	char *what = same ? parts_differ(a, b) : NULL;

	return what != NULL ? what : exports_differ(a, b, same);
}

/* ---- the input, with its symbols in the output's order ---- */

/*
 * GOT entries and veneers stand in the order of their symbols. A packed file has those with a GOT
 * entry, with both and with a veneer one behind the other, before it is known who needs a veneer.
 */
static void reorder(struct verifier *verifier)
{
	const struct pack *pack = verifier->pack;
	size_t length;
	uint8_t *image = pack_reordered(pack, &length);

	if (image != NULL)
		file_from_memory(&verifier->reordered, pack->file->path, image, length);
	free(image);
}

/* ---- each place of the firmware, each kind of loader ---- */

static bool complain_differs(const struct verifier *verifier, enum form form, char *what)
{
	complain(verifier->pack->file->path,
		 "packed and loaded %s it is not what the input is: %s; that is a fault of tenon "
		 "pack, and nothing is written",
		 forms[form], what);
	free(what);
	return false;
}

/*
 * The input's branch has a veneer to a symbol that the file defines. A packed file says only of
 * imports and of absolute addresses that they may need one.
 */
static bool is_out_of_reach(const struct verifier *verifier, const struct llext_diag *diag)
{
	struct llext_desk_reloc what;

	if (diag->relocation == NULL || !diag->has_values ||
	    strcmp(diag->what, "relocation is out of range") != 0)
		return false;
	verifier->desk.core->reloc(diag->relocation_type, &what);
	return what.branch;
}

static bool complain_refused(const struct verifier *verifier, enum form form)
{
	const struct llext_desk_core *core = verifier->desk.core;
	const struct llext_diag *diag = core->last_diag();

	if (!is_out_of_reach(verifier, diag))
		return complain_differs(verifier, form,
					need_text("%s", diag_text(diag, core->diag_format)));
	complain(verifier->pack->file->path,
		 "the branch at %s + 0x%llx does not reach %s, and in a packed file only imports "
		 "and absolute addresses have veneers",
		 printable(diag->section), (unsigned long long)diag->offset,
		 diag->symbol[0] != '\0' ? printable(diag->symbol) : "its target");
	return false;
}

static bool compare_form(struct verifier *verifier, const struct snapshot *reference,
			 enum form form)
{
	struct snapshot packed, other = {0};
	char *what;
	int rc = load(verifier, &verifier->packed, form, &packed);

	if (rc < 0)
		return complain_refused(verifier, form);
	what = differ(verifier, reference, &packed);
	if (what != NULL && verifier->pack->file->type == ET_REL) {
		if (verifier->reordered.bytes == NULL)
			reorder(verifier);
		if (verifier->reordered.bytes != NULL &&
		    load(verifier, &verifier->reordered, FORM_PEEK, &other) == 0) {
			free(what);
			what = differ(verifier, &other, &packed);
		}
		snapshot_free(&other);
	}
	snapshot_free(&packed);
	return what == NULL || complain_differs(verifier, form, what);
}

static bool compare(struct verifier *verifier)
{
	struct snapshot reference;
	bool good = true, seeks = verifier->pack->file->type == ET_DYN;

	/* Code that does not reach this firmware; nor would packed code. */
	if (load(verifier, verifier->pack->file, FORM_PEEK, &reference) < 0)
		return true;
	for (enum form form = 0; good && form < (seeks ? FORM_FORWARD : FORM_COUNT); form++)
		good = compare_form(verifier, &reference, form);
	snapshot_free(&reference);
	verifier->compared = true;
	return good;
}

/* A name that the firmware's table has twice is the same function each time. */
static void add_builtin(const struct verifier *verifier, struct builtins *builtins,
			const char *name, uint64_t base)
{
	struct llext_const_symbol *next = &builtins->list[builtins->count];
	uint64_t address = base + IMPORT_STEP * builtins->count;

	if (verifier->desk.core->machine == EM_ARM)
		address |= 1;
	*next = (struct llext_const_symbol){name, (const void *)(uintptr_t)address};
	if (builtins->count > 0 && strcmp(next[-1].name, name) == 0)
		next->addr = next[-1].addr;
	builtins->count++;
}

/* A firmware with all that the file imports; or with the names that it is bound to. */
static bool compare_at(struct verifier *verifier, uint64_t base, bool bound)
{
	const struct imports *imports = &verifier->report->imports;
	const struct packed_names *names = verifier->pack->names;
	size_t count = bound ? names->count : imports->count;
	struct builtins builtins = {.list = need(count, sizeof(*builtins.list))};
	bool good;

	for (size_t i = 0; i < count; i++)
		add_builtin(verifier, &builtins, bound ? names->list[i] : imports->list[i].record,
			    base);
	if (!bound) /* the firmware's table is in order, and used as it is */
		builtins_sort(&builtins);
	(void)verifier->desk.core->set_builtins(builtins.list, builtins.count);
	good = compare(verifier);
	(void)verifier->desk.core->set_builtins(NULL, 0);
	builtins_free(&builtins);
	return good;
}

static size_t granule_for(const struct report *report)
{
	size_t granule = LEAST_GRANULE;
	size_t bytes = report->plan.transient_bytes + report->stream_bytes +
		       report->plan.table_bytes + report->file->section_count * KEPT_BYTES;

	/* And as large as any alignment, which then takes no more. */
	bytes = bytes > report->plan.instr_align ? bytes : report->plan.instr_align;
	bytes = bytes > report->plan.data_align ? bytes : report->plan.data_align;
	while (granule < bytes)
		granule <<= 1;
	return granule;
}

static bool open_desk(struct verifier *verifier, struct addresses *at, size_t granule)
{
	const struct report *report = verifier->report;
	uint64_t instr = at->instr_heap;

	at->heap = align_up(at->heap, granule);
	if (instr != 0) {
		at->instr_heap = align_up(instr, granule);
		at->firmware += at->instr_heap - instr;
	}
	at->heap_bytes = align_up(report->plan.instr_bytes + report->plan.data_bytes, granule) +
			 PIECES * granule;
	return desk_open(&verifier->desk, report->desk.core, *at, true);
}

/* The report's own load is given up: there is one heap at a time. */
static void give_up_load(struct report *report)
{
	if (report->ext != NULL)
		(void)report->desk.core->unload(&report->ext);
	desk_close(&report->desk);
	report->desk.core = NULL;
}

bool pack_verify(struct pack *pack, struct report *report, const uint8_t *image, size_t length)
{
	const struct llext_desk_core *core = report->desk.core;
	struct verifier verifier = {.pack = pack, .report = report};
	struct addresses at = report->assumed.at;
	size_t granule = granule_for(report);
	bool good = false;

	give_up_load(report);
	report->desk.core = core;
	file_from_memory(&verifier.packed, pack->file->path, image, length);
	if (open_desk(&verifier, &at, granule)) {
		uint64_t near = at.heap + at.heap_bytes;

		core->set_granule(granule);
		good = compare_at(&verifier, at.firmware, false) &&
		       compare_at(&verifier, near, false) &&
		       (pack->names == NULL || compare_at(&verifier, at.firmware, true));
		core->set_granule(0);
		if (good && !verifier.compared) {
			const struct llext_diag *diag = core->last_diag();

			complain(pack->file->path,
				 "could not be loaded again to compare it with what it is packed: "
				 "%s",
				 diag_text(diag, core->diag_format));
			good = false;
		}
		desk_close(&verifier.desk);
	}
	report->desk.core = NULL;
	file_close(&verifier.packed);
	file_close(&verifier.reordered);
	return good;
}
