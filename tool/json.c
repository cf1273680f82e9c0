/* SPDX-License-Identifier: Apache-2.0 */
/* JSON objects, with names from files made printable. */
#include <llext/lz4_loader.h>
#include "explain.h"
#include "json.h"

static void put(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) != 0)
		(void)need(SIZE_MAX / 2, 2); /* out of memory */
}

struct json_object *json_root(const char *command)
{
	struct json_object *root = json_object_new_object();

	json_number(root, "schema", JSON_SCHEMA);
	json_text(root, "command", command);
	return root;
}

void json_unknown(struct json_object *object, const char *key)
{
	put(object, key, NULL);
}

void json_text(struct json_object *object, const char *key, const char *text)
{
	put(object, key, text != NULL ? json_object_new_string(printable(text)) : NULL);
}

void json_number(struct json_object *object, const char *key, uint64_t number)
{
	put(object, key, json_object_new_uint64(number));
}

void json_number_if(struct json_object *object, const char *key, bool known, uint64_t number)
{
	put(object, key, known ? json_object_new_uint64(number) : NULL);
}

void json_flag(struct json_object *object, const char *key, bool flag)
{
	put(object, key, json_object_new_boolean(flag));
}

struct json_object *json_child(struct json_object *object, const char *key)
{
	struct json_object *child = json_object_new_object();

	put(object, key, child);
	return child;
}

struct json_object *json_list(struct json_object *object, const char *key)
{
	struct json_object *list = json_object_new_array();

	put(object, key, list);
	return list;
}

struct json_object *json_item(struct json_object *list)
{
	struct json_object *item = json_object_new_object();

	if (json_object_array_add(list, item) != 0)
		(void)need(SIZE_MAX / 2, 2);
	return item;
}

static const char *stage_name(enum llext_stage stage)
{
	static const char *const names[] = {"none",  "loader",   "elf",     "layout",  "symbols",
					    "place", "relocate", "exports", "protect", "lifecycle"};

	return (size_t)stage < sizeof(names) / sizeof(names[0]) ? names[stage] : NULL;
}

void json_diag(struct json_object *object, const struct llext_diag *diag,
	       size_t (*format)(const struct llext_diag *, char *, size_t))
{
	struct json_object *error;
	struct explanation row;
	bool known;

	if (diag->error == 0) {
		put(object, "error", NULL);
		return;
	}
	error = json_child(object, "error");
	known = diag->what != NULL && explain_message(diag->what, &row);
	json_text(error, "id", known ? row.id : NULL);
	json_text(error, "hint", known ? row.text : NULL);
	json_text(error, "text", diag_text(diag, format));
	put(error, "errno", json_object_new_int(-diag->error));
	json_text(error, "stage", stage_name(diag->stage));
	json_text(error, "section", diag->section[0] != '\0' ? diag->section : NULL);
	json_text(error, "symbol", diag->symbol[0] != '\0' ? diag->symbol : NULL);
	json_text(error, "relocation", diag->relocation);
	json_number_if(error, "offset", diag->has_offset, diag->offset);
	put(error, "expected", diag->has_values ? json_object_new_int64(diag->expected) : NULL);
	put(error, "found", diag->has_values ? json_object_new_int64(diag->found) : NULL);
}

static bool printed;

void json_print(struct json_object *object, FILE *stream)
{
	printed = printed || stream == stdout;
	fprintf(stream, "%s\n",
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							       JSON_C_TO_STRING_SPACED |
							       JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(object);
}

void json_print_complaints(const char *command, int status)
{
	struct json_object *root, *list, *item;
	const struct complaint *complaint;

	if (printed)
		return;
	root = json_root(command);
	json_flag(root, "good", false);
	json_number(root, "status", (uint64_t)status);
	list = json_list(root, "errors");
	for (size_t i = 0; (complaint = complaint_at(i)) != NULL; i++) {
		item = json_item(list);
		json_text(item, "subject", complaint->subject);
		json_text(item, "text", complaint->text);
	}
	json_print(root, stdout);
}

void json_compression(struct json_object *root, size_t stored, size_t block)
{
	struct json_object *child;

	json_text(root, "compressed", NULL);
	if (stored == 0)
		return;
	child = json_child(root, "compressed");
	json_text(child, "format", "lz4");
	json_number(child, "file_bytes", stored);
	json_number(child, "block_bytes", block);
	json_number(child, "buffer_bytes", LLEXT_LZ4_BUFFER_BYTES(block));
}
