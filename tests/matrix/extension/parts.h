/* SPDX-License-Identifier: Apache-2.0 */
/* What the C files share. */
#ifndef MATRIX_PARTS_H_
#define MATRIX_PARTS_H_

#include "../firmware.h"

struct shape {
	const char *name;
	int (*area)(const struct shape *shape);
	double width, height;
};

#define shapes      NAME(shapes)
#define shape_count NAME(shape_count)
#define large       NAME(large)
#define far_apart   NAME(far_apart)
#define zeroes      NAME(zeroes)
#define tentative   NAME(tentative)
#define classify    NAME(classify)
#define collatz     NAME(collatz)
#define hash        NAME(hash)
#define wide        NAME(wide)
#define where       NAME(where)

extern const struct shape *const shapes[];
extern const int shape_count;
extern unsigned char large[70000]; /* beyond the medium model's threshold */
extern int far_apart[3];
extern int zeroes[50];
extern int tentative[10];
int classify(int value);
int collatz(int value);
unsigned int hash(const char *text);
int wide(long long a, long long b);
int where(int step);

#endif /* MATRIX_PARTS_H_ */
