# SPDX-License-Identifier: Apache-2.0
"""tenon check on this machine: what is missing, several files, firmware files good and bad."""

import json
import os
import subprocess
import unittest

from support import EXPORT_SCRIPT, INCLUDE, TENON, ToolTest, has

FIRMWARE = """
#include <stdio.h>
#include <string.h>
#include <llext/symbol.h>
int app_start(int x) { return x; }
int app_stop(int x) { return x; }
int app_state = 4;
EXPORT_SYMBOL(app_start);
EXPORT_SYMBOL(app_stop);
EXPORT_SYMBOL(app_state);
EXPORT_SYMBOL(memcpy);
EXPORT_SYMBOL(printf);
EXPORT_SYMBOL(stdout);
int main(void) { return 0; }
"""
SCRIPT = "-Wl,-T," + EXPORT_SCRIPT
USER = """
#include <stdio.h>
extern int app_state; int app_start(int); __attribute__((weak)) int app_optional(void);
int user(int x) { printf("%d", x); fflush_not(stdout); return app_start(app_state) +
	(app_optional ? app_optional() : 0); }
"""


# A firmware for an MPU, and a shared object whose segments begin at odd multiples of 32.
PROTECTED = """
#include <llext/symbol.h>
int base(int x) { return x; }
EXPORT_SYMBOL(base);
char llext_heap_memory[1 << 20] __attribute__((aligned(1 << 20)));
int llext_mcu_protect_heap(unsigned long start, unsigned long bytes) { return (int)(start + bytes); }
void _start(void) { for (;;) llext_mcu_protect_heap((unsigned long)llext_heap_memory, 1 << 20); }
"""
PROTECTED_SCRIPT = """
SECTIONS
{
	. = 0x1000;
	.text : { *(.text*) *(.rodata*) }
	.llext_export : ALIGN(8)
	{
		__llext_export_start = .;
		KEEP(*(SORT_BY_NAME(.llext_export.*)))
		__llext_export_end = .;
	}
	.bss 0x20000000 : { *(.bss*) *(.data*) }
}
"""
SEGMENTS = """
PHDRS { ro PT_LOAD FLAGS(4); rx PT_LOAD FLAGS(5); rw PT_LOAD FLAGS(6); rc PT_LOAD FLAGS(4); dyn PT_DYNAMIC FLAGS(6); }
SECTIONS {
	. = 0; .hash : { *(.hash) } :ro .dynsym : { *(.dynsym) } .dynstr : { *(.dynstr) } .rel.dyn : { *(.rel*) }
	. = TEXT; .text : { *(.text*) } :rx
	. = DATA; .data : { *(.data*) *(.got*) } :rw .dynamic : { *(.dynamic) } :rw :dyn
	. = 0x9360; .rodata : { *(.rodata*) } :rc
}
"""
SEGMENTED = 'const int table[1830] = {1, 2, 3}; int data = 4; int f(int x) { return table[x % 60] + data; }' \
            'void much(void) { __asm__ volatile(".rept 3500\\nnop\\n.endr"); }'
CORTEX = "arm-none-eabi-gcc -mthumb -ffreestanding -nostdlib -mcpu=cortex-"


