# SPDX-License-Identifier: Apache-2.0
"""tenon pack: nothing is lost without a word, and nothing is written that is not right."""

import json
import os
import resource
import subprocess
import unittest

from packed import SHT, Elf
from support import TENON, ToolTest

CODE = """
extern int imported(int);
static __attribute__((noinline)) int local(int x) { return x * 3; }
int first(int x) { return imported(x) + local(x); }
int second(int x) { return local(x) + 1; }
__asm__(".pushsection .manifest,\\"\\",%progbits\\n.asciz \\"name: demo\\"\\n.popsection");
"""
ARM = "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os"


class Safe(ToolTest):
    def arm(self, name, code=CODE, *flags):
        return self.build(name, code, *flags, compiler=ARM)

    def pack(self, path, *options, code=0):
        out = path + ".packed"
        done = self.tenon("pack", path, "-o", out, "--json", *options, code=code)
        return (out, json.loads(done.stdout)) if code == 0 else done.stderr

    def exports(self, path):
        return {e["name"]: e["offset"] for e in self.inspect(path)["exports"]}

    # ---- compact relocations of a plain file ----

    def test_compact_relocations(self):
        """As clang --crel writes them: a packed file whose note has another name is one."""
        for name, compiler in (("x.o", "gcc -fno-pic"), ("m.o", ARM), ("r.o", "riscv64-unknown-elf-gcc "
                                                         "-march=rv64gc -mabi=lp64d -mcmodel=medany")):
            with self.subTest(name=name):
                path = self.build(name, "extern int a, b; int g(int); int go(int x) { return g(x) + a + b; }",
                                  "-O1", compiler=compiler)
                packed, _ = self.pack(path, "--format", "1")  # no runs
                plain = self.write("crel-" + name, self.read(packed).replace(b".note.llext\0", b".note.other\0"))
                before = self.inspect(plain)
                again, done = self.pack(plain)
                after = self.inspect(again)
                self.assertGreater(done["before"]["relocations"], 0)
                self.assertEqual(sorted((r["type"], r["count"]) for r in before["relocations"]),
                                 sorted((r["type"], r["count"]) for r in after["relocations"]))
                self.assertEqual({i["name"] for i in after["imports"]}, {"a", "b", "g"})

    # ---- many exports with long names ----

    def test_a_function_behind_an_odd_number_of_bytes(self):
        """Merged, its address would have another state bit: the sections stay apart, and it loads."""
        source = """
            .syntax unified
            .section .text.a, "ax", %progbits
            .byte 1, 2, 3
            .section .text.b, "ax", %progbits
            .global f
            .type f, %function
        f:  .byte 1, 2, 3, 4
            .section .rodata.a, "aM", %progbits, 1
            .byte 7, 8, 9
        """
        assembler = "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -x assembler"
        path = self.build("odd.o", source, compiler=assembler)
        before = self.inspect(path)
        done = self.tenon("pack", path, "-o", self.path("odd.packed"))
        self.assertIn("the sections are kept apart", done.stderr)
        after = self.inspect(self.path("odd.packed"))
        size = "instruction_heap_bytes"
        self.assertEqual([after["loads"], len(after["exports"]), after["memory"][size]],
                         [True, 1, before["memory"][size]])
        even = self.build("even.o", source.replace("2, 3\n", "2, 3, 4\n"), compiler=assembler)
        self.assertEqual(self.tenon("pack", even, "-o", self.path("even.packed")).stderr, "")

    def test_dynamic_thread_local_storage_is_refused_by_name(self):
        """The plain file loads; packed it cannot, and what can instead is said."""
        code = "__thread int room[4]; int f(int i) { return room[i & 3]++; }"
        for compiler, flags, relocation in (
                ("gcc", [], "R_X86_64_TLSGD"), ("gcc", ["-mtls-dialect=gnu2"], "R_X86_64_GOTPC32_TLSDESC"),
                ("arm-none-eabi-gcc", ["-mthumb", "-mcpu=cortex-m4"], "R_ARM_TLS_GD32"),
                ("aarch64-linux-gnu-gcc", [], "R_AARCH64_TLSDESC_ADR_PAGE21"),
                ("riscv64-unknown-elf-gcc", ["-march=rv32imac", "-mabi=ilp32"], "R_RISCV_TLS_GD_HI20")):
            with self.subTest(compiler=compiler, relocation=relocation):
                path = self.build("tls.o", code, "-O2", "-fpic", *flags, compiler=compiler)
                self.assertTrue(self.inspect(path)["loads"])
                packed = self.path("tls.packed")
                text = self.tenon("pack", path, "-o", packed, code=1).stderr
                self.assertIn(f"relocation {relocation} to room is of the dynamic models", text)
                self.assertIn("-ftls-model=initial-exec", text)
                self.assertFalse(os.path.exists(packed))
                path = self.build("tls.o", code, "-O2", "-fpic", *flags, "-ftls-model=initial-exec",
                                  compiler=compiler)
                self.tenon("pack", path, "-o", packed)
                self.assertTrue(self.inspect(packed)["loads"])
                os.remove(packed)

    def test_many_long_names(self):
        code = "".join(f"int {'subsystem_operation_number_' * 2}{i:04}(int a) {{ return a; }} static const struct"
                       f" {{ const char *n; void *a; }} r{i} __attribute__((used, section(\".exported_sym\")))"
                       f" = {{ \"{'subsystem_operation_number_' * 2}{i:04}\","
                       f" {'subsystem_operation_number_' * 2}{i:04} }};\n" for i in range(1300))
        for compiler in ("gcc -Os", ARM):
            packed, _ = self.pack(self.build("many.o", code, compiler=compiler))
            self.assertEqual(len(self.inspect(packed)["exports"]), 1300)

    # ---- what an application's loader looks for ----

    def test_sections_that_are_not_loaded(self):
        path = self.arm("app.o")
        out, done = self.pack(path)
        self.assertIn({"name": ".manifest", "bytes": 11}, done["dropped_sections"])
        self.assertEqual([s for s in Elf(out).sections if s["name"] == ".manifest"], [])
        self.assertRegex(self.tenon("pack", path, "-o", out).stdout,
                         r"dropped +11 +of \.manifest, which is not loaded: see --keep-section")
        out, done = self.pack(path, "--keep-section", ".manifest")
        self.assertEqual(done["dropped_sections"], [])
        elf = Elf(out)
        kept = elf.section(".manifest")
        self.assertEqual(elf.data[kept["offset"]:kept["offset"] + kept["size"]], b"name: demo\0")
        self.assertTrue(self.inspect(out)["loads"])
        self.assertIn("has no section .manifset", self.pack(path, "--keep-section", ".manifset", code=1))

    def test_section_of_a_shared_object(self):
        path = self.build("app.so", "int f(void) { return 1; } __asm__(\".pushsection .manifest,\\\"\\\","
                          "%progbits\\n.asciz \\\"demo\\\"\\n.popsection\");", "-shared", "-fpic", "-nostdlib",
                          link=True)
        out, done = self.pack(path)
        self.assertIn({"name": ".manifest", "bytes": 5}, done["dropped_sections"])
        out, done = self.pack(path, "--keep-section", ".manifest")
        self.assertEqual(done["dropped_sections"], [])
        self.assertIn(b"demo\0", self.read(out))
        self.assertTrue(self.inspect(out)["loads"])
        self.assertIn("every loader reads it as it is", self.tenon("unpack", out, "-o", path, code=1).stderr)

    def test_entry_point(self):
        """It says which function is the application; in a relocatable file it is an offset in .text."""
        for options in ([], ["--keep-sections"]):
            path = self.arm("entry0.o", CODE, "-ffunction-sections")
            linked = self.path("entry.o")
            script = self.write("merge.ld", "SECTIONS { .text : { *(.text .text.*) } }")
            subprocess.run(["arm-none-eabi-ld", "-r", "-T", script, "-e", "second", path, "-o", linked], check=True)
            entry = Elf(linked).data[24:28]
            self.assertNotEqual(entry, bytes(4))
            out, _ = self.pack(linked, *options)
            found = self.inspect(out)
            second = next(e for e in found["exports"] if e["name"] == "second")
            self.assertEqual(found["entry"], second["address"] | 1)
            plain = self.inspect(linked)
            second = next(e for e in plain["exports"] if e["name"] == "second")
            self.assertEqual(plain["entry"], second["address"] | 1)
            self.assertIn("entry", self.tenon("inspect", out).stdout)
            plain = self.path("unpacked.o")
            self.tenon("unpack", out, "-o", plain)
            found = self.inspect(plain)
            second = next(e for e in found["exports"] if e["name"] == "second")
            self.assertEqual(found["entry"], second["address"] | 1)

    def test_wrong_entry_point(self):
        path = self.arm("wrong.o")
        data = bytearray(self.read(path))
        data[24:28] = (0x123456).to_bytes(4, "little")
        path = self.write("wrong.o", bytes(data))
        self.assertIsNone(self.inspect(path)["entry"])
        done = self.tenon("pack", path, "-o", path + ".packed")
        self.assertIn("entry point lies in no code", done.stderr)

    # ---- exports ----

    def test_which_names_are_exported(self):
        path = self.arm("exports.o")
        self.assertEqual(set(self.exports(self.pack(path)[0])), {"first", "second"})
        before = self.exports(path)
        out, _ = self.pack(path, "--export", "second")
        self.assertEqual(set(self.exports(out)), {"second"})
        out, _ = self.pack(path, "--export", "second,first")
        self.assertEqual(self.exports(out), {k: before[k] for k in ("first", "second")})
        self.assertIn("defines no symbol scond", self.pack(path, "--export", "scond", code=1))
        self.assertIn("'a,,b' is no list", self.tenon("pack", path, "-o", "x", "--export", "a,,b", code=2).stderr)

    def test_no_exports(self):
        code = CODE + "int state; __attribute__((constructor)) static void up(void) { state = first(1); }"
        out, _ = self.pack(self.arm("none.o", code), "--export", "none")
        found = self.inspect(out)
        self.assertEqual(found["exports"], [])
        self.assertIsNone(found["useless"])
        self.assertEqual([s["name"] for s in Elf(out).symbols() if s["name"]], ["imported"])

    def test_nothing_that_could_be_used(self):
        """Neither exports nor initialisers are left: unpack would refuse it, and so does pack."""
        hidden = CODE + "__attribute__((visibility(\"hidden\"))) int inside(void) { return 1; }"
        for names in "none", "inside":
            path = self.arm("unused.o", hidden)
            self.assertIn("would export nothing", self.pack(path, "--export", names, code=1))
            self.assertFalse(os.path.exists(path + ".packed"))

    def test_exports_of_a_file_that_says_them(self):
        code = CODE + "const struct { const char *n; void *a; } r __attribute__((used, section(\".exported_sym\")))" \
                      " = { \"first\", first };"
        self.assertIn("--export is for files that do not",
                      self.pack(self.arm("says.o", code), "--export", "none", code=1))

    def test_a_hint_says_so(self):
        code = "".join(f"int a_function_with_a_long_name_{i}(int x) {{ return x + {i}; }}\n" for i in range(40))
        hints = self.inspect(self.arm("exporting.o", code))["hints"]
        self.assertEqual([h["what"] for h in hints if "40 exports" in h["what"]],
                         ["40 exports: all global symbols, with their names"])

    # ---- the output ----

    def limited(self, *args, size=100):
        """The command with a limit on the size of files that it writes."""
        return subprocess.run([TENON, *args], capture_output=True, text=True, timeout=60,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))

    def test_a_failing_write_keeps_what_was_there(self):
        path = self.arm("full.o")
        out, _ = self.pack(path)
        for command in ("unpack", "pack"):
            source = out if command == "unpack" else path
            target = self.write("target", self.read(source))
            before = self.read(target)
            done = self.limited(command, target, "-o", target)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("File too large", done.stderr)
            self.assertEqual(self.read(target), before)
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("target.")], [])

    def test_output_over_the_input(self):
        path = self.arm("over.o")
        expected = self.read(self.pack(path)[0])
        link = self.path("link.o")
        os.symlink(path, link)
        os.chmod(path, 0o640)
        self.tenon("pack", path, "-o", link, "--debug-file", self.write("debug.o", self.read(path)))
        self.assertTrue(os.path.islink(link))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
        self.assertLess(abs(len(self.read(path)) - len(expected)), 16)

    def test_output_over_another_input(self):
        path = self.arm("bound.o")
        names = self.write("names.txt", "imported\n")
        for option in ("--bind", "--debug-file"):
            done = self.tenon("pack", path, "-o", names, option, names, code=2)
            self.assertIn("OUTPUT is the file of " + option, done.stderr)
        self.assertEqual(self.read(names), b"imported\n")

    def test_a_pipe_is_not_waited_for(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        done = self.tenon("pack", self.arm("piped.o"), "-o", pipe, code=1)
        self.assertIn("a pipe that nobody reads", done.stderr)
        out = subprocess.run(["sh", "-c", f'"{TENON}" pack "{self.path("piped.o")}" -o /dev/stdout | head -c 4'],
                             capture_output=True, timeout=60)
        self.assertEqual(out.stdout, b"\x7fELF")

    # ---- the check of the result ----

    def test_a_common_function(self):
        """A common symbol may say that it is a function; in .bss it is none."""
        path = self.arm("common.o", "char buffer[64]; char *f(void) { return buffer; }", "-fcommon")
        elf, data = Elf(path), bytearray(self.read(path))
        table = elf.section(".symtab")
        index = next(i for i, s in enumerate(elf.symbols()) if s["name"] == "buffer")
        data[table["offset"] + 16 * index + 12] = 0x12
        path = self.write("common.o", bytes(data))
        self.assertEqual(self.inspect(path)["exports"][0]["name"], "buffer")
        self.assertEqual(self.inspect(self.pack(path)[0])["exports"][0]["name"], "buffer")

    def test_dynamic_symbols_of_sections_that_are_not_loaded(self):
        path = self.build("sections.so", "int f(int x) { return x; } int g = 1;", "-shared", "-fpic",
                          "-nostdlib", link=True)
        data = bytearray(self.read(path))
        elf = Elf(path)
        table = next(s for s in elf.sections if s["type"] == 11)
        at = table["offset"] + table["size"] - 24
        other = next(s["index"] for s in elf.sections if s["name"] == ".comment")
        data[at + 6:at + 8] = other.to_bytes(2, "little")
        path = self.write("sections.so", bytes(data))
        self.assertTrue(self.inspect(path)["loads"])
        self.assertTrue(self.inspect(self.pack(path)[0])["loads"])

    def test_marks_that_a_linker_reads_stay(self):
        nested = "int call(int (*)(int)); int f(int k) { int add(int v) { return v + k; } return call(add); }"
        path = self.build("stack.o", nested, "-O1", "-fno-pic")
        self.assertIn("executable stack", str(self.inspect(self.pack(path)[0])["hints"]))
        path = self.build("xtensa.o", "int f(int x) { return x; }", compiler="xtensa-lx106-elf-gcc")
        self.assertEqual(self.inspect(self.pack(path)[0])["compiled_for"], "call0 calls")


if __name__ == "__main__":
    unittest.main()
