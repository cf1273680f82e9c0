/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fit of an extension and a firmware. The rules are those by which GNU ld merges what the files
 * say of themselves. A linker then raises the needs of the whole program; here the processor is
 * what it is, so an instruction that the firmware is not compiled for is an error.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <string.h>
#include "attributes.h"
#include "firmware.h"
#include "fit.h"
#include "purpose.h"

void fit_add(struct fit *fit, enum fit_level level, const char *text)
{
	if (fit->count < MOST_FINDINGS)
		fit->list[fit->count++] = (struct fit_finding){level, text};
}

const char *fit_first(const struct fit *fit, enum fit_level level)
{
	for (size_t i = 0; i < fit->count; i++) {
		if (fit->list[i].level >= level)
			return fit->list[i].text;
	}
	return NULL;
}

/* ---- Arm: the processor ---- */

#define SINGLE_ONLY 1 /* of TAG_HARD_FP_USE */
#define NOT_A_HINT  2 /* of TAG_PAC_EXTENSION and TAG_BTI_EXTENSION: no older core ignores it */

/* The architectures of the M profile; each has what those of a lower rank have. */
static unsigned int rank(uint64_t arch)
{
	static const uint8_t ranks[] = {
		[ARM_V6_M] = 1,  [ARM_V6S_M] = 1,     [ARM_V8_M_BASE] = 2,   [ARM_V7] = 2,
		[ARM_V7E_M] = 3, [ARM_V8_M_MAIN] = 4, [ARM_V8_1_M_MAIN] = 5,
	};

	return arch < sizeof(ranks) ? ranks[arch] : 0;
}

/* Is it compiled for a processor that is none of the M profile? */
static bool other_profile(const struct attributes *file)
{
	uint64_t arch = file->values[TAG_CPU_ARCH], profile = file->values[TAG_CPU_ARCH_PROFILE];

	if ((profile != 0 && profile != 'M') || file->values[TAG_ARM_ISA_USE] != 0)
		return true;
	/* Thumb code of an old architecture is also a Cortex-M's. */
	return rank(arch) == 0 && arch > ARM_V6;
}

static bool lacks_instructions(const struct attributes *firmware, const struct attributes *file)
{
	uint64_t has = firmware->values[TAG_CPU_ARCH], wants = file->values[TAG_CPU_ARCH];

	if (rank(has) == 0 || rank(wants) == 0 || has == wants)
		return false;
	/* Armv8-M Baseline stands beside v7-M and v7E-M, and neither has all of the other. */
	if (wants == ARM_V8_M_BASE || has == ARM_V8_M_BASE)
		return wants == ARM_V8_M_BASE ? rank(has) < 4 : rank(wants) > 1;
	return rank(wants) > rank(has);
}

/* The floating-point unit, as a number: each has what those of a lower one have. Odd: single. */
static unsigned int float_rank(const struct attributes *attributes)
{
	uint64_t arch = attributes->values[TAG_FP_ARCH];

	if (arch == 0)
		return 0;
	return 2 * (arch > 6) + 2 - (attributes->values[TAG_HARD_FP_USE] == SINGLE_ONLY);
}

static bool has_dsp(const struct attributes *attributes)
{
	return attributes->values[TAG_CPU_ARCH] == ARM_V7E_M ||
	       attributes->values[TAG_DSP_EXTENSION] != 0;
}

