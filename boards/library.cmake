# SPDX-License-Identifier: Apache-2.0
# For a project that is built with a board's toolchain file: what the library is made of there, and
# board_add_library(), below.
#   TENON_BOARD_PORT          the port's name
#   TENON_BOARD_PORT_SOURCES  its files
#   TENON_BOARD_MPU_SOURCE    the one of them that drives the protection unit
#   TENON_BOARD_ARCH_SOURCE   the machine's file in src/arch
#   TENON_BOARD_SOURCES       the core, both of these, the loader of buffers
#   TENON_BOARD_INCLUDE_DIRS  where the public headers are, the port's among them
#   TENON_BOARD_PROCESSOR     the definitions that say what the processor is
#   TENON_BOARD_DEFINITIONS   what they are compiled with beside the project's own
#   TENON_BOARD_OPTIONS       and the options, the same in every project: a compiler cache then knows
#                             what another one has compiled
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/TenonPorts.cmake)
list(APPEND CMAKE_MODULE_PATH ${TENON_ROOT}/cmake)
set(CMAKE_C_STANDARD 11)
set(TENON_BOARD_OPTIONS -Os -ffunction-sections -fdata-sections -Wall -Wextra -Wshadow -Wconversion -Werror)
if(CMAKE_BUILD_TYPE STREQUAL MinSizeRel) # which has it already
	list(REMOVE_ITEM TENON_BOARD_OPTIONS -Os)
endif()
set(port_cortex-m cortex_m)
set(port_riscv riscv_m)
set(port_aarch64 aarch64)
set(port_xtensa xtensa_lx106)
set(TENON_BOARD_PORT ${port_${BOARD_FAMILY}})
set(TENON_BOARD_PORT_SOURCES ${TENON_PORT_${TENON_BOARD_PORT}_SOURCES})
set(TENON_BOARD_MPU_SOURCE ${TENON_PORT_${TENON_BOARD_PORT}_MPU_SOURCE})
set(TENON_BOARD_ARCH_SOURCE ${TENON_ROOT}/src/arch/${TENON_PORT_${TENON_BOARD_PORT}_ARCH}.c)
set(TENON_BOARD_SOURCES ${TENON_CORE_SOURCES} ${TENON_BOARD_ARCH_SOURCE}
	${TENON_ROOT}/src/loaders/buf_loader.c ${TENON_BOARD_PORT_SOURCES})
set(TENON_BOARD_INCLUDE_DIRS ${TENON_ROOT}/include
	${TENON_PORT_${TENON_BOARD_PORT}_INCLUDE_DIRS})
# Of the one thread, for thread-local variables of extensions. Xtensa's compiler emulates them.
if(BOARD_FAMILY STREQUAL xtensa)
	set(TENON_BOARD_TLS)
elseif(BOARD STREQUAL microbit)
	set(TENON_BOARD_TLS CONFIG_LLEXT_TLS_BYTES=128)
else()
	set(TENON_BOARD_TLS CONFIG_LLEXT_TLS_BYTES=1024 CONFIG_LLEXT_TLS_ALIGN=64)
endif()
# What compilers do not say of the processor
set(TENON_BOARD_PROCESSOR)
if("${CMAKE_C_FLAGS}" MATCHES "-mfpu=fpv4")
	set(TENON_BOARD_PROCESSOR CONFIG_LLEXT_ARM_FPV4=1)
endif()
set(TENON_BOARD_DEFINITIONS ${TENON_BOARD_TLS} ${TENON_BOARD_PROCESSOR})
if(BOARD_EH_FRAME) # there is C++, whose unwinder reads .eh_frame
	list(APPEND TENON_BOARD_SOURCES ${TENON_ROOT}/ports/posix/eh_frame.c)
	list(APPEND TENON_BOARD_DEFINITIONS LLEXT_MCU_EH_FRAME)
endif()

# board_add_library(<name> [SOURCES <source>...] [DEFINITIONS <definition>...])
#   The library, and with more than its core: the objects of TENON_BOARD_SOURCES and SOURCES, for
#   programs that link it. These see DEFINITIONS, too. Without messages, unless DEFINITIONS say which.
function(board_add_library name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEFINITIONS")
	add_library(${name} OBJECT EXCLUDE_FROM_ALL ${TENON_BOARD_SOURCES} ${arg_SOURCES})
	target_compile_options(${name} PRIVATE ${TENON_BOARD_OPTIONS})
	target_include_directories(${name} PUBLIC ${TENON_BOARD_INCLUDE_DIRS} PRIVATE ${TENON_ROOT}/src)
	if(NOT arg_DEFINITIONS MATCHES "CONFIG_LLEXT_LOG_LEVEL_")
		list(APPEND arg_DEFINITIONS CONFIG_LLEXT_LOG_LEVEL_NONE=1)
	endif()
	target_compile_definitions(${name} PUBLIC ${TENON_BOARD_DEFINITIONS} ${arg_DEFINITIONS})
endfunction()
