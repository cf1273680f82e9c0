/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a machine's file, behind its table of relocation types: their names. TYPES lists the types,
 * each as R(number, title, ...), and PREFIX is what all names begin with. There is no pointer for
 * each name: only messages ask for them.
 */
#ifndef TYPE_NUMBER
#define TYPE_NUMBER uint8_t
#endif

#if LLEXT_ON(CONFIG_LLEXT_DIAG) || LLEXT_TARGET_ARM /* which looks types up by their number */
#undef R
#define R(number, title, ...) number,
static const TYPE_NUMBER numbers[] = {TYPES};
#endif

#if LLEXT_ON(CONFIG_LLEXT_DIAG)
#undef R
#define R(number, title, ...) PREFIX title "\0"
static const char names[] = TYPES;

#ifndef OTHER_NAME
#define OTHER_NAME(type) NULL
#endif

const char *llext_arch_name(uint32_t type)
{
	const char *name = names;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i] == type)
			return name;
		name += strlen(name) + 1;
	}
	return OTHER_NAME(type);
}
#endif
