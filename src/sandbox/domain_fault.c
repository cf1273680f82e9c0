/* SPDX-License-Identifier: Apache-2.0 */
/* The record of what went wrong in a domain. */
#include <stdio.h>
#include "sandbox.h"
#include "../symbols.h"

#if SANDBOX

const struct llext_domain_fault *llext_domain_fault(const struct k_mem_domain *domain)
{
	const struct llext_domain_fault *record =
		domain != NULL && domain->config != NULL ? domain->config->fault : NULL;

	return record != NULL && record->cause != LLEXT_DOMAIN_OK ? record : NULL;
}

/* The extension whose code has the address, and its export before it. */
static bool find_symbol(const struct k_mem_domain *domain, uintptr_t address,
			struct llext_domain_fault *record)
{
	const struct llext *ext = llext_domain_extension_at(domain, address);
	uintptr_t best;

	record->extension = ext;
	if (ext == NULL)
		return false;
	best = (uintptr_t)ext->mem[LLEXT_MEM_TEXT];
	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++) {
		const struct llext_symbol *symbol = &ext->exp_tab.syms[i];
		uintptr_t start = (uintptr_t)code_address((elf_addr)(uintptr_t)symbol->addr);

		if (start < best || start > address)
			continue;
		best = start;
		record->symbol = symbol->name;
	}
	record->offset = address - best;
	return true;
}

/* Words on the stack that could be return addresses into the domain's code. */
static void find_chain(const struct k_mem_domain *domain, struct llext_domain_fault *record)
{
	/* The stack pointer is the domain's word: below the stack, this is a large number. */
	size_t offset = (record->sp & ~(sizeof(uintptr_t) - 1)) - domain->way.stack;
	size_t count = offset < domain->config->stack_bytes
			       ? (domain->config->stack_bytes - offset) / sizeof(uintptr_t)
			       : 0;

	record->chain_count = 0;
	for (size_t i = 0; i < count && record->chain_count < LLEXT_DOMAIN_CHAIN; i++) {
		uintptr_t word = ((const uintptr_t *)(domain->way.stack + offset))[i];

		if (llext_domain_extension_at(domain, word) != NULL)
			record->chain[record->chain_count++] = word;
	}
}

/* What has joined the domain was bound to this when it was the firmware's to call. */
static const char *import_at(uintptr_t address)
{
	if (is_user_text(address))
		return NULL;
	for (size_t i = 0; i < builtins_count(); i++) {
		elf_addr export = (elf_addr)(uintptr_t)llext_builtins_start[i].addr;

		if (export == address || code_address(export) == address)
			return llext_builtins_start[i].name;
	}
	return NULL;
}

void llext_domain_complete(const struct k_mem_domain *domain)
{
	struct llext_domain_fault *record = domain->config->fault;
	unsigned int pin;

	if (record == NULL || record->cause == LLEXT_DOMAIN_OK)
		return;
	pin = llext_pin();
	record->symbol = NULL;
	record->import = import_at(record->pc);
	if (record->import == NULL && record->has_address)
		record->import = import_at(record->address);
	/* The slot that the call returns to is no caller. */
	if (domain->stack_owner != NULL && (uintptr_t)code_address((elf_addr)record->lr) ==
						   (uintptr_t)domain->stack_owner->priv->gates)
		record->lr = 0;
	if (!find_symbol(domain, record->pc, record))
		(void)find_symbol(domain, record->lr, record);
	if (domain->stack_owner != NULL)
		find_chain(domain, record);
	llext_unpin(pin);
}

/* ---- as text ---- */

/* A Cortex-M does not say whether it was a load or a store. */
#ifdef __arm__
#define WRITE_TEXT "access that is not allowed"
#else
#define WRITE_TEXT "write that is not allowed"
#endif

static const char *cause_name(enum llext_domain_cause cause)
{
	static const char *const names[] = {
		[LLEXT_DOMAIN_OK] = "no fault",
		[LLEXT_DOMAIN_READ] = "read that is not allowed",
		[LLEXT_DOMAIN_WRITE] = WRITE_TEXT,
		[LLEXT_DOMAIN_EXECUTE] = "execution that is not allowed",
		[LLEXT_DOMAIN_INSTRUCTION] = "undefined or privileged instruction",
		[LLEXT_DOMAIN_STACK] = "stack pointer outside the stack",
		[LLEXT_DOMAIN_GATE] = "trap that is no gate",
		[LLEXT_DOMAIN_ARGUMENT] = "argument of a gate",
		[LLEXT_DOMAIN_BUDGET] = "ticks used up",
		[LLEXT_DOMAIN_CALLBACK] = "call back that failed",
		[LLEXT_DOMAIN_OTHER] = "fault",
	};

	return (size_t)cause < sizeof(names) / sizeof(names[0]) ? names[cause] : "fault";
}

struct text {
	char *buf;
	size_t size, length;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
	size_t left = text->length < text->size ? text->size - text->length : 0;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(left != 0 ? text->buf + text->length : NULL, left, format, args);
	va_end(args);
	text->length += length > 0 ? (size_t)length : 0;
}

size_t llext_domain_fault_format(const struct llext_domain_fault *fault, char *buf, size_t size)
{
	struct text text = {buf, size, 0};

	if (size != 0)
		buf[0] = '\0';
	add(&text, "%s", cause_name(fault->cause));
	if (fault->gate != NULL && fault->argument != 0)
		add(&text, ": %s(), argument %u", fault->gate, fault->argument);
	if (fault->import != NULL)
		add(&text, ": %s has no gate", fault->import);
	if (fault->has_address)
		add(&text, ", address 0x%lx", (unsigned long)fault->address);
	add(&text, ", pc 0x%lx", (unsigned long)fault->pc);
	if (fault->extension != NULL)
		add(&text, " (%s: %s+0x%lx)", fault->extension->name,
		    fault->symbol != NULL ? fault->symbol : ".text", (unsigned long)fault->offset);
	add(&text, ", lr 0x%lx, sp 0x%lx, status 0x%lx", (unsigned long)fault->lr,
	    (unsigned long)fault->sp, (unsigned long)fault->status);
	return text.length;
}

#endif /* SANDBOX */
