# SPDX-License-Identifier: Apache-2.0
# Fixtures of the tests that run what they load.
hostile_fixture(order_gcc.o order.c ${gcc} -fPIE -c @SRC@ -o @OUT@)
hostile_fixture(order_clang.o order.c ${clang} -fPIE -c @SRC@ -o @OUT@)
hostile_fixture(ten.o ten.c ${gcc} -fPIE -c @SRC@ -o @OUT@)
hostile_fixture(small.o small.c ${gcc} -fPIE -fcommon -c @SRC@ -o @OUT@)
hostile_fixture(large_small.o small.c ${gcc} -fno-pic -mcmodel=large -fcommon -c @SRC@ -o @OUT@)
hostile_fixture(large_no_common.o small.c ${gcc} -fno-pic -mcmodel=large -fno-common
	-c @SRC@ -o @OUT@)
