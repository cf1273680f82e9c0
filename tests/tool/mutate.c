/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Malformed files, in one process under sanitizers:
 * mutate extension|firmware|pack|relax|compressed FILE BUDGET.
 * Truncates FILE at each length and changes single bytes, evenly spread over the file where the
 * budget does not suffice for all of them, and looks at each result as tenon inspect, tenon check
 * or tenon pack (--relax) would; compressed: at the frame that tenon pack --lz4 makes of FILE. What
 * is packed must load when it is unpacked. Prints the number of files looked at, and how many were
 * taken for good.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "firmware.h"
#include "inspect.h"
#include "check.h"
#include "fit.h"
#include "pack.h"

static FILE *nowhere;
static size_t changed_at; /* for the message where something is wrong */
static uint8_t changed_to;

typedef bool look(const struct file *file);

static void look_at_fit(const struct file *file)
{
	struct fit fit;

	fit_test(&fit, file, file, "rv64gcv_zba");
	(void)fit_excess(file, file);
	free(fit_describe(file));
}

static bool look_at_extension(const struct file *file)
{
	const struct assumption assumed = {0};
	struct report report;
	bool good = report_build(&report, file, &assumed);

	if (good) {
		report_print(&report, nowhere);
		report_print_json(&report, nowhere);
		look_at_fit(file);
		good = report.loads;
		if (report.packing.is_packed) {
			size_t length;

			free(packed_expand(file, &length));
		}
	}
	report_free(&report);
	return good;
}

static bool loads(const char *path, const uint8_t *image, size_t length)
{
	const struct assumption assumed = {0};
	struct report report;
	struct file file;
	bool good;

	file_from_memory(&file, path, image, length);
	good = report_build(&report, &file, &assumed) && report.loads;
	report_free(&report);
	file_close(&file);
	return good;
}

/* What was packed is sound, as it is and unpacked. */
static void must_load(const uint8_t *image, size_t length)
{
	size_t plain_length = 0;
	struct file file;
	uint8_t *plain;

	file_from_memory(&file, "packed", image, length);
	plain = packed_expand(&file, &plain_length);
	if (!loads("packed", image, length) || plain == NULL ||
	    !loads("unpacked", plain, plain_length)) {
		printf("what was packed does not load: 0x%02x at %#zx\n", changed_to, changed_at);
		fflush(stdout);
		abort();
	}
	free(plain);
	file_close(&file);
}

static bool pack_and_load(const struct file *file, bool keep_sections, bool relax)
{
	const struct assumption assumed = {0};
	struct report report;
	struct pack pack;
	uint8_t *image = NULL;
	size_t length;

	if (report_build(&report, file, &assumed) && report.loads) {
		pack = (struct pack){.file = file,
				     .core = report.desk.core,
				     .report = &report,
				     .keep_sections = keep_sections,
				     .relax = relax,
				     .debug_path = "/dev/null"};
		image = pack_file(&pack, &length);
		pack_free(&pack);
	}
	report_free(&report);
	if (image != NULL && file->type == ET_REL)
		must_load(image, length);
	else if (image != NULL && !loads("packed", image, length))
		abort();
	free(image);
	return image != NULL;
}

static bool look_at_packing(const struct file *file)
{
	bool merged = pack_and_load(file, false, false);

	return pack_and_load(file, true, false) && merged;
}

static bool look_at_relaxing(const struct file *file)
{
	bool merged = pack_and_load(file, false, true);

	return pack_and_load(file, true, true) && merged;
}

/* A frame without checksums, so that changes come through. */
static bool look_at_compressed(const struct file *frame)
{
	struct file copy, plain;
	bool good;

	file_from_memory(&copy, frame->path, frame->bytes, frame->length);
	good = lz4_expand(&copy);
	if (good) {
		file_from_memory(&plain, frame->path, copy.bytes, copy.length);
		good = look_at_extension(&plain);
		file_close(&plain);
	}
	file_close(&copy);
	return good;
}

static void compress(struct file *file)
{
	size_t length;
	uint8_t *frame = lz4_compress(file->bytes, file->length, 256, false, &length);

	file_close(file);
	file_from_memory(file, "frame", frame, length);
	free(frame);
}

static bool look_at_firmware(const struct file *file)
{
	struct firmware firmware;
	bool good = firmware_read(&firmware, file);

	/* What was read is used: each name to its end. */
	for (size_t i = 0; good && i < firmware.builtins.count; i++)
		good = strlen(firmware.builtins.list[i].name) > 0;
	if (good)
		look_at_fit(file);
	firmware_free(&firmware);
	return good;
}

static bool look_at(look *look_at_file, const uint8_t *bytes, size_t length)
{
	struct file file;
	bool good;

	/* A copy of exactly this size: reading behind its end is seen. */
	file_from_memory(&file, "mutant", bytes, length);
	good = look_at_file(&file);
	file_close(&file);
	return good;
}

int main(int argc, char **argv)
{
	static const uint8_t values[] = {0x00, 0xff, 0x01, 0x80, 0x7f};
	size_t good = 0, tried = 0, budget, step;
	look *kind;
	struct file file;

	if (argc != 4 || !file_open(&file, argv[2]))
		return EXIT_USAGE;
	kind = strcmp(argv[1], "firmware") == 0     ? look_at_firmware
	       : strcmp(argv[1], "pack") == 0       ? look_at_packing
	       : strcmp(argv[1], "relax") == 0      ? look_at_relaxing
	       : strcmp(argv[1], "compressed") == 0 ? look_at_compressed
						    : look_at_extension;
	if (kind == look_at_compressed)
		compress(&file);
	budget = strtoul(argv[3], NULL, 10);
	nowhere = fopen("/dev/null", "w");
	if (nowhere == NULL || budget == 0)
		return EXIT_USAGE;
	if (!look_at(kind, file.bytes, file.length)) {
		fprintf(stderr, "%s: not good to begin with\n", argv[2]);
		return EXIT_REFUSED;
	}
	stderr = nowhere; /* the complaints; sanitizers write to the descriptor */
	step = file.length * (1 + sizeof(values)) / budget + 1;
	for (size_t length = 0; length < file.length; length += step, tried++)
		good += look_at(kind, file.bytes, length);
	for (size_t at = 0; at < file.length; at += step) {
		uint8_t before = file.bytes[at];

		for (size_t i = 0; i < sizeof(values); i++, tried++) {
			file.bytes[at] = i < 2 ? values[i] : before ^ values[i];
			changed_at = at;
			changed_to = file.bytes[at];
			good += look_at(kind, file.bytes, file.length);
		}
		file.bytes[at] = before;
	}
	printf("%zu %zu\n", tried, good);
	file_close(&file);
	(void)fclose(nowhere);
	return EXIT_GOOD;
}
