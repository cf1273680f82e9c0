# SPDX-License-Identifier: Apache-2.0
"""Tables for people, and comma-separated values."""

import boards
import ledger

# What is aimed at on mps2-an386 with 1,000 exports: (module, kind): {measure: value}.
GOAL_BOARD = "mps2-an386"
GOALS = {
    ("hello", "read"): {"load": 5000, "growth": "2 %"},
    ("hello.bound", "stream"): {"load": 3000, "growth": "0 %"},
    ("lua", "read"): {"load": 400000, "reads": 30, "seeks": 30, "heap_over_image": 4096,
                      "growth": "2 %"},
    ("lua", "peek"): {"heap_over_image": 512},
    ("lua.bound", "stream"): {"load": 150000, "seeks": 0, "heap_over_image": 512,
                              "file_bytes": 92 * 1024, "growth": "0 %"},
    ("lua-long", "read"): {"load": 350000, "reads": 30, "seeks": 30, "heap_over_image": 4096,
                           "growth": "2 %"},
    ("lua-long", "peek"): {"heap_over_image": 512},
    ("lua-long.bound", "stream"): {"load": 170000, "seeks": 0, "heap_over_image": 512,
                                   "growth": "0 %"},
}

GOAL_TEXT = 4096  # the smallest library on that board


