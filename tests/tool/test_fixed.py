# SPDX-License-Identifier: Apache-2.0
"""run, inspect and check of executables: files for one address."""

import subprocess
import unittest

from support import EXPORT_SCRIPT, INCLUDE, ToolTest, has

CODE = """
#include <llext/symbol.h>
int calls = 40, zeroes[10];
const int table[4] = {1, 2, 3, 4};
static void __attribute__((constructor)) up(void) { calls++; }
int answer(void) { return calls + zeroes[2] + table[0]; }
LL_EXTENSION_SYMBOL(answer);
LL_EXTENSION_SYMBOL(calls);
"""
FIRMWARE = """
#include <llext/symbol.h>
int variable = 3, more[4000];
void _start(void) { for (;;) variable += more[0]; }
EXPORT_SYMBOL(variable);
"""
FLAGS = [INCLUDE, "-DLL_EXTENSION_BUILD", "-Os", "-static", "-nostdlib", "-Wl,--build-id=none"]


class Fixed(ToolTest):
    @classmethod
    def link(cls, name, address, *more, compiler="gcc -fno-pic -no-pie", how="-Ttext-segment"):
        return cls.build(name, CODE, *FLAGS, f"-Wl,{how}={address:#x},-e,0", *more,
                         compiler=compiler, link=True)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.link("fixed.elf", 0x30000000)

    def test_run(self):
        self.assertIn("answer() = 42", self.tenon("run", self.file, "--call", "answer").stdout)
        # Where the command itself lies nothing else can.
        taken = self.link("taken.elf", 0x400000)
        done = self.tenon("run", taken, "--call", "answer", code=1)
        self.assertIn("the port does not give the addresses", done.stderr)
        self.assertIn("offset 0x400000, symbol tenon", done.stderr)

    def test_inspect(self):
        found = self.inspect(self.file)
        self.assertEqual((found["type"], found["loads"]), ("executable", True))
        self.assertEqual(found["own_addresses"]["first"], 0x30001000)
        self.assertGreaterEqual(found["own_addresses"]["last"], 0x30001000 + 80)
        self.assertGreater(found["own_addresses"]["bytes"], 80)
        self.assertEqual(found["memory"]["instruction_heap_bytes"], 0)
        self.assertEqual(found["memory"]["data_heap_bytes"], 0)
        exports = {e["name"]: e for e in found["exports"]}
        self.assertEqual({n: e["type"] for n, e in exports.items()},
                         {"answer": "function", "calls": "object"})
        self.assertEqual(exports["calls"]["size"], 4)
        text = self.tenon("inspect", self.file).stdout
        self.assertRegex(text, r"own addresses +\d+ +0x30001000 to 0x3000")

    def test_exports_all_global_symbols(self):
        """Without .exported_sym those of .symtab, as the loader reads them."""
        path = self.build("plain.elf", "int calls = 41; int answer(void) { return calls + 1; }", *FLAGS,
                          "-Wl,-Ttext-segment=0x31000000,-e,0", compiler="gcc -fno-pic -no-pie", link=True)
        self.assertIn("answer() = 42", self.tenon("run", path, "--call", "answer").stdout)
        self.assertIn("answer", {e["name"] for e in self.inspect(path)["exports"]})

    def test_heap_steps_aside(self):
        """An assumed heap goes elsewhere; one that was given is in the way."""
        there = self.link("there.elf", 0x40000000)
        found = self.inspect(there)
        self.assertTrue(found["loads"])
        self.assertGreater(found["assumed"]["heap_at"], found["own_addresses"]["last"])
        found = self.inspect("--heap-at", "0x40000000", there, code=1)
        self.assertFalse(found["loads"])
        self.assertIn("the address range is taken", found["error"]["text"])
        self.assertEqual(found["error"]["symbol"], "LLEXT heap")

    @unittest.skipUnless(has("arm-none-eabi-gcc"), "no compiler for Arm")
    def test_check(self):
        """Cortex-M: the firmware's own sections are in the way, other addresses are not."""
        arm = "arm-none-eabi-gcc -mcpu=cortex-m4"
        firmware = self.build("arm.elf", FIRMWARE, INCLUDE, "-static", "-nostdlib",
                              "-Wl,-Ttext=0x8000,-Tdata=0x20000000,-T," + EXPORT_SCRIPT,
                              compiler=arm, link=True)
        good = self.link("good.elf", 0x20010000, compiler=arm, how="-Ttext")
        bad = self.link("bad.elf", 0x1ffff000, compiler=arm, how="-Ttext")
        found = self.check(good, "--against", firmware)
        self.assertTrue(found["loads"])
        found = self.check(bad, "--against", firmware, code=1)
        self.assertRegex(found["files"][0]["reason"],
                         r"^it is an executable, .* and its \.\w+, at 0x2000\w+, lies where the firmware has \.\w+$")
        hostile = self.write("hostile.elf", self.read(bad).replace(b".init_array\0", b".\x1b[2J_array\0"))
        self.assertIn("its .\\x1b[2J_array, at", self.tenon("check", hostile, "--against", firmware, code=1).stdout)
        # What the port gives is known when the firmware runs.
        ranges = self.check(good, "--against", firmware)["files"][0]["needs_addresses"]
        self.assertEqual(ranges[0]["first"], 0x20010000)
        self.assertTrue(all(r["first"] <= r["last"] < 0x20040000 for r in ranges))
        self.assertEqual(self.check(self.build("o.o", CODE, *FLAGS[:2], compiler=arm), "--against", firmware)["files"][0]
                         ["needs_addresses"], [])
        text = self.tenon("check", good, "--against", firmware).stdout
        self.assertRegex(text, r"good.elf: would load: .*\n  if the firmware gives it 0x20010000 to 0x200100\w\w")
        # Two in one place.
        found = self.check(good, self.link("same.elf", 0x20010000, compiler=arm, how="-Ttext"),
                           "--against", firmware, code=1)
        self.assertTrue(found["files"][0]["loads"])
        self.assertIn("symbol good.elf", found["files"][1]["reason"])


    @unittest.skipUnless(has("arm-none-eabi-gcc"), "no compiler for Arm")
    def test_firmware_without_windows(self):
        """ports/mcu gives an executable what llext_mcu_add_window() was given: without a call of it, nothing."""
        arm = "arm-none-eabi-gcc -mcpu=cortex-m4 -Os"
        code = """
        #include <llext/symbol.h>
        int variable = 3, llext_mcu_log_level = 4;
        int llext_mcu_add_window(int at) { return variable += at; }
        void _start(void) { for (;;) %s(variable += llext_mcu_log_level); }
        EXPORT_SYMBOL(variable);
        """
        file = self.link("wanting.elf", 0x20010000, compiler=arm, how="-Ttext")
        # The name of the source is that of its symbol; with link-time optimisation it has none.
        for source, call, loads in (("port", "", False), ("port", "llext_mcu_add_window", True), ("other", "", True)):
            self.build(source, code % call, INCLUDE, "-ffunction-sections", "-fno-inline", compiler=arm)
            firmware = self.path("windows.elf")
            subprocess.run([*arm.split(), "-nostdlib", "-Wl,--gc-sections,-T," + EXPORT_SCRIPT, self.path(source), "-o",
                            firmware], check=True)
            found = self.check(file, "--against", firmware, code=0 if loads else 1)["files"][0]
            self.assertEqual(found["loads"], loads, (source, call))
            if not loads:
                self.assertIn("the firmware calls no llext_mcu_add_window()", found["reason"])


if __name__ == "__main__":
    unittest.main()
