/* SPDX-License-Identifier: Apache-2.0 */
#include "contained.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <llext/domain.h>
#include "crash.h"
#include "tenon.h"

/* The signal that a trusted extension would have died of. */
static int describe(unsigned int cause, const char **text)
{
	switch (cause) {
	case LLEXT_DOMAIN_READ:
		*text = "SIGSEGV, invalid memory access (load)";
		return SIGSEGV;
	case LLEXT_DOMAIN_WRITE:
		*text = "SIGSEGV, invalid memory access";
		return SIGSEGV;
	case LLEXT_DOMAIN_EXECUTE:
		*text = "SIGSEGV, execution of memory that is no code";
		return SIGSEGV;
	case LLEXT_DOMAIN_INSTRUCTION:
		*text = "SIGILL, illegal or privileged instruction";
		return SIGILL;
	case LLEXT_DOMAIN_STACK:
		*text = "SIGSEGV, the stack pointer has left the stack";
		return SIGSEGV;
	case LLEXT_DOMAIN_GATE:
		*text = "SIGSYS, a trap that is no gate";
		return SIGSYS;
	case LLEXT_DOMAIN_ARGUMENT:
		*text = "SIGSYS, a gate refused an argument";
		return SIGSYS;
	default:
		*text = "SIGSEGV, a fault of which the core does not tell the kind";
		return SIGSEGV;
	}
}

int contained_report(const struct contained *fault, uint64_t ticks)
{
	const char *text;
	int signo = describe(fault->cause, &text);

	(void)fflush(stdout);
	if (fault->cause == LLEXT_DOMAIN_BUDGET) {
		complain(NULL, "no end within %" PRIu64 " ticks (--ticks)", ticks);
		(void)crash_put_place("  in ", fault->pc);
		return EXIT_TIMEOUT;
	}
	fprintf(stderr, "tenon: crash: %s", text);
	if (fault->has_address)
		fprintf(stderr, ", at address 0x%" PRIx64, fault->address);
	fputc('\n', stderr);
	if (fault->gate != NULL && fault->argument != 0)
		fprintf(stderr, "  argument %u of %s\n", fault->argument, printable(fault->gate));
	if (!crash_put_place("  in ", fault->pc) &&
	    (fault->cause == LLEXT_DOMAIN_EXECUTE || fault->cause == LLEXT_DOMAIN_INSTRUCTION))
		fprintf(stderr, "  in no code: a call through a wrong pointer\n");
	if (fault->cause == LLEXT_DOMAIN_INSTRUCTION || fault->cause == LLEXT_DOMAIN_OTHER)
		crash_put_instruction(fault->pc);
	/* In the same function it is what an earlier call left there. */
	if (fault->lr != 0 && !crash_same_function(fault->pc, fault->lr - 1))
		(void)crash_put_place("  called from ", fault->lr - 1);
	crash_put_hints();
	fprintf(stderr, "  contained: the firmware goes on\n");
	return EXIT_CRASH + signo;
}
