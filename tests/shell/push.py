#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""push.py TENON BLINK LOST PROGRAM...: `tenon push` to a shell behind a pseudo terminal. PROGRAM is a process
with the shell on its standard input and output, or boards/run BOARD FIRMWARE, with the shell on a serial port."""
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import tty

tenon, blink, lost = sys.argv[1:4]
program = sys.argv[4:]
is_board = len(program) > 1

if is_board:
    env = dict(os.environ, BOARD_TIMEOUT="100", BOARD_ICOUNT="0", BOARD_QEMU="-serial pty")
    device = subprocess.Popen(program, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              start_new_session=True)
    port = None
    for line in device.stdout:
        found = re.search(r"(/dev/pts/\d+)", line)
        if found:
            port = found.group(1)
            break
    if port is None:
        sys.exit("the emulator names no terminal")
    threading.Thread(target=device.stdout.read, daemon=True).start()
else:
    master, slave = pty.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    port = os.ttyname(slave)
    device = subprocess.Popen(program, stdin=master, stdout=master, start_new_session=True)

failed = []


def push(what, status, patterns, *arguments):
    result = subprocess.run([tenon, "push", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=60)
    if result.returncode != status:
        failed.append(f"{what}: status {result.returncode}, not {status}:\n{result.stdout}")
    for pattern in patterns:
        if not re.search(pattern, result.stdout, re.S):
            failed.append(f"{what}: no {pattern!r} in:\n{result.stdout}")
    if "%" in result.stdout or "\033" in result.stdout:
        failed.append(f"{what}: progress, and there is no terminal:\n{result.stdout}")


try:
    push("push and call", 0, [r"loaded blink: \d+ bytes", r"lamp on.*lamp off"], "--port", port, blink,
         "--call", "blink")
    push("loaded already", 1, [r"already loaded"], "--port", port, blink)
    push("replace", 0, [r"loaded blink"], "--port", port, "--replace", blink)
    push("another name", 0, [r"loaded other"], "--port", port, "--name", "other", blink)
    if not is_board:
        push("a missing import", 1, [r"load failed", r"lmap: did you mean lamp\?"], "--port", port, lost)
    push("no port", 1, [r"No such file"], "--port", "/nowhere", blink)
    push("not a port", 1, [r"not a serial port"], "--port", "/dev/null", blink)
    push("no file", 1, [r"No such file"], "--port", port, "/nowhere/file")
    push("usage", 2, [r"no --port"], blink)
    push("a long name", 2, [r"must have 1 to 15"], "--port", port, "--name", "sixteen-letters-", blink)
    master, slave = pty.openpty()
    push("nobody there", 1, [r"no answer"], "--port", os.ttyname(slave), "--timeout", "1", blink)
finally:
    os.killpg(device.pid, signal.SIGKILL)  # the emulator is a child of what was started
    device.wait()
if failed:
    sys.exit("\n".join(failed))
