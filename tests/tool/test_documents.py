# SPDX-License-Identifier: Apache-2.0
"""Man page, completion and help: free of errors, and in step with each other."""

import os
import re
import subprocess
import unittest

from support import SOURCE, TENON, ToolTest

PAGE = os.path.join(SOURCE, "tool", "tenon.1")
INSTALLED = os.path.join(os.path.dirname(TENON), "tool", "documents")


class Documents(ToolTest):
    def commands(self):
        """What `tenon --help` lists, without `help` itself."""
        text = re.search(r"\nCommands:\n(.*?)\n\n", self.tenon("--help").stdout, re.S).group(1)
        return re.findall(r"(?m)^  (\w+)", text)[:-1]

    def help_options(self, command):
        text = self.tenon(command, "--help").stdout
        options = re.search(r"\nOptions:\n(.*?)\n\n", text, re.S).group(1)
        return set(re.findall(r"(?m)^ +(?:-\w, )?(--[a-z][a-z0-9-]*)", options))

    def test_man_page_is_clean(self):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", PAGE],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def page_text(self, page):
        text = subprocess.run(["mandoc", "-T", "utf8", page], stdout=subprocess.PIPE,
                              text=True, check=True).stdout
        return re.sub(".\b", "", text)

    def test_man_page_has_every_command_and_exit_code(self):
        text = self.page_text(PAGE)
        for command in self.commands():
            self.assertRegex(text, r"(?m)^ +" + command + r"\b")
        for code in ("0", "1", "2", "124", "128+n"):
            self.assertRegex(text.split("EXIT STATUS")[1].split("EXAMPLES")[0],
                             r"(?m)^ +" + re.escape(code) + r"\b")

    def test_pages_of_commands(self):
        """They are made of the help texts: nothing is lost on the way, and mandoc finds no fault."""
        for command in self.commands():
            page = os.path.join(INSTALLED, "man", f"tenon-{command}.1")
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            with open(page) as file:
                self.assertEqual(file.read(), self.tenon("help", "--man", command).stdout)
            text = " ".join(self.page_text(page).replace("tenon-", "tenon ").split())
            for line in self.tenon(command, "--help").stdout.splitlines():
                line = re.sub(r"^ *(-\w, )?(--[\w-]+)", r"\2", line)  # -x and --long are apart there
                for word in line.removeprefix("Usage: ").rstrip(":").split():
                    self.assertIn(word.lower(), text.lower())

    def complete(self, *words):
        script = f"""
            source {os.path.join(INSTALLED, "bash")} || exit 3
            complete -p tenon >/dev/null || exit 4
            COMP_WORDS=({" ".join(f"'{w}'" for w in words)}) COMP_CWORD={len(words) - 1}
            _tenon
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "-eu", "-c", script], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return set(done.stdout.split())

    def test_completion(self):
        self.assertEqual(self.complete("tenon", ""),
                         set(self.commands()) | {"help", "--help", "--version"})
        self.assertEqual(self.complete("tenon", "i"), {"inspect"})
        self.assertEqual(self.complete("tenon", "help", "ch"), {"check"})
        for command in self.commands():
            self.assertEqual(self.complete("tenon", command, "--"), self.help_options(command))
        path = os.path.basename(self.build("some.o", "int shown(void) { return 1; }"
                                                     "static int not(void) { return 2; }"))
        self.assertIn(path, self.complete("tenon", "inspect", "som"))
        self.assertEqual(self.complete("tenon", "run", path, "--call", ""), {"shown"})
        self.assertEqual(self.complete("tenon", "check", "--heap", "1"), {"1K", "16K", "1M", "16M"})

    def test_other_shells(self):
        for shell in ("zsh", "fish"):
            script = os.path.join(INSTALLED, shell)
            with open(script) as file:
                text = file.read()
            for command in self.commands():
                self.assertIn(command, text)
                for option in self.help_options(command):
                    self.assertIn(("--" if shell == "zsh" else "-l ") + option[2:], text)
            done = subprocess.run([shell, "-n", script], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_a_command_that_is_none(self):
        done = self.tenon("pakc", code=2)
        self.assertIn("did you mean 'pack'?", done.stderr)
        self.assertNotIn("mean", self.tenon("xyzzy", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
