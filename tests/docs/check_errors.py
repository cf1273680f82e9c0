#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every message of a diagnostic record stands in docs/errors.md, and nothing else does."""
import pathlib
import re
import sys

CALL = re.compile(
    r"\b(?:llext_fail|fail_\w+|llext_fail_\w+|no_memory)\s*\(((?:[^;\"]|\"(?:[^\"\\]|\\.)*\")*)\);")
STRING = re.compile(r'((?:"(?:[^"\\]|\\.)*"\s*)+)')
RETURNED = re.compile(r'return\s+((?:"(?:[^"\\]|\\.)*"\s*)+);')


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
        # llext_arch_check() and llext_arch_attributes() say why a file is refused
        if path.parent.name == "arch" or path.name.startswith("attributes_"):
            for literals in RETURNED.finditer(text):
                found[join(literals.group(1))] = path.name
    return found


def main():
    """Compare; 0 where they agree."""
    root = pathlib.Path(sys.argv[1])
    documented = set(re.findall(r"^\| `([^`-][^`]*)` \|", (root / "docs/errors.md").read_text(), re.M))
    used = messages(root)
    for message in sorted(set(used) - documented):
        print(f"docs/errors.md lacks: {message} ({used[message]})")
    for message in sorted(documented - set(used)):
        print(f"docs/errors.md has a message that does not exist: {message}")
    return len(used) < 60 or set(used) != documented


if __name__ == "__main__":
    sys.exit(main())
