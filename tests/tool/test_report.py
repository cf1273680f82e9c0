# SPDX-License-Identifier: Apache-2.0
"""tenon report: the page is whole, says what is so, and can be read by everybody."""

import html.parser
import os
import re
import unittest

from support import EXPORT_SCRIPT, INCLUDE, SOURCE, ToolTest

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(html.parser.HTMLParser):
    """The page's elements, and what is wrong with how they are nested."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.ids, self.links, self.tags = [], [], [], [], []
        self.words, self.levels = [], []
        self.feed(text)
        self.wrong += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag not in VOID:
            self.open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if found.get("href", "").startswith("#"):
            self.links.append(found["href"][1:])
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> ends what is not open")

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    def text(self):
        return " ".join(" ".join(self.words).split())


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    """As the Web Content Accessibility Guidelines define it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Report(ToolTest):
    def report(self, *paths, code=0):
        out = self.path("report.html")
        self.tenon("report", "-o", out, *paths, code=code)
        text = self.read(out).decode()
        return text, Page(text)

    def files(self):
        effect = self.build("effect.o", "extern int add(int, int); int table[50] = {1}; char zero[300];"
                            "int twice(int n) { return add(n, table[n]) + zero[n]; }", "-O1", "-fno-pic", "-g")
        user = self.build("user.o", "int twice(int); int four(int n) { return twice(twice(n)); }", "-O1")
        return effect, user

    def test_it_is_whole_and_stands_alone(self):
        text, page = self.report(*self.files())
        self.assertEqual(page.wrong, [])
        self.assertEqual(len(page.ids), len(set(page.ids)))
        self.assertLessEqual(set(page.links), set(page.ids))
        self.assertNotRegex(text, r"https?://")
        self.assertNotIn("<script", text)

    def test_what_it_says_is_what_inspect_says(self):
        effect, user = self.files()
        text, page = self.report(effect, user)
        found = self.inspect(effect)
        words = page.text()
        for region in found["regions"]:
            if region["name"] in ("data", "bss"):
                self.assertIn(f"{region['bytes']}", words)
        self.assertIn(f"Relocations: {sum(entry['count'] for entry in found['relocations'])}", words)
        for entry in found["relocations"]:
            self.assertRegex(words, rf"{entry['name']} .*?{entry['count']}")
        # Who uses what: user.o of effect.o, effect.o of the firmware.
        self.assertRegex(words, r"user\.o effect\.o twice")
        self.assertRegex(words, r"effect\.o the firmware add")

    def test_what_the_firmware_lacks(self):
        """With a firmware, a file whose imports nobody has does not load, and the page says so at its top."""
        effect, user = self.files()
        firmware = self.build("fw", "#include <llext/symbol.h>\nint other(void) { return 1; } EXPORT_SYMBOL(other);"
                              "int main(void) { return 0; }", INCLUDE, "-Wl,-T," + EXPORT_SCRIPT, link=True)
        _, page = self.report(effect, user)
        self.assertRegex(page.text(), r"effect\.o \d+ yes user\.o \d+ yes")
        _, page = self.report(effect, user, "--against", firmware, code=1)
        self.assertRegex(page.text(), r"effect\.o \d+ no user\.o \d+ yes")
        self.assertRegex(page.text(), r"loads no : 1 import is missing")

    def test_what_the_firmware_cannot_run(self):
        effect, _ = self.files()
        compiler = "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -ffreestanding -nostdlib"
        hard = self.build("hard.o", "float half(float x) { return x / 2; }", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16",
                          compiler=compiler)
        script = self.write("soft.ld", "SECTIONS { .text : { *(.text*) *(.rodata*) } .llext_export : {"
                            "__llext_export_start = .; KEEP(*(.llext_export.*)) __llext_export_end = .; } }")
        soft = self.build("soft.elf", "#include <llext/symbol.h>\nvoid _start(void) {} EXPORT_SYMBOL(_start);", INCLUDE,
                          "-mfloat-abi=soft", "-Wl,-T," + script, compiler=compiler, link=True)
        _, page = self.report(effect, "--against", soft, code=1)
        self.assertRegex(page.text(), r"loads no : for x86-64, and the firmware is for Arm")
        _, page = self.report(hard, "--against", soft, code=1)
        self.assertRegex(page.text(), r"loads no : it has ")

    def test_packing_saves_what_pack_saves(self):
        effect, _ = self.files()
        packed = self.path("effect.llext")
        self.tenon("pack", effect, "-o", packed)
        _, page = self.report(effect)
        self.assertRegex(page.text(), rf"bytes of the file {os.path.getsize(effect)} {os.path.getsize(packed)}")
        _, page = self.report(packed)
        self.assertIn("It is packed already.", page.text())

    def test_against_a_list(self):
        effect, user = self.files()
        names = self.write("names.txt", "other\n")
        out = self.path("report.html")
        self.tenon("report", "-o", out, "--against", names, effect, user, code=1)
        self.assertRegex(Page(self.read(out).decode()).text(), r"effect\.o missing add")

    def test_hostile_names(self):
        wanted = b'<script>alert(1)</script>"&'
        name = "x" * len(wanted)
        path = self.build("evil.o", f"int {name}(void) {{ return 1; }}")
        self.write("evil.o", self.read(path).replace(name.encode(), wanted))
        text, page = self.report(path)
        self.assertEqual(page.wrong, [])
        self.assertNotIn("<script", text)
        self.assertIn("alert(1)", page.text())

    def test_everybody_can_read_it(self):
        _, page = self.report(*self.files())
        for tag, attrs in page.tags:
            if tag == "svg":
                self.assertEqual(attrs.get("role"), "img")
                self.assertIn(attrs["aria-labelledby"], page.ids)
            if tag == "th":
                self.assertIn(attrs.get("scope"), ("col", "row"))
            if tag == "html":
                self.assertEqual(attrs["lang"], "en")
        self.assertEqual(page.levels[0], 1)
        self.assertTrue(all(after <= before + 1 for before, after in zip(page.levels, page.levels[1:])))

    def test_contrast(self):
        with open(os.path.join(SOURCE, "tool/report/style.css")) as file:
            modes = re.findall(r":root \{(.*?)\}", file.read(), re.S)
        self.assertEqual(len(modes), 2)
        for mode in modes:
            colour = dict(re.findall(r"--(\w+): (#\w+)", mode))
            for name in ("text", "dim", "link", "good", "bad"):
                self.assertGreaterEqual(contrast(colour[name], colour["back"]), 4.5, name)
            for name in ("code", "constant", "data", "zero", "table", "other", "debug"):
                self.assertGreaterEqual(contrast(colour["text"], colour[name]), 4.5, name)

    def test_wrong(self):
        effect, _ = self.files()
        self.tenon("report", code=2)
        self.tenon("report", "--no-such", effect, code=2)
        self.tenon("report", "/nowhere", code=1)
        self.tenon("report", "-o", effect, effect, code=1)
        self.tenon("report", "-o", "/nowhere/page.html", effect, code=1)


if __name__ == "__main__":
    unittest.main()
