/* SPDX-License-Identifier: Apache-2.0 */
/* Records for the command on the desk: see job.h. A record's fields follow it, one call each. */
#ifndef RUNNER_REPORT_H
#define RUNNER_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include "job.h"

/* False: nobody asked for a report. */
bool report_open(void);
/* All output so far is written before the record is. */
void report(enum report kind);
void report_text(const char *text); /* NULL: nothing */
void report_number(uint64_t number);
/* One field, of addresses. */
void report_addresses(const uintptr_t *list, size_t count);

#endif /* RUNNER_REPORT_H */
