# SPDX-License-Identifier: Apache-2.0
"""tenon abi: what changed between two versions of a firmware, with abidiff(1) as the judge."""

import json
import subprocess
import unittest

from support import EXPORT_SCRIPT, INCLUDE, ToolTest

VERSION_1 = """
#include <llext/symbol.h>
#include <stdbool.h>
struct node { struct node *next; int value; };
struct hidden;
enum color { RED, GREEN };
typedef int (*callback_t)(void *user, const char *name);
struct config {
	unsigned rate;
	enum color color;
	char name[12];
	struct { int x, y; } at;
	unsigned flag : 1, more : 3;
	callback_t cb;
};
int counter;
EXPORT_SYMBOL(counter);
int led_set(int led, bool on) { return led + on; }
EXPORT_SYMBOL(led_set);
int configure(const struct config *c, struct node **list) { return (int)c->rate + (list != 0); }
EXPORT_SYMBOL(configure);
void log_it(const char *fmt, ...) { (void)fmt; }
EXPORT_SYMBOL(log_it);
callback_t pick(enum color c) { (void)c; return 0; }
EXPORT_SYMBOL(pick);
struct hidden *handle(void) { return 0; }
EXPORT_SYMBOL(handle);
int gone(void) { return 0; }
EXPORT_SYMBOL(gone);
"""

# What is replaced, by what, and the change that must be found: kind, export.
CASES = [
    ("", "", None),
    ("bool on", "int on", ("prototype", "led_set")),
    ("int led_set(int led, bool on)", "int led_set(bool on, int led)", ("prototype", "led_set")),
    ("int led_set(int led, bool on)", "long led_set(int led, bool on)", ("prototype", "led_set")),
    ("unsigned rate;", "unsigned rate, extra;", ("type", "configure")),
    ("char name[12]", "char name[13]", ("type", "configure")),
    ("flag : 1, more : 3", "flag : 1, more : 4", ("type", "configure")),
    ("int x, y;", "int y, x;", ("type", "configure")),
    ("struct node *next; int value;", "struct node *next; long value;", ("type", "configure")),
    ("(void *user, const char *name)", "(void *user, char *name)", ("type", "configure")),
    ("RED, GREEN", "RED, YELLOW, GREEN", ("type", "pick")),
    ("int gone(void) { return 0; }\nEXPORT_SYMBOL(gone);", "", ("removed", "gone")),
    ("int counter;", "long counter;", ("prototype", "counter")),
    # Harmless.
    ("RED, GREEN", "RED, GREEN, BLUE", ("extended", "pick")),
    ("const char *fmt, ...) { (void)fmt; }", "const char *format, ...) { (void)format; }",
     ("renamed", "log_it")),
    ("struct hidden;", "struct hidden { int inside; };", None),
    ("int gone(void)", "int fresh(void) { return 1; }\nEXPORT_SYMBOL(fresh);\nint gone(void)", ("added", "fresh")),
]
# Changes on which abidiff is silent.
STRICTER = {"flag : 1, more : 4", "(void *user, char *name)"}
HARMLESS = {None, "extended", "renamed", "added"}


