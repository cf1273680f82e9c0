# SPDX-License-Identifier: Apache-2.0
"""undefined.py NM OBJECT...: the core needs functions of string.h and the port, nothing else."""
import subprocess
import sys

ALLOWED = {
    "memchr", "memcmp", "memcpy", "memmove", "memset", "strcmp", "strlen", "strncmp",
    "llext_port",
    # the linker script's, weak
    "__llext_export_start", "__llext_export_end",
    # the linker's own
    "_GLOBAL_OFFSET_TABLE_",
}


def main(nm, objects):
    defined, undefined = set(), {}
    for path in objects:
        listing = subprocess.run([nm, path], capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            *_, kind, name = line.split()
            if kind in "Uw":
                undefined.setdefault(name, path)
            elif kind not in "a":
                defined.add(name)
    assert "llext_load" in defined and "strcmp" in undefined, "not the core"
    wrong = sorted(set(undefined) - defined - ALLOWED)
    for name in wrong:
        print(f"{undefined[name]}: needs {name}")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
