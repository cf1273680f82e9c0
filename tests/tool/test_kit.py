# SPDX-License-Identifier: Apache-2.0
"""tenon kit: from a firmware's ELF file to an extension by somebody who has only the kit."""

import json
import os
import subprocess
import tarfile
import unittest

from support import EXPORT_SCRIPT, INCLUDE, TENON, ToolTest

FIRMWARE = """
#include <llext/symbol.h>
struct pixel { short x, y; };
int draw(const struct pixel *at, int color) { return at->x + color; }
EXPORT_SYMBOL(draw);
int printf(const char *format, ...);
EXPORT_SYMBOL(printf);
int main(void) { return 0; }
"""


class Kit(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firmware = cls.path("fw")
        with open(cls.firmware + ".c", "w") as file:
            file.write(FIRMWARE)
        subprocess.run(["gcc", "-g", "-fshort-enums", "-O1", INCLUDE, cls.firmware + ".c", "-o", cls.firmware,
                        "-Wl,-T," + EXPORT_SCRIPT], check=True)
        os.makedirs(cls.path("headers/sub"))
        for name in ("headers/product.h", "headers/sub/more.h", "headers/secret.c"):
            with open(cls.path(name), "w") as file:
                file.write("/* a header */\n")

    def kit(self, name, *args, code=0):
        return self.tenon("kit", self.firmware, "-o", self.path(name), *args, code=code)

    def run_in(self, folder, *args, code=0):
        done = subprocess.run([*args], cwd=self.path(folder), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout

    def test_contents(self):
        self.kit("acme", "--headers", self.path("headers"))
        for name in ("README.md", "firmware.elf", "Makefile.cflags", "cmake.cflags", "toolchain.cmake",
                     "include/llext/symbol.h", "include/zephyr/llext/symbol.h", "include/product.h",
                     "include/sub/more.h", "cmake/TenonEdkConfig.cmake", "cmake/TenonExtension.cmake"):
            self.assertTrue(os.path.exists(self.path("acme/" + name)), name)
        self.assertFalse(os.path.exists(self.path("acme/include/secret.c")))
        # What builds a firmware is not for those who have none.
        self.assertEqual(sorted(os.listdir(self.path("acme/cmake"))),
                         ["TenonCheck.cmake", "TenonEdkConfig.cmake", "TenonExtension.cmake", "TenonInc.cmake",
                          "TenonStrip.cmake"])
        with open(self.path("acme/kit.json")) as file:
            kit = json.load(file)
        draw = next(item for item in kit["exports"] if item["name"] == "draw")
        self.assertEqual(draw["prototype"], "int draw(const struct pixel *at, int color)")
        self.assertEqual(draw["types"], ["struct pixel"])
        self.assertIn("-fshort-enums", kit["flags"])
        self.assertEqual(len(kit["fingerprint"]), 16)
        # Nothing says where it was made.
        for name in ("README.md", "kit.json", "exports.txt", "Makefile.cflags", "cmake.cflags"):
            with open(self.path("acme/" + name)) as file:
                self.assertNotIn(self.folder, file.read(), name)
        self.assertIn("File exists", self.kit("acme", code=1).stderr)

    def test_the_stub_stands_for_the_firmware(self):
        self.kit("stub")
        good = self.build("good.o", "int draw(void *, int); int f(void) { return draw(0, 1); }", "-g")
        bad = self.build("bad.o", "int drow(void *, int); int f(void) { return drow(0, 1); }", "-g")
        for against in (self.firmware, self.path("stub"), self.path("stub/firmware.elf"),
                        self.path("stub/exports.txt")):
            with self.subTest(against):
                self.tenon("check", good, "--against", against)
                text = self.tenon("check", bad, "--against", against, code=1).stdout
                self.assertIn("drow", text)
                self.assertIn("draw", text)
        packed = []
        for against in (self.firmware, self.path("stub/firmware.elf"), self.path("stub/exports.txt")):
            self.tenon("pack", good, "--bind", against, "-o", self.path("p.llext"))
            with open(self.path("p.llext"), "rb") as file:
                packed.append(file.read())
        self.assertEqual(packed[0], packed[1])
        self.assertEqual(packed[0], packed[2])
        self.assertEqual(self.tenon("abi", "dump", self.path("stub/firmware.elf")).stdout.count('"name"'), 2)

    def test_against_an_archive(self):
        """The archive of a kit stands for the firmware, whoever has packed it; other archives do not."""
        self.kit("packed.tar.gz")
        self.kit("host:kit.tar.gz")  # is no file of another machine
        self.kit("plain")
        subprocess.run(["tar", "-cJf", self.path("other.tar.xz"), "-C", self.folder, "plain"], check=True)
        good = self.build("good.o", "int draw(void *, int); int f(void) { return draw(0, 1); }", "-g")
        bad = self.build("bad.o", "int drow(void *, int); int f(void) { return drow(0, 1); }", "-g")
        for name in ("packed.tar.gz", "host:kit.tar.gz", "other.tar.xz"):
            self.tenon("check", good, "--against", self.path(name))
            self.assertIn("did you mean draw?", self.tenon("check", bad, "--against", self.path(name), code=1).stdout)
        subprocess.run(["tar", "-czf", self.path("none.tar.gz"), "-C", self.path("plain"), "exports.txt"], check=True)
        with open(self.path("packed.tar.gz"), "rb") as file:
            whole = file.read()
        with open(self.path("cut.tar.gz"), "wb") as file:
            file.write(whole[:len(whole) // 3])
        for name in ("none.tar.gz", "cut.tar.gz"):
            self.assertIn("unpack it (tar xf)", self.tenon("check", good, "--against", self.path(name), code=1).stderr)

    def test_what_kit_json_says(self):
        """How the firmware is compiled, and where its heap is: the same as readelf says."""
        source = self.write("arm.c", """
#include <llext/symbol.h>
char llext_heap_memory[4096] __attribute__((aligned(4096)));
int draw(int color) { return color; }
EXPORT_SYMBOL(draw);
""")
        script = self.write("arm.ld", """SECTIONS {
    .text 0x10000 : { *(.text*) *(.rodata*) }
    .llext_export : { __llext_export_start = .; KEEP(*(SORT_BY_NAME(.llext_export.*))) __llext_export_end = .; }
    .bss 0x20000000 : { *(.bss*) }
}""")
        subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-g",
                        "-ffreestanding", "-nostdlib", INCLUDE, source, "-o", self.path("arm.elf"), "-Wl,-T," + script,
                        "-Wl,-e,draw"], check=True)
        self.tenon("kit", self.path("arm.elf"), "-o", self.path("arm-kit"))
        with open(self.path("arm-kit/kit.json")) as file:
            kit = json.load(file)
        symbols = subprocess.run(["arm-none-eabi-nm", "-S", self.path("arm.elf")], check=True, capture_output=True,
                                 text=True).stdout
        place = next(line.split() for line in symbols.splitlines() if line.endswith(" llext_heap_memory"))
        self.assertEqual(kit["memory"]["heap"], {"address": int(place[0], 16), "bytes": 4096})
        self.assertEqual(kit["memory"]["instruction_heap"], {"address": None, "bytes": None})
        arm = {item["tag"]: item["value"] for item in kit["attributes"]["arm"]}
        self.assertEqual((arm["Tag_CPU_arch"], arm["Tag_ABI_VFP_args"]), (13, 1))
        self.assertIsNone(kit["attributes"]["riscv_arch"])
        # The file that stands for the firmware says the same.
        self.tenon("kit", self.path("arm-kit/firmware.elf"), "-o", self.path("again"), "--flags", kit["flags"],
                   "--compiler", kit["compiler"])
        with open(self.path("again/kit.json")) as file:
            again = json.load(file)
        self.assertEqual((again["memory"], again["attributes"], again["fingerprint"]),
                         (kit["memory"], kit["attributes"], kit["fingerprint"]))

    SCRIPT = """SECTIONS {
    .text 0x10000 : { *(.text*) *(.rodata*) *(.literal*) }
    .llext_export : { __llext_export_start = .; KEEP(*(SORT_BY_NAME(.llext_export.*))) __llext_export_end = .; }
    .bss 0x20000000 : { *(.bss*) }
    SLOTS
}"""

    def bare(self, name, compiler, *sources, slots=""):
        """A firmware for bare metal."""
        script = self.write(name + ".ld", self.SCRIPT.replace("SLOTS", slots))
        paths = [self.write(f"{name}{i}.c", "#include <llext/symbol.h>\n" + text) for i, text in enumerate(sources)]
        subprocess.run([*compiler.split(), "-ffreestanding", "-nostdlib", INCLUDE, *paths, "-o", self.path(name),
                        "-Wl,-T," + script, "-Wl,-e,draw"], check=True)
        return self.path(name)

    def kit_of(self, firmware, name, *args):
        """What kit.json says, and again where a kit is made of the file that stands for the firmware."""
        self.tenon("kit", firmware, "-o", self.path(name), *args)
        self.tenon("kit", self.path(name + "/firmware.elf"), "-o", self.path(name + "2"), "--flags", "-O1", *args)
        return [json.loads(self.read(self.path(folder + "/kit.json"))) for folder in (name, name + "2")]

    def test_attributes_of_each_machine(self):
        """What check compares is in kit.json, and in the file that stands for the firmware; nothing else is."""
        code = "int draw(int color) { return color; } EXPORT_SYMBOL(draw);"
        has = code + 'const char llext_riscv_has[] = "zicond";'
        empty = {"riscv_arch": None, "riscv_has": None, "riscv_stack_align": None, "xtensa_abi": None, "arm": []}
        march = "rv32i2p1_m2p0_c2p0"
        for name, compiler, source, expected in (
                ("m4", "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb", code, {}),
                ("rv32", "riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32", has,
                 {"riscv_has": "zicond", "riscv_stack_align": 16}),
                ("rv_bare", "riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32", code, {}),
                ("a64", "aarch64-linux-gnu-gcc -static -mbranch-protection=standard", code, {"features": 3}),
                ("lx", "xtensa-lx106-elf-gcc -mlongcalls", code, {"xtensa_abi": "call0"})):
            with self.subTest(name):
                firmware = self.bare(name, compiler, source)
                if name == "rv_bare":  # has attributes, but not which instructions: unaligned access is tag 6
                    subset = b"A\x13\0\0\0riscv\0\x01\x09\0\0\0\x04\x10\x06\x01"
                    subprocess.run(["riscv64-unknown-elf-objcopy", "--update-section", ".riscv.attributes="
                                    + self.write("subset", subset), firmware], check=True)
                    expected = {"riscv_stack_align": 16}
                kit, again = self.kit_of(firmware, name + "-kit")
                found = kit["attributes"]
                self.assertEqual(found, again["attributes"])
                if name == "m4":
                    self.assertEqual({item["tag"]: item["value"] for item in found["arm"]}["Tag_CPU_arch"], 13)
                    expected = {"arm": found["arm"]}
                if name == "rv32":
                    self.assertTrue(found["riscv_arch"].startswith(march[:5]), found["riscv_arch"])
                    expected["riscv_arch"] = found["riscv_arch"]
                self.assertEqual({key: found[key] for key in {**empty, **expected}}, {**empty, **expected})

    def test_what_is_exported_twice(self):
        """The device's fingerprint is of all records of its table, and so is that of each command."""
        code = "int draw(int color) { return color; } int other(void) { return 1; }"
        firmware = self.bare("twice.elf", "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb",
                             code + "EXPORT_SYMBOL(draw); EXPORT_SYMBOL(other);",
                             "int draw(int); EXPORT_SYMBOL(draw);")
        fingerprint = 0xcbf29ce484222325
        for byte in b"draw\0draw\0other\0":
            fingerprint = (fingerprint ^ byte) * 0x100000001b3 % 2**64
        wanted = f"{fingerprint:016x}"
        kit, again = self.kit_of(firmware, "twice-kit")
        self.assertEqual((kit["fingerprint"], again["fingerprint"]), (wanted, wanted))
        user = self.build("user.o", "int draw(int); int f(void) { return draw(1); }",
                          compiler="arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb")
        found = [json.loads(self.tenon("check", "--json", user, "--against", against).stdout)["firmware_exports"]
                 for against in (firmware, self.path("twice-kit"))]
        self.assertEqual(found, [3, 3])
        self.tenon("key", "gen", "-o", self.path("key.pem"))
        for against in (firmware, self.path("twice-kit/firmware.elf")):
            self.tenon("pack", user, "--bind", against, "-o", self.path("bound"))
            self.assertIn(bytes.fromhex(wanted)[::-1], self.read(self.path("bound")))
            self.tenon("sign", user, "--key", self.path("key.pem"), "--name", "user", "--version", "1.0.0", "--counter",
                       "1", "--firmware", against, "-o", self.path("signed"))
            self.assertIn(bytes.fromhex(wanted), self.read(self.path("signed")))

    def test_slots(self):
        """The file that stands for the firmware says how many slots the protection unit has."""
        code = ("int draw(int color) { return color; } EXPORT_SYMBOL(draw);"
                "int llext_mcu_protect_heap(void) { return 0; } char llext_heap_memory[4096];")
        for slots, name, count in (("16", "PMSAv7", 16), ("0", None, None)):
            firmware = self.bare(f"slots{slots}", "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb", code,
                                 slots=f"__llext_mcu_slots = {slots};")
            for kit in self.kit_of(firmware, f"slots{slots}-kit"):
                memory = kit["memory"]
                self.assertEqual((memory["protection"], memory["protection_slots"]), (name, count))

    def test_archive(self):
        self.kit("one.tar.gz")
        self.kit("two.tgz")
        with tarfile.open(self.path("one.tar.gz")) as archive:
            self.assertIn("one/kit.json", archive.getnames())
        self.kit("again.tar.gz")
        os.rename(self.path("one.tar.gz"), self.path("first"))
        self.kit("one.tar.gz")
        with open(self.path("first"), "rb") as a, open(self.path("one.tar.gz"), "rb") as b:
            self.assertEqual(a.read(), b.read())

    def test_a_third_party(self):
        self.kit("vendor-kit")
        self.run_in(".", TENON, "new", "guest", "--kit", "vendor-kit")
        self.assertIn("guest_add(2, 3) = 5", self.run_in(".", TENON, "build", "guest", "--test"))
        self.run_in("guest", "cmake", "-S", ".", "-B", "build", "-DTENON_TOOL=" + TENON)
        self.run_in("guest", "cmake", "--build", "build")
        self.assertTrue(os.path.exists(self.path("guest/build/guest.llext")))
        with open(self.path("guest/guest.c")) as file:
            source = file.read()
        with open(self.path("guest/guest.c"), "w") as file:
            file.write(source.replace("printf", "print_f"))
        text = self.run_in(".", TENON, "build", "guest", code=1)
        self.assertIn("missing: print_f  did you mean printf?", text)
        self.assertFalse(os.path.exists(self.path("guest/guest.llext")))
        # The same by CMake, and again: a failed build leaves nothing that the next one takes for done.
        line = next(i for i, text in enumerate(source.splitlines(), 1) if "\tprintf" in text)
        for _ in range(2):
            text = self.run_in("guest", "cmake", "--build", "build", code=2)
            self.assertRegex(text, rf"missing: print_f  did you mean printf\?  referenced by \S*guest\.c:{line}\n")
        # What may be wrong does not stop a build, and is said.
        with open(self.path("guest/guest.c"), "w") as file:
            file.write("void draw(void *, int);\n" + source.replace("\tprintf", "\tdraw(0, 1);\n\tprintf"))
        for command in ([TENON, "build", "guest"], ["cmake", "--build", "guest/build"]):
            text = self.run_in(".", *command)
            self.assertRegex(text, r"warning: draw is declared otherwise than the firmware has it, referenced by ")
        self.assertTrue(os.path.exists(self.path("guest/guest.llext")))

    def test_its_interface(self):
        """A kit's folder is what abi takes, prototypes and types included."""
        self.kit("abi-kit")
        of_kit, of_firmware = (json.loads(self.tenon("abi", "dump", path).stdout)
                               for path in (self.path("abi-kit"), self.firmware))
        self.assertEqual({**of_kit, "file": self.firmware}, of_firmware)
        self.tenon("abi", "diff", self.path("abi-kit"), self.firmware)

    def test_flags(self):
        subprocess.run(["strip", "--strip-debug", self.firmware, "-o", self.path("stripped")], check=True)
        self.assertIn("from the build attributes", self.tenon("kit", self.path("stripped"), "-o",
                                                              self.path("k1")).stdout)
        self.kit("k2", "--flags", "-march=x86-64-v2 -DA=1", "--compiler", "clang")
        with open(self.path("k2/Makefile.cflags")) as file:
            text = file.read()
        self.assertIn("-march=x86-64-v2 -DA=1", text)
        self.assertIn("clang++", text)

    def test_flags_of_the_firmware_itself(self):
        """A library that came compiled, with debug information, does not say how the firmware is compiled."""
        library = self.build("library.o", "int draw(int color) { return color; }", "-g", "-fpack-struct")
        for name, debug, flags, source in (("no_debug", [], "", "the build attributes"),
                                           ("debug", ["-g", "-fshort-enums"], "-fshort-enums", "the debug information")):
            main = self.build(name + "-main.o", "#include <llext/symbol.h>\nint draw(int); EXPORT_SYMBOL(draw);"
                              "int main(void) { return draw(1); }", INCLUDE, *debug)
            subprocess.run(["gcc", library, main, "-o", self.path(name), "-Wl,-T," + EXPORT_SCRIPT], check=True)
            self.assertIn(f"flags (from {source}):", self.tenon("kit", self.path(name), "-o",
                                                                self.path(name + "-kit")).stdout)
            kit = json.loads(self.read(self.path(name + "-kit/kit.json")))
            self.assertEqual([flag for flag in kit["flags"].split() if not flag.startswith("-m")], flags.split())

    def test_wrong(self):
        self.tenon("kit", code=2)
        self.tenon("kit", self.firmware, code=2)
        self.kit("x", "--headers", "/nowhere", code=2)
        self.tenon("kit", "/nowhere", "-o", self.path("y"), code=1)
        self.assertFalse(os.path.exists(self.path("y")))
        empty = self.build("empty.o", "int f(void) { return 1; }")
        self.tenon("kit", empty, "-o", self.path("z"), code=1)
        self.assertFalse(os.path.exists(self.path("z")))
        self.tenon("kit", self.firmware, "-o", "/nowhere/kit.tar.gz", code=1)
        self.assertIn("not that of a development kit",
                      self.tenon("check", empty, "--against", self.folder, code=1).stderr)


if __name__ == "__main__":
    unittest.main()
