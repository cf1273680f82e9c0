# SPDX-License-Identifier: Apache-2.0
# What the tests of hostile input share: the core compiled with sanitizers over the test port, and
# fixtures from real compilers.
include(TenonSources)
set(HOSTILE_DIR ${CMAKE_CURRENT_LIST_DIR})
set(HOSTILE_FIXTURES ${CMAKE_BINARY_DIR}/hostile_fixtures)
# What packs fixtures: the command of this build, or another one (tests/mutants), which is not built first.
set(HOSTILE_PACKER "$<TARGET_FILE:tenon_command>" CACHE STRING "What packs the fixtures of hostile tests")
mark_as_advanced(HOSTILE_PACKER)
set(HOSTILE_PACK sh -c "\"$0\" \"$@\" >/dev/null" ${HOSTILE_PACKER} pack)
set(HOSTILE_EXPORTS ${HOSTILE_FIXTURES}/exports.txt)
# The world around a core, beside processor_own.c or processor_other.c; and the library's functions in
# whose place it has some of its own.
set(HOSTILE_WORLD ${HOSTILE_DIR}/faults.c ${HOSTILE_DIR}/heap_wrap.c ${HOSTILE_DIR}/port.c
	${HOSTILE_DIR}/source.c ${HOSTILE_DIR}/world.c)
set(HOSTILE_WRAPS llext_heap_alloc llext_heap_free llext_heap_trim llext_arena_alloc_biased
	llext_arena_alloc_last llext_arena_release llext_arena_stats llext_arena_trim)
list(TRANSFORM HOSTILE_WRAPS PREPEND "-Wl,--wrap=")
# Tests that change one field at a time (tests/hostile): for any machine, and for the host's alone.
set(HOSTILE_PARTS header sections groups symbols relocations loading dynamic fixed packed compact runs tls)
set(HOSTILE_HOST_PARTS legal unwind)
# Variables are each includer's own; targets are made once.
include_guard(GLOBAL)
file(MAKE_DIRECTORY ${HOSTILE_FIXTURES})
find_program(HOSTILE_CLANG NAMES clang clang-14 clang-15 clang-16 REQUIRED)
find_program(HOSTILE_CLANGXX NAMES clang++ clang++-14 clang++-15 clang++-16 REQUIRED)
find_program(HOSTILE_GCC NAMES gcc REQUIRED)
find_program(HOSTILE_GXX NAMES g++ REQUIRED)
find_program(HOSTILE_LLD NAMES ld.lld ld.lld-14 ld.lld-15 ld.lld-16 REQUIRED)
find_program(HOSTILE_LD NAMES ld.bfd ld REQUIRED)

set(HOSTILE_FIXTURE_FILES)

# hostile_fixture(OUTPUT SOURCE COMMAND...): one file made from one source of fixtures/, or from
# other fixtures, by a command in which @OUT@, @SRC@ and @DIR@ are replaced.
macro(hostile_fixture output source)
	set(command ${ARGN})
	list(TRANSFORM command REPLACE "@OUT@" "${HOSTILE_FIXTURES}/${output}")
	list(TRANSFORM command REPLACE "@SRC@" "${HOSTILE_DIR}/fixtures/${source}")
	list(TRANSFORM command REPLACE "@DIR@" "${HOSTILE_FIXTURES}")
	# The command that packs is built first.
	if("$<TARGET_FILE:tenon_command>" IN_LIST command)
		set(depends ${HOSTILE_FIXTURES}/${source} ${HOSTILE_EXPORTS} tenon_command)
	elseif("${HOSTILE_PACKER}" IN_LIST command)
		set(depends ${HOSTILE_FIXTURES}/${source} ${HOSTILE_EXPORTS})
	elseif(EXISTS ${HOSTILE_DIR}/fixtures/${source})
		set(depends ${HOSTILE_DIR}/fixtures/${source} ${TENON_ROOT}/include/llext/symbol.h)
	else()
		set(depends ${HOSTILE_FIXTURES}/${source})
	endif()
	add_custom_command(OUTPUT ${HOSTILE_FIXTURES}/${output} COMMAND ${command}
		DEPENDS ${depends} VERBATIM)
	list(APPEND HOSTILE_FIXTURE_FILES ${HOSTILE_FIXTURES}/${output})
