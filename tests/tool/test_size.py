# SPDX-License-Identifier: Apache-2.0
"""tenon size and tenon graph."""

import json
import subprocess
import unittest

from support import ToolTest


class Size(ToolTest):
    def size(self, *args, code=0):
        return json.loads(self.tenon("size", "--json", *args, code=code).stdout)["files"]

    def test_parts_add_up_and_are_those_of_inspect(self):
        path = self.build("parts.o", "int data = 5; int zero[100]; const char text[] = \"abcdefgh\";"
                          "int f(int i) { return data + zero[i] + text[i]; }", "-O1")
        item, = self.size(path)
        memory = self.inspect(path)["memory"]
        self.assertEqual(item["total"], sum(item[part] for part in
                                            ("code", "constants", "data", "zeroed", "tables")))
        self.assertEqual(item["data"], 4)
        self.assertEqual(item["zeroed"], 400)
        self.assertEqual(item["tables"], memory["table_bytes"])
        self.assertGreater(item["code"], 0)

    def test_what_does_not_load_has_no_size(self):
        good = self.build("good.o", "int f(void) { return 1; }")
        bad = self.build("ifunc.o", "static int g(void) { return 1; } static int (*find(void))(void) { return g; }"
                         "int f(void) __attribute__((ifunc(\"find\")));")
        done = self.tenon("size", good, bad, code=1)
        self.assertIn("ifunc.o: ", done.stderr)
        self.assertIn("hint: ", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_budget(self):
        small = self.build("small.o", "int f(void) { return 1; }")
        large = self.build("large.o", "char b[100000]; int f(void) { return b[1]; }")
        self.tenon("size", "--budget", "16K", small)
        text = self.tenon("size", "--budget", "16K", small, large, code=1).stdout
        self.assertIn("large.o is over the budget of 16384 bytes by", text)
        self.assertNotIn("small.o is over", text)
        self.assertEqual([item["over_budget"] for item in self.size("--budget", "16K", small, large, code=1)],
                         [False, True])

    def test_budget_file(self):
        small = self.build("few.o", "int f(void) { return 1; }")
        large = self.build("many.o", "char b[9000]; int f(void) { return b[1]; }")
        other = self.build("else.o", "char b[9000]; int f(void) { return b[1]; }")
        file = self.write("budgets.txt", "# bytes\n* 4K\n\nfew.o 10 # far too little\nmany.o 16K\n")
        found = self.size("--budget", file, small, large, other, code=1)
        self.assertEqual([(item["budget"], item["over_budget"]) for item in found],
                         [(10, True), (16384, False), (4096, True)])
        self.tenon("size", "--budget", file, large)
        self.assertIsNone(self.size(large)[0]["budget"])
        for text in ("many.o\n", "many.o x\n", "many.o 1 2\n", "many.o 0\n"):
            bad = self.write("bad.txt", "* 1M\n" + text)
            self.assertIn("line 2 is not a name and a size", self.tenon("size", "--budget", bad, large, code=1).stderr)
        self.tenon("size", "--budget", self.path("none"), large, code=1)

    def test_against(self):
        path = self.build("grows.o", "char b[100]; int f(void) { return b[1]; }")
        old = self.write("old.json", self.tenon("size", "--json", path).stdout)
        self.build("grows.o", "char b[300]; int f(void) { return b[1]; }")
        other = self.build("new.o", "int f(void) { return 1; }")
        text = self.tenon("size", "--against", old, path, other).stdout
        self.assertRegex(text, r"grows\.o +\d+ +\+\d*2\d\d ")
        self.assertRegex(text, r"new\.o +\d+ +new")
        found = self.size("--against", old, path, other)
        self.assertEqual(found[0]["total"] - found[0]["before"], 200)
        self.assertIsNone(found[1]["before"])
        self.tenon("size", "--against", path, path, code=1)

    def test_width(self):
        path = self.build("wide.o", "char b[100]; int f(void) { return b[1]; }")
        for width in (60, 100):
            text = self.tenon("size", path, env={"COLUMNS": str(width)}).stdout
            bars = [line for line in text.splitlines() if line.startswith("wide.o")]
            self.assertLessEqual(max(map(len, bars)), width)
            self.assertGreater(max(map(len, bars)), width - 20)

    def test_wrong(self):
        self.tenon("size", code=2)
        self.tenon("size", "--budget", "x", "/nowhere", code=1)
        self.tenon("size", "/nowhere", code=1)


class Graph(ToolTest):
    def test_arrows(self):
        base = self.build("base.o", "int shared(void) { return 1; }")
        user = self.build("user.o", "int shared(void); int puts(const char *);"
                          "int f(void) { return shared() + puts(\"\"); }")
        lost = self.build("lost.o", "int nobody(void); int f(void) { return nobody(); }")
        text = self.tenon("graph", base, user).stdout
        self.assertIn('f1 -> f0 [label="shared"]', text)
        self.assertIn('f1 -> f2 [label="puts"]', text)
        names = self.write("names.txt", "puts\n")
        self.tenon("graph", base, user, "-a", names)
        text = self.tenon("graph", base, user, lost, "-a", names, code=1).stdout
        self.assertIn('f2 -> f4 [label="nobody" color=red', text)
        # dot reads it.
        done = subprocess.run(["dot", "-Tplain"], input=text, stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(done.stdout.count("\nedge "), 3)
        self.assertIn("</svg>", self.tenon("graph", "--svg", base, user).stdout)

    def test_wrong(self):
        self.tenon("graph", code=2)
        self.tenon("graph", "/nowhere", code=1)
        self.tenon("graph", self.write("text", "text"), code=1)


if __name__ == "__main__":
    unittest.main()
