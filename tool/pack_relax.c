/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon pack --relax: what a static linker does with calls on RISC-V (psABI, "Linker Relaxation",
 * "Function Call Relaxation"). A compiler makes a call of two instructions, auipc and jalr, which
 * reach everywhere; R_RISCV_RELAX beside the relocation allows to make it one, jal, or c.j or c.jal
 * (ISA manual, "C"), where the target is near. Near is what lies in the same section of the output;
 * of the firmware's functions nobody knows here how far they are.
 *
 * All calls begin as short as their registers allow. Those that do not reach their target then
 * become longer, which may put others out of reach, until all reach; none ever becomes shorter
 * again, so that this ends. Inside a section of the input all distances can only shrink, so that
 * branches reach as before.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"

#define CALL_BYTES 8 /* auipc, jalr */
#define JAL_BYTES  4
#define C_BYTES    2
#define FLAG_RVC   0x0001u /* e_flags: the file has compressed code */
#define PASSES     32      /* after which sections, not calls, give up */

/* ---- which calls may be made shorter ---- */

/* A relocation that has a place in the section, or stands for R_RISCV_RELAX. */
struct mark {
	struct relocation relocation;
	uint64_t end; /* behind what it writes */
	bool has_addend;
};

struct marks {
	struct mark *list;
	size_t count, room;
};

static bool is_call(uint32_t type)
{
	return type == R_RISCV_CALL || type == R_RISCV_CALL_PLT;
}

static uint64_t end_of(const struct relocation *relocation, const struct llext_desk_reloc *what)
{
	uint64_t bytes =
		what->kind == LLEXT_DESK_ALIGN ? (uint64_t)relocation->addend : what->bytes;

	return bytes < UINT64_MAX - relocation->offset ? relocation->offset + bytes : UINT64_MAX;
}

static int by_offset(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	return compare_numbers(x->relocation.offset, y->relocation.offset);
}

static void add_marks(const struct pack *pack, size_t table, bool has_addend, struct marks *marks)
{
	struct mark mark = {.has_addend = has_addend};
	struct llext_desk_reloc what;

	for (size_t i = 0; file_relocation(pack->file, table, i, &mark.relocation); i++) {
		pack->core->reloc(mark.relocation.type, &what);
		if (what.kind == LLEXT_DESK_NONE && mark.relocation.type != R_RISCV_RELAX)
			continue;
		mark.end = end_of(&mark.relocation, &what);
		marks->list = need_room(marks->list, marks->count, &marks->room, sizeof(mark));
		marks->list[marks->count++] = mark;
	}
}

/* For each section, its relocations in the order of their places. */
static struct marks *find_marks(const struct pack *pack)
{
	struct marks *marks = need(pack->file->section_count, sizeof(*marks));
	struct section_header table;

	for (size_t i = 0; file_next_relocations(pack->file, &i, &table);)
		add_marks(pack, i, file_relocation_addends(pack->file, i), &marks[table.info]);
	for (size_t i = 1; i < pack->file->section_count; i++) {
		if (marks[i].count > 0)
			qsort(marks[i].list, marks[i].count, sizeof(*marks[i].list), by_offset);
	}
	return marks;
}

/* Nothing but the call's own two instructions uses the register of the first one. */
static bool is_pair(const uint8_t *place)
{
	uint32_t auipc = (uint32_t)file_word(place, 4), jalr = (uint32_t)file_word(place + 4, 4);

	return (auipc & 0x7f) == 0x17 && (jalr & 0x707f) == 0x67 &&
	       (auipc >> 7 & 31) == (jalr >> 15 & 31);
}

