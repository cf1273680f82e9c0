# SPDX-License-Identifier: Apache-2.0
"""What compilers emit, whole files: every loaded byte against GNU ld."""
import os
import sys

sys.dont_write_bytecode = True
from desk import main, run  # noqa: E402
from elf import Elf, SHF_ALLOC  # noqa: E402
from x86_64 import DATA, TEXT, compare, link, new_desk  # noqa: E402

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "matrix", "extension")
LEVELS = ("-O0", "-O2")
POSITION = (["-fpic"], ["-fPIE"], ["-fno-pic"], ["-fpic", "-fno-plt"])
MODELS = ("small", "medium", "large")

desk = new_desk()


def imports_of(path):
    """Each strong import at an address of its own, in reach of the text and the data."""
    names = sorted(n for n, binding in Elf(path).undefined().items() if binding == 1)
    names = [n for n in names if n not in ("_GLOBAL_OFFSET_TABLE_", "__dso_handle")]
    return {name: TEXT + 0x4000000 + 0x130 * i for i, name in enumerate(names)}


def check(compiler, source, flags):
    path = desk.path("compiled.o")
    flags = [*flags, "-fno-asynchronous-unwind-tables", "-DLL_EXTENSION_BUILD"]
    run([compiler, *flags, "-c", os.path.join(SOURCES, source), "-o", path])
    elf, imports = Elf(path), imports_of(path)
    loaded = desk.load(path, imports)
    linked = link(desk, path, elf, loaded, imports)
    compared, entries = compare(desk, path, elf, loaded, linked)
    wanted = sum(s.size for s in elf.sections if s.flags & SHF_ALLOC and s.type == 1)
    assert compared >= wanted * 9 // 10, f"{compared} of {wanted}"
    return entries


def each(compiler, source, *extra):
    entries = 0
    for level in LEVELS:
        for position in POSITION:
            for model in MODELS:
                flags = [level, *position, f"-mcmodel={model}", *extra]
                try:
                    entries += check(compiler, source, flags)
                except AssertionError as error:
                    raise AssertionError(f"{compiler} {' '.join(flags)} {source}") from error
    assert entries > 0


def test_gcc():
    each("gcc", "unity.c", "-ffunction-sections")


def test_clang():
    each("clang", "unity.c", "-fdata-sections")


if __name__ == "__main__":
    assert DATA > TEXT
    sys.exit(main(globals()))
