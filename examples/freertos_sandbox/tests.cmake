# SPDX-License-Identifier: Apache-2.0
# The example's own project, in a copy of the folder, with a stand-in for the kernel. What it prints must be
# expected.txt, but for addresses of code and stack.
set(copy ${CMAKE_CURRENT_BINARY_DIR}/freertos_sandbox)
add_test(NAME example.freertos_sandbox
	COMMAND sh -e -c "rm -rf '${copy}' && cp -R '${CMAKE_CURRENT_SOURCE_DIR}/freertos_sandbox' '${copy}' && cd '${copy}' && \
cmake -G Ninja -B build -DCMAKE_TOOLCHAIN_FILE=arm.cmake -DTENON='${TENON_ROOT}' \
-DFREERTOS='${TENON_ROOT}/tests/rtos/kernel' && cmake --build build -j 2 --target firmware.elf effect && \
timeout 60 cmake --build build --target run >output && \
sed -n '/^\\[/d; /^ninja/d; s/\\(pc\\|lr\\|sp\\|status\\) 0x[0-9a-f]*/\\1 .../g; p' output | diff expected.txt -")
set_tests_properties(example.freertos_sandbox PROPERTIES LABELS "example;boards" TIMEOUT 300)