static void arm_processor(struct fit *fit, const struct attributes *file,
			  const struct attributes *firmware)
{
	unsigned int wants = float_rank(file), has = float_rank(firmware);

	if (other_profile(file))
		fit_add(fit, FIT_ERROR, "instructions of another profile than M (-mcpu)");
	else if (lacks_instructions(firmware, file))
		fit_add(fit, FIT_ERROR,
			"instructions that the firmware's processor does not have (-mcpu)");
	if (has_dsp(file) && !has_dsp(firmware) && rank(firmware->values[TAG_CPU_ARCH]) > 3)
		fit_add(fit, FIT_ERROR,
			"DSP instructions, which the firmware's processor does not have (-mcpu)");
	if (wants != 0 && has == 0)
		fit_add(fit, FIT_ERROR,
			"floating-point instructions, and the firmware has no FPU (-mfloat-abi, "
			"-mfpu)");
	else if (wants != 0 && wants % 2 == 0 && has % 2 == 1)
		fit_add(fit, FIT_ERROR,
			"double-precision instructions, and the firmware's FPU is "
			"single-precision (-mfpu)");
	else if (wants != 0 && (wants - 1) / 2 > (has - 1) / 2)
		fit_add(fit, FIT_ERROR,
			"instructions of a later floating-point unit than the firmware's (-mfpu)");
	if (file->values[TAG_MVE_ARCH] > firmware->values[TAG_MVE_ARCH])
		fit_add(fit, FIT_ERROR,
			"vector instructions, which the firmware's processor does not have "
			"(-mcpu)");
	if ((file->values[TAG_PAC_EXTENSION] == NOT_A_HINT &&
	     firmware->values[TAG_PAC_EXTENSION] < NOT_A_HINT) ||
	    (file->values[TAG_BTI_EXTENSION] == NOT_A_HINT &&
	     firmware->values[TAG_BTI_EXTENSION] < NOT_A_HINT))
		fit_add(fit, FIT_ERROR,
			"PAC or BTI instructions, which the firmware's processor does not have "
			"(-mbranch-protection)");
}

/* ---- Arm: how values are passed ---- */

#define R9_SB            1
#define R9_UNUSED        3
#define RW_DATA_SB       2
#define ENUM_FORCED_WIDE 3
#define ARGS_EITHER      3 /* of TAG_VFP_ARGS */

static bool differ(const struct attributes *a, const struct attributes *b, enum arm_tag tag)
{
	return a->values[tag] != 0 && b->values[tag] != 0 && a->values[tag] != b->values[tag];
}

static bool float_arguments_differ(const struct attributes *a, const struct attributes *b)
{
	uint64_t x = a->values[TAG_VFP_ARGS], y = b->values[TAG_VFP_ARGS];

	/* Code that has nothing to do with floating point goes with both. */
	return x != y && x < ARGS_EITHER && y < ARGS_EITHER &&
	       a->values[TAG_FP_NUMBER_MODEL] != 0 && b->values[TAG_FP_NUMBER_MODEL] != 0;
}

/*
 * What a linker has written into the header, which is what devices look at first. With `-r` LLD
 * writes it, too, but keeps the build attributes of the first object only: these may say nothing
 * where the header does.
 */
static bool header_differs(const struct file *file, const struct attributes *firmware)
{
	return file->flags & (firmware->values[TAG_VFP_ARGS] == 1 ? EF_ARM_ABI_FLOAT_SOFT
								  : EF_ARM_ABI_FLOAT_HARD);
}

static bool float_abi_differs(const struct file *file, const struct attributes *ours,
			      const struct attributes *theirs)
{
	return theirs->there &&
	       (header_differs(file, theirs) || float_arguments_differ(ours, theirs));
}

static void arm_registers(struct fit *fit, const struct attributes *file,
			  const struct attributes *firmware)
{
	uint64_t r9 = file->values[TAG_PCS_R9_USE], theirs = firmware->values[TAG_PCS_R9_USE];

	if (r9 != theirs && r9 != R9_UNUSED && theirs != R9_UNUSED)
		fit_add(fit, FIT_ERROR, "another use of register r9 than the firmware");
	else if (file->values[TAG_PCS_RW_DATA] == RW_DATA_SB && theirs != R9_SB &&
		 theirs != R9_UNUSED)
		fit_add(fit, FIT_ERROR,
			"data addressed by a static base in r9, which the firmware does not set "
			"(-frwpi)");
}

