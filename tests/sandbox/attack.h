/* SPDX-License-Identifier: Apache-2.0 */
/* The extension that attacks, in a domain of its own: for the one file of a program that has it. */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdio.h>
#include "suite.h"

extern const uint8_t fixture_attack[], fixture_attack_end[];

static struct k_mem_domain domain;
static struct llext_domain_fault fault;
static struct llext *ext;

static struct llext_loader *source(const struct llext *which, void *user_data)
{
	static struct llext_buf_loader loader;

	(void)which;
	(void)user_data;
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(
		fixture_attack, (size_t)(fixture_attack_end - fixture_attack));
	return &loader.loader;
}

static struct llext_domain_more more;
static struct llext_domain_config config = {
	.name = "attack", .more = &more, .stack_bytes = 1024, .source = source, .fault = &fault};

static const void *symbol(const char *name)
{
	const void *address = llext_find_sym(&ext->exp_tab, name);

	if (address == NULL)
		printf("no symbol %s\n", name);
	return address;
}

static int call(const char *name, uintptr_t a, uint32_t ticks, uintptr_t *value)
{
	const struct llext_domain_args args = {.word = {a}};
	struct llext_domain_result result = {0};
	int rc = llext_domain_call(&domain, symbol(name), &args, &result, ticks);

	*value = result.word[0];
	return rc;
}

#endif
