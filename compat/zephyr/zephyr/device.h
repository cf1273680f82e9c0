/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's devices, as far as drivers of the firmware and extensions share them: a name, a driver's
 * functions, its data. There is no devicetree: the firmware defines them.
 */
#ifndef ZEPHYR_DEVICE_H_
#define ZEPHYR_DEVICE_H_

#include <stdbool.h>
#include <stddef.h>
#include <zephyr/toolchain.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A device. Constant; a driver's state is behind @c data. */
struct device {
	const char *name;
	const void *config; /**< the driver's */
	const void *api;    /**< struct flash_driver_api, say */
	void *data;         /**< the driver's */
};

/** Is it there and ready? */
static inline bool device_is_ready(const struct device *dev)
{
	return dev != NULL && dev->api != NULL;
}

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_DEVICE_H_ */
