/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces as JSON, read back, and compared. */
#include <stdlib.h>
#include <string.h>
#include "interface.h"
#include "json.h"
#include "kit.h"

/* ---- prototypes ---- */

/* A prototype without the names of its parameters, which mean nothing to a caller. */
static char *without_names(const char *prototype)
{
	char *text = need_text("%s", prototype), *out = text;

	for (char *at = text; *at != '\0';) {
		char *end = at + strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					    "0123456789_");

		/* The last word before a comma, a parenthesis or a bracket, behind another word or
		 * *. */
		if (end > at && (*end == ',' || *end == ')' || *end == '[') && out > text &&
		    (out[-1] == '*' || out[-1] == ' ') &&
		    strncmp(at, "void", (size_t)(end - at)) != 0) {
			char *word = out - 1;

			while (word > text && *word == ' ')
				word--;
			if (strchr("(,", *word) == NULL) {
				at = end;
				continue;
			}
		}
		if (end == at)
			end++;
		while (at < end)
			*out++ = *at++;
	}
	*out = '\0';
	return text;
}

bool interface_same_prototype(const char *one, const char *other)
{
	char *a = without_names(one), *b = without_names(other);
	bool same = strcmp(a, b) == 0;

	free(a);
	free(b);
	return same;
}

/* ---- as JSON ---- */

struct json_object *interface_json(const struct interface *interface)
{
	struct json_object *root = json_root("abi"), *list, *item, *types;

	json_text(root, "file", interface->path);
	json_text(root, "machine", interface->machine);
	list = json_list(root, "exports");
	for (size_t i = 0; i < interface->export_count; i++) {
		item = json_item(list);
		json_text(item, "name", interface->exports[i].name);
		json_text(item, "prototype", interface->exports[i].prototype);
		json_text(item, "passed", interface->exports[i].passed);
		types = json_list(item, "types");
		for (size_t j = 0; j < interface->exports[i].type_count; j++)
			json_object_array_add(
				types,
				json_object_new_string(printable(
					interface->types[interface->exports[i].types[j]].name)));
	}
	list = json_list(root, "types");
	for (size_t i = 0; i < interface->type_count; i++) {
		item = json_item(list);
		json_text(item, "name", interface->types[i].name);
		json_text(item, "definition", interface->types[i].text);
		json_flag(item, "enum", interface->types[i].is_enum);
	}
	return root;
}

static const char *string_at(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static size_t length_of(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static bool read_types(struct interface *interface, struct json_object *list)
{
	interface->type_count = length_of(list);
	interface->types = need(interface->type_count, sizeof(*interface->types));
	for (size_t i = 0; i < interface->type_count; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *name = string_at(item, "name"), *text = string_at(item, "definition");

		if (name == NULL || text == NULL)
			return false;
		interface->types[i] = (struct interface_type){
			need_text("%s", name), need_text("%s", text),
			json_object_get_boolean(json_object_object_get(item, "enum"))};
	}
	return true;
}

static bool read_export(struct interface *interface, struct interface_export *export,
			struct json_object *item)
{
	const char *name = string_at(item, "name"), *prototype = string_at(item, "prototype");
	const char *passed = string_at(item, "passed");
	struct json_object *types = json_object_object_get(item, "types");

	if (name == NULL)
		return false;
	export->name = need_text("%s", name);
	export->prototype = prototype != NULL ? need_text("%s", prototype) : NULL;
	export->passed = passed != NULL ? need_text("%s", passed) : NULL;
	export->types = need(length_of(types) + 1, sizeof(*export->types));
	for (size_t i = 0; i < length_of(types); i++) {
		const char *type = json_object_get_string(json_object_array_get_idx(types, i));

		for (size_t j = 0; type != NULL && j < interface->type_count; j++) {
			if (strcmp(interface->types[j].name, type) == 0)
				export->types[export->type_count++] = j;
		}
	}
	return true;
}

static bool read_json(struct interface *interface, struct json_object *root, const char *path)
{
	struct json_object *exports = json_object_object_get(root, "exports");
	const char *machine = string_at(root, "machine");

	interface->path = need_text("%s", path);
	if (json_object_get_int(json_object_object_get(root, "schema")) != JSON_SCHEMA ||
	    machine == NULL || !json_object_is_type(exports, json_type_array) ||
	    !read_types(interface, json_object_object_get(root, "types")))
		return false;
	interface->machine = need_text("%s", machine);
	interface->export_count = length_of(exports);
	interface->exports = need(interface->export_count, sizeof(*interface->exports));
	for (size_t i = 0; i < interface->export_count; i++) {
		if (!read_export(interface, &interface->exports[i],
				 json_object_array_get_idx(exports, i)))
			return false;
	}
	interface_sort(interface);
	return true;
}

/* ---- either ---- */

bool interface_read(struct interface *interface, const char *given)
{
	char *json = kit_inner(given, "kit.json");
	const char *path = json != NULL ? json : given;
	struct file file;
	struct firmware firmware;
	struct json_object *root = NULL;
	bool good;

	*interface = (struct interface){0};
	if (!file_open(&file, path)) {
		file_close(&file);
		free(json);
		return false;
	}
	if (file.class == 0 && file.length > 0 && file.bytes[0] == '{') {
		struct json_tokener *tokener = json_tokener_new();

		root = json_tokener_parse_ex(tokener, (const char *)file.bytes, (int)file.length);
		json_tokener_free(tokener);
		good = root != NULL && read_json(interface, root, path);
		if (!good)
			complain(path, "is JSON, but not what tenon abi dump prints");
		json_object_put(root);
	} else {
		good = firmware_read(&firmware, &file);
		if (good)
			interface_of_firmware(interface, &firmware);
		firmware_free(&firmware);
	}
	file_close(&file);
	free(json);
	return good;
}

void interface_free(struct interface *interface)
{
	for (size_t i = 0; i < interface->export_count && interface->exports != NULL; i++) {
		free(interface->exports[i].name);
		free(interface->exports[i].prototype);
		free(interface->exports[i].passed);
		free(interface->exports[i].types);
	}
	for (size_t i = 0; i < interface->type_count && interface->types != NULL; i++) {
		free(interface->types[i].name);
		free(interface->types[i].text);
	}
	free(interface->exports);
	free(interface->types);
	free(interface->path);
	free(interface->machine);
	*interface = (struct interface){0};
}
