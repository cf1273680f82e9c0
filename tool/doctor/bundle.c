/* SPDX-License-Identifier: Apache-2.0 */
/* What a bug report needs: the findings, and of files what can be shown to others. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "firmware.h"
#include "inspect.h"
#include "kit.h"
#include "program.h"
#include "doctor.h"

static bool write_text(const char *folder, const char *name, const char *text)
{
	char *path = need_text("%s/%s", folder, name);
	bool good = write_output(path, (const uint8_t *)text, strlen(text));

	free(path);
	return good;
}

static bool write_system(const char *folder)
{
	struct utsname system;
	char *text;
	bool good;

	if (uname(&system) != 0)
		memset(&system, 0, sizeof(system));
	/* Not the host's name. */
	text = need_text("tenon %s\n%s %s %s\n", LLEXT_TENON_VERSION, system.sysname,
			 system.release, system.machine);
	good = write_text(folder, "system.txt", text);
	free(text);
	return good;
}

/* A firmware without its code and data: what a kit has of it. */
static bool write_firmware(const char *folder, const struct file *file)
{
	struct firmware firmware;
	uint8_t *bytes = NULL;
	char *path = need_text("%s/firmware-%s", folder, base_name(file->path));
	size_t length;
	bool good = true;

	complain_quietly(true);
	if (firmware_read(&firmware, file)) /* else the findings say what is wrong */
		bytes = kit_stub(&firmware, &length);
	complain_quietly(false);
	if (bytes != NULL)
		good = write_output(path, bytes, length);
	firmware_free(&firmware);
	free(bytes);
	free(path);
	return good;
}

static bool write_extension(const char *folder, const struct file *file)
{
	char *path = need_text("%s/extension-%s", folder, base_name(file->path));
	bool good = write_output(path, file->bytes, file->length);

	free(path);
	return good;
}

static bool write_file(const char *folder, const char *path)
{
	struct file file;
	bool good = true;

	complain_quietly(true);
	(void)file_open(&file, path);
	complain_quietly(false);
	if (file.class != 0 && is_firmware(&file))
		good = write_firmware(folder, &file);
	else if (file.bytes != NULL)
		good = write_extension(folder, &file);
	file_close(&file);
	return good;
}

bool doctor_bundle(const struct doctor *doctor, const char *output, char **paths, size_t count,
		   const char *report)
{
	char *folder = need_text("%s/tenon-report", doctor->folder);
	const char *const pack[] = {"tar",  "--owner=0", "--group=0",    "--numeric-owner", "-czf",
				    output, "-C",        doctor->folder, "tenon-report",    NULL};
	bool good = make_folder(folder) && write_text(folder, "doctor.json", report) &&
		    write_system(folder);

	for (size_t i = 0; good && i < count; i++)
		good = write_file(folder, paths[i]);
	good = good && program_run(pack);
	if (good)
		fprintf(stderr,
			"tenon: %s has these findings, the system's and the command's version, "
			"firmware without\n  code and data, and extensions whole: look at it "
			"before "
			"you send it\n",
			printable(output));
	free(folder);
	return good;
}
