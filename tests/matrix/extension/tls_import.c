/* SPDX-License-Identifier: Apache-2.0 */
/* Refused by the name of a thread-local variable that lies elsewhere. */
extern _Thread_local int thread_number;

int next(void)
{
	return thread_number++;
}
