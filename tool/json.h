/* SPDX-License-Identifier: Apache-2.0 */
/* JSON objects, with names from files made printable. */
#ifndef TENON_JSON_H_
#define TENON_JSON_H_

#include <json-c/json.h>
#include "tenon.h"

/* The version of what commands print: see docs/json.md. */
#define JSON_SCHEMA 1

/* The object that @command prints. */
struct json_object *json_root(const char *command);
void json_text(struct json_object *object, const char *key, const char *text); /* NULL: null */
void json_number(struct json_object *object, const char *key, uint64_t number);
/* The number, or null where it is not known. */
void json_number_if(struct json_object *object, const char *key, bool known, uint64_t number);
void json_unknown(struct json_object *object, const char *key); /* null */
void json_flag(struct json_object *object, const char *key, bool flag);
struct json_object *json_child(struct json_object *object, const char *key);
struct json_object *json_list(struct json_object *object, const char *key);
struct json_object *json_item(struct json_object *list);
/* The record as an object under "error"; null where there is no error. */
void json_diag(struct json_object *object, const struct llext_diag *diag,
	       size_t (*format)(const struct llext_diag *, char *, size_t));
/* Print @object and let go of it. */
void json_print(struct json_object *object, FILE *stream);
/*
 * At the end of a command that was to print an object and has failed without one: its complaints.
 * Does nothing where an object was printed.
 */
void json_print_complaints(const char *command, int status);
/* "compressed": what an LZ4 frame of @stored bytes asks of a device; null where that is 0. */
void json_compression(struct json_object *root, size_t stored, size_t block);

#endif /* TENON_JSON_H_ */
