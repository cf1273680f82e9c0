# SPDX-License-Identifier: Apache-2.0
"""Truncated and changed files: no crash, no report of a sanitizer, and no run that is good by luck."""

import os
import random
import subprocess
import unittest

from support import EXPORT_SCRIPT, INCLUDE, TENON, ToolTest

EXTENSION = """
#include <llext/symbol.h>
int imported(int); extern int shared; __attribute__((weak)) int perhaps(void);
int variable = 5, zeroes[1000]; int common_one;
const char *const texts[] = {"one", "two"};
int function(int x) { return imported(x) + shared + (perhaps ? perhaps() : 0); }
static void __attribute__((constructor)) up(void) { zeroes[0] = common_one; }
EXPORT_SYMBOL(function);
"""
CPP = """
#include <new>
struct Base { virtual ~Base(); virtual int run(int) = 0; };
struct Thing : Base { int run(int x) override { if (x) throw 3; return x; } };
Base::~Base() { }
int make(int x) { try { return Thing().run(x); } catch (int i) { return i; } }
"""
FIRMWARE = """
#include <llext/symbol.h>
int imported(int x) { return x; } int shared;
EXPORT_SYMBOL(imported); EXPORT_SYMBOL(shared);
void _start(void) { }
"""
# Calls between sections, padding, a table of differences; for an assembler.
CALLS = """
    .globl f
    .type f, @function
f:  call g
    .balign 8
    beqz a0, 1f
    tail h
1:  call imported
    j f
    .balign 4
    .word g - f, . - f
    .section .text.g, "ax"
g:  call f
    .balign 16
h:  tail g
    .size f, 8
    .data
    .word f, h, g - f, f + 8
"""
ARM = "clang --target=arm-none-eabi -mcpu=cortex-m4 -mthumb"


class Hostile(ToolTest):
    def mutate(self, kind, path, budget):
        done = subprocess.run([os.environ["MUTATE"], kind, path, str(budget)], timeout=280,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "ASAN_OPTIONS": "allocator_may_return_null=1"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        tried, good = map(int, done.stdout.split())
        self.assertGreater(tried, budget // 3)
        # Most bytes matter, and some do not.
        self.assertGreater(good, tried // 50)
        self.assertLess(good, tried * 49 // 50)

    def test_object(self):
        self.mutate("extension", self.build("o.o", EXTENSION, INCLUDE, "-DLL_EXTENSION_BUILD",
                                            "-fcommon", "-g0"), 12000)

    def test_shared_object(self):
        self.mutate("extension", self.build("s.so", EXTENSION, INCLUDE, "-DLL_EXTENSION_BUILD",
                                            "-shared", "-fpic", "-nostdlib", link=True), 6000)

    def test_cpp(self):
        self.mutate("extension", self.build("c.o", CPP, "-g", compiler="g++"), 6000)

    def test_arm(self):
        self.mutate("extension", self.build("a.o", EXTENSION, INCLUDE, "-DLL_EXTENSION_BUILD",
                                            "-O1", "-ffreestanding", compiler=ARM), 6000)

    def test_packing(self):
        for name, compiler, flags in (
            ("p.o", ARM, ["-O1", "-ffreestanding", "-fpic", "-ffunction-sections"]),
            ("q.o", "riscv64-unknown-elf-gcc", ["-O1", "-mcmodel=medany", "-fcommon", "-ffreestanding"]),
            ("r.so", "gcc", ["-shared", "-fpic", "-nostdlib"]),
        ):
            self.mutate("pack", self.build(name, EXTENSION, INCLUDE, "-DLL_EXTENSION_BUILD", *flags,
                                           compiler=compiler, link=name.endswith("so")), 1500)

    def test_relaxing(self):
        """For RV32: on RV64 a call of what a change has made an absolute address may not reach."""
        path = self.path("relax.o")
        subprocess.run(["riscv64-unknown-elf-as", "-march=rv32imac", "-mabi=ilp32", "-o", path],
                       input=CALLS, text=True, check=True)
        self.assertIn("made jal", self.tenon("pack", path, "-o", path + ".packed", "--relax").stdout)
        self.mutate("relax", path, 9000)

    def test_packed(self):
        for name, flags in (("u.o", []), ("v.o", ["-fpic"])):
            path = self.build(name, EXTENSION, INCLUDE, "-DLL_EXTENSION_BUILD", "-O1", "-ffreestanding",
                              *flags, compiler=ARM)
            self.tenon("pack", path, "-o", path + ".packed")
            self.mutate("extension", path + ".packed", 3000)

    def test_compressed(self):
        path = self.build("z.o", EXTENSION, INCLUDE, "-DLL_EXTENSION_BUILD", "-O1", "-ffreestanding",
                          compiler=ARM)
        self.tenon("pack", path, "-o", path + ".packed")
        self.mutate("compressed", path + ".packed", 6000)

    def test_firmware(self):
        for name, flags in (("exec.elf", ["-no-pie", "-fno-pie"]), ("pie.elf", ["-pie", "-fpie"])):
            path = self.build(name, FIRMWARE, INCLUDE, "-nostartfiles", "-Wl,-T," + EXPORT_SCRIPT,
                              "-Wl,-z,noseparate-code", *flags, link=True)
            self.mutate("firmware", path, 8000)

    def test_very_many_sections(self):
        """Symbols of sections beyond 65,279: each command says so, and fails."""
        self.write("many.s", "".join(f' .section .text.f{i},"ax"\n .globl f{i}\nf{i}: ret\n' for i in range(65300)))
        path = self.path("many.o")
        subprocess.run(["as", self.path("many.s"), "-o", path], check=True)
        for command in ("run", "inspect", "pack", "graph", "exports", "report", "size"):
            with self.subTest(command=command):
                output = ["-o", self.path("out")] if command in ("pack", "report") else []
                done = self.tenon(command, path, *output, code=1)
                self.assertRegex(done.stdout + done.stderr,
                                 r"extended section indexes are not supported, .*symbol f65\d\d\d\b")

    def test_many_sections_with_a_debug_file(self):
        self.write("most.s", "".join(f' .section .text.f{i},"ax"\n .globl f{i}\nf{i}: ret\n' for i in range(24000)))
        subprocess.run(["as", self.path("most.s"), "-o", self.path("most.o")], check=True)
        self.tenon("pack", self.path("most.o"), "-o", self.path("most"), "--write-debug", self.path("most.debug"))

    def test_the_command_as_built(self):
        """The real program end to end, on a few hundred of them: an exit code, never a signal."""
        data = self.read(self.build("whole.o", EXTENSION, INCLUDE, "-DLL_EXTENSION_BUILD"))
        firmware = self.build("fw.elf", FIRMWARE, INCLUDE, "-nostartfiles", "-no-pie", "-fno-pie",
                              "-Wl,-T," + EXPORT_SCRIPT, link=True)
        picker = random.Random(1)
        out = self.path("out")
        for i in range(150):
            if i % 3 == 0:
                bad = data[:picker.randrange(len(data))]
            else:
                bad = bytearray(data)
                for _ in range(picker.randrange(1, 4)):
                    bad[picker.randrange(len(bad))] = picker.randrange(256)
            path = self.write("mutant.o", bytes(bad))
            for args in (["inspect", path], ["inspect", "--json", path],
                         ["check", path, "--against", firmware], ["pack", path, "-o", out]):
                done = subprocess.run([TENON, *args], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, timeout=20)
                self.assertIn(done.returncode, (0, 1), (args, i))
                self.assertNotEqual(done.stdout + done.stderr, b"")
                done.stdout.decode("utf-8")


if __name__ == "__main__":
    unittest.main()
