#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# descriptors.sh ROOT HOST ARM RISCV CLANG: compilers. Where descriptors take a gate's arguments to be, in each way of
# calling functions; and what of descriptors is refused.
set -eu

root=$1 host=$2 arm=$3 riscv=$4 clang=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/gates.c" <<'END'
#include <llext/gate.h>

int show(double x, const char *text);
EXPORT_GATE(show, VALUE(double, x), STRING(const char *, text, 8));
double mean(float scale, const int *numbers, size_t count);
EXPORT_GATE(mean, VALUE(float, scale), IN(const int *, numbers, count), VALUE(size_t, count));

_Static_assert(LLEXT_GATE_WORD_(llext_gate_words_show, text) == TEXT_AT, "behind a double");
_Static_assert((llext_gate_flags_mean & 7) == MEAN_FLAGS, "a double comes back");
#ifdef COUNT
int take(const void *mem, COUNT bytes);
EXPORT_GATE(take, IN(const void *, mem, bytes), VALUE(COUNT, bytes));
#endif
typedef short pair __attribute__((vector_size(4)));
#ifdef TYPE
int look(TYPE x, const void *mem, size_t bytes);
EXPORT_GATE(look, VALUE(TYPE, x), IN(const void *, mem, bytes), VALUE(size_t, bytes));
#endif
#ifdef RESULT
RESULT give(void);
EXPORT_GATE(give);
#endif
END

passes() {
	"$@" -std=gnu11 -ffreestanding -Wall -Wextra -Werror -I"$root/include" -DCONFIG_LLEXT=1 -DCONFIG_USERSPACE=1 \
		-c "$work/gates.c" -o "$work/gates.o" 2>"$work/said"
}

status=0
accepted() {
	passes "$@" || { echo "refused: $*" >&2; cat "$work/said" >&2; status=1; }
}
refused() {
	said=$1
	shift
	if passes "$@"; then
		echo "accepted: $*" >&2
		status=1
	fi
	grep -q "$said" "$work/said" || { cat "$work/said" >&2; status=1; }
}

# In words of integers, in a register of its own, or in one that only has room for a float.
words='-DTEXT_AT=2 -DMEAN_FLAGS=2' float='-DTEXT_AT=0 -DMEAN_FLAGS=4' word='-DTEXT_AT=1 -DMEAN_FLAGS=1'
accepted "$arm" -mcpu=cortex-m4 -mthumb $words
accepted "$arm" -mcpu=cortex-m4 -mthumb -mfloat-abi=hard $float
accepted "$riscv" -march=rv32imac -mabi=ilp32 $words
accepted "$riscv" -march=rv32imafc -mabi=ilp32f $words
accepted "$riscv" -march=rv32imafdc -mabi=ilp32d $float
accepted "$riscv" -march=rv64imac -mabi=lp64 $word
accepted "$riscv" -march=rv64imafc -mabi=lp64f $word
accepted "$riscv" -march=rv64imafdc -mabi=lp64d $float
accepted "$host" $float -DCOUNT=uint64_t
accepted "$host" $float -DCOUNT=uint8_t

# A float in a word of its own, or in a register of floating point.
accepted "$arm" -mcpu=cortex-m4 -mthumb $words -DRESULT=float
accepted "$arm" -mcpu=cortex-m4 -mthumb -mfloat-abi=hard $float -DRESULT=float
accepted "$riscv" -march=rv64imafc -mabi=lp64f $word -DRESULT=float
accepted "$host" $float -DRESULT=float

# A count that is not what the check would look at.
count='a count has one word'
refused "$count" "$arm" -mcpu=cortex-m4 -mthumb $words -DCOUNT=uint64_t
refused "$count" "$riscv" -march=rv32imac -mabi=ilp32 $words -DCOUNT=uint64_t
refused "$count" "$host" $float -DCOUNT=float

# In whichever registers vectors are, and whatever is beside so many bits.
other='for numbers other than'
refused "$other" "$arm" -mcpu=cortex-m4 -mthumb $words -DTYPE=pair
refused "$other" "$host" $float -DTYPE=pair
refused "$other" "$clang" $float '-DTYPE=_BitInt(13)'
refused "$other" "$clang" --target=armv7em-none-eabi $words '-DTYPE=unsigned _BitInt(40)'
other='a number other than'
refused "$other" "$host" $float -DRESULT=pair
refused "$other" "$clang" $float '-DRESULT=_BitInt(13)'

# A result with something beside it.
beside='would come back, too'
refused "$beside" "$riscv" -march=rv64imac -mabi=lp64 $word -DRESULT=float
refused "$beside" "$arm" -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfp16-format=ieee $float -DRESULT=_Float16
exit $status
