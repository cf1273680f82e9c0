/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a file from a firmware before a load: machine, parts of the library, addresses. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <gelf.h>
#include <string.h>
#include "check.h"
#include "packed.h"

/* Is it for the firmware's machine, ABI and processor? If not, say why. */
static bool fits(const struct check *check, struct checked *checked)
{
	if (desk_core_for(&checked->file, &checked->reason) != NULL)
		checked->reason = fit_refusal(&checked->fit, &checked->file, &check->firmware_file,
					      check->isa, check->strict ? FIT_WARNING : FIT_ERROR);
	return checked->reason == NULL;
}

static bool overlap(const struct section_header *a, const struct section_header *b)
{
	return a->size != 0 && b->size != 0 && a->addr <= b->addr + (b->size - 1) &&
	       b->addr <= a->addr + (a->size - 1);
}

/* An executable must not lie where the firmware does; if it does, say which parts. */
static bool beside_firmware(const struct check *check, struct checked *checked)
{
	const struct file *file = &checked->file, *firmware = &check->firmware_file;
	struct section_header ours, theirs;

	if (file->type != ET_EXEC || firmware->type != ET_EXEC)
		return true;
	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &ours) || !(ours.flags & SHF_ALLOC))
			continue;
		for (size_t j = 1; j < firmware->section_count; j++) {
			if (!file_section(firmware, j, &theirs) || !(theirs.flags & SHF_ALLOC) ||
			    !overlap(&ours, &theirs))
				continue;
			checked->reason = need_text(
				"it is an executable, made without -c, -r or -shared, and "
				"its %s, at 0x%llx, lies where the firmware has %s",
				ours.name, (unsigned long long)ours.addr, theirs.name);
			return false;
		}
	}
	return true;
}

bool check_next_range(const struct file *file, size_t *at, uint64_t *first, uint64_t *last)
{
	size_t count;
	GElf_Phdr phdr;

	if (file->type != ET_EXEC || elf_getphdrnum(file->elf, &count) != 0)
		return false;
	while (*at < count) {
		if (gelf_getphdr(file->elf, (int)(*at)++, &phdr) == NULL ||
		    phdr.p_type != PT_LOAD || phdr.p_memsz == 0)
			continue;
		*first = phdr.p_vaddr;
		*last = phdr.p_vaddr + (phdr.p_memsz - 1);
		return true;
	}
	return false;
}

/* It takes its addresses of the firmware, and here it is known that this gives none. */
static bool has_addresses(const struct check *check, struct checked *checked)
{
	if (checked->file.type == ET_EXEC && check->firmware.no_windows)
		checked->reason =
			need_text("the port does not give the addresses: the firmware calls no "
				  "llext_mcu_add_window()");
	return checked->reason == NULL;
}

static bool uses_thread_local(const struct file *file)
{
	size_t table = file_symbol_table(file, false);
	struct symbol symbol;

	for (size_t i = 0; file_next_symbol(file, table, &i, &symbol);) {
		if (symbol.type == STT_TLS)
			return true;
	}
	return file_has_section_with(file, SHF_ALLOC | SHF_TLS);
}

/* The desk has all of the library; a firmware has what its configuration says. */
static bool has_parts(const struct check *check, struct checked *checked)
{
	static const char *const missing[LIBRARY_PARTS] = {
		[PART_SHARED_OBJECTS] = "shared objects: CONFIG_LLEXT_TYPE_ELF_SHAREDLIB is off",
		[PART_EXECUTABLES] = "executables: CONFIG_LLEXT_TYPE_ELF_EXECUTABLE is off",
		[PART_PACKED_FILES] = "packed files: CONFIG_LLEXT_PACKED is off",
		[PART_THREAD_LOCALS] = "thread-local variables: CONFIG_LLEXT_TLS is off",
	};
	const struct file *file = &checked->file;
	struct packed_note note;
	const bool needed[LIBRARY_PARTS] = {
		[PART_SHARED_OBJECTS] = file->type == ET_DYN,
		[PART_EXECUTABLES] = file->type == ET_EXEC,
		[PART_PACKED_FILES] = packed_note_read(file, &note),
		[PART_THREAD_LOCALS] = uses_thread_local(file),
	};

	for (size_t i = 0; i < LIBRARY_PARTS && checked->reason == NULL; i++) {
		if (needed[i] && check->firmware.lacks[i])
			checked->reason = need_text("the firmware takes no %s", missing[i]);
	}
	return checked->reason == NULL;
}

bool check_fits(const struct check *check, struct checked *checked)
{
	return fits(check, checked) && has_parts(check, checked) &&
	       beside_firmware(check, checked) && has_addresses(check, checked);
}
