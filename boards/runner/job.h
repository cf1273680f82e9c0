/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between `tenon run`, on the desk, and the firmware that it starts on an emulated board.
 *
 * The emulator inherits two open files from the command. The job is what to do: words, each ended
 * by NUL. The report is what happened: records, each of them a letter and its fields, which are
 * ended by NUL like the words. Numbers are hexadecimal digits.
 */
#ifndef RUNNER_JOB_H
#define RUNNER_JOB_H

#define JOB_FD      3
#define JOB_PATH    "/proc/self/fd/3"
#define REPORT_FD   4
#define REPORT_PATH "/proc/self/fd/4"
/* The files to load are open as well: JOB_FILE_FD + 0, 1, ... */
#define JOB_FILE_FD 5

/*
 * The job's first word is the number of bytes that extensions may have, 0 for all there are. Where
 * they are to be sandboxed, JOB_SANDBOX follows with the ticks of each call, 0 for no limit. Then
 * come, in any number, the files in order and behind them the calls:
 *   JOB_LOAD name path
 *   JOB_CALL symbol argument argument argument argument
 */
#define JOB_SANDBOX   "sandbox"
#define JOB_LOAD      "load"
#define JOB_CALL      "call"
#define JOB_ARGUMENTS 4

/*
 * Records. The first field of each is how many bytes of output there were before it. A file is
 * given by its place in the job; without one it is about the file that is being loaded. Callers
 * are addresses with a blank behind each: the words on the stack, from its top on, that may be
 * return addresses in an extension.
 */
enum report {
	REPORT_MISSING = 'm',     /* an import: name, a near name or nothing */
	REPORT_REFUSED = 'r',     /* the load failed: text, REFUSED_* */
	REPORT_REGION = 'g',      /* number, address, bytes */
	REPORT_SECTION = 's',     /* number, region, address, bytes */
	REPORT_LOADED = 'l',      /* bytes held, number of exports: the load is complete */
	REPORT_FAILED = 'b',      /* bring-up, tear-down or unload: file, text */
	REPORT_RESULT = 'c',      /* of the next call: value */
	REPORT_NO_SYMBOL = 'n',   /* to call: a near name or nothing */
	REPORT_NO_FUNCTION = 'v', /* but something else: file */
	REPORT_FAULT = 'f',       /* kind, 0 load or 1 store or nothing, pc, lr, address or nothing,
				     callers */
	REPORT_CONTAINED = 'd', /* a domain has faulted: enum llext_domain_cause, pc, lr, address or
				   nothing, gate or nothing, argument */
	REPORT_ABORT = 'a',     /* called from: address, callers */
	REPORT_UNABLE = 'x',    /* the firmware itself cannot go on: text */
	REPORT_END = 'e',       /* of a whole run, good or not */
};

#define REFUSED_MISSING "missing" /* imports */
#define REFUSED_MEMORY  "memory"
#define REFUSED_ELSE    ""

/* How many fields a record has; 0: there is no such record. */
static inline int report_fields(char kind)
{
	switch (kind) {
	case REPORT_END:
		return 1;
	case REPORT_RESULT:
	case REPORT_NO_SYMBOL:
	case REPORT_NO_FUNCTION:
	case REPORT_UNABLE:
		return 2;
	case REPORT_ABORT:
	case REPORT_MISSING:
	case REPORT_REFUSED:
	case REPORT_LOADED:
	case REPORT_FAILED:
		return 3;
	case REPORT_REGION:
		return 4;
	case REPORT_SECTION:
		return 5;
	case REPORT_FAULT:
	case REPORT_CONTAINED:
		return 7;
	default:
		return 0;
	}
}

#endif /* RUNNER_JOB_H */
