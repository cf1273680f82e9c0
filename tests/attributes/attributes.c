/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What build attributes say, against what a firmware was compiled for: the device's own check,
 * compiled here as if for such a firmware.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <internal.h>

struct row {
	const char *tags;
	size_t bytes;
	const char *refused; /* part of what is said; NULL: it is accepted */
};

#define ROW(tags, refused)                                                                         \
	{                                                                                          \
		tags, sizeof(tags) - 1, refused                                                    \
	}

static const struct row rows[] = {
#if LLEXT_TARGET_ARM
	/* Tag 5: name, 6: architecture, 7: profile, 9: Thumb, 10: FP, 23: model, 27: use, 28: args
	 */
	ROW("\x05"
	    "7E-M\0\x06\x0d\x07\x4d\x09\x02",
	    NULL),
	ROW("\x05"
	    "7E-M\0\x06\x0d\x0a\x06\x17\x03\x1b\x01",
	    UNIT ? NULL : "no FPU"),
	ROW("\x05"
	    "7E-M\0\x06\x0d\x0a\x06\x17\x03",
	    UNIT == 0  ? "no FPU"
	    : UNIT < 8 ? "double-precision"
		       : NULL),
	ROW("\x05"
	    "7E-M\0\x06\x0d\x0a\x08\x17\x03\x1b\x01",
	    UNIT == 0                         ? "no FPU"
	    : LLEXT_ON(CONFIG_LLEXT_ARM_FPV4) ? "later floating-point unit"
					      : NULL),
	ROW("\x17\x03\x1c\x01", "convention"), /* these firmwares have base arguments */
	ROW("\x1c\x01", NULL),                 /* nothing to do with floating point */
	ROW("\x0a", NULL),                     /* cut off */
	ROW("\x05"
	    "\x0a\x06",
	    NULL),                     /* in a string, without an end */
	ROW("\x90\x01\x0a\x06", NULL), /* a tag that nobody knows ends it */
	ROW("\x43"
	    "2.09\0\x0a\x06\x1b\x01",
	    UNIT ? NULL : "no FPU"),
#else
	ROW("\x04\x10\x05rv64i2p1_m2p0_a2p1_c2p0\0", NULL),
	ROW("\x04\x10\x05rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zmmul1p0\0",
	    "instructions"),
	ROW("\x05rv64imac\0", NULL),
	ROW("\x05rv64imacv\0", HAS_V ? NULL : "instructions"),
	ROW("\x05rv64i2p1_v1p0_zve32x1p0_zvl128b1p0\0", HAS_V ? NULL : "instructions"),
	ROW("\x05rv64i2p1_zba1p0\0", HAS_V ? NULL : "instructions"),
	ROW("\x05rv64i2p1_b1p0_zba1p0\0",
	    HAS_V ? NULL : "instructions"), /* b: of later compilers */
	ROW("\x05rv64i2p1_zbb1p0\0", "instructions"),
	ROW("\x05rv64i2p1_zicond1p0\0", "instructions"),
	ROW("\x05rv64i2p1_zicbom1p0_zihintpause2p0_svinval1p0_xsomething1p0\0", NULL),
	ROW("\x05rv64i2p1_zb", NULL), /* cut off */
	ROW("\x05rv64", NULL),
	ROW("\x05", NULL),
	ROW("\x04", NULL),
	ROW("\x84\x01\x05rv64v\0", NULL), /* a tag that nobody knows ends it */
	ROW("\x06\x01\x05rv64i2p1_f2p2\0", "instructions"),
#endif
};

int main(void)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *exact = malloc(rows[i].bytes); /* so that a sanitizer sees its end */
		const char *why;

		memcpy(exact, rows[i].tags, rows[i].bytes);
		why = llext_arch_attributes(exact, exact + rows[i].bytes);
		if ((why == NULL) != (rows[i].refused == NULL) ||
		    (why != NULL && strstr(why, rows[i].refused) == NULL)) {
			printf("row %zu: %s, not %s\n", i, why != NULL ? why : "accepted",
			       rows[i].refused != NULL ? rows[i].refused : "accepted");
			failed = 1;
		}
		free(exact);
	}
	return failed;
}
