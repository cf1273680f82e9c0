#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
bench/sandbox.py BUILD check|write

What domains cost, as boards/sandbox/cost.c and threads.c measure it: compares the figures of a build
with bench/ledger/sandbox.csv, or writes that file. The build must have the programs of the boards
(make test builds them).

A figure that has grown by more than 2 %, or is 10 % below, fails; so does a trusted load that takes
more than 2 % longer in a build with domains than in one without, and a trusted call that takes
longer at all.
"""

import csv
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEDGER = ROOT / "bench/ledger/sandbox.csv"
BOARDS = ["mps2-an385", "mps2-an386", "mps2-an505", "virt-rv32", "virt-rv64"]
FIGURES = ["trusted_load", "trusted_load_without", "sandboxed_load", "domain_call", "direct_call",
           "gate_plain", "gate_one", "gate_two", "context_switch", "to_another_domain",
           "code_bytes", "port_bytes", "domain_bytes", "import_bytes"]
GROWN, SHRUNK, LOAD = 0.02, 0.10, 0.02


def output(board, elf):
    run = subprocess.run([ROOT / "boards/run", board, elf], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{board}: {elf} ends with {run.returncode}:\n{run.stdout}{run.stderr}")
    return run.stdout


def numbers(text):
    """Of lines with a name and a number."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].isdigit():
            found[words[0]] = int(words[1])
    return found


def text_bytes(objects):
    """Code and constants of object files."""
    lines = subprocess.run(["llvm-size", *objects], capture_output=True, text=True,
                           check=True).stdout.splitlines()[1:]
    return sum(int(line.split()[0]) for line in lines)


def measure(build, board):
    programs = build / "boards" / board / "programs/sandbox"
    row = {"board": board, **numbers(output(board, programs / "sandbox_cost.elf"))}
    without = numbers(output(board, programs / "sandbox_cost_without.elf"))
    row["trusted_load_without"] = without["trusted_load"]
    for line in output(board, programs / "sandbox_threads.elf").splitlines():
        name, _, rest = line.partition(": ")
        if rest.endswith(" instructions"):
            row[name.replace(" ", "_")] = int(rest.split()[0])
    objects = programs / "CMakeFiles/tenon_sandbox.dir"
    row["code_bytes"] = text_bytes(objects.rglob("src/sandbox/*.obj"))
    row["port_bytes"] = text_bytes(objects.rglob("ports/*/domain*.obj"))
    return row


def rules(row):
    """What must hold whatever the ledger says."""
    if row["trusted_load"] > row["trusted_load_without"] * (1 + LOAD):
        yield (f"a trusted load takes {row['trusted_load']} instructions, without domains "
               f"{row['trusted_load_without']}")


def compare(row, before):
    for name in FIGURES:
        if before is None or name not in before:
            yield f"{name} is not in the ledger"
        elif row[name] > before[name] * (1 + GROWN) or row[name] < before[name] * (1 - SHRUNK):
            yield f"{name} is {row[name]}, and was {before[name]}"


def read():
    if not LEDGER.exists():
        return {}
    with open(LEDGER, encoding="ascii") as lines:
        return {row["board"]: {name: int(row[name]) for name in FIGURES} for row in csv.DictReader(lines)}


def write(rows):
    with open(LEDGER, "w", encoding="ascii") as out:
        writer = csv.DictWriter(out, ["board"] + FIGURES, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def main(build, command):
    rows = [measure(pathlib.Path(build), board) for board in BOARDS]
    before = read()
    problems = [f"{row['board']}: {what}" for row in rows for what in rules(row)]
    if command == "write":
        write(rows)
    else:
        problems += [f"{row['board']}: {what}" for row in rows
                     for what in compare(row, before.get(row["board"]))]
        if problems:
            problems.append(f"bench/sandbox.py {build} write  makes the ledger anew")
    print("\n".join(problems) or "all as it was")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in ("check", "write"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
