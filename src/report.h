/* SPDX-License-Identifier: Apache-2.0 */
/* What failed, and where: src/report/. Without that folder an error is a number only. */
#ifndef LLEXT_REPORT_H_
#define LLEXT_REPORT_H_

#include "load.h"

/* ---- report/diag.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_DIAG)
void llext_diag_clear(void);
int llext_fail(const struct load *ld, int error, const char *what);
/*
 * Because of a section, a symbol, a loaded extension; because the file changed meanwhile; because
 * it would have to be read backwards.
 */
int llext_fail_section(const struct load *ld, int error, uint32_t section, const char *what);
int llext_fail_symbol(const struct load *ld, int error, uint32_t symbol, const char *what);
int llext_fail_extension(const struct llext *ext, int error, const char *what);
int llext_fail_changed(const struct load *ld);
int llext_fail_seek(const struct load *ld);
void llext_diag_section(const struct load *ld, uint32_t section);
void llext_diag_section_name(const char *name);
/* In place of a section's name: what memory with this access is for. */
const char *llext_access_name(unsigned int access);
/* These two give back the error that the record is about. */
int llext_diag_offset(int error, size_t offset);
int llext_diag_sizes(int error, size_t expected, size_t found);
void llext_diag_values(int64_t expected, int64_t found); /* likewise, signed */
void llext_diag_symbol(const struct load *ld, uint32_t symbol);
void llext_diag_symbol_name(const char *name);
void llext_diag_relocation(uint32_t type);
void llext_diag_loader(struct llext_loader *ldr);
void llext_diag_missing(const char *name, size_t index);
void llext_log_failure(const char *name, bool briefly); /* briefly: without suggestions */
#else
#define llext_log_failure(name, briefly)             ((void)(name))
#define llext_diag_clear()                           ((void)0)
#define llext_fail(ld, error, what)                  ((void)(ld), (void)(what), (error))
#define llext_fail_section(ld, error, section, what) ((void)(section), llext_fail(ld, error, what))
#define llext_fail_symbol(ld, error, symbol, what)   ((void)(symbol), llext_fail(ld, error, what))
#define llext_fail_extension(ext, error, what)       llext_fail(ext, error, what)
#define llext_fail_changed(ld)                       ((void)(ld), -EBADMSG)
#define llext_fail_seek(ld)                          ((void)(ld), -ENOTSUP)
#define llext_diag_section(ld, section)              ((void)0)
#define llext_diag_section_name(name)                ((void)0)
#define llext_diag_offset(error, offset)             ((void)(offset), (error))
#define llext_diag_sizes(error, expected, found)     ((void)(expected), (void)(found), (error))
#define llext_diag_values(expected, found)           ((void)0)
#define llext_diag_symbol(ld, symbol)                ((void)0)
#define llext_diag_symbol_name(name)                 ((void)0)
#define llext_diag_relocation(type)                  ((void)0)
#define llext_diag_loader(ldr)                       ((void)0)
#define llext_diag_missing(name, index)              ((void)0)
#endif

/* ---- report/log.c ---- */

void llext_log_addresses(const struct load *ld, const char *name); /* for gdb */
void llext_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Levels above the configured one vanish with their arguments. */
#define LOG(level, ...)                                                                            \
	do {                                                                                       \
		if ((level) <= LLEXT_LOG_LEVEL)                                                    \
			llext_log(level, __VA_ARGS__);                                             \
	} while (0)

#endif /* LLEXT_REPORT_H_ */
