# SPDX-License-Identifier: Apache-2.0
# For bench/board: the firmware with another loader in it, peer-1000.elf. PEER is the folder that this
# loader and its adapter are in. Its peer.cmake sets, relative to that folder:
#   PEER_SOURCES          the loader as it is; the size of its code is measured
#   PEER_ADAPTER_SOURCES  what defines the functions of peer.h, and what the loader's system has
#   PEER_INCLUDE_DIRS, PEER_DEFINITIONS, PEER_OPTIONS
#                         what both are compiled with
set(PEER_SOURCES)
set(PEER_ADAPTER_SOURCES)
set(PEER_INCLUDE_DIRS)
set(PEER_DEFINITIONS)
set(PEER_OPTIONS)
include(${PEER}/peer.cmake)
foreach(part PEER_SOURCES PEER_ADAPTER_SOURCES PEER_INCLUDE_DIRS)
	set(paths)
	foreach(path IN LISTS ${part})
		cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${PEER})
		list(APPEND paths ${path})
	endforeach()
	set(${part} ${paths})
endforeach()

# A peer may have no veneers: then its modules call far functions by their addresses.
if(BOARD_FAMILY STREQUAL cortex-m)
	module(hello-long hello.c)
	llext_compile_options(hello-long -mlong-calls)
endif()

add_library(peer_loader OBJECT EXCLUDE_FROM_ALL ${PEER_SOURCES})
add_library(peer_adapter OBJECT EXCLUDE_FROM_ALL ${PEER_ADAPTER_SOURCES})
foreach(part peer_loader peer_adapter)
	target_include_directories(${part} PRIVATE ${PEER_INCLUDE_DIRS} ${root}/bench/peer)
	target_compile_definitions(${part} PRIVATE ${PEER_DEFINITIONS})
	target_compile_options(${part} PRIVATE -ffunction-sections -fdata-sections ${PEER_OPTIONS})
endforeach()

# The parts of the firmware that know nothing of the library. Its headers have the export lists.
set(peer_parts ${root}/bench/peer/firmware.c ${root}/bench/peer/heap.c measure.c memory.c
	${programs}/system.c ${root}/exports/libc.c ${root}/exports/libgcc.c ${root}/exports/libm.c)
add_library(peer_parts OBJECT EXCLUDE_FROM_ALL ${peer_parts})
target_link_libraries(peer_parts PRIVATE board)
target_include_directories(peer_parts PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${root}/bench/peer
	${TENON_BOARD_INCLUDE_DIRS})
target_compile_definitions(peer_parts PRIVATE ${groups})
target_compile_options(peer_parts PRIVATE -Wall -Wextra)

add_custom_command(OUTPUT peer-exports.c
	COMMAND ${generate} exports 1000 peer-exports.c $<TARGET_OBJECTS:peer_parts>
	DEPENDS peer_parts $<TARGET_OBJECTS:peer_parts> ${root}/bench/generate
	COMMAND_EXPAND_LISTS VERBATIM)
board_add_firmware(peer-1000 ${CMAKE_CURRENT_BINARY_DIR}/peer-exports.c
	$<TARGET_OBJECTS:peer_parts> $<TARGET_OBJECTS:peer_loader> $<TARGET_OBJECTS:peer_adapter>)
target_include_directories(peer-1000 PRIVATE ${TENON_BOARD_INCLUDE_DIRS})
target_link_libraries(peer-1000 PRIVATE m)
set_target_properties(peer-1000 PROPERTIES EXCLUDE_FROM_ALL TRUE)
# For the measure of the loader's size, which links it by itself.
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/compiler.txt ${CMAKE_C_COMPILER})
