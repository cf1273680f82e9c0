/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unwind tables, for exceptions. Optional, see CONFIG_LLEXT_UNWIND: without it they are not
 * loaded, as with a port that has no use for them.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_UNWIND)

/* In a load in steps, a part of a table that the port checks counts as so many items. */
#define RECORD_UNITS 6

bool llext_is_eh_frame(const struct load *ld, const elf_shdr_t *shdr)
{
	return llext_named(ld, shdr, ".eh_frame");
}

void llext_unwind_found(struct load *ld, uint32_t index)
{
	if (ld->layout.unwind == 0)
		ld->layout.unwind = index;
	ld->layout.unwind_bytes += (size_t)ld->headers.shdrs[index].sh_size;
}

int llext_unwind_end(struct load *ld)
{
	size_t unused;

	if (ld->layout.unwind == 0 || is_pre_located(ld))
		return 0;
	return llext_region_append(ld, LLEXT_MEM_RODATA, sizeof(uint32_t), sizeof(uint32_t),
				   &unused);
}

/* The length of a record, or the zero word. */
static uint32_t length_at(const uint8_t *mem)
{
	uint32_t length;

	memcpy(&length, mem, sizeof(length));
	return length;
}

/*
 * An .eh_frame must be followed by a zero word in the extension's memory. If the table ends with
 * one, *@bytes becomes the size without it.
 */
static bool table_ends(const struct load *ld, const struct section *section, size_t *bytes)
{
	size_t room, at = 0;
	const uint8_t *mem = llext_write_address(ld->ext, section->load, &room);
	uint32_t length = 1;

	if (mem == NULL || *bytes < 4)
		return false;
	/* If there is one before that, too, the unwinder stops there. */
	if (room - *bytes >= 4 && length_at(mem + *bytes) == 0)
		return true;
	/* Record by record: the last one may itself end with zeros. */
	while (length != 0 && *bytes - at >= 4) {
		step_point(ld, 1);
		length = length_at(mem + at);
		if (length > *bytes - at - 4)
			break; /* for the port to refuse */
		at += length != 0 ? 4 + (size_t)length : 0;
	}
	if (length == 0)
		*bytes = at;
	return length == 0;
}

static int add(const struct load *ld, const void *table, size_t bytes)
{
	size_t at = 0;
	int rc;

	if (!is_stepped(ld) || llext_port.unwind_add_part == NULL)
		return llext_port.unwind_add(ld->ext, table, bytes);
	for (;;) {
		rc = llext_port.unwind_add_part(ld->ext, table, bytes, &at);
		if (rc <= 0)
			return rc;
		step_point(ld, RECORD_UNITS);
	}
}

int llext_unwind_add(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;
	const struct section *section = &ld->layout.sections[ld->layout.unwind];
	size_t bytes = ld->layout.unwind_bytes;
	int rc;

	if (bytes == 0 || is_pre_located(ld))
		return 0;
	/* The table of the Arm EHABI has a length instead of an end. */
	if (!LLEXT_TARGET_ARM && !table_ends(ld, section, &bytes)) {
		LOG(LLEXT_LOG_WRN, "%s: unwind table has no end, exceptions cannot pass",
		    ld->ext->name);
		return 0;
	}
	rc = add(ld, (const void *)(uintptr_t)section->load, bytes);
	if (rc != 0)
		return llext_fail_section(ld, rc < 0 ? rc : -EIO, ld->layout.unwind,
					  "the port refused the unwind table");
	priv->unwind = (const void *)(uintptr_t)section->load;
	priv->unwind_bytes = bytes;
	return 0;
}

void llext_unwind_remove(struct llext *ext)
{
	struct llext_private *priv = ext->priv;

	if (priv->unwind != NULL)
		llext_port.unwind_remove(ext, priv->unwind, priv->unwind_bytes);
	priv->unwind = NULL;
}

#endif /* CONFIG_LLEXT_UNWIND */
