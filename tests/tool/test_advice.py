# SPDX-License-Identifier: Apache-2.0
"""The advice of docs/errors.md, followed to the letter: a file is refused, and then it runs."""

import os
import subprocess
import unittest

from support import INCLUDE, TENON, ToolTest, has

F = "int v = 3; const int k[] = {1, 2}; int f(int x) { return x + v + k[x & 1]; }"
TLS = "_Thread_local int t = 4; int f(int x) { return t += x; }"
EXPORTED = """#include <llext/symbol.h>
_Thread_local int t = 4; %s int f(int x) { return t += x; } LL_EXTENSION_SYMBOL(f);"""
ARM = "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O1 -DLL_EXTENSION_BUILD " + INCLUDE
RV32 = "riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32 -O1"
RV64 = "riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d -O1"
A64 = "aarch64-linux-gnu-gcc -O1"
GOT = """ .globl f
 .type f, %%function
f: adrp x1, :got:k
 ldr x1, [x1, :got_lo12:k]
 ldr w0, [x1]
 ret
 .data
 .word 1
%s
k: .word 3
"""
SET = " .globl f\n .type f, @function\nf: %s\n ret\n .set k, 0x1234\n"
THUMB = " .syntax unified\n .thumb\n%s\n .globl f\n .type f, %%function\nf: %s\n bx lr\n%s\n"
RUN = "$TENON run x -c f 1"
SANDBOX = "$TENON run --sandbox x -c f 1"

