# SPDX-License-Identifier: Apache-2.0
#[[
The library for the processor and the flags of this project, whatever its toolchain file is. It works
with the sources (add_subdirectory(tenon)) and with an installed package (find_package(Tenon)), which
has the sources in it.

  tenon_add_library(<name> [ABI] [LINKED_HASH] [SANDBOX] [STEPS] [STORE] [PORT <port>]
                    [TRUST bearssl|psa] [FEATURES full|small|plain|<feature>...]
                    [LOADERS <loader>...] [DEFINITIONS <definition>...])

    A static library, also known as Tenon::<name>; the first one is Tenon::tenon as well, which
    Tenon::firmware, Tenon::zephyr and Tenon::exports_* link. On Linux Tenon::tenon is there already, and
    is the library as it is: link <name> itself, with -Wl,-T,<Tenon>/cmake/llext_export.ld. What links a
    library sees the headers and the configuration.

    ABI          loads compare the version of the firmware's exports (llext/abi.h): src/abi and
                 CONFIG_LLEXT_ABI_VERSION=1. Not with the small core.
    LINKED_HASH  a shared object's exports can be looked up by its own hash table (LLEXT_EXPORTS_HASHED):
                 src/linked_hash and CONFIG_LLEXT_LINKED_HASH=1. FEATURES full or with linked.
    SANDBOX      extensions can be loaded into domains (docs/sandbox.md): src/sandbox, and the port's
                 user mode. PORT cortex_m, riscv_m, aarch64, an RTOS's on one of these machines, or posix on
                 x86-64; FEATURES full or with memory.
    STEPS        loads can be done in bounded steps (llext/steps.h): src/steps and CONFIG_LLEXT_STEPS=1.
                 Not on Xtensa, and not with the small core.
    STORE        extensions in flash (docs/store.md): src/store, and with it src/swap_store. Swaps
                 (docs/swap.md) are in every library but that of the small core: what a firmware does
                 not call is not linked.
    PORT         a folder of ports/: none, cortex_m, riscv_m, aarch64, xtensa_lx106, posix. freertos and
                 threadx are the machine's port with that RTOS's locks; they link the target
                 freertos_kernel or threadx, which is yours. Without PORT, the firmware defines
                 `llext_port`.
    TRUST        signed extensions (docs/envelope.md): src/trust and CONFIG_LLEXT_TRUST=1. bearssl links the
                 target or library bearssl, psa the target or library mbedcrypto; if the firmware has a target
                 psa_crypto, that one. Not with the small core.
    FEATURES     full (the default): all of src/. small: the small core, with PORT none or yours.
                 plain: relocatable files, and nothing that can be left out. Or the folders of src/
                 that are wanted beside plain: linked packed fast cxx report inspect in_place memory
                 (which the ports for microcontrollers bring with them).
    LOADERS      buf (the default), fs, lz4
    DEFINITIONS  names of include/llext/config.h, as NAME=value

  tenon_machine(<variable>)

    The machine that the compiler makes code for: arm, aarch64, riscv, x86 or xtensa.
]]
include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/TenonPorts.cmake")

# The functions are called from other folders than the one that included this file, whose variables are
# not theirs.
set(TENON_PUBLIC_INCLUDE_DIR "${TENON_INCLUDE_DIR}" CACHE INTERNAL "The folder that llext/ is in")

function(tenon_machine out)
	separate_arguments(flags UNIX_COMMAND "${CMAKE_C_FLAGS}")
	if(CMAKE_C_COMPILER_TARGET)
		list(APPEND flags --target=${CMAKE_C_COMPILER_TARGET})
	endif()
	execute_process(COMMAND ${CMAKE_C_COMPILER} ${flags} -dM -E -x c /dev/null
		OUTPUT_VARIABLE macros RESULT_VARIABLE status ERROR_VARIABLE errors)
	if(NOT status EQUAL 0)
		message(FATAL_ERROR "${CMAKE_C_COMPILER} does not say what machine it is for:\n${errors}")
	endif()
	foreach(pair __aarch64__=aarch64 __arm__=arm __riscv=riscv __x86_64__=x86 __XTENSA__=xtensa)
		string(REPLACE "=" ";" pair ${pair})
		list(GET pair 0 macro)
		if(macros MATCHES "#define ${macro} ")
			list(GET pair 1 machine)
			set(${out} ${machine} PARENT_SCOPE)
			return()
		endif()
	endforeach()
	message(FATAL_ERROR "Tenon has no machine for what ${CMAKE_C_COMPILER} compiles to")
