/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's calls of a flash driver. The driver is the firmware's.
 */
#ifndef ZEPHYR_DRIVERS_FLASH_H_
#define ZEPHYR_DRIVERS_FLASH_H_

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <zephyr/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a driver tells of its flash. */
struct flash_parameters {
	size_t write_block_size; /**< bytes; a write's offset and size are multiples of it */
	uint8_t erase_value;     /**< what erased bytes read as */
};

/** A driver's functions: 0 or a negative errno. What a driver cannot do is NULL. */
struct flash_driver_api {
	int (*read)(const struct device *dev, off_t offset, void *data, size_t len);
	int (*write)(const struct device *dev, off_t offset, const void *data, size_t len);
	int (*erase)(const struct device *dev, off_t offset, size_t size);
	const struct flash_parameters *(*get_parameters)(const struct device *dev);
};

/** @cond private */
static inline const struct flash_driver_api *z_flash_api(const struct device *dev)
{
	return (const struct flash_driver_api *)dev->api;
}
/** @endcond */

/** Read @p len bytes at @p offset. @return 0; -ENOSYS; the driver's error. */
static inline int flash_read(const struct device *dev, off_t offset, void *data, size_t len)
{
	return z_flash_api(dev)->read != NULL ? z_flash_api(dev)->read(dev, offset, data, len)
					      : -ENOSYS;
}

/** Write to what is erased. @return 0; -ENOSYS; the driver's error. */
static inline int flash_write(const struct device *dev, off_t offset, const void *data, size_t len)
{
	return z_flash_api(dev)->write != NULL ? z_flash_api(dev)->write(dev, offset, data, len)
					       : -ENOSYS;
}

/** Erase whole sectors. @return 0; -ENOSYS; the driver's error. */
static inline int flash_erase(const struct device *dev, off_t offset, size_t size)
{
	return z_flash_api(dev)->erase != NULL ? z_flash_api(dev)->erase(dev, offset, size)
					       : -ENOSYS;
}

/** @return what the driver tells; NULL where it does not. */
static inline const struct flash_parameters *flash_get_parameters(const struct device *dev)
{
	return z_flash_api(dev)->get_parameters != NULL ? z_flash_api(dev)->get_parameters(dev)
							: NULL;
}

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_DRIVERS_FLASH_H_ */
