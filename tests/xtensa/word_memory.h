/* SPDX-License-Identifier: Apache-2.0 */
/* Instruction memory that takes whole, aligned words only: it is elsewhere than the write addresses
 * say. */
#ifndef WORD_MEMORY_H_
#define WORD_MEMORY_H_

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../common/desk/command_line.h"
#include "../common/must.h"

#define INSTR_LOAD  0x40100000u
#define DATA_LOAD   0x3ff80000u
#define INSTR_BYTES 0x10000u
#define DATA_BYTES  0x40000u

static _Alignas(16) uint8_t heap[INSTR_BYTES], data[DATA_BYTES];
static uint32_t code[INSTR_BYTES / 4]; /* what the processor would run */
static size_t words_written, words_read;

static uint32_t *code_at(const uint32_t *address, size_t words)
{
	size_t offset = (size_t)((const uint8_t *)address - heap);

	must((uintptr_t)address % 4 == 0 && words > 0);
	must(offset < INSTR_BYTES && words * 4 <= INSTR_BYTES - offset);
	return code + offset / 4;
}

static __attribute__((unused)) void write_code(uint32_t *to, const uint32_t *from, size_t words)
{
	memcpy(code_at(to, words), from, words * 4);
	words_written += words;
}

static __attribute__((unused)) void read_code(uint32_t *to, const uint32_t *from, size_t words)
{
	memcpy(to, code_at(from, words), words * 4);
	words_read += words;
}

#endif /* WORD_MEMORY_H_ */
