/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

struct llext_diag refusal;

static const unsigned int sources[] = {
	LLEXT_STORAGE_TEMPORARY,
	LLEXT_STORAGE_PERSISTENT,
	LLEXT_STORAGE_WRITABLE,
	SOURCE_NO_PEEK,
};

static void good_file_loads(void)
{
	struct image image = image_read("everything.o");
	struct trial trial = {.source = 0};

	assert_null(world_try(image.bytes, image.size, &trial));
	assert_int_equal(trial.rc, 0);
	image_free(&image);
}

void survives(const struct image *image)
{
	for (unsigned int source = 0; source < SOURCE_KINDS; source++) {
		for (int option = 0; option < 4; option++) {
			struct trial trial = {.source = source,
					      .keep_section_info = option & 1,
					      .detached = option & 2,
					      .plan = option == 0};
			const char *wrong = world_try(image->bytes, image->size, &trial);

			if (wrong != NULL)
				fail_msg("source %u, option %d: %s", source, option, wrong);
		}
	}
}

static void refused_by(const struct image *image, unsigned int source, int rc,
		       enum llext_stage stage, const char *what)
{
	struct trial trial = {.source = source, .plan = true};
	const char *wrong = world_try(image->bytes, image->size, &trial);

	if (wrong != NULL)
		fail_msg("source %u: %s", source, wrong);
	refusal = trial.diag;
	if (trial.rc != rc || refusal.stage != stage || strcmp(refusal.what, what) != 0)
		fail_msg("source %u: %d, %s: %s; wanted %d, %s: %s", source, trial.rc,
			 llext_stage_name(refusal.stage), refusal.what, rc, llext_stage_name(stage),
			 what);
}

void refused_forward(const struct image *image, int rc, enum llext_stage stage, const char *what)
{
	refused_by(image, SOURCE_FORWARD | SOURCE_NO_PEEK, rc, stage, what);
}

void refused(const struct image *image, int rc, enum llext_stage stage, const char *what)
{
	struct llext_diag first;

	for (size_t i = 0; i < COUNT(sources); i++) {
		refused_by(image, sources[i], rc, stage, what);
		if (i == 0)
			first = refusal;
		/* Also where names are read again, only for the message. */
		assert_string_equal(first.section, refusal.section);
		assert_string_equal(first.symbol, refusal.symbol);
	}
	survives(image);
	good_file_loads();
}

static void loads_from(const struct image *image, unsigned int source)
{
	struct trial trial = {.source = source, .plan = true};
	const char *wrong = world_try(image->bytes, image->size, &trial);
	char line[400];

	if (wrong != NULL)
		fail_msg("source %u: %s", source, wrong);
	if (trial.rc != 0) {
		(void)llext_diag_format(&trial.diag, line, sizeof(line));
		fail_msg("source %u: a valid file is refused: %s", source, line);
	}
}

void loads_forward(const struct image *image)
{
	loads_from(image, SOURCE_FORWARD);
	loads_from(image, SOURCE_FORWARD | SOURCE_NO_PEEK);
	loads_from(image, SOURCE_FORWARD | SOURCE_NO_PEEK | SOURCE_NO_LENGTH);
}

void loads(const struct image *image)
{
	for (size_t i = 0; i < COUNT(sources); i++)
		loads_from(image, sources[i]);
	survives(image);
}

struct llext *keep(const struct image *image, const char *name)
{
	struct source source;
	struct llext *ext;
	int rc;

	source_init(&source, image->bytes, image->size, 0);
	rc = llext_load(&source.loader, name, &ext, NULL);
	if (rc != 0)
		fail_msg("%s: %d: %s", name, rc, llext_last_diag()->what);
	return ext;
}

int hostile_setup(void **state)
{
	(void)state;
	world_open();
	return 0;
}

int hostile_teardown(void **state)
{
	(void)state;
	world_close();
	return 0;
}
