/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic models of thread-local storage: relocations, the two words that they are about, and
 * what compiled code calls. The first word of two is the offset from the thread pointer of the
 * block that the variable is in, the second its offset in that block. The sum is all that counts.
 */
#include "../reloc_table.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_TLS)

/* Of a descriptor: it gets the descriptor's address and returns an offset from the thread pointer,
 * and changes no other register. The second word is the answer. */
extern const char llext_tls_resolver[] __attribute__((visibility("hidden")));

#if defined(__x86_64__) && LLEXT_TARGET_X86_64
__asm__(".text\n\t.balign 16\n\t.globl llext_tls_resolver\n\t.hidden llext_tls_resolver\n\t"
	".type llext_tls_resolver, @function\nllext_tls_resolver:\n\t"
	"endbr64\n\tmovq 8(%rax), %rax\n\tret\n\t.size llext_tls_resolver, . - "
	"llext_tls_resolver\n");
#elif defined(__aarch64__) && LLEXT_TARGET_AARCH64
__asm__(".text\n\t.balign 4\n\t.globl llext_tls_resolver\n\t.hidden llext_tls_resolver\n\t"
	".type llext_tls_resolver, %function\nllext_tls_resolver:\n\t"
	"hint #34\n\tldr x0, [x0, #8]\n\tret\n\t.size llext_tls_resolver, . - "
	"llext_tls_resolver\n");
#elif defined(__riscv) && (LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64)
__asm__(".text\n\t.balign 4\n\t.globl llext_tls_resolver\n\t.hidden llext_tls_resolver\n\t"
	".type llext_tls_resolver, @function\nllext_tls_resolver:\n\t"
#if __riscv_xlen == 32
	"lw a0, 4(a0)\n\t"
#else
	"ld a0, 8(a0)\n\t"
#endif
	"jr t0\n\t.size llext_tls_resolver, . - llext_tls_resolver\n");
#else
/* On the desk it is an address and no more. No Arm code calls it. */
const char llext_tls_resolver[4];
#endif

static void *get_address(const uintptr_t *index)
{
	return (uint8_t *)llext_port.tls->pointer() +
	       (index[0] + index[1] + (uintptr_t)LLEXT_ARCH_TLS_BIAS);
}

const void *llext_tls_intrinsic(const char *name)
{
	if (llext_port.tls == NULL)
		return NULL;
	if (LLEXT_ARCH_READ_TP && strcmp(name, "__aeabi_read_tp") == 0)
		return (const void *)(uintptr_t)llext_port.tls->read_tp;
	return strcmp(name, "__tls_get_addr") == 0 ? (const void *)&get_address : NULL;
}

/* ---- which symbols have two words, and of what kind ---- */

#define KINDS 2 /* TLS_GENERAL, TLS_DESC */

/* Place in the table of a symbol's words, from 1 on. The local model's are symbol 0's. */
static uint32_t *index_of(const struct load *ld, const struct reloc *reloc)
{
	bool local = reloc->type->bias == TLS_LOCAL;
	size_t kind = local ? TLS_GENERAL : (size_t)reloc->type->bias;

	return &ld->tls.index[(size_t)(local ? 0 : reloc->symbol) * KINDS + kind];
}

static bool has_index(const struct reloc_type *type)
{
	return type->value >= RELOC_TLS_PC && type->value <= RELOC_TLS_ABS;
}

int llext_tls_count(const struct table *table, const struct reloc *reloc)
{
	struct load *ld = table->ld;
	size_t count = (size_t)ld->symbols.count * KINDS;
	uint32_t *index;
	int rc;

	if (!has_index(reloc->type))
		return 0;
	if (domain_of(ld) != NULL)
		return llext_fail_reloc(table, reloc, -ENOTSUP,
					"a dynamic model of thread-local storage in a domain");
	rc = llext_check_got(table, reloc);
	if (rc != 0)
		return rc;
	if (is_linked(ld) || is_pre_located(ld))
		return llext_fail_reloc(table, reloc, -ENOTSUP,
					"a GOT entry is needed and has no room");
	if (ld->tls.index == NULL) {
		if (count > SIZE_MAX / sizeof(*ld->tls.index))
			return -ENOMEM;
		ld->tls.index =
			llext_transient(ld, count * sizeof(*ld->tls.index), sizeof(elf_addr));
		if (ld->tls.index == NULL)
			return -ENOMEM;
		step_clear(ld, ld->tls.index, count * sizeof(*ld->tls.index));
	}
	index = index_of(ld, reloc);
	if (*index == 0)
		*index = (uint32_t)++ld->tls.words.count;
	return 0;
}

