#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# each_option.sh ROOT: the library with each option of include/llext/config.h alone in the state that is not the
# default, compiled for Cortex-M without a warning. So a part that is left out is not called by another one.
set -eu
root=$1
compiler="arm-none-eabi-gcc --specs=picolibc.specs -mcpu=cortex-m4 -mthumb"
# Of what is no part of a load, the options say nothing.
cd "$root" # whose own name is none of these
sources=$(ls src/*.c src/*/*.c | grep -v -e /arch/ -e /sandbox -e /shell/ -e /small/ -e /store/ -e /swap -e /trust/)
status=0

# try OPTION...
try() {
	# shellcheck disable=SC2086
	if ! $compiler -std=gnu11 -fsyntax-only -Wall -Wextra -Wundef -Werror -I"$root/include" -I"$root/src" "$@" $sources \
		"$root/src/arch/arm.c"; then
		echo "with $*: not as it should be"
		status=1
	fi
}

# Those that are on by default, as the configuration says. What needs another one goes with it.
on=$(sed -n 's/^#if !defined(CONFIG_LLEXT_\([A-Z_0-9]*\)) && LLEXT_DEFAULT_.*/\1/p' "$root/include/llext/config.h")
[ "$(echo "$on" | wc -l)" -gt 15 ]
for option in $on; do
	case $option in
	PEEK) try -DCONFIG_LLEXT_PEEK=0 -DCONFIG_LLEXT_IN_PLACE=0 ;;
	*) try "-DCONFIG_LLEXT_$option=0" ;;
	esac
done
# Of the others, those that no board and no other test here compiles.
for option in CONSTANTS_WITH_CODE IMPORT_ALL_GLOBALS RODATA_NO_RELOC STORAGE_WRITABLE WORD_CODE; do
	try "-DCONFIG_LLEXT_$option=1"
done
exit $status
