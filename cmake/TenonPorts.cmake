# SPDX-License-Identifier: Apache-2.0
# The ports: what each is made of beside the core.
#   TENON_PORT_<port>_SOURCES       its files
#   TENON_PORT_<port>_INCLUDE_DIRS  where its headers are
#   TENON_PORT_<port>_ARCH          the machine's file in src/arch
#   TENON_PORT_<port>_MPU_SOURCE    the file that drives the protection unit
#   TENON_PORT_<port>_LINK          what it links, if anything
#   TENON_PORTS                     their names
include("${CMAKE_CURRENT_LIST_DIR}/TenonSources.cmake")

set(TENON_MCU_PORTS cortex_m riscv_m aarch64 xtensa_lx106)
set(TENON_PORT_cortex_m_ARCH arm)
set(TENON_PORT_cortex_m_MPU_SOURCE "${TENON_ROOT}/ports/cortex_m/mpu.c")
set(TENON_PORT_riscv_m_ARCH riscv)
set(TENON_PORT_riscv_m_MPU_SOURCE "${TENON_ROOT}/ports/riscv_m/pmp.c")
set(TENON_PORT_aarch64_ARCH aarch64)
set(TENON_PORT_aarch64_MPU_SOURCE "${TENON_ROOT}/ports/aarch64/mmu.c")
set(TENON_PORT_xtensa_lx106_ARCH xtensa)
set(TENON_PORT_xtensa_lx106_MPU_SOURCE "${TENON_ROOT}/ports/xtensa_lx106/regions.c")
foreach(port IN LISTS TENON_MCU_PORTS)
	file(GLOB TENON_PORT_${port}_SOURCES CONFIGURE_DEPENDS "${TENON_ROOT}/ports/${port}/*.c")
	list(APPEND TENON_PORT_${port}_SOURCES "${TENON_ROOT}/ports/mcu/port.c"
		"${TENON_ROOT}/ports/mcu/crash.c")
	set(TENON_PORT_${port}_INCLUDE_DIRS "${TENON_ROOT}/ports/mcu" "${TENON_ROOT}/ports/${port}")
endforeach()
# Protection units with a few slots.
foreach(port cortex_m riscv_m)
	list(APPEND TENON_PORT_${port}_SOURCES "${TENON_ROOT}/ports/mcu/slots.c")
endforeach()

# User mode: each file says for which machines it is.
file(GLOB domain_files CONFIGURE_DEPENDS "${TENON_ROOT}/ports/mcu/domain*.c")
foreach(port cortex_m riscv_m aarch64)
	list(APPEND TENON_PORT_${port}_SOURCES ${domain_files})
endforeach()

set(TENON_PORTS none posix freertos threadx ${TENON_MCU_PORTS})
set(TENON_PORT_none_SOURCES "${TENON_ROOT}/ports/none/port.c")
set(TENON_PORT_none_INCLUDE_DIRS)
set(TENON_PORT_posix_SOURCES ${TENON_PORT_POSIX_SOURCES})
set(TENON_PORT_posix_INCLUDE_DIRS "${TENON_ROOT}/ports/posix")
set(TENON_PORT_posix_LINK -pthread)

# Under an RTOS: the machine's port with the RTOS's lock, records and messages. They are compiled against
# the firmware's kernel, which is its CMake target of this name.
set(TENON_RTOS_PORTS freertos threadx)
set(TENON_MACHINE_PORT_arm cortex_m)
set(TENON_MACHINE_PORT_riscv riscv_m)
set(TENON_MACHINE_PORT_aarch64 aarch64)
foreach(port IN LISTS TENON_RTOS_PORTS)
	set(TENON_PORT_${port}_SOURCES "${TENON_ROOT}/ports/${port}/${port}.c")
	set(TENON_PORT_${port}_INCLUDE_DIRS "${TENON_ROOT}/ports/${port}")
endforeach()
set(TENON_PORT_freertos_KERNEL freertos_kernel)
set(TENON_PORT_threadx_KERNEL threadx)
