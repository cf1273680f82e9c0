/* SPDX-License-Identifier: Apache-2.0 */
/* For what is part of a case: loads are trusted or sandboxed, as the program is. */
#ifndef CASES_H_
#define CASES_H_

#include "conformance.h"

#define llext_load                   conformance_load
#define llext_plan(ldr, param, plan) conformance_plan(ldr, param, plan)

#endif /* CASES_H_ */
