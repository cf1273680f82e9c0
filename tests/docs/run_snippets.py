#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compile and run the programs in README.md and docs/: what a reader copies works as it stands.

A fenced block is part of a program where a comment before it says so:
    <!-- program NAME file FILE -->   the block is FILE of program NAME
    <!-- program NAME build -->       the shell commands that build it
    <!-- program NAME run -->         one shell command; with "output" next, what it prints
    <!-- program NAME output -->
In commands, $TENON is the source tree, $LIB the built library, and tenon the built command; $FREERTOS and
$LITTLEFS are where the headers of the user's kernel and file system are.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

BLOCK = re.compile(r"<!-- program (\S+) (file \S+|build|run|output) -->\s*```\w*\n(.*?)```", re.S)


def collect(root):
    """The programs in all documents, in the order of their parts."""
    programs = {}
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        for name, part, text in BLOCK.findall(path.read_text()):
            programs.setdefault(f"{path.stem}-{name}", []).append((part, text))
    return programs


def shell(command, folder, environment):
    """Run a command; the exit code and what it printed."""
    done = subprocess.run(["sh", "-e", "-c", command], cwd=folder, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout


def run(parts, folder, environment):
    """Build and run one program. None, or what is wrong."""
    printed = None
    for part, text in parts:
        if part.startswith("file "):
            path = folder / part.split()[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif part == "output":
            if printed != text:
                return f"printed\n{printed}\nbut the document says\n{text}"
        else:
            code, printed = shell(text, folder, environment)
            if code != 0:
                return f"exit code {code} from\n{text}\n{printed}"
    return None


def main():
    """Run all; 0 where every program does what its document says."""
    root = pathlib.Path(sys.argv[1]).resolve()
    scratch = pathlib.Path(sys.argv[3])
    # The user's own kernel and file system: stand-ins for them.
    stand_ins = str(root / "tests/rtos")
    environment = dict(os.environ, TENON=str(root), LIB=sys.argv[2],
                       FREERTOS=stand_ins + "/freertos", LITTLEFS=stand_ins + "/littlefs",
                       PATH=sys.argv[4] + os.pathsep + os.environ["PATH"])
    programs = collect(root)
    bad = len(programs) < 2
    for name, parts in programs.items():
        folder = scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        wrong = run(parts, folder, environment)
        if wrong:
            print(f"{name}: {wrong}")
            bad = True
    return bad


if __name__ == "__main__":
    sys.exit(main())