static void arm_conventions(struct fit *fit, const struct attributes *file,
			    const struct attributes *firmware)
{
	arm_registers(fit, file, firmware);
	if (file->values[TAG_ALIGN_NEEDED] != 0 && firmware->values[TAG_ALIGN_PRESERVED] == 0 &&
	    firmware->values[TAG_ALIGN_NEEDED] == 0)
		fit_add(fit, FIT_WARNING,
			"another alignment of the stack than the firmware (8 bytes are needed)");
	if (differ(file, firmware, TAG_FP_16BIT_FORMAT))
		fit_add(fit, FIT_ERROR,
			"another format of 16-bit floating point than the firmware "
			"(-mfp16-format)");
	if (differ(file, firmware, TAG_ENUM_SIZE) &&
	    file->values[TAG_ENUM_SIZE] != ENUM_FORCED_WIDE &&
	    firmware->values[TAG_ENUM_SIZE] != ENUM_FORCED_WIDE)
		fit_add(fit, FIT_WARNING,
			"enums of another size than the firmware's "
			"(-fshort-enums)");
	if (differ(file, firmware, TAG_PCS_WCHAR_T))
		fit_add(fit, FIT_WARNING,
			"a wchar_t of another size than the firmware's "
			"(-fshort-wchar)");
	if (firmware->values[TAG_BTI_USE] != 0 && file->values[TAG_BTI_USE] == 0)
		fit_add(fit, FIT_WARNING,
			"no marks of branch targets, and the firmware has them "
			"(-mbranch-protection)");
}

static void test_arm(struct fit *fit, const struct file *file, const struct file *firmware)
{
	struct attributes ours = attributes_read(file), theirs = attributes_read(firmware);

	if (float_abi_differs(file, &ours, &theirs))
		fit_add(fit, FIT_ERROR,
			"another floating-point ABI than the firmware's (-mfloat-abi)");
	if (!ours.there) {
		fit_add(fit, FIT_UNKNOWN,
			"no build attributes (.ARM.attributes), so that it does not say which "
			"processor and which floating-point ABI it is for");
		return;
	}
	if (!theirs.there) {
		fit_add(fit, FIT_UNKNOWN, "build attributes, and the firmware has none to compare");
		return;
	}
	arm_conventions(fit, &ours, &theirs);
	arm_processor(fit, &ours, &theirs);
}

/* ---- RISC-V ---- */

static void test_riscv(struct fit *fit, const struct file *file, const struct file *firmware,
		       const char *isa)
{
	struct attributes ours = attributes_read(file), theirs = attributes_read(firmware);
	uint32_t differ = file->flags ^ firmware->flags;
	uint64_t align = ours.values[TAG_RISCV_STACK_ALIGN];

	if (differ & EF_RISCV_FLOAT_ABI)
		fit_add(fit, FIT_ERROR, "another floating-point ABI than the firmware's (-mabi)");
	if (differ & EF_RISCV_RVE)
		fit_add(fit, FIT_ERROR,
			"another number of registers than the firmware's (RVE, -march)");
	else if (align != 0 && theirs.values[TAG_RISCV_STACK_ALIGN] != 0 &&
		 align != theirs.values[TAG_RISCV_STACK_ALIGN])
		fit_add(fit, FIT_ERROR, "another alignment of the stack than the firmware");
	if ((file->flags & EF_RISCV_RVC) && !(firmware->flags & EF_RISCV_RVC))
		fit_add(fit, FIT_ERROR,
			"compressed instructions, which the firmware does not have (-march)");
	if ((file->flags & EF_RISCV_TSO) && !(firmware->flags & EF_RISCV_TSO))
		fit_add(fit, FIT_ERROR,
			"code that relies on total store ordering, which the "
			"firmware's processor does not have (Ztso)");
	if (ours.riscv_arch != NULL && theirs.riscv_arch != NULL &&
	    riscv_lacks(theirs.riscv_arch, isa, firmware_has(firmware), ours.riscv_arch))
		fit_add(fit, FIT_ERROR,
			"instructions that the firmware's processor does not have (-march)");
	if (ours.riscv_arch == NULL)
		fit_add(fit, FIT_WARNING,
			"no build attributes (.riscv.attributes), so that it "
			"does not say which instructions it has");
}

/* ---- all machines ---- */

#define FEATURE_BRANCH_TARGETS 1u /* bit 0 on each machine: BTI, IBT, landing pads */