/* A call that may be made shorter if its target proves to be near. */
static void add_call(const struct pack *pack, struct pack_input *input,
		     const struct section_header *header, const struct relocation *relocation)
{
	const struct pack_symbol *symbol;
	const struct pack_input *target;
	struct pack_cut *call;
	uint64_t at;

	if (relocation->symbol >= pack->symbol_count || (relocation->offset & 1) ||
	    relocation->offset > header->size || header->size - relocation->offset < CALL_BYTES ||
	    !is_pair(header->bytes + relocation->offset))
		return;
	symbol = &pack->symbols[relocation->symbol];
	if (symbol->in.section >= pack->file->section_count)
		return;
	target = &pack->inputs[symbol->in.section];
	at = symbol->in.value + (uint64_t)relocation->addend;
	if (target->section != input->section || at > target->size)
		return;
	call = pack_add_cut(input, relocation->offset, CALL_BYTES);
	call->call = true;
	call->link = file_word(header->bytes + relocation->offset + 4, 4) >> 7 & 31;
	call->section = symbol->in.section;
	call->target = at;
}

/* Calls that stand alone at their place, and that a linker may change. */
static void find_calls(struct pack *pack, struct pack_input *input,
		       const struct section_header *header, const struct marks *marks)
{
	uint64_t end = 0;

	for (size_t i = 0, next; i < marks->count; i = next) {
		const struct mark *first = &marks->list[i], *call = NULL;
		uint64_t before = end;
		bool marked = false;
		size_t others = 0;

		for (next = i; next < marks->count &&
			       marks->list[next].relocation.offset == first->relocation.offset;
		     next++) {
			const struct mark *mark = &marks->list[next];

			if (mark->relocation.type == R_RISCV_RELAX) {
				marked = true;
				continue;
			}
			call = is_call(mark->relocation.type) ? mark : call;
			others++;
			end = mark->end > end ? mark->end : end;
		}
		if (call == NULL)
			continue;
		pack->relaxation.calls++;
		pack->relaxation.marked += marked;
		if (marked && others == 1 && call->has_addend &&
		    before <= call->relocation.offset &&
		    (next == marks->count || marks->list[next].relocation.offset >= call->end))
			add_call(pack, input, header, &call->relocation);
	}
}

/*
 * How many bytes a call must keep for the sake of what comes behind it. Alignment that no
 * R_RISCV_ALIGN asks for may be that of anything in the section, for instance of code that was
 * assembled with `.option norelax` and merged by `ld -r`.
 */
static unsigned int least_of(const struct pack *pack, const struct pack_input *input,
			     const struct section_header *header)
{
	bool compressed = (pack->file->flags & FLAG_RVC) != 0;
	uint64_t known = compressed ? 2 : 4;

	for (size_t i = 0; i < input->cut_count; i++) {
		const struct pack_cut *cut = &input->cuts[i];

		/* What is malformed is seen later, when it is measured. */
		if (!cut->call && cut->bytes <= header->size && pack_padding_alignment(cut) > known)
			known = pack_padding_alignment(cut);
	}
	if (header->align > known && header->align > 4)
		return CALL_BYTES;
	return compressed && header->align <= known ? C_BYTES : JAL_BYTES;
}

static void find_in_section(struct pack *pack, size_t index, const struct marks *marks)
{
	struct pack_input *input = &pack->inputs[index];
	size_t paddings = input->cut_count;
	struct section_header header;
	struct pack_section *section;

	if (input->section == PACK_NONE || !file_section(pack->file, index, &header) ||
	    header.bytes == NULL)
		return;
	section = &pack->sections[input->section];
	if (section->bytes == NULL || !(section->flags & SHF_EXECINSTR) || section->align < C_BYTES)
		return;
	input->least = least_of(pack, input, &header);
	find_calls(pack, input, &header, marks);
	section->relaxed |= input->cut_count > paddings;
}

void pack_relax_find(struct pack *pack)
{
	struct marks *marks;

	if (pack->file->machine != EM_RISCV)
		return;
	marks = find_marks(pack);
	for (size_t i = 1; i < pack->file->section_count; i++) {
		find_in_section(pack, i, &marks[i]);
		free(marks[i].list);
	}
	free(marks);
}

bool pack_is_relaxed(const struct pack *pack)
{
	return pack->relaxation.jumps + pack->relaxation.compressed > 0;
}

