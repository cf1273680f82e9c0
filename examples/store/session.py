#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""session.py FOLDER PROGRAM...: a day in the life of the firmware, over its console. FOLDER has the
versions of the codec. PROGRAM is the process with its flash file, which ends at each reset and is
started again, or boards/run BOARD FIRMWARE, which goes on. Prints the dialogue; 1 if an answer is wrong."""
import hashlib
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import time
import tty


class Console:
    """Lines to and from the firmware."""

    def __init__(self, program):
        self.program = program
        self.is_board = "boards/run" in program[0]
        self.rest = b""
        self.start()

    def start(self):
        """Power on."""
        if not self.is_board:
            self.device = subprocess.Popen(self.program, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                           start_new_session=True)
            self.input, self.output = self.device.stdin.fileno(), self.device.stdout.fileno()
            return
        env = dict(os.environ, BOARD_TIMEOUT="110", BOARD_ICOUNT="0", BOARD_QEMU="-serial pty")
        self.device = subprocess.Popen(self.program, env=env, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        while True:
            line = self.device.stdout.readline().decode()
            found = re.search(r"(/dev/pts/\d+)", line)
            if found:
                break
            if not line:
                sys.exit("the emulator names no terminal")
        self.input = self.output = os.open(found.group(1), os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.input)

    def reset(self):
        """Power off and on again, as the firmware was told already."""
        if self.is_board:
            return
        self.device.wait(timeout=20)
        self.start()

    def send(self, line):
        """A line, in pieces that a serial port without flow control takes."""
        data = line.encode() + b"\n"
        for start in range(0, len(data), 8):
            os.write(self.input, data[start:start + 8])
            if self.is_board:
                time.sleep(0.002)

    def line(self):
        """The next line, without its end."""
        limit = time.monotonic() + 30
        while b"\n" not in self.rest:
            if not select.select([self.output], [], [], max(0, limit - time.monotonic()))[0]:
                raise RuntimeError("no answer")
            got = os.read(self.output, 4096)
            if not got:
                raise RuntimeError("the firmware has ended")
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode().rstrip("\r")

    def close(self):
        """End what was started here."""
        if self.device.poll() is None:
            os.killpg(self.device.pid, signal.SIGTERM)
            self.device.wait(timeout=20)


def expect(console, pattern):
    """The next line must match."""
    line = console.line()
    print(line)
    if not re.fullmatch(pattern, line):
        raise RuntimeError(f"not as expected: {pattern}")
    return line


def command(console, line, *patterns):
    """A command and its answers, with "ok" last."""
    print(f"> {line}")
    console.send(line)
    for pattern in patterns or ("ok",):
        expect(console, pattern)


def install(console, folder, version, stop=None, answer="ok"):
    """Send an image; with @stop, power fails after so many lines."""
    image = (folder / f"codec_v{version}.llext").read_bytes()
    digest = hashlib.sha256(image).hexdigest()
    print(f"> install codec {version} {len(image)} {digest}")
    console.send(f"install codec {version} {len(image)} {digest}")
    offset = int(expect(console, r"send from \d+").split()[-1])
    for number, start in enumerate(range(offset, len(image), 32)):
        if number == stop:
            console.send("reset")
            console.reset()
            return
        console.send(image[start:start + 32].hex())
    expect(console, answer)


def reset(console, *patterns):
    """Power off and on."""
    print("> reset")
    console.send("reset")
    console.reset()
    for pattern in patterns:
        expect(console, pattern)


IN_FLASH = "its code in flash"


def session(console, folder):
    """The whole story."""
    expect(console, "the flash is empty: a new store")
    command(console, "list", "ok")
    install(console, folder, 1)
    command(console, "list", r"  codec 1: \d+ bytes, installed", "ok")
    command(console, "commit codec")
    reset(console, f"codec 1 is loaded on trial, {IN_FLASH}")
    command(console, "run codec 102", "102, coded 25, decoded 100", "ok")
    command(console, "check")

    # Version 2 is interrupted, and comes again.
    install(console, folder, 2, stop=5)
    expect(console, f"codec 1 is loaded, {IN_FLASH}")
    command(console, "list", r"  codec 1: \d+ bytes, confirmed", r"  codec 2: \d+ bytes, receiving", "ok")
    install(console, folder, 2)
    command(console, "commit codec")
    reset(console, f"codec 2 is loaded on trial, {IN_FLASH}")
    command(console, "run codec 102", "102, coded 10, decoded 100", "ok")
    command(console, "check")
    command(console, "list", r"  codec 1: \d+ bytes, confirmed", r"  codec 2: \d+ bytes, confirmed", "ok")

    # Somebody prefers version 1.
    command(console, "rollback codec")
    reset(console, f"codec 1 is loaded, {IN_FLASH}")
    command(console, "rollback codec", "error -2")
    install(console, folder, 2)
    command(console, "commit codec")
    reset(console, f"codec 2 is loaded on trial, {IN_FLASH}")
    command(console, "check")

    # Version 3 is found to be ill.
    install(console, folder, 3)
    command(console, "commit codec")
    reset(console, f"codec 3 is loaded on trial, {IN_FLASH}")
    command(console, "check")
    reset(console, f"codec 2 is loaded, {IN_FLASH}")

    # And once more, now nobody asks: after two starts without an answer it is over.
    install(console, folder, 3)
    command(console, "commit codec")
    for _ in range(2):
        reset(console, f"codec 3 is loaded on trial, {IN_FLASH}")
    reset(console, f"codec 2 is loaded, {IN_FLASH}")
    command(console, "list", r"  codec 1: \d+ bytes, confirmed", r"  codec 2: \d+ bytes, confirmed",
            r"  codec 3: \d+ bytes, bad", "ok")
    command(console, "remove codec 1", "ok")
    command(console, "run codec 102", "102, coded 10, decoded 100", "ok")


def hold(story, folder, program):
    """Tell a story with a device whose flash is empty. 0 where all answers are right."""
    if "boards/run" not in program[0]:
        pathlib.Path(program[-1]).unlink(missing_ok=True)
    console = Console(program)
    try:
        story(console, folder)
    except (RuntimeError, OSError) as error:
        print(f"FAILED: {error}")
        return 1
    finally:
        console.close()
    return 0


if __name__ == "__main__":
    sys.exit(hold(session, pathlib.Path(sys.argv[1]), sys.argv[2:]))
