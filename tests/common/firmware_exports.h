/* SPDX-License-Identifier: Apache-2.0 */
/* What the fixtures of tests/common/hostile import, for a program that offers nothing else. */
#ifndef FIRMWARE_EXPORTS_H_
#define FIRMWARE_EXPORTS_H_

#include <stdint.h>
#include <llext/symbol.h>

static int add(int a, int b)
{
	return a + b;
}

static int variable = 5;

static const struct llext_const_symbol exports[] = {
	{"firmware_add", (const void *)(uintptr_t)&add},
	{"firmware_variable", &variable},
};

#endif /* FIRMWARE_EXPORTS_H_ */
