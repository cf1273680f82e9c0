/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_ERRNO_H
#define BOARD_ERRNO_H
extern int errno;
/* The numbers of picolibc, newlib and Linux agree on these. */
#define EPERM   1
#define ENOENT  2
#define EIO     5
#define ENXIO   6
#define E2BIG   7
#define ENOEXEC 8
#define EBADF   9
#define EAGAIN  11
#define ENOMEM  12
#define EACCES  13
#define EFAULT  14
#define EBUSY   16
#define EEXIST  17
#define ENODEV  19
#define EINVAL  22
#define EFBIG   27
#define ENOSPC  28
#define EDOM    33
#define ERANGE  34
/* And these are picolibc's. */
#define ENODATA   61
#define EBADMSG   77
#define EILSEQ    138
#define ENOSYS    88
#define ELOOP     92
#define ESTALE    133
#define ENOTSUP   134
#define EALREADY  120
#define EOVERFLOW 139
#define ECANCELED 140
#define ETIMEDOUT 116
#endif
