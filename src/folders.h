/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part that is switched on needs its folder. If a folder is missing from the source tree while
 * its option is on, this header reports a compile error, instead of the linker a list of undefined
 * symbols.
 */
#ifndef LLEXT_FOLDERS_H_
#define LLEXT_FOLDERS_H_

#include <llext/config.h>

#ifdef __has_include

#if (LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB) || LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE)) &&   \
	!__has_include("linked/segments.c")
#error "src/linked is not there: set CONFIG_LLEXT_TYPE_ELF_RELOCATABLE=1, and no other type"
#endif
#if LLEXT_ON(CONFIG_LLEXT_PACKED) && !__has_include("packed/packed.c")
#error "src/packed is not there: set CONFIG_LLEXT_PACKED=0"
#endif
#if LLEXT_ON(CONFIG_LLEXT_QUICK) && !__has_include("fast/labels.c")
#error "src/fast has its headers only: set CONFIG_LLEXT_QUICK=0"
#endif
#if (LLEXT_ON(CONFIG_LLEXT_ARRAYS) || LLEXT_ON(CONFIG_LLEXT_UNWIND) ||                             \
     LLEXT_ON(CONFIG_LLEXT_EXIT_FUNCTIONS)) &&                                                     \
	!__has_include("cxx/init_arrays.c")
#error "src/cxx is not there: set CONFIG_LLEXT_ARRAYS=0, _UNWIND=0 and _EXIT_FUNCTIONS=0"
#endif
#if LLEXT_ON(CONFIG_LLEXT_DIAG) && !__has_include("report/diag.c")
#error "src/report is not there: set CONFIG_LLEXT_DIAG=0 and CONFIG_LLEXT_LOG_LEVEL_NONE=1"
#endif
#if LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419) && !__has_include("errata/erratum_843419.c")
#error "src/errata is not there: set CONFIG_LLEXT_ERRATUM_843419=0"
#endif
#if LLEXT_ON(CONFIG_LLEXT_INSPECT) && !__has_include("inspect/inspect.c")
#error "src/inspect is not there: set CONFIG_LLEXT_INSPECT=0"
#endif
#if LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && !__has_include("in_place/in_place.c")
#error "src/in_place is not there: set CONFIG_LLEXT_IN_PLACE=0"
#endif
#if (LLEXT_ON(CONFIG_LLEXT_PROTECT) || LLEXT_ON(CONFIG_LLEXT_WORD_CODE)) &&                        \
	!__has_include("memory/protect.c")
#error "src/memory is not there: set CONFIG_LLEXT_PROTECT=0 and CONFIG_LLEXT_WORD_CODE=0"
#endif
#if LLEXT_ON(CONFIG_LLEXT_ABI_VERSION) && !__has_include("abi/abi.c")
#error "src/abi is not there: set CONFIG_LLEXT_ABI_VERSION=0"
#endif
#if LLEXT_ON(CONFIG_LLEXT_LINKED_HASH) && !__has_include("linked_hash/linked_hash.c")
#error "src/linked_hash is not there: set CONFIG_LLEXT_LINKED_HASH=0"
#endif
#if LLEXT_ON(CONFIG_LLEXT_STEPS) && !__has_include("steps/steps.c")
#error "src/steps is not there: set CONFIG_LLEXT_STEPS=0"
#endif

#endif

#endif /* LLEXT_FOLDERS_H_ */
