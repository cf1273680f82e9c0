/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing GOT entries and veneers, when everything has its address. Veneers have either been
 * counted (count.c), or are made while relocations are applied (fast/veneers_later.c).
 */
#include "internal.h"
#include "steps.h"

void llext_targets_finish(struct load *ld)
{
	const elf_addr text = ld->bases[LLEXT_MEM_TEXT];
	struct target *target = ld->made.targets;
	elf_addr veneer = ld->made.veneers.load;

	for (size_t left = ld->made.target_count; left > 0;) {
		const size_t some = step_share(ld, left, 1);
		const struct target *veneers = ld->made.targets + ld->made.veneer_first;
		const struct target *end = target + some;

		for (; target < end; target++) {
			target->value += ld->bases[target->base];
			target->branch = target->value - text;
			if (target >= veneers) {
				target->branch =
					llext_branch_end(target->value, text, veneer) - text;
				veneer += llext_arch.veneer_bytes;
			}
		}
		left -= some;
		step_point(ld, some);
	}
}

static void fill(uint8_t *mem, elf_addr at, elf_addr to)
{
	uint8_t copy[MAX_VENEER];
	bool by_words = llext_code_by_words(LLEXT_MEM_TEXT);

	llext_arch_veneer(by_words ? copy : mem, at, to);
	if (by_words)
		llext_code_write(mem, copy, llext_arch.veneer_bytes);
}

#if LLEXT_ARCH_OFFSET_BRANCH
static void fill_offset_veneer(const struct load *ld, size_t index)
{
	size_t at = index * llext_arch.veneer_bytes;

	fill(ld->made.offset_veneers.mem + at, ld->made.offset_veneers.load + (elf_addr)at,
	     ld->made.offset_targets[index]);
}

int llext_offset_veneer(struct load *ld, elf_addr to, elf_addr *veneer)
{
	const struct slots *slots = &ld->made.offset_veneers;
	size_t made = ld->made.offset_veneers_made, i = made;

	/* Calls of one place are often side by side. A longer search would not be linear. */
	while (i > 0 && made - i < 8 && ld->made.offset_targets[i - 1] != to)
		i--;
	if (i == 0 || ld->made.offset_targets[i - 1] != to) {
		i = made + 1;
		if (made == slots->count && is_packed(ld))
			return llext_fail(ld, -ENOEXEC,
					  "a packed file has more branches behind a symbol than it "
					  "says");
		/* Its addend was not looked at, or another relocation has changed that since. */
		if (made == slots->count)
			return 0;
		ld->made.offset_targets[made] = to;
		ld->made.offset_veneers_made++;
		fill_offset_veneer(ld, made);
	}
	*veneer = (slots->load + (elf_addr)(i - 1) * llext_arch.veneer_bytes) |
		  llext_arch.veneer_state;
	return 1;
}
#endif

void llext_veneers_fill(const struct load *ld, size_t first, size_t end)
{
	const struct target *target = &ld->made.targets[ld->made.veneer_first + first];
	uint8_t *mem = ld->made.veneers.mem + first * llext_arch.veneer_bytes;
	elf_addr at = ld->made.veneers.load + (elf_addr)first * llext_arch.veneer_bytes;

	for (; first < end; first++, target++) {
		fill(mem, at, target->value);
		mem += llext_arch.veneer_bytes;
		at += llext_arch.veneer_bytes;
	}
}

/* Write the GOT entries and veneers, now that every symbol has its value. */
int llext_fill_slots(struct load *ld)
{
	for (size_t i = 0; i < ld->made.got.count; i++) {
		memcpy(ld->made.got.mem + i * sizeof(elf_addr), &ld->made.targets[i].value,
		       sizeof(elf_addr));
		step_brief(ld, i);
	}
	for (size_t i = 0, end = ld->made.veneers.count, stop; i < end; i = stop) {
		stop = i + step_share(ld, end - i, 1);
		step_point(ld, stop - i);
		llext_veneers_fill(ld, i, stop);
	}
#if LLEXT_ARCH_OFFSET_BRANCH
	/* Those of a packed file have been made already, but their place was cleared since. */
	for (size_t i = 0; i < ld->made.offset_veneers_made; i++) {
		fill_offset_veneer(ld, i);
		step_point(ld, 1);
	}
#endif
	llext_tls_fill(ld);
	return 0;
}
