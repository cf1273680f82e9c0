# SPDX-License-Identifier: Apache-2.0
"""tenon check and the source: file and line of what is missing, declarations that do not fit."""

import subprocess
import unittest

from support import EXPORT_SCRIPT, INCLUDE, ToolTest

FIRMWARE = """
#include <llext/symbol.h>
#include <stdint.h>
struct pixel { short x, y; };
typedef uint32_t color_t;
int draw(const struct pixel *at, color_t color) { return at->x + (int)color; }
EXPORT_SYMBOL(draw);
float scale(float value) { return value; }
EXPORT_SYMBOL(scale);
void trace(const char *format, ...) { (void)format; }
EXPORT_SYMBOL(trace);
int level;
EXPORT_SYMBOL(level);
long long wide(long long value) { return value; }
EXPORT_SYMBOL(wide);
int main(void) { return 0; }
"""

COMPILERS = {
    "x86-64": ["gcc"],
    "arm": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"],
    "aarch64": ["aarch64-linux-gnu-gcc"],
    "riscv32": ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32"],
    # Clang makes no table of compilation units.
    "clang": ["clang"],
    "clang-arm": ["clang", "--target=arm-none-eabi", "-mcpu=cortex-m4", "-mthumb"],
}

# A declaration, how it is called, and what must be said of it: None, "warning" or "error".
DECLARATIONS = [
    ("struct pixel; int draw(const struct pixel *, unsigned);", "draw(0, 1)", None),
    ("int draw(void *, int);", "draw(0, 1)", None),
    ("void draw(void *, int);", "(draw(0, 1), 0)", "warning"),
    ("int draw();", "draw(0, 1)", None),
    ("int draw(void *);", "draw(0)", "error"),
    ("int draw(void *, int, int);", "draw(0, 1, 2)", "error"),
    ("int draw(void *, long long);", "draw(0, 1)", "error"),
    ("int draw(int, void *);", "draw(1, 0)", "error"),
    ("int draw(void *, short);", "draw(0, 1)", "warning"),
    ("int scale(int);", "scale(1)", "error"),
    ("float scale(float);", "(int)scale(1)", None),
    ("int trace(const char *);", "trace(0)", "error"),
    ("extern int level;", "level", None),
    ("int level(void);", "level()", "error"),
    ("int wide(int);", "wide(1)", "error"),
]


class References(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firmware = cls.path("fw")
        with open(cls.firmware + ".c", "w") as file:
            file.write(FIRMWARE)
        subprocess.run(["gcc", "-g", "-O1", INCLUDE, cls.firmware + ".c", "-o", cls.firmware,
                        "-Wl,-T," + EXPORT_SCRIPT], check=True)
        cls.tenon_kit = cls.path("kit")

    def object(self, name, source, *flags, compiler=("gcc",)):
        path = self.path(name)
        suffix = ".cpp" if "++" in compiler[0] else ".c"
        with open(path + suffix, "w") as file:
            file.write(source)
        subprocess.run([*compiler, "-g", "-O1", *flags, "-w", "-c", path + suffix, "-o", path], check=True)
        return path

    def test_where_it_is_referenced(self):
        source = "int drow(int);\nint other(int);\nint f(void)\n{\n\treturn drow(1) +\n\t\tother(2);\n}\n"
        names = self.write("names.txt", "draw\n")
        for machine, compiler in COMPILERS.items():
            with self.subTest(machine):
                path = self.object(machine + ".o", source, compiler=compiler)
                text = self.tenon("check", path, "-a", names, code=1).stdout
                self.assertRegex(text, rf"missing: drow .*referenced by {machine}\.o\.c:5\n")
                self.assertRegex(text, rf"missing: other .*referenced by {machine}\.o\.c:[56]\n")
        stripped = self.object("stripped.o", source, "-g0")
        self.assertNotIn("referenced by", self.tenon("check", stripped, "-a", names, code=1).stdout)

    def test_declarations(self):
        self.tenon("kit", self.firmware, "-o", self.tenon_kit)
        for number, (declaration, use, wanted) in enumerate(DECLARATIONS):
            path = self.object(f"d{number}.o", f"{declaration}\nint f(void) {{ return {use}; }}\n")
            for against in (self.firmware, self.tenon_kit):
                with self.subTest(declaration + " " + against):
                    result = self.check(path, "-a", against, code=1 if wanted == "error" else 0)["files"][0]
                    item = result["imports"][0]
                    self.assertEqual(item["declared"] is not None, wanted is not None, item)
                    self.assertEqual(item["wrong_call"], wanted == "error", item)
                    self.assertEqual(result["loads"], wanted != "error")
                    text = self.tenon("check", path, "-a", against, code=1 if wanted == "error" else 0).stdout
                    self.assertEqual(f"{wanted}: " in text, wanted is not None, text)

    def test_languages(self):
        path = self.object("cxx.o", "int draw(void *, int);\nextern \"C\" int f() { return draw(nullptr, 1); }\n",
                           compiler=["g++"])
        text = self.tenon("check", path, "-a", self.firmware, code=1).stdout
        self.assertIn('the firmware exports `draw`: declare it `extern "C"`', text)
        names = self.write("cxx.txt", "_Z4drawPvi\n")
        path = self.object("c.o", "int draw(void *, int);\nint f(void) { return draw(0, 1); }\n")
        text = self.tenon("check", path, "-a", names, code=1).stdout
        self.assertIn("the firmware exports the C++ function `draw(void*, int)`", text)

    def test_members_have_no_c_name(self):
        path = self.object("member.o", "struct T { void draw(int); static void draw(void *, int); };\n"
                           "namespace ui { int draw(); }\nextern \"C\" int f() { T t; t.draw(1); t.draw(nullptr, 1);"
                           " return ui::draw(); }\n", compiler=["g++"])
        text = self.tenon("check", path, "-a", self.firmware, code=1).stdout
        self.assertIn("T::draw(int)", text)
        self.assertNotIn('extern "C"', text)
        names = self.write("member.txt", "_ZN1T4drawEi\n")
        path = self.object("c.o", "int draw(void *, int);\nint f(void) { return draw(0, 1); }\n")
        self.assertNotIn('extern "C"', self.tenon("check", path, "-a", names, code=1).stdout)


if __name__ == "__main__":
    unittest.main()
