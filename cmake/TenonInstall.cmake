# SPDX-License-Identifier: Apache-2.0
# `cmake --install`: the library, its headers, and a package for find_package(Tenon).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(TENON_DATA_DIR ${CMAKE_INSTALL_DATADIR}/tenon)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Tenon)

install(TARGETS tenon EXPORT TenonTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT TenonTargets NAMESPACE Tenon:: DESTINATION ${package_dir})
install(DIRECTORY include/llext DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ports/posix/llext_posix.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY compat/zephyr DESTINATION ${TENON_DATA_DIR})
install(DIRECTORY exports DESTINATION ${TENON_DATA_DIR})

configure_package_config_file(cmake/TenonConfig.cmake.in
	${CMAKE_CURRENT_BINARY_DIR}/TenonConfig.cmake
	INSTALL_DESTINATION ${package_dir}
	PATH_VARS CMAKE_INSTALL_INCLUDEDIR TENON_DATA_DIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/TenonConfigVersion.cmake
	COMPATIBILITY SameMajorVersion)
install(FILES
	${CMAKE_CURRENT_BINARY_DIR}/TenonConfig.cmake
	${CMAKE_CURRENT_BINARY_DIR}/TenonConfigVersion.cmake
	cmake/TenonEdk.cmake cmake/TenonExtension.cmake cmake/TenonInc.cmake
	cmake/TenonInterfaces.cmake cmake/TenonStrip.cmake cmake/llext_export.ld
	DESTINATION ${package_dir})
install(DIRECTORY cmake/edk DESTINATION ${package_dir})
