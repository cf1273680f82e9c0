# SPDX-License-Identifier: Apache-2.0
"""What tenon pack has made is compared with what it was made from: every fault is seen. verify.py DESK_LOAD VERIFY"""
import re
import sys

sys.dont_write_bytecode = True
from desk import Desk, main, run  # noqa: E402

desk = Desk(sys.argv[1], "")
# Values of bytes that no instruction here has.
MARKS = ("a1", "b2", "c3", "d4")
AS = {
    "arm": ["arm-none-eabi-as", "-mthumb", "-mcpu=cortex-m33"],
    "riscv32": ["riscv64-unknown-elf-as", "-march=rv32imac", "-mabi=ilp32"],
    "x86-64": ["as", "--64"],
}


def verify(path, least):
    """All of the marks are seen, and so many changes were tried at least."""
    said = run([sys.argv[2], path, *MARKS]).stdout
    found = re.search(r"(\d+) changes, 0 of them accepted", said)
    assert found and int(found[1]) >= least, said


def test_objects():
    """The first and the last byte of code, constants and data; sizes; exports; imports; the entry point."""
    for machine, command in AS.items():
        progbits = "%progbits" if machine == "arm" else "@progbits"
        source = ""
        for section, flags in (".text", "ax"), (".rodata", "a"), (".data", "aw"):
            name = section[1:]
            source += f'    .section {section}, "{flags}", {progbits}\n    .balign 16\n    .globl {name}_first\n'
            source += f"{name}_first: .byte 0xa1, 0xb2\n    .zero 29\n    .byte 0xc3\n    .globl {name}_last\n"
            source += f"{name}_last: .byte 0xd4, 0, 0, 0xa1\n    .zero 12\n    .byte 0xb2, 0, 0, 0xc3\n"
        # Names as long as each other, one of which a change makes the other one; and what has no bytes.
        source += f'    .section .rodata\n    .balign 8\n    {".quad" if machine == "x86-64" else ".word"} abc, abd\n    .bss\n    .zero 24\n'
        verify(desk.assemble(source, "verified", [*command]), 3 * 7 + 6 + 1 + 2 + 4)


def test_shared_object():
    """The same of sections that a linker has laid out."""
    source, path = desk.path("verified.c"), desk.path("verified.so")
    with open(source, "w") as out:
        out.write('int data[4] = {0xa1, 0, 0, 0xb2}; const int constants[3] = {0xc3, 0, 0xd4};\n'
                  "int work(int n) { return data[n & 3] + constants[n & 1]; }\n")  # fmt: skip
    run(["gcc", "-O1", "-fpic", "-shared", "-nostdlib", "-Wl,-z,separate-code", source, "-o", path])
    verify(path, 4)


sys.exit(main(globals()))
