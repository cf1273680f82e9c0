# SPDX-License-Identifier: Apache-2.0
# The library once more, with a sanitizer in it.
include_guard(GLOBAL)
include(TenonSources)

# sanitized_library(<target> <flag>...): as tenon_firmware, compiled and linked with the flags. What
# uses it is, too.
function(sanitized_library target)
	if(TARGET ${target}) # by another folder
		return()
	endif()
	find_package(Threads REQUIRED)
	add_library(${target}_objects OBJECT ${TENON_CORE_SOURCES} ${TENON_LOADER_SOURCES}
		${TENON_PORT_POSIX_SOURCES} ${TENON_ROOT}/src/arch/x86.c)
	target_include_directories(${target}_objects PUBLIC ${TENON_ROOT}/include
		${TENON_ROOT}/ports/posix PRIVATE ${TENON_ROOT}/src)
	target_compile_definitions(${target}_objects PRIVATE CONFIG_LLEXT_LOG_LEVEL_DBG=1)
	target_compile_options(${target}_objects PRIVATE ${TEST_SANITIZED_LIBRARY_OPTIONS} ${ARGN})
	tenon_count_lines(${target}_objects)
	add_library(${target} INTERFACE)
	target_sources(${target} INTERFACE $<TARGET_OBJECTS:${target}_objects>)
	target_include_directories(${target} INTERFACE ${TENON_ROOT}/include
		${TENON_ROOT}/ports/posix)
	target_compile_options(${target} INTERFACE -O1 -g ${ARGN})
	target_link_options(${target} INTERFACE ${ARGN} "LINKER:-T,${TENON_EXPORT_SCRIPT}")
	target_link_libraries(${target} INTERFACE Threads::Threads)
endfunction()
