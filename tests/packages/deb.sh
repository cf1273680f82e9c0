#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deb.sh BUILD: make the Debian packages of a build, let lintian look, install them, and use what is installed.
set -eu
build=$1
work=$build/tests/packages/deb
rm -rf "$work" "$build/packages"
mkdir -p "$work"
(cd "$build" && cpack -G DEB >"$work/cpack.log" 2>&1) || { cat "$work/cpack.log"; exit 1; }
for name in tenon libtenon-dev tenon-doc; do
	ls "$build/packages/${name}"_*.deb >/dev/null
done
# As root it says that it should not be; that is not a finding.
lintian --fail-on error,warning,info "$build"/packages/*.deb

for package in "$build"/packages/*.deb; do
	dpkg-deb --extract "$package" "$work/root"
done
usr=$work/root/usr
cat >"$work/effect.c" <<'END'
#include <llext/symbol.h>
int twice(int n)
{
	return 2 * n;
}
LL_EXTENSION_SYMBOL(twice);
END
arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O2 -I"$usr/include" -c "$work/effect.c" -o "$work/effect.o"
"$usr/bin/tenon" run "$work/effect.o" --board mps2-an386 --call twice 21 | tee "$work/run.txt"
grep -q 42 "$work/run.txt"
PKG_CONFIG_PATH=$(dirname "$(find "$usr/lib" -name tenon.pc)")
export PKG_CONFIG_PATH
flags=$(pkg-config --define-prefix --cflags --libs tenon)
echo 'int main(void) { return llext_by_name("none") != 0; }' >"$work/firmware.c"
# shellcheck disable=SC2086 # one word per flag
cc -include llext/llext.h "$work/firmware.c" $flags -o "$work/firmware"
"$work/firmware"
zcat "$usr/share/man/man3/llext_load.3.gz" | grep -q 'llext_load'
zcat "$usr/share/man/man1/tenon.1.gz" >/dev/null
test -x "$usr/share/tenon/kit/cmake/user_text"
test -s "$usr/share/doc/tenon-doc/html/api/index.html"
test -s "$usr/share/doc/tenon-doc/html/search/search_index.json"