const char *pack_relax_nothing(const struct pack *pack)
{
	if (pack->file->machine != EM_RISCV)
		return "only RISC-V has calls that a linker makes shorter";
	if (pack->file->type == ET_DYN)
		return "it is a shared object, so its linker had to do it";
	if (pack->relaxation.marked == 0)
		return "it has no call that a linker may change (R_RISCV_RELAX)";
	return NULL;
}

/* ---- how short they are ---- */

/* As short as the processor has an instruction for it, and no shorter than the section allows. */
static unsigned int shortest(const struct pack *pack, const struct pack_input *input,
			     const struct pack_cut *call)
{
	bool wide = pack->file->class == ELFCLASS64; /* which has no c.jal */
	unsigned int bytes = call->link == 0 || (call->link == 1 && !wide) ? C_BYTES : JAL_BYTES;

	return bytes > input->least ? bytes : input->least;
}

static unsigned int bytes_to_reach(uint64_t distance)
{
	if (distance & 1)
		return CALL_BYTES;
	if (distance + 0x800 < 0x1000)
		return C_BYTES;
	return distance + 0x100000 < 0x200000 ? JAL_BYTES : CALL_BYTES;
}

/* Did any call have to become longer? */
static bool lengthen(const struct pack *pack, struct pack_input *input)
{
	bool changed = false;

	for (size_t i = 0; i < input->cut_count; i++) {
		struct pack_cut *call = &input->cuts[i];
		unsigned int bytes;

		if (!call->call)
			continue;
		bytes = bytes_to_reach(pack_moved(&pack->inputs[call->section], call->target) -
				       pack_moved(input, call->offset));
		if (bytes > call->kept) {
			call->kept = bytes;
			changed = true;
		}
	}
	return changed;
}

static void shorten(const struct pack *pack, struct pack_input *input)
{
	for (size_t i = 0; i < input->cut_count; i++) {
		if (input->cuts[i].call)
			input->cuts[i].kept = shortest(pack, input, &input->cuts[i]);
	}
}

/* No call of this section is shorter than that from now on. */
static void give_up(struct pack_input *input)
{
	input->least = input->least < JAL_BYTES ? JAL_BYTES : CALL_BYTES;
	for (size_t i = 0; i < input->cut_count; i++) {
		if (input->cuts[i].call && input->cuts[i].kept < input->least)
			input->cuts[i].kept = input->least;
	}
}

/* ---- where everything is then ---- */

/* A section of the input that goes to a relaxed one. */
struct moving {
	struct pack_input *input;
	uint64_t align, offset; /* where it was */
	size_t number;
};

struct movings {
	struct moving *list;
	size_t count;
};

static int by_place(const void *a, const void *b)
{
	const struct moving *x = a, *y = b;

	return x->input->section != y->input->section
		       ? compare_numbers(x->input->section, y->input->section)
		       : compare_pairs(x->offset, y->offset, x->number, y->number);
}

static struct movings find_movings(struct pack *pack)
{
	struct movings movings = {need(pack->file->section_count, sizeof(struct moving)), 0};
	struct section_header header;

	for (size_t i = 0; file_next_section(pack->file, &i, &header);) {
		struct pack_input *input = &pack->inputs[i];

		if (input->section == PACK_NONE || !pack->sections[input->section].relaxed)
			continue;
		movings.list[movings.count++] =
			(struct moving){input, header.align, input->offset, i};
	}
	qsort(movings.list, movings.count, sizeof(*movings.list), by_place);
	return movings;
}

/* One behind the other, as the loader had them, but of the sizes that they have now. */
static void lay_out(const struct movings *movings)
{
	uint64_t end = 0;

	for (size_t i = 0; i < movings->count; i++) {
		const struct moving *moving = &movings->list[i];

		if (i > 0 && movings->list[i - 1].input->section != moving->input->section)
			end = 0;
		while (!pack_measure(moving->input))
			give_up(moving->input);
		moving->input->offset = align_up(end, moving->align);
		end = moving->input->offset + moving->input->left;
	}
}

