# SPDX-License-Identifier: Apache-2.0
"""Names that are orders to a terminal, or no UTF-8: no command prints one as it is, in words or in JSON."""

import json
import os
import re
import subprocess
import unittest

from support import EXPORT_SCRIPT, INCLUDE, TENON, ToolTest

# In place of a name's beginning: ESC [2J, no UTF-8, a new line.
EVIL = b"\033[2J\xff\n"
# Likewise, and a mark that turns the direction of writing.
PATH = b"na\033[31m\xff\xe2\x80\xae\nme.o"
EXTENSION = """
#include <llext/symbol.h>
int imported_a(int); extern int shared_abc; __attribute__((weak)) int perhaps_ab(void);
int variable_a = 5; static __thread int local_abcd;
__attribute__((section(".text.secti"))) int function_a(int x)
{
	return imported_a(x) + shared_abc + (perhaps_ab ? perhaps_ab() : 0) + local_abcd++;
}
__attribute__((section(".data.sect_a"))) int in_data_ab = 4;
static int static_fun(int x) { return x * variable_a; } int (*pointer_ab)(int) = static_fun;
EXPORT_SYMBOL(function_a);
EXPORT_SYMBOL(variable_a);
"""
FIRMWARE = """
#include <llext/symbol.h>
struct structure_ { int x; };
int shared_abc = 4; int imported_a(struct structure_ *at) { return at->x; }
EXPORT_SYMBOL(shared_abc);
EXPORT_SYMBOL(imported_a);
int main(void) { return 0; }
"""
NAMES = [b"imported_a", b"shared_abc", b"perhaps_ab", b"variable_a", b"local_abcd", b"text.secti", b"data.sect_a",
         b"in_data_ab", b"static_fun", b"pointer_ab", b"function_a", b"structure_"]
ORDERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]|^me\\.o", re.M)
COMMANDS = """
inspect FILE;inspect --json FILE;inspect --map FILE;size FILE;size --json FILE;size FILE --against GOOD;run FILE;run --json FILE
run FILE GOOD --call function_a;run FILE EVIL;run --sandbox FILE;graph FILE GOOD;graph FILE --against EVIL;exports FILE;exports EVIL
check FILE -a EVIL;check --json FILE -a EVIL;check FILE -a GOOD;check FILE -a FILE;check --json --sandbox FILE -a EVIL
pack FILE -o packed;pack --json FILE -o packed;inspect packed;inspect --json packed;unpack packed -o plain
pack FILE -o bound --bind EVIL --debug-file FILE;pack FILE -o kept --write-debug debug --keep-sections;abi dump EVIL
abi diff EVIL FIRMWARE FILE;abi diff --json EVIL FIRMWARE FILE;abi diff --json FIRMWARE EVIL FILE;explain FILE
report FILE -a EVIL -o page.html;kit EVIL -o kit;verify FILE;verify --json FILE;sign FILE --key FILE -o signed
symbolize FILE;run FILE -b FILE;doctor --json --against EVIL;FILE;key pub FILE;inspect --FILE;new FILE
""".strip().replace("\n", ";").split(";")


class Names(ToolTest):
    def test_no_name_is_printed_as_it_is(self):
        good = self.build("good.o", EXTENSION, "-g", "-O1", "-fno-pic", "-mcmodel=large", INCLUDE, "-DLL_EXTENSION_BUILD")
        shared = self.build("good.so", EXTENSION, "-g", "-O1", "-fpic", "-shared", "-nostdlib", INCLUDE,
                            "-DLL_EXTENSION_BUILD", link=True)
        firmware = self.build("good.elf", FIRMWARE, "-g", "-static", INCLUDE, "-Wl,-T," + EXPORT_SCRIPT, link=True)
        for path, to in (good, PATH), (shared, b"evil.so"), (firmware, b"evil.elf"):
            data = self.read(path)
            for name in NAMES:
                data = data.replace(name, EVIL + name[len(EVIL):])
            with open(os.path.join(os.fsencode(self.folder), to), "wb") as file:
                file.write(data)
        for path in PATH, b"evil.so":
            words = {"FILE": path, "GOOD": b"good.o", "FIRMWARE": b"good.elf", "EVIL": b"evil.elf", "--FILE": b"--" + path}
            for command in COMMANDS:
                arguments = [words.get(word, word.encode()) for word in command.split()]
                with self.subTest(command=command, path=path):
                    done = subprocess.run([TENON.encode(), *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
                    self.assertIn(done.returncode, (0, 1, 2))
                    for text in done.stdout.decode(), done.stderr.decode():
                        self.assertIsNone(ORDERS.search(text), text)
                    if "--json" in command:
                        json.loads(done.stdout)
        for name in "page.html", "kit/kit.json", "kit/README.md":
            self.assertNotIn(b"\033", self.read(self.path(name)))


if __name__ == "__main__":
    unittest.main()
