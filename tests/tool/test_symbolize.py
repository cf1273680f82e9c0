# SPDX-License-Identifier: Apache-2.0
"""tenon symbolize: from what was printed to functions, files and lines."""

import hashlib
import json
import os
import subprocess
import unittest

from support import TENON, ToolTest, has

CRASH = """
static inline __attribute__((always_inline)) int inner(volatile int *p) {
	return *p; /* here */
}
int deep(volatile int *p)
{
	return inner(p) + 1; /* there */
}
int go(void)
{
	return deep((volatile int *)%s) + 2; /* outside */
}
"""
HERE, THERE, OUTSIDE = 3, 7, 11

# A function on each line that has a brace, of different sizes and with calls to others.
MERGED = """
extern int imported(int);
int one(int x) { return imported(x) + 1; }
int two(int x) { return one(x) * imported(x + 2) - one(x + 1); }

int three(int x) { return x; }
int four(int x) { return two(x) + three(x) + imported(two(x)); }
const char *text = "text";
int data[3];
int five(int x) { return four(data[x % 3]) + text[x]; }
"""
COMPILERS = [("gcc", ()), ("clang", ()), ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", ()),
             ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", ()),
             ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", ("--relax",)),
             ("aarch64-linux-gnu-gcc", ()), ("xtensa-lx106-elf-gcc", ())]


