/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is no ELF file: what it is instead, and the way out. */
#include "tenon.h"
#include <string.h>
#include "purpose.h"

#define NO_ELF "not an ELF file"

static const struct kind {
	size_t at;
	const char *bytes;
	size_t length;
	const char *what;
} kinds[] = {
#define LIBRARY                                                                                    \
	NO_ELF " but a library of object files: link it first, with ld -r --whole-archive -o "     \
	       "all.o"
	{0, "!<arch>\n", 8, LIBRARY},
	{0, "!<thin>\n", 8, LIBRARY},
#define BYTECODE NO_ELF " but LLVM's bytecode for link-time optimisation: compile with -fno-lto"
	{0, "BC\xc0\xde", 4, BYTECODE},
	{0, "\xde\xc0\x17\x0b", 4, BYTECODE},
#define MACH_O NO_ELF " but a Mach-O file, of Apple's systems: compile with --target=, for ELF"
	{0, "\xfe\xed\xfa\xce", 4, MACH_O},
	{0, "\xfe\xed\xfa\xcf", 4, MACH_O},
	{0, "\xce\xfa\xed\xfe", 4, MACH_O},
	{0, "\xcf\xfa\xed\xfe", 4, MACH_O},
	{0, "\xca\xfe\xba\xbe", 4, MACH_O},
	{0, "\0asm", 4, NO_ELF " but WebAssembly: compile with --target=, for ELF"},
#define COFF NO_ELF " but a COFF or PE file, of Windows: compile with --target=, for ELF"
	{0, "MZ", 2, COFF},
	{0, "\0\0\xff\xff", 4, COFF},
#define COMPRESSED NO_ELF " but a compressed file: unpack it first"
	{0, "\x1f\x8b", 2, COMPRESSED},
	{0,
	 "\xfd"
	 "7zXZ",
	 5, COMPRESSED},
	{0, "\x28\xb5\x2f\xfd", 4, COMPRESSED},
	{0, "BZh", 3, COMPRESSED},
	{0, "PK\3\4", 4, COMPRESSED},
	{257, "ustar", 5,
	 NO_ELF " but a tar archive: unpack it, and link the objects in it with ld -r -o all.o"},
#define IMAGE                                                                                      \
	NO_ELF " but an image for a flash tool: give the object or ELF file that it was made from"
	{0, "UF2\n", 4, IMAGE},
	{0, ":02000004", 9, IMAGE}, /* Intel's */
	{0, ":10", 3, IMAGE},
	{0, "S00", 3, IMAGE}, /* Motorola's */
	{0, "; ModuleID", 10, NO_ELF " but LLVM's language: compile it with clang -c"},
};

/* An object of COFF has no magic number: its machine, and no header for programs. */
static bool is_coff_object(const struct file *file)
{
	static const uint16_t machines[] = {0x014c, 0x8664, 0x01c0, 0x01c4, 0xaa64};

	for (size_t i = 0; file->length >= 20 && i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (file_word(file->bytes, 2) == machines[i] && file_word(file->bytes + 16, 2) == 0)
			return true;
	}
	return false;
}

static const struct kind *kind_of(const struct file *file)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (file->length >= kinds[i].at + kinds[i].length &&
		    memcmp(file->bytes + kinds[i].at, kinds[i].bytes, kinds[i].length) == 0)
			return &kinds[i];
	}
	return NULL;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

int64_t file_names(const struct file *file)
{
	const char *text = (const char *)file->bytes, *end = text + file->length;
	int64_t names = 0;

	if (kind_of(file) != NULL)
		return -1;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = stop != NULL ? stop : end;
		const char *mark = memchr(text, '#', (size_t)(line_end - text));
		const char *last = mark != NULL ? mark : line_end;

		while (text < last && is_blank(*text))
			text++;
		while (last > text && is_blank(last[-1]))
			last--;
		names += last > text;
		for (; text < last; text++) {
			if (*text <= ' ' || *text > '~')
				return -1;
		}
		text = line_end + 1;
	}
	return names;
}

static bool is_text(const struct file *file)
{
	for (size_t i = 0; i < file->length && i < 512; i++) {
		uint8_t byte = file->bytes[i];

		if (byte == 0x7f || (byte < ' ' && (byte < '\t' || byte > '\r')))
			return false;
	}
	return true;
}

const char *file_no_elf(const struct file *file)
{
	static const char elf[] = "\177ELF";
	const struct kind *kind;

	if (file->length == 0)
		return NO_ELF ": it is empty";
	if (memcmp(file->bytes, elf, file->length < 4 ? file->length : 4) == 0)
		return file->length < 4 ? NO_ELF ": it ends too early" : NULL;
	kind = kind_of(file);
	if (kind != NULL)
		return kind->what;
	if (is_coff_object(file))
		return COFF;
	if (is_text(file))
		return NO_ELF " but text: give what the compiler or the linker makes of it";
	return NO_ELF;
}
