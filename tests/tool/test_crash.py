# SPDX-License-Identifier: Apache-2.0
"""tenon run: a crash inside an extension names its place and ends with 128 + the signal's number."""

import os
import re
import signal
import subprocess
import unittest

from support import TENON, ToolTest

CODE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
int null(void) { volatile int *p = 0; return *p; }
int in_library(void) { return (int)strlen((const char *)1); }
int no_function(void) { int (*volatile f)(void) = 0; return f() + 1; }
int divide(int a, int b) { return a / b; }
int aborts(void) { abort(); }
int illegal(void) { __asm__ volatile("ud2"); return 0; }
int endless(int n) { volatile char room[1000]; room[0] = (char)n; return endless(n + 1) + room[0]; }
static __attribute__((noinline)) int hidden(volatile int *p) { return *p; }
int outer(void) { return hidden((int *)16) + 1; }
int writes_code(void) { *(volatile char *)(void *)&divide = 0; return 0; }
int unfinished(void) { printf("last words"); return null(); }
const int constant = 3;
int writes_constant(void) { *(volatile int *)(int *)&constant = 4; return 0; }
"""


class Crash(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.build("crash.o", CODE, "-O1", "-fno-optimize-sibling-calls")

    def crash(self, number, *call):
        return self.tenon("run", self.file, "--call", *call, code=128 + number)

    def test_place(self):
        for number, call in ((signal.SIGSEGV, ["null"]), (signal.SIGFPE, ["divide", "1", "0"]),
                             (signal.SIGILL, ["illegal"]), (signal.SIGSEGV, ["writes_code"]),
                             (signal.SIGSEGV, ["writes_constant"]), (signal.SIGSEGV, ["endless"])):
            with self.subTest(call=call):
                said = self.crash(number, *call).stderr
                self.assertIn("tenon: crash: " + number.name, said)
                self.assertRegex(said, r"  in extension crash\.o, section \.text \+ 0x[0-9a-f]+ "
                                       r"\(" + call[0] + r" \+ 0x[0-9a-f]+\)\n")

    def test_what_the_processor_refused(self):
        self.assertIn("\n  hint: a trap that the compiler has put", self.crash(signal.SIGILL, "illegal").stderr)

    def test_offset_is_that_of_the_instruction(self):
        said = self.crash(signal.SIGILL, "illegal").stderr
        offset = int(re.search(r"\.text \+ (0x[0-9a-f]+)", said).group(1), 16)
        listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", self.file],
                                 stdout=subprocess.PIPE, text=True).stdout
        self.assertRegex(listing, r"(?m)^ +%x:\s+ud2" % offset)

    def test_address(self):
        self.assertIn("at address 0x10\n", self.crash(signal.SIGSEGV, "outer").stderr)

    def test_static_function_and_its_caller(self):
        said = self.crash(signal.SIGSEGV, "outer").stderr
        self.assertRegex(said, r"in extension crash.o, section .text \+ \w+ \(hidden \+ 0x0\)\n"
                               r"  called from extension crash.o, section .text \+ \w+ \(outer \+ ")

    def test_no_name_of_another_function(self):
        """Without the names of static functions, the function before is not named instead."""
        path = self.build("named.o", "static int hidden(int *p); int outer(int a) { return hidden((int *)8) + a; }"
                                     "static __attribute__((noinline)) int hidden(int *p) { return *p; }",
                          "-O0", "-fno-toplevel-reorder")
        self.assertRegex(self.tenon("run", path, "--call", "outer", "1", code=128 + 11).stderr, r"in .*\(hidden \+ ")
        packed = self.path("named.llext")
        self.tenon("pack", path, "-o", packed)
        subprocess.run(["strip", "--strip-unneeded", path], check=True)
        for path in (packed, path):
            with self.subTest(path=path):
                said = self.tenon("run", path, "--call", "outer", "1", code=128 + 11).stderr
                self.assertRegex(said, r"  in extension named\.\w+, section \.text \+ 0x[0-9a-f]+\n"
                                       r"  called from extension named\.\w+, .*\(outer \+ ")

    def test_label_without_size_is_named(self):
        path = self.build("label.o", '__asm__(".globl bare; bare: nop; ud2");')
        self.assertIn("(bare + 0x1)", self.tenon("run", path, "--call", "bare", code=128 + 4).stderr)

    def test_in_the_library(self):
        said = self.crash(signal.SIGSEGV, "in_library").stderr
        self.assertRegex(said, r"in a function of the C library or of tenon\n"
                               r"  called from extension crash.o.*\(in_library \+ ")
        said = self.crash(signal.SIGABRT, "aborts").stderr
        self.assertRegex(said, r"called from extension crash.o.*\(aborts \+ ")

    def test_call_to_nowhere(self):
        said = self.crash(signal.SIGSEGV, "no_function").stderr
        self.assertRegex(said, r"call through a wrong pointer\n"
                               r"  called from extension crash.o.*\(no_function \+ ")

    def test_deep_recursion(self):
        """One line for all the calls of a function by itself."""
        path = self.build("deep.o", "volatile int sink; int deep(int n) { int r = n == 1 ? *(volatile int *)8 : deep(n - 1);"
                                    " sink = r; return r + 1; } int start(int n) { return deep(n) + 1; }",
                          "-O1", "-fno-optimize-sibling-calls")
        said = self.tenon("run", path, "-c", "start", "500", code=128 + 11).stderr
        self.assertRegex(said, r"in extension deep.o.*\(deep \+ .*\n  called from .*\(deep \+ .*\n"
                               r"    and again, 498 times\n  called from .*\(start \+ ")
        self.assertEqual(said.count("(deep +"), 2)

    def test_output_before_is_kept(self):
        self.assertEqual(self.crash(signal.SIGSEGV, "unfinished").stdout, "last words")

    def test_second_of_two_files(self):
        other = self.build("other.o", "int other(int x) { return *(volatile int *)(long)x; }")
        done = self.tenon("run", self.file, other, "--call", "other", "8", code=128 + 11)
        self.assertIn("in extension other.o, section .text", done.stderr)

    def test_in_an_initialiser(self):
        path = self.build("early.o", "void __attribute__((constructor)) early(void)"
                                     "{ *(volatile int *)0 = 1; }")
        done = self.tenon("run", path, code=128 + 11)
        self.assertRegex(done.stderr, r"in extension early.o.*\(early \+ ")

    def test_uncaught_exception(self):
        path = self.build("throws.o", 'extern "C" int throws() { throw 1; }', compiler="g++")
        done = self.tenon("run", path, "-c", "throws", code=128 + signal.SIGABRT)
        self.assertIn("terminate called", done.stderr)
        self.assertRegex(done.stderr, r"called from extension throws.o.*\(throws \+ ")

    def test_without_unwind_tables_and_symbols(self):
        path = self.build("bare.o", "int f(void) { return *(volatile int *)0; }",
                          "-fno-asynchronous-unwind-tables")
        subprocess.run(["strip", "--strip-unneeded", path], check=True)
        done = self.tenon("run", path, "-c", "f", code=128 + 11)
        self.assertIn("in extension bare.o, section .text + 0x", done.stderr)

    def test_on_a_terminal_it_says_how_to_see_lines(self):
        with_lines = self.build("lines.o", CODE, "-O1", "-g")
        for file, there in ((with_lines, True), (self.file, False)):
            with self.subTest(file=file):
                ours, its = os.openpty()
                subprocess.run([TENON, "run", file, "--call", "null"], stderr=its, check=False)
                os.close(its)
                said = os.read(ours, 65536).decode()
                os.close(ours)
                self.assertIn("SIGSEGV", said)
                self.assertEqual("tenon symbolize" in said, there)
        done = self.tenon("run", with_lines, "--call", "null", code=139)
        self.assertNotIn("symbolize", done.stderr)

    def test_nothing_hangs_or_is_left(self):
        """A crash in the middle of the C library's own work, with its locks held."""
        path = self.build("locked.o", "#include <stdio.h>\n int f(void) { flockfile(stdout);"
                                      "flockfile(stderr); return *(volatile int *)0; }")
        self.tenon("run", path, "-c", "f", code=128 + 11)


if __name__ == "__main__":
    unittest.main()
