/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware and extension agree on. */
#ifndef SHARED_INFO_H_
#define SHARED_INFO_H_

#include <stdint.h>

#define SHARED_INFO_SECTION ".shared_info"
#define SHARED_INFO_VERSION 3

/* In the extension's section .shared_info. */
struct shared_info {
	uint32_t version;      /* set by the extension when it is built */
	uint32_t period_ms;    /* written by the firmware, read by the extension */
	uint32_t measurements; /* written by the extension, read by the firmware */
	int32_t last_value;
};

/* The firmware's, exported to the extension. */
struct board_info {
	const char *name;
	int32_t offset;
	uint32_t users; /* written by the extension */
};

extern struct board_info board_info;

#endif /* SHARED_INFO_H_ */
