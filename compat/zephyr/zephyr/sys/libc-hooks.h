/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * In Zephyr, the C library's own variables may be a partition for user threads, and
 * Z_LIBC_PARTITION_EXISTS is defined then. Here they are none, and it is not: a domain calls the C
 * library through gates.
 */
#ifndef ZEPHYR_SYS_LIBC_HOOKS_H_
#define ZEPHYR_SYS_LIBC_HOOKS_H_

#endif /* ZEPHYR_SYS_LIBC_HOOKS_H_ */
