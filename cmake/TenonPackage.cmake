# SPDX-License-Identifier: Apache-2.0
# Debian packages, by `cpack` in a build folder: tenon (the command, and the boards that it starts), libtenon-dev
# (library, headers, sources, ports, manual pages of section 3) and tenon-doc (the documents as a site).
# scripts/package makes them, and the documents before.
set(debian ${CMAKE_CURRENT_BINARY_DIR}/debian)
set(TENON_MAINTAINER "Tenon developers <tenon@localhost.localdomain>" CACHE STRING "Maintainer of the packages")

# tenon_deb(<component> <package> <section> <summary> <text>): what a package says of itself, and what each must have.
function(tenon_deb component package section summary text)
	string(TOUPPER ${component} key)
	string(REPLACE "\n" "\n " text "${text}")
	set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${package} PARENT_SCOPE)
	set(CPACK_DEBIAN_${key}_FILE_NAME DEB-DEFAULT PARENT_SCOPE)
	set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${section} PARENT_SCOPE)
	set(CPACK_DEBIAN_${key}_DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
	set(CPACK_COMPONENT_${key}_DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
	set(doc ${CMAKE_INSTALL_DATADIR}/doc/${package})
	install(FILES ${debian}/copyright ${debian}/changelog.gz DESTINATION ${doc} COMPONENT ${component})
	install(FILES cmake/debian/${package}.lintian-overrides RENAME ${package}
		DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT ${component})
endfunction()

file(MAKE_DIRECTORY ${debian})
configure_file(cmake/debian/copyright ${debian}/copyright COPYONLY)
configure_file(cmake/debian/changelog.in ${debian}/changelog @ONLY)
execute_process(COMMAND gzip -9 -n -c ${debian}/changelog OUTPUT_FILE ${debian}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL command library documents)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PACKAGE_NAME tenon)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${TENON_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/debian/before_package.cmake)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_PACKAGE_RECOMMENDS "qemu-system-arm, qemu-system-misc, cmake, gdb-multiarch")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SUGGESTS "tenon, tenon-doc, cmake")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "libc6-dev")
set(CPACK_DEBIAN_DOCUMENTS_PACKAGE_ARCHITECTURE all)
tenon_deb(command tenon devel "loads compiled extensions into running firmware: the command"
	"tenon runs, checks, packs, signs and inspects extensions for firmware that has\nthe Tenon loader, on this machine or in an emulated board.")
tenon_deb(library libtenon-dev libdevel "loads compiled extensions into running firmware: the library"
	"The loader for a Linux process, as a static library, and its sources and ports\nfor microcontrollers, with packages for CMake and pkg-config.")
tenon_deb(documents tenon-doc doc "loads compiled extensions into running firmware: the documents"
	"Guide, porting, security, and the reference of the API, as a site.")
install(DIRECTORY ${CMAKE_BINARY_DIR}/docs/site/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tenon-doc/html
	COMPONENT documents OPTIONAL)
install(DIRECTORY ${CMAKE_BINARY_DIR}/docs/man3/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man3
	COMPONENT library OPTIONAL)
include(CPack)
