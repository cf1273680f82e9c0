#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# user_text.sh USER_TEXT COMPILER: what cmake/user_text refuses, also by a compiler that is a link in a folder
# that has nothing else, as ccache's are.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo 'int closed(int a) { return a + 1; }' >closed.c
echo 'int outside(int a); int calls(int a) { return outside(a) + 1; }' >calls.c
echo 'int memory[4]; int counts(int a) { return memory[a]++; }' >counts.c
for name in closed calls counts; do
	"$2" -O1 -ffreestanding -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -c $name.c
done
ar rcs library.a closed.o calls.o counts.o
ln -s "$(command -v "$2")" gcc

for compiler in "$2" "$work/gcc"; do
	"$1" "$compiler" out.o out.c closed -- library.a
	grep -q 'EXPORT_USER(closed)' out.c
	for name in calls counts; do
		if "$1" "$compiler" out.o out.c $name -- library.a 2>said; then
			echo "$compiler: $name() passes" >&2
			exit 1
		fi
		grep -q 'user text: ' said
	done
done
