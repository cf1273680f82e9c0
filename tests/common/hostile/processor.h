/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the test port needs of the machine that extensions are for. processor_own.c: it is the one
 * that the test runs on. processor_other.c: it is another one, and nothing that is loaded can run.
 */
#ifndef HOSTILE_PROCESSOR_H_
#define HOSTILE_PROCESSOR_H_

#include <llext/llext.h>
#include <llext/tls.h>

#if LLEXT_TARGET_X86_64
#define PROCESSOR_TLS llext_tls_threads
#else
extern const struct llext_tls_port processor_tls;
#define PROCESSOR_TLS processor_tls
#endif

/* As those of struct llext_port. */
int processor_unwind_add(struct llext *ext, const void *table, size_t bytes);
void processor_unwind_remove(struct llext *ext, const void *table, size_t bytes);

/* Make the unwinder read every table that it knows. */
void processor_unwind_read(void);

#endif /* HOSTILE_PROCESSOR_H_ */
