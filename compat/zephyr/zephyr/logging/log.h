/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's log messages, over printk(): a line with level and module, written at once. A module's
 * level is that of its LOG_MODULE_REGISTER() or LOG_MODULE_DECLARE(), else LOG_LEVEL where that is
 * defined before this header, else CONFIG_LOG_DEFAULT_LEVEL.
 */
#ifndef ZEPHYR_LOGGING_LOG_H_
#define ZEPHYR_LOGGING_LOG_H_

#include <inttypes.h>
#include <stddef.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>
#include <zephyr/toolchain.h>

#define LOG_LEVEL_NONE 0
#define LOG_LEVEL_ERR  1
#define LOG_LEVEL_WRN  2
#define LOG_LEVEL_INF  3
#define LOG_LEVEL_DBG  4

#ifndef CONFIG_LOG_DEFAULT_LEVEL
#define CONFIG_LOG_DEFAULT_LEVEL LOG_LEVEL_INF
#endif
#ifndef LOG_LEVEL
#define LOG_LEVEL CONFIG_LOG_DEFAULT_LEVEL
#endif

/** LOG_MODULE_REGISTER(name [, level]): this file's messages are those of a module. */
#define LOG_MODULE_REGISTER(...) Z_LOG_MODULE_(__VA_ARGS__, LOG_LEVEL, 0)
/** Likewise, of a module that another file has registered. */
#define LOG_MODULE_DECLARE(...) Z_LOG_MODULE_(__VA_ARGS__, LOG_LEVEL, 0)

/** @cond private */
#define Z_LOG_MODULE_(name, level, ...)                                                            \
	static const char z_log_name_[] __maybe_unused = #name;                                    \
	enum { z_log_level_ = (level) }
#define Z_LOG_(level, letter, format, ...)                                                         \
	do {                                                                                       \
		if ((int)z_log_level_ >= (level))                                                  \
			printk("<" letter "> %s: " format "\n", z_log_name_, ##__VA_ARGS__);       \
	} while (0)
#define Z_LOG_BYTES_(level, letter, data, length, text)                                            \
	do {                                                                                       \
		if ((int)z_log_level_ >= (level)) {                                                \
			printk("<" letter "> %s: %s", z_log_name_, text);                          \
			for (size_t z_at_ = 0; z_at_ < (size_t)(length); z_at_++)                  \
				printk(" %02x", ((const unsigned char *)(data))[z_at_]);           \
			printk("\n");                                                              \
		}                                                                                  \
	} while (0)
/** @endcond */

/* A trailing comma before no arguments is GNU's: strict compilers would warn in each user's file.
 */
#ifdef __GNUC__
#pragma GCC system_header
#endif

#define LOG_ERR(...) Z_LOG_(LOG_LEVEL_ERR, "err", __VA_ARGS__)
#define LOG_WRN(...) Z_LOG_(LOG_LEVEL_WRN, "wrn", __VA_ARGS__)
#define LOG_INF(...) Z_LOG_(LOG_LEVEL_INF, "inf", __VA_ARGS__)
#define LOG_DBG(...) Z_LOG_(LOG_LEVEL_DBG, "dbg", __VA_ARGS__)
/** A message as it is, without level, module and newline. */
#define LOG_PRINTK(...) printk(__VA_ARGS__)
/** LOG_HEXDUMP_INF(data, length, text): bytes in hexadecimal behind a text. */
#define LOG_HEXDUMP_ERR(data, length, text) Z_LOG_BYTES_(LOG_LEVEL_ERR, "err", data, length, text)
#define LOG_HEXDUMP_WRN(data, length, text) Z_LOG_BYTES_(LOG_LEVEL_WRN, "wrn", data, length, text)
#define LOG_HEXDUMP_INF(data, length, text) Z_LOG_BYTES_(LOG_LEVEL_INF, "inf", data, length, text)
#define LOG_HEXDUMP_DBG(data, length, text) Z_LOG_BYTES_(LOG_LEVEL_DBG, "dbg", data, length, text)

#endif /* ZEPHYR_LOGGING_LOG_H_ */
