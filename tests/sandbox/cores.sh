#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cores.sh ROOT RISCV: the ways into a domain are assembled for cores of which no board here is one.
set -eu

root=$1 riscv=$2
for core in rv32ic/ilp32 rv32imafc/ilp32f rv32imafdc/ilp32 rv32imafdc/ilp32d rv64imac/lp64 rv64imafc/lp64f; do
	"$riscv" --specs=picolibc.specs -march="${core%/*}" -mabi="${core#*/}" -std=gnu11 -O2 -Wall -Wextra -Werror \
		-I"$root/include" -I"$root/src" -DCONFIG_LLEXT=1 -DCONFIG_USERSPACE=1 \
		-c "$root/ports/riscv_m/domain_entry.c" -o /dev/null
done
