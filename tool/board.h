/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emulated boards. A board is a folder with qemu.conf and a firmware or more, *.elf, that differ in
 * what they are compiled for. All that is to know of a firmware is read from its ELF file.
 */
#ifndef TENON_BOARD_H_
#define TENON_BOARD_H_

#include "tenon.h"

struct runner {
	const struct board *board;
	char *path;
	struct file file;
	uint64_t heap_bytes, instr_bytes; /* for extensions; 0 instr: one heap for both */
	uint64_t heap, instr_heap;
};

struct board {
	char *name;
	char *core;     /* for people */
	char *isa;      /* what its processor has (RISC-V), as in -march; NULL: not said */
	char *emulator; /* the program */
	struct runner *runners;
	size_t runner_count;
};

struct boards {
	char *folder;
	struct board *list; /* by name */
	size_t count;
};

/* False: there are none in @boards->folder. boards_free() in any case. */
bool boards_find(struct boards *boards);
void boards_free(struct boards *boards);
/* Complains and returns NULL where there is none of that name. */
const struct board *board_named(const struct boards *boards, const char *name);
/* Can its firmware fence extensions in? */
bool runner_has_user_mode(const struct runner *runner);
/* Why @file cannot run on it, to be freed; NULL: it can. */
char *board_why_not(const struct board *board, const struct file *file);
/* Those of @count files fit, one below the other, with the reason why not. */
void boards_print(const struct boards *boards, const struct file *const *files, size_t count);

/*
 * The firmware for some files: of one board, or (NULL) of whichever fits the files best. Complains,
 * with the reasons, and returns NULL where none does. @heap_bytes as the user asked, or 0.
 */
const struct runner *board_choose(const struct boards *boards, const struct board *only,
				  const struct file *const *files, size_t count,
				  uint64_t heap_bytes);

/* Where the emulator is, to be freed; NULL: it is not in PATH. */
char *board_emulator(const struct board *board);
/* Is the emulator there? If not, says which package has it. */
bool board_has_emulator(const struct board *board);

#endif /* TENON_BOARD_H_ */
