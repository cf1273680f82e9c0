/* SPDX-License-Identifier: Apache-2.0 */
/* How a firmware was compiled, as options for the compiler of its extensions. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>
#include "attributes.h"
#include "kit.h"

/* Must both sides of a call agree on this option? What only tunes or warns is left out. */
static bool matters(const char *option, size_t length)
{
	static const char *const names[] = {
		"-fshort-enums",        "-fno-short-enums", "-fshort-wchar",
		"-fpack-struct",        "-funsigned-char",  "-fsigned-char",
		"-funsigned-bitfields", "-fno-common",      "-ffixed-",
		"-fno-exceptions",      "-fno-rtti"};

	if (strncmp(option, "-m", 2) == 0)
		return strncmp(option, "-mtune", 6) != 0 && strncmp(option, "-masm", 5) != 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (length >= strlen(names[i]) && strncmp(option, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

/* "GNU C11 12.2.1 20221205 -mcpu=cortex-m4 -mthumb -g -Os": the options in it that matter. */
static char *from_producer(const char *producer)
{
	char *flags = NULL;

	for (const char *at = strchr(producer, ' '); at != NULL; at = strchr(at + 1, ' ')) {
		size_t length = strcspn(at + 1, " ");

		if (!matters(at + 1, length))
			continue;
		flags = flags == NULL ? need_text("%.*s", (int)length, at + 1)
				      : need_text("%s %.*s", flags, (int)length, at + 1);
	}
	return flags;
}

/* The flags of a unit of the GNU compiler; NULL: an assembler's, or none that matter. */
static char *from_unit(Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;
	const char *producer = dwarf_attr(unit, DW_AT_producer, &attribute) != NULL
				       ? dwarf_formstring(&attribute)
				       : NULL;

	return producer != NULL && strncmp(producer, "GNU C", 5) == 0 ? from_producer(producer)
								      : NULL;
}

/*
 * Those of the unit that has main(): others may be of libraries that came compiled. Without that
 * unit the firmware itself has no debug information. Where there is no main(), the first will do;
 * and also where a link-time optimiser has written its unit anew.
 */
static char *from_dwarf(const struct file *file)
{
	Dwarf *dwarf = dwarf_begin_elf(file->elf, DWARF_C_READ, NULL);
	char *flags = NULL, *first = NULL;
	struct symbol symbol;
	bool has_main = file_find_symbol(file, "main", &symbol), found = !has_main;
	uint64_t thumb = file->machine == EM_ARM ? 1 : 0;
	uint64_t at = has_main ? symbol.value & ~thumb : 0;
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;

	while (dwarf != NULL && flags == NULL &&
	       dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &unit, NULL) == 0) {
		if (first == NULL)
			first = from_unit(&unit);
		if (has_main && dwarf_haspc(&unit, at) == 1) {
			flags = from_unit(&unit);
			found = true;
		}
	}
	if (flags == NULL && found) {
		flags = first;
		first = NULL;
	}
	free(first);
	if (dwarf != NULL)
		(void)dwarf_end(dwarf);
	return flags;
}

/* ---- from build attributes ---- */

static const char *arm_arch(const struct attributes *attributes)
{
	static const char *const names[] = {
		[ARM_V6_M] = "armv6-m",           [ARM_V6S_M] = "armv6s-m",
		[ARM_V7E_M] = "armv7e-m",         [ARM_V8_M_BASE] = "armv8-m.base",
		[ARM_V8_M_MAIN] = "armv8-m.main", [ARM_V8_1_M_MAIN] = "armv8.1-m.main",
	};
	uint64_t arch = attributes->values[TAG_CPU_ARCH];

	if (arch == ARM_V7)
		return attributes->values[TAG_CPU_ARCH_PROFILE] == 'M' ? "armv7-m" : NULL;
	return arch < sizeof(names) / sizeof(names[0]) ? names[arch] : NULL;
}

/* The name of a unit in -march: by Tag_FP_arch, and for double precision by Tag_ABI_HardFP_use. */
static const char *arm_fpu(const struct attributes *attributes)
{
	bool is_single = attributes->values[TAG_HARD_FP_USE] == 1;

	switch (attributes->values[TAG_FP_ARCH]) {
	case 6: /* VFPv4-D16 */
		return is_single                                       ? "+fp"
		       : attributes->values[TAG_CPU_ARCH] == ARM_V7E_M ? "+fp.dp"
								       : "+fp";
	case 8: /* FPv5-D16 */
		return is_single ? "+fp" : "+fp.dp";
	default:
		return "";
	}
}

static char *from_arm(const struct attributes *attributes)
{
	const char *arch = arm_arch(attributes), *fpu = arm_fpu(attributes);

	if (arch == NULL)
		return NULL;
	return need_text("-mthumb -march=%s%s -mfloat-abi=%s%s", arch, fpu,
			 attributes->values[TAG_VFP_ARGS] == 1 ? "hard"
			 : fpu[0] != '\0'                      ? "softfp"
							       : "soft",
			 attributes->values[TAG_ENUM_SIZE] == 1 ? " -fshort-enums" : "");
}

static char *from_riscv(const struct file *file, const struct attributes *attributes)
{
	static const char *const suffixes[] = {"", "f", "d", "q"};
	struct text {
		char name[256];
	} march = {""};
	char *part;
	size_t length = 0;

	if (attributes->riscv_arch == NULL)
		return NULL;
	/* "rv32i2p0_m2p0_c2p0" as "rv32i_m_c": versions are the compiler's own affair. */
	for (const char *at = attributes->riscv_arch;
	     *at != '\0' && length + 2 < sizeof(march.name); at++) {
		size_t digits = strspn(at, "0123456789");

		if (digits > 0 && at[digits] == 'p' && strspn(at + digits + 1, "0123456789") > 0) {
			at += digits + strspn(at + digits + 1, "0123456789");
			continue;
		}
		march.name[length++] = *at;
	}
	march.name[length] = '\0';
	/* A part of M, which older compilers do not know by a name. */
	part = strstr(march.name, "_zmmul");
	if (part != NULL)
		memmove(part, part + 6, strlen(part + 6) + 1);
	return need_text("-march=%s -mabi=%s%s%s", march.name,
			 file->class == ELFCLASS64 ? "lp64" : "ilp32",
			 suffixes[file->flags >> 1 & 3], /* EF_RISCV_FLOAT_ABI */
			 /* Code for any address; on RV32 the smaller model is that already. */
			 file->class == ELFCLASS64 ? " -mcmodel=medany" : "");
}

static char *from_attributes(const struct file *file)
{
	struct attributes attributes = attributes_read(file);

	switch (file->machine) {
	case EM_ARM:
		return attributes.there ? from_arm(&attributes) : NULL;
	case EM_RISCV:
		return attributes.there ? from_riscv(file, &attributes) : NULL;
	case EM_XTENSA:
		return attributes_xtensa_abi(file) != '0' ? need_text("-mabi=call0") : NULL;
	default: /* one ABI for all */
		return need_text("%s", "");
	}
}

char *kit_flags(const struct file *firmware, const char **from)
{
	char *flags = from_dwarf(firmware);

	*from = "the debug information";
	if (flags == NULL) {
		flags = from_attributes(firmware);
		*from = "the build attributes";
	}
	return flags;
}
