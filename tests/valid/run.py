# SPDX-License-Identifier: Apache-2.0
"""What compilers and linkers make, run by the command: here and on every kind of board, plain and packed."""
import os
import subprocess
import sys
import tempfile
import unittest

TENON = os.environ["TENON"]
M4 = "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb"
M0 = "arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb"
A64 = "aarch64-linux-gnu-gcc"
RV32 = "riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32"
RV64 = "riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d -mcmodel=medany"
XTENSA = "xtensa-lx106-elf-gcc"
COMPILERS = ["gcc", M4, M0, A64, RV32, RV64, XTENSA]
CLANG = ["clang", "clang --target=thumbv7em-none-eabi", "clang --target=riscv32-none-elf -march=rv32imac",
         "clang --target=aarch64-none-elf"]


class ValidTest(unittest.TestCase):
    """A folder of its own for each test, and the calls that every test makes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tenon-valid-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def do(self, command, **options):
        command = command.split() if isinstance(command, str) else command
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, **options)
        self.assertEqual(done.returncode, 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w" if isinstance(text, str) else "wb") as file:
            file.write(text)
        return name

    def call(self, files, *calls):
        """What the calls print; each call is "FUNCTION ARGUMENT..."."""
        command = [TENON, "run", *files.split()]
        for one in calls:
            command += ["--call", *one.split()]
        return self.do(command).splitlines()

    def expect(self, files, results, pack=True):
        """Calls and what they return, of the files and of what pack makes of the last one."""
        wanted = [f"{c.split()[0]}({', '.join(c.split()[1:])}) = {r}" for c, r in results.items()]
        self.assertEqual(self.call(files, *results), wanted)
        if not pack:
            return
        *others, last = files.split()
        self.do([TENON, "pack", last, "-o", "packed.llext"])
        self.assertEqual(self.call(" ".join([*others, "packed.llext"]), *results), wanted, "packed")

    def each(self, source, results, compilers=None, flags="-O1"):
        """The same of each compiler."""
        self.write("each.c", source)
        for number, compiler in enumerate(compilers or COMPILERS):
            with self.subTest(compiler):
                self.do(f"{compiler} {flags} -c each.c -o each{number}.o")
                self.expect(f"each{number}.o", results)


class Labels(ValidTest):
    """Symbols beside their section."""

    def test_section_anchors(self):
        source = "static int a[256], b[256], c[256];\n" \
            "int go(int i) { a[i & 255]++; b[i & 255]++; c[i & 255]++; return a[0] + b[0] + c[0]; }\n"
        for level in "-O1", "-O2", "-Os":
            self.each(source, {"go 0": 3}, [RV32, RV64, M4], level + " -fsection-anchors")

    def test_function_without_instructions(self):
        source = "int go(int a) { return a + 1; } void never(void) { __builtin_unreachable(); }\n"
        self.each(source, {"go 3": 4}, [*CLANG, *COMPILERS], "-w -O2")

    def test_shared_object_with_a_function_without_instructions(self):
        self.write("u.c", "int go(int a) { return a + 1; } void never(void) { __builtin_unreachable(); }\n")
        for number, compiler in enumerate(["gcc", M4, A64, "riscv64-linux-gnu-gcc"]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O1 -fpic -shared -nostdlib u.c -o u{number}.so")
                self.expect(f"u{number}.so", {"go 3": 4}, pack=False)

    def test_ld_r_with_a_script(self):
        """GNU ld adds the section's address to mapping symbols that Clang has made."""
        self.write("s.ld", "SECTIONS { .text : { *(.text*) } .rodata : { *(.rodata*) }"
                   " .data : { *(.data*) } .bss : { *(.bss*) } }")
        self.write("t.c", "int a[3] = {1, 2, 3}; static int b[3] = {4, 5, 6}; const int c[2] = {7, 8};\n"
                   "int go(int i) { b[i]++; return a[i] + b[i] * 10 + c[i & 1] * 1000; }\n")
        flags = "-O1 -ffunction-sections -fdata-sections -c t.c -o t.o"
        self.do(f"clang --target=thumbv7em-none-eabi -mcpu=cortex-m4 -mfloat-abi=soft {flags}")
        self.do("arm-none-eabi-ld -r -T s.ld t.o -o r.o")
        self.expect("r.o", {"go 1": 8062})


class Files(ValidTest):
    """Unusual ways of writing down the usual."""

    def test_shared_object_without_end_of_eh_frame(self):
        """The last record ends with zeros that are no terminator."""
        self.write("m.cpp", 'extern "C" int go(int x) { return x + 1; }\n')
        for number, compiler in enumerate(["riscv64-linux-gnu-g++", "aarch64-linux-gnu-g++", "g++"]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O2 -fpic -shared -nostdlib m.cpp -o m{number}.so")
                self.expect(f"m{number}.so", {"go 1": 2}, pack=False)

    def test_import_that_is_called_an_indirect_function(self):
        """Some linkers copy the type to what is undefined."""
        self.write("f.s", ".text\n.globl go\n.type go, @function\n.type abs, @gnu_indirect_function\n"
                   "go: sub $8, %rsp\ncall abs@PLT\nadd $8, %rsp\nret\n")
        self.do("as f.s -o f.o")
        self.expect("f.o", {"go -5": 5})

    def test_data_object(self):
        """It has no code, and so no ABI."""
        self.write("font.bin", "HELLO-BLOB-0123")
        self.write("u.c", "extern const char _binary_font_bin_start[], _binary_font_bin_end[];\n"
                   "int at(int i) { return _binary_font_bin_start[i]; }\n"
                   "int length(void) { return _binary_font_bin_end - _binary_font_bin_start; }\n")
        for number, (prefix, target, compiler) in enumerate([
                ("aarch64-linux-gnu-", "elf64-littleaarch64", A64), ("arm-none-eabi-", "elf32-littlearm", M4),
                ("riscv64-unknown-elf-", "elf32-littleriscv", RV32),
                ("riscv64-unknown-elf-", "elf64-littleriscv", RV64)]):
            with self.subTest(compiler):
                self.do(f"{prefix}objcopy -I binary -O {target} font.bin f{number}.o")
                self.do(f"{compiler} -O1 -c u.c -o u{number}.o")
                self.expect(f"f{number}.o u{number}.o", {"at 1": 69, "length": 15}, pack=False)


if __name__ == "__main__":
    sys.exit(unittest.main())
