/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware offers; included by it, by the extensions and by the reference. */
#ifndef MATRIX_FIRMWARE_H_
#define MATRIX_FIRMWARE_H_

#ifdef __cplusplus
extern "C" {
#endif

/* Names of the extension; the reference in the firmware itself has others. */
#ifndef PREFIX
#define PREFIX extension_
#endif
#define GLUE2(a, b) a##b
#define GLUE(a, b)  GLUE2(a, b)
#define NAME(name)  GLUE(PREFIX, name)

int firmware_add(int a, int b);
int firmware_sum(int count, ...);
int firmware_apply(int (*function)(int), int value);
double firmware_half(double value);
void firmware_note(int value);
extern int firmware_variable;
extern const int firmware_table[4];
/* Nothing provides these. */
int firmware_absent(void) __attribute__((weak));
extern int firmware_absent_variable __attribute__((weak));

#ifdef __cplusplus
/* Throws an int. */
void firmware_throw(int value);
/* Calls it; what it throws, as a number. */
int firmware_catch(void (*function)(int), int value);
}

/* A class that both sides know: its type information is the firmware's. */
struct FirmwareError {
	explicit FirmwareError(int code);
	virtual ~FirmwareError();
	virtual int code() const;
	int value;
};
#endif

#define RESULTS 64

/* Fill @results; the return value says how many. */
#ifdef __cplusplus
extern "C"
#endif
	int NAME(run)(int *results);

/* Signed overflow, where the arguments make it so. */
#ifdef __cplusplus
extern "C"
#endif
	int NAME(overflow)(int a, int b);

#endif /* MATRIX_FIRMWARE_H_ */