endfunction()

# The files of the core and the definitions that go with them.
function(tenon_features sources_out definitions_out machine)
	set(features ${ARGN})
	if(features STREQUAL "full")
		set(${sources_out} ${TENON_CORE_SOURCES} ${TENON_ROOT}/src/arch/${machine}.c PARENT_SCOPE)
		set(${definitions_out} "" PARENT_SCOPE)
		return()
	endif()
	if(features STREQUAL "small")
		set(arch ${TENON_ROOT}/src/arch/${machine}.c ${TENON_SMALL_VALUES_SOURCES})
		if(EXISTS ${TENON_ROOT}/src/small/small_${machine}.c)
			set(arch ${TENON_ROOT}/src/small/small_${machine}.c)
		endif()
		set(${sources_out} ${TENON_SMALL_SOURCES} ${arch} PARENT_SCOPE)
		set(${definitions_out} CONFIG_LLEXT_SMALL=1 PARENT_SCOPE)
		return()
	endif()
	list(REMOVE_ITEM features plain)
	# All files: one of a folder that is left out is empty, or has what is done instead.
	set(sources ${TENON_CORE_SOURCES} ${TENON_ROOT}/src/arch/${machine}.c)
	set(definitions)
	foreach(folder IN LISTS TENON_FOLDERS)
		if(folder IN_LIST features)
			list(REMOVE_ITEM features ${folder})
		else()
			list(APPEND definitions ${TENON_WITHOUT_${folder}})
		endif()
	endforeach()
	if(features)
		message(FATAL_ERROR "tenon_add_library(): no such FEATURES: ${features}")
	endif()
	set(${sources_out} ${sources} PARENT_SCOPE)
	set(${definitions_out} ${definitions} PARENT_SCOPE)
endfunction()