class Check(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firmware = cls.build("firmware.elf", FIRMWARE, INCLUDE, SCRIPT, link=True)
        cls.good = cls.build("good.o", USER.replace("fflush_not(stdout);", "(void)stdout;"), "-fpic")
        cls.bad = cls.build("bad.o", "int app_strat(int); int frobnicate(void); extern int app_state;"
                            "int bad(void) { return app_strat(frobnicate()) + app_state; }", "-fpic")

    def test_good(self):
        found = self.check(self.good, "--against", self.firmware)
        self.assertEqual((found["loads"], found["firmware_exports"], found["machine"]),
                         (True, 6, "x86-64"))
        self.assertTrue(found["firmware_exports_sorted"])
        only = found["files"][0]
        self.assertEqual((only["loads"], only["missing"], only["reason"], only["error"]),
                         (True, [], None, None))
        self.assertGreater(only["memory"]["instruction_heap_bytes"], 20)
        text = self.tenon("check", self.good, "--against", self.firmware).stdout
        self.assertIn(f"{self.good}: would load: 3 imports found", text)
        self.assertIn("app_optional is weak and missing: it will be 0", text)

    def test_executable_stack(self):
        source = "extern int app_start(int); int call(int (*f)(int)) { return f(1); }" \
                 "int f(int x) { int in(int y) { return x + y; } return call(in); }"
        for path, asks in ((self.build("stack.o", source), True),
                           (self.build("stack.so", source, "-shared", "-fpic"), True),
                           (self.good, False)):
            found = self.check(path, "-a", self.firmware)["files"][0]
            self.assertEqual((found["loads"], found["executable_stack"]), (True, asks), path)
            text = self.tenon("check", path, "-a", self.firmware).stdout
            self.assertEqual("executable stack" in text, asks)

    def test_parts_that_the_firmware_lacks(self):
        """What was left out of the library is seen by its functions, unless link-time optimisation has merged them."""
        code = '#include <llext/symbol.h>\nint f(int x) { return x; } EXPORT_SYMBOL(f);'
        flags = [INCLUDE, "-DLL_EXTENSION_BUILD", "-fpic"]
        plain = self.build("plain.o", code, *flags)
        self.tenon("pack", plain, "-o", self.path("packed.llext"))
        files = {
            "llext_relr_walk": self.build("part.so", code, *flags, "-shared", "-nostdlib", link=True),
            "llext_executable_layout": self.build("part.elf", code, INCLUDE, "-DLL_EXTENSION_BUILD", "-static", "-no-pie",
                                                  "-nostdlib", "-Wl,-Ttext-segment=0x30000000,-e,0", link=True),
            "llext_packed_open": self.path("packed.llext"),
            "llext_tls_define": self.build("part.o", code + "__thread int t; int g(void) { return t; }", *flags[:2],
                                           "-ftls-model=local-exec"),
        }
        for source in "llext", "merged":
            for without in None, *files:
                there = "".join(f"void {name}(void) {{ }}\n" for name in [*files, "llext_load"] if name != without)
                self.build(source, FIRMWARE + there, INCLUDE, "-fno-pic")
                firmware = self.path("parts.elf")
                subprocess.run(["gcc", "-no-pie", "-static", SCRIPT, self.path(source), "-o", firmware], check=True)
                self.tenon("check", plain, "-a", firmware)
                for name, path in files.items():
                    lacks = source == "llext" and name == without
                    found = self.check(path, "-a", firmware, code=1 if lacks else 0)["files"][0]
                    self.assertEqual(found["loads"], not lacks, (path, without))
                    self.assertEqual("the firmware takes no " in (found["reason"] or ""), lacks)

    def test_exports_at_address_0(self):
        """No load can have them as imports, and "missing" alone would not say why."""
        null = '#include <llext/symbol.h>\nextern char null[]; __asm__(".globl null\\nnull = 0"); EXPORT_SYMBOL(null);'
        user = self.build("null_user.o", "extern char null[]; char *get(void) { return null; }", "-mcmodel=large")
        provider = self.build("null.o", null, INCLUDE, "-DLL_EXTENSION_BUILD")
        firmware = self.build("null.elf", null + "int main(void) { return 0; }", INCLUDE, SCRIPT, "-static", "-no-pie",
                              link=True)
        note = "exports it at address 0, which counts as missing"
        for args, who in (([provider, user, "-a", self.firmware], "null.o"), ([user, "-a", firmware], "the firmware")):
            self.assertIn(f"  missing: null\n    {who} {note}\n", self.tenon("check", *args, code=1).stdout)
        self.assertIn(f"    null.o {note}\n",
                      self.tenon("run", provider, user, "--call", "get", code=1).stderr)
        text = self.tenon("check", user, "-a", self.firmware, code=1).stdout
        self.assertNotIn("address 0", text)

    def test_everything_missing_is_listed(self):
        text = self.tenon("check", self.bad, "-a", self.firmware, code=1).stdout
        self.assertIn(f"{self.bad}: would not load: 2 imports are missing\n", text)
        self.assertRegex(text, r"missing: app_strat +did you mean app_start\?\n")
        self.assertRegex(text, r"missing: frobnicate\n")
        hint = "hint: export it in the firmware, as `tenon exports` writes it"
        self.assertIn(hint, text)
        # A program, where an extension was meant.
        path = self.build("program.elf", "int f(int x) { return x; }", "-nostdlib", "-static", "-no-pie", "-Wl,-e,_start", link=True)
        text = self.tenon("check", path, "-a", self.firmware, code=1).stdout
        self.assertIn("hint: _start is the entry of a program: make an extension by -c, ld -r or -shared", text)
        self.assertNotIn(hint, text)
        # A name that is near is hint enough.
        near = self.build("near.o", "int app_strat(int); int f(int x) { return app_strat(x); }")
        self.assertNotIn(hint, self.tenon("check", near, "--against", self.firmware, code=1).stdout)
        found = self.check(self.bad, "-a", self.firmware, code=1)
        self.assertFalse(found["loads"])
        self.assertEqual({m["name"]: m["suggestion"] for m in found["files"][0]["missing"]},
                         {"app_strat": "app_start", "frobnicate": None})
        self.assertEqual(found["files"][0]["error"]["stage"], "symbols")

    def test_order_matters(self):
        base = self.build("base.o", "int base(void) { return 1; }")
        user = self.build("top.o", "int base(void); int top(void) { return base(); }")
        found = self.check(base, user, "-a", self.firmware)
        self.assertEqual(found["files"][1]["imports"][0]["provider"], "base.o")
        found = self.check(user, base, "-a", self.firmware, code=1)
        self.assertEqual([f["loads"] for f in found["files"]], [False, True])
        text = self.tenon("check", base, user, "-a", self.firmware).stdout
        self.assertIn("  base from base.o\n", text)

    def test_a_bad_file_does_not_hide_the_others(self):
        text = self.write("text.o", "not ELF")
        found = self.check(self.bad, text, self.path("none.o"), self.good, "-a", self.firmware, code=1)
        self.assertEqual([f["loads"] for f in found["files"]], [False, False, False, True])
        self.assertIn("not an ELF file but text", found["files"][1]["reason"])
        self.assertEqual(found["files"][2]["reason"], "it cannot be read")

    def test_the_firmware_says_where_its_heap_is(self):
        program = "#include <stdint.h>\n" + FIRMWARE
        for name, more in (("object", "uint8_t llext_heap_memory[3000] __attribute__((aligned(16)));"),
                           ("bounds", "__asm__(\".globl __llext_heap_start, __llext_heap_end\\n"
                            ".bss\\n__llext_heap_start: .zero 3000\\n__llext_heap_end:\");")):
            firmware = self.build(name + ".elf", program + more, INCLUDE, SCRIPT, "-no-pie", link=True)
            symbols = subprocess.run(["nm", firmware], stdout=subprocess.PIPE, text=True).stdout
            place = next(int(line.split()[0], 16) for line in symbols.splitlines()
                         if line.endswith(("llext_heap_memory", "__llext_heap_start")))
            found = self.check(self.good, "-a", firmware)
            self.assertEqual((found["assumed"]["heap_at"], found["assumed"]["heap_bytes"],
                              found["assumed"]["heap_from_firmware"]), (place, 3000, True))
            big = self.build("fills.o", "char big[3000]; int f(void) { return big[5]; }")
            found = self.check(big, "-a", firmware, code=1)
            self.assertEqual(found["files"][0]["error"]["errno"], 12)
            found = self.check(big, "-a", firmware, "--heap", "64K")  # the option wins
            self.assertEqual(found["assumed"]["heap_bytes"], 64 << 10)
            self.assertIn("its heap of 3000 bytes",
                          self.tenon("check", self.good, "-a", firmware).stdout)
        self.assertFalse(self.check(self.good, "-a", self.firmware)["assumed"]["heap_from_firmware"])
        self.check(self.good, "-a", self.firmware, "--heap-at", "0x40000401")

    def test_thread_local_variable_of_another_file(self):
        """The first one of all: its offset from the thread pointer is not taken for no address."""
        names = self.write("names.txt", "puts\n")
        for compiler in ("gcc", "arm-none-eabi-gcc -mthumb -mcpu=cortex-m4", "aarch64-linux-gnu-gcc",
                         "riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32",
                         "riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d"):
            with self.subTest(compiler=compiler):
                first = self.build("first.o", "__thread int shared = 2;", compiler=compiler)
                other = self.build("other.o", "extern __thread int shared; int f(void) { return shared; }",
                                   "-ftls-model=initial-exec", compiler=compiler)
                found = self.check(first, other, "-a", names)["files"]
                self.assertEqual([f["loads"] for f in found], [True, True])

    def test_room_for_thread_local_variables(self):
        user = self.build("tls.o", "__thread char room[1000]; char *f(void) { return room; }")
        block = "struct { _Alignas(64) char bytes[512]; void *next; char listed; } " \
                "_Thread_local llext_tls_block;"  # a firmware of before, which had the array first
        firmware = self.build("tls.elf", FIRMWARE + block, INCLUDE, SCRIPT, link=True)
        found = self.check(user, "-a", firmware, code=1)
        self.assertGreaterEqual(found["assumed"]["tls_bytes"], 512)
        self.assertLess(found["assumed"]["tls_bytes"], 576)
        self.assertIn("thread-local", found["files"][0]["reason"])
        self.check(user, "-a", firmware, "--tls", "1K")
        self.check(user, "-a", self.firmware, "--tls", "999", code=1)
        for align, code in (16, 1), (32, 1), (64, 0):
            user = self.build("aligned.o", "_Alignas(64) _Thread_local char room[10]; char *f(void) { return room; }")
            firmware = self.build("tls.elf", FIRMWARE + block.replace("64", str(align)), INCLUDE, SCRIPT, link=True)
            found = self.check(user, "-a", firmware, code=code)
            self.assertGreaterEqual(found["assumed"]["tls_bytes"], 512)
            if code != 0:
                self.assertIn(f"symbol room, expected 64, found {align}", found["files"][0]["reason"])
        self.check(user, "-a", self.firmware)

    def test_tables_are_those_of_the_firmwares_configuration(self):
        """Its DWARF says how large the library's structures are."""
        structures = "struct llext { char a[1000]; } one; struct llext_private { char a[200]; } two;" \
                     "struct piece { char a[10]; } three;"
        firmware = self.build("sizes.elf", FIRMWARE + structures, INCLUDE, SCRIPT, "-g", link=True)
        usual = self.check(self.good, "-a", self.firmware)["files"][0]["memory"]
        found = self.check(self.good, "-a", firmware)["files"][0]["memory"]
        exports = 16 + len("user") + 1
        # Text, constants and data. Names are copied by words, with three bytes behind them.
        self.assertIn(found["table_bytes"] - (1200 + 3 * 10 + exports), range(3, 7))
        self.assertEqual(found["extension_bytes"] - found["table_bytes"],
                         usual["extension_bytes"] - usual["table_bytes"])

    def test_cpp_names(self):
        path = self.build("cpp.o", "struct S { void method(int) const; }; void f() "
                          "{ S().method(1); }", compiler="g++")
        text = self.tenon("check", path, "-a", self.firmware, code=1).stdout
        self.assertIn("S::method(int) const", text)

    def test_out_of_reach(self):
        """What only relocating at real addresses shows: a variable that 32 bits do not reach."""
        near = self.build("near.o", "extern int app_state; int near(void) { return app_state; }", "-fno-pic")
        static = self.build("static.elf", FIRMWARE, INCLUDE, SCRIPT, "-static", "-no-pie", "-fno-pie",
                            link=True)
        self.check(near, "-a", static)
        found = self.check(near, "-a", static, "--heap-at", "0x7f0000000000", code=1)
        self.assertEqual((found["files"][0]["error"]["stage"],
                          found["files"][0]["error"]["symbol"]), ("relocate", "app_state"))
        self.assertEqual(found["assumed"]["heap_at"], 0x7f0000000000)
        self.assertIn("out of range", found["files"][0]["reason"])

    def test_heap_size(self):
        big = self.build("big.o", "char big[3 << 20]; int f(void) { return big[5]; }")
        self.assertEqual(self.check(big, "-a", self.firmware)["assumed"]["heap_bytes"], 4 << 20)
        found = self.check(big, big, "-a", self.firmware)
        self.assertEqual(found["assumed"]["heap_bytes"], 8 << 20)
        found = self.check(big, "-a", self.firmware, "--heap", "1M", code=1)
        said = self.tenon("check", big, "-a", self.firmware, "--heap", "64K", code=1).stdout
        self.assertRegex(said, r"expected 0x[0-9a-f]+, found [0-9]+\n  in decimal: expected [0-9]{6,}, found [0-9]+\n")
        self.assertEqual(found["files"][0]["error"]["errno"], 12)
        found = self.check(big, big, "-a", self.firmware, "--heap", "4M", code=1)
        self.assertEqual([f["loads"] for f in found["files"]], [True, False])

    def test_heap_size_and_many_files(self):
        """With a heap of a given size, a file that does not fit is no reason not to look at others."""
        big = self.build("big.o", "char big[3 << 20]; int f(void) { return big[5]; }")
        found = self.check(self.good, big, big, self.good, "-a", self.firmware, "-s", "64K", code=1)
        self.assertEqual([f["loads"] for f in found["files"]], [True, False, False, True])
        self.assertEqual([f["error"]["errno"] for f in found["files"][1:3]], [12, 12])
        tiny = self.build("tiny.o", "int f(int x) { return x; }", "-fno-asynchronous-unwind-tables")
        self.assertTrue(self.check(tiny, "-a", self.firmware, "-s", "3000")["loads"])
        self.assertFalse(self.check(tiny, "-a", self.firmware, "-s", "100", code=1)["loads"])

    def test_c_name_of_a_cpp_import(self):
        path = self.build("cname.o", "int app_start(int); extern \"C\" int g() { return app_start(1); }",
                          compiler="g++")
        self.assertIn('declare it extern "C"', self.tenon("check", path, "-a", self.firmware, code=1).stdout)

    def test_kinds_of_firmware(self):
        """Executable and position-independent, dynamic and static, stripped."""
        for flags in (["-no-pie", "-fno-pie"], ["-static", "-no-pie", "-fno-pie"], ["-static-pie"],
                      ["-Wl,-z,now"], ["-Wl,-z,norelro"], ["-shared", "-fpic"]):
            with self.subTest(flags=flags):
                path = self.build("kind.elf", FIRMWARE, INCLUDE, SCRIPT, *flags, link=True)
                for _ in range(2):
                    self.assertEqual(self.check(self.good, "-a", path)["firmware_exports"], 6)
                    subprocess.run(["strip", path], check=True)

    def test_the_command_itself(self):
        """It is a firmware, too: what check says is what run does."""
        for path, code in ((self.good, 1), (self.build("libc.o", "#include <stdio.h>\nint f(void)"
                                                       "{ return puts(\"\"); }"), 0)):
            self.tenon("check", path, "--against", TENON, code=code)
            self.tenon("run", path, code=code)

    def test_bad_firmware(self):
        plain = self.build("plain.elf", "int main(void) { return 0; }", link=True)
        unsorted = self.build("unsorted.elf", "#include <llext/symbol.h>\nint b, a; static const struct "
                              "llext_const_symbol t[] __attribute__((section(\".llext_export\"), used))"
                              "= {{\"b\", &b}, {\"a\", &a}}; int main(void) { return 0; }", INCLUDE,
                              "-no-pie", "-fno-pie", link=True)
        odd = self.build("odd.elf", "long t[3] __attribute__((section(\".llext_export\"))) = {1};"
                         "int main(void) { return 0; }", link=True)
        wild = self.build("wild.elf", "long t[2] __attribute__((section(\".llext_export\"))) ="
                          "{0x123456789, 1}; int main(void) { return 0; }", link=True)
        for path, said in ((plain, "exports nothing"), (self.good, "is a relocatable file"),
                           (self.path("none.elf"), "No such file"), (odd, "malformed"),
                           (wild, "export 0 has no name"),
                           (self.write("text.elf", "text"), "not an ELF file"),
                           (self.write("image.hex", ":10010000214601360121470136007EFE09D2190140\n"),
                            "an image for a flash tool"),
                           (self.write("lib.a", "!<arch>\n"), "a library of object files")):
            done = self.tenon("check", self.good, "-a", path, code=1)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stdout, "")
        user = self.build("ab.o", "extern int a, b; int f(void) { return a + b; }")
        done = self.tenon("check", user, "-a", unsorted)
        self.assertIn("warning: the table of exports is not in order", done.stderr)
        self.assertFalse(self.check(user, "-a", unsorted)["firmware_exports_sorted"])
        table = "#include <llext/symbol.h>\nint b, c; static const struct llext_const_symbol t[] " \
            "__attribute__((section(\".llext_export\"), used)) = {{\"a\", &b}, {\"a\", &%s}, {\"b\", &b}};" \
            "int main(void) { return 0; }"
        for second, said in (("b", ""), ("c", "exports a twice, at two addresses")):
            path = self.build("twice.elf", table % second, INCLUDE, "-no-pie", "-fno-pie", link=True)
            done = self.tenon("check", user, "-a", path)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stderr == "", said == "")
            self.assertTrue(self.check(user, "-a", path)["firmware_exports_sorted"])

    def test_version_of_the_exports(self):
        """A project made with a kit needs its version; a firmware with another major one, or an older minor, is refused."""
        def firmware(version):
            code = ("#include <llext/abi.h>\nint offered(int x) { return x; }\nEXPORT_SYMBOL(offered);\n"
                    + (f"LLEXT_ABI({version});\n" if version else "") + "int main(void) { return 0; }\n")
            return self.build(f"fw_{version}.elf".replace(", ", "_"), code, INCLUDE, "-no-pie",
                              "-Wl,-T," + EXPORT_SCRIPT, link=True)
        kit, made = self.path("versioned_kit"), self.path("versioned")
        self.tenon("kit", firmware("2, 3"), "-o", kit)
        subprocess.run([TENON, "new", "versioned", "--kit", kit], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        self.assertIn("\nLLEXT_NEEDS_ABI(2, 3);\n", self.read(os.path.join(made, "versioned.c")).decode())
        subprocess.run([TENON, "build"], cwd=made, check=True, stdout=subprocess.DEVNULL)
        file = os.path.join(made, "versioned.llext")
        for version in ("2, 3", "2, 4", ""):
            self.check(file, "-a", firmware(version))
        for version, number, said, values in (("2, 2", "E1024", "older than the extension needs", (3, 2)),
                                              ("3, 3", "E1023", "another major version", (2, 3))):
            error = self.check(file, "-a", firmware(version), code=1)["files"][0]["error"]
            self.assertEqual((error["id"], error["symbol"], error["expected"], error["found"]),
                             (number, "llext_needs_abi.2.3", *values))
            self.assertIn(said, error["text"])
        # Another version by itself is no difference of the interface.
        self.assertEqual(self.tenon("abi", "diff", firmware("2, 2"), firmware("3, 3")).stdout, "no difference\n")
        # C++ has the same macros.
        cpp = "#include <llext/abi.h>\nLLEXT_NEEDS_ABI(2, 9);\nextern \"C\" int f() { return 1; }\nLL_EXTENSION_SYMBOL(f);\n"
        self.check(self.build("needs_cpp.o", cpp, INCLUDE, "-DLL_EXTENSION_BUILD", compiler="g++"), "-a", firmware("2, 3"),
                   code=1)

    def test_groups(self):
        """A missing import whose group is off is named with it, from the firmware and from its kit."""
        code = """
            #define CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_AUDIO 0
            #define CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_MOTOR 1
            #include <llext/symbol.h>
            int beep(int x) { return x; }
            EXPORT_GROUP_SYMBOL(AUDIO, beep);
            int turn(int x) { return x; }
            EXPORT_GROUP_SYMBOL(MOTOR, turn);
            int hidden(int x) { return x; }
            EXPORT_SYMBOL(hidden);
            int main(void) { return 0; }
            """
        uses = self.build("uses.o", "int beep(int), turn(int), hidden(int);\n"
                          "int use(int x) { return beep(x) + turn(x) + hidden(x); }", "-g")
        for name, compiler, *flags in (("c", "gcc"), ("cpp", "g++", "-fpermissive"), ("gc", "gcc", "-Wl,--gc-sections"),
                                       ("clang", "clang"), ("lto", "gcc", "-flto", "-O2")):
            if compiler == "clang" and not has("clang"):
                continue
            source = code.replace("int beep(", 'extern "C" int beep(').replace("int turn(", 'extern "C" int turn(').replace(
                "int hidden(", 'extern "C" int hidden(') if compiler == "g++" else code
            firmware = self.build(f"groups_{name}.elf", source, INCLUDE, "-Wl,-T," + EXPORT_SCRIPT, "-no-pie", *flags,
                                  "-DCONFIG_LLEXT_EXPORT_SYMBOL_GROUP_UNASSIGNED=0", compiler=compiler, link=True)
            kit = self.path("kit_" + name)
            self.tenon("kit", firmware, "-o", kit)
            for against in (firmware, kit):
                with self.subTest(compiler=compiler, against=against):
                    out = self.tenon("check", uses, "-a", against, code=1).stdout
                    self.assertIn("group AUDIO, which is off: CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_AUDIO=1", out)
                    self.assertIn("missing: hidden  referenced by", out)
                    self.assertIn("group UNASSIGNED, which is off", out)
                    self.assertNotIn("missing: turn", out)
            with open(os.path.join(kit, "kit.json")) as file:
                groups = {(g["group"], g["export"]): g["on"] for g in json.load(file)["groups"]}
            self.assertEqual(groups, {("AUDIO", "beep"): False, ("MOTOR", "turn"): True, ("UNASSIGNED", "hidden"): False})
            headers = subprocess.run(["readelf", "-SW", firmware], stdout=subprocess.PIPE, text=True, check=True).stdout
            self.assertRegex(headers, r"\.llext_groups +PROGBITS +0+ \w+ \w+ 00 +0 ") # not loaded

    def test_groups_assemble_everywhere(self):
        code = "#include <llext/symbol.h>\nint f(void) { return 1; }\nEXPORT_GROUP_SYMBOL(OFF, f);\n"
        code = "#define CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_OFF 0\n" + code
        for compiler in ("arm-none-eabi-gcc -mthumb -mcpu=cortex-m4 --specs=picolibc.specs",
                         "riscv64-unknown-elf-gcc --specs=picolibc.specs", "aarch64-linux-gnu-gcc",
                         "clang --target=armv7em-none-eabi -ffreestanding"):
            if has(compiler.split()[0]):
                path = self.build("everywhere.o", code, INCLUDE, compiler=compiler)
                self.assertIn(b"OFF\0f\0", self.read(path))


@unittest.skipUnless(has("arm-none-eabi-gcc"), "no compiler for Arm")
class Protection(ToolTest):
    """What the device's protection unit has no room for is refused here, too."""

    def firmware(self, cpu, *flags):
        script = self.write("protected.ld", PROTECTED_SCRIPT)
        return self.build(f"{cpu}{len(flags)}.elf", PROTECTED, INCLUDE, "-O1", "-Wl,-T," + script, *flags,
                          compiler=CORTEX + cpu, link=True)

    def loading(self, firmware, files):
        """How many of the files it takes, the slots that were counted, and what is said of the next one."""
        found = self.check(*files, "-a", firmware, code=None)
        reasons = [file["reason"] for file in found["files"]]
        count = reasons.index(next(filter(None, reasons), None))
        return count if reasons[count] else len(files), found["assumed"]["protection_slots"], reasons[count]

    def test_slots(self):
        full = "protect: too few slots of the protection unit are free, section read-only data, expected "
        for cpu, flags, wanted in (("m4", [], (3, 8, full + "1, found 0")),
                                   ("m4", ["16"], (7, 16, full + "1, found 0")),
                                   ("m4", ["0"], (9, None, None)),
                                   ("m0", [], (9, None, None)), # may have none
                                   ("m7+nofp", [], (3, 8, full + "1, found 0")),
                                   ("m7 -mfloat-abi=hard", [], (9, None, None)), # eight or sixteen
                                   ("m33+nofp", [], (9, None, None)), # as many as its maker likes
                                   ("m33+nofp", ["8"], (1, 8, full + "2, found 1"))):
            with self.subTest(cpu=cpu, flags=flags):
                firmware = self.firmware(cpu, *["-Wl,--defsym=__llext_mcu_slots=" + flag for flag in flags])
                code = 'const int t[200] = {5, 6}; int f(int x) { ' \
                       '__asm__ volatile(".rept 300\\nnop\\n.endr"); return t[x & 1]; }'
                files = [self.build(f"{n}.o", code, "-O1", compiler=CORTEX + cpu) for n in range(9)]
                self.assertEqual(self.loading(firmware, files), wanted)
                text = self.tenon("check", files[0], "-a", firmware).stdout
                self.assertEqual(f" of {wanted[1]} slots" in text, wanted[1] is not None)
        # Not where nothing says where the heap is, or where code has a heap of its own.
        self.assertEqual(self.loading(firmware, files + ["--instr-heap-at", "0x30000000"])[1:], (None, None))
        bare = self.build("bare.elf", PROTECTED.replace("llext_heap_memory", "pool"), INCLUDE,
                          "-Wl,-T," + self.path("protected.ld"), "-Wl,--defsym=__llext_mcu_slots=8",
                          compiler=CORTEX + "m33+nofp", link=True)
        self.assertEqual(self.loading(bare, files)[1:], (None, None))
        self.assertEqual(self.loading(bare, files + ["--heap-at", "0x20010000"])[:2], (1, 8))

    def test_shared_object(self):
        """A segment takes of the gaps around it what lets it have few regions of PMSAv7."""
        for text, data, copies in (("0x1160", "0x4260", 2), ("0x2020", "0x3c00", 3), ("0x5020", "0x6c00", 2)):
            script = self.write("segments.ld", SEGMENTS.replace("TEXT", text).replace("DATA", data))
            path = self.build("segments.so", SEGMENTED, "-O1", "-fpic", "-shared", "-Wl,-T," + script,
                              compiler=CORTEX + "m4", link=True)
            self.assertEqual(self.loading(self.firmware("m4"), [path] * copies), (copies, 8, None), text)

    def test_segments_in_one_granule(self):
        """A granule can begin where the data does, unless the code is to begin where a granule does."""
        script = self.write("dense.ld", SEGMENTS.replace(". = DATA;", "").replace("TEXT", "0x1164"))
        dense, aligned = [self.build(name, SEGMENTED, "-O1", "-fpic", "-shared", "-Wl,-T," + script, *flags,
                                     compiler=CORTEX + "m4", link=True)
                          for name, flags in (("dense.so", []), ("aligned.so", ["-falign-functions=32"]))]
        self.assertEqual(self.loading(self.firmware("m4"), [dense]), (1, 8, None))
        self.assertIn("segments of different access share a page", self.loading(self.firmware("m4"), [aligned])[2])
        no_unit = self.firmware("m4", "-Wl,--defsym=__llext_mcu_slots=0")
        self.assertEqual(self.loading(no_unit, [aligned]), (1, None, None))


if __name__ == "__main__":
    unittest.main()
