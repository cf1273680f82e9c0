# SPDX-License-Identifier: Apache-2.0
# cmake -DSETTINGS= -P TenonEdk.cmake: make an extension development kit. SETTINGS is a file that
# add_llext_edk() wrote; the variables are explained there.
include("${SETTINGS}")

get_filename_component(stem "${OUTPUT}" NAME)
string(REGEX REPLACE "\\.tar.*$" "" stem "${stem}")
set(kit "${WORK}/${stem}")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${kit}/include" "${kit}/cmake")

# Headers: of Tenon, whose folder others may share, and all of the firmware's.
foreach(folder IN LISTS TENON_INCLUDE_DIRS)
	foreach(part llext zephyr)
		if(EXISTS "${folder}/${part}")
			file(COPY "${folder}/${part}" DESTINATION "${kit}/include")
		endif()
	endforeach()
endforeach()
foreach(folder IN LISTS INCLUDE_DIRS)
	file(GLOB_RECURSE headers RELATIVE "${folder}" "${folder}/*.h" "${folder}/*.hpp")
	foreach(header IN LISTS headers)
		if(EXISTS "${kit}/include/${header}")
			message(FATAL_ERROR "two headers of the kit have one name: ${header}")
		endif()
		get_filename_component(place "${kit}/include/${header}" DIRECTORY)
		file(COPY "${folder}/${header}" DESTINATION "${place}")
	endforeach()
endforeach()
foreach(file TenonExtension.cmake TenonStrip.cmake TenonInc.cmake edk)
	file(COPY "${TENON_CMAKE_DIR}/${file}" DESTINATION "${kit}/cmake")
endforeach()
file(RENAME "${kit}/cmake/edk/README.md" "${kit}/README.md")
file(RENAME "${kit}/cmake/edk/TenonEdkConfig.cmake" "${kit}/cmake/TenonEdkConfig.cmake")
file(REMOVE_RECURSE "${kit}/cmake/edk")

# Flags, for CMake and for make. Paths in the kit are relative to where it is unpacked.
string(CONCAT cmake_flags
	"# SPDX-License-Identifier: Apache-2.0\n"
	"set(LLEXT_EDK_COMPILER [==[${COMPILER}]==])\n"
	"set(LLEXT_EDK_TYPE [==[${TYPE}]==])\n")
string(CONCAT make_flags
	"# SPDX-License-Identifier: Apache-2.0\n"
	"LLEXT_EDK_COMPILER = ${COMPILER}\n")
foreach(language C CXX)
	set(flags ${${language}_FLAGS})
	list(JOIN flags " " line)
	string(APPEND cmake_flags
		"set(LLEXT_BASE_${language}FLAGS [==[${flags}]==])\n"
		"set(LLEXT_${language}FLAGS \${LLEXT_BASE_${language}FLAGS} -DLL_EXTENSION_BUILD\n"
		"\t\"-I\${CMAKE_CURRENT_LIST_DIR}/include\")\n")
	string(APPEND make_flags "LLEXT_${language}FLAGS = ${line} -DLL_EXTENSION_BUILD "
		"-I$(LLEXT_EDK_INSTALL_DIR)/include\n")
endforeach()
file(WRITE "${kit}/cmake.cflags" "${cmake_flags}")
file(WRITE "${kit}/Makefile.cflags" "${make_flags}")

get_filename_component(place "${OUTPUT}" DIRECTORY)
file(MAKE_DIRECTORY "${place}")
execute_process(COMMAND "${CMAKE_COMMAND}" -E tar cJf "${OUTPUT}" "${stem}"
	WORKING_DIRECTORY "${WORK}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
	message(FATAL_ERROR "cannot write ${OUTPUT}")
endif()
