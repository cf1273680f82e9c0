# SPDX-License-Identifier: Apache-2.0
"""Does an extension fit a firmware: each kind of difference, by check, and on a board by run.

A warning is what a linker only warns about; --strict makes it an error.
"""

import os
import subprocess
import unittest

from support import INCLUDE, TENON, ToolTest, has

FIRMWARE = """
#include <llext/symbol.h>
int imported(int x) { return x + 1; }
EXPORT_SYMBOL(imported);
void _start(void) { imported(1); for (;;); }
"""
SCRIPT = """
ENTRY(_start)
SECTIONS
{
	. = 0x10000;
	.text : { *(.text .text.*) }
	.rodata : { *(.rodata .rodata.*) }
	.llext_export : ALIGN(8)
	{
		__llext_export_start = .;
		KEEP(*(SORT_BY_NAME(.llext_export.*)))
		__llext_export_end = .;
	}
	.data : { *(.data .data.*) *(.bss .bss.*) }
}
"""
CODE = "int f(int x) { return x * 3; }"
FLOAT = "float f(float x) { return x * 2.5f; }"
ARM = "arm-none-eabi-gcc -mthumb "
RV = "riscv64-unknown-elf-gcc "
A64 = "aarch64-linux-gnu-gcc "
M4 = ARM + "-mcpu=cortex-m4 "
M33 = ARM + "-mcpu=cortex-m33 "
SP = "-mfloat-abi=hard -mfpu=fpv4-sp-d16 "
BOARDS = os.path.join(os.path.dirname(TENON), "share", "tenon", "boards")

# What differs: firmware, extension, its code, what is said.
ERRORS = [
    (M4, M4 + SP, FLOAT, "another floating-point ABI"),
    (M4 + SP, M4, FLOAT, "another floating-point ABI"),
    (M4, M4 + "-mfloat-abi=softfp -mfpu=fpv4-sp-d16", FLOAT, "the firmware has no FPU"),
    (M4 + SP, M4 + "-mfloat-abi=hard -mfpu=fpv5-d16", FLOAT, "double-precision"),
    (M4 + SP, M4 + "-mfloat-abi=hard -mfpu=fpv5-sp-d16", FLOAT, "later floating-point unit"),
    (ARM + "-mcpu=cortex-m0", M4, CODE, "instructions that the firmware's processor"),
    (M4, M33, CODE, "instructions that the firmware's processor"),
    (ARM + "-mcpu=cortex-m33+nodsp -mfloat-abi=soft", M4, CODE, "DSP instructions"),
    (ARM + "-mcpu=cortex-m33+nodsp -mfloat-abi=soft", M33 + "-mfloat-abi=soft", CODE, "DSP instructions"),
    (ARM + "-mcpu=cortex-m55+nomve -mfloat-abi=hard", ARM + "-mcpu=cortex-m55 -mfloat-abi=hard", CODE,
     "vector instructions"),
    (M4, "arm-none-eabi-gcc -marm -mcpu=cortex-a7", CODE, "another profile than M"),
    (M4, ARM + "-mcpu=cortex-a7", CODE, "another profile than M"),
    (M4 + "-mfp16-format=ieee", M4 + "-mfp16-format=alternative", "__fp16 v; " + CODE, "16-bit floating point"),
    (RV + "-march=rv32imac -mabi=ilp32", RV + "-march=rv32imafc -mabi=ilp32f", CODE, "another floating-point ABI"),
    (RV + "-march=rv32imac -mabi=ilp32", RV + "-march=rv32imafc -mabi=ilp32", CODE, "(-march)"),
    (RV + "-march=rv32imac -mabi=ilp32", RV + "-march=rv32emac -mabi=ilp32e", CODE, "number of registers"),
    (RV + "-march=rv32ima -mabi=ilp32", RV + "-march=rv32imac -mabi=ilp32", CODE, "compressed instructions"),
    (RV + "-march=rv64gc -mabi=lp64d", RV + "-march=rv64gc_zba -mabi=lp64d", CODE, "(-march)"),
    (RV + "-march=rv64imac -mabi=lp64", RV + "-march=rv64imac_zbb -mabi=lp64", CODE, "(-march)"),
]
WARNINGS = [
    (M4, M4 + "-fno-short-enums", "enum e { A } v; " + CODE, "enums of another size"),
    (M4, M4 + "-fshort-wchar", "__WCHAR_TYPE__ v[] = L\"a\"; " + CODE, "wchar_t of another size"),
    (A64 + "-mbranch-protection=standard", A64 + "-mbranch-protection=none", CODE, "marks of branch targets"),
]
FITS = [
    (M4 + SP, M4 + SP, FLOAT),
    (M4 + "-mfloat-abi=softfp -mfpu=fpv4-sp-d16", M4 + "-mfloat-abi=softfp -mfpu=fpv4-sp-d16", FLOAT),
    (M4 + "-mfloat-abi=softfp -mfpu=fpv4-sp-d16", M4, CODE),
    (M4 + "-mfloat-abi=softfp -mfpu=fpv5-d16", M4 + "-mfloat-abi=softfp -mfpu=fpv4-sp-d16", FLOAT),
    (M33, ARM + "-mcpu=cortex-m3", CODE),
    (M33, M4, CODE),
    (M33, ARM + "-mcpu=cortex-m0", CODE),
    (RV + "-march=rv64gc_zba_zbb -mabi=lp64d", RV + "-march=rv64gc_zbb -mabi=lp64d", CODE),
    (RV + "-march=rv32imac_zicsr -mabi=ilp32", RV + "-march=rv32im -mabi=ilp32", CODE),
    (RV + "-march=rv32imac -mabi=ilp32", RV + "-march=rv32imac_zicsr_zifencei -mabi=ilp32", CODE),
    (A64, A64 + "-mbranch-protection=standard", CODE),
]


