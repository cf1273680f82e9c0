/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware and extensions of the suite share. */
#ifndef SUITE_H_
#define SUITE_H_

#include <stdbool.h>
#include <zephyr/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Note whether something holds. Usable in extensions, too. */
void suite_check(bool holds, const char *what, const char *file, int line);
#define EXPECT(what) suite_check((what), #what, __FILE__, __LINE__)

/* A system call that is there, and one that is declared only. */
__syscall int ext_syscall_ok(int a);
__syscall int ext_syscall_fail(int a);

#define MY_THREAD_STACK_SIZE 4096
extern struct k_sem my_sem;
extern struct k_thread my_thread;
extern k_thread_stack_t my_thread_stack[];

#ifdef __cplusplus
}
#endif

#endif /* SUITE_H_ */
