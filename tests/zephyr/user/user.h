/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware offers: each function is a gate, too. */
#ifndef USER_H_
#define USER_H_

void say(const char *text);
int ext_syscall_ok(int a);
int sem_open(int which);
int sem_give(int sem);
int sem_take(int sem);

#endif /* USER_H_ */