class Fit(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = cls.write("fw.ld", SCRIPT)
        cls.firmwares = {}

    def firmware(self, compiler):
        if compiler not in self.firmwares:
            self.firmwares[compiler] = self.build(
                f"fw{len(self.firmwares)}.elf", FIRMWARE, INCLUDE, "-O1", "-ffreestanding", "-nostdlib",
                "-static", "-no-pie", "-fno-pie", "-Wl,-T," + self.script, compiler=compiler, link=True)
        return self.firmwares[compiler]

    def test_errors(self):
        for firmware, extension, code, said in ERRORS:
            with self.subTest(firmware=firmware, extension=extension):
                path = self.build("e.o", code, "-O1", compiler=extension)
                found = self.check(path, "-a", self.firmware(firmware), code=1)["files"][0]
                self.assertFalse(found["loads"])
                self.assertIn(said, found["reason"])
                self.assertIn("error", [f["level"] for f in found["fit"]])

    def test_warnings(self):
        for firmware, extension, code, said in WARNINGS:
            with self.subTest(firmware=firmware, extension=extension):
                path = self.build("w.o", code, "-O1", compiler=extension)
                found = self.check(path, "-a", self.firmware(firmware))["files"][0]
                self.assertTrue(found["loads"])
                self.assertEqual([f["level"] for f in found["fit"]], ["warning"])
                self.assertIn(said, found["fit"][0]["text"])
                self.assertRegex(self.tenon("check", path, "-a", self.firmware(firmware)).stdout,
                                 "would load.*\n  warning: it has .*" + said)
                found = self.check(path, "-a", self.firmware(firmware), "--strict", code=1)["files"][0]
                self.assertIn(said, found["reason"])

    def test_fits(self):
        for firmware, extension, code in FITS:
            with self.subTest(firmware=firmware, extension=extension):
                path = self.build("good.o", code, "-O1", compiler=extension)
                found = self.check(path, "-a", self.firmware(firmware), "--strict")["files"][0]
                self.assertEqual((found["loads"], found["fit"]), (True, []))

    def test_static_base(self):
        if not has("clang"):
            self.skipTest("no clang")
        path = self.build("sb.o", "static int v; int f(int x) { return v += x; }", "-frwpi", "-O1",
                          compiler="clang --target=arm-none-eabi -mcpu=cortex-m4 -mthumb -mfloat-abi=soft")
        found = self.check(path, "-a", self.firmware(M4), code=1)["files"][0]
        self.assertIn("r9", found["reason"])

    def test_vectors(self):
        """An assembler writes what the compiler here does not know."""
        path = self.write("v.s", "\t.attribute arch, \"rv64gcv\"\n\t.globl f\nf:\tvsetvli a0, a0, e8, m1\n\tret\n")
        subprocess.run(["riscv64-unknown-elf-as", "-march=rv64gcv", path, "-o", self.path("v.o")], check=True)
        plain = self.firmware(RV + "-march=rv64gc -mabi=lp64d")
        self.flags_of(self.path("v.o"), 5)
        self.assertIn("(-march)", self.check(self.path("v.o"), "-a", plain, code=1)["files"][0]["reason"])
        self.assertTrue(self.check(self.path("v.o"), "-a", plain, "--isa", "rv64gcv")["loads"])
        self.tenon("check", self.path("v.o"), "-a", plain, "--isa", "v", code=2)
        # What the firmware's device core knows of its processor, check knows from the firmware's file.
        for has, code in (("zba_v", 0), ("zba_zbb", 1), ("", 1)):
            says = "static const char llext_riscv_has[] __attribute__((used)) = \"%s\";\n" % has
            path = self.build("has.elf", says + FIRMWARE, INCLUDE, "-O1", "-ffreestanding", "-nostdlib", "-static",
                              "-Wl,-T," + self.script, compiler=RV + "-march=rv64gc -mabi=lp64d", link=True)
            self.check(self.path("v.o"), "-a", path, code=code)
            kit = self.path("kit-of-" + has)
            self.tenon("kit", path, "-o", kit)
            self.check(self.path("v.o"), "-a", kit, code=code)

    def test_names_of_later_compilers(self):
        """Names that stand for others, or for no instruction: each with what those compilers write beside it."""
        bits, crypto = "zba1p0_zbb1p0_zbs1p0", "zbkb1p0_zbkc1p0_zbkx1p0_zkne1p0_zknd1p0_zknh1p0"
        files = (
            ("gc", "c2p0_ziccamoa1p0_ziccif1p0_ziccrse1p0_zmmul1p0_zaamo1p0_zalrsc1p0_za128rs1p0_zca1p0", True),
            ("gc_zba_zbb_zbs", "b1p0_c2p0_" + bits, True),
            ("gc_zba_zbb", "b1p0_c2p0_" + bits, False),
            ("gc", "b1p0_c2p0_" + bits, False),
            ("gc_zbkb_zbkc_zbkx_zkne_zknd_zknh", "c2p0_zkn1p0_zkt1p0_" + crypto, True),
            ("gc", "c2p0_zkn1p0_" + crypto, False),
        )  # fmt: skip
        path = self.build("later.o", CODE, "-O1", compiler=RV + "-march=rv64gc -mabi=lp64d")
        for march, names, fits in files:
            tag = b"\5" + f"rv64i2p1_m2p0_a2p1_f2p2_d2p2_{names}".encode() + b"\0"
            tags = b"\1" + (len(tag) + 5).to_bytes(4, "little") + tag
            section = b"A" + (len(tags) + 10).to_bytes(4, "little") + b"riscv\0" + tags
            with open(self.path("attributes"), "wb") as out:
                out.write(section)
            subprocess.run(["riscv64-unknown-elf-objcopy", "--update-section",
                            ".riscv.attributes=" + self.path("attributes"), path], check=True)
            found = self.check(path, "-a", self.firmware(RV + f"-march=rv64{march} -mabi=lp64d"), code=0 if fits else 1)
            self.assertEqual(found["loads"], fits, (march, names))

    def flags_of(self, path, flags):
        """e_flags of a file with code of an assembler, as the compiler's options would set them."""
        data = bytearray(self.read(path))
        data[48:52] = flags.to_bytes(4, "little")
        with open(path, "wb") as out:
            out.write(data)

    def test_header_says_more_than_attributes(self):
        """LLD's -r keeps the first object's attributes only, and writes the convention into the header."""
        if not has("ld.lld"):
            self.skipTest("no ld.lld")
        hard = M4 + "-mfloat-abi=hard -mfpu=fpv4-sp-d16"
        first = self.path("first.o") # of an assembler, which says nothing of floating point
        source = self.write("first.s", " .text\n .thumb\n .global nop\n .thumb_func\nnop: bx lr\n")
        subprocess.run(["arm-none-eabi-as", "-mcpu=cortex-m4", source, "-o", first], check=True)
        second = self.build("second.o", "float v; int f(float x) { return x * v; }", "-O1", compiler=hard)
        path = self.path("both.o")
        subprocess.run(["ld.lld", "-m", "armelf", "-r", first, second, "-o", path], check=True)
        self.assertIn("floating-point arguments in FPU registers", self.inspect(path)["compiled_for"])
        self.assertTrue(self.check(path, "-a", self.firmware(hard))["files"][0]["loads"])
        for other in (M4, M4 + "-mfloat-abi=softfp -mfpu=fpv4-sp-d16"):
            with self.subTest(firmware=other):
                found = self.check(path, "-a", self.firmware(other), code=1)["files"][0]
                self.assertIn("another floating-point ABI", found["reason"])
        subprocess.run(["arm-none-eabi-objcopy", "-R", ".ARM.attributes", path], check=True)
        found = self.check(path, "-a", self.firmware(M4), code=1)["files"][0]
        self.assertIn("another floating-point ABI", found["reason"])

    def test_soft_float_in_the_header(self):
        """LLD's -r writes that where no object has an attribute, and where only the first has none, which hides the others'."""
        if not has("ld.lld"):
            self.skipTest("no ld.lld")
        hard = M4 + "-mfloat-abi=hard -mfpu=fpv4-sp-d16"
        code = " .text\n .thumb\n .global nop\n .thumb_func\nnop: bx lr\n"
        silent, said = self.path("silent.o"), self.path("said.o")
        for path, text in (silent, code), (said, " .eabi_attribute Tag_ABI_VFP_args, 1\n" + code):
            subprocess.run(["arm-none-eabi-as", "-mcpu=cortex-m4", self.write("a.s", text), "-o", path], check=True)
        soft = self.build("soft.o", FLOAT, "-O1", compiler=M4)
        for linker, objects, loads in ((["ld.lld", "-m", "armelf"], [silent, soft], False), (["ld.lld", "-m", "armelf"], [silent], False),
                                       (["ld.lld", "-m", "armelf"], [said], True), (["arm-none-eabi-ld"], [silent], True)):
            with self.subTest(linker=linker, objects=objects):
                path = self.path("linked.o")
                subprocess.run([*linker, "-r", *objects, "-o", path], check=True)
                self.assertEqual(self.check(path, "-a", self.firmware(hard), code=None)["files"][0]["loads"], loads)

    def test_text_says_both_and_the_flags(self):
        firmware = self.firmware(M4 + SP)
        path = self.build("soft.o", FLOAT, "-O1", compiler=M4)
        said = self.tenon("check", path, "-a", firmware, code=1).stdout
        self.assertIn("    here:     Armv7E-M, no FPU, floating-point arguments in core registers", said)
        self.assertIn("    firmware: Armv7E-M, FPU of single precision, floating-point arguments in FPU", said)
        self.assertRegex(said, "hint: compile it with the firmware's flags: .*-mfloat-abi=hard")
        # What is missing besides is said at once.
        lost = self.build("lost.o", "int importet(int); int f(int x) { return importet(x); }", "-O1", "-g", compiler=M4)
        said = self.tenon("check", lost, "-a", firmware, code=1).stdout
        self.assertIn("another floating-point ABI", said)
        self.assertIn("  missing: importet  did you mean imported?", said)
        # By other means than flags: nothing to say.
        stack = self.build("stack.o", CODE + ' __asm__(".pushsection .note.GNU-stack,\\"x\\",%progbits; .popsection");',
                           "-O1", compiler=M4 + SP)
        self.assertNotIn("firmware's flags", self.tenon("check", "--strict", stack, "-a", firmware, code=1).stdout)

    def test_no_attributes(self):
        path = self.build("bare.o", CODE, "-O1", compiler=M4)
        subprocess.run(["arm-none-eabi-objcopy", "-R", ".ARM.attributes", path], check=True)
        found = self.check(path, "-a", self.firmware(M4))["files"][0]
        self.assertEqual([f["level"] for f in found["fit"]], ["unknown"])
        self.check(path, "-a", self.firmware(M4), "--strict", code=1)
        if os.path.isdir(os.path.join(BOARDS, "mps2-an386")):
            # Without floating point it runs on the processor that has all instructions.
            self.assertEqual(self.tenon("run", path, "-c", "f", "2").stdout, "f(2) = 6\n")
            path = self.build("float.o", "float v; int f(int x) { return x * v; }", "-O1",
                              compiler=M4 + "-mfloat-abi=softfp -mfpu=fpv4-sp-d16")
            subprocess.run(["arm-none-eabi-objcopy", "-R", ".ARM.attributes", path], check=True)
            self.assertRegex(self.tenon("run", path, "-c", "f", "2", code=1).stderr,
                             r"no build attributes .*: say --board")

    def test_data_only(self):
        """Without code there is nothing to disagree on."""
        path = self.build("data.o", "const int table[] = {1, 2};", compiler=ARM + "-mcpu=cortex-m55")
        for name in ("-mcpu=cortex-m0", "-mcpu=cortex-m4"):
            found = self.check(path, "-a", self.firmware(ARM + name))["files"][0]
            self.assertEqual((found["loads"], found["fit"]), (True, []))

    def test_executable_stack(self):
        for flags, link in ((["-fno-pic"], False), (["-shared", "-fpic", "-z", "execstack"], True)):
            path = self.build("stack.o", "static __attribute__((noinline)) int call(int (*g)(int)) { return g(1); }"
                              "int f(int k) { int add(int v) { return v + k; } return call(add); }", "-O1",
                              *flags, link=link)
            found = self.check(path, "-a", TENON)["files"][0]
            self.assertIn("executable stack", found["fit"][0]["text"])
            done = self.tenon("run", path)
            self.assertIn("warning: ", done.stderr)
            self.assertIn("an executable stack is asked for", done.stderr)
            done = self.tenon("run", path, "-c", "f", "2", code=128 + 11)
            self.assertRegex(done.stderr, r"crash: SIGSEGV(.|\n)*\n  hint: an executable stack")

    def test_code_that_is_partly_bytecode(self):
        """ld -r puts it beside what was compiled, and cannot compile it; fat objects have both."""
        main = self.build("main.o", "int f(int x) { return x + 1; }", "-O1")
        for flags, lacks in ([], True), (["-ffat-lto-objects"], False):
            other = self.build("other.o", "int g(int x) { return x + 2; }", "-O1", "-flto", *flags)
            path = self.path("both.o")
            subprocess.run(["ld", "-r", main, other, "-o", path], check=True)
            found = self.check(path, "-a", TENON)["files"][0]
            self.assertEqual([f["text"] for f in found["fit"] if "bytecode" in f["text"]] != [], lacks)
            self.assertTrue(found["loads"])
            for command in ["run", path], ["pack", path, "-o", self.path("both.packed")]:
                self.assertEqual("bytecode only (-flto)" in self.tenon(*command).stderr, lacks)
            self.assertEqual("functions are missing" in self.tenon("inspect", path).stdout, lacks)

    @unittest.skipUnless(has("aarch64-linux-gnu-gcc"), "no compiler for AArch64")
    def test_ilp32(self):
        """A 32-bit file for AArch64 is not for AArch64 as all else here knows it."""
        path = self.build("ilp32.o", CODE, "-c", compiler=A64)
        data = bytearray(self.read(path))
        data[4] = 1
        path = self.write("ilp32.o", bytes(data))
        self.assertIn("AArch64 (ILP32)", self.tenon("inspect", path, code=1).stderr)

    def test_description(self):
        for compiler, said in ((M4 + "-mfloat-abi=softfp -mfpu=fpv4-sp-d16",
                                "Armv7E-M, FPU of single precision, floating-point arguments in core registers"),
                               (ARM + "-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16",
                                "Armv7E-M, FPU, floating-point arguments in FPU registers"),
                               (RV + "-march=rv32imac -mabi=ilp32", "rv32i2p1_m2p0")):
            path = self.build("described.o", CODE, compiler=compiler)
            self.assertIn(said, self.inspect(path)["compiled_for"])
            self.assertIn("  for        " + said, self.tenon("inspect", path).stdout)


class Purpose(ToolTest):
    """Files that a loader takes, and nobody can use."""

    def refused(self, path, said):
        for command in (["check", path, "-a", TENON], ["run", path], ["pack", path, "-o", path + ".llext"]):
            done = self.tenon(*command, code=1)
            self.assertIn(said, done.stdout + done.stderr)
        self.assertFalse(os.path.exists(path + ".llext"))
        self.assertIn(said, self.inspect(path, code=1)["useless"])
        self.assertIn("use        none: it ", self.tenon("inspect", path, code=1).stdout)
        for command in (["size", path], ["exports", path], ["graph", path], ["report", path, "-o", path + ".html"],
                        ["run", "--list-boards", path], ["doctor", path]):
            done = self.tenon(*command, code=1)
            self.assertIn(said, done.stdout + done.stderr, command)

    def test_bytecode_only(self):
        self.refused(self.build("lto.o", CODE, "-flto", "-O1"), "link-time optimisation")
        fat = self.build("fat.o", CODE, "-flto", "-ffat-lto-objects", "-O1", "-fno-pic")
        self.assertEqual(self.tenon("run", fat, "-c", "f", "2").stdout, "f(2) = 6\n")
        self.assertIn("  note  fat.o: compiler's bytecode", self.tenon("doctor", fat).stdout)
        path = self.write("bitcode.o", b"BC\xc0\xde" + bytes(40))
        for command in (["run", path], ["inspect", path], ["pack", path, "-o", self.path("x.llext")],
                        ["check", path, "-a", TENON]):
            done = self.tenon(*command, code=1)
            self.assertIn("LLVM's bytecode", done.stdout + done.stderr)

    def test_what_no_loader_takes_is_said_alike(self):
        """A file without section headers, and one of the other byte order: by each command, and with the way out."""
        whole = self.build("whole.so", CODE, "-shared", "-fpic", link=True)
        bare = bytearray(self.read(whole))
        bare[40:48], bare[60:64] = bytes(8), bytes(4) # e_shoff; e_shnum, e_shstrndx
        swapped = bytearray(self.read(whole))
        swapped[5] = 2
        for name, image, said in (("bare.so", bare, "no section headers"), ("swapped.so", swapped, "big-endian")):
            path = self.write(name, bytes(image))
            for command in (["run", path], ["inspect", path], ["pack", path, "-o", self.path("x.llext")],
                            ["check", path, "-a", TENON], ["size", path], ["exports", path], ["graph", path],
                            ["report", path, "-o", self.path("x.html")], ["doctor", path]):
                done = self.tenon(*command, code=1)
                self.assertIn(said, done.stdout + done.stderr, command)

    def test_exports_nothing(self):
        self.refused(self.build("static.o", "__attribute__((used)) static int f(void) { return 1; }"),
                     "exports nothing, and has no initialisers")
        self.refused(self.build("hidden.o", CODE, "-fvisibility=hidden"), "-fvisibility=hidden")
        self.refused(self.build("empty.o", ""), "exports nothing")

    def test_what_runs_by_itself(self):
        code = "#include <stdio.h>\n__attribute__((constructor)) static void up(void) { puts(\"up\"); }"
        self.assertEqual(self.tenon("run", self.build("ctor.o", code, "-fno-pic")).stdout, "up\n")

    def test_hints_where_a_load_fails(self):
        path = self.write("wx.s", "\t.section .hot,\"awx\",@progbits\n\t.globl f\nf:\tret\n")
        subprocess.run(["as", path, "-o", self.path("wx.o")], check=True)
        for command in (["check", self.path("wx.o"), "-a", TENON], ["run", self.path("wx.o")],
                        ["pack", self.path("wx.o"), "-o", self.path("wx.llext")]):
            done = self.tenon(*command, code=1)
            self.assertIn("  hint: memory that is writable and executable is refused (.hot)",
                          done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
