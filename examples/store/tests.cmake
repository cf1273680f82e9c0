# SPDX-License-Identifier: Apache-2.0
# The same dialogue with the process and with the board.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(store_example ${CMAKE_CURRENT_SOURCE_DIR}/store)
add_test(NAME example.store COMMAND ${Python3_EXECUTABLE} ${store_example}/session.py
	${CMAKE_CURRENT_BINARY_DIR}/store $<TARGET_FILE:store_example>
	${CMAKE_CURRENT_BINARY_DIR}/store/flash.bin)
set_tests_properties(example.store PROPERTIES LABELS example TIMEOUT 120)

# With signatures: the same sources, and the trust, whose keys are made for the occasion.
set(store_keys ${CMAKE_CURRENT_BINARY_DIR}/store/keys)
file(MAKE_DIRECTORY ${store_keys})
add_custom_command(OUTPUT ${store_keys}/keys.c
	COMMAND ${Python3_EXECUTABLE} ${store_example}/make_keys.py $<TARGET_FILE:tenon_command> ${store_keys}
	DEPENDS tenon_command ${store_example}/make_keys.py VERBATIM)
find_library(BEARSSL bearssl REQUIRED)
set(trust_sources ${TENON_TRUST_SOURCES})
list(FILTER trust_sources EXCLUDE REGEX "/satisfied.c$") # this firmware does not ask for imports
add_executable(store_signed store/main.c store/firmware.c store/trust.c ${store_keys}/keys.c
	${trust_sources} ${TENON_BEARSSL_SOURCES})
target_compile_definitions(store_signed PRIVATE CONFIG_LLEXT_TRUST=1)
target_link_libraries(store_signed PRIVATE Tenon::firmware ${BEARSSL})
add_dependencies(store_signed store_codec_v1 store_codec_v2)
add_test(NAME example.store.signed COMMAND ${Python3_EXECUTABLE} ${store_example}/signed_session.py
	$<TARGET_FILE:tenon_command> ${store_keys} ${CMAKE_CURRENT_BINARY_DIR}/store
	$<TARGET_FILE:store_signed> ${CMAKE_CURRENT_BINARY_DIR}/store/signed.bin)
set_tests_properties(example.store.signed PROPERTIES LABELS example TIMEOUT 120)

if(TENON_COVERAGE) # no boards then
	return()
endif()
include(${PROJECT_SOURCE_DIR}/boards/boards.cmake)
board_project(store mps2-an386 ${store_example}/board)
set(store_board ${CMAKE_BINARY_DIR}/boards/mps2-an386/store)
add_test(NAME example.store.mps2-an386 COMMAND ${Python3_EXECUTABLE} ${store_example}/session.py
	${store_board} ${PROJECT_SOURCE_DIR}/boards/run mps2-an386 ${store_board}/store_firmware.elf)
set_tests_properties(example.store.mps2-an386 PROPERTIES LABELS "example;boards;mps2-an386" TIMEOUT 120)

# Signed and encrypted, on the board: with BearSSL's source, which trust.fetch gets.
add_test(NAME example.store.signed.mps2-an386 COMMAND ${Python3_EXECUTABLE} ${store_example}/signed_board.py
	$<TARGET_FILE:tenon_command> ${store_keys} ${CMAKE_BINARY_DIR}/sources
	${CMAKE_BINARY_DIR}/boards/mps2-an386/store-signed ${PROJECT_SOURCE_DIR}/boards)
set_tests_properties(example.store.signed.mps2-an386 PROPERTIES LABELS "example;boards;mps2-an386" TIMEOUT 600
	FIXTURES_REQUIRED bearssl)
