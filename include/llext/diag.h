/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What went wrong: one record for the first thing that a load found wrong.
 */
#ifndef LLEXT_DIAG_H_
#define LLEXT_DIAG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A build without diagnostics has one record, which is empty: it is small. */
#if !LLEXT_ON(CONFIG_LLEXT_DIAG)
#undef CONFIG_LLEXT_DIAG_NAME_LEN
#undef CONFIG_LLEXT_DIAG_MISSING_LEN
#define CONFIG_LLEXT_DIAG_NAME_LEN    0
#define CONFIG_LLEXT_DIAG_MISSING_LEN 1
#endif

/** Longest section or symbol name that a record holds; longer ones are cut. */
#ifndef CONFIG_LLEXT_DIAG_NAME_LEN
#define CONFIG_LLEXT_DIAG_NAME_LEN 63
#endif

/** Room for the names of missing imports in a record, in bytes. */
#ifndef CONFIG_LLEXT_DIAG_MISSING_LEN
#define CONFIG_LLEXT_DIAG_MISSING_LEN 256
#endif

/** The stages of a load, in order. */
enum llext_stage {
	LLEXT_STAGE_NONE,
	LLEXT_STAGE_LOADER,   /**< the byte source failed */
	LLEXT_STAGE_ELF,      /**< the file's headers */
	LLEXT_STAGE_LAYOUT,   /**< sections to regions */
	LLEXT_STAGE_SYMBOLS,  /**< the symbol table, imports */
	LLEXT_STAGE_PLACE,    /**< memory */
	LLEXT_STAGE_RELOCATE, /**< relocations */
	LLEXT_STAGE_EXPORTS,  /**< .exported_sym */
	LLEXT_STAGE_PROTECT,  /**< memory protection */
	LLEXT_STAGE_LIFECYCLE /**< bring-up, tear-down */
};

/**
 * A record. Fields that do not apply are empty strings, NULL or 0. Names are as the file has them,
 * whatever bytes those are; llext_diag_format() makes them fit for a terminal.
 */
struct llext_diag {
	int error; /**< the negative errno that the call returned */
	enum llext_stage stage;
	const char *what;         /**< one sentence, constant text */
	const char *relocation;   /**< the relocation type's psABI name, constant text */
	uint32_t relocation_type; /**< its number */
	char section[CONFIG_LLEXT_DIAG_NAME_LEN + 1];
	char symbol[CONFIG_LLEXT_DIAG_NAME_LEN + 1];
	bool has_offset;  /**< @c offset is set */
	bool has_values;  /**< @c expected and @c found are set */
	uint64_t offset;  /**< in the section or, without one, in the file */
	int64_t expected; /**< a limit, a size, a number: @c what says which */
	int64_t found;
	size_t missing_count; /**< number of imports that nothing provides */
	/** Their names, each ended by NUL, as many as fit; llext_load_param.on_import gets all. */
	char missing[CONFIG_LLEXT_DIAG_MISSING_LEN];
	size_t missing_len; /**< bytes used in @c missing */
};

#if LLEXT_ON(CONFIG_LLEXT_DIAG)
/**
 * The record of the last call that failed in this thread (in any thread, where the port has no
 * record per thread). Valid until the next call. Never NULL; @c error is 0 if nothing failed. A
 * load or a bring-up clears it first. An unload that succeeds leaves it, so that cleaning up after
 * a failed bring-up does not lose the reason. In a build without CONFIG_LLEXT_DIAG, such as the
 * small core, @c error is always 0, and @c what says that diagnostics are not in this build.
 */
const struct llext_diag *llext_last_diag(void);

/**
 * Write a record as one line of text, without newline, cut to @p size bytes including the NUL.
 * All of it is printable ASCII: any other byte of a name is a `?`.
 * @return the length that the whole line has, without the NUL.
 */
size_t llext_diag_format(const struct llext_diag *diag, char *buf, size_t size);

/** The name of a stage in lower case, for instance "relocate". */
const char *llext_stage_name(enum llext_stage stage);

/**
 * The exported name (the firmware's or a loaded extension's) nearest to @p name, for "did you
 * mean". @return NULL if none is near, or if @p name is not all printable ASCII, as the name that
 * is returned is.
 */
const char *llext_suggest(const char *name);

#else
static inline const struct llext_diag *llext_last_diag(void)
{
	static const struct llext_diag none = {0,
					       LLEXT_STAGE_NONE,
					       "diagnostics are not in this build",
					       NULL,
					       0,
					       "",
					       "",
					       false,
					       false,
					       0,
					       0,
					       0,
					       0,
					       "",
					       0};

	return &none;
}

static inline size_t llext_diag_format(const struct llext_diag *diag, char *buf, size_t size)
{
	size_t length = 0;

	for (; diag->what[length] != '\0'; length++) {
		if (length + 1 < size)
			buf[length] = diag->what[length];
	}
	if (size != 0)
		buf[length < size ? length : size - 1] = '\0';
	return length;
}

static inline const char *llext_stage_name(enum llext_stage stage)
{
	(void)stage;
	return "?";
}

static inline const char *llext_suggest(const char *name)
{
	(void)name;
	return NULL;
}
#endif

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_DIAG_H_ */
