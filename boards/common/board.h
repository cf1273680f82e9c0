/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware may ask of the board that it runs on: a console, the files and the exit status of
 * the host, a count of executed instructions, faults that a test expects, and the memory map.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define BOARD_NORETURN [[noreturn]]
#else
#define BOARD_NORETURN _Noreturn
#endif

/* The console. Output is kept until a line ends, the buffer is full or the board exits. */
void board_putc(char c);
void board_write(const char *text, size_t length);
void board_flush(void);
/* How many bytes have left the buffer since start. */
uint64_t board_console_bytes(void);

/* Ends the emulator; @status becomes its exit status. An unexpected fault exits with 3. */
BOARD_NORETURN void board_exit(int status);
#define BOARD_EXIT_FAULT 3

/*
 * Instructions executed since start, exact when the emulator counts one nanosecond for each (which
 * boards/run asks for). RISC-V and AArch64 have a counter of single instructions. Cortex-M and
 * Xtensa have a clock with a grain of 25 to 62 instructions; there the call waits for the clock's
 * next tick and takes its own time out of the count. It may be wrong by one where a tick is no
 * whole number of instructions, and by three on Xtensa.
 */
uint64_t board_instructions(void);

/*
 * A timer interrupt: @handler is called in @ticks ticks from now, once; it may ask for the next. A
 * tick is 40 instructions on the Cortex-M boards but 31 on mps3-an547, 100 on RISC-V, and 16 on
 * AArch64. 0: none any more. Only there, and on Cortex-M board_instructions() is wrong from then
 * on.
 */
void board_timer(uint32_t ticks, void (*handler)(void));

#define BOARD_NO_FILE ((size_t)-1)

/*
 * Reads a file of the host. Stores at most @size bytes and returns the length of the whole file, so
 * a result above @size says that the buffer was too small. BOARD_NO_FILE if it cannot be read.
 */
size_t board_read_file(const char *path, void *buffer, size_t size);

/*
 * A file of the host in pieces. A handle below zero: it cannot be opened. Reads and writes do all
 * that is asked, or return false.
 */
intptr_t board_file_open(const char *path, bool write);
void board_file_close(intptr_t file);
size_t board_file_length(intptr_t file); /* BOARD_NO_FILE if it has none */
bool board_file_read(intptr_t file, size_t position, void *buffer, size_t size);
bool board_file_write(intptr_t file, const void *data, size_t size);

/* The arguments given to boards/run, the ELF file first, separated by spaces. Returns the length.
 */
size_t board_command_line(char *buffer, size_t size);

/* Bounds of the stack. */
extern char board_stack_bottom[], board_stack_top[];
/* The most stack that has been used since start, in bytes, and what there is. */
size_t board_stack_used(void);
size_t board_stack_size(void);

enum board_fault_kind {
	BOARD_FAULT_OTHER,       /* see cause */
	BOARD_FAULT_EXECUTE,     /* fetch from memory that may not be executed */
	BOARD_FAULT_DATA,        /* load or store that is not allowed, or that nothing answers */
	BOARD_FAULT_INSTRUCTION, /* undefined instruction, breakpoint, wrong state */
	BOARD_FAULT_ALIGNMENT,
	BOARD_FAULT_DIVISION, /* by zero */
};

struct board_fault {
	enum board_fault_kind kind;
	int write;        /* 1 store, 0 load, -1 where the core does not tell */
	uintptr_t pc;     /* of the instruction; for BOARD_FAULT_EXECUTE the address fetched from */
	uintptr_t lr;     /* return address register at that time */
	bool has_address; /* the core recorded an address ... */
	uintptr_t address; /* ... this one */
	uintptr_t cause;   /* CFSR, mcause, ESR_EL1 or EXCCAUSE */
};

/*
 * Called for each fault if set. If it returns true, execution goes on at fault->pc, which it may
 * have changed. If it returns false the fault is printed and the board exits.
 */
extern bool (*board_fault_hook)(struct board_fault *fault);

/* Runs function(argument) and returns true if it faulted, with the record in @fault. Not nested. */
bool board_fault_caught(void (*function)(void *argument), void *argument,
			struct board_fault *fault);

/* Memory for extensions, apart from what the firmware itself uses; see the table in README.md. */
extern char board_heap_start[], board_heap_end[];
#ifdef BOARD_HAS_IRAM
/* Instruction memory for extensions: only 32-bit accesses are allowed on the real part. */
extern char board_iram_start[], board_iram_end[];
#endif

/* What the firmware itself occupies: code with constants, and data from the stack to the heap's
 * end. */
extern char board_rom_start[], board_rom_end[], board_ram_start[], board_ram_end[];

#ifdef __cplusplus
}
#endif
#endif /* BOARD_H */