def number(value):
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def table(title, header, rows):
    """Columns as wide as they need to be; numbers to the right. A goal is shown where there is one."""
    wanted = [i for i, name in enumerate(header)
              if name != "goal" or any(row[i] is not None for row in rows)]
    header = [header[i] for i in wanted]
    rows = [[row[i] for i in wanted] for row in rows]
    cells = [header] + [[number(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    right = [all(not isinstance(row[i], str) or row[i][:1] in "+-0123456789" for row in rows)
             for i in range(len(header))]
    lines = [title, ""]
    for row in cells:
        lines.append("  ".join(cell.rjust(width) if to_right else cell.ljust(width)
                               for cell, width, to_right in zip(row, widths, right)).rstrip())
    return "\n".join(lines) + "\n"


def net(row):
    """What a load costs beyond the copy of the image."""
    return row["load"] - row["copy"]


def each(row, what):
    return round(net(row) / row[what]) if row[what] else None


def goal(row, measure):
    if row["board"] != GOAL_BOARD or row["firmware_exports"] != boards.EXPORTS[0]:
        return None
    return GOALS.get((row["module"], row["kind"]), {}).get(measure)


def growth(rows, row):
    """In percent, from 1,000 to 4,000 exports."""
    few, many = (next((r["load"] for r in rows if r["firmware_exports"] == exports and all(
        r[key] == row[key] for key in ("board", "module", "kind"))), None) for exports in boards.EXPORTS)
    if few is None or many is None:
        return None
    return f"{100 * (many - few) / few:+.2f} %"


def reads_goal(row):
    reads, seeks = goal(row, "reads"), goal(row, "seeks")
    return f"{reads}+{seeks}" if reads is not None else f"{seeks} seeks" if seeks is not None else None


def generated(row):
    return row["module"].rpartition("-")[0] in boards.FAMILIES


def loads_table(rows, board):
    header = ["module", "source", "file", "goal", "image", "file/image", "relocs", "imports",
              "instructions", "goal", "copy", "net/reloc", "net/import", "reads+seeks", "goal",
              "bytes read", "heap over", "goal", "stack", "unload", "leak", "at 4,000", "goal"]
    lines = [[row["module"], row["kind"], row["file_bytes"], goal(row, "file_bytes"),
              row["image_bytes"], f"{row['file_bytes'] / row['image_bytes']:.2f}", row["relocations"],
              row["imports"], row["load"], goal(row, "load"), row["copy"], each(row, "relocations"),
              each(row, "imports"), f"{row['reads']}+{row['seeks']}", reads_goal(row),
              row["bytes_read"], row["heap_over_image"], goal(row, "heap_over_image"), row["stack"],
              row["unload"], row["leak"], growth(rows, row),
              goal(row, "growth")]
             for row in at_first(rows, board) if not generated(row)]
    return table(f"{board}, firmware with {boards.EXPORTS[0]:,} exports: one load, in instructions and "
                 "bytes.\nNet is without the copy; heap over is the heap's peak above the image; "
                 "at 4,000 is the change with 4,000 exports", header, lines)


def generated_table(rows, board):
    header = ["module", "file", "image", "relocs", "imports", "instructions", "copy", "net/reloc",
              "reads+seeks", "bytes read", "heap over"]
    lines = [[row["module"], row["file_bytes"], row["image_bytes"], row["relocations"], row["imports"],
              row["load"], row["copy"], each(row, "relocations"), f"{row['reads']}+{row['seeks']}",
              row["bytes_read"], row["heap_over_image"]]
             for row in at_first(rows, board) if generated(row)]
    return table(f"{board}: generated modules, read", header, lines)


def at_first(rows, board):
    return [row for row in rows if row["board"] == board and
            row["firmware_exports"] == boards.EXPORTS[0]]


def marginal_table(rows):
    """From the generated families; one of "all" has a section, a relocation, an import and an export."""
    lines = []
    for board in boards.BOARDS:
        if any(row["board"] == board and row["module"].startswith("all-") for row in rows):
            lines += [[board, family] + [round(cost) for cost in ledger.marginal(rows, board, family)]
                      for family in boards.FAMILIES]
    few, some, many = boards.SIZES
    return table("One more of something costs instructions", ["board", "of", f"{few} to {some}",
                                                              f"{some} to {many}"], lines)


def functions_table(rows):
    return table("A function, in instructions", ["board", "function", "linked", "loaded", "difference"],
                 [[row["board"], row["function"], row["linked"], row["loaded"],
                   f"{100 * (row['loaded'] - row['linked']) / row['linked']:+.2f} %"] for row in rows])


def in_domain_table(rows):
    return table("A program in a domain, in instructions", ["board", "module", "trusted", "sandboxed", "difference"],
                 [[row["board"], row["module"], row["trusted"], row["sandboxed"],
                   f"{100 * (row['sandboxed'] - row['trusted']) / row['trusted']:+.2f} %"] for row in rows])


def sizes_table(rows):
    return table("The library, in bytes", ["board", "configuration", "text", "goal", "data", "bss",
                                           "stack of a load"],
                 [[row["board"], row["configuration"], row["text"],
                   GOAL_TEXT if (row["board"], row["configuration"]) == (GOAL_BOARD, "smallest") else None,
                   row["data"], row["bss"], row["stack"]] for row in rows])


def host_tables(host):
    loads = table("This machine: load and unload beside dlopen() and dlclose(). RATIOS of times, below 1 "
                  "is faster;\ninstructions are counted in the process, without the kernel",
                  ["module", "load / dlopen", "unload / dlclose", "load", "dlopen"],
                  [[row["module"], f"{row['load_ratio']:.2f}", f"{row['unload_ratio']:.2f}",
                    row["load_instructions"], row["dlopen_instructions"]] for row in host["loads"]])
    finds = table("This machine: llext_find_sym() beside dlsym(). RATIOS of times; instructions of one",
                  ["symbols", "find / dlsym", "find", "dlsym"],
                  [[row["symbols"], f"{row['find_ratio']:.2f}", row["find_instructions"],
                    row["dlsym_instructions"]] for row in host["finds"]])
    return [loads, finds]


def tables(figures):
    measured = [board for board in boards.BOARDS if at_first(figures["loads"], board)]
    parts = [loads_table(figures["loads"], board) for board in measured]
    if figures["functions"]:
        parts += [generated_table(figures["loads"], board) for board in measured]
        parts += [marginal_table(figures["loads"]), functions_table(figures["functions"])]
    if figures["sizes"]:
        parts.append(sizes_table(figures["sizes"]))
    if figures["in_domain"]:
        parts.append(in_domain_table(figures["in_domain"]))
    if "host" in figures:
        parts += host_tables(figures["host"])
    return "\n".join(parts)


def csv(rows):
    return ledger.csv_text(["board", "module", "kind"] + boards.NUMBERS, rows)
