/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can code of two Arm files be put together? Their build attributes say how arguments are passed
 * and which instructions are used: ABI for the Arm Architecture, "Addenda", 3.3.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <string.h>
#include "check.h"

#define TAG_CPU_ARCH     6
#define TAG_ABI_VFP_ARGS 28
#define MOST_TAGS        64

struct attributes {
	bool there;
	uint64_t values[MOST_TAGS];
};

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

static void read_tags(struct reader reader, struct attributes *attributes)
{
	while (reader.at < reader.end) {
		uint64_t tag = uleb128(&reader), value = 0;

		if (tag == 4 || tag == 5 || (tag > 32 && (tag & 1))) {
			skip_string(&reader);
			continue;
		}
		value = uleb128(&reader);
		if (tag == 32) /* Tag_compatibility: a number and a name */
			skip_string(&reader);
		if (tag < MOST_TAGS)
			attributes->values[tag] = value;
	}
}

static struct attributes read_attributes(const struct file *file)
{
	struct attributes attributes = {0};
	struct section_header header;
	struct reader reader;

	if (!file_section(file, file_find_section(file, ".ARM.attributes"), &header) ||
	    header.bytes == NULL || header.size < 1 || header.bytes[0] != 'A')
		return attributes;
	reader = (struct reader){header.bytes + 1, header.bytes + header.size};
	while (reader.at < reader.end) {
		struct reader vendor = take_part(&reader, 0);

		if (vendor.end - vendor.at < 6 || memcmp(vendor.at, "aeabi", 6) != 0)
			continue;
		vendor.at += 6;
		while (vendor.at < vendor.end) {
			bool whole_file = vendor.at[0] == 1;
			struct reader scope = take_part(&vendor, 1);

			if (!whole_file)
				continue;
			attributes.there = true;
			read_tags(scope, &attributes);
		}
	}
	return attributes;
}

/* Armv6-M and Armv8-M Baseline lack most of what Armv7-M and Armv8-M Mainline have. */
static bool is_small(uint64_t arch)
{
	return arch == 11 || arch == 12 || arch == 16;
}

static bool is_large(uint64_t arch)
{
	return arch == 10 || arch == 13 || arch == 17 || arch == 21;
}

static const char *arm_mismatch(const struct file *file, const struct file *firmware)
{
	struct attributes ours = read_attributes(file), theirs = read_attributes(firmware);
	uint64_t a = ours.values[TAG_ABI_VFP_ARGS], b = theirs.values[TAG_ABI_VFP_ARGS];

	if (!ours.there || !theirs.there)
		return NULL;
	if (a != b && a < 3 && b < 3) /* 3: no floating-point arguments */
		return "another floating-point ABI than the firmware's (-mfloat-abi)";
	if (is_large(ours.values[TAG_CPU_ARCH]) && is_small(theirs.values[TAG_CPU_ARCH]))
		return "instructions that the firmware's processor does not have (-mcpu)";
	return NULL;
}

const char *abi_mismatch(const struct file *file, const struct file *firmware)
{
	uint32_t differ = file->flags ^ firmware->flags;

	if (file->machine == EM_ARM)
		return arm_mismatch(file, firmware);
	if (file->machine != EM_RISCV)
		return NULL;
	if (differ & EF_RISCV_FLOAT_ABI)
		return "another floating-point ABI than the firmware's (-mabi)";
	if (differ & EF_RISCV_RVE)
		return "another number of registers than the firmware's (RVE)";
	if ((file->flags & EF_RISCV_RVC) && !(firmware->flags & EF_RISCV_RVC))
		return "compressed instructions, which the firmware does not have";
	return NULL;
}
