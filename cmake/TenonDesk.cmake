# SPDX-License-Identifier: Apache-2.0
# Cores for the desk: the library compiled for each machine into one object whose only global name
# is its table. Library target: tenon_desk.
include(TenonSources)

# A core's files beside the library's: a device's protection unit is told what ports/mcu decides.
set(TENON_DESK_PORT ${TENON_ROOT}/ports/desk/core.c ${TENON_ROOT}/ports/desk/protection.c
	${TENON_ROOT}/ports/desk/tables.c ${TENON_ROOT}/ports/mcu/slots.c)
set(TENON_DESK_OBJECTS)
set(TENON_DESK_DECLARATIONS)
set(TENON_DESK_ENTRIES)

# tenon_desk_core(NAME DEFINITION ARCH_FILE)
function(tenon_desk_core name definition arch)
	if(NOT EXISTS ${TENON_ROOT}/src/arch/${arch})
		return()
	endif()
	add_library(desk_core_${name} OBJECT ${TENON_CORE_SOURCES} ${TENON_ABI_SOURCES}
		${TENON_ROOT}/src/arch/${arch}
		${TENON_DESK_PORT})
	target_compile_definitions(desk_core_${name} PRIVATE ${definition}=1
		LLEXT_DESK_NAME=llext_desk_${name} CONFIG_LLEXT_LOG_LEVEL_NONE=1 CONFIG_LLEXT_TLS_BYTES=0
		CONFIG_LLEXT_ABI_VERSION=1)
	target_include_directories(desk_core_${name} PRIVATE ${TENON_ROOT}/include
		${TENON_ROOT}/src ${TENON_ROOT}/ports/desk ${TENON_ROOT}/ports/mcu)
	# A target's addresses are kept in pointers that may be wider.
	target_compile_options(desk_core_${name} PRIVATE -Wall -Wextra -Wshadow -Werror
		-Wno-int-to-pointer-cast -Wno-pointer-to-int-cast
		-Wno-type-limits) # a limit of size_t is none for a smaller address
	tenon_count_lines(desk_core_${name})
	set(object ${CMAKE_CURRENT_BINARY_DIR}/desk_core_${name}.o)
	add_custom_command(OUTPUT ${object}
		COMMAND ${CMAKE_LINKER} -r -o ${object} $<TARGET_OBJECTS:desk_core_${name}>
		COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=llext_desk_${name} ${object}
		DEPENDS desk_core_${name} $<TARGET_OBJECTS:desk_core_${name}>
		COMMAND_EXPAND_LISTS VERBATIM)
	set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
	set(TENON_DESK_OBJECTS ${TENON_DESK_OBJECTS} ${object} PARENT_SCOPE)
	set(TENON_DESK_DECLARATIONS
		"${TENON_DESK_DECLARATIONS}extern const struct llext_desk_core llext_desk_${name};\n"
		PARENT_SCOPE)
	set(TENON_DESK_ENTRIES "${TENON_DESK_ENTRIES}\t&llext_desk_${name},\n" PARENT_SCOPE)
endfunction()

tenon_desk_core(x86_64 LLEXT_TARGET_X86_64 x86.c)
tenon_desk_core(arm LLEXT_TARGET_ARM arm.c)
tenon_desk_core(aarch64 LLEXT_TARGET_AARCH64 aarch64.c)
tenon_desk_core(riscv32 LLEXT_TARGET_RISCV32 riscv.c)
tenon_desk_core(riscv64 LLEXT_TARGET_RISCV64 riscv.c)
tenon_desk_core(xtensa LLEXT_TARGET_XTENSA xtensa.c)

configure_file(${TENON_ROOT}/ports/desk/cores.c.in ${CMAKE_CURRENT_BINARY_DIR}/desk_cores.c @ONLY)
add_library(tenon_desk STATIC ${CMAKE_CURRENT_BINARY_DIR}/desk_cores.c ${TENON_DESK_OBJECTS})
target_include_directories(tenon_desk PUBLIC ${TENON_ROOT}/include ${TENON_ROOT}/ports/desk)
set_target_properties(tenon_desk PROPERTIES LINKER_LANGUAGE C)
