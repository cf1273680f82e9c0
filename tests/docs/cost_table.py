#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The cost tables of README.md and docs/swap.md, made from the benchmark's ledger.

    cost_table.py ROOT            compare: 1 and the right table where a document has another
    cost_table.py ROOT --write    rewrite both
"""
import csv
import pathlib
import re
import sys

BOARD = "mps2-an386"
HOST = "x86-64"
PART = re.compile(r"(<!-- costs -->\n).*?(<!-- costs end -->)", re.S)
SHAPES = {
    "exports": "10,000 exports, unsorted, in `.exported_sym`",
    "globals": "10,000 global functions without that",
    "sections": "20,000 sections",
    "unsorted": "20,000 sections whose order in the file is not that of their headers",
    "symbols": "40,000 local symbols",
    "relocations": "20,000 relocations",
    "veneers": "4,000 branches to as many places out of reach",
    "bytes": "256 KB of code, 2 MB of zeros",
    "arrays": "2,000 arrays of constructors by priority, and one of 2,000 entries that is turned around",
    "unwind": "an unwind table of 4,000 functions",
    "imports": "2,000 imports from an extension with 10,000 exports",
    "long": "400 imports and 400 exports whose names have 200 letters and differ in three",
    "packed": "2,000 imports, packed",
    "tables": "20,000 relocations of words whose section is aligned to bytes, packed: runs cannot have them",
    "extensions": "1,000 imports, each from another one of 1,000 loaded extensions",
}


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


def load_table(root):
    loads = read(root / "bench/ledger/loads.csv", "board", "module", "kind", "firmware_exports")
    sizes = read(root / "bench/ledger/sizes.csv", "board", "configuration")
    peers = read(root / "bench/ledger/peers.csv", "peer", "board", "module")
    small, full = (int(sizes[BOARD, name]["text"]) for name in ("smallest", "full"))
    program = loads[BOARD, "lua", "read", "1000"]
    lines = ["| on a Cortex-M4, 1,000 exports | hello, instructions | Lua, instructions | times a copy | "
             "heap beside the image | stack | code |", "| --- | --- | --- | --- | --- | --- | --- |"]
    lines += own_lines(loads, full) + other_lines(peers)
    lines += ["", f"hello is a `.o` with 3 imports. Lua 5.4 is an `ld -r` with {thousands(program['relocations'])} relocations, "
              f"{int(program['image_bytes']) // 1000} KB in memory; all columns to the right of hello's are Lua's.",
              f"Tenon's code is {full:,} bytes with everything and each message, {small:,} at the least; the others' is without messages.",
              "They were measured once, from copies made by hand, with `bench/run --peer FOLDER`: [how, which versions, and what",
              "to know before relying on it](bench/README.md#beside-other-loaders).",
              "A call into an extension costs what any call through a pointer costs; a call out of it one veneer more."]
    return "\n".join(lines) + "\n"


def step_tables(root):
    """What steps cost: by quantum, and for files that have a great many of one thing."""
    quanta = read(root / "bench/ledger/quantum.csv", "board", "quantum")
    steps = read(root / "bench/ledger/steps.csv", "board", "kind")
    whole = steps[BOARD, "read"]
    lines = ["| quantum, on Cortex-M4, a file of 10 KB with 232 relocations, read | longest step | steps | instructions in all |",
             "|---|---|---|---|"]
    lines += [f"| {quantum} | {thousands(row['longest'])} | {row['steps']} | {thousands(row['all'])} |"
              for (board, quantum), row in quanta.items() if board == BOARD]
    lines += [f"| `llext_load()`, with steps | | | {thousands(whole['with'])} |",
              f"| `llext_load()`, in a build without | | | {thousands(whole['without'])} |"]
    shapes = ["| file | `llext_load()` by peek, without steps | with | longest step, by peek | by read |", "|---|---|---|---|---|"]
    for shape, title in SHAPES.items():
        peek, longest = steps[BOARD, shape + "-peek"], steps[BOARD, shape + "-read"]["longest"]
        shapes.append(f"| {title} | {thousands(peek['without'])} | {thousands(peek['with'])} | "
                      f"{thousands(peek['longest'])} | {thousands(longest)} |")
    return "\n".join(lines) + "\n", "\n".join(shapes) + "\n"


def renew(path, tables, write):
    """@return the tables, if @path has others."""
    text = path.read_text()
    if len(PART.findall(text)) != len(tables):
        sys.exit(f"{path} is to have {len(tables)} of: <!-- costs -->, a table, <!-- costs end -->")
    left = iter(tables)
    right = PART.sub(lambda found: found[1] + next(left) + found[2], text)
    if write:
        path.write_text(right)
    return None if write or right == text else "\n".join(tables)


def main():
    root = pathlib.Path(sys.argv[1])
    write = sys.argv[2:] == ["--write"]
    documents = {"README.md": (load_table(root),), "docs/swap.md": step_tables(root)}
    for name, tables in documents.items():
        right = renew(root / name, tables, write)
        if right is not None:
            sys.exit(f"{name}'s costs are not the ledger's: tests/docs/cost_table.py . --write\n{right}")


if __name__ == "__main__":
    main()
