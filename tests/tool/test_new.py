# SPDX-License-Identifier: Apache-2.0
"""tenon new and tenon build: a newcomer's first minutes."""

import json
import os
import shutil
import subprocess
import unittest

from support import SOURCE, TENON, ToolTest


class New(ToolTest):
    def new(self, *args):
        return subprocess.run([TENON, "new", *args], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def build(self, folder, *args, code=0):
        done = subprocess.run([TENON, "build", folder, *args], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              env={key: value for key, value in os.environ.items() if key != "TENON_TOOL"})
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout

    def read(self, *path):
        with open(os.path.join(self.folder, *path)) as file:
            return file.read()

    def test_it_builds_at_once(self):
        for name, language in (("first", "c"), ("second", "c++")):
            done = self.new(name, "--lang", language)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn(f"{name}_add(2, 3) = 5", self.build(name, "--test"))
            # With CMake, the same.
            os.remove(os.path.join(self.folder, name, "Makefile"))
            self.assertIn("100% tests passed", self.build(name, "--test"))

    def test_a_broken_test_fails(self):
        self.new("wrong")
        source = self.read("wrong", "wrong.c")
        with open(os.path.join(self.folder, "wrong", "wrong.c"), "w") as file:
            file.write(source.replace("a + b", "a - b"))
        self.assertIn("should be 5", self.build("wrong", "--test", code=1))

    def test_watch(self):
        """What is changed is built and run again."""
        self.new("watched")
        folder = os.path.join(self.folder, "watched")
        source = self.read("watched", "watched.c")
        run = subprocess.Popen([TENON, "run", "--watch", "watched.llext", "--call", "watched_add", "2", "3"],
                               cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

        def result():
            for line in run.stdout:
                if line.startswith("watched_add"):
                    return line
            return None

        try:
            self.assertEqual(result(), "watched_add(2, 3) = 5\n")
            for text, value in ((source.replace("a + b", "a * b"), 6), (source.replace("a + b", "b - a"), 1)):
                with open(os.path.join(folder, "watched.c"), "w") as file:
                    file.write(text)
                self.assertEqual(result(), f"watched_add(2, 3) = {value}\n")
        finally:
            run.kill()
            run.communicate()

    def test_a_cross_compiler(self):
        self.new("cross")
        done = subprocess.run(["make", "CC=arm-none-eabi-gcc", "CFLAGS=-mcpu=cortex-m4 -mthumb -Os"],
                              cwd=os.path.join(self.folder, "cross"), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.inspect(os.path.join(self.folder, "cross", "cross.llext"))["machine"], "arm")

    def test_vscode(self):
        self.new("code", "--vscode")
        for name in ("tasks", "c_cpp_properties"):
            json.loads(self.read("code", ".vscode", name + ".json"))

    def test_a_kit(self):
        kit = os.path.join(self.folder, "kit")
        os.makedirs(os.path.join(kit, "include"))
        shutil.copytree(os.path.join(SOURCE, "include", "llext"), os.path.join(kit, "include", "llext"))
        with open(os.path.join(kit, "Makefile.cflags"), "w") as file:
            file.write("LLEXT_EDK_COMPILER = cc\n"
                       "LLEXT_CFLAGS = -Os -DFROM_THE_KIT -DLL_EXTENSION_BUILD -I$(LLEXT_EDK_INSTALL_DIR)/include\n")
        self.assertEqual(self.new("guest", "--kit", "kit").returncode, 0)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "guest", "include")))
        output = self.build("guest", "--test")
        self.assertIn("-DFROM_THE_KIT", output)
        self.assertIn("guest_add(2, 3) = 5", output)
        done = self.new("other", "--kit", "nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no unpacked development kit", done.stdout)

    def test_wrong(self):
        self.assertEqual(self.new("twice").returncode, 0)
        before = self.read("twice", "twice.c")
        done = self.new("twice", "--lang", "c++")
        self.assertEqual((done.returncode, "File exists" in done.stdout), (1, True))
        self.assertEqual(self.read("twice", "twice.c"), before)
        for name in ("", "1st", "a-b", "../x", "sixteen_letters_"):
            self.assertEqual(self.new(name).returncode, 2)
        self.assertEqual(self.new("x", "--lang", "ada").returncode, 2)
        self.assertEqual(self.new().returncode, 2)
        os.makedirs(os.path.join(self.folder, "empty"))
        self.assertIn("neither a Makefile", self.build("empty", code=1))
        self.build("nowhere", code=1)


if __name__ == "__main__":
    unittest.main()
