# SPDX-License-Identifier: Apache-2.0
"""Man page, completion and help: free of errors, and in step with each other."""

import os
import re
import subprocess
import unittest

from support import SOURCE, ToolTest

COMMANDS = ["run", "inspect", "check", "pack", "unpack"]
PAGE = os.path.join(SOURCE, "tool", "tenon.1")
COMPLETION = os.path.join(SOURCE, "tool", "tenon.bash")


class Documents(ToolTest):
    def help_options(self, command):
        text = self.tenon(command, "--help").stdout
        options = re.search(r"\nOptions:\n(.*?)\n\n", text, re.S).group(1)
        return set(re.findall(r"(?m)^ +(?:-\w, )?(--[a-z][a-z0-9-]*)", options))

    def test_man_page_is_clean(self):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", PAGE],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def page_text(self):
        text = subprocess.run(["mandoc", "-T", "utf8", PAGE], stdout=subprocess.PIPE,
                              text=True, check=True).stdout
        return re.sub(".\b", "", text)

    def test_man_page_has_every_option_and_exit_code(self):
        text = self.page_text()
        for command in COMMANDS:
            self.assertIn("tenon " + command, text)
            for option in self.help_options(command):
                self.assertIn(option, text)
        for code in ("0", "1", "2", "124", "128+n"):
            self.assertRegex(text.split("EXIT STATUS")[1].split("EXAMPLES")[0],
                             r"(?m)^ +" + re.escape(code) + r"\b")

    def complete(self, *words):
        script = f"""
            source {COMPLETION} || exit 3
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
                         {"run", "inspect", "check", "pack", "unpack", "help", "--help", "--version"})
        self.assertEqual(self.complete("tenon", "i"), {"inspect"})
        self.assertEqual(self.complete("tenon", "help", "c"), {"check"})
        for command in COMMANDS:
            self.assertEqual(self.complete("tenon", command, "-"), self.help_options(command))
        path = os.path.basename(self.build("some.o", "int shown(void) { return 1; }"
                                                     "static int not(void) { return 2; }"))
        self.assertIn(path, self.complete("tenon", "inspect", "som"))
        self.assertEqual(self.complete("tenon", "run", path, "--call", ""), {"shown"})
        self.assertEqual(self.complete("tenon", "check", "--heap", "1"), {"1M", "16M"})


if __name__ == "__main__":
    unittest.main()
