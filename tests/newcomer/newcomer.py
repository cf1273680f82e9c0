#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""newcomer.py TENON GDB RUN BOARD FIRMWARE: what somebody does who has a kit and nothing else, in an empty folder:
make a project, build it, run it, break it, read what is wrong, look it up, mend it, check it, debug it to a line, and
push it to the shell of a board. Each step is a command as a person types it, with all that it prints."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

tenon, gdb, run_board, board, firmware = sys.argv[1:6]
home = tempfile.TemporaryDirectory(prefix="tenon-newcomer-")
environment = dict(os.environ, PATH=os.path.dirname(tenon) + os.pathsep + os.environ["PATH"], COLUMNS="80",
                   NO_COLOR="1", LC_ALL="C")
began = time.monotonic()
failed = []


def shell(command, folder):
    return subprocess.run(command, shell=True, cwd=os.path.join(home.name, folder), env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)


def step(command, expected, code=0, folder="."):
    """One command. @expected is all that it prints, line by line; # stands for a number, ... for any text in a line."""
    done = shell(command, folder)
    printed = done.stdout.replace(home.name, "HOME").replace("\r", "")
    pattern = re.escape(expected).replace(r"\.\.\.", r"[^\n]*").replace(r"\#", r"\d+")
    if done.returncode != code or not re.fullmatch(pattern, printed):
        failed.append(f"$ {command}\nexit status {done.returncode}, expected {code}\n--- printed\n{printed}"
                      f"--- expected\n{expected}")
    return done.stdout


def replace(path, old, new):
    path = os.path.join(home.name, path)
    with open(path) as file:
        text = file.read()
    if old not in text:
        failed.append(f"{path} has no {old!r}:\n{text}")
    with open(path, "w") as file:
        file.write(text.replace(old, new))


def build_and_run():
    step(f"tenon kit {firmware} --board {board} -o lamp-kit", """\
lamp-kit: 1 export; flags (from ...): ...
""")
    step("tenon new blink --kit lamp-kit", """\
blink is ready. Try: cd blink && make test
""")
    step("tenon build blink", """\
arm-none-eabi-gcc ... -c -o blink.llext blink.c
""")
    step("tenon run blink.llext --call blink_add 2 3", """\
blink_add(2, 3) = 5
""", folder="blink")
    step("make -s test", """\
blink_add(2, 3) = 5
""", folder="blink")


def break_read_and_fix():
    replace("blink/blink.c", "	calls++;\n", "	calls++;\n	lmap(calls & 1);\n")
    replace("blink/blink.c", "static int calls;\n", "void lmap(int on);\n\nstatic int calls;\n")
    step("make -s", """\
blink.llext: would not load: 1 import is missing
  missing: lmap  did you mean lamp?  referenced by blink.c:14
HOME/lamp-kit: arm, 1 export; ...
make: *** [Makefile:#: blink.llext] Error 1
""", code=2, folder="blink")
    # What a device prints has no id: the line itself is looked up.
    step("tenon explain 'symbols: imports are missing: lmap'", """\
E0701: imports are missing
  neither the firmware nor a loaded extension exports them. All are listed;
  for each, a similar name that exists is suggested. An export at address 0
  counts as missing: `tenon check` says so. Export them in the firmware
  (`EXPORT_SYMBOL()`; `tenon exports` writes the lines, also for what
  compilers call by themselves, such as `memset` and `__aeabi_dadd`), load the
  extension that has them first, or link them into this one (`ld -r`)
""")
    replace("blink/blink.c", "lmap", "lamp")
    step("make -s", "", folder="blink")
    step("tenon check blink/blink.llext --against lamp-kit", """\
blink/blink.llext: would load: 1 import found, # bytes of heap, 1 veneer
HOME/lamp-kit: arm, 1 export; ...
""".replace("HOME/", ""))
    # The emulated board's firmware is not the kit's.
    step("tenon run blink.llext --call blink_add 2 3", """\
tenon: blink.llext: 1 import is missing
  missing: lamp
  tenon run has the functions of the C and C++ libraries, and what earlier FILEs export;
  whether your firmware has the rest, tenon check --against says
""", code=1, folder="blink")
    step("tenon size --budget 1K blink/blink.llext", """\
                bytes
blink.llext ...
c code, k constants, d data, z zeroed data, t tables of the library
""")


def debug():
    """To a line of the extension, before it has run, on the emulated board; where the lamp is another extension."""
    with open(os.path.join(home.name, "lamp.c"), "w") as file:
        file.write("#include <llext/symbol.h>\nvoid lamp(int on)\n{\n\t(void)on;\n}\nEXPORT_SYMBOL(lamp);\n")
    shell("arm-none-eabi-gcc -g -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -Os -DLL_EXTENSION_BUILD -Ilamp-kit/include "
          "-c lamp.c -o lamp.o", ".")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([tenon, "run", f"--gdb={port}", "--board", board, "lamp.o", "blink/blink.llext", "--call",
                                "blink_add", "2", "3"], cwd=home.name, env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        said = process.stderr.readline() + process.stderr.readline()
        script = re.search(r"gdb-multiarch -x (\S+)$", said, re.M)
        if script is None:
            failed.append(f"tenon run --gdb does not say how to start gdb:\n{said}")
            return
        done = subprocess.run([gdb, "-nx", "-batch", "-x", script.group(1), "-ex", "break blink.c:15", "-ex", "continue",
                               "-ex", "print calls", "-ex", "backtrace 1", "-ex", "delete", "-ex", "continue"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              cwd=home.name, env=environment, timeout=90)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    wanted = r"(?s)Breakpoint \d, blink_add \(a=2, b=3\) at blink\.c:1\d\n.*\$1 = 1\n#0 +blink_add \(a=2, b=3\)"
    if not re.search(wanted, done.stdout):
        failed.append(f"gdb does not stop at the line:\n{done.stdout}")
    if (process.returncode, out) != (0, "blink_add(2, 3) = 5\n"):
        failed.append(f"after gdb: {process.returncode}, {out}")


def push():
    device = subprocess.Popen([run_board, board, firmware], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=dict(environment, BOARD_TIMEOUT="100", BOARD_ICOUNT="0", BOARD_QEMU="-serial pty"),
                              start_new_session=True)
    try:
        port = None
        while port is None:
            line = device.stdout.readline()
            if line == "":
                failed.append("the emulator names no terminal")
                return
            port = re.search(r"(/dev/pts/\d+)", line)
        threading.Thread(target=device.stdout.read, daemon=True).start()
        # For a shell the function takes nothing: void blink(void).
        replace("blink/blink.c", "LL_EXTENSION_SYMBOL(blink_add);\n", "LL_EXTENSION_SYMBOL(blink_add);\n\n"
                "void blink(void)\n{\n\tblink_add(1, 2);\n\tblink_add(3, 4);\n}\nLL_EXTENSION_SYMBOL(blink);\n")
        step("make -s", "", folder="blink")
        step(f"tenon push --port {port.group(1)} blink.llext --call blink", """\
loaded blink: # bytes
lamp on
lamp off
""", folder="blink")
    finally:
        os.killpg(device.pid, signal.SIGKILL)  # the emulator is a child of what was started
        device.wait()


for part in (build_and_run, break_read_and_fix, debug, push):
    part()
    if failed:
        sys.exit("\n".join(failed))
print(f"from an empty folder to an extension on the board: {time.monotonic() - began:.1f} s")
