/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, colours, and text that is safe to print. */
#define _GNU_SOURCE
#include <getopt.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libiberty/demangle.h>
#include "tenon.h"

static FILE *stands, *stands_for;

void style_stands_for(FILE *memory, FILE *shown)
{
	stands = memory;
	stands_for = shown;
}

static bool coloured(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (stream == stands && stands != NULL)
		stream = stands_for;
	return (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0 && isatty(fileno(stream));
}

const char *style_on(FILE *stream, enum style style)
{
	static const char *const codes[] = {"", "\033[1m", "\033[32m", "\033[1;31m", "\033[33m"};

	return coloured(stream) ? codes[style] : "";
}

const char *style_off(FILE *stream)
{
	return coloured(stream) ? "\033[0m" : "";
}

static void say(enum style style, const char *subject, const char *format, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "%stenon:%s ", style_on(stderr, style), style_off(stderr));
	if (subject != NULL)
		fprintf(stderr, "%s: ", printable(subject));
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

/* For --json: the first of them, and the newest in the last place. */
#define MOST_COMPLAINTS 64
static struct complaint complaints[MOST_COMPLAINTS];
static size_t complaint_count;

const struct complaint *complaint_at(size_t index)
{
	return index < complaint_count ? &complaints[index] : NULL;
}

static void keep_complaint(const char *subject, const char *format, va_list args)
{
	struct complaint *complaint;
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return;
	if (complaint_count < MOST_COMPLAINTS)
		complaint_count++;
	complaint = &complaints[complaint_count - 1];
	free(complaint->subject);
	free(complaint->text);
	complaint->subject = subject != NULL ? strdup(subject) : NULL;
	complaint->text = text;
}

const char *last_complaint(void)
{
	return complaint_count != 0 ? complaints[complaint_count - 1].text : NULL;
}

static bool is_quiet;

void complain_quietly(bool quiet)
{
	is_quiet = quiet;
}

static void say_error(const char *subject, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	keep_complaint(subject, format, again);
	va_end(again);
	if (!is_quiet)
		say(STYLE_BAD, subject, format, args);
}

void complain(const char *subject, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_error(subject, format, args);
	va_end(args);
}

void warn_about(const char *subject, const char *format, ...)
{
	char *text = need_text("warning: %s", format);
	va_list args;

	va_start(args, format);
	say(STYLE_NOTE, subject, text, args);
	va_end(args);
	free(text);
}

int wrong_usage(const char *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_error(command, format, args);
	va_end(args);
	fprintf(stderr, "Try 'tenon %s%s--help'.\n", command != NULL ? command : "",
		command != NULL ? " " : "");
	return EXIT_USAGE;
}

char *option_at_fault(char **argv)
{
	static char letter[] = "-?";
	char *before = argv[optind - 1], *at = argv[optind];

	/* Of several letters in one, getopt stays at that argument until the last. */
	if (optopt == 0 || optopt > CHAR_MAX || at == NULL || at[0] != '-' || at[1] == '-' ||
	    strchr(at, optopt) == NULL || strchr(before, '=') != NULL)
		return before;
	letter[1] = (char)optopt;
	return letter;
}

/* ---- names ---- */

bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

const char *base_name(const char *path)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	return slash != NULL ? slash + 1 : path;
}

/* ---- memory ---- */

static void *or_end(void *mem)
{
	if (mem == NULL) {
		complain(NULL, "out of memory");
		exit(EXIT_REFUSED);
	}
	return mem;
}

void *need(size_t count, size_t bytes)
{
	return or_end(calloc(count != 0 ? count : 1, bytes));
}

void *need_more(void *old, size_t count, size_t bytes)
{
	return or_end(reallocarray(old, count != 0 ? count : 1, bytes));
}

void *need_room(void *list, size_t count, size_t *room, size_t bytes)
{
	if (count < *room)
		return list;
	*room = 2 * *room + 64;
	return need_more(list, *room, bytes);
}

char *need_text(const char *format, ...)
{
	va_list args;
	char *text = NULL;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	return or_end(length >= 0 ? text : NULL);
}

/* ---- names ---- */

/* The length of the well-formed UTF-8 sequence of a printable character at @at, or 0. */
static size_t utf8_length(const unsigned char *at)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = at[0] < 0x80             ? 1
			: (at[0] & 0xe0) == 0xc0 ? 2
			: (at[0] & 0xf0) == 0xe0 ? 3
			: (at[0] & 0xf8) == 0xf0 ? 4
						 : 0;
	uint32_t code = length == 1 ? at[0] : at[0] & (0x7fu >> length);

	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	/* Neither control characters nor what turns the direction of writing. */
	if (length == 0 || code < least[length] || code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	    (code >= 0xd800 && code < 0xe000) || code > 0x10ffff ||
	    (code >= 0x200b && code < 0x2070) || code == 0xfeff)
		return 0;
	return length;
}

const char *printable(const char *name)
{
	static char *kept[8];
	static size_t next;
	size_t length = strlen(name), filled = 0;
	char *out = need(4 * length + 1, 1);

	for (const unsigned char *at = (const unsigned char *)name; *at != '\0';) {
		size_t good = utf8_length(at);

		if (good == 0)
			filled += (size_t)sprintf(out + filled, "\\x%02x", *at);
		memcpy(out + filled, at, good);
		filled += good;
		at += good != 0 ? good : 1;
	}
	free(kept[next % 8]);
	kept[next % 8] = out;
	return kept[next++ % 8];
}

/* A short mangled name can stand for one without end: what is too long stays mangled. */
#define LONGEST_MANGLED   1024
#define LONGEST_DEMANGLED 4096

struct demangling {
	char text[LONGEST_DEMANGLED + 1];
	size_t length;
	jmp_buf too_long;
};

static void add_demangled(const char *text, size_t length, void *opaque)
{
	struct demangling *d = opaque;

	if (length > LONGEST_DEMANGLED - d->length)
		longjmp(d->too_long, 1);
	memcpy(d->text + d->length, text, length);
	d->length += length;
	d->text[d->length] = '\0';
}

/* Rust's names begin with _R; older ones are C++ names that end with a hash. */
static bool demangle(const char *name, struct demangling *d)
{
	d->length = 0;
	if (rust_demangle_callback(name, DMGL_PARAMS, add_demangled, d) != 0)
		return true;
	d->length = 0;
	return strncmp(name, "_Z", 2) == 0 &&
	       cplus_demangle_v3_callback(name, DMGL_PARAMS | DMGL_ANSI, add_demangled, d) != 0;
}

char *demangled(const char *name)
{
	static struct demangling d;

	if (name[0] != '_' || strlen(name) > LONGEST_MANGLED)
		return NULL;
	if (setjmp(d.too_long) != 0 || !demangle(name, &d))
		return NULL;
	return need_text("%s", printable(d.text));
}

char *unqualified(const char *demangled_name)
{
	size_t length = strcspn(demangled_name, "(");

	if (strcspn(demangled_name, ":<> ") < length)
		return NULL;
	return need_text("%.*s", (int)length, demangled_name);
}

const char *diag_text(const struct llext_diag *diag,
		      size_t (*format)(const struct llext_diag *, char *, size_t))
{
	char line[1024];

	format(diag, line, sizeof(line));
	return printable(line);
}
