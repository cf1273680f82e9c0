/* SPDX-License-Identifier: Apache-2.0 */
/* Pure functions: see reloc_value.h. */
#include "reloc_value.h"

#if LLEXT_ARCH_PAGES
#define PAGE(address) ((address) & ~(elf_addr)0xfff)
#endif

bool llext_reloc_value(unsigned int kind, const struct reloc_inputs *in, elf_addr *value)
{
	elf_addr sum = in->s + in->a, entry = in->entry + in->a, p = in->p;

	switch (kind) {
	case RELOC_ABS:
		break;
	case RELOC_PC:
		sum -= p;
		break;
#if LLEXT_ARCH_PC_WORD
	case RELOC_PC_WORD:
		sum -= p & ~(elf_addr)3;
		break;
#endif
#if LLEXT_ARCH_PAGES
	case RELOC_PAGE_PC:
		sum = PAGE(sum) - PAGE(p);
		break;
	case RELOC_GOT_PAGE_PC:
		sum = PAGE(entry) - PAGE(p);
		break;
	case RELOC_GOT_PAGE:
		sum = entry - PAGE(in->got);
		break;
#endif
	case RELOC_GOT_PC:
		sum = entry - p;
		break;
	case RELOC_GOT_OFFSET:
		sum = entry - in->got;
		break;
	case RELOC_GOT_ABS:
		sum = entry;
		break;
	case RELOC_GOT_BASE_PC:
		sum = in->got + in->a - p;
		break;
	case RELOC_FROM_GOT:
		sum -= in->got;
		break;
	default:
		return false;
	}
	*value = sum;
	return true;
}

static inline __attribute__((always_inline)) struct reloc_range
range_of(const struct reloc_encoding *encoding)
{
	unsigned int check = encoding->check;
	elf_addr span, below;

	if (check == CHECK_NONE || encoding->bits >= 8 * sizeof(elf_addr)) /* every number */
		return (struct reloc_range){0, (elf_addr)-1};
	span = (elf_addr)1 << encoding->bits;
	below = span / 2;
	if (check == CHECK_UNSIGNED)
		below = 0;
	else if (check == CHECK_BITFIELD)
		below = span, span *= 2;
	else if (check == CHECK_EITHER)
		span += below;
	else if (LLEXT_ARCH_PAIRS && check == CHECK_ROUNDED)
		below += 0x800;
	else if (LLEXT_ARCH_ENCODER && check == CHECK_ENCODER)
		/* Instructions count from a base up to 8 bytes behind the place. */
		below -= 8, span -= 16;
	return (struct reloc_range){below, span - 1};
}

struct reloc_range llext_reloc_range(const struct reloc_encoding *encoding)
{
	return range_of(encoding);
}

bool llext_reloc_fits(const struct reloc_encoding *encoding, elf_addr value)
{
	struct reloc_range range = range_of(encoding);

	return value + range.below <= range.most;
}

int64_t llext_reloc_limit(const struct reloc_encoding *encoding, elf_addr value)
{
	struct reloc_range range = llext_reloc_range(encoding);
	elf_saddr low = (elf_saddr)(0 - range.below);

	return range.below != 0 && (elf_saddr)value < low ? low
							  : (elf_saddr)(range.most - range.below);
}
