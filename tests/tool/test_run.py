# SPDX-License-Identifier: Apache-2.0
"""tenon run: calls, several files, refusals, what is printed where."""

import os
import re
import subprocess
import unittest

from support import INCLUDE, TENON, ToolTest

ADD = "int add(int a, int b) { return a + b; }\nint four(int a, int b, int c, int d)" \
      "{ return a * 1000 + b * 100 + c * 10 + d; }\nint none(void) { return 7; }\nint value = 3;\n"

ORDER = """
#include <stdio.h>
static void __attribute__((constructor)) up(void) { puts(NAME " up"); }
static void __attribute__((destructor)) down(void) { puts(NAME " down"); }
"""


class Run(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add = cls.build("add.o", ADD)

    def test_call(self):
        self.assertEqual(self.tenon("run", self.add, "--call", "add", "1", "2").stdout,
                         "add(1, 2) = 3\n")

    def test_numbers(self):
        for args, shown in (("-1 0x10", "add(-1, 16) = 15"), ("0xffffffff 0", "add(-1, 0) = -1"),
                            ("-0x10 +3", "add(-16, 3) = -13"),
                            ("-2147483648 0", "add(-2147483648, 0) = -2147483648"),
                            ("2147483647 010", "add(2147483647, 10) = -2147483639")):
            out = self.tenon("run", self.add, "--call", "add", *args.split()).stdout
            self.assertEqual(out, shown + "\n")

    def test_executable_stack_is_said_before_it_is_missed(self):
        source = "static int __attribute__((noinline)) app(int (*f)(int), int x) { return f(x); }" \
                 "int nest(int k) { int add(int v) { return v + k; } return app(add, 1); }"
        for path in (self.build("nest.o", source, "-O1"),
                     self.build("nest.so", source, "-O1", "-shared", "-fpic")):
            done = self.tenon("run", path, "--call", "nest", "4", code=128 + 11)
            self.assertRegex(done.stderr.split("\n")[0], "an executable stack is asked for")

    def test_number_of_arguments(self):
        self.assertEqual(self.tenon("run", self.add, "--call", "none").stdout, "none() = 7\n")
        self.assertEqual(self.tenon("run", self.add, "-c", "four", "1", "2", "3", "4").stdout,
                         "four(1, 2, 3, 4) = 1234\n")

    def test_several_calls_anywhere(self):
        out = self.tenon("run", "--call=add", "1", "2", "-v", self.add, "-c", "add", "3", "4").stdout
        self.assertEqual(out, "add(1, 2) = 3\nadd(3, 4) = 7\n")

    def test_number_is_never_a_file(self):
        self.build("1", ADD)
        done = subprocess.run([TENON, "run", "add.o", "--call", "add", "1", "1"], cwd=self.folder,
                              stdout=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "add(1, 1) = 2\n"))

    def test_without_call(self):
        self.assertEqual(self.tenon("run", self.add).stdout, "")

    def test_result_on_a_line_of_its_own(self):
        path = self.build("partial.o", '#include <stdio.h>\nint f(int x)'
                          '{ printf("no end"); return x; }\nint g(void) { puts("end"); return 1; }')
        out = self.tenon("run", path, "--call", "f", "5", "--call", "g").stdout
        self.assertEqual(out, "no end\nf(5) = 5\nend\ng() = 1\n")

    def test_import_from_earlier_file(self):
        user = self.build("user.o", "int add(int, int); int twice(int x) { return add(x, x); }")
        self.assertEqual(self.tenon("run", self.add, user, "--call", "twice", "21").stdout,
                         "twice(21) = 42\n")
        done = self.tenon("run", user, self.add, "--call", "twice", "21", code=1)
        self.assertIn("1 import is missing", done.stderr)
        self.assertIn("missing: add", done.stderr)

    def test_last_file_that_has_the_symbol(self):
        one = self.build("one.o", "int f(void) { return 1; } int only(void) { return 11; }")
        two = self.build("two.o", "int f(void) { return 2; }")
        out = self.tenon("run", one, two, "-c", "f", "-c", "only").stdout
        self.assertEqual(out, "f() = 2\nonly() = 11\n")

    def test_same_file_twice_is_two_copies(self):
        path = self.build("count.o", '#include <stdio.h>\nstatic int n; int f(void) { return ++n; }\n'
                          'static void __attribute__((destructor)) d(void) { printf("n %d\\n", n); }')
        out = self.tenon("run", path, path, path, "-c", "f", "-c", "f").stdout
        self.assertEqual(out, "f() = 1\nf() = 2\nn 2\nn 0\nn 0\n")

    def test_order_of_initialisers(self):
        a = self.build("a.o", ORDER, '-DNAME="a"')
        b = self.build("b.o", ORDER, '-DNAME="b"')
        self.assertEqual(self.tenon("run", a, b).stdout, "a up\nb up\nb down\na down\n")

    def test_torn_down_after_failure(self):
        a = self.build("a.o", ORDER, '-DNAME="a"')
        done = self.tenon("run", a, self.path("nothing.o"), code=1)
        self.assertEqual(done.stdout, "a up\na down\n")
        self.assertIn("nothing.o: No such file", done.stderr)

    def test_missing_imports_are_all_named(self):
        path = self.build("missing.o", "int prinft(const char *); int frobnicate_it(void);"
                          "int weak(void) __attribute__((weak)); int f(void) { return weak ? weak()"
                          ": prinft(\"\") + frobnicate_it(); }")
        done = self.tenon("run", path, "--call", "f", code=1)
        self.assertIn("2 imports are missing", done.stderr)
        self.assertRegex(done.stderr, r"missing: prinft +did you mean printf\?")
        self.assertRegex(done.stderr, r"missing: frobnicate_it\n")
        self.assertEqual(done.stderr.count("whether your firmware has the rest, tenon check --against says\n"), 1)
        self.assertNotIn("weak", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_what_an_option_calls(self):
        code = "int f(int x) { int a[4] = {1, 2, 3, 4}; return a[x & 3] + x; }"
        for flag, said in (("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"), ("-pg", "a call of -pg"),
                           ("--coverage", "a call of --coverage"), ("-finstrument-functions", "export both"),
                           ("-fsanitize-coverage=trace-pc", "a call of -fsanitize-coverage"),
                           ("-mfunction-return=thunk-extern", "-mfunction-return=thunk,")):
            path = self.build("option.o", code, "-O1", "-fcf-protection=none", flag)
            done = self.tenon("run", path, "-c", "f", "3", code=1)
            self.assertRegex(done.stderr, f"\n  hint: .*{said}")
            self.assertEqual(done.stderr.count("  hint: "), 1)
            self.assertIn(said, self.tenon("check", path, "-a", TENON, code=1).stdout)

    def test_import_of_a_cpp_function(self):
        path = self.build("lib.o", "int led_set(int a, bool b) { return a + b; }", compiler="g++")
        user = self.build("user.o", "int led_set(int, int); int f(int x) { return led_set(x, 1); }")
        said = 'missing: led_set\n    lib.o has the C++ function led_set(int, bool): declare it extern "C" there\n'
        self.assertIn(said, self.tenon("run", path, user, "-c", "f", "1", code=1).stderr)
        self.assertIn(said, self.tenon("check", path, user, "-a", TENON, code=1).stdout)

    def test_atomic_operations_of_the_library(self):
        code = "struct P { long long a, b; }; _Atomic struct P p; _Atomic __int128 w; struct T { char c[24]; }; _Atomic struct T t;" \
            "int f(int x) { struct P q = {x, x}, r; struct T u = {{x}}; p = q; r = p; t = u; u = t; w = x;" \
            " return (int)(r.a + r.b) + u.c[0] + (int)w; }"
        for flags in [], ["-mcx16"], ["-fpic"]:
            for compiler in "gcc", "clang":
                path = self.build("atomic.o", code, "-O1", "-w", *flags, compiler=compiler)
                self.assertEqual(self.tenon("run", path, "-c", "f", "3").stdout, "f(3) = 12\n")

    def test_stack_guard(self):
        code = "int f(int n) { volatile char b[64]; for (int i = 0; i < 64; i++) b[i] = i + n; return b[63]; }"
        for guard in "tls", "global":
            path = self.build("guard.o", code, "-O1", "-fstack-protector-all", "-mstack-protector-guard=" + guard)
            self.assertEqual(self.tenon("run", path, "-c", "f", "3").stdout, "f(3) = 66\n")

    def test_call_of_what_takes_no_integers(self):
        code = "float half(float x) { return x / 2; } int inc(int x) { return x + 1; } void *same(void *p) { return p; }"
        path = self.build("float.o", code, "-g")
        done = self.tenon("run", path, "-c", "half", "3", "-c", "inc", "3", "-c", "half", "4", "-c", "same", "0")
        self.assertEqual(done.stderr, f"tenon: {path}: warning: float half(float x): --call passes and prints int\n")
        later = self.build("later.o", "int half(int x) { return x / 2; }", "-g")
        self.assertEqual(self.tenon("run", path, later, "-c", "half", "4").stderr, "")

    def test_call_of_a_cpp_function(self):
        path = self.build("cpp.o", "int f(int x) { return x; } struct T { int g(int); }; int T::g(int x) { return x; }",
                          compiler="g++")
        self.assertIn('exports no f, but the C++ function f(int): declare it extern "C"',
                      self.tenon("run", path, "-c", "f", "1", code=1).stderr)
        self.assertNotIn('extern "C"', self.tenon("run", path, "-c", "g", "1", code=1).stderr)

    def test_mistyped_import(self):
        """Where each name has a suggestion, that is what is wrong."""
        path = self.build("mistyped.o", "int prinft(const char *); int f(void) { return prinft(\"\"); }")
        self.assertNotIn("your firmware", self.tenon("run", path, code=1).stderr)

    def test_underscores_that_a_compiler_adds(self):
        path = self.build("under.o", "int _puts(const char *); int __strlen(const char *);"
                          "int f(void) { return _puts(\"\") + __strlen(\"\"); }")
        done = self.tenon("run", path, code=1)
        self.assertRegex(done.stderr, r"missing: _puts +did you mean puts\?")
        self.assertRegex(done.stderr, r"missing: __strlen +did you mean strlen\?")

    def test_mangled_names_are_near_by_chance(self):
        """Of those only another signature of the same function is meant."""
        path = self.build("mangled.o", "struct V { V(); ~V(); virtual int f(); };"
                          "extern \"C\" int f(void) { V v; return v.f(); }", compiler="g++")
        done = self.tenon("run", path, code=1)
        self.assertIn("  V::V()\n", done.stderr)
        self.assertNotIn("did you mean", done.stderr)
        near = self.build("near.o", "int set(int, int) { return 1; }", compiler="g++")
        other = self.build("other.o", "int set(int, bool); extern \"C\" int f(void) { return set(1, true); }",
                           compiler="g++")
        self.assertIn("set(int, bool)  did you mean _Z3setii?", self.tenon("run", near, other, code=1).stderr)

    def test_missing_symbol(self):
        done = self.tenon("run", self.add, "--call", "dad", "1", code=1)
        self.assertIn("exports no dad; did you mean add?", done.stderr)
        done = self.tenon("run", self.add, "--call", "printf", code=1)
        self.assertIn("exports no printf", done.stderr)
        done = self.tenon("run", self.add, "--call", "value", code=1)
        self.assertIn("value is no function", done.stderr)

    def test_refused_files(self):
        executable = self.build("program", "int main(void) { return 0; }", "-no-pie", link=True)
        tls = self.build("tls.o", "__thread int mine[99999]; int f(void) { return ++mine[3]; }")
        text = self.write("text.o", "hello " * 100)
        chosen = self.build("chosen", "#include <string.h>\nint main(int c, char **v) { return (int)strlen(v[c - 1]); }",
                            "-no-pie", "-static", link=True)  # glibc's strlen is an indirect function
        for path, said in ((executable, "must be linked statically"), (tls, "thread-local"),
                           (chosen, "indirect functions are not supported, section .rela.plt"),
                           (text, "not an ELF file"), (self.folder, "Is a directory"),
                           (self.write("empty.o", ""), "it is empty")):
            done = self.tenon("run", path, code=1)
            self.assertIn(said, done.stderr)
            self.assertTrue(done.stderr.startswith("tenon: " + path), done.stderr)

    def test_heap_too_small(self):
        done = self.tenon("run", "--heap", "4K", self.add, code=1)
        self.assertIn("larger --heap", done.stderr)
        big = self.build("big.o", "char big[20 << 20]; int f(void) { return sizeof(big) >> 20; }")
        self.tenon("run", big, "-s", "16M", code=1)
        self.assertEqual(self.tenon("run", big, "-s", "0x2000000", "-c", "f").stdout, "f() = 20\n")

    def test_verbose(self):
        done = self.tenon("run", "-v", self.add)
        self.assertRegex(done.stderr, r"text +0x[0-9a-f]+  \d+ bytes")
        self.assertNotIn("add-symbol-file", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_gdb_line_is_true(self):
        path = self.build("where.o", "#include <stdio.h>\nint f(void);\nint variable = 1;\n"
                          "int f(void) { fprintf(stderr, \"%p %p\\n\", (void *)f, (void *)&variable);"
                          " return 0; }", "-ffunction-sections", "-fdata-sections")
        done = self.tenon("run", "-vv", path, "-c", "f")
        function, variable = re.search(r"^(0x\w+) (0x\w+)$", done.stderr, re.M).groups()
        line = re.search(r"^add-symbol-file (.*)$", done.stderr, re.M).group(1)
        self.assertTrue(line.startswith(path + " "))
        self.assertIn(" -s .text.f " + function, line)
        self.assertIn(" -s .data.variable " + variable, line)

    def test_standard_streams(self):
        path = self.build("streams.o", "#include <stdio.h>\nint f(void) { int c, n = 0;"
                          "while ((c = getc(stdin)) != EOF) n += c == 'x';"
                          "fprintf(stderr, \"to stderr\\n\"); fputs(\"to stdout\\n\", stdout);"
                          "return n; }")
        done = self.tenon("run", path, "-c", "f", stdin="axbxcx")
        self.assertEqual((done.stdout, done.stderr), ("to stdout\nf() = 3\n", "to stderr\n"))

    def test_zephyr_functions(self):
        path = self.build("zephyr.o", "#include <zephyr/kernel.h>\nK_HEAP_DEFINE(pool, 1024);\n"
                          "int f(int n) { char *m = k_heap_alloc(&pool, n, K_NO_WAIT);"
                          "if (m == NULL) return -1; m[n - 1] = 1; k_heap_free(&pool, m);"
                          'printk("from printk\\n"); return n; }', INCLUDE,
                          INCLUDE.replace("include", "compat/zephyr"), "-DLL_EXTENSION_BUILD")
        self.assertEqual(self.tenon("run", path, "-c", "f", "100", "-c", "f", "10000").stdout,
                         "from printk\nf(100) = 100\nf(10000) = -1\n")

    def test_exported_section_hides_the_rest(self):
        path = self.build("chosen.o", "#include <llext/symbol.h>\nint shown(void) { return 1; }"
                          "int hidden(void) { return 2; } EXPORT_SYMBOL(shown);"
                          "EXPORT_SYMBOL_NAMED(hidden, other);", INCLUDE, "-DLL_EXTENSION_BUILD")
        self.assertEqual(self.tenon("run", path, "-c", "shown", "-c", "other").stdout,
                         "shown() = 1\nother() = 2\n")
        self.tenon("run", path, "-c", "hidden", code=1)

    def test_closed_output_is_an_error(self):
        path = self.build("talk.o", "#include <stdio.h>\nint f(void) { return puts(\"x\") < 0; }")
        with open("/dev/full", "w") as full:
            done = subprocess.run([TENON, "run", path, "-c", "f"], stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)

    def test_names_are_made_printable(self):
        path = self.write("es\033[31mcape.o", "not ELF")
        done = self.tenon("run", path, code=1)
        self.assertNotIn("\033", done.stderr)
        self.assertIn("es\\x1b[31mcape.o", done.stderr)


if __name__ == "__main__":
    unittest.main()
