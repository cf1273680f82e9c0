/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extensions of RISC-V by their names (ISA manual, "ISA Extension Naming Conventions"): what a name
 * such as rv64i2p1_m2p0_zba1p0 or rv64gcv stands for, and which extensions are part of others.
 */
#include <stdlib.h>
#include <string.h>
#include "fit.h"

#define LONGEST_NAME 24
#define MOST_NAMES   160

struct names {
	char list[MOST_NAMES][LONGEST_NAME];
	size_t count;
	bool rv32;
};

/* Whoever has the first one has the others. */
static const char *const parts[][2] = {
	{"g", "i m a f d zicsr zifencei"},
	/* Firmware at machine level needs the first, and one that loads code the second. */
	{"i", "zicsr zifencei"},
	{"e", "zicsr zifencei"},
	{"m", "zmmul"},
	{"a", "zaamo zalrsc"},
	{"d", "f"},
	{"q", "d"},
	{"c", "zca"},
	{"b", "zba zbb zbs"},
	{"v", "d zve64d zvl128b"},
	{"zve64d", "d zve64f"},
	{"zve64f", "zve64x zve32f"},
	{"zve64x", "zve32x zvl64b"},
	{"zve32f", "f zve32x"},
	{"zve32x", "zvl32b"},
	{"zvl65536b", "zvl32768b"},
	{"zvl32768b", "zvl16384b"},
	{"zvl16384b", "zvl8192b"},
	{"zvl8192b", "zvl4096b"},
	{"zvl4096b", "zvl2048b"},
	{"zvl2048b", "zvl1024b"},
	{"zvl1024b", "zvl512b"},
	{"zvl512b", "zvl256b"},
	{"zvl256b", "zvl128b"},
	{"zvl128b", "zvl64b"},
	{"zvl64b", "zvl32b"},
	{"zfh", "zfhmin"},
	{"zvfh", "zvfhmin zfhmin"},
	{"zhinx", "zhinxmin"},
	{"zdinx", "zfinx"},
	{"zce", "zca zcb zcmp zcmt zcf"},
	{"zabha", "zaamo"},
	{"zacas", "zaamo"},
	{"zk", "zkn zkr zkt"},
	{"zkn", "zbkb zbkc zbkx zkne zknd zknh"},
	{"zks", "zbkb zbkc zbkx zksed zksh"},
	{"zvkng", "zvkn zvkg"},
	{"zvknc", "zvkn zvbc"},
	{"zvkn", "zvkned zvknhb zvkb zvkt"},
	{"zvknhb", "zvknha"},
	{"zvksg", "zvks zvkg"},
	{"zvksc", "zvks zvbc"},
	{"zvks", "zvksed zvksh zvkb zvkt"},
	{"zvbb", "zvkb"},
};

/* Names that stand for their parts, and for nothing else. */
static const char *const sums[] = {"g",    "b",     "zk",    "zkn",  "zks",   "zce",
				   "zvkn", "zvkng", "zvknc", "zvks", "zvksg", "zvksc"};

/*
 * Names that ask for no instruction which an older processor would not take as a hint. Those from
 * ziccif on come with a profile (rva20u64), and say how memory behaves.
 */
static const char *const harmless[] = {"zihintpause", "zihintntl", "zicbop",  "zkt",
				       "zvkt",        "ziccif",    "ziccrse", "ziccamoa",
				       "zic64b",      "za64rs",    "za128rs"};

static bool is_among(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

static bool has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->list[i], name) == 0)
			return true;
	}
	return false;
}

static void add_name(struct names *names, const char *name, size_t length)
{
	char *to = names->list[names->count];

	if (length == 0 || length >= LONGEST_NAME || names->count == MOST_NAMES)
		return;
	memcpy(to, name, length);
	to[length] = '\0';
	if (!has_name(names, to))
		names->count++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of a name without its version: zvl128b1p0 is zvl128b. */
static size_t without_version(const char *name, size_t length)
{
	size_t end = length;

	while (end > 0 && is_digit(name[end - 1]))
		end--;
	if (end == length || end < 2 || name[end - 1] != 'p' || !is_digit(name[end - 2]))
		return length;
	end--;
	while (end > 0 && is_digit(name[end - 1]))
		end--;
	return end;
}

/* Single letters, which may stand together: imafdc, or i2p1. */
static void add_letters(struct names *names, const char *at, const char *end)
{
	while (at < end) {
		add_name(names, at++, 1);
		while (at < end && is_digit(*at))
			at++;
		if (at + 1 < end && *at == 'p' && is_digit(at[1])) {
			for (at++; at < end && is_digit(*at);)
				at++;
		}
	}
}

/* Names with "_" between; letters need none. */
static void add_list(struct names *names, const char *list)
{
	for (const char *at = list; *at != '\0';) {
		size_t length = strcspn(at, "_"), letters = 0;

		/* Letters up to a longer name, which begins with one of these. */
		while (letters < length && strchr("zsx", at[letters]) == NULL)
			letters++;
		add_letters(names, at, at + letters);
		add_name(names, at + letters, without_version(at + letters, length - letters));
		at += length;
		at += *at == '_';
	}
}

static void add_all(struct names *names, const char *arch)
{
	if (arch == NULL || strncmp(arch, "rv", 2) != 0 || strlen(arch) < 4)
		return;
	names->rv32 = strncmp(arch, "rv32", 4) == 0;
	add_list(names, arch + 4);
}

/* With a name all that is part of it; the list grows while it is looked at. */
static void complete(struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		for (size_t n = 0; n < sizeof(parts) / sizeof(parts[0]); n++) {
			const char *at = parts[n][1];

			if (strcmp(parts[n][0], names->list[i]) != 0)
				continue;
			while (*at != '\0') {
				size_t length = strcspn(at, " ");

				add_name(names, at, length);
				at += length;
				at += *at == ' ';
			}
		}
	}
	if (has_name(names, "c") && has_name(names, "d"))
		add_name(names, "zcd", 3);
	if (has_name(names, "c") && has_name(names, "f") && names->rv32)
		add_name(names, "zcf", 3);
}

static bool matters(const char *name)
{
	/* Those of privileged modes, and what an extension's code does not see. */
	if (name[0] == 's' || strcmp(name, "h") == 0)
		return false;
	return !is_among(harmless, sizeof(harmless) / sizeof(harmless[0]), name) &&
	       !is_among(sums, sizeof(sums) / sizeof(sums[0]), name);
}

bool riscv_lacks(const char *has, const char *also, const char *beside, const char *wants)
{
	struct names *names = need(2, sizeof(*names));
	bool lacks = false;

	add_all(&names[0], has);
	add_all(&names[0], also);
	if (beside != NULL)
		add_list(&names[0], beside);
	complete(&names[0]);
	add_all(&names[1], wants);
	complete(&names[1]);
	for (size_t i = 0; i < names[1].count; i++) {
		const char *name = names[1].list[i];

		if (matters(name) && !has_name(&names[0], name))
			lacks = true;
	}
	free(names);
	return lacks;
}
