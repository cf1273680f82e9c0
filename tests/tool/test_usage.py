# SPDX-License-Identifier: Apache-2.0
"""Wrong usage, help, version, colours."""

import os
import re
import subprocess
import unittest

from support import TENON, ToolTest

COMMANDS = ["run", "inspect", "check"]


class NoElf(ToolTest):
    def test_the_same_everywhere(self):
        """What is no ELF file is called so by each command, and what to do with an archive is said."""
        firmware = self.build("f.o", "int f(void) { return 0; }")
        members = self.build("member.o", "int member(void) { return 1; }")
        library, archive = self.path("lib.a"), self.path("lib.tar")
        subprocess.run(["ar", "rc", library, members], check=True)
        subprocess.run(["tar", "-cf", archive, "-C", self.folder, "member.o"], check=True)
        for path, words in ((self.write("text.o", "text"), "not an ELF file"),
                            (library, "link it first, with ld -r --whole-archive"),
                            (archive, "unpack it, and link the objects in it with ld -r"),
                            (self.write("plain.bc", b"BC\xc0\xde" + bytes(40)), "LLVM's bytecode"),
                            (self.write("wrapped.bc", b"\xde\xc0\x17\x0b" + bytes(40)), "with -fno-lto"),
                            (self.write("empty.o", b""), "it is empty"),
                            (self.write("cut.o", b"\177EL"), "it ends too early"),
                            (self.write("mach.o", b"\xcf\xfa\xed\xfe" + bytes(40)), "Mach-O"),
                            (self.write("coff.o", b"\x64\x86\3\0" + bytes(40)), "COFF"),
                            (self.write("pe.exe", b"MZ" + bytes(40)), "COFF"),
                            (self.write("w.o", b"\0asm\1\0\0\0"), "WebAssembly"),
                            (self.write("f.o.gz", b"\x1f\x8b\x08\0" + bytes(40)), "unpack it first"),
                            (self.write("f.uf2", b"UF2\n" + bytes(40)), "image for a flash tool"),
                            (self.write("f.hex", ":10010000214601360121470136007EFE09D2190140\n"), "image for a flash tool"),
                            (self.write("script.so", "GROUP ( libc.so.6 )\n"), "but text"),
                            (self.write("zeros.o", bytes(40)), "not an ELF file")):
            for command in (["run"], ["inspect"], ["size"], ["pack", "-o", self.path("out")], ["exports"],
                            ["graph"], ["report", "-o", self.path("out")]):
                with self.subTest(command=command, path=path):
                    done = self.tenon(*command, path, code=1)
                    self.assertIn(words, done.stderr)
                    self.assertIn("not an ELF file", done.stderr)
            for command in (["check", "-a", TENON], ["doctor"]):
                with self.subTest(command=command, path=path):
                    done = self.tenon(*command, path, code=1)
                    self.assertIn(words, done.stdout)
                    self.assertIn("not an ELF file", done.stdout)