class Abi(ToolTest):
    def firmware(self, name, source):
        path = self.path(name)
        with open(path + ".c", "w") as file:
            file.write(source)
        subprocess.run(["gcc", "-g", "-O1", "-shared", "-fPIC", INCLUDE, path + ".c", "-o", path,
                        "-Wl,-T," + EXPORT_SCRIPT], check=True)
        return path

    def diff(self, *args, code=0):
        return json.loads(self.tenon("abi", "--json", "diff", *args, code=code).stdout)

    def test_every_change(self):
        old = self.firmware("old", VERSION_1)
        for number, (before, after, wanted) in enumerate(CASES):
            with self.subTest(after):
                self.assertIn(before, VERSION_1)
                new = self.firmware(f"new{number}", VERSION_1.replace(before, after, 1))
                kind = wanted[0] if wanted else None
                result = self.diff(old, new, code=0 if kind in HARMLESS else 1)
                self.assertEqual(result["compatible"], kind in HARMLESS)
                found = {(item["change"], item["export"]) for item in result["differences"]}
                if wanted is None:
                    self.assertEqual(found, set())
                else:
                    self.assertIn(wanted, found)
                    self.assertLessEqual({change for change, _ in found}, {kind, "type", "extended"}
                                         if kind == "extended" else {kind})
                # The same from what was kept, both ways round.
                kept = self.path("kept.json")
                with open(kept, "w") as file:
                    file.write(self.tenon("abi", "dump", old).stdout)
                self.assertEqual(self.diff(kept, new, code=0 if kind in HARMLESS else 1)["differences"],
                                 result["differences"])
                # abidiff: bit 2 (4): a change that may break; bit 3 (8): one that does.
                judge = subprocess.run(["abidiff", "--no-show-locs", old, new],
                                       stdout=subprocess.PIPE, text=True)
                if kind not in HARMLESS and after not in STRICTER:
                    self.assertNotEqual(judge.returncode, 0, judge.stdout)
                if before == after:
                    self.assertEqual(judge.returncode, 0, judge.stdout)

    def test_append_only(self):
        old = self.firmware("a", VERSION_1)
        renamed = self.firmware("b", VERSION_1.replace("int led,", "int lamp,").replace("led + on", "lamp + on"))
        self.tenon("abi", "diff", old, renamed)
        self.tenon("abi", "--append-only", "diff", old, renamed, code=1)
        more = self.firmware("c", VERSION_1 + "int z(void) { return 1; }\nEXPORT_SYMBOL(z);\n")
        self.tenon("abi", "--append-only", "diff", old, more)

    def test_extensions(self):
        old = self.firmware("o", VERSION_1)
        new = self.firmware("n", VERSION_1.replace("bool on", "int on"))
        uses = self.build("uses.o", "int led_set(int, int); int f(void) { return led_set(1, 1); }")
        other = self.build("other.o", "int counter; int gone(void); int f(void) { return gone(); }")
        self.assertIn("works with both", self.tenon("abi", "diff", old, new, other).stdout)
        self.assertIn("uses led_set (prototype)", self.tenon("abi", "diff", old, new, other, uses, code=1).stdout)
        result = self.diff(old, new, uses, code=1)
        self.assertEqual(result["files"], [{"file": uses, "broken_imports": ["led_set"]}])

    def test_hostile_names(self):
        """Of functions and types: the JSON is valid, and a terminal gets no orders."""
        old = self.firmware("o", VERSION_1)
        new = self.firmware("n", VERSION_1.replace("bool on", "int on"))
        uses = self.build("uses.o", "int led_set(int, int); int f(void) { return led_set(1, 1); }")
        for path in old, new, uses:
            self.write(path, self.read(path).replace(b"led_set", b"l\x1b[m\xff\nt").replace(b"color\0", b"co\xfe\n~\0"))
        self.assertEqual(self.diff(old, new, uses, code=1)["files"],
                         [{"file": uses, "broken_imports": ["l\\x1b[m\\xff\\x0at"]}])
        types = json.loads(self.tenon("abi", "dump", old).stdout)
        self.assertIn("enum co\\xfe\\x0a~", [t["name"] for t in types["types"]])
        self.assertIn("enum co\\xfe\\x0a~", types["exports"][0]["types"])
        self.assertIn("uses l\\x1b[m\\xff\\x0at (prototype)", self.tenon("abi", "diff", old, new, uses, code=1).stdout)

    def test_without_debug_information(self):
        path = self.firmware("d", VERSION_1)
        subprocess.run(["strip", "--strip-debug", path], check=True)
        result = json.loads(self.tenon("abi", "dump", path).stdout)
        self.assertEqual({item["prototype"] for item in result["exports"]}, {None})

    def test_wrong(self):
        self.tenon("abi", code=2)
        self.tenon("abi", "show", code=2)
        self.tenon("abi", "dump", code=2)
        self.tenon("abi", "diff", "one", code=2)
        self.tenon("abi", "dump", "/nowhere", code=1)
        for text in ("{", "{}", '{"schema": 1}', '{"schema": 1, "machine": "x", "exports": [{}]}',
                     '{"schema": 1, "machine": "x", "exports": [], "types": [{"name": "a"}]}'):
            path = self.path("bad.json")
            with open(path, "w") as file:
                file.write(text)
            self.assertIn("not what tenon abi dump prints", self.tenon("abi", "dump", path, code=1).stderr)


if __name__ == "__main__":
    unittest.main()