static void test_features(struct fit *fit, const struct file *file, const struct file *firmware)
{
	if (attributes_features(firmware) & ~attributes_features(file) & FEATURE_BRANCH_TARGETS)
		fit_add(fit, FIT_WARNING,
			file->machine == EM_X86_64
				? "no marks of branch targets, and the firmware has them "
				  "(-fcf-protection)"
				: "no marks of branch targets, and the firmware has them "
				  "(-mbranch-protection)");
}

static void test_xtensa(struct fit *fit, const struct file *file, const struct file *firmware)
{
	char ours = attributes_xtensa_abi(file), theirs = attributes_xtensa_abi(firmware);

	if (ours != 0 && theirs != 0 && ours != theirs)
		fit_add(fit, FIT_ERROR,
			"another calling convention than the firmware's (-mabi: "
			"call0 or windowed)");
}

static void test_stack(struct fit *fit, const struct file *file)
{
	if (file_wants_executable_stack(file))
		fit_add(fit, FIT_WARNING,
			"a request for an executable stack, which is not given: a call of a "
			"nested function by its address will fault");
}

void fit_test(struct fit *fit, const struct file *file, const struct file *firmware,
	      const char *isa)
{
	struct symbol lost;

	*fit = (struct fit){0};
	test_stack(fit, file);
	if (file_lacks_code(file))
		fit_add(fit, FIT_WARNING,
			"functions that are there as bytecode only (-flto), and so are missing: "
			"link with gcc -r instead of ld -r");
	if (file_lacks_relocations(file))
		fit_add(fit, FIT_WARNING,
			"no relocations, which its tables need, and its code surely does: strip it "
			"by --strip-unneeded, not by --strip-all");
	if (file_loses_constructors(file) != NULL)
		fit_add(fit, FIT_WARNING,
			"constructors in a section where nothing runs them: keep .init_array one "
			"of its own in the script of ld -r");
	if (file_loses_common(file, &lost))
		fit_add(fit, FIT_WARNING,
			"common symbols that its linker has made absolute addresses: compile with "
			"-fno-common, or link with ld -r");
	/* Data alone has no calls and no instructions. */
	if (!file_has_section_with(file, SHF_ALLOC | SHF_EXECINSTR))
		return;
	switch (file->machine) {
	case EM_ARM:
		test_arm(fit, file, firmware);
		break;
	case EM_RISCV:
		test_riscv(fit, file, firmware, isa);
		test_features(fit, file, firmware);
		break;
	case EM_XTENSA:
		test_xtensa(fit, file, firmware);
		break;
	default:
		test_features(fit, file, firmware);
		break;
	}
}

char *fit_refusal(struct fit *fit, const struct file *file, const struct file *firmware,
		  const char *isa, enum fit_level level)
{
	const char *mismatch;

	if (file->machine != firmware->machine || file->class != firmware->class)
		return need_text("for %s, and the firmware is for %s",
				 machine_name(file->machine, file->class),
				 machine_name(firmware->machine, firmware->class));
	fit_test(fit, file, firmware, isa);
	mismatch = fit_first(fit, level);
	return mismatch != NULL ? need_text("it has %s", mismatch) : NULL;
}

/* Instructions of a coprocessor 10 or 11, which are the FPU's. Words of data may look like some. */
static bool has_float_instructions(const struct section_header *header)
{
	for (uint64_t at = 0; at + 4 <= header->size;) {
		uint64_t first = file_word(header->bytes + at, 2);

		if (first >> 11 < 0x1d) { /* 16 bits */
			at += 2;
			continue;
		}
		if ((first & 0xec00) == 0xec00 &&
		    (file_word(header->bytes + at + 2, 2) & 0xe00) == 0xa00)
			return true;
		at += 4;
	}
	return false;
}

static bool may_use_fpu(const struct file *file)
{
	struct section_header header;

	for (size_t i = 1; i < file->section_count; i++) {
		if (file_section(file, i, &header) && (header.flags & SHF_EXECINSTR) &&
		    (header.bytes == NULL || has_float_instructions(&header)))
			return true;
	}
	return false;
}

bool fit_same_float_abi(const struct file *file, const struct file *firmware)
{
	struct attributes ours = attributes_read(file), theirs = attributes_read(firmware);

	if (file->machine != firmware->machine)
		return true;
	if (file->machine == EM_RISCV)
		return ((file->flags ^ firmware->flags) & EF_RISCV_FLOAT_ABI) == 0;
	return file->machine != EM_ARM || !float_abi_differs(file, &ours, &theirs);
}

