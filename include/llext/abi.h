/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The version of what a firmware offers to extensions, compared at each load where both sides have
 * one.
 *
 * In the firmware, once:
 *
 *     LLEXT_ABI(1, 4);
 *
 * In one source of an extension that was written for it (`tenon new --kit` puts it there; the same
 * version in two of them would be an export twice):
 *
 *     LLEXT_NEEDS_ABI(1, 4);
 *
 * The major numbers must be equal, and the firmware's minor number at least the extension's. Raise
 * the minor number when exports are added, the major one when one is taken away or means something
 * else: `tenon abi diff` says which it is. Compile src/abi with CONFIG_LLEXT_ABI_VERSION=1.
 *
 * The version is part of a name, so that it can be read wherever names can: llext_abi.1.4 in the
 * firmware's table of exports, llext_needs_abi.1.4 in that of the extension.
 */
#ifndef LLEXT_ABI_H_
#define LLEXT_ABI_H_

#include <llext/symbol.h>

/** In a firmware: what it offers has this version. Numbers from 0 to 65535, in decimal. */
#define LLEXT_ABI(major, minor) LLEXT_ABI_(major, minor)
/** In an extension: it needs this version of the firmware's exports, or a later minor one. */
#define LLEXT_NEEDS_ABI(major, minor) LLEXT_NEEDS_ABI_(major, minor)

/* Macros for the numbers are replaced above. */
#define LLEXT_ABI_(major, minor)                                                                   \
	LLEXT_ABI_RECORD_("llext_abi." #major "." #minor,                                          \
			  ".llext_export.llext_abi." #major "." #minor, llext_abi)
#define LLEXT_NEEDS_ABI_(major, minor)                                                             \
	LLEXT_ABI_RECORD_("llext_needs_abi." #major "." #minor, ".exported_sym", llext_needs_abi)
#define LLEXT_ABI_RECORD_(name, section, id)                                                       \
	static const char id##_mark = 0;                                                           \
	LLEXT_EXPORT_RECORD_(id##_mark, name, section, id)

#endif /* LLEXT_ABI_H_ */
