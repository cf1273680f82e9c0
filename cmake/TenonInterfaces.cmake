# SPDX-License-Identifier: Apache-2.0
#[[
Targets beside the library, the same for the sources and for the installed package, which set:
  TENON_INCLUDE_DIR         the folder that llext/ is in
  TENON_ZEPHYR_DIR          kernel.c and its like, and an include root
  TENON_EXPORTS_DIR         ready-made lists of exports
  TENON_EXPORT_SCRIPT       the piece of linker script that sorts exports
  TENON_TABLE_REQUIRED      one that lets a link without it fail

  Tenon::firmware           what a program that loads extensions links: the library and the script
  Tenon::extension          what an extension is compiled with
  Tenon::zephyr             Zephyr's spelling of the headers, printk and k_heap, exported
  Tenon::zephyr_kernel      beside that, Zephyr's threads, semaphores, mutexes, events, k_malloc() over
                            pthreads; under FreeRTOS take threads_freertos.c of the same folder instead
                            of threads_posix.c
  Tenon::zephyr_fs          Zephyr's files over stdio
  Tenon::zephyr_test        Zephyr's tests (zephyr/ztest.h), and a main() that runs them
  Tenon::exports_<group>    the functions of a library, exported: libc, libc_stdio, libc_heap, libm,
                            libgcc, libstdcxx; the firmware calls nothing of it, linking is enough

  tenon_link_exports(<firmware> <library>...)

    Links static libraries that have exports (EXPORT_SYMBOL()) in them: whole, since a linker leaves out
    what nothing calls, and what an export names is called by extensions only.
]]
include_guard(GLOBAL)

set(TENON_EXTENSION_INCLUDE_DIRS "${TENON_INCLUDE_DIR}" "${TENON_ZEPHYR_DIR}" CACHE INTERNAL
	"Where the headers are that an extension includes")

# tenon_interface(<name>): the library tenon_<name>, also known as Tenon::<name>.
function(tenon_interface name)
	add_library(tenon_${name} INTERFACE)
	add_library(Tenon::${name} ALIAS tenon_${name})
endfunction()

tenon_interface(firmware)
target_link_libraries(tenon_firmware INTERFACE Tenon::tenon)
# On bare metal the firmware's own script has these lines, or its link fails: see docs/porting.md, "The
# export table". A firmware that hands its table over by llext_set_builtins() links Tenon::tenon instead.
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
	target_link_libraries(tenon_firmware INTERFACE "${TENON_TABLE_REQUIRED}")
else()
	target_link_options(tenon_firmware INTERFACE "LINKER:-T,${TENON_EXPORT_SCRIPT}")
	set_property(TARGET tenon_firmware PROPERTY INTERFACE_LINK_DEPENDS "${TENON_EXPORT_SCRIPT}")
endif()

tenon_interface(extension)
target_include_directories(tenon_extension INTERFACE ${TENON_EXTENSION_INCLUDE_DIRS})
target_compile_definitions(tenon_extension INTERFACE LL_EXTENSION_BUILD)

# As sources: an archive's linker would leave out what nothing calls, exports with it.
tenon_interface(zephyr)
target_link_libraries(tenon_zephyr INTERFACE Tenon::tenon)
target_include_directories(tenon_zephyr INTERFACE "${TENON_ZEPHYR_DIR}")
target_sources(tenon_zephyr INTERFACE "${TENON_ZEPHYR_DIR}/kernel.c"
	"${TENON_ZEPHYR_DIR}/printk_stdio.c")

tenon_interface(zephyr_kernel)
target_link_libraries(tenon_zephyr_kernel INTERFACE Tenon::zephyr)
target_sources(tenon_zephyr_kernel INTERFACE "${TENON_ZEPHYR_DIR}/threads.c"
	"${TENON_ZEPHYR_DIR}/malloc.c" "${TENON_ZEPHYR_DIR}/threads_posix.c")
tenon_interface(zephyr_fs)
target_link_libraries(tenon_zephyr_fs INTERFACE Tenon::zephyr)
target_sources(tenon_zephyr_fs INTERFACE "${TENON_ZEPHYR_DIR}/fs_stdio.c")
tenon_interface(zephyr_test)
target_link_libraries(tenon_zephyr_test INTERFACE Tenon::zephyr_kernel)
target_sources(tenon_zephyr_test INTERFACE "${TENON_ZEPHYR_DIR}/ztest.c")

# tenon_exports(<group> <file>)
function(tenon_exports group file)
	string(TOUPPER ${group} upper)
	tenon_interface(exports_${group})
	target_link_libraries(tenon_exports_${group} INTERFACE Tenon::firmware ${ARGN})
	target_sources(tenon_exports_${group} INTERFACE "${TENON_EXPORTS_DIR}/${file}")
	target_compile_definitions(tenon_exports_${group} INTERFACE
		CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_${upper}=1)
endfunction()

tenon_exports(atomics atomics.c)
tenon_exports(cxx cxx.c)
tenon_exports(emutls emutls.c)
tenon_exports(libc libc.c)
tenon_exports(libc_stdio libc.c)
tenon_exports(libc_heap libc.c)
tenon_exports(libm libm.c m)
tenon_exports(libgcc libgcc.c)
tenon_exports(libstdcxx libstdcxx.c stdc++)

function(tenon_link_exports firmware)
	foreach(library IN LISTS ARGN)
		# Again by its name: for its headers, and for what it links.
		target_link_libraries(${firmware} PRIVATE
			"-Wl,--whole-archive,$<TARGET_FILE:${library}>,--no-whole-archive" ${library})
		set_property(TARGET ${firmware} APPEND PROPERTY LINK_DEPENDS "$<TARGET_FILE:${library}>")
	endforeach()
endfunction()
