# SPDX-License-Identifier: Apache-2.0
"""tenon doctor: what is installed, what a firmware lacks, and a bundle that holds no code."""

import json
import os
import shutil
import stat
import subprocess
import tarfile
import unittest

from support import EXPORT_SCRIPT, INCLUDE, ToolTest, has

FIRMWARE = """
#include <llext/symbol.h>
int offered(int x) { return x * 1234567; }
EXPORT_SYMBOL(offered);
char llext_heap_memory[65536];
int main(void) { return 0; }
"""


class Doctor(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firmware = cls.build("firmware.elf", FIRMWARE, "-g", INCLUDE, "-no-pie", "-Wl,-T," + EXPORT_SCRIPT, link=True)
        cls.good = cls.build("good.o", "int good(int x) { return x + 1; }", "-O1")

    def doctor(self, *args, code=0, env=None):
        found = json.loads(self.tenon("doctor", "--json", *args, code=code, env=env).stdout)
        self.assertEqual(found["good"], code == 0)
        return {(f["area"], f["name"], f["state"]): f["text"] + "; " + str(f["remedy"]) for f in found["findings"]}

    def one(self, found, area, name, state):
        self.assertIn((area, name, state), found, found)
        return found[area, name, state]

    def test_tools(self):
        found = self.doctor()
        version = subprocess.run(["gcc", "-dumpfullversion"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertIn(version.strip() + ", ", self.one(found, "tool chains", "gcc", "good"))
        for program, area in (("arm-none-eabi-gcc", "tool chains"), ("qemu-system-arm", "emulators"),
                              ("ninja", "build tools"), ("gdb-multiarch", "build tools")):
            self.one(found, area, program, "good" if has(program) else "missing")

    def test_nothing_installed(self):
        """Each program that is not there is named, with the package that has it."""
        empty = self.path("empty")
        os.makedirs(empty, exist_ok=True)
        for program in ("sh", "rm"):
            if not os.path.exists(os.path.join(empty, program)):
                os.symlink(shutil.which(program), os.path.join(empty, program))
        found = self.doctor(env={"PATH": empty})
        self.assertIn("apt install gcc-arm-none-eabi", self.one(found, "tool chains", "arm-none-eabi-gcc", "missing"))
        self.assertIn("apt install qemu-system-misc", self.one(found, "emulators", "qemu-system-riscv32", "missing"))
        self.assertEqual({state for _, name, state in found if name != "boards"}, {"missing"})

    def test_broken_compiler(self):
        """A compiler that cannot compile, or has no libraries for a usual part, is bad."""
        folder = self.path("broken")
        os.makedirs(folder, exist_ok=True)
        script = os.path.join(folder, "arm-none-eabi-gcc")
        with open(script, "w") as out:
            out.write('#!/bin/sh\ncase "$*" in *-dumpfullversion) echo 9.9.9 ;; *-multi-*) echo . ;; *) exit 1 ;; esac\n')
        os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)
        found = self.doctor(code=1, env={"PATH": folder + os.pathsep + os.environ["PATH"]})
        self.assertIn("9.9.9, 1 multilibs", self.one(found, "tool chains", "arm-none-eabi-gcc", "good"))
        self.assertIn("no libraries for -mcpu=cortex-m4", self.one(found, "tool chains", "arm-none-eabi-gcc", "bad"))
        self.assertIn("picolibc-arm-none-eabi", self.one(found, "tool chains", "arm-none-eabi-gcc", "missing"))
        self.assertIn("cannot compile", self.one(found, "tool chains", "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb "
                                                 "-mfloat-abi=hard", "bad"))

    def test_flags(self):
        found = self.doctor("--compiler", "gcc -flto", code=1)
        self.assertIn("compile with -fno-lto", self.one(found, "flags", "gcc -flto", "bad"))
        line = "gcc -fno-asynchronous-unwind-tables -fcf-protection=none"
        self.assertEqual(list(self.doctor("-c", line)), [("flags", line, "good")])
        self.doctor("-c", "gcc -no-such-option", code=1)
        # What it makes is no ELF file; there is none at all.
        if has("clang"):
            found = self.doctor("-c", "clang -flto", code=1)
            said = self.one(found, "flags", "clang -flto", "bad")
            self.assertIn("cannot be read: not an ELF file but LLVM's bytecode", said)
            self.assertIn("compile with -fno-lto", said)
        found = self.doctor("-c", "true", code=1)
        self.assertIn("cannot be read: No such file", self.one(found, "flags", "true", "bad"))

    def test_firmware(self):
        found = self.doctor(self.firmware)
        self.assertIn("1, in order", self.one(found, "firmware", "exports", "good"))
        self.assertIn("65536 bytes", self.one(found, "firmware", "heap", "good"))
        # Without the linker's lines the records stand each by itself.
        for flags in (["-no-pie"], ["-pie"]):
            path = self.build("stray.elf", FIRMWARE, INCLUDE, *flags, link=True)
            self.assertIn("-T cmake/llext_export.ld", self.one(self.doctor(path, code=1), "firmware", "exports", "bad"))
        path = self.build("none.elf", "int main(void) { return 0; }", "-no-pie", link=True)
        found = self.doctor(path, code=1)
        self.assertIn("EXPORT_SYMBOL", self.one(found, "firmware", "exports", "bad"))

    @unittest.skipUnless(has("arm-none-eabi-gcc"), "no compiler for Arm")
    def test_firmware_of_a_part(self):
        script = self.write("m4.ld", """SECTIONS {
            .text 0x10000 : { *(.text .text.*) *(.rodata .rodata.*) }
            .llext_export : { __llext_export_start = .; KEEP(*(SORT_BY_NAME(.llext_export.*))) __llext_export_end = .; }
            .bss : { *(.bss .bss.*) } }""")
        path = self.build("m4.elf", FIRMWARE, "-g", INCLUDE, "-nostdlib", "-Wl,-emain", "-Wl,-T," + script, link=True,
                          compiler="arm-none-eabi-gcc --specs=picolibc.specs -mcpu=cortex-m4 -mthumb -mfloat-abi=hard")
        found = self.doctor(path)
        self.assertIn("-mfloat-abi=hard", self.one(found, "firmware", "flags", "good"))
        self.assertIn("llext_mcu_protect_heap", self.one(found, "firmware", "protection", "note"))
        # The kit stands for the firmware.
        self.tenon("kit", path, "-o", self.path("m4-kit"))
        self.assertIn("1, in order", self.one(self.doctor(self.path("m4-kit")), "firmware", "exports", "good"))
        self.assertEqual({area for area, _, _ in found}, {"firmware"})  # what is installed was not asked
        # With domains, the script needs two sections more.
        sections = {".llext_gate": "no import has a gate", ".llext_user": "no domain can be made"}
        for given in [], [".llext_gate"], [".llext_user"], [*sections]:
            with self.subTest(given=given):
                path = self.build("domains.elf", FIRMWARE + "void llext_sandbox_allocate(void) {}", "-g", INCLUDE, "-nostdlib",
                                  "-Wl,-emain,-u,llext_sandbox_allocate,-T," + script,
                                  *(f"-Wl,--defsym=__{name[1:]}_start=0" for name in given), link=True,
                                  compiler="arm-none-eabi-gcc --specs=picolibc.specs -mcpu=cortex-m4 -mthumb")
                said = [line for line in self.tenon("doctor", path, code=int(len(given) < 2)).stdout.splitlines()
                        if "domains:" in line]
                self.assertEqual(len(said), 2 - len(given))
                for line, name in zip(said, (name for name in sections if name not in given), strict=True):
                    self.assertIn(f"lacks {name}: {sections[name]}", line)

    def test_extension(self):
        self.assertIn("loads", self.one(self.doctor(self.good), "extension", "good.o", "good"))
        path = self.build("awx.o", '__asm__(".section .both,\\"awx\\"\\n.byte 0\\n"); int f(void) { return 1; }')
        self.assertRegex(self.tenon("doctor", path, code=1).stdout, r"BAD +awx\.o: does not load: .*\n +nothing is ever .*E0502")
        self.assertIn("No such file", self.one(self.doctor(self.path("no.o"), code=1), "files", self.path("no.o"), "bad"))
        text = self.write("text.o", "text")
        self.assertIn("not an ELF file", self.one(self.doctor(text, code=1), "files", text, "bad"))

    def test_many_files(self):
        """Each is told what is wrong with it, however many were wrong before."""
        folders = [self.path(f"folder{i}") for i in range(70)]
        for folder in folders:
            os.makedirs(folder, exist_ok=True)
        text = self.write("last.txt", "no extension\n")
        found = self.doctor(*folders, text, code=1)
        self.assertIn("not an ELF file", self.one(found, "files", text, "bad"))
        for folder in folders:
            self.assertNotIn("not an ELF file", self.one(found, "files", folder, "bad"))

    def test_bundle(self):
        """A firmware's code is not in it; an extension is."""
        output = self.path("report.tar.gz")
        done = self.tenon("doctor", "--bundle", output, self.firmware, self.good)
        self.assertIn("look at it before you send it", done.stderr)
        with tarfile.open(output) as tar:
            names = sorted(tar.getnames())
            self.assertEqual(names, ["tenon-report", "tenon-report/doctor.json", "tenon-report/extension-good.o",
                                     "tenon-report/firmware-firmware.elf", "tenon-report/system.txt"])
            read = {name: tar.extractfile(name).read() for name in names[1:]}
            self.assertTrue(all(member.uname in ("", "root") and member.uid == 0 for member in tar.getmembers()))
        self.assertEqual(json.loads(read["tenon-report/doctor.json"])["command"], "doctor")
        self.assertEqual(read["tenon-report/extension-good.o"], self.read(self.good))
        constant = (1234567).to_bytes(4, "little")
        self.assertIn(constant, self.read(self.firmware))
        self.assertNotIn(constant, read["tenon-report/firmware-firmware.elf"])
        stub = self.write("stub.elf", read["tenon-report/firmware-firmware.elf"])
        self.tenon("check", self.good, "-a", stub)
        # No file stays behind.
        self.tenon("doctor", "--bundle", self.path("no/such/folder.tar.gz"), code=1)
        folder = self.path("tmp")
        os.makedirs(folder, exist_ok=True)
        self.tenon("doctor", self.good, env={"TMPDIR": folder})
        self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
