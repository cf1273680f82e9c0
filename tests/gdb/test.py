#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test.py GDB FIRMWARE DEBUG-FOLDER [RUN BOARD]: a session with the script that the firmware brings."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

gdb, firmware, folder = sys.argv[1:4]
board = sys.argv[4:6]

with open(os.path.join(os.path.dirname(__file__), "firmware", "effect.c")) as source:
    lines = [line.rstrip("\n") for line in source]
inner = next(i for i, line in enumerate(lines, 1) if "/* inner */" in line)
run = next(i for i, line in enumerate(lines, 1) if "/* run */" in line)

work = tempfile.TemporaryDirectory()
with open(os.path.join(folder, "effect_debug.elf"), "rb") as file:
    debug = file.read()
at = debug.index(b"GNU\0") + 4
build_id = debug[at:at + 20]


def place(where, name, data):
    """A file in a folder of its own, for the search."""
    path = os.path.join(work.name, where, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data)
    return path


# The file as its build id names it; one of the same sections with another id; one that says where the lines are.
place("ids", os.path.join(".build-id", build_id.hex()[:2], build_id.hex()[2:] + ".debug"), debug)
place("wrong", "effect_debug.elf", debug.replace(build_id, bytes(20)))
if not board:
    lines = place("link", "lines.dbg", debug)
    subprocess.run(["objcopy", "--strip-debug", f"--add-gnu-debuglink={lines}", lines,
                    os.path.join(work.name, "link", "effect_debug.elf")], check=True)
socket = os.path.join(work.name, "gdb")
start = ["run"]
emulator = None
if board:
    env = dict(os.environ, BOARD_TIMEOUT="100", BOARD_QEMU=f"-S -gdb unix:{socket},server=on,wait=off")
    emulator = subprocess.Popen([board[0], board[1], firmware], env=env, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, start_new_session=True)
    for _ in range(200):
        if os.path.exists(socket):
            break
        time.sleep(0.05)
    start = [f"target remote {socket}", "continue"]


def look_elsewhere(where):
    return [f"set tenon debug-path {os.path.join(work.name, where)}", "tenon load-symbols",
            f"echo \\n--- {where}\\n", "info extensions"]


commands = [
    f"set tenon debug-path /nowhere:{folder}",
    "set breakpoint pending on",
    "break effect_inner",       # there is no such function yet
    "info extensions" if not board else "print 1",
    *start,
    "echo \\n--- first\\n", "backtrace", "info extensions", "print depth", "finish",
    "continue",
    "echo \\n--- second\\n", "backtrace", "info extensions", "extension effect", "extension oth?er?",
    "python e = Extension.__new__(Extension)",
    "python e.sections = [('o\\nd', 1, 1), ('.text', 2, 1)]", "python print('arguments', e.section_arguments())",
    *look_elsewhere("ids"), *look_elsewhere("wrong"), *([] if board else look_elsewhere("link")),
    f"set tenon debug-path {folder}", "tenon load-symbols",
    "delete", "break firmware_between",
    "echo \\n--- end\\n", "continue",
]
if not board:  # once more from the start: nothing of the first run is left
    commands[-1:] = ["continue", "run", "echo \\n--- between\\n", "info extensions", "info breakpoints", "kill"]
else:
    commands.append("info extensions")
arguments = [gdb, "-q", "-nx", "-batch", "-iex", f"add-auto-load-safe-path {firmware}",
             "-ex", "set confirm off", "-ex", "set pagination off", "-ex", "set width 0"]
for command in commands:
    arguments += ["-ex", command]
arguments.append(firmware)
try:
    result = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=100, cwd=work.name)
finally:
    if emulator:
        os.killpg(emulator.pid, signal.SIGKILL)  # the emulator is a child of what was started
output = result.stdout
failed = []


def part(name):
    return output.split(f"--- {name}\n", 1)[1].split("\n--- ", 1)[0] if f"--- {name}\n" in output else ""


def want(what, text, pattern):
    if not re.search(pattern, text, re.S):
        failed.append(f"{what}: no match for {pattern!r}")


for name in ("first", "second"):
    text = part(name)
    # Where there is no prologue to skip, the breakpoint is on the line of the brace.
    want(name, text, rf"#0 +(0x\w+ in )?effect_inner \(value=\d[^)]*\) at .*effect\.c:({inner - 1}|{inner})\n")
    want(name, text, r"#1 .*firmware_scale \(.*main\.c:\d+\n")
    want(name, text, rf"#[23] .*effect_run \(value=[^)]*\) at .*effect\.c:{run}\n")
    want(name, text, r"#\d .*main \(\) at .*main\.c:\d+\n")
    want(name, text, r"effect +0x\w+ +\S*effect_debug\.elf\n")
want("ids", part("ids"), rf"effect +0x\w+ +\S*/ids/\.build-id/{build_id.hex()[:2]}/{build_id.hex()[2:]}\.debug\n")
want("wrong", part("wrong"), rf"effect +0x\w+ +{re.escape(os.path.join(folder, 'effect_debug.elf'))}\n")
if not board:
    want("link", part("link"), r"effect +0x\w+ +\S*/link/lines\.dbg\n")
want("variable", part("first"), r"\$\d+ = 2\n")
want("value", part("first"), r"Value returned is \$\d+ = 3\n")
want("sections", part("second"), r"0x\w+ +\d+ +\.text")
# A name is no order to a terminal, and a section's no command of gdb.
want("two", part("second"), r"\noth\?er\? +0x\w+ +\(no debug file found\)")
want("named", part("second"), r"(0x\w+ +\d+ +\.text.*){2}")
want("arguments", part("second"), r'arguments -s "\.text" 0x2\n')
addresses = [re.search(r"effect +(0x\w+)", part(name)).group(1) for name in ("first", "second")
             if re.search(r"effect +(0x\w+)", part(name))]
if len(addresses) != 2 or addresses[0] == addresses[1]:
    failed.append(f"the second load is not elsewhere: {addresses}")
if not board:
    want("between", part("between"), r"No extension is loaded")
for line in failed:
    print(line)
if failed:
    print(output)
    sys.exit(1)
