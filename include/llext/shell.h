/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A shell for the device's console: list, load, call and unload extensions. It has no transport of
 * its own: lines or characters go in, text comes out through a function. Compile src/shell/.
 *
 * A firmware has the commands ls, load, unload, call and why in any case; llext_shell_config says
 * whether it has the others, too, and what is not referred to is not linked.
 *
 *   ext ls                      what is loaded
 *   ext info NAME               its regions, what it uses, its use count and exports
 *   ext load NAME PATH          from what the firmware's open() finds under PATH, then bring up
 *   ext load NAME BYTES CRC     from this console: `tenon push` does it (see below)
 *   ext unload NAME             tear down, then unload
 *   ext sym NAME [PREFIX]       its exports; `-` as NAME: the firmware's
 *   ext call NAME FUNCTION      `void function(void)`
 *   ext plan PATH               what a load would need, and what is missing
 *   ext mem                     the heaps
 *   ext why                     why the last call failed, in full
 *
 * `llext` does the same as `ext`, and Zephyr's words are known: list, load_fs, list_symbols,
 * call_fn.
 *
 * Loading from the console: BYTES is decimal, CRC the CRC-32 (IEEE 802.3) of all bytes in hex. The
 * shell answers `ready 0`; then each line is
 *
 *   :OFFSET,BASE64,CRC
 *
 * with the offset in hex, at most 48 bytes in base64 (RFC 4648), and in hex the CRC-32 of the
 * text between colon and second comma. The answer is `ok NEXT`, or `again NEXT` where the line
 * was damaged or is not the one at NEXT. `.` gives up. After the last byte the extension is loaded.
 */
#ifndef LLEXT_SHELL_H_
#define LLEXT_SHELL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/llext.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest line, its end included. */
#ifndef CONFIG_LLEXT_SHELL_LINE
#define CONFIG_LLEXT_SHELL_LINE 120
#endif

struct llext_shell;
/** What of the shell a firmware can do without: only the addresses of these are used. */
struct llext_shell_commands;
struct llext_shell_uploads;

/** more.c: info, sym, plan, mem. */
extern const struct llext_shell_commands llext_shell_more;
/** upload.c: `ext load NAME BYTES CRC`, which `tenon push` needs. */
extern const struct llext_shell_uploads llext_shell_uploads;

/** What the firmware gives the shell. It stays the firmware's and must outlive the shell. */
struct llext_shell_config {
	/**
	 * Print @p bytes characters, often only one. Lines end with "\n". Of names only printable
	 * ASCII comes here: any other byte is a `?`.
	 */
	void (*put)(void *user, const char *text, size_t bytes);
	/**
	 * Open @p path for a load. @return a loader that stays valid until close(); NULL: there is
	 * no such file. May be NULL: then only the console is a source.
	 */
	struct llext_loader *(*open)(void *user, const char *path);
	void (*close)(void *user, struct llext_loader *ldr); /**< may be NULL */
	/** &llext_shell_more: all commands. NULL: ls, load, unload, call and why, in less code. */
	const struct llext_shell_commands *more;
	/** &llext_shell_uploads: files can come through the console. NULL: none can. */
	const struct llext_shell_uploads *uploads;
	/** Where such a file is kept until it is loaded. */
	uint8_t *upload;
	size_t upload_bytes;
	const char *prompt; /**< for llext_shell_char(); NULL: none */
	void *user;         /**< passed to all of these */
};

/** A shell. All fields are private. */
struct llext_shell {
	const struct llext_shell_config *config;
	const struct llext_shell_uploads *receiving; /* takes the lines; NULL: they are commands */
	char line[CONFIG_LLEXT_SHELL_LINE];
	size_t length;
	/* a file on its way through the console */
	char name[LLEXT_MAX_NAME_LEN + 1];
	size_t wanted, received;
	uint32_t crc;
};

/** Begin. Prints the prompt if there is one. Thread context, as all functions here. */
void llext_shell_init(struct llext_shell *shell, const struct llext_shell_config *config);

/**
 * Run one line, without its end. @p line is changed.
 * @return 0; -EINVAL where the shell does not know the words (a usage line was printed); else the
 * error of the call that failed (it was printed, with the diagnostic). An empty line is 0.
 */
int llext_shell_line(struct llext_shell *shell, char *line);

/**
 * Take one character from a terminal: echo, backspace, tab (completes commands and the names of
 * extensions, or lists them), end of line (CR or LF: runs the line). Nothing is echoed while a file
 * comes through the console. Characters that do not fit the line are dropped.
 */
void llext_shell_char(struct llext_shell *shell, char c);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_SHELL_H_ */
