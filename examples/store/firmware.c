/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A firmware that keeps its codecs in flash: they are installed over the console, tried, confirmed
 * by a health check or rolled back, and run where they lie.
 *
 *   list                                  what is in the store
 *   install NAME VERSION BYTES DIGEST     then lines of hex; after a reset, the same goes on
 *   commit NAME                           to be used from the next reset on
 *   check                                 confirm what is in good health
 *   rollback NAME
 *   remove NAME VERSION
 *   run NAME SAMPLE                       encode and decode
 *   reset
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <llext/llext.h>
#include "firmware.h"
#include "trust.h"

#define SLOTS     8
#define LINE_SIZE 160
#define LOADED    4

/* Loaded extensions, and the loaders that hold their images where they are. */
static struct loaded {
	struct llext *ext;
	struct llext_store_loader loader;
} loaded[LOADED];

static struct llext_store store;

/* ---- extensions ---- */

static int function(const struct llext *ext, const char *name, int argument)
{
	int (*address)(int) = (int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, name);

	return address != NULL ? address(argument) : -1;
}

/* What comes back is near to what went in, loud and quiet. */
static bool is_healthy(const struct llext *ext)
{
	for (int sample = 16; sample < 4096; sample *= 2) {
		int back = function(ext, "decode", function(ext, "encode", sample));

		if (back < sample * 3 / 4 || back > sample)
			return false;
	}
	return true;
}

static struct loaded *find_loaded(const char *name)
{
	for (int i = 0; i < LOADED; i++) {
		if (loaded[i].ext != NULL && strcmp(loaded[i].ext->name, name) == 0)
			return &loaded[i];
	}
	return NULL;
}

static int load(struct llext_store *from, const char *name, void *user_data)
{
	const struct llext_store_image *image;
	const struct llext_flash *flash = from->config->flash;
	struct loaded *free = NULL;
	bool in_place;
	int rc;

	(void)user_data;
	for (int i = 0; i < LOADED; i++) {
		if (loaded[i].ext == NULL)
			free = &loaded[i];
	}
	if (free == NULL)
		return -ENOMEM;
	rc = llext_store_open(from, name, &free->loader);
	if (rc != 0)
		return rc;
	rc = llext_load(trust_over(&free->loader.loader, name), name, &free->ext, NULL);
	if (rc != 0) {
		llext_store_close(&free->loader);
		return rc;
	}
	image = llext_store_find(from, name);
	in_place = (uintptr_t)free->ext->mem[LLEXT_MEM_TEXT] - (uintptr_t)flash->mapped <
		   (size_t)flash->block * flash->blocks;
	board_print("%s %u is loaded%s, %s", name, (unsigned)image->version,
		    image->state == LLEXT_STORE_TRIAL ? " on trial" : "",
		    in_place ? "its code in flash" : "its code in RAM");
	return 0;
}

static void unload_all(void)
{
	for (int i = 0; i < LOADED; i++) {
		if (loaded[i].ext == NULL)
			continue;
		(void)llext_unload(&loaded[i].ext);
		llext_store_close(&loaded[i].loader);
		loaded[i].ext = NULL;
	}
}

/* The store's questions. */
static int hook(struct llext_store *from, enum llext_store_event event,
		const struct llext_store_image *image, void *user_data)
{
	const struct loaded *used = find_loaded(image->name);

	(void)user_data;
	if (event != LLEXT_STORE_ON_HEALTH)
		return trust_ask(from, event, image);
	if (used == NULL)
		return -EAGAIN;
	return is_healthy(used->ext) ? 0 : -EFAULT;
}

/* ---- the console ---- */

static int show(const struct llext_store_image *image, void *user_data)
{
	static const char *const states[] = {"",      "receiving", "installed",
					     "trial", "confirmed", "bad"};

	(void)user_data;
	board_print("  %s %u: %u bytes, %s", image->name, (unsigned)image->version,
		    (unsigned)image->length, states[image->state]);
	return 0;
}

static int hex(const char *text, uint8_t *bytes, size_t size)
{
	size_t count = 0;

	for (; text[0] != '\0' && text[1] != '\0' && count < size; text += 2) {
		char pair[3] = {text[0], text[1], '\0'}, *end;

		bytes[count++] = (uint8_t)strtoul(pair, &end, 16);
		if (*end != '\0')
			return -EINVAL;
	}
	return *text == '\0' ? (int)count : -EINVAL;
}

