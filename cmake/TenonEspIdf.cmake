# SPDX-License-Identifier: Apache-2.0
# As a component of ESP-IDF: the core, RISC-V, and the port for FreeRTOS. Protection is ESP-IDF's own
# (CONFIG_ESP_SYSTEM_MEMPROT_FEATURE), and must let the memory that is the LLEXT heap be executed.
include("${CMAKE_CURRENT_LIST_DIR}/TenonSources.cmake")
idf_component_register(
	SRCS ${TENON_CORE_SOURCES} "${TENON_ROOT}/src/arch/riscv.c"
		"${TENON_ROOT}/src/loaders/buf_loader.c" "${TENON_ROOT}/src/loaders/fs_loader.c"
		"${TENON_ROOT}/ports/freertos/freertos.c" "${TENON_ROOT}/ports/freertos/port.c"
	INCLUDE_DIRS "${TENON_ROOT}/include" "${TENON_ROOT}/ports/freertos"
		"${TENON_ROOT}/ports/freertos/esp_idf"
	PRIV_INCLUDE_DIRS "${TENON_ROOT}/src"
	REQUIRES freertos)
