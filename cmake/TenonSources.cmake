# SPDX-License-Identifier: Apache-2.0
# The lists of source files, for every build that compiles the library.
get_filename_component(TENON_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

set(TENON_CORE_SOURCES
	arena.c arrays.c attributes.c builtins.c code.c count.c crel.c cxa.c dependencies.c diag.c elf.c exports.c
	exports_global.c find_sym.c fixed.c heap.c in_place.c inspect.c labels.c layout.c lifecycle.c llext.c load.c loader.c log.c packed.c padding.c place.c plan.c protect.c quick.c quick_rela.c reloc_table.c relr.c seen.c
	relocate.c segments.c sort.c suggest.c symbols.c unwind.c veneers.c debugger/debugger.c)
list(TRANSFORM TENON_CORE_SOURCES PREPEND "${TENON_ROOT}/src/")

# Instead of those, for CONFIG_LLEXT_SMALL: see docs/porting.md.
set(TENON_SMALL_SOURCES
	arena.c builtins.c find_sym.c heap.c lifecycle.c llext.c log.c sort.c small/elf.c small/load.c
	small/relocate.c small/symbols.c)
list(TRANSFORM TENON_SMALL_SOURCES PREPEND "${TENON_ROOT}/src/")

set(TENON_LOADER_SOURCES
	"${TENON_ROOT}/src/loaders/buf_loader.c"
	"${TENON_ROOT}/src/loaders/fs_loader.c"
	"${TENON_ROOT}/src/loaders/lz4_loader.c"
	"${TENON_ROOT}/src/loaders/xxh32.c")

set(TENON_PORT_POSIX_SOURCES
	"${TENON_ROOT}/ports/posix/port.c"
	"${TENON_ROOT}/ports/posix/memory.c"
	"${TENON_ROOT}/ports/posix/eh_frame.c")

# GNU ld: merged into the default linker script by INSERT.
set(TENON_EXPORT_SCRIPT "${TENON_ROOT}/cmake/llext_export.ld")
