# SPDX-License-Identifier: Apache-2.0
"""What --json prints is what docs/schema.json says, for good files, bad ones and wrong usage."""

import json
import os
import re
import shutil
import subprocess
import unittest

import jsonschema

from support import EXPORT_SCRIPT, INCLUDE, SOURCE, ToolTest

FIRMWARE = """
#include <llext/symbol.h>
struct point { int x, y; };
int offered(int x) { return x; }
EXPORT_SYMBOL(offered);
int plot(struct point *p) { return p->x; }
EXPORT_SYMBOL(plot);
int main(void) { return 0; }
"""
VENDOR = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

with open(os.path.join(SOURCE, "docs", "schema.json")) as schema_file:
    SCHEMA = json.load(schema_file)
# Commands with a definition under another name, or with more than one.
DEFINITIONS = {"abi": {"abi_dump", "abi_diff"}, "key": {"key", "ring"}}


class Json(ToolTest):
    seen = set()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firmware = cls.build("firmware.elf", FIRMWARE, "-g", INCLUDE, "-Wl,-T," + EXPORT_SCRIPT, link=True)
        cls.newer = cls.build("newer.elf", FIRMWARE.replace("int x, y", "int x, y, z"), "-g", INCLUDE,
                              "-Wl,-T," + EXPORT_SCRIPT, link=True)
        cls.good = cls.build("good.o", "int offered(int); int good(int x) { return offered(x); }", "-fpic", "-g")
        cls.bad = cls.build("bad.o", "int offred(int); int bad(int x) { return offred(x); }", "-fpic")
        cls.alone = cls.build("alone.o", "int alone(int x) { return x + 1; }")
        cls.crash = cls.build("crash.o", "int crash(void) { return *(volatile int *)0; }", "-g")
        cls.writable = cls.build("awx.o", '__asm__(".section .both,\\"awx\\"\\n.byte 0\\n"); int f(void) { return 1; }')

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        Json.seen.clear()

    def validate(self, name, text):
        found = json.loads(text)
        rules = {"$ref": "#/$defs/" + name, "$defs": SCHEMA["$defs"]}
        jsonschema.Draft202012Validator(rules).validate(found)
        self.seen.add(name)
        return found

    def valid(self, name, *args, code=0, stdin=""):
        return self.validate(name, self.tenon(*args, code=code, stdin=stdin).stdout)

    def test_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        listed = {rule["$ref"].removeprefix("#/$defs/") for rule in SCHEMA["anyOf"]}
        self.assertEqual(listed, {name for name, rule in SCHEMA["$defs"].items()
                                  if "schema" in rule.get("properties", {})})

    def test_every_command(self):
        """Each command that has --json has a definition, and each definition has a name here that no name is missing in."""
        for part in (self.check_check, self.check_files, self.check_signed, self.check_rest, self.check_wrong):
            part()
        text = self.tenon("--help").stdout
        commands = re.findall(r"(?m)^  ([a-z]+) +\w", text.split("Commands:")[1].split("Options:")[0])
        wanted = {"error", "kit"}
        for command in commands:
            if "--json" in self.tenon("help", command).stdout:
                wanted |= DEFINITIONS.get(command, {command})
        self.assertEqual(wanted, self.seen)
        self.assertEqual(wanted, {rule["$ref"].removeprefix("#/$defs/") for rule in SCHEMA["anyOf"]})

    def check_check(self):
        found = self.valid("check", "check", "--json", self.good, "-a", self.firmware)
        self.assertIsNotNone(found["files"][0]["memory"]["extension_bytes"])
        found = self.valid("check", "check", "-j", self.good, self.bad, self.path("none.o"), "-a",
                           self.firmware, code=1)
        self.assertEqual([f["loads"] for f in found["files"]], [True, False, False])
        self.assertIsNone(found["files"][1]["memory"]["extension_bytes"])
        self.assertEqual(found["files"][1]["error"]["id"], "E0701")
        self.assertEqual(found["files"][1]["error"]["errno"], 61)

    def check_files(self):
        packed, frame = self.path("alone.packed"), self.path("alone.lz4")
        self.valid("run", "run", "--json", self.alone, "--call", "alone", "4")
        self.valid("run", "run", "--json", self.bad, "--call", "bad", "4", code=1)
        found = self.valid("run", "run", "--json", self.crash, "--call", "crash", code=139)
        self.assertEqual(found["signal"], "SEGV")
        self.tenon("kit", self.firmware, "-o", self.path("kit"))
        with open(self.path("kit/kit.json")) as file:
            self.validate("kit", file.read())
        self.valid("inspect", "inspect", "--json", self.alone)
        found = self.valid("inspect", "inspect", "--json", self.writable, code=1)
        self.assertEqual(found["error"]["id"], "E0502")
        self.valid("inspect", "inspect", "--json", self.firmware)
        self.valid("pack", "pack", "--json", self.good, "-b", self.firmware, "-o", packed)
        self.valid("pack", "pack", "--json", "--lz4", self.alone, "-o", frame)
        for path in (packed, frame):
            self.valid("inspect", "inspect", "--json", path)
        self.valid("size", "size", "--json", self.alone, self.good)
        self.valid("size", "size", "--json", "--budget", "100", self.alone, code=1)
        if shutil.which("arm-none-eabi-gcc"):
            arm = self.build("arm.o", "int f(void) { return 1; }", compiler="arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb")
            self.assertEqual(self.valid("inspect", "inspect", "--json", arm)["machine"], "arm")

    def check_signed(self):
        key, device, signed = self.path("key.pem"), self.path("device.key"), self.path("signed.llext")
        self.tenon("key", "gen", "-o", key)
        self.tenon("key", "gen", "-t", "a128kw", "-o", device)
        ring = self.write("ring.json", self.tenon("key", "pub", "--ring", key).stdout)
        self.validate("ring", self.read(ring))
        found = self.valid("key", "key", "info", "--json", key, device)
        self.assertEqual([item["type"] for item in found["keys"]], ["p256", "a128kw"])
        sign = ["sign", "--json", "-k", key, "-n", "x.alone", "--version", "1.2.3", "-c", "4", self.alone, "-o", signed]
        found = self.valid("sign", *sign)
        self.assertEqual((found["machine"], found["class"]), ("x86-64", 64))
        self.valid("verify", "verify", "--json", "--ring", ring, signed)
        self.assertEqual(self.valid("inspect", "inspect", "--json", signed)["envelope"]["name"], "x.alone")
        self.valid("sign", *sign, "--expires", "2030-01-01", "--vendor", VENDOR, "--import", "other@1.0.0",
                   "--firmware", self.firmware, "--sandbox-only", "--encrypt-to", device)

    def check_rest(self):
        old = self.write("old.json", self.tenon("abi", "dump", self.firmware).stdout)
        found = self.validate("abi_dump", self.read(old))
        self.assertEqual(found["machine"], "x86-64")
        self.valid("abi_diff", "abi", "diff", "--json", old, self.firmware)
        found = self.valid("abi_diff", "abi", "diff", "--json", old, self.newer, code=1)
        self.assertNotEqual(found["differences"], [])
        self.valid("abi_diff", "abi", "diff", "--json", old, self.newer, self.good)
        log = self.tenon("run", self.crash, "--call", "crash", code=None).stderr
        found = self.valid("symbolize", "symbolize", "--json", "-d", self.folder, stdin=log)
        self.assertEqual(found["places"][0]["function"], "crash")
        self.valid("explain", "explain", "--json", "E0701", "ENODATA")
        self.valid("doctor", "doctor", "--json", self.firmware)

    def check_wrong(self):
        none = self.path("none.o")
        for args, code, word in ((["check", "--json", self.good, "-a", none], 1, "No such file"),
                                 (["inspect", "--json", none], 1, "No such file"),
                                 (["pack", "--json", none, "-o", self.path("x")], 1, "No such file"),
                                 (["size", "--json", none], 1, "No such file"),
                                 (["verify", "-j", "--ring", none, self.alone], 1, "No such file"),
                                 (["symbolize", "-j", none], 1, "No such file"),
                                 (["abi", "diff", "--json", none, none], 1, "No such file"),
                                 (["explain", "--json", "E9999"], 1, "E9999"),
                                 (["key", "info", "--json", none], 1, "No such file"),
                                 (["run", "--json", none], 1, None),
                                 (["check", "--json", self.good], 2, "--against"),
                                 (["inspect", "--json", "--no-such"], 2, "--no-such"),
                                 (["size", "--json"], 2, "FILE")):
            with self.subTest(command=args):
                if word is None: # it ran in a process of its own, which is what is reported
                    self.assertFalse(self.valid("run", *args, code=code)["good"])
                    continue
                found = self.valid("error", *args, code=code)
                self.assertEqual((found["status"], found["command"]), (code, args[0]))
                self.assertIn(word, found["errors"][0]["text"] + (found["errors"][0]["subject"] or ""))
        # Without the option, or where -j means something else, there is nothing on standard output.
        self.assertEqual(self.tenon("build", "-j", "/nowhere", code=None).stdout, "")
        self.assertEqual(self.tenon("inspect", none, code=1).stdout, "")

    def test_the_schema_is_strict(self):
        """A name that the schema does not have is an error, in each object of it."""
        found = json.loads(self.tenon("inspect", "--json", self.alone).stdout)
        found["memory"]["more"] = 1
        with self.assertRaises(jsonschema.ValidationError):
            self.validate("inspect", json.dumps(found))


if __name__ == "__main__":
    unittest.main()