bool fit_whatever_it_is_for(const struct file *file, const struct file *firmware)
{
	/* Then floating-point numbers are in core registers, if there are any. */
	return file->machine == EM_ARM && !attributes_read(file).there &&
	       attributes_read(firmware).values[TAG_VFP_ARGS] == 0 && !may_use_fpu(file);
}

bool fit_wants_most(const struct file *file)
{
	return file->machine == EM_ARM && !attributes_read(file).there && may_use_fpu(file);
}

unsigned int fit_excess(const struct file *file, const struct file *firmware)
{
	struct attributes ours, theirs;

	if (file->machine != EM_ARM)
		return 0;
	ours = attributes_read(file);
	theirs = attributes_read(firmware);
	/* Both only grow, or the file would not fit. */
	return 16 * (rank(theirs.values[TAG_CPU_ARCH]) - rank(ours.values[TAG_CPU_ARCH])) +
	       2 * (float_rank(&theirs) - float_rank(&ours)) +
	       (theirs.values[TAG_MVE_ARCH] > ours.values[TAG_MVE_ARCH]);
}

/* ---- in words ---- */

static const char *arm_architecture(uint64_t arch)
{
	static const char *const names[] = {
		[ARM_V4] = "v4",
		[ARM_V4T] = "v4T",
		[ARM_V5T] = "v5T",
		[ARM_V5TE] = "v5TE",
		[ARM_V5TEJ] = "v5TEJ",
		[ARM_V6] = "v6",
		[ARM_V6KZ] = "v6KZ",
		[ARM_V6T2] = "v6T2",
		[ARM_V6K] = "v6K",
		[ARM_V7] = "v7",
		[ARM_V6_M] = "v6-M",
		[ARM_V6S_M] = "v6S-M",
		[ARM_V7E_M] = "v7E-M",
		[ARM_V8_A] = "v8-A",
		[ARM_V8_R] = "v8-R",
		[ARM_V8_M_BASE] = "v8-M Baseline",
		[ARM_V8_M_MAIN] = "v8-M Mainline",
		[ARM_V8_1_M_MAIN] = "v8.1-M Mainline",
	};

	return arch < sizeof(names) / sizeof(names[0]) && names[arch] != NULL ? names[arch]
									      : "of some kind";
}

static char *describe_arm(const struct file *file, const struct attributes *attributes)
{
	static const char *const units[] = {"no FPU", "FPU of single precision", "FPU"};
	static const char *const enums[] = {"", ", short enums", ", enums of 4 bytes", ""};
	uint64_t profile = attributes->values[TAG_CPU_ARCH_PROFILE];
	uint64_t size = attributes->values[TAG_ENUM_SIZE];
	unsigned int unit = float_rank(attributes);

	return need_text("Arm%s%s, %s, %s%s", arm_architecture(attributes->values[TAG_CPU_ARCH]),
			 attributes->values[TAG_CPU_ARCH] != ARM_V7 ? ""
			 : profile == 'M'                           ? "-M"
			 : profile == 'A'                           ? "-A"
			 : profile == 'R'                           ? "-R"
								    : "",
			 units[unit == 0 ? 0 : 2 - unit % 2],
			 attributes->values[TAG_VFP_ARGS] == 1 ||
					 (file->flags & EF_ARM_ABI_FLOAT_HARD)
				 ? "floating-point arguments in FPU registers"
				 : "floating-point arguments in core registers",
			 size < 4 ? enums[size] : "");
}

char *fit_describe(const struct file *file)
{
	struct attributes attributes = attributes_read(file);
	char abi = attributes_xtensa_abi(file);

	if (file->machine == EM_ARM && attributes.there)
		return describe_arm(file, &attributes);
	if (file->machine == EM_RISCV && attributes.riscv_arch != NULL)
		return need_text("%s", attributes.riscv_arch);
	if (abi != 0)
		return need_text("%s calls", abi == '0' ? "windowed" : "call0");
	return NULL;
}
