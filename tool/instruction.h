/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TENON_INSTRUCTION_H_
#define TENON_INSTRUCTION_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an instruction that a processor has refused belongs to, and what to do: "an instruction of
 * LSE atomics; compile with ...". NULL: nothing is known of it. May be called in a signal handler.
 */
const char *instruction_hint(uint16_t machine, const uint8_t *bytes, size_t count);

#endif /* TENON_INSTRUCTION_H_ */
