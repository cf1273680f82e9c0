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
HOST = "x86-64"
PART = re.compile(r"(<!-- costs -->\n).*?(<!-- costs end -->)", re.S)


def read(path, *keys):
    with path.open(newline="") as file:
        return {tuple(row[key] for key in keys): row for row in csv.DictReader(file)}


def thousands(value):
    return f"{int(value):,}"


def cells(title, hello, program, code):
    """One loader: what hello takes, where that is known, and what Lua takes."""
    ratio = f"{int(program['load']) / int(program['copy']):.1f}" if program["copy"] else ""
    heap, stack = (thousands(program[name]) if program[name] else "" for name in ("heap_over_image", "stack"))
    first = thousands(hello["load"]) if hello else ""
    return (f"| {title} | {first} | {thousands(program['load'])} | {ratio} | {heap} | {stack} | "
            f"{thousands(code) if code else ''} |")


def own_lines(loads, code):
    rows = [("Tenon, ordinary files", "hello", "lua", "read", code),
            ("Tenon, files with `-mlong-calls`", None, "lua-long", "read", None),
            ("Tenon, packed", "hello.packed", "lua.packed", "stream", None),
            ("Tenon, packed and bound to the firmware", "hello.bound", "lua.bound", "stream", None)]
    return [cells(title, loads[BOARD, hello, kind, "1000"] if hello else None, loads[BOARD, program, kind, "1000"], size)
            for title, hello, program, kind, size in rows]


def other_lines(peers):
    rows = [("Zephyr's LLEXT of 2025, files with `-mlong-calls`", "Zephyr LLEXT", BOARD, "-long"),
            ("the same with our binary search: an estimate of 2026", "Zephyr LLEXT and binary search", BOARD, "-long"),
            ("Flipper's loader, files with `-mlong-calls`", "Flipper", BOARD, "-long"),
            ("the same, with its own table of relocations (fastfap)", "Flipper", BOARD, "-long.prepared"),
            ("`dlopen()` on x86-64, shared objects", "dlopen", HOST, ""),
            ("Tenon there, extensions of the same source", "Tenon", HOST, "")]
    return [cells(title, peers[peer, board, "hello" + form], peers[peer, board, "lua" + form],
                  peers[peer, board, "lua" + form]["code_bytes"]) for title, peer, board, form in rows]


def table(root):
    loads = read(root / "bench/ledger/loads.csv", "board", "module", "kind", "firmware_exports")
    sizes = read(root / "bench/ledger/sizes.csv", "board", "configuration")
    peers = read(root / "bench/ledger/peers.csv", "peer", "board", "module")
    small, full = (int(sizes[BOARD, name]["text"]) for name in ("smallest", "full"))
    program = loads[BOARD, "lua", "read", "1000"]
    lines = ["| on a Cortex-M4, 1,000 exports | hello, instructions | Lua, instructions | times a copy | "
             "heap beside the image | stack | code |", "| --- | --- | --- | --- | --- | --- | --- |"]
    lines += own_lines(loads, full) + other_lines(peers)
    lines += ["", f"hello is a `.o` with 3 imports; Lua 5.4 an `ld -r` with {thousands(program['relocations'])} relocations, "
              f"{int(program['image_bytes']) // 1000} KB in memory, and the columns after it are Lua's.",
              f"Tenon's code is {full:,} bytes with everything and each message, {small:,} at the least; the others' is without messages.",
              "They were measured once, from copies made by hand, with `bench/run --peer FOLDER`: [how, which versions, and what",
              "to know before relying on it](bench/README.md#beside-other-loaders).",
              "A call into an extension costs what any call through a pointer costs; a call out of it one veneer more."]
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
