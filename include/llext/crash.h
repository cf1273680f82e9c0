/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A fault in an extension, as a record: where it was, why, with which registers. It needs
 * CONFIG_LLEXT_DEBUGGER, which keeps where each section of each extension is. A port's fault
 * handler fills the record; see ports/mcu/llext_mcu.h.
 */
#ifndef LLEXT_CRASH_H_
#define LLEXT_CRASH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the processor objected to. */
enum llext_crash_cause {
	LLEXT_CRASH_OTHER,   /**< see @c code */
	LLEXT_CRASH_EXECUTE, /**< a fetch from memory that is not executable */
	LLEXT_CRASH_DATA,    /**< a load or store that is not allowed, or that nothing answers */
	LLEXT_CRASH_INSTRUCTION, /**< an undefined instruction, a trap, a wrong state */
	LLEXT_CRASH_ALIGNMENT,   /**< a misaligned access */
};

/** A place in an extension. The strings are valid as long as the extension is loaded. */
struct llext_crash_place {
	const char *extension; /**< its name; NULL: the place is in no extension */
	const char *section;   /**< as in the file: ".text.effect" */
	size_t offset;         /**< in the section */
	const char *symbol;    /**< the nearest exported symbol before it in the section, or NULL */
	size_t symbol_offset;  /**< from there */
	const uint8_t *build_id; /**< of the file, as in its note; NULL: it has none */
	size_t build_id_bytes;   /**< its length */
};

/** Most addresses of a call chain. */
#define LLEXT_CRASH_CHAIN 8

/** The record. */
struct llext_crash {
	enum llext_crash_cause cause;
	uintptr_t code;    /**< CFSR, mcause, ESR_EL1 or EXCCAUSE */
	bool has_address;  /**< the processor said which address it was ... */
	uintptr_t address; /**< ... this one */
	uintptr_t pc;      /**< of the instruction */
	uintptr_t lr;      /**< where the function that it is in returns to, as far as known */
	uintptr_t sp;      /**< the stack pointer before the fault */
	uintptr_t registers[32];         /**< r0 to r12, x0 to x31, a0 to a15: by number */
	unsigned int count;              /**< how many of them */
	struct llext_crash_place where;  /**< of @c pc */
	struct llext_crash_place caller; /**< of @c lr */
	/**
	 * Return addresses in extensions that lie on the stack, the latest call first. Those of the
	 * firmware are not among them. What an earlier call has left there may be.
	 */
	uintptr_t chain[LLEXT_CRASH_CHAIN];
	unsigned int chain_count; /**< how many */
};

/**
 * Find the places of crash->pc and crash->lr, by llext_by_address(). Takes no lock, any context: a
 * fault handler may call it while another thread loads or unloads. With more than one processor,
 * hold a llext_pin() until the record has been used.
 */
void llext_crash_locate(struct llext_crash *crash);

/**
 * Fill crash->chain from the stack between crash->sp and @p stack_end, 256 words at most: an
 * address in an extension's code that follows a call instruction counts. All of that must be
 * readable. As llext_crash_locate() otherwise.
 */
void llext_crash_walk(struct llext_crash *crash, uintptr_t stack_end);

/**
 * The record as one line, without newline, that `tenon symbolize` turns into function, file and
 * line: "crash: data access, address 0x0, extension effect, section .text + 0x12 (effect: run+0x4),
 * build id 5c1f...e2, pc 0x20001012, lr 0x80000123, cause 0x82,
 * from extension effect, section .text + 0x40". Behind "from" is each address of the chain, less 2,
 * which is in the call instruction.
 * @return its length, also where @p bytes are too few for it; it is cut then, and ends with NUL if
 * @p bytes is not 0. Any context.
 */
size_t llext_crash_format(const struct llext_crash *crash, char *text, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_CRASH_H_ */
