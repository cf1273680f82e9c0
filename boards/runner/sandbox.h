/* SPDX-License-Identifier: Apache-2.0 */
/* `tenon run --sandbox` on a board: the domain that all files of the job are loaded into. */
#ifndef RUNNER_SANDBOX_H
#define RUNNER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/domain.h>

#ifdef RUNNER_SANDBOX
/* False: there is no unit, or too little memory. @ticks: of each call; 0: without end. */
bool sandbox_open(void *mem, size_t bytes, uint32_t ticks);
/* NULL: the job's files are trusted. */
struct k_mem_domain *sandbox_domain(void);
/* Has something stopped the domain? */
bool sandbox_stopped(void);
/* What stopped the domain is reported. False: nothing has. */
bool sandbox_report(void);
/* As a call of the function itself. */
int sandbox_call(const void *function, const int *numbers, int *result);

/* The processor's part: its vectors; and a tick about each millisecond of the board's time. */
void sandbox_vectors(void);
void sandbox_ticks(void);
#else
static inline bool sandbox_open(void *mem, size_t bytes, uint32_t ticks)
{
	(void)mem;
	(void)bytes;
	(void)ticks;
	return false;
}
static inline struct k_mem_domain *sandbox_domain(void)
{
	return NULL;
}
static inline bool sandbox_stopped(void)
{
	return false;
}
static inline bool sandbox_report(void)
{
	return false;
}
static inline int sandbox_call(const void *function, const int *numbers, int *result)
{
	(void)function;
	(void)numbers;
	*result = 0;
	return -1;
}
#endif

#endif /* RUNNER_SANDBOX_H */
