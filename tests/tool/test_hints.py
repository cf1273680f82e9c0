# SPDX-License-Identifier: Apache-2.0
"""tenon inspect: each hint is given where it applies, with its cost, and not where it does not."""

import re
import subprocess
import unittest

from support import TENON, ToolTest, has

QUIET = ["-O2", "-fno-pic", "-fno-asynchronous-unwind-tables", "-ffunction-sections",
         "-fcf-protection=none", "-fno-stack-protector"]
CODE = "int other(int); int f(int x) { return other(x) + 1; }"


class Hints(ToolTest):
    def hints(self, name, code, *flags, code_of_exit=0, **kwargs):
        path = self.build(name, code, *flags, **kwargs)
        return self.inspect(path, code=code_of_exit)["hints"]

    def hint(self, what, *args, **kwargs):
        """The one hint whose text matches."""
        found = [h for h in self.hints(*args, **kwargs) if re.search(what, h["what"])]
        self.assertEqual(len(found), 1)
        return found[0]

    def section(self, name, pattern):
        listing = subprocess.run(["readelf", "-SW", self.path(name)], stdout=subprocess.PIPE,
                                 text=True).stdout
        return sum(int(size, 16) for section, size in
                   re.findall(r"\] (\S+) +\w+ +\w+ \w+ (\w+)", listing) if re.match(pattern, section))

    def test_nothing_to_say(self):
        self.assertEqual(self.hints("quiet.o", CODE, *QUIET), [])
        self.assertNotIn("Hints", self.tenon("inspect", self.path("quiet.o")).stdout)

    def test_debug_information(self):
        hint = self.hint("debug information", "g.o", CODE, *QUIET, "-g")
        self.assertEqual(hint["bytes"], self.section("g.o", r"\.(rela)?\.?debug"))
        self.assertEqual(hint["of"], "file")
        self.assertIn("strip --strip-debug", hint["remedy"])

    def test_unwind_tables(self):
        hint = self.hint("unwind tables", "eh.o", CODE, *QUIET, "-fasynchronous-unwind-tables")
        self.assertEqual(hint["bytes"], self.section("eh.o", r"\.eh_frame$"))
        self.assertIn("-fno-asynchronous-unwind-tables", hint["remedy"])
        cpp = self.hints("cpp.o", "void g(); int f() { try { g(); } catch (...) { } return 1; }",
                         *QUIET, "-fasynchronous-unwind-tables", compiler="g++")
        self.assertEqual([h for h in cpp if "unwind" in h["what"]], [])

    def test_position_independent(self):
        hint = self.hint("position-independent", "pic.o", "extern int a, b; int f(void)"
                         "{ return a + b; }", *QUIET, "-fpic")
        self.assertEqual(hint["bytes"], 16)
        self.assertIn("2 GOT entries", hint["what"])
        self.assertIn("-fno-pic", hint["remedy"])

    def test_got_is_no_hole(self):
        names = [f"v{i}" for i in range(40)]
        hints = self.hints("got.o", f"extern int {', '.join(names)}; int f(void)"
                           f"{{ return {' + '.join(names)}; }}", *QUIET, "-fpic")
        self.assertEqual([h["bytes"] for h in hints], [320])

    def test_shared_object(self):
        hint = self.hint("shared object", "lib.so", CODE, *QUIET, "-fpic", "-shared", "-nostdlib",
                         link=True)
        self.assertGreater(hint["bytes"], 4096)
        self.assertIn("ld -r", hint["remedy"])

    def test_symbols(self):
        code = "".join(f"static int __attribute__((noinline)) a_local_function_{i}(int x)"
                       f"{{ return x * {i} + other(x); }}\n" for i in range(40))
        code = "int other(int);\n" + code + "int f(int x) { return " + \
               " + ".join(f"a_local_function_{i}(x)" for i in range(40)) + "; }"
        flags = [flag for flag in QUIET if flag != "-ffunction-sections"]
        hint = self.hint("symbols that no load", "local.o", code, *flags)
        before = self.inspect(self.path("local.o"))["file_bytes"]
        subprocess.run(["strip", "--strip-unneeded", self.path("local.o")], check=True)
        after = self.inspect(self.path("local.o"))
        self.assertEqual([h for h in after["hints"] if "symbols" in h["what"]], [])
        saved = before - after["file_bytes"]
        self.assertLess(abs(saved - hint["bytes"]), 0.1 * saved)

    def test_writable_code(self):
        code = "\t.section .hot,\"awx\",@progbits\n\t.globl f\nf:\tret\n\t.skip 20\n"
        subprocess.run(["as", self.write("wx.s", code), "-o", self.path("wx.o")], check=True)
        hints = self.inspect(self.path("wx.o"), code=1)["hints"]
        self.assertEqual([h["bytes"] for h in hints if "writable and executable" in h["what"]], [21])

    def test_thread_local(self):
        hint = self.hint("thread-local", "tls.o", "__thread int v[10]; int f(void) { return v[3]; }",
                         *QUIET)
        self.assertEqual(hint["bytes"], 40)

    def test_executable_stack(self):
        self.hint("executable stack", "stack.o", "int call(int (*)(int)); int f(int x)"
                  "{ int inner(int y) { return x + y; } return call(inner); }", *QUIET)
        self.hint("executable stack", "stack.so", "int call(int (*f)(int)) { return f(1); }"
                  "int f(int x) { int inner(int y) { return x + y; } return call(inner); }", *QUIET,
                  "-shared", "-fpic")

    def test_alignment(self):
        hint = self.hint("holes in region data", "align.o", "char a = 1;"
                         "__attribute__((aligned(4096), section(\".data.big\"))) char b = 2;", *QUIET)
        self.assertEqual(hint["bytes"], 4095)
        self.assertIn(".data.big is aligned to 4096", hint["what"])

    def test_common_symbols_are_no_holes(self):
        self.assertEqual(self.hints("common.o", "char c[5000]; char d[3000];", *QUIET, "-fcommon"), [])

    def test_function_sections(self):
        code = "".join(f"int f{i}(int x) {{ return x * {i} + (x >> {i % 7}); }}\n" for i in range(50))
        flags = [flag for flag in QUIET if flag != "-ffunction-sections"]
        hint = self.hint("50 functions share", "one.o", code, *flags)
        self.assertEqual(hint["bytes"], self.section("one.o", r"\.text$"))
        self.assertIn("-ffunction-sections", hint["remedy"])
        self.assertEqual([h for h in self.hints("many.o", code, *QUIET, "-Os") if "exports" not in h["what"]], [])

    def test_link_time_optimisation(self):
        hint = self.hint("link-time", "lto.o", CODE, *QUIET, "-flto", code_of_exit=1)
        self.assertGreater(hint["bytes"], 0)

    def test_control_flow_protection(self):
        hint = self.hint("control-flow", "cet.o", CODE, *QUIET, "-fcf-protection=full")
        self.assertEqual(hint["bytes"], self.section("cet.o", r"\.note\.gnu\.property"))

    def test_instrumented(self):
        self.hint("undefined behaviour", "ubsan.o", CODE, *QUIET, "-fsanitize=undefined")
        self.hint("profiling", "pg.o", CODE, *QUIET, "-pg")
        self.hint("coverage", "cov.o", CODE, *QUIET, "--coverage")
        self.hint("stack protector", "ssp.o", CODE, *QUIET, "-fstack-protector-all")

    def test_long_calls(self):
        code = "int a(int), b(int), c(int), d(int); int f(int x)" \
               "{ return a(x) + b(x) + c(x) + d(x) + a(x + 1); }"
        arm = "clang --target=arm-none-eabi -mcpu=cortex-m4 -mthumb"
        flags = ["-O2", "-ffreestanding", "-fno-unwind-tables"]
        hint = self.hint("-mlong-calls", "long.o", code, *flags, "-mlong-calls", "-mno-movt",
                         compiler=arm)
        self.assertGreaterEqual(hint["bytes"], 16)
        self.assertEqual([h for h in self.hints("short.o", code, *flags, compiler=arm)
                          if "long" in h["what"]], [])

    def test_single_pic_base(self):
        code = "int counter; int f(void) { return ++counter; }"
        arm = "arm-none-eabi-gcc -mcpu=cortex-m4"
        hint = self.hint("-msingle-pic-base", "r9.o", code, "-Os", "-fpic", "-msingle-pic-base",
                         compiler=arm)
        self.assertIn("r9", hint["remedy"])
        self.assertEqual([h for h in self.hints("pic.o", code, "-Os", "-fpic", compiler=arm)
                          if "register" in h["what"]], [])

    def test_lacking_relocations(self):
        """GNU's strip drops them with --strip-all, whatever else it shall keep."""
        code = "int n = 3; int get(void) { return n; } static void __attribute__((constructor)) up(void) { n++; }"
        for compiler, flags in ("gcc", ["-O2"]), ("arm-none-eabi-gcc -mcpu=cortex-m4", ["-O2"]):
            path = self.build("r.o", code, *flags, compiler=compiler)
            strip = "arm-none-eabi-strip" if "arm" in compiler else "strip"
            for options, wanted in (["--strip-unneeded"], 0), (["-s", "-K", "get"], 1):
                subprocess.run([strip, *options, path], check=True)
                found = [h for h in self.inspect(path)["hints"] if "relocations are gone" in h["what"]]
                self.assertEqual(len(found), wanted)

    def test_lost_constructors(self):
        """A firmware's script for ld -r: start-up code would run them, a loader does not know them."""
        def linked(script):
            self.build("c.o", "static int n; static void __attribute__((constructor)) up(void) { n = 4; }\n"
                       "int get(void) { return n; }", *QUIET)
            script = self.write("c.ld", "SECTIONS { .text : { *(.text*) } " + script + " }")
            subprocess.run(["ld", "-r", "-T", script, self.path("c.o"), "-o", self.path("r.o")], check=True)
            return self.inspect(self.path("r.o"))["hints"]
        bounds = "__init_array_start = .; KEEP(*(.init_array*)) __init_array_end = .;"
        self.assertEqual([h["what"] for h in linked(".data : { *(.data*) " + bounds + " }")],
                         ["constructors lie in .data, where nothing runs them"])
        self.assertIn("constructors lie in .data", self.tenon("run", self.path("r.o")).stderr)
        found = self.check(self.path("r.o"), "-a", TENON)["files"][0]
        self.assertTrue(found["loads"] and "constructors" in found["fit"][0]["text"], found)
        self.assertEqual(linked(".init_array : { " + bounds + " }"), [])
        self.assertEqual(linked(".data : { *(.data*) __init_array_start = .; __init_array_end = .; }"), [])

    @unittest.skipUnless(has("mold"), "no mold")
    def test_lost_common_symbols(self):
        """mold -r makes absolute symbols of them, at their alignment."""
        code = "int n; extern int at; __asm__(\".globl at; at = 16\"); int get(void) { return n + (int)(long)&at; }"
        said = "n was a common symbol, of which the linker has made the address 0x4"
        for common, linker, wanted in (("-fcommon", "mold", [said]), ("-fcommon", "ld", []), ("-fno-common", "mold", [])):
            with self.subTest(common=common, linker=linker):
                self.build("n.o", code, common, *QUIET)
                path = self.path("n_r.o")
                subprocess.run([linker, "-r", self.path("n.o"), "-o", path], check=True)
                self.assertEqual([h["what"] for h in self.inspect(path)["hints"] if "common" in h["what"]], wanted)
                found = self.check(path, "-a", TENON)["files"][0]
                self.assertEqual(any("common symbols" in f["text"] for f in found["fit"]), wanted != [])
                self.assertEqual(said in self.tenon("run", path).stderr, wanted != [])

    def test_each_is_one_line(self):
        self.hints("many2.o", CODE, "-g", "-fpic", "-fstack-protector-all")
        page = self.tenon("inspect", self.path("many2.o")).stdout
        part = page.split("\nHints (")[1]
        self.assertEqual(int(part.split(")")[0]), len(part.strip().splitlines()) - 1)
        self.assertRegex(part, r"debug information .*: \d+ bytes of file; strip --strip-debug")


if __name__ == "__main__":
    unittest.main()
