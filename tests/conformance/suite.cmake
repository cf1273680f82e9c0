# SPDX-License-Identifier: Apache-2.0
# The conformance suite's sources and extensions, the same for the host and for boards.
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/Extension.cmake)

set(CONFORMANCE_DIR ${CMAKE_CURRENT_LIST_DIR})
set(CONFORMANCE_SOURCES cases.c common.c firmware.c load.c lifecycle.c symbols.c dependencies.c
	heap.c inspect.c diag.c storage.c shared.c fixed.c packed.c thread_local.c)
list(TRANSFORM CONFORMANCE_SOURCES PREPEND ${CONFORMANCE_DIR}/)

macro(conformance_fixture name)
	cmake_parse_arguments(FIXTURE "" "" "SOURCES" ${ARGN})
	test_extension(file ${name} ${FIXTURE_UNPARSED_ARGUMENTS}
		SOURCES ${CONFORMANCE_DIR}/extensions/${FIXTURE_SOURCES})
	list(APPEND fixtures ${name}=${file})
endmacro()

# Packed from another fixture by TENON_COMMAND, which TENON_COMMAND_DEPENDS builds.
macro(conformance_packed name from)
	set(file ${CMAKE_CURRENT_BINARY_DIR}/extensions/${name}.llext)
	set(plain ${CMAKE_CURRENT_BINARY_DIR}/extensions/${from}.llext)
	add_custom_command(OUTPUT ${file}
		COMMAND sh -c "\"$0\" \"$@\" >/dev/null" ${TENON_COMMAND} pack ${plain}
			-o ${file} ${ARGN}
		DEPENDS ${plain} ${TENON_COMMAND_DEPENDS} VERBATIM)
	list(APPEND fixtures ${name}=${file})
endmacro()

