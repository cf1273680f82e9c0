# SPDX-License-Identifier: Apache-2.0
# `cmake --install`: headers, sources and ports, and a package for find_package(Tenon) that is the same
# for every machine; beside it the library for this one, where it was built.
# Component `library`: that without the command.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(TENON_DATA_DIR ${CMAKE_INSTALL_DATADIR}/tenon)
set(package_dir ${TENON_DATA_DIR}/cmake) # one of the places where find_package() looks
set(TENON_HOST_DIR ${CMAKE_INSTALL_LIBDIR}/tenon)

set(TENON_MACHINE)
if(TARGET tenon)
	tenon_machine(TENON_MACHINE)
	install(TARGETS tenon EXPORT TenonTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
	install(EXPORT TenonTargets NAMESPACE Tenon:: DESTINATION ${TENON_HOST_DIR} COMPONENT library)
	install(FILES ports/posix/llext_posix.h ports/posix/llext_flash_file.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
endif()
install(DIRECTORY include/llext DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
install(DIRECTORY compat/zephyr exports src ports DESTINATION ${TENON_DATA_DIR} COMPONENT library)
install(FILES LICENSE DESTINATION ${TENON_DATA_DIR} COMPONENT library)

configure_package_config_file(cmake/TenonConfig.cmake.in
	${CMAKE_CURRENT_BINARY_DIR}/TenonConfig.cmake
	INSTALL_DESTINATION ${package_dir}
	PATH_VARS CMAKE_INSTALL_INCLUDEDIR TENON_DATA_DIR TENON_HOST_DIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/TenonConfigVersion.cmake
	COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES
	${CMAKE_CURRENT_BINARY_DIR}/TenonConfig.cmake
	${CMAKE_CURRENT_BINARY_DIR}/TenonConfigVersion.cmake
	cmake/TenonCheck.cmake cmake/TenonEdk.cmake cmake/TenonExtension.cmake cmake/TenonInc.cmake
	cmake/TenonInterfaces.cmake cmake/TenonLibrary.cmake cmake/TenonPorts.cmake
	cmake/TenonSources.cmake cmake/TenonStrip.cmake cmake/TenonUserText.cmake
	cmake/llext_export.ld cmake/llext_table_required.ld cmake/llext_user.ld cmake/user_text.ld
	DESTINATION ${package_dir} COMPONENT library)
install(PROGRAMS cmake/user_text DESTINATION ${package_dir} COMPONENT library)
install(DIRECTORY cmake/edk DESTINATION ${package_dir} COMPONENT library)

# pkg-config: `tenon` is the library for this machine; `tenon-sources` names the files that a build for
# another one compiles, as variables.
if(TARGET tenon)
	file(RELATIVE_PATH TENON_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
	configure_file(cmake/tenon.pc.in ${CMAKE_CURRENT_BINARY_DIR}/tenon.pc @ONLY)
	install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tenon.pc
		DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
endif()
function(tenon_pkg_list out)
	list(TRANSFORM ARGN REPLACE "^${TENON_ROOT}/" "\${datadir}/" OUTPUT_VARIABLE files)
	list(JOIN files " " line)
	set(${out} "${line}" PARENT_SCOPE)
endfunction()
set(TENON_PKG_PORTS)
foreach(port IN LISTS TENON_PORTS)
	tenon_pkg_list(line ${TENON_PORT_${port}_SOURCES})
	string(APPEND TENON_PKG_PORTS "port_${port}=${line}\n")
	tenon_pkg_list(line ${TENON_PORT_${port}_INCLUDE_DIRS})
	string(APPEND TENON_PKG_PORTS "port_${port}_include=${line}\n")
endforeach()
# What a firmware may have beside the core, each with its documentation.
set(TENON_PKG_PARTS)
foreach(part ABI BEARSSL LINKED_HASH PSA SANDBOX SHELL STEPS STORE SWAP SWAP_STORE TRUST)
	string(TOLOWER ${part} lower)
	tenon_pkg_list(line ${TENON_${part}_SOURCES})
	string(APPEND TENON_PKG_PARTS "${lower}=${line}\n")
endforeach()
tenon_pkg_list(TENON_PKG_CORE ${TENON_CORE_SOURCES})
tenon_pkg_list(TENON_PKG_SMALL ${TENON_SMALL_SOURCES})
tenon_pkg_list(TENON_PKG_SMALL_VALUES ${TENON_SMALL_VALUES_SOURCES})
configure_file(cmake/tenon-sources.pc.in ${CMAKE_CURRENT_BINARY_DIR}/tenon-sources.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tenon-sources.pc
	DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig COMPONENT library)
