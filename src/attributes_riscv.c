/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which extensions of the instruction set an object has (ISA manual, "ISA Extension Naming
 * Conventions"), against those that this firmware was compiled for. The rules are those of
 * tool/fit_riscv.c, which knows more names: one that is not known here is not refused.
 *
 * CONFIG_LLEXT_RISCV_HAS names what the processor has beside that, as in "v_zba_zbb".
 */
#include "internal.h"

#if LLEXT_ARCH_ATTRIBUTES && (LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64)

#ifndef CONFIG_LLEXT_RISCV_HAS
#define CONFIG_LLEXT_RISCV_HAS ""
#endif

#define TAG_ARCH 5 /* tags with odd numbers have strings */

/*
 * The extensions of one letter that a firmware may be compiled for; the others concern privileged
 * modes, or as b have their parts beside them.
 */
#define LETTER(c) (1u << ((c) - 'a'))

static const uint32_t lacks_letters =
#if !defined(__riscv_m) && !defined(__riscv_mul)
	LETTER('m') |
#endif
#if !defined(__riscv_a) && !defined(__riscv_atomic)
	LETTER('a') |
#endif
#if !defined(__riscv_flen)
	LETTER('f') |
#endif
#if !defined(__riscv_flen) || __riscv_flen < 64
	LETTER('d') |
#endif
#if !defined(__riscv_flen) || __riscv_flen < 128
	LETTER('q') |
#endif
#if !defined(__riscv_c) && !defined(__riscv_compressed)
	LETTER('c') |
#endif
#if !defined(__riscv_v) && !defined(__riscv_vector)
	LETTER('v') |
#endif
	0;

/* Beginnings of longer names, for what the firmware is not compiled for. */
static const char lacks_names[] =
#ifndef __riscv_zba
	"zba\0"
#endif
#ifndef __riscv_zbb
	"zbb\0"
#endif
#ifndef __riscv_zbc
	"zbc\0"
#endif
#ifndef __riscv_zbs
	"zbs\0"
#endif
#ifndef __riscv_zbkb
	"zbk\0"
#endif
#ifndef __riscv_zfa
	"zfa\0"
#endif
#ifndef __riscv_zfhmin
	"zfh\0"
#endif
#ifndef __riscv_zfinx
	"zfinx\0zdinx\0zhinx\0"
#endif
#ifndef __riscv_zicond
	"zicond\0"
#endif
#ifndef __riscv_zcb
	"zcb\0"
#endif
#ifndef __riscv_zcmp
	"zcmp\0"
#endif
#ifndef __riscv_zcmt
	"zcmt\0"
#endif
#ifndef __riscv_zacas
	"zacas\0"
#endif
#ifndef __riscv_zve32x
	"zve\0zvf\0zvk\0zvb\0"
#endif
	"";

/* `tenon check` reads it from the firmware's file by its name. */
static const char llext_riscv_has[] = CONFIG_LLEXT_RISCV_HAS;

/* Is it in CONFIG_LLEXT_RISCV_HAS? A letter, or the beginning of a longer name. */
static bool has_beside(const char *name, size_t bytes)
{
	const char *at = llext_riscv_has;

	while (*at != '\0') {
		if (strncmp(at, name, bytes) == 0 && (bytes > 1 || at[1] == '_' || at[1] == '\0'))
			return true;
		/* v has the vector extensions that are parts of it. */
		if (at[0] == 'v' && bytes > 1 && name[0] == 'z' && name[1] == 'v' && name[2] == 'e')
			return true;
		while (*at != '\0' && *at != '_')
			at++;
		at += *at == '_';
	}
	return false;
}

static bool lacks_name(const char *name, const char *end)
{
	for (const char *lack = lacks_names; *lack != '\0'; lack += strlen(lack) + 1) {
		size_t bytes = strlen(lack);

		if (name[1] == lack[1] && (size_t)(end - name) > bytes &&
		    memcmp(name, lack, bytes) == 0)
			return !has_beside(lack, bytes);
	}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads what stands behind "rv32" or "rv64". A name that is cut off at @end is not looked at. */
static bool lacks_some(const char *at, const char *end)
{
	while (at + 1 < end && *at != '\0') {
		char c = *at;

		if (c == 'z' || c == 's' || c == 'x') {
			if (c == 'z' && lacks_name(at, end))
				return true;
			while (at < end && *at != '_' && *at != '\0')
				at++;
		} else if (c >= 'a' && c <= 'y') {
			if ((lacks_letters & LETTER(c)) && !has_beside(at, 1))
				return true;
			at++;
			while (at < end && (is_digit(*at) || (*at == 'p' && is_digit(at[-1]))))
				at++;
			continue;
		}
		at++;
	}
	return false;
}

const char *llext_arch_attributes(const uint8_t *at, const uint8_t *end)
{
	while (at + 5 < end) {
		uint8_t tag = *at++;

		if (tag >= 0x80)
			return NULL;
		if (tag == TAG_ARCH) {
			if (!lacks_some((const char *)at + 4, (const char *)end))
				return NULL;
			return "instructions that the firmware's processor does not have (-march)";
		}
		while (at < end && (tag & 1 ? *at != 0 : *at >= 0x80))
			at++;
		at++;
	}
	return NULL;
}

#endif
