# SPDX-License-Identifier: Apache-2.0
# The example's own Makefile, in a copy of the folder, with a stand-in for the kernel; then `tenon push` to it.
set(copy ${CMAKE_CURRENT_BINARY_DIR}/freertos_shell)
set(make "make -s -C '${copy}' TENON='${TENON_ROOT}' FREERTOS='${TENON_ROOT}/tests/rtos/kernel'")
add_test(NAME example.freertos_shell
	COMMAND sh -c "rm -rf '${copy}' && cp -R '${CMAKE_CURRENT_SOURCE_DIR}/freertos_shell' '${copy}' && rm -rf '${copy}/build' && \
${make} all && exec '${Python3_EXECUTABLE}' '${TENON_ROOT}/tests/shell/push.py' $<TARGET_FILE:tenon_command> \
'${copy}/build/blink.llext' '${copy}/build/blink.llext' ${make} SERIAL=pty run")
set_tests_properties(example.freertos_shell PROPERTIES LABELS "example;boards" TIMEOUT 180)
