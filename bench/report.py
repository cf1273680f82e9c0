# SPDX-License-Identifier: Apache-2.0
"""Tables for people, and comma-separated values."""

import boards

# What is aimed at on mps2-an386 with 1,000 exports: (module, kind): {measure: value}.
GOAL_BOARD = "mps2-an386"
GOALS = {
    ("hello", "read"): {"load": 5000},
    ("hello.bound", "stream"): {"load": 3000},
    ("lua", "read"): {"load": 400000, "reads": 30, "seeks": 30, "heap_over_image": 4096},
    ("lua", "peek"): {"heap_over_image": 512},
    ("lua.bound", "stream"): {"load": 150000, "seeks": 0, "heap_over_image": 512,
                              "file_bytes": 92 * 1024},
    ("lua-long", "read"): {"load": 350000, "reads": 30, "seeks": 30, "heap_over_image": 4096},
    ("lua-long", "peek"): {"heap_over_image": 512},
    ("lua-long.bound", "stream"): {"load": 170000, "seeks": 0, "heap_over_image": 512},
}


def number(value):
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def table(title, header, rows):
    """Columns as wide as they need to be; numbers to the right."""
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


def loads_table(rows, board):
    chosen = [row for row in rows if row["board"] == board and
              row["firmware_exports"] == boards.EXPORTS[0]]
    header = ["module", "source", "file", "image", "file/image", "relocs", "imports", "instructions",
              "goal", "copy", "net/reloc", "net/import", "reads", "seeks", "goal", "bytes read",
              "heap over", "goal", "stack", "unload", "leak", "4,000 exports"]
    lines = [[row["module"], row["kind"], row["file_bytes"], row["image_bytes"],
              f"{row['file_bytes'] / row['image_bytes']:.2f}", row["relocations"], row["imports"],
              row["load"], goal(row, "load"), row["copy"], each(row, "relocations"),
              each(row, "imports"), row["reads"], row["seeks"], goal(row, "seeks"), row["bytes_read"],
              row["heap_over_image"], goal(row, "heap_over_image"), row["stack"], row["unload"],
              row["leak"], growth(rows, row)] for row in chosen]
    return table(f"{board}, {boards.EXPORTS[0]:,} exports: one load, in instructions and bytes",
                 header, lines)


def tables(figures):
    return "\n".join(loads_table(figures["loads"], board) for board in boards.BOARDS
                     if any(row["board"] == board for row in figures["loads"]))


def csv(rows):
    columns = ["board", "module", "kind"] + boards.NUMBERS
    lines = [columns] + [[row[column] for column in columns] for row in rows]
    return "\n".join(",".join(str(cell) for cell in line) for line in lines) + "\n"