class Usage(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = cls.build("good.o", "int f(int x) { return x; }")

    def test_the_option_at_fault(self):
        for args, option in ((["explain", "-x"], "-x"), (["explain", "--json", "-6x"], "-6"), (["check", "-x"], "-x"),
                             (["check", self.good, "--bogus", "-a"], "--bogus"), (["size", "--json=1", self.good], "--json=1"),
                             (["check", "-jx", self.good], "-jx"), (["check", self.good, "-a"], "-a")):
            with self.subTest(args):
                self.assertRegex(self.tenon(*args, code=2).stderr, rf"(no option '{option}'|'{option}' needs a value)\n")

    def test_wrong(self):
        good = self.good
        for args in ([], ["frobnicate"], ["help", "frobnicate"], ["help", "run", "check"], ["--bogus"],
                     ["run"], ["run", "--bogus", good], ["run", good, "-x"], ["run", "--heap"],
                     ["run", good, "--heap", "12"], ["run", good, "--heap", "many"],
                     ["run", good, "--heap", "1M1"], ["run", good, "--heap", "-1"],
                     ["run", good, "--heap", "99999999999999999999"], ["run", good, "--call"],
                     ["run", good, "--call="], ["run", "--call", "f", "1"],
                     ["run", good, "--call", "f", "1", "2", "3", "4", "5"],
                     ["run", good, "--call", "f", "1x"], ["run", good, "--call", "f", "2147483648"],
                     ["run", good, "--call", "f", "0x100000000"],
                     ["run", good, "--call", "f", "--1"], ["run", good, "--call", "f", "x"],
                     ["run", good, "--xml"], ["run", good, "--verbose=2"], ["run", "--board"],
                     ["run", good, "--timeout", "0"], ["run", good, "--timeout", "soon"],
                     ["run", good, "--timeout", "86401"], ["run", "--list-boards=x"],
                     ["inspect"], ["inspect", good, good], ["inspect", "--call", good],
                     ["inspect", "--heap-at", "here", good], ["inspect", "--heap-at"],
                     ["inspect", "--heap", "0", good], ["inspect", "--firmware-at", "-1", good],
                     ["check"], ["check", good], ["check", "--against", good],
                     ["check", good, "--against"], ["check", "--heap", "x", good, "-a", good]):
            with self.subTest(args=args):
                done = self.tenon(*args, code=2)
                self.assertEqual(done.stdout, "")
                self.assertNotEqual(done.stderr, "")
                if args:
                    self.assertRegex(done.stderr, r"^tenon: .*\nTry 'tenon (\w+ )?--help'\.\n$")

    def test_help(self):
        texts = {self.tenon("help").stdout, self.tenon("--help").stdout, self.tenon("-h").stdout,
                 self.tenon("help", "help").stdout, self.tenon("help", "--help").stdout}
        self.assertEqual(len(texts), 1)
        text = texts.pop()
        for command in COMMANDS:
            self.assertRegex(text, r"(?m)^  %s +\w" % command)
            one = self.tenon(command, "--help").stdout
            self.assertEqual(one, self.tenon("help", command).stdout)
            self.assertEqual(one, self.tenon(command, "no-such-file", "-h").stdout)
            self.assertTrue(one.startswith("Usage: tenon " + command))
            for part in ("\nOptions:\n", "\nExamples:\n  tenon " + command, "\nExit status:\n  0 "):
                self.assertIn(part, one)

    def test_help_fits_a_terminal(self):
        commands = re.findall(r"(?m)^  (\w+)  +\w", self.tenon("help").stdout)
        self.assertGreater(len(commands), 20)
        for command in ["help", *commands]:
            for line in self.tenon("help", command).stdout.splitlines():
                with self.subTest(command=command):
                    self.assertLessEqual(len(line), 80, line)

    def test_example_of_the_help(self):
        """What the help tells a newcomer to type works as it stands."""
        text = self.tenon("--help").stdout
        lines = re.search(r"Try it:\n((?:  .*\n)+)", text).group(1)
        script = "set -e\n" + lines.replace("tenon ", TENON + " ")
        done = subprocess.run(["sh", "-c", script], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith("add(1, 2) = 3\n"), done.stdout)

    def test_version(self):
        expected = "tenon " + os.environ["TENON_VERSION"] + "\n"
        self.assertEqual(self.tenon("--version").stdout, expected)
        self.assertEqual(self.tenon("-V").stdout, expected)

    def test_dashes_end_options(self):
        path = self.build("--help", "int f(int x) { return x; }")
        done = subprocess.run([TENON, "run", "--", "--help"], cwd=self.folder, stdout=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        os.remove(path)

    def on_terminal(self, *args, **env):
        """What the command writes where its output is a terminal."""
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        done = subprocess.run(["script", "-qec", " ".join([TENON, *args]), "/dev/null"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              env={**environment, "TERM": "xterm", **env}, text=True)
        return done.stdout

    def test_colours(self):
        for args in (["inspect", self.good], ["--help"], ["run", "nothing.o"]):
            with self.subTest(args=args):
                self.assertIn("\033[", self.on_terminal(*args))
                self.assertIn("\033[", self.on_terminal(*args, NO_COLOR=""))
                self.assertNotIn("\033[", self.on_terminal(*args, NO_COLOR="1"))
                self.assertNotIn("\033[", self.on_terminal(*args, TERM="dumb"))
        self.assertNotIn("\033[", self.tenon("inspect", self.good).stdout)
        self.assertNotIn("\033[", self.on_terminal("inspect", "--json", self.good))


if __name__ == "__main__":
    unittest.main()
