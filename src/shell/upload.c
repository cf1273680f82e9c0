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
	size_t length = strlen(text), done = 0;

	if (length == 0 || length % 4 != 0)
		return -1;
	for (size_t i = 0; i < length; i += 4) {
		int pad = i + 4 < length ? 0 : (text[i + 3] == '=') + (text[i + 2] == '=');
		uint32_t bits = 0;

		for (int j = 0; j < 4; j++) {
			int value = j >= 4 - pad ? 0 : sextet(text[i + (size_t)j]);

			if (value < 0)
				return -1;
			bits = bits << 6 | (uint32_t)value;
		}
		for (int j = 0; j < 3 - pad; j++) {
			if (done == room)
				return -1;
			out[done++] = (uint8_t)(bits >> (16 - 8 * j));
		}
	}
	return (int)done;
}

int llext_shell_receive(struct llext_shell *shell, const char *name, uint32_t bytes, uint32_t crc)
{
	size_t length = strlen(name);

	if (length >= sizeof(shell->name)) {
		llext_shell_say(shell, "the name is too long\n");
		return -EINVAL;
	}
	if (bytes == 0 || shell->config->upload == NULL || bytes > shell->config->upload_bytes) {
		llext_shell_say(shell, "there is room for %n bytes\n",
				shell->config->upload != NULL ? shell->config->upload_bytes : 0);
		return -ENOMEM;
	}
	memcpy(shell->name, name, length + 1);
	shell->wanted = bytes;
	shell->received = 0;
	shell->crc = crc;
	shell->receiving = true;
	llext_shell_say(shell, "ready %x\n", shell->received);
	return 0;
}

/* The bytes of one line to where they belong. */
static bool take(struct llext_shell *shell, char *line)
{
	char *data = strchr(line, ','), *check = data != NULL ? strchr(data + 1, ',') : NULL;
	uint32_t offset, crc;
	int bytes;

	if (check == NULL || !llext_shell_parse(check + 1, 16, &crc))
		return false;
	if (crc != crc32(line, (size_t)(check - line)))
		return false;
	*data++ = '\0';
	*check = '\0';
	if (!llext_shell_parse(line, 16, &offset) || offset != shell->received)
		return false;
	bytes = decode(data, shell->config->upload + offset, shell->wanted - offset);
	if (bytes <= 0)
		return false;
	shell->received += (size_t)bytes;
	return true;
}

int llext_shell_received(struct llext_shell *shell, char *line)
{
	struct llext_buf_loader file =
		LLEXT_TEMPORARY_BUF_LOADER(shell->config->upload, shell->wanted);

	if (line[0] == '.') {
		shell->receiving = false;
		llext_shell_say(shell, "given up\n");
		return -ECANCELED;
	}
	if (line[0] != ':' || !take(shell, line + 1)) {
		llext_shell_say(shell, "again %x\n", shell->received);
		return -EAGAIN;
	}
	if (shell->received < shell->wanted) {
		llext_shell_say(shell, "ok %x\n", shell->received);
		return 0;
	}
	shell->receiving = false;
	if (crc32(shell->config->upload, shell->wanted) != shell->crc) {
		llext_shell_say(shell, "the file's CRC is wrong\n");
		return -EBADMSG;
	}
	return llext_shell_load(shell, shell->name, &file.loader);
}
