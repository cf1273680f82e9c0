/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations that the library asks others to do, counted, one of which can be made to fail. The
 * test port, the test loader and the wrapped allocator all ask here first.
 */
#ifndef HOSTILE_FAULTS_H_
#define HOSTILE_FAULTS_H_

#include <stdbool.h>

enum operation {
	OPERATION_ALLOC,
	OPERATION_PREPARE,
	OPERATION_READ,
	OPERATION_SEEK,
	OPERATION_PEEK,
	OPERATION_PROTECT,
	OPERATION_UNWIND,
	OPERATION_CLAIM,
	OPERATION_COUNT
};

/* How an operation that returns an int fails. */
enum fault_kind {
	FAULT_NEGATIVE, /* a negative errno */
	FAULT_POSITIVE, /* a positive number */
	FAULT_SHORT,    /* read: fewer bytes than asked for, and their number is returned */
	FAULT_BYTES,    /* read: other bytes than the file has, from this read on */
	FAULT_KINDS
};

struct faults {
	unsigned long count[OPERATION_COUNT]; /* so far */
	enum operation operation;
	unsigned long at; /* the @at-th such operation fails, counted from 1; 0: none */
	enum fault_kind kind;
	bool fired;
};

extern struct faults faults;

/* From now on: count anew, and let the @at-th @operation fail. */
void faults_arm(enum operation operation, unsigned long at, enum fault_kind kind);
void faults_clear(void);

/* Count one. @return whether it is the one that shall fail. */
bool fault_now(enum operation operation);

/* What a failing operation returns: -EREMOTEIO, an errno that the library itself never gives, or
 * a positive number. */
int fault_result(void);

#endif /* HOSTILE_FAULTS_H_ */
