# SPDX-License-Identifier: Apache-2.0
"""A bar chart of what a load costs, as SVG: one panel for each program, each with its own scale."""

from xml.sax.saxutils import escape

import boards

BOARD = "mps2-an386"
TITLE = "Instructions to load an extension on a Cortex-M4"
NOTE = "QEMU, exact counts; firmware with 1,000 exports; extension heap out of branch range"
PANELS = [("hello", "hello: {relocations} relocations, {imports} imports"),
          ("lua", "Lua 5.4, ordinary calls: {relocations:,} relocations, {imports} imports"),
          ("lua-long", "Lua 5.4, -mlong-calls: {relocations:,} relocations, {imports} imports")]
# (suffix of the module, source, label, colour)
BARS = [("", "read", "ELF, read", "#2f6f9f"), ("", "peek", "ELF in memory", "#5b9bc8"),
        (".packed", "stream", "packed", "#c98a2b"), (".bound", "stream", "packed and bound", "#e0b060")]
COPY = ("copy of the image", "#9a9a9a")

WIDTH, LEFT, RIGHT = 760, 150, 90
BAR, GAP, HEAD, TOP = 18, 6, 34, 62


def panel_bars(rows, module):
    """(label, colour, instructions), the copy first; empty where the program was not measured."""
    found = {(row["module"], row["kind"]): row for row in rows if row["board"] == BOARD and
             row["firmware_exports"] == boards.EXPORTS[0]}
    plain = found.get((module, "read"))
    if plain is None:
        return None, []
    bars = [(COPY[0], COPY[1], plain["copy"])]
    bars += [(label, colour, found[module + suffix, kind]["load"]) for suffix, kind, label, colour in BARS
             if (module + suffix, kind) in found]
    return plain, bars


def text(x, y, words, extra=""):
    return f'<text x="{x}" y="{y}"{extra}>{escape(words)}</text>'


def panel(y, title, bars):
    most = max(value for _, _, value in bars)
    lines = [text(10, y + 22, title, ' font-weight="bold"')]
    y += HEAD
    for label, colour, value in bars:
        width = max(1, round((WIDTH - LEFT - RIGHT) * value / most))
        middle = y + BAR - 5
        lines.append(text(LEFT - 8, middle, label, ' text-anchor="end"'))
        lines.append(f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" fill="{colour}"/>')
        lines.append(text(LEFT + width + 6, middle, f"{value:,}"))
        y += BAR + GAP
    return y, lines


def svg(rows):
    """The same figures make the same text."""
    body, y = [], TOP
    for module, title in PANELS:
        plain, bars = panel_bars(rows, module)
        if bars:
            y, lines = panel(y, title.format(**plain), bars)
            body += lines
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 10}" '
            f'viewBox="0 0 {WIDTH} {y + 10}" font-family="sans-serif" font-size="13" fill="#222">',
            "<!-- SPDX-License-Identifier: Apache-2.0 -->",
            f"<title>{escape(TITLE)}</title>",
            f'<rect width="{WIDTH}" height="{y + 10}" fill="#fff"/>',
            text(10, 26, TITLE, ' font-size="17" font-weight="bold"'),
            text(10, 46, NOTE, ' fill="#666"')]
    return "\n".join(head + body + ["</svg>"]) + "\n"
