/* SPDX-License-Identifier: Apache-2.0 */
/* A file that comes through the console, line by line. */
#include <llext/buf_loader.h>
#include "internal.h"

/* CRC-32 of IEEE 802.3, bit by bit: a console is slower. */
static uint32_t crc32(const void *data, size_t bytes)
{
	uint32_t crc = UINT32_MAX;

	for (const uint8_t *at = data; bytes > 0; bytes--) {
		crc ^= *at++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

/* A whole word as a number; false where it is none, or too large. */
static bool parse(const char *word, unsigned int base, uint32_t *number)
{
	*number = 0;
	if (*word == '\0')
		return false;
	for (; *word != '\0'; word++) {
		unsigned int value = (unsigned char)*word - '0', letter = (*word | 0x20u) - 'a';

		if (value > 9)
			value = letter < 6 ? letter + 10 : base;
		if (value >= base || *number > (UINT32_MAX - value) / base)
			return false;
		*number = *number * base + value;
	}
	return true;
}

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Base64 to at most @room bytes. @return how many; -1: it is damaged. */
static int decode(const char *text, uint8_t *out, size_t room)
{
	size_t length = strlen(text), digits = length, done = 0;
	unsigned int bits = 0, count = 0;

	while (digits > 0 && length - digits < 2 && text[digits - 1] == '=')
		digits--;
	if (length % 4 != 0)
		return -1;
	for (; digits > 0; digits--) {
		int value = sextet(*text++);

		bits = bits << 6 | (unsigned int)value;
		count += 6;
		if (value < 0 || (count >= 8 && done == room))
			return -1;
		if (count >= 8) {
			count -= 8;
			out[done++] = (uint8_t)(bits >> count);
		}
	}
	return (int)done;
}

static int begin(struct llext_shell *shell, char *const *words)
{
	const char *name = words[WORD_NAME];
	size_t room = shell->config->upload != NULL ? shell->config->upload_bytes : 0;
	size_t length = strlen(name);
	uint32_t bytes, crc;

	if (!parse(words[WORD_PATH], 10, &bytes) || !parse(words[WORD_CRC], 16, &crc))
		return EINVAL;
	if (length >= sizeof(shell->name)) {
		llext_shell_say(shell, "the name is too long\n");
		return EINVAL;
	}
	if (bytes == 0 || bytes > room) {
		llext_shell_say(shell, "there is room for %d bytes\n", room);
		return ENOMEM;
	}
	memcpy(shell->name, name, length + 1);
	shell->wanted = bytes;
	shell->received = 0;
	shell->crc = crc;
	shell->receiving = shell->config->uploads;
	return llext_shell_say(shell, "ready 0\n");
}

/* The bytes of one line to where they belong. */
static bool take(struct llext_shell *shell, char *line)
{
	char *data = strchr(line, ','), *check = data != NULL ? strchr(data + 1, ',') : NULL;
	uint32_t offset, crc;
	int bytes;

	if (check == NULL || !parse(check + 1, 16, &crc))
		return false;
	if (crc != crc32(line, (size_t)(check - line)))
		return false;
	*data++ = '\0';
	*check = '\0';
	if (!parse(line, 16, &offset) || offset != shell->received)
		return false;
	bytes = decode(data, shell->config->upload + offset, shell->wanted - offset);
	if (bytes <= 0)
		return false;
	shell->received += (size_t)bytes;
	return true;
}

static int receive(struct llext_shell *shell, char *line)
{
	struct llext_buf_loader file =
		LLEXT_TEMPORARY_BUF_LOADER(shell->config->upload, shell->wanted);

	if (line[0] == '.') {
		shell->receiving = NULL;
		llext_shell_say(shell, "given up\n");
		return -ECANCELED;
	}
	if (line[0] != ':' || !take(shell, line + 1)) {
		llext_shell_say(shell, "again %h\n", shell->received);
		return -EAGAIN;
	}
	if (shell->received < shell->wanted) {
		return llext_shell_say(shell, "ok %h\n", shell->received);
	}
	shell->receiving = NULL;
	if (crc32(shell->config->upload, shell->wanted) != shell->crc) {
		llext_shell_say(shell, "the file's CRC is wrong\n");
		return -EBADMSG;
	}
	return llext_shell_end(shell, "load", llext_shell_load(shell, shell->name, &file.loader));
}

const struct llext_shell_uploads llext_shell_uploads = {begin, receive};
