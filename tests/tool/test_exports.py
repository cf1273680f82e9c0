# SPDX-License-Identifier: Apache-2.0
"""tenon exports: what a set of extensions needs, as a C file that a firmware is compiled with."""

import os
import re
import subprocess
import unittest

from support import INCLUDE, SOURCE, ToolTest

FIRST = """
extern int firmware_add(int, int);
extern __thread int firmware_value;
extern void perhaps(void) __attribute__((weak));
extern int second(int);
int first(int x) { if (perhaps) perhaps(); return firmware_add(second(x), firmware_value); }
"""
SECOND = "#include <string.h>\nint second(int x) { return (int)strlen(\"four\") + x; }\n" \
         "char copy[9]; void move(char *p, int n) { memcpy(copy, p, n); }\n"


class Exports(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.build("first.o", FIRST, "-fno-builtin")
        cls.second = cls.build("second.o", SECOND, "-fno-builtin")

    def names(self, text):
        return re.findall(r"(?m)^(OFFER\w*)\((\w+)\);$", text)

    def test_what_nobody_provides(self):
        text = self.tenon("exports", self.first, self.second).stdout
        self.assertEqual(self.names(text), [
            ("OFFER", "firmware_add"), ("OFFER_TLS", "firmware_value"), ("OFFER", "memcpy"),
            ("OFFER_IF_THERE", "perhaps"), ("OFFER", "strlen")])
        alone = self.tenon("exports", self.first).stdout
        self.assertIn(("OFFER", "second"), self.names(alone))

    def test_it_compiles_and_is_enough(self):
        text = self.tenon("exports", self.first, self.second).stdout
        path = self.write("list.c", text)
        firmware = self.write("firmware.c", "__thread int firmware_value = 3;\n"
                              "int firmware_add(int a, int b) { return a + b; }\nint main(void) { return 0; }\n")
        script = os.path.join(SOURCE, "cmake", "llext_export.ld")
        out = self.path("firmware.elf")
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-fno-pie", "-no-pie", INCLUDE, path, firmware,
                        "-Wl,-T," + script, "-o", out], check=True)
        done = self.tenon("check", self.second, self.first, "-a", out)
        self.assertIn("would load", done.stdout)

    def test_wrong_files(self):
        self.assertIn("not an ELF file", self.tenon("exports", self.write("text", "hello"), code=1).stderr)
        self.tenon("exports", code=2)


if __name__ == "__main__":
    unittest.main()
