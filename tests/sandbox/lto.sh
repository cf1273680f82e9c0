#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lto.sh ROOT FOLDER: with link-time optimisation a firmware finds what the ports' assembly defines.
set -eu
root=$1 folder=$2
mkdir -p "$folder"
status=0

# try PORT FUNCTION COMPILER...: link a call of the FUNCTION that is written in assembly.
try() {
	port=$1 function=$2
	shift 2
	echo "void $function(void); void _start(void) { $function(); }" >"$folder/start.c"
	"$@" -std=gnu11 -Os -flto -DCONFIG_USERSPACE=1 -I"$root/include" -I"$root/src" -I"$root/ports/mcu" \
		-I"$root/ports/$port" -c "$root/ports/$port/domain_entry.c" -o "$folder/$port.o"
	"$@" -Os -flto -c "$folder/start.c" -o "$folder/start.o"
	"$@" -Os -flto -static -nostdlib -Wl,--unresolved-symbols=ignore-all "$folder/start.o" "$folder/$port.o" -o "$folder/$port.elf" \
		2>"$folder/$port.log" || cat "$folder/$port.log"
	if ! nm "$folder/$port.elf" | grep -q " [Tt] $function\$"; then
		echo "$port: no $function() after link-time optimisation"
		status=1
	fi
}

try aarch64 llext_domain_port_call aarch64-linux-gnu-gcc
try cortex_m llext_domain_call arm-none-eabi-gcc -isystem /usr/lib/picolibc/arm-none-eabi/include \
	-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
try riscv_m llext_domain_call riscv64-unknown-elf-gcc -isystem /usr/lib/picolibc/riscv64-unknown-elf/include \
	-march=rv32imac_zicsr -mabi=ilp32
exit $status
