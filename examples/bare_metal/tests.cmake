# SPDX-License-Identifier: Apache-2.0
# The example's own Makefile, in a copy of the folder: what `make run` prints must be expected.txt.
set(copy ${CMAKE_CURRENT_BINARY_DIR}/bare_metal)
add_test(NAME example.bare_metal
	COMMAND sh -c "rm -rf '${copy}' && cp -R '${CMAKE_CURRENT_SOURCE_DIR}/bare_metal' '${copy}' && rm -rf '${copy}/build' && \
cd '${copy}' && make -s TENON='${TENON_ROOT}' all && make -s TENON='${TENON_ROOT}' run >output && \
diff expected.txt output")
set_tests_properties(example.bare_metal PROPERTIES LABELS "example;boards" TIMEOUT 120)
