/* SPDX-License-Identifier: Apache-2.0 */
/* What the two ways to run extensions share: in this process, and in an emulated board. */
#ifndef TENON_RUN_H_
#define TENON_RUN_H_

#include "board.h"
#include "crash.h"
#include "tenon.h"

#define HOST_MACHINE   EM_X86_64
#define HOST_CLASS     2
#define MOST_ARGUMENTS 4

static inline bool is_hosts(uint16_t machine, unsigned char class)
{
	return machine == HOST_MACHINE && class == HOST_CLASS;
}

#define LONGEST_TIMEOUT 86400 /* seconds */

struct call {
	const char *symbol;
	int arguments[MOST_ARGUMENTS];
	int count;
};

struct loaded {
	const char *path;
	char *name;              /* of the extension: unlike the others' */
	struct file file, debug; /* as stored, and if there is one, the one with all names */
	struct llext *ext;
	struct address_map map;
	char *hints; /* why a call may fault; or NULL */
	bool up;
};

struct run {
	struct call *calls;
	size_t call_count;
	struct loaded *files;
	size_t file_count;
	struct crash_site *sites;
	size_t site_count;
	uint64_t heap_bytes;  /* 0: not said */
	unsigned int timeout; /* seconds; 0: not said */
	const char *board;    /* NULL: not said */
	int verbose;
	bool list_boards;
	bool sandbox;
	uint64_t ticks;        /* of each call in the sandbox; 0: no limit */
	int contained;         /* the exit code where a domain has contained a fault; else 0 */
	unsigned int gdb_port; /* 0: without gdb */
	bool watch, json;
	int results; /* a file for the board's name and the results of calls, as lines; -1: they are
			printed */
};

/* run.c */
void name_extension(struct run *run, size_t number);
/* Open its file. Where there is a ring, one that nobody has signed gets a warning. */
bool open_loaded(struct loaded *loaded);
/* A file is loaded: crash reports know its places. */
void add_site(struct run *run, size_t number);
void print_regions(const struct run *run, const struct loaded *loaded);
/* @diagnosis is NULL where imports are missing, which are then listed. */
void complain_refused(const struct loaded *loaded, const struct imports *imports,
		      const char *diagnosis);
/* Does a diagnosis say that the heap has no room? */
bool is_heap_full(const char *diagnosis);
void print_result(const struct run *run, const struct call *call, int result);

/* run_types.c: of calls whose functions take or return anything but integers, if that is known. */
void warn_of_types(const struct run *run);
/* run_no_symbol.c: @near is a similar name that is exported, or NULL. */
void complain_no_symbol(const struct run *run, const char *symbol, const char *near);

/* Both return an exit code. */
int run_here(struct run *run);
/* All files are open. */
int run_on_board(struct run *run, const struct boards *boards, const struct runner *runner);

/*
 * run_again.c: let a process of its own do @once, again after each change, or once and say in JSON
 * what came of it. Both return an exit code; the first only at the end.
 */
int run_watch(struct run *run, int (*once)(struct run *));
int run_json(struct run *run, int (*once)(struct run *));

/* run_gdb.c: before the board starts, for each file that it has loaded, and at the end. */
bool run_gdb_open(const struct run *run, const char *firmware);
void run_gdb_loaded(const struct run *run, size_t number);
void run_gdb_close(void);

#endif /* TENON_RUN_H_ */
