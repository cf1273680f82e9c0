/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_H
#define BOARD_H

_Noreturn void board_exit(int status);

#endif /* BOARD_H */
