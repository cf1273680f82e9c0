/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's words and what it prints for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <llext/buf_loader.h>
#include <llext/shell.h>
#include <llext_posix.h>

static const uint8_t blink_bytes[] __attribute__((aligned(16))) = {
#include "blink.inc"
};
static const uint8_t uses_bytes[] __attribute__((aligned(16))) = {
#include "uses.inc"
};
static const uint8_t ends_bytes[] __attribute__((aligned(16))) = {
#include "ends.inc"
};
static const uint8_t fails_bytes[] __attribute__((aligned(16))) = {
#include "fails.inc"
};
static const uint8_t lost_bytes[] __attribute__((aligned(16))) = {
#include "lost.inc"
};

static char out[8192];
static size_t out_length;
static int lamps, opened;

void lamp(int on)
{
	lamps += on ? 100 : 1;
}
EXPORT_SYMBOL(lamp);

static void put(void *user, const char *text, size_t bytes)
{
	assert_ptr_equal(user, out);
	assert_true(out_length + bytes < sizeof(out));
	memcpy(out + out_length, text, bytes);
	out_length += bytes;
	out[out_length] = '\0';
}

static struct llext_buf_loader file;

#define FILE_OF(name)                                                                              \
	{                                                                                          \
#name, name##_bytes, sizeof(name##_bytes)                                          \
	}

static const struct {
	const char *path;
	const uint8_t *bytes;
	size_t length;
} files[] = {FILE_OF(blink), FILE_OF(uses), FILE_OF(lost), FILE_OF(fails), FILE_OF(ends)};

/* "changed": one of the files, with another name of as many bytes in place of each @from. */
static uint8_t changed[8192];
static size_t changed_length;

static void change(const uint8_t *bytes, size_t length, const char *from, const char *to)
{
	assert_true(length <= sizeof(changed));
	memcpy(changed, bytes, length);
	changed_length = length;
	for (size_t i = 0; i + strlen(from) < length; i++) {
		if (memcmp(changed + i, from, strlen(from) + 1) == 0)
			memcpy(changed + i, to, strlen(to));
	}
}

static struct llext_loader *open_file(void *user, const char *path)
{
	(void)user;
	if (strcmp(path, "changed") == 0) {
		file = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(changed, changed_length);
		opened++;
		return &file.loader;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(path, files[i].path) != 0)
			continue;
		file = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(files[i].bytes,
									   files[i].length);
		opened++;
		return &file.loader;
	}
	return NULL;
}

static void close_file(void *user, struct llext_loader *ldr)
{
	(void)user;
	assert_ptr_equal(ldr, &file.loader);
	opened--;
}

static uint8_t upload[16 * 1024];
static const struct llext_shell_config config = {.put = put,
						 .open = open_file,
						 .close = close_file,
						 .more = &llext_shell_more,
						 .uploads = &llext_shell_uploads,
						 .upload = upload,
						 .upload_bytes = sizeof(upload),
						 .user = out};
static struct llext_shell shell;

/* One line; what it printed is in out[]. */
static int run(const char *text)
{
	char line[CONFIG_LLEXT_SHELL_LINE];
	int rc;

	assert_true(strlen(text) < sizeof(line));
	strcpy(line, text);
	out_length = 0;
	out[0] = '\0';
	rc = llext_shell_line(&shell, line);
	assert_int_equal(opened, 0);
	return rc;
}

static void has(const char *text)
{
	if (strstr(out, text) == NULL)
		fail_msg("no \"%s\" in:\n%s", text, out);
}

static void begin(void)
{
	llext_shell_init(&shell, &config);
	lamps = 0;
}

static void a_day(void **state)
{
	(void)state;
	begin();
	assert_int_equal(run(""), 0);
	assert_int_equal(run("ext load b blink"), 0);
	has("loaded b: ");
	assert_int_equal(run("  ext   ls "), 0);
	has("  b, ");
	has(" bytes\n");
	assert_int_equal(run("ext info b"), 0);
	has("  text, ");
	has("used 1, exports 1\n");
	if (strstr(out, "uses") != NULL)
		fail_msg("uses something: %s", out);
	assert_int_equal(run("ext load u uses"), 0);
	assert_int_equal(run("ext info u"), 0);
	has("uses b\nused 1, exports 1\n");
	assert_int_equal(run("ext unload u"), 0);
	assert_int_equal(run("ext sym b bl"), 0);
	has("  blink\n");
	assert_int_equal(run("ext sym b x"), 0);
	assert_string_equal(out, "");
	assert_int_equal(run("ext sym - lam"), 0);
	has("  lamp\n");
	assert_int_equal(run("ext call b blink"), 0);
	assert_int_equal(lamps, 101);
	assert_int_equal(run("ext mem"), 0);
	has(" blocks, peak ");
	assert_int_equal(run("ext load b blink"), -EALREADY);
	assert_int_equal(run("ext unload b"), 0);
	assert_string_equal(out, "unloaded\n");
	assert_int_equal(run("ext mem"), 0);
	has("heap: 0 of ");
	assert_int_equal(run("ext plan blink"), 0);
	has("bytes: code ");
}