static int install(char **word)
{
	struct llext_store_install in;
	struct llext_store_image image = {
		.flags = LLEXT_STORE_AUTOLOAD,
		.version = (uint32_t)strtoul(word[2], NULL, 10),
		.length = (uint32_t)strtoul(word[3], NULL, 10),
	};
	uint8_t bytes[LINE_SIZE / 2];
	char line[LINE_SIZE];
	int rc = hex(word[4], image.digest, sizeof(image.digest));

	if (rc < 0 || strlen(word[1]) > LLEXT_STORE_NAME_LEN)
		return -EINVAL;
	strcpy(image.name, word[1]);
	rc = llext_store_begin(&store, &in, &image);
	if (rc != 0)
		return rc;
	board_print("send from %u", (unsigned)in.offset);
	while (rc == 0 && in.offset < image.length) {
		if (!board_get_line(line, sizeof(line)))
			return -EIO;
		if (strcmp(line, "reset") == 0) /* as if power failed */
			return -EINTR;
		rc = hex(line, bytes, sizeof(bytes));
		if (rc > 0)
			rc = llext_store_write(&in, bytes, (size_t)rc);
	}
	return rc != 0 ? rc : llext_store_finish(&in);
}

static int run(char **word)
{
	const struct loaded *used = find_loaded(word[1]);
	int sample = (int)strtol(word[2], NULL, 10), code;

	if (used == NULL)
		return -ENOENT;
	code = function(used->ext, "encode", sample);
	board_print("%d, coded %d, decoded %d", sample, code, function(used->ext, "decode", code));
	return 0;
}

static int do_line(char **word, int words)
{
	if (words == 1 && strcmp(word[0], "list") == 0)
		return llext_store_iterate(&store, show, NULL);
	if (words == 1 && strcmp(word[0], "check") == 0)
		return llext_store_check(&store);
	if (words == 2 && strcmp(word[0], "commit") == 0)
		return llext_store_commit(&store, word[1]);
	if (words == 2 && strcmp(word[0], "rollback") == 0)
		return llext_store_rollback(&store, word[1]);
	if (words == 3 && strcmp(word[0], "remove") == 0)
		return llext_store_remove(&store, word[1], (uint32_t)strtoul(word[2], NULL, 10));
	if (words == 3 && strcmp(word[0], "run") == 0)
		return run(word);
	if (words == 5 && strcmp(word[0], "install") == 0)
		return install(word);
	board_print("what?");
	return 0;
}

static int split(char *line, char **word, int most)
{
	int words = 0;

	for (char *at = strtok(line, " \r\t"); at != NULL && words < most;
	     at = strtok(NULL, " \r\t"))
		word[words++] = at;
	return words;
}

int firmware_run(const struct llext_flash *flash)
{
	static struct llext_store_slot slots[SLOTS];
	static struct llext_store_config config = {.slots = slots,
						   .slot_count = SLOTS,
						   .starts = 2,
						   .levelling = &llext_store_levelling,
						   .hook = hook};
	char line[LINE_SIZE], *word[6];
	uint8_t done[(SLOTS + 7) / 8];
	int rc;

	config.flash = flash;
	rc = llext_store_init(&store, &config);
	if (rc == -ENOENT) {
		board_print("the flash is empty: a new store");
		rc = llext_store_format(&store, &config);
	}
	if (rc == 0)
		rc = llext_store_resume(&store);
	if (rc == 0) /* nothing is in use yet: a good time to move things */
		rc = llext_store_collect(&store, 64 * 1024);
	if (rc != 0) {
		board_print("no store: %d", rc);
		return rc;
	}
	rc = llext_store_autoload(&store, load, NULL, done);
	if (rc != 0)
		board_print("not all is loaded: %d", rc);
	while (board_get_line(line, sizeof(line))) {
		int words = split(line, word, 6);

		if (words == 0)
			continue;
		if (strcmp(word[0], "reset") == 0) {
			unload_all();
			return 0;
		}
		rc = do_line(word, words);
		if (rc == -EINTR) {
			unload_all();
			return 0;
		}
		board_print(rc == 0 ? "ok" : "error %d", rc);
	}
	unload_all();
	return -EIO;
}
