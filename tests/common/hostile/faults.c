/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include "faults.h"

struct faults faults;

void faults_arm(enum operation operation, unsigned long at, enum fault_kind kind)
{
	faults = (struct faults){.operation = operation, .at = at, .kind = kind};
}

void faults_clear(void)
{
	faults = (struct faults){.at = 0};
}

bool fault_now(enum operation operation)
{
	bool now = ++faults.count[operation] == faults.at && operation == faults.operation;

	faults.fired = faults.fired || now;
	return now;
}

int fault_result(void)
{
	return faults.kind == FAULT_NEGATIVE ? -EREMOTEIO : 7;
}