endmacro()

set(plain -DLL_EXTENSION_BUILD -I${TENON_ROOT}/include -Os -g0 -fno-ident -ffreestanding
	-fno-stack-protector -fcf-protection=none)
set(flat ${plain} -fno-asynchronous-unwind-tables)
set(small_pages -z max-page-size=64 -z common-page-size=64 -z noexecstack)
set(gcc ${HOSTILE_GCC} ${flat})
set(clang ${HOSTILE_CLANG} --target=x86_64-linux-gnu ${flat})

hostile_fixture(resident.o resident.c ${gcc} -fPIE -c @SRC@ -o @OUT@)
hostile_fixture(everything.o everything.c ${gcc} -fPIE -fcommon -c @SRC@ -o @OUT@)
hostile_fixture(plain.o plain.c ${gcc} -fPIE -c @SRC@ -o @OUT@)
hostile_fixture(objects.o objects.cpp ${HOSTILE_GXX} ${plain} -fPIE -c @SRC@ -o @OUT@)
hostile_fixture(assembled.o assembled.S ${HOSTILE_GCC} -c @SRC@ -o @OUT@)
hostile_fixture(clang.o everything.c ${clang} -fPIE -ffunction-sections -fdata-sections
	-c @SRC@ -o @OUT@)
hostile_fixture(shared_gcc.o shared.c ${HOSTILE_GCC} ${plain} -fPIC -c @SRC@ -o @OUT@)
hostile_fixture(shared_clang.o shared.c ${clang} -fPIC -c @SRC@ -o @OUT@)
hostile_fixture(shared.so shared_gcc.o ${HOSTILE_LD} -shared -s ${small_pages} -z relro
	--hash-style=gnu -o @OUT@ @DIR@/shared_gcc.o)
hostile_fixture(relr.so shared_clang.o ${HOSTILE_LLD} -shared -s ${small_pages}
	--pack-dyn-relocs=relr -o @OUT@ @DIR@/shared_clang.o)
hostile_fixture(pages.so shared_gcc.o ${HOSTILE_LD} -shared -z max-page-size=4096
	-z separate-code -o @OUT@ @DIR@/shared_gcc.o)
# Code and constants share a segment, and data begins right behind it, in the same page.
hostile_fixture(crowded.so shared_gcc.o ${HOSTILE_LD} -shared ${small_pages} -z noseparate-code -z relro
	-o @OUT@ @DIR@/shared_gcc.o)
hostile_fixture(relr_pages.so shared_clang.o ${HOSTILE_LLD} -shared -z max-page-size=4096
	-z separate-code --pack-dyn-relocs=relr -o @OUT@ @DIR@/shared_clang.o)
hostile_fixture(pointers.o pointers.c ${gcc} -fPIE -c @SRC@ -o @OUT@)
hostile_fixture(pointers_relr.so pointers.o ${HOSTILE_LLD} -shared -z max-page-size=4096
	-z separate-code --pack-dyn-relocs=relr -o @OUT@ @DIR@/pointers.o)
hostile_fixture(tls.o tls.c ${gcc} -fPIE -c @SRC@ -o @OUT@)
hostile_fixture(tls_dynamic.o tls.c ${HOSTILE_GCC} ${flat} -fPIC -c @SRC@ -o @OUT@)
hostile_fixture(tls_descriptors.o tls.c ${HOSTILE_GCC} ${flat} -fPIC -mtls-dialect=gnu2 -c @SRC@
	-o @OUT@)
hostile_fixture(tls.so tls_descriptors.o ${HOSTILE_LD} -shared -s ${small_pages} -z relro
	--hash-style=gnu -o @OUT@ @DIR@/tls_descriptors.o)
hostile_fixture(tls_pages.so tls_descriptors.o ${HOSTILE_LD} -shared -z max-page-size=4096
	-z separate-code -o @OUT@ @DIR@/tls_descriptors.o)
