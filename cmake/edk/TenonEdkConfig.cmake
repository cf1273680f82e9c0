# SPDX-License-Identifier: Apache-2.0
# find_package(TenonEdk REQUIRED PATHS $ENV{LLEXT_EDK_INSTALL_DIR}/cmake): add_llext_target() with the
# kit's headers and the flags of the firmware's build.
get_filename_component(LLEXT_EDK_INSTALL_DIR "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
include("${LLEXT_EDK_INSTALL_DIR}/cmake.cflags")
if(NOT TENON_LLEXT_TYPE)
	set(TENON_LLEXT_TYPE "${LLEXT_EDK_TYPE}")
endif()

if(NOT TARGET Tenon::extension)
	add_library(tenon_extension INTERFACE)
	add_library(Tenon::extension ALIAS tenon_extension)
	target_include_directories(tenon_extension INTERFACE "${LLEXT_EDK_INSTALL_DIR}/include")
	target_compile_options(tenon_extension INTERFACE ${LLEXT_GENERATED_IMACROS_CFLAGS}
		${LLEXT_GENERATED_INCLUDE_CFLAGS})
	target_compile_definitions(tenon_extension INTERFACE LL_EXTENSION_BUILD)
	target_compile_options(tenon_extension INTERFACE
		"$<$<COMPILE_LANGUAGE:C>:${LLEXT_BASE_CFLAGS}>"
		"$<$<COMPILE_LANGUAGE:CXX>:${LLEXT_BASE_CXXFLAGS}>")
	# So that a check can say where a name is used; the extension itself is stripped.
	if(EXISTS "${LLEXT_EDK_INSTALL_DIR}/kit.json")
		target_compile_options(tenon_extension INTERFACE -g)
	endif()
endif()

# With the command, each build checks that the firmware has what the extension imports.
if(EXISTS "${LLEXT_EDK_INSTALL_DIR}/kit.json")
	if(DEFINED ENV{TENON_TOOL})
		set(TENON_TOOL "$ENV{TENON_TOOL}" CACHE FILEPATH "The command tenon")
	endif()
	find_program(TENON_TOOL tenon DOC "The command tenon")
	if(NOT TENON_TOOL)
		message(STATUS "tenon is not in PATH: imports are not checked against the kit")
	endif()
endif()
include("${CMAKE_CURRENT_LIST_DIR}/TenonExtension.cmake")