/* The sections of the output, of their new sizes, without content yet. */
static void resize(struct pack *pack, const struct movings *movings)
{
	for (size_t i = 0; i < movings->count; i++) {
		const struct pack_input *input = movings->list[i].input;
		struct pack_section *section = &pack->sections[input->section];

		if (i + 1 < movings->count && movings->list[i + 1].input->section == input->section)
			continue;
		pack->relaxation.bytes += section->size - (input->offset + input->left);
		section->size = input->offset + input->left;
		free(section->bytes);
		section->bytes = need(section->size, 1);
	}
}

static void count_calls(struct pack *pack, const struct pack_input *input)
{
	for (size_t i = 0; i < input->cut_count; i++) {
		pack->relaxation.jumps += input->cuts[i].call && input->cuts[i].kept == JAL_BYTES;
		pack->relaxation.compressed +=
			input->cuts[i].call && input->cuts[i].kept == C_BYTES;
	}
}

void pack_relax(struct pack *pack)
{
	struct movings movings = find_movings(pack);
	bool changed = true;

	for (size_t i = 0; i < movings.count; i++)
		shorten(pack, movings.list[i].input);
	for (unsigned int pass = 0; changed; pass++) {
		changed = false;
		lay_out(&movings);
		for (size_t i = 0; i < movings.count; i++) {
			if (!lengthen(pack, movings.list[i].input))
				continue;
			changed = true;
			if (pass >= PASSES)
				give_up(movings.list[i].input);
		}
	}
	resize(pack, &movings);
	for (size_t i = 0; i < movings.count; i++)
		count_calls(pack, movings.list[i].input);
	free(movings.list);
}

/* ---- what they are made into ---- */

void pack_relax_write(const struct pack_cut *call, const uint8_t *from, uint8_t *to)
{
	if (call->kept == CALL_BYTES)
		memcpy(to, from, CALL_BYTES);
	else if (call->kept == JAL_BYTES)
		image_put_word(to, JAL_BYTES, 0x6f | (uint32_t)call->link << 7); /* jal link, . */
	else
		image_put_word(to, C_BYTES, call->link == 0 ? 0xa001 : 0x2001); /* c.j, c.jal . */
}

static const struct pack_cut *find_call(const struct pack_input *input, uint64_t offset)
{
	for (size_t low = 0, high = input->cut_count; low < high;) {
		size_t middle = low + (high - low) / 2;
		const struct pack_cut *cut = &input->cuts[middle];

		if (cut->offset < offset)
			low = middle + 1;
		else if (cut->offset > offset)
			high = middle;
		else
			return cut->call ? cut : NULL;
	}
	return NULL;
}

/*
 * An addend in a section that became shorter: S + A is the place that it was. For the second half
 * of a pair, A counts from the value, not from the label.
 */
static void move_addend(const struct pack *pack, const struct llext_desk_reloc *what,
			struct relocation *relocation)
{
	const struct pack_symbol *symbol = &pack->symbols[relocation->symbol];
	const struct pack_input *target;
	uint64_t sum = symbol->in.value + (uint64_t)relocation->addend;

	if ((what->kind != LLEXT_DESK_ABS && what->kind != LLEXT_DESK_PC) ||
	    symbol->section == PACK_NONE || symbol->in.section >= pack->file->section_count ||
	    !pack->sections[symbol->section].relaxed)
		return;
	target = &pack->inputs[symbol->in.section];
	if (sum <= target->size && symbol->in.value <= target->size)
		relocation->addend =
			(int64_t)(pack_moved(target, sum) - pack_moved(target, symbol->in.value));
}

void pack_relax_relocation(const struct pack *pack, const struct pack_input *input,
			   struct relocation *relocation)
{
	const struct pack_cut *call;
	struct llext_desk_reloc what;

	pack->core->reloc(relocation->type, &what);
	if (relocation->symbol < pack->symbol_count)
		move_addend(pack, &what, relocation);
	if (!is_call(relocation->type) || !pack->sections[input->section].relaxed)
		return;
	call = find_call(input, relocation->offset);
	if (call != NULL && call->kept == JAL_BYTES)
		relocation->type = R_RISCV_JAL;
	else if (call != NULL && call->kept == C_BYTES)
		relocation->type = R_RISCV_RVC_JUMP;
}
