# SPDX-License-Identifier: Apache-2.0
"""inspect and check for machines other than this one, with what Clang and lld make for them."""

import re
import subprocess
import unittest

from support import INCLUDE, ToolTest, has

EXTENSION = """
#include <llext/symbol.h>
int imported(int); extern int shared; __attribute__((weak)) int perhaps(void);
int variable = 5, zeroes[100];
const char *const texts[] = {"one", "two"};
int function(int x) { return imported(x) + shared + (perhaps ? perhaps() : 0); }
EXPORT_SYMBOL(function);
EXPORT_SYMBOL(variable);
"""

FIRMWARE = """
#include <llext/symbol.h>
int imported(int x) { return x + 1; }
int shared = 3;
EXPORT_SYMBOL(imported);
EXPORT_SYMBOL(shared);
void _start(void) { imported(1); for (;;); }
"""

# name of the core: bits, compiler for extensions, flags, how a firmware is linked
CLANG = {
    "arm": (32, "clang --target=arm-none-eabi -mcpu=cortex-m4 -mthumb -mfloat-abi=soft"),
    "aarch64": (64, "clang --target=aarch64-none-elf"),
    "riscv32": (32, "clang --target=riscv32-unknown-elf -march=rv32imac -mabi=ilp32"),
    "riscv64": (64, "clang --target=riscv64-unknown-elf -march=rv64imac -mabi=lp64 -mcmodel=medany"),
    "x86-64": (64, "clang --target=x86_64-linux-gnu -fno-pic"),
}
FREE = ["-O1", "-ffreestanding", INCLUDE]
# A board's own script: the lines of llext_export.ld at an address of its own.
BOARD = """
ENTRY(_start)
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS
{
	. = 0x10000;
	.text : { *(.text .text.*) } :text
	.rodata : { *(.rodata .rodata.*) } :text
	.llext_export : ALIGN(8)
	{
		__llext_export_start = .;
		KEEP(*(SORT_BY_NAME(.llext_export.*)))
		__llext_export_end = .;
	} :text
	. = 0x20000;
	.data : { *(.data .data.*) *(.bss .bss.*) } :data
}
"""
PIE = """
ENTRY(_start)
SECTIONS
{
	. = 0x1000;
	.text : { *(.text .text.*) }
	. = 0x20000;
	.llext_export : ALIGN(8)
	{
		__llext_export_start = .;
		KEEP(*(SORT_BY_NAME(.llext_export.*)))
		__llext_export_end = .;
	}
	.data : { *(.data .data.*) *(.bss .bss.*) }
}
"""


