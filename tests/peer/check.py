#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench/run --peer with the library itself as the peer: its figures are those of the ledger, as nearly
as the ledger has to be right.

    check.py ROOT BUILD
"""
import csv
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "bench"))
import ledger

ADAPTER = 500  # instructions of the adapter's own, at most
SKIPPED = 77


def run(root, build, *options):
    command = [root / "bench/run", "--peer", root / "tests/peer", "--quick", "--build", build, "--jobs", "2", *options]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def differences(row, known):
    """What the peer's row says that the ledger does not."""
    found = [f"{name}: {row[name]}, not {known[name]}"
             for name in ("firmware_exports", "file_bytes", "image_bytes") if row[name] != int(known[name])]
    for name, more in (("heap_over_image", 0), ("load", ADAPTER)):
        before = int(known[name])
        if not before * (1 - ledger.SHRUNK) <= row[name] <= before * (1 + ledger.GROWN) + more:
            found.append(f"{name}: {row[name]}, and in the ledger {before}")
    if not row["leak"] == 0 < row["unload"] < row["load"]:
        found.append(f"leak {row['leak']}, unload {row['unload']}")
    if not 5000 < row["code_bytes"] < 100000:
        found.append(f"code: {row['code_bytes']}")
    return found


def main():
    root, build = (pathlib.Path(path) for path in sys.argv[1:3])
    if ledger.other_compilers():
        print("skipped: the ledger is of other compilers")
        return SKIPPED
    with open(root / "bench/ledger/loads.csv", encoding="ascii") as lines:
        known = {(row["board"], row["module"], row["kind"], row["firmware_exports"]): row
                 for row in csv.DictReader(lines)}
    rows = {row["module"]: row for row in json.loads(run(root, build, "--json", "-"))}
    found = differences(rows["hello"], known["mps2-an386", "hello", "peek", "1000"])
    # What tests/peer/prepare makes of it cannot be loaded, and leaves nothing behind.
    broken = rows["hello.prepared"]
    if broken["refused"] >= 0 or broken["leak"] != 0 or "load" in broken:
        found.append(f"of half a file: {broken}")
    text = run(root, build, "--csv", "-")
    if len(text.splitlines()) != 3 or "Tenon as a peer,of this tree,mps2-an386,hello,1000," not in text:
        found.append(f"--csv: {text}")
    if f"hello.prepared: refused with {broken['refused']}" not in run(root, build):
        found.append("the table does not say what is refused")
    print("\n".join(found) or "the same figures by both ways")
    return 1 if found else 0


sys.exit(main())
