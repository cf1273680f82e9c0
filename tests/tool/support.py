# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: compile a file, run the command, look at what it says."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

TENON = os.environ["TENON"]
SOURCE = os.environ["TENON_SOURCE"]
INCLUDE = "-I" + os.path.join(SOURCE, "include")
EXPORT_SCRIPT = os.path.join(SOURCE, "cmake", "llext_export.ld")


class ToolTest(unittest.TestCase):
    """A folder of its own for each class, and the calls that every test makes."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tenon-tool-")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def write(cls, name, text):
        os.makedirs(os.path.dirname(cls.path(name)), exist_ok=True)
        with open(cls.path(name), "w" if isinstance(text, str) else "wb") as out:
            out.write(text)
        return cls.path(name)

    @classmethod
    def read(cls, path):
        with open(path, "rb") as file:
            return file.read()

    @classmethod
    def build(cls, name, code, *flags, compiler="gcc", link=False):
        """Compile code (C, or C++ where the compiler's name says so) to the file name."""
        suffix = ".cpp" if "++" in compiler.split()[0] else ".c"
        source = cls.write(name + suffix, code)
        command = compiler.split() + [source, "-o", cls.path(name), *flags]
        if not link:
            command.append("-c")
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120)
        if done.returncode != 0:
            raise AssertionError(" ".join(command) + "\n" + done.stdout)
        return cls.path(name)

    def tenon(self, *args, code=0, env=None, stdin=""):
        """Run the command; it must exit with code."""
        done = subprocess.run([TENON, *args], input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=60,
                              env={**os.environ, **(env or {})})
        if code is not None:
            self.assertEqual(done.returncode, code,
                             "tenon " + " ".join(args) + "\n" + done.stdout + done.stderr)
        return done

    def inspect(self, path, *args, code=0):
        return json.loads(self.tenon("inspect", "--json", path, *args, code=code).stdout)

    def check(self, *args, code=0):
        return json.loads(self.tenon("check", "--json", *args, code=code).stdout)


def has(program):
    return shutil.which(program) is not None