hostile_fixture(crowded_tls.so tls_descriptors.o ${HOSTILE_LD} -shared ${small_pages} -z noseparate-code
	-o @OUT@ @DIR@/tls_descriptors.o)
# In the window of port.c.
hostile_fixture(fixed_gcc.o fixed.c ${gcc} -fno-pic -c @SRC@ -o @OUT@)
set(at ${HOSTILE_LD} -static -e 0 -Ttext-segment=0x32000000 -z separate-code -z relro)
hostile_fixture(fixed.elf fixed_gcc.o ${at} ${small_pages} -o @OUT@ @DIR@/fixed_gcc.o)
hostile_fixture(fixed_pages.elf fixed_gcc.o ${at} -z max-page-size=4096 -o @OUT@
	@DIR@/fixed_gcc.o)
include(${CMAKE_CURRENT_LIST_DIR}/more_fixtures.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/packed_fixtures.cmake)
add_custom_target(hostile_fixtures DEPENDS ${HOSTILE_FIXTURE_FILES})

# hostile_machine_core(NAME GRANULE ARCH PROCESSOR FIXTURES COMPILE_OPTIONS...): the library for a machine (a file
# of src/arch) and the world around it as objects. PROCESSOR: `own` where the machine is the one that
# the test runs on, `other` elsewhere.
function(hostile_machine_core name granule arch processor fixtures)
	add_library(${name} OBJECT ${TENON_CORE_SOURCES} ${TENON_LOADER_SOURCES}
		${TENON_ROOT}/src/arch/${arch} ${TENON_PORT_POSIX_SOURCES}
		${HOSTILE_WORLD} ${HOSTILE_DIR}/processor_${processor}.c ${HOSTILE_DIR}/image.c)
	# The port under test is called by the test port.
	set_source_files_properties(${TENON_ROOT}/ports/posix/port.c TARGET_DIRECTORY ${name}
		PROPERTIES COMPILE_DEFINITIONS llext_port=llext_posix_port)
	target_include_directories(${name} PUBLIC ${TENON_ROOT}/include ${TENON_ROOT}/ports/posix
		${TENON_ROOT}/src ${HOSTILE_DIR})
	target_compile_definitions(${name} PUBLIC CONFIG_LLEXT_LOG_LEVEL_NONE=1
		TEST_GRANULE=${granule} FIXTURES="${fixtures}")
	target_compile_options(${name} PRIVATE ${TEST_SANITIZED_LIBRARY_OPTIONS} ${ARGN}
		INTERFACE -O1 -g -fno-omit-frame-pointer -Wall -Wextra ${ARGN})
	target_link_options(${name} PUBLIC ${ARGN} ${HOSTILE_WRAPS} LINKER:-T,${TENON_EXPORT_SCRIPT})
	target_link_libraries(${name} PUBLIC Threads::Threads)
	tenon_count_lines(${name})
endfunction()

# hostile_exhaustive(NAME PROGRAM FIXTURES...): a test of tests/hostile/exhaustive.c, and a part of
# `make soak-hostile` that leaves no value out.
function(hostile_exhaustive name program)
	add_test(NAME ${name} COMMAND ${program} --fourth ${ARGN})
	set_tests_properties(${name} PROPERTIES TIMEOUT 900)
	add_custom_target(soak-${name} COMMAND ${program} ${ARGN} VERBATIM)
	if(NOT TARGET soak-hostile)
		add_custom_target(soak-hostile)
	endif()
	add_dependencies(soak-hostile soak-${name})
endfunction()

# hostile_core(NAME GRANULE COMPILE_OPTIONS...): for the machine that the test runs on.
function(hostile_core name granule)
	hostile_machine_core(${name} ${granule} x86.c own ${HOSTILE_FIXTURES} ${ARGN})
	add_dependencies(${name} hostile_fixtures)
endfunction()

hostile_core(hostile_small 64 ${TEST_SANITIZE})
hostile_core(hostile_pages 4096 ${TEST_SANITIZE})