function(tenon_add_library name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "ABI;LINKED_HASH;SANDBOX;STEPS;STORE" "PORT;TRUST" "FEATURES;LOADERS;DEFINITIONS")
	include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/TenonPorts.cmake")
	if(arg_UNPARSED_ARGUMENTS)
		message(FATAL_ERROR "tenon_add_library(${name}): unknown: ${arg_UNPARSED_ARGUMENTS}")
	endif()
	if(NOT arg_FEATURES)
		set(arg_FEATURES full)
	endif()
	if(NOT arg_LOADERS)
		set(arg_LOADERS buf)
	endif()
	if(arg_PORT AND NOT DEFINED TENON_PORT_${arg_PORT}_SOURCES)
		message(FATAL_ERROR "tenon_add_library(${name}): no port ${arg_PORT}; there are: ${TENON_PORTS}")
	endif()
	if(arg_FEATURES STREQUAL "small" AND arg_PORT IN_LIST TENON_MCU_PORTS)
		message(FATAL_ERROR "tenon_add_library(${name}): the small core protects nothing: PORT none")
	endif()
	tenon_machine(machine)
	set(machine_port)
	if(arg_PORT IN_LIST TENON_RTOS_PORTS)
		set(machine_port ${TENON_MACHINE_PORT_${machine}})
	endif()
	if(machine_port OR arg_PORT IN_LIST TENON_MCU_PORTS) # they protect, and know of caches
		list(APPEND arg_FEATURES memory)
		list(REMOVE_DUPLICATES arg_FEATURES)
		list(FIND arg_FEATURES full full)
		if(NOT full EQUAL -1)
			set(arg_FEATURES full)
		endif()
	endif()
	tenon_features(sources definitions ${machine} ${arg_FEATURES})
	if(machine STREQUAL "arm" AND CMAKE_C_FLAGS MATCHES "-mcpu=cortex-m4|-mfpu=fpv4")
		list(APPEND definitions CONFIG_LLEXT_ARM_FPV4=1)
	endif()
	if(arg_SANDBOX)
		if(NOT arg_PORT MATCHES "^(cortex_m|riscv_m|aarch64|posix)$" AND NOT machine_port)
			message(FATAL_ERROR "tenon_add_library(${name}): no user mode in PORT ${arg_PORT}")
		endif()
		list(APPEND sources ${TENON_SANDBOX_SOURCES})
		list(APPEND definitions CONFIG_USERSPACE=1)
		if(arg_PORT STREQUAL "posix")
			enable_language(ASM)
			list(APPEND sources ${TENON_PORT_POSIX_SANDBOX_SOURCES})
		endif()
	endif()
	set(crypto)
	if(arg_TRUST)
		if(NOT arg_TRUST MATCHES "^(bearssl|psa)$" OR arg_FEATURES STREQUAL "small")
			message(FATAL_ERROR "tenon_add_library(${name}): TRUST is bearssl or psa, and not with FEATURES small")
		endif()
		string(TOUPPER ${arg_TRUST} backend)
		list(APPEND sources ${TENON_TRUST_SOURCES} ${TENON_${backend}_SOURCES})
		list(APPEND definitions CONFIG_LLEXT_TRUST=1)
		set(crypto bearssl)
		if(arg_TRUST STREQUAL "psa")
			set(crypto $<IF:$<TARGET_EXISTS:psa_crypto>,psa_crypto,mbedcrypto>)
		endif()
	endif()
	foreach(loader IN LISTS arg_LOADERS)
		if(NOT DEFINED TENON_LOADER_${loader})
			message(FATAL_ERROR "tenon_add_library(${name}): no loader ${loader}")
		endif()
		list(TRANSFORM TENON_LOADER_${loader} PREPEND ${TENON_ROOT}/src/ OUTPUT_VARIABLE files)
		list(APPEND sources ${files})
	endforeach()
	set(port_sources ${TENON_PORT_${arg_PORT}_SOURCES})
	if(arg_FEATURES STREQUAL "small" AND arg_PORT STREQUAL "none" AND machine STREQUAL "riscv")
		set(port_sources ${TENON_ROOT}/ports/none/riscv.c)
	endif()
	set(port_folders ${TENON_PORT_${arg_PORT}_INCLUDE_DIRS})
	set(port_definitions)
	if(arg_PORT IN_LIST TENON_RTOS_PORTS)
		if(machine_port)
			list(APPEND port_sources ${TENON_PORT_${machine_port}_SOURCES})
			list(APPEND port_folders ${TENON_PORT_${machine_port}_INCLUDE_DIRS})
			set(port_definitions LLEXT_MCU_OS)
		else()
			list(APPEND port_sources ${TENON_ROOT}/ports/${arg_PORT}/port.c)
		endif()
	endif()
	if(arg_ABI)
		if(arg_FEATURES STREQUAL "small")
			message(FATAL_ERROR "tenon_add_library(${name}): no ABI with FEATURES small")
		endif()
		list(APPEND sources ${TENON_ABI_SOURCES})
		list(APPEND definitions CONFIG_LLEXT_ABI_VERSION=1)
	endif()
	if(arg_LINKED_HASH)
		list(APPEND sources ${TENON_LINKED_HASH_SOURCES})
		list(APPEND definitions CONFIG_LLEXT_LINKED_HASH=1)
	endif()
	if(arg_STEPS)
		if(arg_FEATURES STREQUAL "small" OR machine STREQUAL "xtensa")
			message(FATAL_ERROR "tenon_add_library(${name}): no STEPS with FEATURES small or on Xtensa")
		endif()
		list(APPEND sources ${TENON_STEPS_SOURCES})
		list(APPEND definitions CONFIG_LLEXT_STEPS=1)
	endif()
	if(arg_STORE)
		list(APPEND sources ${TENON_STORE_SOURCES})
	endif()
	if(NOT arg_FEATURES STREQUAL "small") # what is not used is not linked
		list(APPEND sources ${TENON_SWAP_SOURCES})
		if(arg_STORE)
			list(APPEND sources ${TENON_SWAP_STORE_SOURCES})
		endif()
	endif()
	add_library(${name} STATIC ${sources} ${port_sources})
	target_include_directories(${name} PUBLIC ${TENON_PUBLIC_INCLUDE_DIR} ${port_folders}
		PRIVATE ${TENON_ROOT}/src)
	target_compile_definitions(${name} PRIVATE ${port_definitions})
	if(TENON_PORT_${arg_PORT}_KERNEL)
		target_link_libraries(${name} PUBLIC ${TENON_PORT_${arg_PORT}_KERNEL})
	endif()
	target_compile_definitions(${name} PUBLIC ${definitions} ${arg_DEFINITIONS})
	target_compile_features(${name} PUBLIC c_std_11)
	if(TENON_PORT_${arg_PORT}_LINK)
		target_link_libraries(${name} PUBLIC ${TENON_PORT_${arg_PORT}_LINK})
	endif()
	target_link_libraries(${name} PUBLIC ${crypto})
	add_library(Tenon::${name} ALIAS ${name})
	if(NOT TARGET Tenon::tenon)
		add_library(Tenon::tenon ALIAS ${name})
	endif()
endfunction()
