#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/security.md cites exists: files, what is said to be in them, and tests by their names."""
import pathlib
import re
import sys

FILE = r"`[\w./*]+/[\w.*]*`"
# "`a()` and `b` in `src/c.c`": names, and the files one of which has them.
IN = re.compile(rf"((?:`[^`/]+`(?:,\s+|\s+and\s+|\s+to\s+)?)+)\s+in\s+({FILE}(?:(?:,\s+|\s+and\s+){FILE})*)")
TEST = re.compile(r"\b([A-HJ-Z]\d\d)\b")  # I1 to I16 are the invariants


def files(root, cited):
    """The files that a cited name stands for, which may be a folder's or a pattern."""
    folders = [root, root / "tests"]
    found = [p for f in folders for p in f.glob(cited.rstrip("/"))]
    # "hostile/exhaustive": a program, of a source of that name.
    found = found or [p for f in folders for p in f.glob(cited.rstrip("/*") + ".*")]
    return found or list((root / "tests").glob("**/" + cited.rstrip("/")))


def name_of(text):
    """`fits()`, `struct piece`, `unwind_*`: what a source must have."""
    text = text.removesuffix("()").removeprefix("struct ")
    return re.compile(re.escape(text).replace(r"\*", r"\w+") + r"\b")


def check(root, text):
    """What is wrong, as texts; and how many citations there are."""
    wrong, count = [], 0
    for cited in sorted(set(re.findall(FILE, text))):
        count += 1
        if not files(root, cited.strip("`")):
            wrong.append(f"no such file: {cited}")
    for names, places in IN.findall(text):
        sources = [p for place in re.findall(FILE, places) for p in files(root, place.strip("`"))]
        read = "\n".join(p.read_text() for p in sources if p.is_file())
        for name in re.findall(r"`([^`]+)`", names):
            count += 1
            if not name_of(name).search(read):
                wrong.append(f"`{name}` is not in {places}")
    tests = "\n".join(p.read_text() for p in (root / "tests/hostile").glob("*.c"))
    for name in sorted(set(TEST.findall(text))):
        count += 1
        if not re.search(rf"\b{name}_\w+\(void", tests):
            wrong.append(f"no test {name} in tests/hostile")
    return wrong, count


def main():
    """Compare; 0 where they agree."""
    root = pathlib.Path(sys.argv[1])
    text = (root / "docs/security.md").read_text()
    wrong, count = check(root, text)
    print("\n".join(wrong))
    # A check that finds nothing wrong in this is none.
    broken, _ = check(root, "`fits()` in `src/none.c`; `no_such()` in `src/load.c`; Z99")
    return bool(wrong) or count < 60 or len(broken) != 4


if __name__ == "__main__":
    sys.exit(main())