static void zephyrs_words(void **state)
{
	(void)state;
	begin();
	assert_int_equal(run("llext load_fs b blink"), 0);
	assert_int_equal(run("llext list"), 0);
	has("  b, ");
	assert_int_equal(run("llext list_symbols b"), 0);
	has("blink\n");
	assert_int_equal(run("llext call_fn b blink"), 0);
	assert_int_equal(lamps, 101);
	assert_int_equal(run("llext unload b"), 0);
}

static void what_is_wrong_is_said(void **state)
{
	static const char *const too_short[] = {"ext load", "ext load x", "ext info",
						"ext call", "ext unload", "ext plan"};

	(void)state;
	begin();
	assert_int_equal(run("help"), -EINVAL);
	has("ext");
	assert_int_equal(run("ext"), -EINVAL);
	has("usage: ext why ");
	assert_int_equal(run("ext fly"), -EINVAL);
	for (size_t i = 0; i < sizeof(too_short) / sizeof(too_short[0]); i++) {
		assert_int_equal(run(too_short[i]), -EINVAL);
		has("usage: ext ");
		assert_null(strstr(strchr(out, '\n'), "usage")); /* of this command only */
	}
	assert_int_equal(run("ext load x nowhere"), -ENOENT);
	has("nowhere: not found");
	assert_int_equal(run("ext call x y"), -ENOENT);
	has("x: not found");
	assert_int_equal(run("ext load x lost"), -ENODATA);
	has("load failed: -61");
	has("  lmap: did you mean lamp?");
	assert_int_equal(run("ext why"), 0);
	has("lmap");
	assert_int_equal(run("ext load x blink"), 0);
	assert_int_equal(run("ext call x y"), -ENOENT);
	assert_int_equal(run("ext unload x"), 0);
}

/* A name can clear the terminal, or look like a line of the firmware's: it is shown harmless. */
static void names_are_text(void **state)
{
	(void)state;
	begin();
	change(lost_bytes, sizeof(lost_bytes), "lmap", "l\x1b\x9bp");
	assert_int_equal(run("ext load x changed"), -ENODATA);
	has(": l??p\n");
	change(lost_bytes, sizeof(lost_bytes), "lmap", "lam\n"); /* near lamp: not suggested */
	assert_int_equal(run("ext load x changed"), -ENODATA);
	has(": lam?\n");
	assert_null(strstr(out, "lam\n"));
	change(blink_bytes, sizeof(blink_bytes), "blink", "b\nink");
	assert_int_equal(run("ext load x changed"), 0);
	assert_int_equal(run("ext sym x b"), 0);
	has("  b?ink\n");
	assert_int_equal(strcspn(out, "\n"), out_length - 1); /* one line */
	assert_int_equal(run("ext unload x"), 0);
}

/* The unload that cleans up after a failed bring-up leaves its record: `why` has it at any time. */
static void a_failed_bring_up(void **state)
{
	static const char why[] =
		"lifecycle: initialiser or finaliser outside the text, offset 0x0, symbol f";

	(void)state;
	begin();
	assert_int_equal(run("ext load f fails"), -EFAULT);
	has("load failed: -14\n");
	has(why);
	assert_int_equal(run("ext why"), 0);
	has(why);
	assert_int_equal(run("ext ls"), 0);
	assert_string_equal(out, "");
}

/* What others use is not torn down. */
static void used_by_another(void **state)
{
	(void)state;
	begin();
	assert_int_equal(run("ext load e ends"), 0);
	assert_int_equal(run("ext load u uses"), 0);
	assert_int_equal(run("ext unload e"), -EBUSY);
	has("other extensions use its symbols");
	assert_int_equal(lamps, 0);
	assert_int_equal(run("ext unload u"), 0);
	assert_int_equal(run("ext unload e"), 0);
	assert_int_equal(lamps, 1);
}

