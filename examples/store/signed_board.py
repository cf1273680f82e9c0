#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""signed_board.py TENON KEYS SOURCES BUILD BOARDS: build the firmware with trust and BearSSL for mps2-an386, and
hold the dialogue of signed_session.py with it."""
import pathlib
import subprocess
import sys

import signed_session
from session import hold

HERE = pathlib.Path(__file__).resolve().parent


def call(*command):
    """A command that must succeed; its output where it does not."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(" ".join(map(str, command)) + "\n" + done.stdout)


def main():
    """Build, sign, talk."""
    tenon, keys, sources, build, boards = sys.argv[1:6]
    build, folder = pathlib.Path(build), pathlib.Path(keys) / "signed-board"
    call("cmake", "-S", HERE / "board", "-B", build, "-G", "Ninja", f"-DBEARSSL_SOURCES={sources}",
         f"-DKEYS={keys}", f"-DCMAKE_TOOLCHAIN_FILE={boards}/mps2-an386/toolchain.cmake")
    call("cmake", "--build", build, "-j", "2")
    folder.mkdir(exist_ok=True)
    signed_session.sign(tenon, pathlib.Path(keys), build, folder)
    return hold(signed_session.session, folder,
                [f"{boards}/run", "mps2-an386", str(build / "store_firmware.elf")])


if __name__ == "__main__":
    sys.exit(main())