class Symbolize(ToolTest):
    def object(self, name, address, *compiler):
        with open(self.path(name + ".c"), "w") as file:
            file.write(CRASH % address)
        subprocess.run([*compiler, "-g", "-O1", "-c", self.path(name + ".c"), "-o", self.path(name + ".o")],
                       check=True)
        return self.path(name + ".o")

    def symbolize(self, log, *args, code=0):
        done = subprocess.run([TENON, "symbolize", *args], input=log, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def crash(self, path):
        return subprocess.run([TENON, "run", os.path.basename(path), "--call", "go"], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def test_a_crash_on_this_machine(self):
        log = self.crash(self.object("host", "8", "gcc"))
        text = self.symbolize(log)
        self.assertEqual("".join(line for line in text.splitlines(True) if not line.startswith("    ")), log)
        self.assertIn(f"    inner, host.c:{HERE}\n", text)
        self.assertRegex(text, rf"inlined in (deep|go), host\.c:({THERE}|{OUTSIDE})\n")

    def test_a_chain_of_calls(self):
        self.object("chained", "8", "gcc", "-fno-inline")
        symbols = subprocess.run(["nm", self.path("chained.o")], stdout=subprocess.PIPE, text=True,
                                 check=True).stdout.split()
        deep, go = (int(symbols[symbols.index(name) - 2], 16) for name in ("deep", "go"))
        place = "extension chained, section .text + 0x%x"
        log = (f"crash: data access, address 0x8, {place % deep}, pc 0x1, lr 0x2, cause 0x82, "
               f"from {place % go}, from {place % (deep + 1)}\n")
        text = self.symbolize(log)
        names = [line.split(",")[0].strip() for line in text.splitlines()
                 if line.startswith("    ") and "inlined" not in line]
        self.assertEqual([name.replace("inner", "deep") for name in names], ["deep", "go", "deep"])

    def test_a_file_that_is_no_log(self):
        for options in [], ["--json"]:
            done = self.tenon("symbolize", *options, TENON, code=1)
            self.assertIn("is an ELF file", done.stderr)
            self.assertNotIn("ELF", done.stdout)

    def test_a_crash_on_a_board(self):
        for name, compiler in (("arm", ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb")),
                               ("rv32", ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32"))):
            with self.subTest(name):
                log = self.crash(self.object(name, "0xfffffff0", *compiler))
                if "crash" not in log:
                    self.skipTest("no board: " + log)
                self.assertIn(f"    inner, {name}.c:{HERE}\n", self.symbolize(log))

    def test_a_fault_of_a_domain(self):
        self.object("fenced", "8", "gcc")
        text = self.symbolize("read, address 0x8, pc 0x4000 (fenced: deep+0x0), lr 0x1\n")
        self.assertRegex(text, rf"(deep|inner), fenced\.c:({THERE}|{HERE}|5|6)\n")

    def test_addresses_behind_a_log_of_a_load(self):
        path = self.object("logged", "8", "gcc")
        table = subprocess.run(["nm", path], stdout=subprocess.PIPE, text=True, check=True).stdout
        go = next(int(line.split()[0], 16) for line in table.splitlines() if line.endswith(" go"))
        log = f"llext debug: logged: -s .text 0x41773000 -s .data 0x41777010\npc is 0x{0x41773000 + go:x}, " \
              "sp 0x20000000\n"
        self.assertRegex(self.symbolize(log), r"(go|deep|inner), logged\.c:\d+\n")

    def test_a_name_that_is_not_ascii(self):
        """The device prints `?` for each of its bytes."""
        path = self.write("umlaut.c", "int größe(int x) { return x + 1; }\n")
        subprocess.run(["gcc", "-g", "-O1", "-ffunction-sections", "-c", path, "-o", self.path("umlaut.o")], check=True)
        for log in ("crash: fault, extension umlaut, section .text.gr????e + 0x0, pc 0x1\n",
                    "fault (umlaut: gr????e+0x0)\n",
                    "llext debug: umlaut: -s .text.gr????e 0x41773000\npc is 0x41773000\n"):
            self.assertIn("größe, umlaut.c:1\n", self.symbolize(log))
        self.assertNotIn("umlaut.c", self.symbolize("fault (umlaut: gr???e+0x0)\n"))

    def test_build_id_of_another_file(self):
        path = self.object("built", "8", "gcc")
        subprocess.run([TENON, "pack", path, "-o", self.path("built.llext")], check=True)
        with open(path, "rb") as file:
            own = hashlib.sha1(file.read()).hexdigest()
        for build_id, is_other in ((own, False), ("12" * 20, True), (own[:-2], True)):
            log = f"crash: fault, extension built, section .text + 0x0, build id {build_id}, pc 0x1\n"
            done = subprocess.run([TENON, "symbolize"], input=log, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, cwd=self.folder)
            self.assertIn("built.c:", done.stdout)
            self.assertEqual("another build" in done.stderr, is_other, done.stderr)

    @unittest.skipUnless(has("clang"), "no clang")
    def test_without_a_table_of_units(self):
        """Clang writes no .debug_aranges."""
        log = self.crash(self.object("clang", "8", "clang"))
        self.assertIn(f"    inner, clang.c:{HERE}\n", self.symbolize(log))

    def test_static_functions_of_a_packed_file(self):
        """It has no names of them; the file that it says to be packed from has, and so has one made for debuggers."""
        code = """
static __attribute__((noinline)) int inner(volatile int *p) { return *p + 1; }
static __attribute__((noinline)) int middle(volatile int *p) { return inner(p) + 1; }
int go(void) { return middle((volatile int *)0xe8000000) + 2; }
"""
        for compiler in ("gcc", "-fno-pie"), ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"):
            for flags, options in ((), ()), (("-ffunction-sections",), ("--write-debug", self.path("statics_debug.elf"))):
                with self.subTest(compiler=compiler, flags=flags):
                    path = self.build("statics.o", code, "-g", "-O1", *compiler[1:], *flags, compiler=compiler[0])
                    packed = self.path("statics.llext")
                    self.tenon("pack", path, "-o", packed, *options)
                    log = self.crash(packed)
                    self.assertRegex(log, r"in extension statics\.llext, section \.text \+ 0x\w+ \(inner \+ 0x\w+\)\n"
                                          r"  called from extension statics\.llext, section \.text \+ 0x\w+ \(middle \+ ")
                    self.assertRegex(self.symbolize(log), r"(?s)    inner, statics\.o\.c:2\n.*    middle, statics\.o\.c:3\n")
                    # One that has changed since is not asked.
                    other = options[1] if options else path
                    with open(other, "ab") as file:
                        file.write(b"x")
                    self.assertNotIn("inner", self.crash(packed))
                    os.remove(other)
                    self.assertNotIn("inner", self.crash(packed))

    def test_object_whose_sections_were_merged(self):
        """Its .text ends before: what lies behind is no function of this place."""
        path = self.build("merged.o", MERGED, "-g", "-O1", "-ffunction-sections", compiler="gcc")
        done = subprocess.run([TENON, "symbolize"], input="crash: extension merged, section .text + 0x10\n",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        self.assertTrue(os.path.exists(path))
        self.assertIn("section .text ends before that", done.stderr)
        self.assertNotIn("merged.c", done.stdout)

    def test_packed_files(self):
        """Sections are merged, and calls made shorter; the debug file that pack writes has them so, too."""
        source = self.write("packed.c", MERGED)
        lines = {text.split("(")[0].split()[-1]: i + 1 for i, text in enumerate(MERGED.splitlines()) if "{" in text}
        for *compiler, options in COMPILERS:
            if not has(compiler[0]):
                continue
            with self.subTest(compiler=compiler, options=options):
                subprocess.run([*compiler, "-g", "-O1", "-ffreestanding", "-ffunction-sections", "-fdata-sections", "-c",
                                source, "-o", self.path("all.o")], check=True)
                self.tenon("pack", self.path("all.o"), "-o", self.path("all.llext"), *options,
                           "--write-debug", self.path("all_debug.elf"))
                packed = self.inspect(self.path("all.llext"))
                self.assertEqual(packed["debug_file"], "all_debug.elf")
                self.assertEqual(self.inspect(self.path("all_debug.elf"))["build_id"], packed["build_id"])
                exports = {e["name"]: e for e in packed["exports"] if e["type"] == "function"}
                self.assertEqual(set(exports), set(lines))
                self.assertEqual({e["section"] for e in exports.values()}, {".text"})
                log = "".join(f"extension all, section .text + 0x{exports[name]['offset']:x}\n" for name in lines)
                # elfutils does not know the relocations of Xtensa: there are names only.
                file = None if "xtensa" in compiler[0] else "packed.c"
                self.assertEqual([(p["function"], p["file"], p["line"])
                                  for p in json.loads(self.symbolize(log, "--json"))["places"]],
                                 [(name, file, file and line) for name, line in lines.items()])
        # Others are not what a debugger reads, or would be written over.
        self.assertIn("of its own", self.tenon("pack", self.path("all.o"), "-o", self.path("x"), "--write-debug",
                                               self.path("x"), code=2).stderr)
        self.assertIn("of its own", self.tenon("pack", self.path("all.o"), "-o", self.path("x"), "--write-debug",
                                               self.path("all.o"), code=2).stderr)
        shared = self.build("all.so", MERGED, "-g", "-shared", "-fpic", "-nostdlib", link=True)
        self.assertIn("itself what a debugger reads", self.tenon("pack", shared, "-o", self.path("x"), "--write-debug",
                                                                 self.path("y"), code=1).stderr)
        self.assertFalse(os.path.exists(self.path("x")) or os.path.exists(self.path("y")))

    def test_json(self):
        self.object("json", "8", "gcc")
        places = json.loads(self.symbolize("(json: deep+0x0)\n", "--json"))
        self.assertEqual(places["schema"], 1)
        self.assertEqual(places["places"][0]["extension"], "json")
        self.assertEqual(places["places"][0]["file"], "json.c")

    def test_what_is_not_there(self):
        log = "nothing here\n(unknown: f+0x10)\nextension ../../etc/passwd, section .text + 0x4\n(a: b+0x\n"
        self.assertEqual(self.symbolize(log), log)
        self.assertEqual(json.loads(self.symbolize(log, "-j"))["places"], [])
        self.symbolize("", "/nowhere", code=1)
        self.symbolize("", "a", "b", code=2)
        self.symbolize("", "--debug-path", code=2)


if __name__ == "__main__":
    unittest.main()
