#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# arduino.sh ROOT MACHINE WORK: compile the Arduino library as Arduino does, each file below src/ with src/ on the
# include path, and see that nothing of it is undefined but what the sketch and its linker script give.
set -eu
root=$1
machine=$2
work=$3
case $machine in
arm-*) flags="--specs=picolibc.specs -mcpu=cortex-m4 -mthumb" ;;
*) flags='--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs -mlongcalls' ;;
esac
rm -rf "$work"
mkdir -p "$work"
"$root/scripts/arduino" "$work" >/dev/null
for field in name version author maintainer sentence paragraph category url architectures includes; do
	grep -q "^$field=." "$work/Tenon/library.properties" || { echo "library.properties lacks $field"; exit 1; }
done
cd "$work"
find Tenon/src -name '*.c' | while read -r file; do
	# shellcheck disable=SC2086 # one word per flag
	"$machine-gcc" $flags -Os -Wall -Werror -ITenon/src -c "$file" \
		-o "$(echo "$file" | tr / _).o"
done
"$machine-nm" -u ./*.o | sed -n 's/^ *U //p' | sort -u >wanted
"$machine-nm" --defined-only ./*.o | awk 'NF == 3 { print $3 }' | sort -u >found
comm -23 wanted found | grep llext | grep -v -x -e llext_port -e '__llext_export_start' -e '__llext_export_end' >lacking || true
cat lacking
test -s found && ! test -s lacking
