# SPDX-License-Identifier: Apache-2.0
# The conformance suite's sources and extensions, the same for the host and for boards.
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/Extension.cmake)

set(CONFORMANCE_DIR ${CMAKE_CURRENT_LIST_DIR})
set(CONFORMANCE_SOURCES cases.c common.c firmware.c load.c lifecycle.c symbols.c dependencies.c
	heap.c inspect.c diag.c storage.c shared.c packed.c)
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
#                   [NO_SHARED | SHARED_FLAGS ... [SHARED_COMPILER cc] [SHARED_LINK_FLAGS ...]])
# Compiles the extensions with these flags of the compiler. PLACED_FLAGS make it emit code that
# needs no GOT, SHARED_FLAGS (all flags, not those on top of FLAGS) position-independent code.
# NO_CTORS: the compiler puts constructors into .ctors itself, so the source must not.
# Sets conformance_fixtures to the source with the extensions.
function(conformance_suite)
	cmake_parse_arguments(SUITE "NO_SHARED;NO_CTORS" "SHARED_COMPILER"
		"FLAGS;PLACED_FLAGS;SHARED_FLAGS;SHARED_LINK_FLAGS" ${ARGN})
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

	if(SUITE_NO_SHARED)
		set_source_files_properties(${CONFORMANCE_DIR}/shared.c PROPERTIES
			COMPILE_DEFINITIONS CONFORMANCE_NO_SHARED)
	else()
		set(shared KIND shared COMPILER ${SUITE_SHARED_COMPILER}
			LINK_FLAGS ${SUITE_SHARED_LINK_FLAGS} FLAGS ${SUITE_SHARED_FLAGS})
		conformance_fixture(basic_shared ${shared} SOURCES basic.c)
		conformance_fixture(order_shared ${shared} -DSHARED SOURCES order.c)
	endif()
	test_embed(conformance_fixtures ${fixtures})
	set(conformance_fixtures ${conformance_fixtures} PARENT_SCOPE)
endfunction()
