#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every message of a diagnostic record stands in docs/errors.md with an id of its own, and nothing else does."""
import pathlib
import re
import sys

CALL = re.compile(
    r"\b(?:llext_fail|fail_\w+|llext_fail_\w+|no_memory)\s*\(((?:[^;\"]|\"(?:[^\"\\]|\\.)*\")*)\);")
STRING = re.compile(r'((?:"(?:[^"\\]|\\.)*"\s*)+)')
COMPLAINT = re.compile(r"\bcomplain\s*\(((?:[^;\"]|\"(?:[^\"\\]|\\.)*\")*)\);")
EXPLAINED = re.compile(r'diag->what = ((?:"(?:[^"\\]|\\.)*"\s*)+);')
RETURNED = re.compile(r'return\s+((?:"(?:[^"\\]|\\.)*"\s*)+);')
PARTS = {"its target", " to "}  # of messages


def join(literals):
    """Adjacent string literals as one text."""
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))


def messages(root):
    """The messages in src/, with the file that each is in."""
    found = {}
    for path in sorted((root / "src").rglob("*.[ch]")):
        text = path.read_text()
        for call in CALL.finditer(text):
            for literals in STRING.finditer(call.group(1)):
                message = join(literals.group(1))
                if " " in message:
                    found[message] = path.name
        # What a loader says of itself.
        for literals in EXPLAINED.finditer(text):
            found[join(literals.group(1))] = path.name
        # llext_arch_check() and llext_arch_attributes() say why a file is refused
        if path.parent.name == "arch" or path.name.startswith("attributes_"):
            for literals in RETURNED.finditer(text):
                found[join(literals.group(1))] = path.name
    # What tenon pack says of a file.
    for path in sorted((root / "tool").glob("*pack*.c")):
        for call in COMPLAINT.finditer(path.read_text()):
            for literals in STRING.finditer(call.group(1)):
                message = join(literals.group(1))
                if len(message.split()) > 1 and message not in PARTS:
                    found[message] = path.name
    return found


def check_rows(text):
    """What is wrong with the ids: each row of messages has one, no two the same, in the order of the sections."""
    wrong, last, block = [], 0, 0
    part = text[text.index("## The messages"):]
    for line in part.splitlines():
        if line.startswith("### "):
            block, last = block + 1, 0
        if not line.startswith("| ") or line.startswith(("| id |", "| --- |")):
            continue
        row = re.match(r"\| E(\d\d)(\d\d) \| `([^`]+)` \| (.+) \|$", line)
        if not row:
            wrong.append(f"has no id, or is no row: {line} (the next free id is E{block:02}{last + 1:02})")
            continue
        if int(row[1]) != block or int(row[2]) <= last:
            wrong.append(f"an id out of order: {line}")
        if row[4].startswith("likewise"):
            wrong.append(f"tenon explain shows a row by itself: {line}")
        last = int(row[2])
    return wrong


def main():
    """Compare; 0 where they agree."""
    root = pathlib.Path(sys.argv[1])
    text = (root / "docs/errors.md").read_text()
    documented = set(re.findall(r"^\| E\d{4} \| `([^`]*)` \|", text, re.M))
    used = messages(root)
    wrong = check_rows(text)
    wrong += [f"lacks: {message} ({used[message]})" for message in sorted(set(used) - documented)]
    wrong += [f"has a message that does not exist: {message}" for message in sorted(documented - set(used))]
    for text in wrong:
        print(f"docs/errors.md {text}")
    return len(used) < 60 or wrong != []


if __name__ == "__main__":
    sys.exit(main())
