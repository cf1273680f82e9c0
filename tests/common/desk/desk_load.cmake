# SPDX-License-Identifier: Apache-2.0
# Target desk_load: see desk_load.c. Included by every part that tests a machine on the desk.
include(TenonSources)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

if(NOT TARGET desk_load)
	add_executable(desk_load ${CMAKE_CURRENT_LIST_DIR}/desk_load.c
		${TENON_ROOT}/src/loaders/buf_loader.c)
	target_link_libraries(desk_load PRIVATE tenon_desk)
	target_include_directories(desk_load PRIVATE ${TENON_ROOT}/include)
	target_compile_options(desk_load PRIVATE -Wall -Wextra -Werror)
endif()

# desk_test(NAME SCRIPT [ARGUMENT...]): run a script with desk_load's path as its first argument.
function(desk_test name script)
	add_test(NAME ${name}
		COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${script}
			$<TARGET_FILE:desk_load> ${ARGN})
	set_tests_properties(${name} PROPERTIES TIMEOUT 300
		ENVIRONMENT "PYTHONPATH=${CMAKE_CURRENT_FUNCTION_LIST_DIR};PYTHONDONTWRITEBYTECODE=1")
endfunction()
