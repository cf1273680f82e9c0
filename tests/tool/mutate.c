/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Malformed files, in one process under sanitizers: mutate extension|firmware FILE BUDGET.
 * Truncates FILE at each length and changes single bytes, evenly spread over the file where the
 * budget does not suffice for all of them, and looks at each result as tenon inspect or tenon
 * check would. Prints the number of files looked at, and how many were taken for good.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "firmware.h"
#include "inspect.h"
#include "check.h"

static FILE *nowhere;

static bool look_at_extension(const struct file *file)
{
	const struct assumption assumed = {0};
	struct report report;
	bool good = report_build(&report, file, &assumed);

	if (good) {
		report_print(&report, nowhere);
		report_print_json(&report, nowhere);
		(void)abi_mismatch(file, file);
		good = report.loads;
	}
	report_free(&report);
	return good;
}

static bool look_at_firmware(const struct file *file)
{
	struct firmware firmware;
	bool good = firmware_read(&firmware, file);

	/* What was read is used: each name to its end. */
	for (size_t i = 0; good && i < firmware.builtins.count; i++)
		good = strlen(firmware.builtins.list[i].name) > 0;
	if (good)
		(void)abi_mismatch(file, file);
	firmware_free(&firmware);
	return good;
}

static bool look_at(bool is_firmware, const uint8_t *bytes, size_t length)
{
	struct file file;
	bool good;

	/* A copy of exactly this size: reading behind its end is seen. */
	file_from_memory(&file, "mutant", bytes, length);
	good = is_firmware ? look_at_firmware(&file) : look_at_extension(&file);
	file_close(&file);
	return good;
}

int main(int argc, char **argv)
{
	static const uint8_t values[] = {0x00, 0xff, 0x01, 0x80, 0x7f};
	size_t good = 0, tried = 0, budget, step;
	bool is_firmware;
	struct file file;

	if (argc != 4 || !file_open(&file, argv[2]))
		return EXIT_USAGE;
	is_firmware = strcmp(argv[1], "firmware") == 0;
	budget = strtoul(argv[3], NULL, 10);
	nowhere = fopen("/dev/null", "w");
	if (nowhere == NULL || budget == 0)
		return EXIT_USAGE;
	if (!look_at(is_firmware, file.bytes, file.length)) {
		fprintf(stderr, "%s: not good to begin with\n", argv[2]);
		return EXIT_REFUSED;
	}
	stderr = nowhere; /* the complaints; sanitizers write to the descriptor */
	step = file.length * (1 + sizeof(values)) / budget + 1;
	for (size_t length = 0; length < file.length; length += step, tried++)
		good += look_at(is_firmware, file.bytes, length);
	for (size_t at = 0; at < file.length; at += step) {
		uint8_t before = file.bytes[at];

		for (size_t i = 0; i < sizeof(values); i++, tried++) {
			file.bytes[at] = i < 2 ? values[i] : before ^ values[i];
			good += look_at(is_firmware, file.bytes, file.length);
		}
		file.bytes[at] = before;
	}
	printf("%zu %zu\n", tried, good);
	file_close(&file);
	(void)fclose(nowhere);
	return EXIT_GOOD;
}
