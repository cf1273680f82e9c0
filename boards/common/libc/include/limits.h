/* SPDX-License-Identifier: Apache-2.0 */
/* The limits are in the compiler's limits.h, which looks for a second one of the system: this. */
