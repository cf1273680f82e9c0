#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lldb_test.py LLDB SCRIPT FIRMWARE DEBUG-FOLDER: a session with tool/lldb/tenon_lldb.py, on the host."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

lldb, script, firmware, folder = sys.argv[1:5]
with open(os.path.join(os.path.dirname(__file__), "firmware", "effect.c")) as source:
    lines = source.read().splitlines()
inner = next(i for i, line in enumerate(lines, 1) if "/* inner */" in line)
run = next(i for i, line in enumerate(lines, 1) if "/* run */" in line)


def session(work, place, found, twice):
    """What is wrong in a session where the debug file found is in the folder place. twice: the second extension of the
    file has symbols, too; by its build id, the file is also that of the one loaded before under another name."""
    # A file of that name with other sections.
    with open(os.path.join(work, "wrong.c"), "w") as out:
        out.write("int effect_inner(int value) { return value * value * value - 17 / value; }\n")
    subprocess.run(["cc", "-g", "-c", os.path.join(work, "wrong.c"), "-o", os.path.join(work, "effect_debug.elf")],
                   check=True)
    # Debug files are looked for beside the program, too.
    program = os.path.join(work, "program", "firmware")
    os.makedirs(os.path.dirname(program), exist_ok=True)
    shutil.copy(firmware, program)
    commands = [f"target create {program}", f"command script import {script}", f"extensions {work}",
                "breakpoint set -n effect_inner -N inner",  # there is no such function yet
                "breakpoint set -n firmware_scale -N scale",
                "run", "script print('--- wrong')", "extensions",
                f"extensions {place}", "breakpoint delete scale",
                "continue", "script print('--- first')", "bt",
                "continue", "script print('--- second')", "bt", "extensions", "print depth",
                "breakpoint delete inner", "continue", "script print('--- end')", "extensions"]
    arguments = [lldb, "--no-lldbinit", "--batch"]
    for command in commands:
        arguments += ["-o", command]
    # Debian's lldb of some versions looks for its own modules in a folder that is not there; and the system's Python
    # is the one that it is built with.
    own = ":".join(glob.glob("/usr/lib/llvm-*/lib/python3*/dist-packages"))
    text = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100,
                          stdin=subprocess.DEVNULL, cwd=work,
                          env=dict(os.environ, PYTHONPATH=own, PATH="/usr/bin:/bin")).stdout

    parts = dict(zip(re.findall(r"^--- (\w+)$", text, re.M), re.split(r"^--- \w+$", text, flags=re.M)[1:]))
    failed = []
    listed = rf"^effect +0x[0-9a-f]+  {re.escape(found)}$"
    expected = [
        ("wrong", [r"^effect +0x[0-9a-f]+  \(\S*effect_debug\.elf: it has no section \S+ of \d+ bytes\)$", listed]),
        ("first", [rf"frame #0: .*effect_inner\(value=1\) at effect\.c:{inner}"]),
        ("second", [rf"frame #0: .*effect_inner\(value=2\) at effect\.c:{inner}",
                    rf"frame #\d: .*effect_run\(.*\) at effect\.c:{run}", r"frame #\d: .*main at main\.c",
                    r"^oth\?er\? +0x[0-9a-f]+  \(", listed, r"\$0 = 2", r"sum 70"]),
        ("end", [r"No extension is loaded"])]
    # Without symbols of the second one it runs to its end.
    for part, patterns in expected if twice else expected[:2]:
        for pattern in patterns:
            if not re.search(pattern, parts.get(part, ""), re.M):
                failed.append(f"no {pattern!r} in part {part}")
    if not re.search(r"breakpoint \d: no locations \(pending\)", text, re.I):
        failed.append("the breakpoint was not pending")
    if not re.search(r"Process \d+ exited with status = 0", text):
        failed.append("the program did not end well")
    return "\n".join(failed + [text]) if failed else None


with tempfile.TemporaryDirectory() as work:
    named = os.path.join(folder, "effect_debug.elf")
    notes = subprocess.run(["readelf", "-n", named], stdout=subprocess.PIPE, text=True, check=True).stdout
    build_id = re.search(r"Build ID: ([0-9a-f]+)", notes).group(1)
    by_id = os.path.join(work, "ids", ".build-id", build_id[:2], build_id[2:] + ".debug")
    os.makedirs(os.path.dirname(by_id))
    shutil.copy(named, by_id)
    wrong = [session(work, folder, named, True), session(work, os.path.join(work, "ids"), by_id, False)]
sys.exit("\n".join(filter(None, wrong)) or 0)
