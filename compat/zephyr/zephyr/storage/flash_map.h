/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's partitions of flash memory come from a devicetree, of which there is none here: no label
 * has a partition. Code that asks first compiles; FIXED_PARTITION_ID() of a label does not. For
 * extensions in flash memory there is llext/store.h.
 */
#ifndef ZEPHYR_STORAGE_FLASH_MAP_H_
#define ZEPHYR_STORAGE_FLASH_MAP_H_

/** Is there a partition of this label? */
#define FIXED_PARTITION_EXISTS(label) 0

#endif /* ZEPHYR_STORAGE_FLASH_MAP_H_ */