/* The shell undoes one load and one bring-up; those of the firmware remain. */
static void in_use_by_the_firmware(void **state)
{
	struct llext *ext;

	(void)state;
	begin();
	assert_int_equal(run("ext load b blink"), 0);
	assert_true(llext_load(&file.loader, "b", &ext, NULL) > 0);
	assert_int_equal(llext_bringup(ext), 0);
	assert_int_equal(run("ext info b"), 0);
	has("used 2,");
	assert_int_equal(run("ext unload b"), 0);
	assert_string_equal(out, "still in use\n");
	assert_int_equal(run("ext unload b"), 0);
	assert_string_equal(out, "unloaded\n");
}

/* ---- through the console ---- */

static void piece(char *line, const uint8_t *bytes, size_t offset, size_t count)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *at = line + sprintf(line, ":%zx,", offset);

	for (size_t i = 0; i < count; i += 3) {
		uint32_t bits = (uint32_t)bytes[offset + i] << 16;

		bits |= i + 1 < count ? (uint32_t)bytes[offset + i + 1] << 8 : 0;
		bits |= i + 2 < count ? bytes[offset + i + 2] : 0;
		*at++ = digits[bits >> 18];
		*at++ = digits[bits >> 12 & 63];
		*at++ = i + 1 < count ? digits[bits >> 6 & 63] : '=';
		*at++ = i + 2 < count ? digits[bits & 63] : '=';
	}
	sprintf(at, ",%lx", crc32(0, (const Bytef *)line + 1, (uInt)(at - line - 1)));
}

static void start_upload(const char *name, uint32_t crc)
{
	char line[CONFIG_LLEXT_SHELL_LINE];

	sprintf(line, "ext load %s %zu %x", name, sizeof(blink_bytes), crc);
	assert_int_equal(run(line), 0);
	assert_string_equal(out, "ready 0\n");
}

static int send_all(void)
{
	char line[CONFIG_LLEXT_SHELL_LINE];
	int rc = 0;

	for (size_t at = 0; at < sizeof(blink_bytes); at += 48) {
		size_t count = sizeof(blink_bytes) - at < 48 ? sizeof(blink_bytes) - at : 48;

		assert_int_equal(rc, 0);
		piece(line, blink_bytes, at, count);
		rc = run(line);
	}
	return rc;
}

static void through_the_console(void **state)
{
	uint32_t crc = (uint32_t)crc32(0, blink_bytes, sizeof(blink_bytes));

	(void)state;
	begin();
	start_upload("c", crc);
	assert_int_equal(send_all(), 0);
	has("loaded c: ");
	assert_int_equal(run("ext call c blink"), 0);
	assert_int_equal(lamps, 101);
	assert_int_equal(run("ext unload c"), 0);

	start_upload("c", crc ^ 1);
	assert_int_equal(send_all(), -EBADMSG);
	has("CRC is wrong");
	assert_int_equal(run("ext ls"), 0); /* it is over */

	start_upload("c", crc);
	assert_int_equal(run("."), -ECANCELED);
	assert_int_equal(run("ext load c 99999999 0"), -ENOMEM);
	has("there is room for 16384 bytes");
	assert_int_equal(run("ext load c 0 0"), -ENOMEM);
	assert_int_equal(run("ext load c 10 0 "), 0); /* the blank is no part of a word */
	assert_int_equal(run("."), -ECANCELED);
	assert_int_equal(run("ext load a-name-of-twenty-ch 10 0"), -EINVAL);
	assert_int_equal(run("ext load c 10x 0"), -EINVAL);
	assert_int_equal(run("ext load c 4294967296 0"), -EINVAL);
}

