/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A loader for files of the machine that a debugger or an emulator runs on, by semihosting, which
 * the C library's stdio is over where the firmware is linked so (newlib's rdimon, picolibc's
 * semihost). It is the loader for files, under Zephyr's name.
 */
#ifndef ZEPHYR_LLEXT_SEMIHOST_LOADER_H_
#define ZEPHYR_LLEXT_SEMIHOST_LOADER_H_

#include <llext/fs_loader.h>

/** A loader of a file; its first member is `loader`. */
#define llext_semihost_loader llext_fs_loader

/** Initialiser: the path of the file. */
#define LLEXT_SEMIHOST_LOADER(path) LLEXT_FS_LOADER(path)

#endif /* ZEPHYR_LLEXT_SEMIHOST_LOADER_H_ */