# conformance_suite(FLAGS ... [PLACED_FLAGS ...] [NO_CTORS]
#                   [NO_SHARED | SHARED_FLAGS ... [SHARED_COMPILER cc] [SHARED_LINK_FLAGS ...]
#                                SMALL_PAGES ...]
#                   [NO_FIXED | FIXED_FLAGS ... FIXED_CODE address [FIXED_DATA address]
#                               FIXED_PAGE bytes])
# Compiles the extensions with these flags of the compiler. PLACED_FLAGS make it emit code that
# needs no GOT, SHARED_FLAGS (all flags, not those on top of FLAGS) position-independent code.
# SMALL_PAGES make the linker put data right behind code and constants, which have one segment.
# FIXED_FLAGS are all flags for executables, which are linked for FIXED_CODE, or their constants and
# data for FIXED_DATA, with segments that are apart by FIXED_PAGE.
# OTHER_FLOAT_FLAGS are all flags for another floating-point calling convention than the firmware's.
# LATER_FPU_FLAGS are all flags for an FPU of version 5, whatever the firmware's is.
# RWPI_FLAGS make Arm code that has its GOT's address in r9.
# NO_CTORS: the compiler puts constructors into .ctors itself, so the source must not.
# Sets conformance_fixtures to the source with the extensions.
function(conformance_suite)
	cmake_parse_arguments(SUITE "NO_SHARED;NO_FIXED;NO_CTORS"
		"SHARED_COMPILER;FIXED_CODE;FIXED_DATA;FIXED_PAGE"
		"FLAGS;PLACED_FLAGS;SHARED_FLAGS;SHARED_LINK_FLAGS;SMALL_PAGES;FIXED_FLAGS;OTHER_FLOAT_FLAGS;LATER_FPU_FLAGS;RWPI_FLAGS" ${ARGN})
	set(flags ${SUITE_FLAGS})
	set(bare ${flags} -fno-asynchronous-unwind-tables)
	set(fixtures)
	set(order ${flags})
	if(SUITE_NO_CTORS)
		list(APPEND order -DNO_CTORS)
	endif()

	foreach(name basic bad_init weak missing unused shadow twice sections many empty)
		conformance_fixture(${name} KIND object SOURCES ${name}.c FLAGS ${flags})
	endforeach()
	conformance_fixture(order KIND object SOURCES order.c FLAGS ${order})
	conformance_fixture(basic_pic KIND object SOURCES basic.c FLAGS ${flags} -fpic)
	conformance_fixture(common KIND object SOURCES common.c FLAGS ${flags} -fcommon)
	conformance_fixture(thread_local KIND object SOURCES thread_local.c
		FLAGS ${flags} -ftls-model=initial-exec)
	conformance_fixture(thread_local_pic KIND object SOURCES thread_local.c FLAGS ${flags} -fpic)
	conformance_packed(packed_thread_local thread_local)
	conformance_fixture(constant KIND object SOURCES constant.c FLAGS ${bare})
	conformance_fixture(writable KIND object SOURCES writable.c FLAGS ${bare})
	# No GOT entries: the loader has no room to put them.
	conformance_fixture(placed KIND object SOURCES placed.c FLAGS ${bare} ${SUITE_PLACED_FLAGS})
	conformance_fixture(chain_a KIND object SOURCES chain.c FLAGS ${flags} -DTHIS=a -DNEXT=b)
	conformance_fixture(chain_b KIND object SOURCES chain.c FLAGS ${flags} -DTHIS=b -DNEXT=c)
	conformance_fixture(chain_c KIND object SOURCES chain.c FLAGS ${flags} -DTHIS=c)
	foreach(n RANGE 9)
		conformance_fixture(chain_${n} KIND object SOURCES chain.c FLAGS ${flags} -DTHIS=${n})
	endforeach()

	# The table of exports that packed.c sets.
	set(names ${CMAKE_CURRENT_BINARY_DIR}/bound_to.txt)
	file(CONFIGURE OUTPUT ${names} CONTENT "firmware_add\nfirmware_variable\nnote\n")
	foreach(name basic basic_pic constant)
		conformance_packed(packed_${name} ${name})
	endforeach()
	conformance_packed(bound_basic basic --bind ${names})
	conformance_packed(compact_basic basic --format 1)

	if(SUITE_NO_SHARED)
		set_source_files_properties(${CONFORMANCE_DIR}/shared.c ${CONFORMANCE_DIR}/thread_local.c
			PROPERTIES COMPILE_DEFINITIONS CONFORMANCE_NO_SHARED)
	else()
		set(shared KIND shared COMPILER ${SUITE_SHARED_COMPILER}
			LINK_FLAGS ${SUITE_SHARED_LINK_FLAGS} FLAGS ${SUITE_SHARED_FLAGS})
		conformance_fixture(basic_shared ${shared} SOURCES basic.c)
		conformance_fixture(crowded_shared ${shared} ${SUITE_SMALL_PAGES} SOURCES basic.c)
		conformance_fixture(thread_local_shared ${shared} SOURCES thread_local.c)
		conformance_fixture(order_shared ${shared} -DSHARED SOURCES order.c)
	endif()

	if(SUITE_NO_FIXED)
		set_source_files_properties(${CONFORMANCE_DIR}/fixed.c PROPERTIES
			COMPILE_DEFINITIONS CONFORMANCE_NO_FIXED)
	else()
		set(fixed KIND executable FLAGS ${SUITE_FIXED_FLAGS} -fno-asynchronous-unwind-tables)
		set(place -Wl,-e,0,--build-id=none,-z,max-page-size=${SUITE_FIXED_PAGE}
			-Wl,--defsym=fixed_page=${SUITE_FIXED_PAGE},--defsym=fixed_code=${SUITE_FIXED_CODE})
		if(SUITE_FIXED_DATA)
			set_source_files_properties(${CONFORMANCE_DIR}/fixed.c PROPERTIES
				COMPILE_DEFINITIONS CONFORMANCE_FIXED_APART)
			list(APPEND place -Wl,--defsym=fixed_data=${SUITE_FIXED_DATA})
			conformance_fixture(fixed_mixed ${fixed} SOURCES fixed.c LINK_FLAGS ${place}
				-Wl,-T,${CONFORMANCE_DIR}/fixed_mixed.ld)
		endif()
		# The script asks which symbols are defined, so it is the last.
		list(APPEND place -Wl,-T,${CONFORMANCE_DIR}/fixed.ld)
		conformance_fixture(fixed ${fixed} SOURCES fixed.c LINK_FLAGS ${place})
		# With its relocations, which are done already, and undefined symbols, else left out.
		list(APPEND place -Wl,--emit-relocs)
		conformance_fixture(fixed_plain ${fixed} SOURCES fixed_plain.c LINK_FLAGS ${place})
		conformance_fixture(fixed_missing ${fixed} SOURCES fixed_missing.c
			LINK_FLAGS ${place} -Wl,--unresolved-symbols=ignore-all)
	endif()
	if(SUITE_OTHER_FLOAT_FLAGS)
		set_property(SOURCE ${CONFORMANCE_DIR}/load.c APPEND PROPERTY
			COMPILE_DEFINITIONS CONFORMANCE_OTHER_FLOAT)
		conformance_fixture(other_float KIND object SOURCES fixed_plain.c
			FLAGS ${SUITE_OTHER_FLOAT_FLAGS})
	endif()
	if(SUITE_LATER_FPU_FLAGS)
		set_property(SOURCE ${CONFORMANCE_DIR}/load.c APPEND PROPERTY
			COMPILE_DEFINITIONS CONFORMANCE_LATER_FPU)
		conformance_fixture(later_fpu KIND object SOURCES later_fpu.c FLAGS ${SUITE_LATER_FPU_FLAGS})
	endif()
	if(SUITE_RWPI_FLAGS)
		set_property(SOURCE ${CONFORMANCE_DIR}/load.c APPEND PROPERTY
			COMPILE_DEFINITIONS CONFORMANCE_RWPI)
		conformance_fixture(rwpi KIND object SOURCES rwpi.c FLAGS ${SUITE_RWPI_FLAGS})
	endif()
	test_embed(conformance_fixtures ${fixtures})
	set(conformance_fixtures ${conformance_fixtures} PARENT_SCOPE)
endfunction()
