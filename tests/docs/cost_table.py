#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README's cost table, made from the benchmark's ledger.

    cost_table.py ROOT            compare: 1 and the right table where README has another
    cost_table.py ROOT --write    rewrite README.md
"""
import csv
import pathlib
import re
import sys

BOARD = "mps2-an386"
PART = re.compile(r"(<!-- costs -->\n).*?(<!-- costs end -->)", re.S)


def read(path, *keys):
    with path.open(newline="") as file:
        return {tuple(row[key] for key in keys): row for row in csv.DictReader(file)}


def thousands(value):
    return f"{int(value):,}"


def load_line(title, row):
    # Of a file so small nothing is copied to speak of.
    ratio = f"{int(row['load']) / int(row['copy']):.1f}" if int(row["image_bytes"]) > 1024 else ""
    return (f"| {title} | {thousands(row['image_bytes'])} | {thousands(row['load'])} | {ratio} | "
            f"{thousands(row['heap_over_image'])} | {thousands(row['stack'])} |")


def table(root):
    loads = read(root / "bench/ledger/loads.csv", "board", "module", "kind", "firmware_exports")
    sizes = read(root / "bench/ledger/sizes.csv", "board", "configuration")
    rows = [("hello, a `.o`: 3 imports, 8 relocations", "hello", "read"),
            ("Lua 5.4, `ld -r`: 3,800 relocations", "lua", "read"),
            ("Lua, packed", "lua.packed", "stream"),
            ("Lua, packed and bound to the firmware", "lua.bound", "stream")]
    lines = ["| on a Cortex-M4 | image, bytes | instructions of a load | times a copy of the image | "
             "heap beside the image | stack |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [load_line(title, loads[BOARD, module, kind, "1000"]) for title, module, kind in rows]
    small, full = (int(sizes[BOARD, name]["text"]) for name in ("smallest", "full"))
    lines += ["", f"Code: {small:,} bytes for the smallest build, {full:,} with everything and each message. A call into "
              "an extension costs what any", "call through a pointer costs; a call out of it one veneer more."]
    return "\n".join(lines) + "\n"


def main():
    root = pathlib.Path(sys.argv[1])
    readme = root / "README.md"
    text = readme.read_text()
    if not PART.search(text):
        sys.exit("README.md has no part between <!-- costs --> and <!-- costs end -->")
    right = PART.sub(lambda found: found[1] + table(root) + found[2], text)
    if sys.argv[2:] == ["--write"]:
        readme.write_text(right)
    elif right != text:
        sys.exit(f"README.md's costs are not the ledger's: tests/docs/cost_table.py . --write\n{table(root)}")


if __name__ == "__main__":
    main()
