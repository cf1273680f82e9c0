# SPDX-License-Identifier: Apache-2.0
# Configures, builds and runs a copy of this project: see tests.cmake.
function(run)
	execute_process(COMMAND ${ARGV} WORKING_DIRECTORY "${WORK}"
		RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
	if(NOT status STREQUAL "0")
		list(JOIN ARGV " " line)
		message(FATAL_ERROR "status ${status}: ${line}\n${output}")
	endif()
	set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
file(COPY "${SOURCE}/" DESTINATION "${WORK}/project")
file(RENAME "${WORK}/project/vendor" "${WORK}/vendor")

# The firmware.
if(HOW STREQUAL package)
	run("${CMAKE_COMMAND}" --install "${TENON_BUILD}" --prefix "${WORK}/installed")
	set(where "-DCMAKE_PREFIX_PATH=${WORK}/installed")
else()
	set(where "-DTENON_SOURCE_DIR=${TENON_SOURCE}")
endif()
run("${CMAKE_COMMAND}" -S project -B build -G Ninja "${where}" "-DTENON_LLEXT_TYPE=${TYPE}"
	"-DCMAKE_C_COMPILER=${COMPILER}" -DCMAKE_BUILD_TYPE=Release "-DCMAKE_C_FLAGS=-Wall -Werror")
run("${CMAKE_COMMAND}" --build build -j 2)

# Only what loading needs is in the file; the rest is in the one for gdb.
file(SIZE "${WORK}/build/blink.llext" size)
file(SIZE "${WORK}/build/blink_ext_debug.elf" debug_size)
if(NOT size LESS debug_size)
	message(FATAL_ERROR "blink.llext has ${size} bytes, blink_ext_debug.elf ${debug_size}")
endif()

# The kit, unpacked elsewhere, with the sources out of sight.
run("${CMAKE_COMMAND}" --build build --target blinker_edk)
run("${CMAKE_COMMAND}" -E tar xf build/blinker-edk.tar.xz)
file(RENAME "${WORK}/project" "${WORK}/hidden")
file(RENAME "${WORK}/blinker-edk" "${WORK}/kit")
set(ENV{LLEXT_EDK_INSTALL_DIR} "${WORK}/kit")
if(TYPE STREQUAL object)
	set(TYPE relocatable) # of two sources
endif()
run("${CMAKE_COMMAND}" -S vendor -B vendor-build -G Ninja "-DCMAKE_C_COMPILER=${COMPILER}"
	"-DTENON_LLEXT_TYPE=${TYPE}")
file(READ "${WORK}/hidden/expected.txt" expected)

# Both kinds of build give the same behaviour.
function(build_and_compare)
	run("${CMAKE_COMMAND}" --build vendor-build)
	run(make -C vendor)
	foreach(folder vendor-build vendor)
		file(COPY "${WORK}/${folder}/chase.llext" DESTINATION "${WORK}")
		run("${WORK}/build/blinker" chase.llext)
		if(NOT output STREQUAL expected)
			message(FATAL_ERROR "with ${folder}, printed:\n${output}\n"
				"but should have:\n${expected}")
		endif()
	endforeach()
endfunction()
build_and_compare()

# Without a list of exports every global function is one, and must survive stripping.
file(READ "${WORK}/vendor/chase.c" source)
string(REPLACE "EXPORT_SYMBOL(start);" "" changed "${source}")
if(changed STREQUAL source)
	message(FATAL_ERROR "vendor/chase.c exports nothing")
endif()
file(WRITE "${WORK}/vendor/chase.c" "${changed}")
build_and_compare()
