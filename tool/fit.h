/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the code of an extension go together with a firmware, and can the firmware's processor run
 * it? One test for `tenon check`, the choice of a board in `tenon run`, and what the device's core
 * itself refuses: what fits here passes there.
 */
#ifndef TENON_FIT_H_
#define TENON_FIT_H_

#include "tenon.h"

enum fit_level {
	FIT_WARNING, /* a linker only warns about it, or is silent; it may do harm */
	FIT_UNKNOWN, /* the file does not say what it needs */
	FIT_ERROR,   /* it would compute nonsense, or fault */
};

/* Its text continues the sentence "it has ...". */
struct fit_finding {
	enum fit_level level;
	const char *text;
};

#define MOST_FINDINGS 16

struct fit {
	struct fit_finding list[MOST_FINDINGS];
	size_t count;
};

/*
 * Compare @file with @firmware, an ELF file for the same machine. @isa: what the processor has, as
 * in -march (RISC-V), where it has more than the firmware is compiled for; NULL: not known.
 */
void fit_test(struct fit *fit, const struct file *file, const struct file *firmware,
	      const char *isa);
/* The first finding of at least this level, or NULL. */
const char *fit_first(const struct fit *fit, enum fit_level level);
/* Why @file cannot go with @firmware, to be freed: for another machine, or the first finding of
 * fit_test() of at least this level. NULL: it can. */
char *fit_refusal(struct fit *fit, const struct file *file, const struct file *firmware,
		  const char *isa, enum fit_level level);

/* Do both hand over floating-point numbers the same way, as far as they say how? */
bool fit_same_float_abi(const struct file *file, const struct file *firmware);

/*
 * Can nothing go wrong with a file that does not say what it is for, on a processor that has all
 * instructions which it may have? That is so for Thumb code without any for floating point.
 */
bool fit_whatever_it_is_for(const struct file *file, const struct file *firmware);
/* An Arm file that does not say what it needs and has instructions of an FPU. */
bool fit_wants_most(const struct file *file);

/* How much more the processor has than code of @file, which fits it, needs: 0 is closest. */
unsigned int fit_excess(const struct file *file, const struct file *firmware);
/* What a file is compiled for, in words, to be freed; NULL where nothing in it says. */
char *fit_describe(const struct file *file);

/* For fit.c. */
void fit_add(struct fit *fit, enum fit_level level, const char *text);

/*
 * fit_riscv.c: does a processor with @has and @also (names of extensions, as in -march), and with
 * @beside (such names without "rv64" in front), lack some of @wants? All but @wants may be NULL.
 */
bool riscv_lacks(const char *has, const char *also, const char *beside, const char *wants);

#endif /* TENON_FIT_H_ */
