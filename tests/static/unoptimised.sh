#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unoptimised.sh ROOT FOLDER: the library compiled without optimisation, for each machine and in
# configurations that leave parts out: whatever is left out must not be referred to, and the headers
# keep to -Wundef.
set -eu
root=$1 folder=$2
mkdir -p "$folder"
picolibc="--specs=picolibc.specs"
m4="arm-none-eabi-gcc $picolibc -mcpu=cortex-m4 -mthumb"
rv="riscv64-unknown-elf-gcc $picolibc"
without=
for name in DIAG INSPECT IN_PLACE ARRAYS UNWIND EXIT_FUNCTIONS EXPORT_GLOBALS PROTECT SPLIT_HEAP \
	DEPENDENCIES EXTENDED_SECTIONS LOCK PEEK PACKED QUICK; do
	without="$without -DCONFIG_LLEXT_$name=0"
done
failed=0
# Each is 1 or 0, so that these ask for the wrong thing.
if grep -rnE 'if(def +|.*[^!]defined *\(?)LLEXT_TARGET_' "$root/src" "$root/ports" "$root/include"; then
	echo "LLEXT_TARGET_* is always defined: ask for its value"
	failed=1
fi

# try NAME ARCH_FILE COMPILER...
try() {
	name=$1 arch=$2
	shift 2
	rm -rf "${folder:?}/$name"
	mkdir "$folder/$name"
	for file in "$root"/src/*.c "$root"/src/*/*.c "$root/src/arch/$arch"; do
		case $file in
		*/arch/$arch) ;;
		*/arch/* | */loaders/* | */shell/* | */small/* | */trust/*) continue ;;
		esac
		"$@" -O0 -std=gnu11 -Wundef -Werror=undef -I"$root/include" -I"$root/src" -c "$file" \
			-o "$folder/$name/$(echo "${file#"$root"/src/}" | tr / _).o"
	done
	# llext_port and llext_cortex_m_* are the port's.
	missing=$(nm "$folder/$name"/*.o | awk 'NF == 2 && $1 == "U" { used[$2] }
		NF == 3 && $2 ~ /[A-TV-Z]/ { there[$3] }
		END { for (s in used) if (!(s in there) && s ~ /^(llext|fast|quick)_/ && s != "llext_port" &&
			s !~ /^llext_cortex_m_/) print s }')
	if [ -n "$missing" ]; then
		echo "$name: not there, and referred to:" $missing
		failed=1
	fi
}

try x86_64 x86.c gcc
try aarch64 aarch64.c aarch64-linux-gnu-gcc
try xtensa xtensa.c xtensa-lx106-elf-gcc -I"$root/boards/common/libc"
try riscv32 riscv.c $rv -march=rv32imac -mabi=ilp32
try riscv64 riscv.c $rv -march=rv64gc -mabi=lp64d
try arm arm.c $m4
try arm_without_fast arm.c $m4 -DCONFIG_LLEXT_QUICK=0
try arm_relocatable arm.c $m4 -DCONFIG_LLEXT_TYPE_ELF_RELOCATABLE=1
try arm_shared arm.c $m4 -DCONFIG_LLEXT_TYPE_ELF_SHAREDLIB=1
try arm_without_all arm.c $m4 -DCONFIG_LLEXT_TYPE_ELF_RELOCATABLE=1 $without
exit $failed
