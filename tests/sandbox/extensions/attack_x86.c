/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an attacker does on Linux who knows of the socket between the two processes: he says on it
 * what he likes, when he likes. Number 3 is the child's only file.
 */
#include <llext/symbol.h>
#include "../api.h"

#define SOCKET 3

static volatile unsigned int counter;
static int started;

static void start(void)
{
	started += fw_twice(1);
}

/* Many: between any two of them somebody might come in. */
__attribute__((section(".init_array"), used)) static void (*initialisers[21])(void) = {
	[0 ... 20] = start};

int is_started(void)
{
	return started;
}
EXPORT_SYMBOL(is_started);

static long system_write(const void *bytes, size_t count)
{
	long rc;

	__asm__ volatile("syscall"
			 : "=a"(rc)
			 : "a"(1L), "D"((long)SOCKET), "S"(bytes), "d"(count)
			 : "rcx", "r11", "memory");
	return rc;
}

/* "The call has ended", and on it runs. */
int end_early(void)
{
	static const char end = 'E';

	(void)system_write(&end, 1);
	for (;;)
		counter++;
}

volatile unsigned int *counter_address(void)
{
	return &counter;
}

/* Gates, and more of them before the first has been answered: no answer is ever read. */
int gates_without_end(void)
{
	static const char gates[64] =
		"GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG";

	(void)fw_nothing(); /* the slot and the arguments are those of this one */
	for (;;)
		(void)system_write(gates, sizeof(gates));
}

/* As fast as they go, each waiting for its answer. */
int gate_after_gate(void)
{
	for (;;)
		(void)fw_nothing();
}

/* The result of a call to come. */
int end_twice(void)
{
	static const char end = 'E';

	(void)system_write(&end, 1);
	return 1;
}

void fault_with_sp(uintptr_t sp)
{
	__asm__ volatile("mov %0, %%rsp\n\tud2" ::"r"(sp));
}

/* What registers hold at the start that carry no argument, and no address of the process's own. */
__attribute__((naked)) int entry_registers(void)
{
	__asm__ volatile("xor %eax, %eax\n"
			 ".irp n, rbp, r8, r9, r10, r13, r14, r15\n"
			 "or %\\n, %rax\n"
			 ".endr\n"
			 ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
			 "movq %xmm\\n, %rcx\n"
			 "or %rcx, %rax\n"
			 "psrldq $8, %xmm\\n\n"
			 "movq %xmm\\n, %rcx\n"
			 "or %rcx, %rax\n"
			 ".endr\n"
			 "neg %rax\n" /* all of it into one bit */
			 "sbb %eax, %eax\n"
			 "ret\n");
}
EXPORT_SYMBOL(entry_registers);

int add_one(int x)
{
	return x + 1;
}

EXPORT_SYMBOL(end_early);
EXPORT_SYMBOL(counter_address);
EXPORT_SYMBOL(gates_without_end);
EXPORT_SYMBOL(gate_after_gate);
EXPORT_SYMBOL(end_twice);
EXPORT_SYMBOL(fault_with_sp);
EXPORT_SYMBOL(add_one);
