# SPDX-License-Identifier: Apache-2.0
# The lists of source files, for every build that compiles the library.
get_filename_component(TENON_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

# Where a plain relocatable file passes through, and what every build has.
set(TENON_PLAIN_SOURCES
	arena.c attributes.c attributes_arm.c attributes_riscv.c builtins.c by_address.c count.c dependencies.c elf.c exports.c exports_global.c find_sym.c
	entry.c fill.c heap.c imports.c layout.c lifecycle.c literals.c llext.c load.c loader.c locks.c
	ordinary.c padding.c pcrel_hi.c pieces.c place.c
	reloc_kind.c reloc_table.c reloc_value.c relocate.c restart.c section_headers.c sort.c symbols.c transient.c veneers.c)

# What can be left out, by folder. A file is empty where the configuration is without it.
set(TENON_LINKED_SOURCES linked/executable.c linked/relr.c linked/segments.c)
set(TENON_PACKED_SOURCES packed/crel.c packed/packed.c packed/runs.c)
set(TENON_FAST_SOURCES fast/bound_imports.c fast/common_exports.c fast/common_sections.c fast/fast_arm.c fast/fast_riscv.c fast/labels.c
	fast/sort_names.c fast/symtab_blocks.c fast/symtab_view.c fast/veneers_later.c)
set(TENON_CXX_SOURCES cxx/cxa.c cxx/init_arrays.c cxx/unwind.c)
set(TENON_SETS_SOURCES sets/section_sets.c)
set(TENON_ERRATA_SOURCES errata/erratum_843419.c)
set(TENON_REPORT_SOURCES report/diag.c report/log.c report/suggest.c)
set(TENON_INSPECT_SOURCES inspect/inspect.c inspect/plan.c inspect/section_header.c)
set(TENON_IN_PLACE_SOURCES in_place/in_place.c)
set(TENON_MEMORY_SOURCES memory/dense_heap.c memory/protect.c memory/word_memory.c)
set(TENON_DEBUGGER_SOURCES debugger/crash.c debugger/debugger.c)
set(TENON_ADMIT_SOURCES trust/admit.c)

# What sandboxed extensions need beside the core. Give all of it CONFIG_USERSPACE=1, and take a port
# with user mode.
set(TENON_SANDBOX_SOURCES
	sandbox/add_domain.c sandbox/domain.c sandbox/domain_call.c sandbox/domain_exit.c sandbox/domain_fault.c
	sandbox/domain_heap.c sandbox/domain_reset.c sandbox/resource.c sandbox/sandbox_load.c)
# Instead, for the least: three without what they stand for. See docs/sandbox.md.
set(TENON_SANDBOX_LEAST_SOURCES
	sandbox/domain.c sandbox/domain_call.c sandbox/domain_heap.c sandbox/resource.c sandbox/sandbox_load.c
	sandbox_least/no_join.c sandbox_least/no_names.c sandbox_least/no_reset.c)
set(TENON_TLS_SOURCES tls/tls.c tls/tls_index.c tls/tls_symbols.c tls/tls_threads.c)

# Instead of all those, for CONFIG_LLEXT_SMALL: see docs/porting.md.
set(TENON_SMALL_SOURCES
	builtins.c by_address.c heap.c lifecycle.c llext.c locks.c report/log.c
	small/small_arena.c small/small_elf.c small/small_exports.c small/small_find.c
	small/small_image.c small/small_load.c small/small_relocate.c small/small_symbols.c
	trust/admit.c)
# With these, and a file of arch/. Not with small/small_arm.c, which stands for both.
set(TENON_SMALL_VALUES_SOURCES reloc_value.c small/small_values.c)

# The whole core.
set(TENON_CORE_SOURCES
	${TENON_PLAIN_SOURCES} ${TENON_LINKED_SOURCES} ${TENON_PACKED_SOURCES} ${TENON_FAST_SOURCES}
	${TENON_CXX_SOURCES} ${TENON_SETS_SOURCES} ${TENON_REPORT_SOURCES} ${TENON_INSPECT_SOURCES}
	${TENON_IN_PLACE_SOURCES} ${TENON_MEMORY_SOURCES} ${TENON_DEBUGGER_SOURCES}
	${TENON_ADMIT_SOURCES} ${TENON_TLS_SOURCES} ${TENON_ERRATA_SOURCES})

# What a firmware adds to the core if it wants it.
set(TENON_SHELL_SOURCES shell/console.c shell/more.c shell/shell.c shell/text.c shell/upload.c)
set(TENON_STORE_SOURCES store/store_autoload.c store/store_begin.c store/store_flash.c store/store_install.c
	store/store_levelling.c store/store_list.c store/store_log.c store/store_open.c store/store_space.c
	store/store_state.c store/store_trial.c)

# Exchange of extensions while they are called: docs/swap.md.
set(TENON_SWAP_SOURCES swap/fits.c swap/in_place.c swap/interface.c swap/proxy.c swap/slot.c swap/state.c
	swap/owned.c swap/reference.c swap/swap.c swap/threads.c swap/trial.c swap/unload.c)

# A slot's trials and a store's as one: beside TENON_SWAP_SOURCES and TENON_STORE_SOURCES.
set(TENON_SWAP_STORE_SOURCES swap_store/swap_store.c)

# Versions of the firmware's exports, with CONFIG_LLEXT_ABI_VERSION=1: llext/abi.h.
set(TENON_ABI_SOURCES abi/abi.c)

# A shared object's exports looked up by its own hash table, with CONFIG_LLEXT_LINKED_HASH=1: LLEXT_EXPORTS_HASHED.
set(TENON_LINKED_HASH_SOURCES linked_hash/linked_hash.c linked_hash/linked_labels.c)

# Loads in steps, with CONFIG_LLEXT_STEPS=1: llext/steps.h.
set(TENON_STEPS_SOURCES steps/bounded.c steps/steps.c steps/switch.c)

foreach(part ABI LINKED_HASH SHELL STORE STEPS SWAP SWAP_STORE PLAIN LINKED PACKED FAST CXX SETS ERRATA REPORT INSPECT IN_PLACE MEMORY DEBUGGER ADMIT
	TLS SANDBOX SANDBOX_LEAST SMALL SMALL_VALUES CORE)
	list(TRANSFORM TENON_${part}_SOURCES PREPEND "${TENON_ROOT}/src/")
endforeach()

set(TENON_LOADER_SOURCES
	"${TENON_ROOT}/src/loaders/buf_loader.c"
	"${TENON_ROOT}/src/loaders/fs_loader.c"
	"${TENON_ROOT}/src/loaders/lz4_loader.c"
	"${TENON_ROOT}/src/loaders/xxh32.c")

# For signed extensions, beside CONFIG_LLEXT_TRUST=1: these, and one backend for the cryptography.
set(TENON_TRUST_SOURCES cbor.c decrypt.c envelope.c manifest.c policy.c satisfied.c signed_loader.c)
list(TRANSFORM TENON_TRUST_SOURCES PREPEND "${TENON_ROOT}/src/trust/")
set(TENON_BEARSSL_SOURCES "${TENON_ROOT}/src/trust/bearssl.c"
	"${TENON_ROOT}/src/trust/bearssl_cipher.c")
set(TENON_PSA_SOURCES "${TENON_ROOT}/src/trust/psa.c" "${TENON_ROOT}/src/trust/psa_cipher.c")

set(TENON_PORT_POSIX_SOURCES
	"${TENON_ROOT}/ports/posix/port.c"
	"${TENON_ROOT}/ports/posix/flash_file.c"
	"${TENON_ROOT}/ports/posix/memory.c"
	"${TENON_ROOT}/ports/posix/eh_frame.c")

set(TENON_PORT_POSIX_SANDBOX_SOURCES
	"${TENON_ROOT}/ports/posix/domain.c"
	"${TENON_ROOT}/ports/posix/domain_stub.S")

# ---- for tenon_add_library() ----

# What is off where a folder of src/ is left out.
set(TENON_WITHOUT_linked CONFIG_LLEXT_TYPE_ELF_RELOCATABLE=1)
set(TENON_WITHOUT_packed CONFIG_LLEXT_PACKED=0)
set(TENON_WITHOUT_fast CONFIG_LLEXT_QUICK=0)
set(TENON_WITHOUT_cxx CONFIG_LLEXT_ARRAYS=0 CONFIG_LLEXT_UNWIND=0 CONFIG_LLEXT_EXIT_FUNCTIONS=0)
set(TENON_WITHOUT_report CONFIG_LLEXT_DIAG=0 CONFIG_LLEXT_LOG_LEVEL_NONE=1)
set(TENON_WITHOUT_inspect CONFIG_LLEXT_INSPECT=0)
set(TENON_WITHOUT_in_place CONFIG_LLEXT_IN_PLACE=0)
set(TENON_WITHOUT_memory CONFIG_LLEXT_PROTECT=0 CONFIG_LLEXT_WORD_CODE=0)
set(TENON_WITHOUT_errata CONFIG_LLEXT_ERRATUM_843419=0)
set(TENON_FOLDERS errata linked packed fast cxx report inspect in_place memory)

set(TENON_LOADER_buf loaders/buf_loader.c)
set(TENON_LOADER_fs loaders/fs_loader.c)
set(TENON_LOADER_lz4 loaders/lz4_loader.c loaders/xxh32.c)

# GNU ld: merged into the default linker script by INSERT.
set(TENON_EXPORT_SCRIPT "${TENON_ROOT}/cmake/llext_export.ld")
# Bare metal: the firmware's own script has those lines, or the link fails.
set(TENON_TABLE_REQUIRED "${TENON_ROOT}/cmake/llext_table_required.ld")
# Beside it, for firmware with sandboxed extensions.
set(TENON_USER_SCRIPT "${TENON_ROOT}/cmake/llext_user.ld")
