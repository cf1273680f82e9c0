# SPDX-License-Identifier: Apache-2.0
"""tenon check --sandbox: which imports have no gate."""

import unittest

from support import EXPORT_SCRIPT, INCLUDE, ToolTest

FIRMWARE = """
#include <string.h>
#include <llext/gate.h>
int app_start(int x) { return x; }
int app_stop(int x) { return x; }
int app_send(const void *data, size_t bytes) { return data != NULL ? (int)bytes : 0; }
EXPORT_GATE(app_start, VALUE(int, x));
EXPORT_GATE(app_send, IN(const void *, data, bytes), VALUE(size_t, bytes));
EXPORT_SYMBOL(app_stop);
EXPORT_USER(memcpy);
int main(void) { return 0; }
"""
GOOD = """
#include <stddef.h>
int app_start(int); int app_send(const void *, size_t); void *memcpy(void *, const void *, size_t);
int good(char *to, size_t n) { memcpy(to, "x", n); return app_start(app_send(to, n)); }
"""
BAD = "int app_start(int); int app_stop(int); int bad(int x) { return app_start(app_stop(x)); }"


class Sandbox(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firmware = cls.build("firmware.elf", FIRMWARE, INCLUDE, "-Wl,-T," + EXPORT_SCRIPT, link=True)
        cls.good = cls.build("good.o", GOOD, "-fpic", "-fno-builtin")
        cls.bad = cls.build("bad.o", BAD, "-fpic")

    def test_gates(self):
        found = self.check(self.good, "--sandbox", "-a", self.firmware)["files"][0]
        self.assertEqual((found["loads"], found["reason"]), (True, None))

    def test_no_gate(self):
        found = self.check(self.bad, "-a", self.firmware)["files"][0]
        self.assertTrue(found["loads"])
        found = self.check(self.bad, "--sandbox", "-a", self.firmware, code=1)["files"][0]
        self.assertEqual((found["loads"], found["reason"]),
                         (False, "no gate in the firmware for app_stop"))
        text = self.tenon("check", "--sandbox", self.bad, "-a", self.firmware, code=1).stdout
        self.assertIn(f"{self.bad}: would not load: no gate in the firmware for app_stop\n", text)

    def test_shared_object(self):
        shared = self.build("good.so", GOOD, "-fpic", "-fno-builtin", "-shared", "-nostdlib",
                            link=True)
        found = self.check(shared, "--sandbox", "-a", self.firmware, code=1)["files"][0]
        self.assertEqual(found["reason"], "only relocatable files can be sandboxed")


if __name__ == "__main__":
    unittest.main()
