/* SPDX-License-Identifier: Apache-2.0 */
/* Between domain.c and the code that runs in its child process. */
#ifndef LLEXT_POSIX_DOMAIN_STUB_H_
#define LLEXT_POSIX_DOMAIN_STUB_H_

#define STUB_PAGE       4096
#define STUB_PAGES      8 /* code, what both processes write, the stub's stack, the signals' stack */
#define STUB_SHARED     STUB_PAGE
#define STUB_STACK_END  (5 * STUB_PAGE)
#define STUB_SIGNAL     (5 * STUB_PAGE)
#define STUB_SIGNAL_END (8 * STUB_PAGE)
#define STUB_WAITS      128 /* bytes that a gate has on the domain's stack below its own frame */
#define STUB_GAPS       (CONFIG_LLEXT_DOMAIN_PARTS + 3) /* and the stub, the text for all */

/* Bytes on the socket. */
#define STUB_CALL   'C' /* to the child: a call */
#define STUB_RESULT 'R' /* to the child: a gate's result */
#define STUB_END    'E' /* from it: the call's result */
#define STUB_GATE   'G' /* from it: a gate's arguments */

/* Offsets in struct stub, for assembly. */
#define STUB_FUNCTION  0
#define STUB_SP        8
#define STUB_WORDS     16
#define STUB_FP        80
#define STUB_OUT       144
#define STUB_OUT_FP    160
#define STUB_SLOT      168
#define STUB_GATE_SP   176
#define STUB_FD        184
#define STUB_BYTE      188
#define STUB_SIGNO     192
#define STUB_ADDRESS   200
#define STUB_REGISTERS 208
#define STUB_GAP_COUNT 264
#define STUB_GAP       272

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

/* What both processes write. Whatever the child has written is only a child's word. */
struct stub {
	uint64_t function, sp, words[8];
	double fp[8];
	uint64_t out[2];
	double out_fp;
	uint64_t slot, gate_sp;
	int32_t fd;
	uint8_t byte;
	int32_t signo;
	uint64_t address, registers[7]; /* pc, sp, return address; rdi, rsi, rdx, rcx */
	uint64_t gap_count;
	struct {
		uint64_t start, bytes;
	} gaps[STUB_GAPS];
};

_Static_assert(offsetof(struct stub, sp) == STUB_SP, "");
_Static_assert(offsetof(struct stub, words) == STUB_WORDS, "");
_Static_assert(offsetof(struct stub, fp) == STUB_FP, "");
_Static_assert(offsetof(struct stub, out) == STUB_OUT, "");
_Static_assert(offsetof(struct stub, out_fp) == STUB_OUT_FP, "");
_Static_assert(offsetof(struct stub, slot) == STUB_SLOT, "");
_Static_assert(offsetof(struct stub, gate_sp) == STUB_GATE_SP, "");
_Static_assert(offsetof(struct stub, fd) == STUB_FD, "");
_Static_assert(offsetof(struct stub, byte) == STUB_BYTE, "");
_Static_assert(offsetof(struct stub, signo) == STUB_SIGNO, "");
_Static_assert(offsetof(struct stub, address) == STUB_ADDRESS, "");
_Static_assert(offsetof(struct stub, registers) == STUB_REGISTERS, "");
_Static_assert(offsetof(struct stub, gap_count) == STUB_GAP_COUNT, "");
_Static_assert(offsetof(struct stub, gaps) == STUB_GAP, "");
#endif

#endif /* LLEXT_POSIX_DOMAIN_STUB_H_ */
