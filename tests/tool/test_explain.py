# SPDX-License-Identifier: Apache-2.0
"""tenon explain, and the hint behind an error."""

import json
import os
import re
import unittest

from support import SOURCE, ToolTest


class Explain(ToolTest):
    def rows(self):
        with open(os.path.join(SOURCE, "docs", "errors.md")) as file:
            return re.findall(r"^\| (E\d{4}) \| `([^`]+)` \| (.*) \|$", file.read(), re.M)

    def test_every_row(self):
        """Each id of the document is explained, with the message and no mark of Markdown but code."""
        rows = self.rows()
        self.assertGreater(len(rows), 250)
        listed = self.tenon("explain", "--list").stdout.splitlines()
        self.assertEqual(listed, [f"{number} {message}" for number, message, _ in rows])
        found = json.loads(self.tenon("explain", "--json", "--list").stdout)["explained"]
        for (number, message, text), item in zip(rows, found, strict=True):
            self.assertEqual((item["id"], item["message"]), (number, message))
            self.assertNotRegex(item["text"], r"\]\(|\*\w+\*")
            # Nothing was cut.
            end = re.sub(r"\]\([^)]*\)|[*\[]", "", text).split()[-1]
            self.assertEqual(re.sub(r"[*\[]", "", item["text"].split()[-1]), end)

    def test_forms(self):
        out = self.tenon("explain", "E0902").stdout
        self.assertTrue(out.startswith("E0902: relocation is out of range\n  expected is the limit"), out)
        self.assertLess(max(map(len, out.splitlines())), 80)
        self.assertEqual(self.tenon("explain", "e0902").stdout, out)
        line = "E: llext: relocate: relocation is out of range, section .text, offset 0xe, relocation R_ARM_ABS16 (5)"
        self.assertEqual(self.tenon("explain", line).stdout, out)
        self.assertIn("ENODATA: imports are missing", self.tenon("explain", "ENODATA").stdout)
        for number in "-61", "61":
            self.assertEqual(self.tenon("explain", number).stdout, self.tenon("explain", "ENODATA").stdout)
        # One number may be two errors, Linux's and a microcontroller's.
        self.assertEqual(re.findall(r"^(\w+): ", self.tenon("explain", "-116", "-8").stdout, re.M),
                         ["ESTALE", "ETIMEDOUT", "ENOEXEC"])
        found = json.loads(self.tenon("explain", "--json", "-116", "-8", "E0902").stdout)["explained"]
        self.assertEqual([(item["id"], item["name"], item["numbers"]) for item in found],
                         [(None, "ESTALE", [116, 133]), (None, "ETIMEDOUT", [110, 116]), (None, "ENOEXEC", [8]), ("E0902", None, [])])
        # As a device's console has it.
        self.assertEqual(self.tenon("explain", "load failed: -61").stdout, self.tenon("explain", "ENODATA").stdout)
        self.assertEqual(re.findall(r"^(\w+): ", self.tenon("explain", "swap: error -116").stdout, re.M),
                         ["ESTALE", "ETIMEDOUT"])
        self.assertIn("MPU", self.tenon("explain", "heap: -28").stdout)
        # The longest message wins: one begins as another.
        self.assertIn("E1002:", self.tenon("explain", "place: the heap has no free piece of this size at its "
                                                      "alignment").stdout)

    def test_refusals(self):
        self.assertIn("no error is known by 'E9999'", self.tenon("explain", "E9999", code=1).stderr)
        self.assertIn("no error is known by '0'", self.tenon("explain", "0", code=1).stderr)
        self.assertIn("no error is known by '6100'", self.tenon("explain", "-6100", code=1).stderr)
        self.assertIn("no error is known by 'block 7'", self.tenon("explain", "block 7", code=1).stderr)
        self.assertIn("tenon symbolize", self.tenon("explain", "crash: data access, address 0x8", code=1).stderr)
        self.tenon("explain", code=2)
        self.tenon("explain", "--list", "E0902", code=2)

    def test_hint_where_the_failure_is(self):
        bad = self.write("bad.o", "\x7fELF" + "\0" * 60)
        tls = self.build("awx.o", '__asm__(".section .both,\\"awx\\"\\n.byte 0\\n"); int f(void) { return 1; }')
        for command in (["run"], ["inspect"], ["pack", "-o", self.path("out")]):
            with self.subTest(command=command):
                done = self.tenon(*command, tls, code=1)
                text = done.stdout + done.stderr
                self.assertIn("section is writable and executable", text)
                self.assertRegex(text, r"hint: nothing is ever loaded so\. .*\(E0502\)")
        found = json.loads(self.tenon("inspect", "--json", tls, code=1).stdout)["error"]
        self.assertEqual(found["id"], "E0502")
        self.assertIn("nothing is ever loaded so", found["hint"])
        self.tenon("inspect", bad, code=1)


if __name__ == "__main__":
    unittest.main()
