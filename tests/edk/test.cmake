# SPDX-License-Identifier: Apache-2.0
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

function(run)
	execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${WORK}" RESULT_VARIABLE status
		OUTPUT_VARIABLE output ERROR_VARIABLE output)
	if(NOT status EQUAL 0)
		message(FATAL_ERROR "${ARGN}\n${output}")
	endif()
endfunction()

run("${CMAKE_COMMAND}" -S "${SOURCE}/firmware" -B build -G "${GENERATOR}" "-DROOT=${ROOT}"
	"-DCMAKE_C_COMPILER=${COMPILER}" "-DTENON_TOOL=${TENON}")
run("${CMAKE_COMMAND}" --build build)
file(READ "${WORK}/build/steps.log" steps)
if(NOT steps STREQUAL "pre\npost\npkg\n")
	message(FATAL_ERROR "the steps ran so:\n${steps}")
endif()

# The kit, unpacked elsewhere, with the sources out of sight.
run("${CMAKE_COMMAND}" --build build --target llext-edk)
run("${CMAKE_COMMAND}" -E tar xf build/kit.tar.xz)
run("${CMAKE_COMMAND}" -E tar xf build/checked-kit.tar.xz)
file(RENAME "${WORK}/build" "${WORK}/hidden")
file(RENAME "${WORK}/kit" "${WORK}/elsewhere")
set(ENV{LLEXT_EDK_INSTALL_DIR} "${WORK}/elsewhere")
file(COPY "${SOURCE}/vendor" DESTINATION "${WORK}")
run("${CMAKE_COMMAND}" -S vendor -B vendor-build -G "${GENERATOR}"
	"-DCMAKE_TOOLCHAIN_FILE=${WORK}/elsewhere/toolchain.cmake")
run("${CMAKE_COMMAND}" --build vendor-build)
run(make -C vendor)

foreach(file cmake.cflags Makefile.cflags)
	file(READ "${WORK}/elsewhere/${file}" text)
	foreach(name LLEXT_CFLAGS LLEXT_BASE_CFLAGS LLEXT_INCLUDE_CFLAGS LLEXT_ALL_INCLUDE_CFLAGS
			LLEXT_GENERATED_INCLUDE_CFLAGS LLEXT_GENERATED_IMACROS_CFLAGS)
		if(NOT text MATCHES "${name}[ =]")
			message(FATAL_ERROR "${file} has no ${name}")
		endif()
	endforeach()
	# Of C++ only what is for C++.
	if(text MATCHES "LLEXT_BASE_CFLAGS[^\n]*fno-rtti" OR
		NOT text MATCHES "LLEXT_BASE_CXXFLAGS[^\n]*fno-rtti" OR
		NOT text MATCHES "LLEXT_BASE_CFLAGS[^\n]*fwrapv")
		message(FATAL_ERROR "${file}: flags of the wrong language:\n${text}")
	endif()
endforeach()

# The other kit knows what the firmware exports, and a build checks against it.
foreach(file exports.txt kit.json firmware.elf)
	if(EXISTS "${WORK}/elsewhere/${file}" OR NOT EXISTS "${WORK}/checked-kit/${file}")
		message(FATAL_ERROR "${file}: it belongs into the kit of a FIRMWARE, and into no other")
	endif()
endforeach()
file(READ "${WORK}/checked-kit/kit.json" kit)
string(JSON prototype GET "${kit}" exports 0 prototype)
string(JSON flags GET "${kit}" flags)
if(NOT prototype MATCHES "^int led_set\\(" OR NOT flags MATCHES "-fshort-enums.*-DFROM_LIBRARY=4")
	message(FATAL_ERROR "kit.json: ${prototype}; ${flags}")
endif()
set(ENV{LLEXT_EDK_INSTALL_DIR} "${WORK}/checked-kit")
set(ENV{TENON_TOOL} "${TENON}")
file(COPY "${SOURCE}/checked" DESTINATION "${WORK}")
run("${CMAKE_COMMAND}" -S checked -B checked-build -G "${GENERATOR}"
	"-DCMAKE_TOOLCHAIN_FILE=${WORK}/checked-kit/toolchain.cmake")
run("${CMAKE_COMMAND}" --build checked-build --target good)
execute_process(COMMAND "${CMAKE_COMMAND}" --build checked-build --target bad WORKING_DIRECTORY "${WORK}"
	RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status EQUAL 0 OR NOT output MATCHES "missing: led_sett +did you mean led_set\\? +referenced by [^\n]*checked.c:8" OR
	EXISTS "${WORK}/checked-build/bad.llext" OR NOT EXISTS "${WORK}/checked-build/good.llext")
	message(FATAL_ERROR "status ${status}:\n${output}")
endif()
