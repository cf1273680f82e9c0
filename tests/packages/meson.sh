#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# meson.sh ROOT WORK: a firmware that takes Tenon as a Meson subproject, for this machine and for a Cortex-M4.
set -eu
root=$1
work=$2
rm -rf "$work"
mkdir -p "$work/subprojects"
ln -s "$root" "$work/subprojects/tenon"
cd "$work"
cat >meson.build <<'END'
project('product', 'c')
executable('product', 'product.c', dependencies: dependency('tenon', fallback: 'tenon'))
END
cat >product.c <<'END'
#include <llext/fs_loader.h>
#include <llext/llext.h>

static char heap[65536] __attribute__((aligned(4096)));

int add(int a, int b);
int add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(add);

int main(int argc, char **argv)
{
	struct llext_fs_loader file = LLEXT_FS_LOADER(argc > 1 ? argv[1] : "effect.o");
	struct llext *ext = NULL;
	int (*effect)(int);

	if (llext_heap_init(heap, sizeof(heap)) != 0 || llext_load(&file.loader, "effect", &ext, NULL) != 0)
		return 1;
	effect = (int (*)(int))llext_find_sym(&ext->exp_tab, "effect");
	return effect(40) == 42 && llext_unload(&ext) == 0 ? 0 : 1;
}
END
cat >effect.c <<'END'
#include <llext/symbol.h>
int add(int a, int b);
int effect(int n)
{
	return add(n, 2);
}
LL_EXTENSION_SYMBOL(effect);
END
meson setup --fatal-meson-warnings host >/dev/null
ninja -C host >/dev/null
cc -O2 -I"$root/include" -c effect.c
host/product effect.o

cat >cortex-m4.ini <<'END'
[binaries]
c = 'arm-none-eabi-gcc'
ar = 'arm-none-eabi-ar'
strip = 'arm-none-eabi-strip'
[built-in options]
c_args = ['--specs=picolibc.specs', '-mcpu=cortex-m4', '-mthumb']
c_link_args = ['--specs=picolibc.specs', '-mcpu=cortex-m4', '-mthumb']
[host_machine]
system = 'none'
cpu_family = 'arm'
cpu = 'cortex-m4'
endian = 'little'
END
meson setup --fatal-meson-warnings --cross-file cortex-m4.ini -Dtenon:loaders=buf m4 >/dev/null
ninja -C m4 subprojects/tenon/libtenon.a >/dev/null
arm-none-eabi-nm m4/subprojects/tenon/libtenon.a 2>/dev/null | grep -q ' T llext_load$'