class Machines(ToolTest):
    def each(self):
        cores = dict(CLANG)
        if has("xtensa-lx106-elf-gcc"):
            cores["xtensa"] = (32, "xtensa-lx106-elf-gcc -mlongcalls")
        for name, (bits, compiler) in cores.items():
            with self.subTest(machine=name):
                yield name, bits, compiler

    def extension(self, name, compiler, code=EXTENSION):
        return self.build(f"{name}.llext", code, *FREE, "-DLL_EXTENSION_BUILD", compiler=compiler)

    def firmware(self, name, compiler):
        board = self.write("board.ld", BOARD)
        if compiler.startswith("clang"):
            objects = self.build(f"{name}-fw.o", FIRMWARE, *FREE, compiler=compiler)
            link = ["ld.lld", "-T", board, objects, "-o", self.path(f"{name}.elf")]
            subprocess.run(link, check=True, stdout=subprocess.PIPE)
        else:
            self.build(f"{name}.elf", FIRMWARE, *FREE, "-nostdlib", "-Wl,-T," + board,
                       compiler=compiler, link=True)
        return self.path(f"{name}.elf")

    def test_inspect(self):
        for name, bits, compiler in self.each():
            found = self.inspect(self.extension(name, compiler))
            self.assertEqual((found["machine"], found["class"], found["loads"]), (name, bits, True))
            exports = {e["name"]: e for e in found["exports"]}
            self.assertEqual(set(exports), {"function", "variable"})
            self.assertEqual(exports["variable"]["size"], 4)
            self.assertEqual(exports["function"]["offset"] % 2, 0)
            self.assertEqual({i["name"] for i in found["imports"]},
                             {"imported", "shared", "perhaps"})
            self.assertTrue(all(r["supported"] and r["name"].startswith("R_")
                                for r in found["relocations"]))
            self.assertIn(f"core {name}", self.tenon("inspect", self.path(f"{name}.llext")).stdout)

    def test_code_for_low_addresses(self):
        """-mcmodel=medlow on RV64: it is packed and inspected where it works, and that is said."""
        code = EXTENSION + "__attribute__((weak)) extern int other; int *which(int i) { return i ? zeroes + i : &other; }"
        compiler = CLANG["riscv64"][1]
        low = self.extension("low", compiler.replace("medany", "medlow"), code)
        packed = self.path("low-packed.llext")
        self.tenon("pack", low, "-o", packed)
        for path in low, packed:
            found = self.inspect(path)
            self.assertEqual((found["loads"], found["assumed"]["firmware_at"]), (True, 0x20000000))
            self.assertIn("first 2 GiB of addresses", found["hints"][0]["what"])
        self.assertNotIn("2 GiB", self.tenon("inspect", self.extension("any", compiler, code)).stdout)
        # Addresses that are given are used.
        done = self.tenon("pack", low, "-o", self.path("no"), "--heap-at", "0x80000000", code=1)
        self.assertIn("relocation is out of range", done.stderr)
        firmware = self.firmware("riscv64", compiler)
        for path in low, packed:
            self.assertTrue(self.check(path, "-a", firmware, "--heap-at", "0x7f000000")["loads"])
            found = self.check(path, "-a", firmware, "--heap-at", "0x80000000", code=1)["files"][0]
            self.assertRegex(found["reason"], "relocation is out of range, section .*, offset .*, relocation R_RISCV_HI20 "
                             r"\(26\).*, expected 0x7ffff7ff, found 0x800")

    def test_relocations_as_readelf_counts_them(self):
        for name, bits, compiler in self.each():
            path = self.extension(name, compiler)
            listing = subprocess.run(["readelf", "-rW", path], stdout=subprocess.PIPE, text=True)
            allocated = {m[1] for m in re.finditer(
                r"(?m)^\s+\[ *\d+\] (\S+) .* +\w*A\w* +\d+ +\d+ +\d+$",
                subprocess.run(["readelf", "-SW", path], stdout=subprocess.PIPE, text=True).stdout)}
            expected, counted = {}, False
            for line in listing.stdout.splitlines():
                section = re.match(r"Relocation section '\.rela?(\.\S+)'", line)
                if section:
                    counted = section[1] in allocated
                elif counted and (found := re.search(r"\b(R_[A-Z0-9_]+)", line)):
                    # readelf cuts long names
                    expected[found[1][:16]] = expected.get(found[1][:16], 0) + 1
            counts = {}
            for item in self.inspect(path)["relocations"]:
                counts[item["name"][:16]] = counts.get(item["name"][:16], 0) + item["count"]
            self.assertEqual(counts, expected)

    def test_far_firmware_needs_veneers(self):
        """A Cortex-M with code in flash and a heap in RAM, the common case."""
        path = self.extension("arm", CLANG["arm"][1])
        far, near = self.inspect(path), self.inspect(path, "--firmware-at", "0x20100000")
        self.assertEqual(far["assumed"]["firmware_at"], 0x08000000)
        self.assertEqual((far["memory"]["veneers"], near["memory"]["veneers"]), (2, 0))
        self.assertGreater(far["memory"]["instruction_heap_bytes"],
                           near["memory"]["instruction_heap_bytes"])

    @unittest.skipUnless(has("riscv64-linux-gnu-g++") and has("ld.lld"), "no RISC-V compiler, or no lld")
    def test_discarded_functions_far_from_address_0(self):
        """Of a function that both files have, lld's -r keeps an entry in .eh_frame, against no symbol."""
        code = "inline __attribute__((noinline)) int f(int x) { if (x > 3) throw x; return x + 1; }"
        bodies = ("int first(int x) { return f(x); }",
                  'int first(int); extern "C" int go(int x) { try { return first(x); } catch (...) { return f(1); } }')
        for flags in [], ["-fPIC"]:
            parts = [self.build(f"part{i}.o", code + body, "-O2", *flags, compiler="riscv64-linux-gnu-g++")
                     for i, body in enumerate(bodies)]
            path = self.path("parts.o")
            subprocess.run(["ld.lld", "-m", "elf64lriscv", "-r", *parts, "-o", path], check=True)
            relocations = subprocess.run(["readelf", "-rW", path], stdout=subprocess.PIPE, text=True).stdout
            self.assertTrue(re.search(r" 0{8}00000039 R_RISCV_32_PCREL +0\n", relocations))
            for at in "0x40000000", "0x90000000", "0x4000000000":
                self.inspect(path, "--heap-at", at, "--firmware-at", at)
            packed = self.path("parts.llext")
            self.tenon("pack", path, "-o", packed, "--heap-at", "0x90000000", "--firmware-at", "0x90000000")
            self.inspect(packed, "--heap-at", "0x4000000000", "--firmware-at", "0x4000000000")

    def test_run_names_the_machine(self):
        for name, word in (("arm", "Arm"), ("riscv32", "RISC-V, 32-bit"), ("aarch64", "AArch64")):
            done = self.tenon("run", self.extension(name, CLANG[name][1]), code=1,
                              env={"TENON_BOARDS": self.folder})
            self.assertIn(f"is for {word}; this machine runs x86-64", done.stderr)
            self.assertIn(f"no emulated boards are installed (looked in {self.folder})", done.stderr)

    def test_machine_of_32_bits_that_is_not_supported(self):
        path = self.build("m32.o", "int f(int x) { return x; }", "-m32", "-c")
        self.assertIn("m32.o: for x86 (32-bit), which is not supported\n", self.tenon("inspect", path, code=1).stderr)

    def test_address_outside_of_32_bits(self):
        done = self.tenon("inspect", "--heap-at", "0x100000000",
                          self.extension("arm", CLANG["arm"][1]), code=1)
        self.assertIn("outside the 32-bit address space", done.stderr)

    def test_check(self):
        for name, bits, compiler in self.each():
            firmware = self.firmware(name, compiler)
            found = self.check(self.extension(name, compiler), "--against", firmware)
            self.assertEqual((found["machine"], found["loads"], found["firmware_exports"]),
                             (name, True, 2))
            self.assertEqual({i["name"]: i["provider"] for i in found["files"][0]["imports"]},
                             {"imported": "firmware", "shared": "firmware", "perhaps": None})
            bad = self.build("bad.llext", "int importet(int); int f(void) { return importet(1); }",
                             *FREE, compiler=compiler)
            found = self.check(bad, "-a", firmware, code=1)
            self.assertEqual([(m["name"], m["suggestion"]) for m in found["files"][0]["missing"]],
                             [("importet", "imported")])

    def test_check_of_a_stripped_firmware(self):
        """Without symbols the section .llext_export shows where the table is."""
        for name in CLANG:
            firmware = self.firmware(name, CLANG[name][1])
            subprocess.run(["llvm-strip", "--strip-all", firmware], check=True)
            self.check(self.extension(name, CLANG[name][1]), "-a", firmware)

    def test_check_position_independent(self):
        """The table's pointers then stand in relocations, or in place under SHT_REL and RELR."""
        board = self.write("pie.ld", PIE)
        kinds = {"rela": [], "relr": ["--pack-dyn-relocs=relr"],
                 "not in place": ["--no-apply-dynamic-relocs"], "rel": ["-z", "rel"]}
        for name in CLANG:
            compiler = CLANG[name][1].replace("-fno-pic", "")
            objects = self.build("pie.o", FIRMWARE, *FREE, "-fpie", compiler=compiler)
            extension = self.extension(name, compiler)
            for kind, flags in kinds.items():
                with self.subTest(machine=name, kind=kind):
                    out = self.path("pie.elf")
                    subprocess.run(["ld.lld", "-pie", "-z", "norelro", "-T", board, *flags, objects,
                                    "-o", out], check=True)
                    listing = subprocess.run(["readelf", "-SW", out], stdout=subprocess.PIPE,
                                             text=True).stdout
                    self.assertIn({"relr": " RELR ", "rel": " REL "}.get(kind, " REL"), listing)
                    self.assertEqual(self.check(extension, "-a", out)["firmware_exports"], 2)

    def test_check_across_machines(self):
        firmware = self.firmware("arm", CLANG["arm"][1])
        for name, reason in (("riscv32", "for RISC-V, 32-bit, and the firmware is for Arm"),
                             ("x86-64", "for x86-64, and the firmware is for Arm")):
            found = self.check(self.extension(name, CLANG[name][1]), "-a", firmware, code=1)
            self.assertEqual(found["files"][0]["reason"], reason)

    def test_check_abi(self):
        soft = CLANG["arm"][1]
        hard = soft.replace("soft", "hard")
        small = soft.replace("cortex-m4", "cortex-m0")
        code = "float f(float x) { return x * 2; }"
        for firmware, extension, word in ((soft, hard, "-mfloat-abi"), (hard, soft, "-mfloat-abi"),
                                          (small, soft, "-mcpu"), (soft, small, None),
                                          (hard, hard, None)):
            firmware = self.firmware("abi", firmware)
            found = self.check(self.build("abi.o", "int f(int x) { return x; }" if "soft" in extension
                                          else code, *FREE, compiler=extension), "-a", firmware,
                               code=1 if word else 0)
            self.assertEqual(word is None or word in found["files"][0]["reason"], True)
        rv = CLANG["riscv32"][1]
        firmware = self.firmware("abi", rv)
        found = self.check(self.build("rv.o", code, *FREE, compiler=rv.replace(
            "rv32imac", "rv32imafc").replace("ilp32", "ilp32f")), "-a", firmware, code=1)
        self.assertIn("-mabi", found["files"][0]["reason"])


if __name__ == "__main__":
    unittest.main()
