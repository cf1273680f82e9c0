/* SPDX-License-Identifier: Apache-2.0 */
/* Reset, and semihosting, which both emulators have. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern char stack_top[];
int main(void);
void reset(void);
void print(const char *text);

static void host(uintptr_t operation, const void *argument)
{
#if defined(__arm__)
	register uintptr_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
#else
	register uintptr_t a0 __asm__("a0") = operation;
	register const void *a1 __asm__("a1") = argument;

	__asm__ volatile(".option push\n.option norvc\n.balign 16\n"
			 "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n.option pop"
			 : "+r"(a0)
			 : "r"(a1)
			 : "memory");
#endif
}

void print(const char *text)
{
	host(4, text);
}

/* For the port's messages. */
static int put(char c, FILE *file)
{
	(void)file;
	host(3, &c);
	return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &console;

static void run(void)
{
	uintptr_t block[2] = {0x20026, 0};

	block[1] = (uintptr_t)main();
	host(0x20, block);
	for (;;)
		;
}

#if defined(__arm__)
__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
	(void (*)(void))stack_top, reset};

void reset(void)
{
	run();
}
#else
__attribute__((naked, section(".vectors"))) void reset(void)
{
	__asm__("la sp, stack_top\n\tjal %0" ::"i"(run));
}
#endif
