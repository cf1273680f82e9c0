#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every function that a public header declares has a comment of its own right before it."""
import pathlib
import re
import sys

DECLARATION = re.compile(
    r"^(?!typedef|#|extern \")[A-Za-z_][\w\s\*]*?\b(llext_\w+|k_heap_\w+)\s*\([^;{]*\)\s*;", re.M)


def undocumented(path):
    """The names of functions without a comment."""
    text = path.read_text()
    hidden = [(m.start(), m.end()) for m in re.finditer(r"@cond.*?@endcond", text, re.S)]
    for match in DECLARATION.finditer(text):
        if any(start < match.start() < end for start, end in hidden):
            continue
        before = text[:match.start()].rstrip()
        # The second of two declarations in one block shares the comment of the first.
        while not before.endswith("*/") and before.endswith(";"):
            start = max(before.rfind("\n\n"), before.rfind("*/"))
            before = before[:start + 2].rstrip() if start >= 0 else ""
            if text[len(before):match.start()].count("\n\n") > 0:
                break
        if not before.endswith("*/"):
            yield match.group(1)


def main():
    """Check all headers; 0 where nothing is missing."""
    root = pathlib.Path(sys.argv[1])
    seen = bad = 0
    for path in sorted((root / "include/llext").glob("*.h")):
        seen += len(DECLARATION.findall(path.read_text()))
        for name in undocumented(path):
            print(f"{path.name}: {name} has no comment")
            bad += 1
    if seen < 30:
        print(f"only {seen} functions found: is the pattern still right?")
        bad += 1
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
