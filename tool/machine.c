/* SPDX-License-Identifier: Apache-2.0 */
/* Machines by name, and where things commonly lie on them. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>

const char *elf_type_name(uint16_t type)
{
	switch (type) {
	case ET_REL:
		return "relocatable file";
	case ET_EXEC:
		return "executable";
	case ET_DYN:
		return "shared object";
	case ET_CORE:
		return "core dump";
	default:
		return "unknown type";
	}
}

const char *machine_name(uint16_t machine, unsigned char class)
{
	static const struct {
		uint16_t machine;
		const char *name;
	} others[] = {{EM_386, "x86 (32-bit)"}, {EM_X86_64, "x86-64"},
		      {EM_ARM, "Arm"},          {EM_AARCH64, "AArch64"},
		      {EM_XTENSA, "Xtensa"},    {EM_MIPS, "MIPS"},
		      {EM_PPC, "PowerPC"},      {EM_PPC64, "PowerPC64"},
		      {EM_SPARC, "SPARC"},      {EM_AVR, "AVR"},
		      {EM_ARC, "ARC"},          {EM_68K, "m68k"},
		      {EM_S390, "S/390"},       {EM_MSP430, "MSP430"},
		      {EM_BPF, "BPF"},          {EM_LOONGARCH, "LoongArch"}};

	if (class == ELFCLASS32 && machine == EM_AARCH64)
		return "AArch64 (ILP32)";
	if (class == ELFCLASS32 && machine == EM_X86_64)
		return "x86-64 (x32)";
	if (machine == EM_RISCV)
		return class == ELFCLASS64 ? "RISC-V, 64-bit" : "RISC-V, 32-bit";
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].machine == machine)
			return others[i].name;
	}
	return NULL;
}

struct addresses machine_low_addresses(void)
{
	return (struct addresses){
		.firmware = 0x20000000, .heap = 0x20800000, .heap_bytes = 1 << 20};
}

struct addresses machine_addresses(uint16_t machine, unsigned char class)
{
	const uint64_t heap_bytes = 1 << 20;

	switch (machine) {
	case EM_ARM: /* Cortex-M: code in flash, heap in SRAM */
		return (struct addresses){
			.firmware = 0x08000000, .heap = 0x20000000, .heap_bytes = heap_bytes};
	case EM_RISCV:
		return class == ELFCLASS64 ? (struct addresses){.firmware = 0x80000000,
								.heap = 0x80800000,
								.heap_bytes = heap_bytes}
					   : (struct addresses){.firmware = 0x20000000,
								.heap = 0x80000000,
								.heap_bytes = heap_bytes};
	case EM_AARCH64:
		return (struct addresses){
			.firmware = 0x40000000, .heap = 0x41000000, .heap_bytes = heap_bytes};
	case EM_XTENSA: /* instruction and data buses apart */
		return (struct addresses){.firmware = 0x400d0000,
					  .heap = 0x3ffb0000,
					  .instr_heap = 0x40080000,
					  .heap_bytes = 128 << 10};
	default: /* as tenon run has it */
		return (struct addresses){
			.firmware = 0x00400000, .heap = 0x40000000, .heap_bytes = heap_bytes};
	}
}
