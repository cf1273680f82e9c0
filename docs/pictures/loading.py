#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print docs/loading.svg: what a load does, from the file to the memory of a running firmware."""

from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 322
CODE, CONSTANT, DATA, PLAIN = "code", "constant", "data", "plain"

STYLE = """
svg { font: 13px sans-serif }
text { fill: #222 } .title { font-size: 17px; font-weight: bold } .small { font-size: 12px; fill: #555 } .head { font-weight: bold }
.frame { fill: none; stroke: #888 } .plain { fill: #eceff1 } .code { fill: #bcd7ee } .constant { fill: #d9e8c8 }
.data { fill: #f3dcb4 } rect { stroke: #777; stroke-width: 0.8 } path { fill: none; stroke: #555; stroke-width: 1.4 }
.tip { fill: #555; stroke: none }
@media (prefers-color-scheme: dark) {
text { fill: #e8e8e8 } .small { fill: #b0b0b0 } .plain { fill: #30363b } .code { fill: #234a6b }
.constant { fill: #3d5328 } .data { fill: #664a18 } path { stroke: #bbb } .tip { fill: #bbb }
}
"""

FILE = [(PLAIN, "ELF header"), (CODE, ".text"), (CONSTANT, ".rodata"), (DATA, ".data"), (PLAIN, ".bss: a size"),
        (PLAIN, ".rela.*, .symtab, .strtab")]
STEPS = [("check", "each count, offset, range"), ("place", "regions, by access"), ("resolve", "names to addresses"),
         ("make", "GOT entries, veneers"), ("relocate", "at the run address"), ("protect", "write or execute")]
FIRMWARE = [(CODE, "its code"), (PLAIN, "export table: name, address")]
HEAP = [(CODE, ".text, veneers: execute"), (CONSTANT, ".rodata: read"), (DATA, ".data, GOT, .bss: write")]


def text(x, y, words, kind=""):
    return f'<text x="{x}" y="{y}"{kind and f" class={chr(34)}{kind}{chr(34)}"}>{escape(words)}</text>'


def boxes(x, y, width, title, rows, note=""):
    """A titled column of boxes; @return the lines, and where each box's middle is."""
    lines, middles = [text(x, y, title, "head")], []
    y += 10
    for kind, words in rows:
        lines.append(f'<rect x="{x}" y="{y}" width="{width}" height="26" class="{kind}"/>')
        lines.append(text(x + 9, y + 17, words))
        middles.append(y + 13)
        y += 26
    if note:
        lines.append(text(x, y + 16, note, "small"))
    return lines, middles


def arrow(x1, y1, x2, y2):
    bend, back = (x1 + x2) // 2, -9 if x2 > x1 else 9
    return (f'<path d="M{x1} {y1} C{bend} {y1} {bend} {y2} {x2 + back} {y2}"/>'
            f'<path class="tip" d="M{x2} {y2} l{back} -4 v8 z"/>')


def steps(x, y):
    lines = [text(x, y, "llext_load()", "head")]
    for number, (name, what) in enumerate(STEPS):
        lines.append(text(x, y + 34 + 36 * number, f"{number + 1}  {name}", "head"))
        lines.append(text(x + 16, y + 50 + 36 * number, what, "small"))
    return lines


def picture():
    left, parts = boxes(16, 62, 190, "The extension, as compiled", FILE, "from RAM, flash, a file, a stream")
    right, firmware = boxes(600, 62, 244, "The firmware, running", FIRMWARE)
    heap_lines, heap = boxes(600, 178, 244, "The extension's memory", HEAP, "from a heap; an MPU guards it")
    first = 62 + 38
    return (left + steps(318, 62) + right + heap_lines +
            [arrow(206, parts[1], 308, first), arrow(206, parts[5], 308, first + 36 * 4),
             arrow(600, firmware[1], 510, first + 36 * 2 - 4), arrow(510, first + 36 * 3, 600, heap[0]),
             arrow(510, first + 36 * 5, 600, heap[2])])


def main():
    words = "What loading an extension does: the file's sections become code, constants and data in the firmware's memory"
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
          f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img">')
    print("<!-- SPDX-License-Identifier: Apache-2.0 -->")
    print(f"<title>{escape(words)}</title>\n<style>{STYLE}</style>")
    print(text(16, 28, "Compiled code joins firmware that is already running", "title"))
    print("\n".join(picture()))
    print("</svg>")


if __name__ == "__main__":
    main()
