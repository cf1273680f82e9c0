/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can code of two files be put together, and can a processor run it? Arm's build attributes say how
 * arguments are passed and which instructions are used: ABI for the Arm Architecture, "Addenda",
 * 3.3. RISC-V has flags in the header, and attributes with the name of the architecture.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <string.h>
#include "check.h"

#define TAG_CPU_ARCH     6
#define TAG_FP_ARCH      10
#define TAG_FP_MODEL     23
#define TAG_HARD_FP_USE  27
#define TAG_ABI_VFP_ARGS 28
#define TAG_DSP          46
#define TAG_MVE_ARCH     48
#define MOST_TAGS        64

#define SINGLE_ONLY 1 /* of TAG_HARD_FP_USE */

#define TAG_RISCV_ARCH 5

struct attributes {
	bool there;
	uint64_t values[MOST_TAGS];
	const char *riscv_arch; /* NULL: none */
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

static struct attributes read_attributes(const struct file *file)
{
	bool arm = file->machine == EM_ARM;
	const char *name = arm ? ".ARM.attributes" : ".riscv.attributes";
	const char *whose = arm ? "aeabi" : "riscv";
	struct attributes attributes = {0};
	struct section_header header;
	struct reader reader;

	if (!file_section(file, file_find_section(file, name), &header) || header.bytes == NULL ||
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

/* The architectures of the M profile; each has what those of a lower rank have. */
static unsigned int rank(uint64_t arch)
{
	static const uint8_t ranks[] = {[11] = 1 /* v6-M */,
					[12] = 1 /* v6S-M */,
					[16] = 2 /* v8-M Baseline */,
					[10] = 2 /* v7-M */,
					[13] = 3 /* v7E-M */,
					[17] = 4 /* v8-M Mainline */,
					[21] = 5 /* v8.1-M Mainline */};

	return arch < sizeof(ranks) ? ranks[arch] : 0;
}

/* Does the firmware's architecture lack what the file's has? */
static bool lacks(const struct attributes *firmware, const struct attributes *file)
{
	uint64_t has = firmware->values[TAG_CPU_ARCH], wants = file->values[TAG_CPU_ARCH];

	if (rank(has) == 0 || rank(wants) == 0 || has == wants)
		return false;         /* not of the M profile, or nothing said */
	if (wants == 16 || has == 16) /* Armv8-M Baseline, beside v7-M and v7E-M */
		return wants == 16 ? rank(has) < 4 : rank(wants) > 1;
	return rank(wants) > rank(has);
}

static const char *arm_mismatch(const struct file *file, const struct file *firmware)
{
	struct attributes ours = read_attributes(file), theirs = read_attributes(firmware);
	uint64_t a = ours.values[TAG_ABI_VFP_ARGS], b = theirs.values[TAG_ABI_VFP_ARGS];

	if (!ours.there || !theirs.there)
		return NULL;
	if (a != b && a < 3 && b < 3) /* 3: no floating-point arguments */
		return "another floating-point ABI than the firmware's (-mfloat-abi)";
	if (lacks(&theirs, &ours))
		return "instructions that the firmware's processor does not have (-mcpu)";
	return NULL;
}

uint32_t attributes_as_flags(const struct file *file)
{
	struct attributes attributes;

	if (file->machine != EM_ARM)
		return 0;
	attributes = read_attributes(file);
	if (!attributes.there || attributes.values[TAG_FP_MODEL] == 0)
		return 0;
	switch (attributes.values[TAG_ABI_VFP_ARGS]) {
	case 0:
		return EF_ARM_ABI_FLOAT_SOFT;
	case 1:
		return EF_ARM_ABI_FLOAT_HARD;
	default: /* no floating-point arguments, or a convention of their own */
		return 0;
	}
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

/* ---- what a processor can do ---- */

/* The number of the floating-point architecture, in an order in which each has what was before. */
static unsigned int float_rank(const struct attributes *attributes)
{
	uint64_t arch = attributes->values[TAG_FP_ARCH];

	if (arch == 0)
		return 0;
	return 2 * (arch > 6) + 2 - (attributes->values[TAG_HARD_FP_USE] == SINGLE_ONLY);
}

static const char *arm_processor(const struct file *file, const struct file *firmware)
{
	struct attributes ours = read_attributes(file), theirs = read_attributes(firmware);
	uint64_t arch = ours.values[TAG_CPU_ARCH];
	unsigned int wants = float_rank(&ours), has = float_rank(&theirs);

	if (!ours.there || !theirs.there)
		return NULL;
	if (arch != 0 && rank(arch) == 0)
		return "instructions of another profile than M (-mcpu)";
	if (arch == 13 && rank(theirs.values[TAG_CPU_ARCH]) > 3 && theirs.values[TAG_DSP] == 0)
		return "DSP instructions, which the processor does not have (-mcpu)";
	if (wants != 0 && has == 0)
		return "floating-point instructions, which the processor does not have (-mfpu)";
	if (wants != 0 && wants % 2 == 0 && has % 2 == 1)
		return "double-precision instructions, which the processor does not have (-mfpu)";
	if ((wants - 1) / 2 > (has - 1) / 2 && wants != 0)
		return "instructions of a later floating-point unit than the processor's (-mfpu)";
	if (ours.values[TAG_MVE_ARCH] > theirs.values[TAG_MVE_ARCH])
		return "vector instructions, which the processor does not have (-mcpu)";
	return NULL;
}

/* The single-letter extensions in a name such as rv32i2p1_m2p0_zmmul1p0, as bits. */
static uint32_t riscv_letters(const char *arch)
{
	uint32_t letters = 0;
	const char *at = strncmp(arch, "rv", 2) == 0 ? arch + 4 : "";

	while (*at != '\0' && strchr("zsx", *at) == NULL) {
		if (*at >= 'a' && *at <= 'z')
			letters |= 1u << (*at - 'a');
		at++;
		while (*at >= '0' && *at <= '9')
			at++;
		if (*at == 'p') /* a version: 2p1 */
			for (at++; *at >= '0' && *at <= '9';)
				at++;
		at += *at == '_';
	}
	return letters;
}

static const char *riscv_processor(const struct file *file, const struct file *firmware)
{
	struct attributes ours = read_attributes(file), theirs = read_attributes(firmware);

	if (ours.riscv_arch == NULL || theirs.riscv_arch == NULL)
		return NULL;
	if (riscv_letters(ours.riscv_arch) & ~riscv_letters(theirs.riscv_arch))
		return "instructions that the processor does not have (-march)";
	return NULL;
}

const char *processor_mismatch(const struct file *file, const struct file *firmware)
{
	if (file->machine == EM_ARM)
		return arm_processor(file, firmware);
	return file->machine == EM_RISCV ? riscv_processor(file, firmware) : NULL;
}

unsigned int processor_excess(const struct file *file, const struct file *firmware)
{
	struct attributes ours, theirs;

	if (file->machine != EM_ARM)
		return 0;
	ours = read_attributes(file);
	theirs = read_attributes(firmware);
	/* Both only grow, or the file would not fit. */
	return 16 * (rank(theirs.values[TAG_CPU_ARCH]) - rank(ours.values[TAG_CPU_ARCH])) +
	       2 * (float_rank(&theirs) - float_rank(&ours)) +
	       (theirs.values[TAG_MVE_ARCH] > ours.values[TAG_MVE_ARCH]);
}