# Id; the source's name and text; what is refused; how the advice says that it should be.
CASES = [
    ("E0502", "f.s", THUMB % (' .section .both, "awx", %progbits', "nop", ""), f"{ARM} -c f.s -o x; {RUN}",
     [f"sed -i s/awx/ax/ f.s; {ARM} -c f.s -o x; {RUN}"]),
    ("E0505", "f.c", "char big[4] __attribute__((aligned(131072))); int f(int x) { return big[x]; }",
     f"{ARM} -c f.c -o x; {RUN}", [f"sed -i s/131072/65536/ f.c; {ARM} -c f.c -o x; {RUN}"]),
    ("E0520", "f.s", THUMB % (' .section .exported_sym, "aw", %progbits, unique, 1\n .word n, f\n'
                              ' .section .exported_sym, "aw", %progbits, unique, 2\n .word n2, f\n .text', "nop",
                              ' .section .rodata\nn: .asciz "f"\nn2: .asciz "g"'),
     f"{ARM} -c f.s -o y; cp y x; {RUN}", [f"arm-none-eabi-ld -r y -o x; {RUN}"]),
    ("E0539", "f.c", TLS, f"gcc -no-pie -static -nostdlib -Wl,-e,0,-Ttext-segment=0x30000000 f.c -o x; {RUN}",
     [f"gcc -nostdlib -r f.c -o x; {RUN}", f"gcc -fpic -nostdlib -shared f.c -o x; {RUN}"]),
    ("E0540", "f.c", TLS, f"gcc -c f.c -o x; {SANDBOX}", [f"sed -i s/_Thread_local// f.c; gcc -c f.c -o x; {SANDBOX}"]),
    ("E0540", "f.c", TLS, f"gcc -c f.c -o x; {SANDBOX}", [RUN]),
    ("E0307", "f.c", EXPORTED % "EXPORT_TLS_SYMBOL(t);", f"{ARM} -c f.c -o x; {SANDBOX}",
     [RUN, f"sed -i 's/EXPORT_TLS_SYMBOL(t);//' f.c; {ARM} -c f.c -o x; {SANDBOX}"]),
    ("E0543", "f.c", TLS, f"{ARM} -fpic -ftls-model=global-dynamic -c f.c -o x; {SANDBOX}",
     [f"{ARM} -fpic -ftls-model=initial-exec -c f.c -o x; {SANDBOX}", f"{ARM} -ftls-model=local-exec -c f.c -o x; {SANDBOX}"]),
    ("E0306", "f.c", F, f"{ARM} -fpic -c f.c -o y; arm-none-eabi-ld -shared y -o x; {SANDBOX}", [f"cp y x; {SANDBOX}"]),
    ("E0608", "f.c", F, f"{ARM} -fpic -c f.c -o y; arm-none-eabi-ld -shared -n y -o x; {RUN}",
     [f"arm-none-eabi-ld -r y -o x; {RUN}", f"arm-none-eabi-ld -shared y -o x; {RUN}"]),
    ("E0610", "f.c", F, f"{A64} -fpic -shared -nostdlib -Wl,-z,max-page-size=256 f.c -o x; {RUN}",
     [f"{A64} -fpic -shared -nostdlib -Wl,-z,max-page-size=4096 f.c -o x; {RUN}"]),
    ("E0610", "f.c", F, f"gcc -O1 -fpic -shared -nostdlib -Wl,-z,separate-code,-z,max-page-size=256 f.c -o x; {RUN}",
     [f"gcc -O1 -fpic -shared -nostdlib -Wl,-z,separate-code,-z,max-page-size=4096 f.c -o x; {RUN}",
      f"gcc -O1 -fpic -shared -nostdlib -Wl,-z,noseparate-code,-z,max-page-size=16 f.c -o x; {RUN}"]),
    ("E0613", "f.c", F + "int main(void) { return 0; }", f"gcc -no-pie f.c -o x; {RUN}",
     [f"gcc -static -no-pie -nostdlib -Wl,-e,0,-Ttext-segment=0x30000000 f.c -o x; {RUN}"]),
    ("E0615", "f.c", F, f"{ARM} -nostdlib -static -Wl,-Ttext=0x20200000,-e,0 f.c -o x; {RUN}",
     [f"{ARM} -nostdlib -r -Wl,-e,f f.c -o x; {RUN}"]),
    ("E0707", "f.s", THUMB % (" .data", "nop", ""), f"{ARM} -c f.s -o x; {RUN}",
     [f"sed -i s/.data/.text/ f.s; {ARM} -c f.s -o x; {RUN}"]),
    ("E0710", "f.c", 'static int a(int x) { return x + 1; } static void *r(void) { return (void *)a; }'
                     'int g(int) __attribute__((ifunc("r"))); int f(int x) { return g(x); }', f"gcc -c f.c -o x; {RUN}",
     ["echo 'static int a(int x) { return x + 1; } static int (*g)(int); __attribute__((constructor)) static void up(void)"
      f" {{ g = a; }} int f(int x) {{ return g(x); }}' > f.c; gcc -c f.c -o x; {RUN}"]),
    ("E0902", "f.c", F, f"{RV64} -mcmodel=medlow -c f.c -o x; {RUN}", [f"{RV64} -mcmodel=medany -c f.c -o x; {RUN}"]),
    ("E0902", "f.s", THUMB % (' .section .text.a, "ax"', "beq.n g", ' .section .text.b, "ax"\n .space 4000\n'
                              ' .globl g\n .thumb_func\ng: bx lr'), f"{ARM} -c f.s -o x; {RUN}",
     [f"sed -i s/beq.n/beq.w/ f.s; {ARM} -c f.s -o x; {RUN}"]),
    ("E0905", "f.s", GOT % "", f"{A64} -c f.s -o x; {RUN}",
     [f"sed -i 's/^k:/ .globl k\\nk:/' f.s; {A64} -c f.s -o x; {RUN}",
      f"sed -i 's/^k:/ .hidden k\\nk:/' f.s; {A64} -c f.s -o x; {RUN}"]),
    ("E0905", "f.s", SET % "1: auipc a0, %got_pcrel_hi(k)\n lw a0, %pcrel_lo(1b)(a0)", f"{RV32} -c f.s -o x; {RUN}",
     [f"sed -i 's/1: .*/lui a0, %hi(k)/; s/lw .*/addi a0, a0, %lo(k)/' f.s; {RV32} -c f.s -o x; {RUN}"]),
    ("E0913", "f.c", "int g(int x) { return x * 3; }" + F,
     f"{RV64} -fasynchronous-unwind-tables -ffunction-sections -mcmodel=medany -c f.c -o y; "
     f"riscv64-unknown-elf-ld -melf64lriscv -r --gc-sections -u f -e f y -o x; {RUN}",
     [f"riscv64-unknown-elf-ld -melf64lriscv -r y -o x; {RUN}",
      f"{RV64} -fno-asynchronous-unwind-tables -ffunction-sections -mcmodel=medany -c f.c -o y; "
      f"riscv64-unknown-elf-ld -melf64lriscv -r --gc-sections -u f -e f y -o x; {RUN}"]),
    ("E0918", "f.c", F, f"{ARM} -g -c f.c -o y; arm-none-eabi-objcopy --only-keep-debug y x; {RUN}", [f"cp y x; {RUN}"]),
]


class Advice(ToolTest):
    def shell(self, command):
        return subprocess.run(["sh", "-c", command], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=120, env={**os.environ, "TENON": TENON})

    def test_followed(self):
        for number, name, source, refused, remedies in CASES:
            if not all(has(command.split()[0]) for command in [refused, *remedies] if "gcc" in command.split()[0]):
                continue
            with self.subTest(number=number, refused=refused):
                self.write(name, source)
                done = self.shell(refused)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(f"({number})", done.stderr)
            for remedy in remedies:
                with self.subTest(number=number, remedy=remedy):
                    done = self.shell(remedy)
                    self.assertEqual((done.returncode, done.stdout[:5]), (0, "f(1) "), done.stdout + done.stderr)

    def test_nothing_but_indirect_functions(self):
        """Not that they are static."""
        path = self.build("indirect.o", 'static int a(int x) { return x + 1; } static void *r(void) { return (void *)a; }'
                                        'int f(int) __attribute__((ifunc("r")));')
        self.assertIn("since indirect functions are not supported", self.tenon("run", path, "-c", "f", "1", code=1).stderr)


if __name__ == "__main__":
    unittest.main()
