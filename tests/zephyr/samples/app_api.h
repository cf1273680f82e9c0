/* SPDX-License-Identifier: Apache-2.0 */
/* What the application offers its extensions: a channel of ticks. */
#ifndef APP_API_H_
#define APP_API_H_

#include <zephyr/kernel.h>
#include <zephyr/toolchain.h>

enum channels { CHAN_TICK = 1, CHAN_LAST };

__syscall int publish(enum channels channel, const void *data, size_t data_len);
__syscall int receive(enum channels channel, void *data, size_t data_len);
__syscall int register_subscriber(enum channels channel, struct k_event *evt);

#endif /* APP_API_H_ */