/* Fill in the two words of a variable. */
static void two_words(const struct load *ld, uint32_t symbol, bool descriptor, elf_addr s,
		      elf_addr words[2])
{
	bool own = symbol == 0 || is_own_tls(llext_symbol_flags(ld, symbol));

	if (descriptor) {
		words[0] = (elf_addr)(uintptr_t)&llext_tls_resolver;
		words[1] = s;
		return;
	}
	words[0] = own ? ld->bases[SYMBOL_TLS] : 0;
	words[1] = s - words[0] - LLEXT_ARCH_TLS_BIAS;
}

void llext_tls_fill(const struct load *ld)
{
	size_t count = (size_t)ld->symbols.count * KINDS;

	for (size_t i = 0; ld->tls.index != NULL && i < count; i++) {
		uint32_t symbol = (uint32_t)(i / KINDS), index = ld->tls.index[i];
		elf_addr words[2];

		step_brief(ld, i);
		if (index == 0)
			continue;
		two_words(ld, symbol, i % KINDS == TLS_DESC,
			  symbol == 0 ? ld->bases[SYMBOL_TLS] : llext_symbol_value(ld, symbol),
			  words);
		memcpy(ld->tls.words.mem + (index - 1) * sizeof(words), words, sizeof(words));
	}
}

/* ---- relocations ---- */

int llext_tls_check(const struct table *table, const struct reloc *reloc, uint8_t flags)
{
	const struct load *ld = table->ld;
	bool dynamic = is_linked(ld) && reloc->symbol == 0 && ld->tls.bytes != 0;

	if (!(reloc->type->flags & RELOC_TLS)) {
		if (!is_tls(flags))
			return 0;
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"thread-local variable where there can be none");
	}
	/* A missing import is reported together with the others, before other faults. */
	if (is_tls(flags) || dynamic || ld->symtab.imports_missing > 0 ||
	    (flags & (SYMBOL_IMPORT | SYMBOL_UNLOADED)) == (SYMBOL_IMPORT | SYMBOL_UNLOADED))
		return 0;
	return llext_fail_reloc(table, reloc, -ENOEXEC,
				"relocation for a thread-local variable against something else");
}

static int evaluate_index(const struct table *table, const struct reloc *reloc,
			  const struct reloc_inputs *in, elf_addr *value)
{
	struct load *ld = table->ld;
	uint32_t index = ld->tls.index != NULL ? *index_of(ld, reloc) : 0;

	if (index == 0 && is_packed(ld))
		return llext_fail_reloc(table, reloc, -ENOTSUP,
					"dynamic thread-local storage in a packed file");
	if (index == 0)
		return llext_fail_changed(ld);
	*value =
		ld->tls.words.load + (elf_addr)(index - 1) * 2 * (elf_addr)sizeof(elf_addr) + in->a;
#if LLEXT_ARCH_PAGES
	if (reloc->type->value == RELOC_TLS_PAGE_PC) {
		*value = (*value & ~(elf_addr)0xfff) - (in->p & ~(elf_addr)0xfff);
		return 0;
	}
#endif
	if (reloc->type->value == RELOC_TLS_PC)
		*value -= in->p;
	return 0;
}

int llext_tls_evaluate(const struct table *table, const struct reloc *reloc,
		       const struct reloc_inputs *in, elf_addr *value)
{
	elf_addr words[2];

	if (has_index(reloc->type))
		return evaluate_index(table, reloc, in, value);
	two_words(table->ld, reloc->symbol, false, in->s, words);
	if (reloc->type->value == RELOC_TLS_MODULE) {
		*value = words[0];
		return 0;
	}
	if (!(table->target == 0) && words[0] == 0 &&
	    !is_own_tls(llext_symbol_flags(table->ld, reloc->symbol)))
		return llext_fail_reloc(table, reloc, -ENOEXEC,
					"local dynamic access to another module's variable");
	*value = words[1] + in->a;
	return 0;
}

void llext_tls_descriptor(const struct load *ld, uint8_t *mem, uint32_t symbol, elf_addr value)
{
	elf_addr words[2];

	two_words(ld, symbol, true, value, words);
	memcpy(mem, words, sizeof(words));
}

#endif /* CONFIG_LLEXT_TLS */
