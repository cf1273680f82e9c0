/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of tenon kit share. */
#ifndef TENON_KIT_H_
#define TENON_KIT_H_

#include "firmware.h"
#include "interface.h"

#define MOST_FOLDERS 16

/*
 * kit_stub.c: a firmware's ELF file without its code and data: machine, build attributes, where
 * things lie, and the table of exports. All commands take it in the firmware's place. To be freed.
 */
uint8_t *kit_stub(const struct firmware *firmware, size_t *length);

/* The path of a file in a kit's folder, to be freed; NULL: @folder is none, or lacks it. */
char *kit_inner(const char *folder, const char *name);

/*
 * Read what stands for a firmware: its ELF file, the folder of a kit or the archive of one, or a
 * list of names, one a line, of which @like says the machine. Complains and returns false where it
 * is none of these.
 */
bool kit_open(struct file *file, const char *path, const char *like);

/*
 * kit_flags.c: the options that decide about the ABI, as the firmware's compiler was given them;
 * from its debug information, else from its build attributes. To be freed; NULL: neither says.
 */
char *kit_flags(const struct file *firmware, const char **from);

/* What is in a kit. */
struct kit {
	const char *firmware_path, *output, *compiler, *board;
	const char *name; /* of the firmware's file: its folder is nobody's business */
	char *flags;      /* NULL: not known */
	const char *flags_from;
	const char *headers[MOST_FOLDERS];
	size_t header_count;
	struct file file;
	struct firmware firmware;
	struct interface interface;
	char *folder; /* that the kit is made in */
};

/* kit_json.c: kit.json, to be freed. */
char *kit_json(const struct kit *kit);

/* kit.c: the compiler that extensions for a machine are usually compiled with. */
const char *usual_compiler(const struct file *file);

#endif /* TENON_KIT_H_ */
