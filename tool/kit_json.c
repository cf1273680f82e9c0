/* SPDX-License-Identifier: Apache-2.0 */
/* kit.json: what a firmware exports, how it is compiled, and what memory it has for extensions. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include "attributes.h"
#include "fit.h"
#include "groups.h"
#include "json.h"
#include "kit.h"
#include "packed.h"

static const struct {
	enum arm_tag tag;
	const char *name;
} arm_tags[] = {
	{TAG_CPU_ARCH, "Tag_CPU_arch"},
	{TAG_CPU_ARCH_PROFILE, "Tag_CPU_arch_profile"},
	{TAG_ARM_ISA_USE, "Tag_ARM_ISA_use"},
	{TAG_FP_ARCH, "Tag_FP_arch"},
	{TAG_PCS_R9_USE, "Tag_ABI_PCS_R9_use"},
	{TAG_PCS_RW_DATA, "Tag_ABI_PCS_RW_data"},
	{TAG_PCS_WCHAR_T, "Tag_ABI_PCS_wchar_t"},
	{TAG_FP_NUMBER_MODEL, "Tag_ABI_FP_number_model"},
	{TAG_ALIGN_NEEDED, "Tag_ABI_align_needed"},
	{TAG_ALIGN_PRESERVED, "Tag_ABI_align_preserved"},
	{TAG_ENUM_SIZE, "Tag_ABI_enum_size"},
	{TAG_HARD_FP_USE, "Tag_ABI_HardFP_use"},
	{TAG_VFP_ARGS, "Tag_ABI_VFP_args"},
	{TAG_FP_16BIT_FORMAT, "Tag_ABI_FP_16bit_format"},
	{TAG_DSP_EXTENSION, "Tag_DSP_extension"},
	{TAG_MVE_ARCH, "Tag_MVE_arch"},
	{TAG_PAC_EXTENSION, "Tag_PAC_extension"},
	{TAG_BTI_EXTENSION, "Tag_BTI_extension"},
	{TAG_BTI_USE, "Tag_BTI_use"},
};

/* What both sides must agree on, as `tenon check` reads it. */
static void add_attributes(const struct file *file, struct json_object *root)
{
	struct json_object *abi = json_child(root, "attributes"), *list, *item;
	const struct attributes found = attributes_read(file);
	uint64_t align = file->machine == EM_RISCV ? found.values[TAG_RISCV_STACK_ALIGN] : 0;
	char *text = fit_describe(file), xtensa_abi = attributes_xtensa_abi(file);

	json_text(abi, "compiled_for", text);
	json_number(abi, "flags", file->flags);
	json_number(abi, "features", attributes_features(file));
	json_text(abi, "riscv_arch", found.riscv_arch);
	json_text(abi, "riscv_has", firmware_has(file));
	json_number_if(abi, "riscv_stack_align", align != 0, align);
	json_text(abi, "xtensa_abi",
		  xtensa_abi == '0'   ? "windowed"
		  : xtensa_abi == '1' ? "call0"
				      : NULL);
	list = json_list(abi, "arm");
	for (size_t i = 0; i < sizeof(arm_tags) / sizeof(arm_tags[0]); i++) {
		uint64_t value = found.values[arm_tags[i].tag];

		if (file->machine != EM_ARM || value == 0)
			continue;
		item = json_item(list);
		json_text(item, "tag", arm_tags[i].name);
		json_number(item, "value", value);
	}
	free(text);
}

/* Both numbers are null where the file does not say where the heap is. */
static void add_heap(struct json_object *memory, const char *key, const struct firmware_heap *heap)
{
	struct json_object *object = json_child(memory, key);

	json_number_if(object, "address", heap->bytes != 0, heap->at);
	json_number_if(object, "bytes", heap->bytes != 0, heap->bytes);
}

static void add_memory(const struct firmware *firmware, struct json_object *root)
{
	struct json_object *memory = json_child(root, "memory");

	add_heap(memory, "heap", &firmware->heap);
	add_heap(memory, "instruction_heap", &firmware->instr_heap);
	json_text(memory, "protection", firmware->protection.name);
	json_number_if(memory, "protection_slots", firmware->protection.unit.slots != 0,
		       firmware->protection.unit.slots);
	json_number_if(memory, "tls_bytes", firmware->has_tls, firmware->tls_bytes);
}

/* Which exports are in which group, and whether the firmware has them. */
static void add_groups(const struct kit *kit, struct json_object *root)
{
	struct json_object *list = json_list(root, "groups"), *item;
	const char *group, *name;
	size_t at = 0;

	while (groups_next(kit->firmware.file, &at, &group, &name)) {
		item = json_item(list);
		json_text(item, "group", group);
		json_text(item, "export", name);
		json_flag(item, "on", builtins_find(&kit->firmware.builtins, name) != NULL);
	}
}

static void add_fingerprint(const struct firmware *firmware, struct json_object *root)
{
	struct packed_names names;
	char fingerprint[17];

	packed_names_of(&names, firmware);
	snprintf(fingerprint, sizeof(fingerprint), "%016llx",
		 (unsigned long long)names.fingerprint);
	free(names.list);
	json_text(root, "fingerprint", fingerprint);
}

char *kit_json(const struct kit *kit)
{
	struct json_object *root = interface_json(&kit->interface);
	char *text;

	json_text(root, "command", "kit");
	json_text(root, "file", kit->name);
	add_fingerprint(&kit->firmware, root);
	json_text(root, "compiler", kit->compiler);
	json_text(root, "flags", kit->flags);
	json_text(root, "board", kit->board);
	add_attributes(&kit->file, root);
	add_memory(&kit->firmware, root);
	add_groups(kit, root);
	text = need_text("%s\n",
			 json_object_to_json_string_ext(
				 root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return text;
}
