/* SPDX-License-Identifier: Apache-2.0 */
/* Build attributes and other marks of how a file was compiled: reading them. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <string.h>
#include "attributes.h"

struct reader {
	const uint8_t *at, *end;
};

static uint64_t uleb128(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; reader->at < reader->end; shift += 7) {
		uint8_t byte = *reader->at++;

		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

static void skip_string(struct reader *reader)
{
	const uint8_t *nul = memchr(reader->at, '\0', (size_t)(reader->end - reader->at));

	reader->at = nul != NULL ? nul + 1 : reader->end;
}

/* A part with a length word in front, which the length includes. */
static struct reader take_part(struct reader *reader, size_t before)
{
	struct reader part = {reader->end, reader->end};
	uint64_t length;

	if ((size_t)(reader->end - reader->at) >= before + 4) {
		length = file_word(reader->at + before, 4);
		if (length >= before + 4 && length <= (uint64_t)(reader->end - reader->at))
			part = (struct reader){reader->at + before + 4, reader->at + length};
	}
	reader->at = part.end;
	return part;
}

/* Whether a tag's value is a text or a number: a matter of the vendor, where it is below 32. */
static bool is_text(uint64_t tag, bool arm)
{
	return arm && tag < 32 ? tag == 4 || tag == 5 : tag & 1;
}

static void read_tags(struct reader reader, bool arm, struct attributes *attributes)
{
	while (reader.at < reader.end) {
		uint64_t tag = uleb128(&reader), value = 0;

		if (is_text(tag, arm)) {
			const char *text = (const char *)reader.at;

			skip_string(&reader);
			if (!arm && tag == TAG_RISCV_ARCH && reader.at > (const uint8_t *)text &&
			    reader.at[-1] == '\0')
				attributes->riscv_arch = text;
			continue;
		}
		value = uleb128(&reader);
		if (arm && tag == 32) /* Tag_compatibility: a number and a name */
			skip_string(&reader);
		if (tag < MOST_TAGS)
			attributes->values[tag] = value;
	}
}

struct attributes attributes_read(const struct file *file)
{
	bool arm = file->machine == EM_ARM;
	const char *name = arm ? ".ARM.attributes" : ".riscv.attributes";
	const char *whose = arm ? "aeabi" : "riscv";
	struct attributes attributes = {0};
	struct section_header header;
	struct reader reader;

	if ((!arm && file->machine != EM_RISCV) ||
	    !file_section(file, file_find_section(file, name), &header) || header.bytes == NULL ||
	    header.size < 1 || header.bytes[0] != 'A')
		return attributes;
	reader = (struct reader){header.bytes + 1, header.bytes + header.size};
	while (reader.at < reader.end) {
		struct reader vendor = take_part(&reader, 0);

		if (vendor.end - vendor.at < 6 || memcmp(vendor.at, whose, 6) != 0)
			continue;
		vendor.at += 6;
		while (vendor.at < vendor.end) {
			bool whole_file = vendor.at[0] == 1;
			struct reader scope = take_part(&vendor, 1);

			if (!whole_file)
				continue;
			attributes.there = true;
			read_tags(scope, arm, &attributes);
		}
	}
	return attributes;
}

/* ---- properties and notes ---- */

#define PROPERTY_NOTE    5 /* NT_GNU_PROPERTY_TYPE_0 */
#define PROPERTY_X86     0xc0000002u
#define PROPERTY_AARCH64 0xc0000000u
#define PROPERTY_RISCV   0xc0000000u

static uint32_t feature_property(const struct file *file)
{
	return file->machine == EM_X86_64  ? PROPERTY_X86
	       : file->machine == EM_RISCV ? PROPERTY_RISCV
					   : PROPERTY_AARCH64;
}

static size_t padded(uint64_t bytes, size_t align)
{
	return (size_t)((bytes + align - 1) & ~(uint64_t)(align - 1));
}

/* Properties: type, size, data, padded to the size of a pointer. */
static uint32_t find_features(const struct file *file, const uint8_t *at, size_t bytes)
{
	size_t align = file->class == ELFCLASS64 ? 8 : 4;

	while (bytes >= 8) {
		uint64_t type = file_word(at, 4), size = file_word(at + 4, 4);

		if (size > bytes - 8)
			break;
		if (type == feature_property(file) && size == 4)
			return (uint32_t)file_word(at + 8, 4);
		if (8 + padded(size, align) >= bytes)
			break;
		bytes -= 8 + padded(size, align);
		at += 8 + padded(size, align);
	}
	return 0;
}

uint32_t attributes_features(const struct file *file)
{
	struct section_header header;

	if ((file->machine != EM_X86_64 && file->machine != EM_AARCH64 &&
	     file->machine != EM_RISCV) ||
	    !file_section(file, file_find_section(file, ".note.gnu.property"), &header) ||
	    header.bytes == NULL || header.size < 16 || file_word(header.bytes, 4) != 4 ||
	    file_word(header.bytes + 8, 4) != PROPERTY_NOTE ||
	    memcmp(header.bytes + 12, "GNU", 4) != 0 ||
	    file_word(header.bytes + 4, 4) > header.size - 16)
		return 0;
	return find_features(file, header.bytes + 16, (size_t)file_word(header.bytes + 4, 4));
}

/* Of "USE_ABSOLUTE_LITERALS=0\nABI=1\n" in a note, the last number. */
char attributes_xtensa_abi(const struct file *file)
{
	static const char key[] = "ABI=";
	struct section_header header;

	if (file->machine != EM_XTENSA ||
	    !file_section(file, file_find_section(file, ".xtensa.info"), &header) ||
	    header.bytes == NULL)
		return 0;
	for (uint64_t i = 0; i + sizeof(key) <= header.size; i++) {
		if (memcmp(header.bytes + i, key, sizeof(key) - 1) == 0)
			return (char)header.bytes[i + sizeof(key) - 1];
	}
	return 0;
}

uint32_t attributes_as_flags(const struct file *file)
{
	struct attributes attributes;

	if (file->machine != EM_ARM)
		return 0;
	attributes = attributes_read(file);
	if (!attributes.there || attributes.values[TAG_FP_NUMBER_MODEL] == 0)
		return 0;
	switch (attributes.values[TAG_VFP_ARGS]) {
	case 0:
		return EF_ARM_ABI_FLOAT_SOFT;
	case 1:
		return EF_ARM_ABI_FLOAT_HARD;
	default: /* no floating-point arguments, or a convention of their own */
		return 0;
	}
}