/* Whatever happens to one line, the shell asks for it again, and nothing else is written. */
static void damaged_lines(void **state)
{
	char good[CONFIG_LLEXT_SHELL_LINE], line[CONFIG_LLEXT_SHELL_LINE];
	uint8_t before[sizeof(upload)];

	(void)state;
	begin();
	start_upload("d", (uint32_t)crc32(0, blink_bytes, sizeof(blink_bytes)));
	piece(good, blink_bytes, 0, 48);
	memset(upload, 0x5a, sizeof(upload));
	memcpy(before, upload, sizeof(upload));
	for (size_t i = 0; i < strlen(good); i++) {
		for (int c = ' '; c <= '~'; c++) {
			bool same = good[i] == c;
			/* The last number is hexadecimal, in either case; leading zeros are none.
			 */
			if (same || (strchr(good + i, ',') == NULL && (good[i] ^ c) == 0x20))
				continue;
			strcpy(line, good);
			line[i] = (char)c;
			if (i == 0 && c == '.')
				continue; /* gives up */
			assert_int_equal(run(line), -EAGAIN);
			assert_string_equal(out, "again 0\n");
		}
		strcpy(line, good);
		line[i] = '\0';
		assert_int_equal(run(line), -EAGAIN);
	}
	assert_memory_equal(upload, before, sizeof(upload));
	piece(line, blink_bytes, 48, 48); /* whole, but not the one at 0 */
	assert_int_equal(run(line), -EAGAIN);
	assert_memory_equal(upload, before, sizeof(upload));
	assert_int_equal(run(good), 0);
	assert_string_equal(out, "ok 30\n");
	assert_int_equal(run(good), -EAGAIN); /* the answer was lost, and it comes again */
	assert_string_equal(out, "again 30\n");
	assert_int_equal(run("."), -ECANCELED);
}

/* The least that there is: what it has not is not known, and nothing comes through the console. */
static void without_parts(void **state)
{
	static const struct llext_shell_config least = {
		.put = put, .open = open_file, .close = close_file, .user = out};

	(void)state;
	llext_shell_init(&shell, &least);
	assert_int_equal(run("ext load b blink"), 0);
	assert_int_equal(run("ext load c 10 0"), -EINVAL);
	has("ext load NAME PATH");
	assert_int_equal(run("ext mem"), -EINVAL);
	assert_null(strstr(out, "ext mem"));
	has("ext why");
	assert_int_equal(run("ext call b blink"), 0);
	assert_int_equal(run("ext unload b"), 0);
}

/* The last line may not write past the file's end. */
static void too_many_bytes(void **state)
{
	char line[CONFIG_LLEXT_SHELL_LINE];

	(void)state;
	begin();
	assert_int_equal(run("ext load e 10 0"), 0);
	upload[10] = 0x5a;
	piece(line, blink_bytes, 0, 11);
	assert_int_equal(run(line), -EAGAIN);
	assert_int_equal(upload[10], 0x5a);
	assert_int_equal(run("."), -ECANCELED);
}

/* ---- a terminal ---- */

static void type(const char *text)
{
	out_length = 0;
	out[0] = '\0';
	while (*text != '\0')
		llext_shell_char(&shell, *text++);
}

static void editing(void **state)
{
	(void)state;
	begin();
	type("ext lx\bs\r\n");
	has("ext lx\b \bs\n");
	type("\x7f\r"); /* an empty line has nothing to rub out */
	assert_string_equal(out, "\n");
	for (int i = 0; i < 300; i++)
		llext_shell_char(&shell, 'x');
	type("\r");
	has("usage: ext ls ");
	type("ex\t");
	assert_string_equal(out, "ext ");
	type("un\t");
	assert_string_equal(out, "unload ");
	type("\r");
	type("ext l\t");
	has("\n  ls\n  load\n");
	has("ext l");
	type("o\t");
	assert_string_equal(out, "oad ");
	type("blink1 blink\r");
	has("loaded blink1");
	type("ext load blink2 blink\r");
	type("ext info bl\t");
	assert_string_equal(out, "ext info blink");
	type("\t");
	has("\n  blink1\n  blink2\n");
	type("2\t\r");
	has("exports 1\n");
	type("ext unload blink1\r\next unload blink2\r\n");
	has("unloaded");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day),
		cmocka_unit_test(zephyrs_words),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(names_are_text),
		cmocka_unit_test(a_failed_bring_up),
		cmocka_unit_test(used_by_another),
		cmocka_unit_test(in_use_by_the_firmware),
		cmocka_unit_test(through_the_console),
		cmocka_unit_test(damaged_lines),
		cmocka_unit_test(without_parts),
		cmocka_unit_test(too_many_bytes),
		cmocka_unit_test(editing),
	};
	void *heap = llext_posix_map(256 * 1024);

	llext_posix_log_level = LLEXT_LOG_NONE;
	if (heap == NULL || llext_heap_init(heap, 256 * 1024) != 0)
		return 1;
	return cmocka_run_group_tests_name("shell", tests, NULL, NULL);
}
