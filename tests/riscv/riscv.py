# SPDX-License-Identifier: Apache-2.0
"""RISC-V on the desk: tools, and decoders that share nothing with src/arch/riscv.c."""
import sys

from desk import Desk
from elf import Elf

PREFIX = "riscv64-unknown-elf-"
BITS = int(sys.argv[2])
WIDE = BITS == 64
MASK = (1 << BITS) - 1
MARCH, MABI = ("rv64gc", "lp64d") if WIDE else ("rv32imac", "ilp32")
EMULATION = "elf64lriscv" if WIDE else "elf32lriscv"
TEXT, DATA = 0x10010000, 0x10400000

NUMBERS = {
    "32": 1, "64": 2, "BRANCH": 16, "JAL": 17, "CALL": 18, "CALL_PLT": 19, "GOT_HI20": 20,
    "PCREL_HI20": 23, "PCREL_LO12_I": 24, "PCREL_LO12_S": 25, "HI20": 26, "LO12_I": 27,
    "LO12_S": 28, "ALIGN": 43, "RVC_BRANCH": 44, "RVC_JUMP": 45, "RELAX": 51, "SET32": 56,
    "ADD32": 35, "SUB32": 39, "SUB6": 52, "SET6": 53, "SET8": 54, "32_PCREL": 57,
}  # fmt: skip


def new_desk():
    flags = [f"-march={MARCH}", f"-mabi={MABI}", "-mno-relax"]
    desk = Desk(sys.argv[1], PREFIX, flags, ["-m" + EMULATION, "--no-relax"])
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))
    return desk


def signed(value, bits=BITS):
    return (value & ((1 << bits) - 1)) - ((value >> (bits - 1) & 1) << bits)


def field(insn, *parts):
    """An immediate from (lowest bit in the instruction, number of bits, lowest bit of the value)."""
    return sum((insn >> at & ((1 << bits) - 1)) << to for at, bits, to in parts)


def u_type(insn):
    return signed(insn & 0xFFFFF000, 32)


def i_type(insn):
    return signed(insn >> 20, 12)


def s_type(insn):
    return signed(field(insn, (7, 5, 0), (25, 7, 5)), 12)


def jump_target(loaded, address):
    """Where an instruction, or an auipc and jalr, jumps to (ISA manual, 2.5 and 16.4)."""
    insn = loaded.word(address)
    if insn & 3 != 3 and insn & 0x6003 == 0x2001:
        parts = (3, 3, 1), (11, 1, 4), (2, 1, 5), (7, 1, 6), (6, 1, 7), (9, 2, 8), (8, 1, 10), (12, 1, 11)
        return address + signed(field(insn, *parts), 12) & MASK
    if insn & 3 != 3:
        assert insn & 0xC003 == 0xC001, hex(insn)
        parts = (3, 2, 1), (10, 2, 3), (2, 1, 5), (5, 2, 6), (12, 1, 8)
        return address + signed(field(insn, *parts), 9) & MASK
    if insn & 0x7F == 0x6F:
        return address + signed(field(insn, (21, 10, 1), (20, 1, 11), (12, 8, 12), (31, 1, 20)), 21) & MASK
    if insn & 0x7F == 0x63:
        return address + signed(field(insn, (8, 4, 1), (25, 6, 5), (7, 1, 11), (31, 1, 12)), 13) & MASK
    assert insn & 0x7F == 0x17 and loaded.word(address + 4) & 0x707F == 0x67, hex(insn)
    return address + u_type(insn) + i_type(loaded.word(address + 4)) & MASK


def veneer_target(loaded, address):
    """Where a veneer leads; None where there is none. It may change t1 (x6) only."""
    if not any(low <= address < low + len(m) - 24 for low, m in loaded.memory):
        return None
    insn = [loaded.word(address + 4 * i) for i in range(3)]
    if insn[0] & 0xFFF != 0x317:  # auipc t1
        return None
    if not WIDE:
        assert insn[1] & 0xFFFFF == 0x30067, hex(insn[1])  # jalr zero, t1
        return jump_target(loaded, address)
    assert insn[1] & 0xFFFFF == 0x33303 and insn[2] == 0x30067, insn  # ld t1, (t1); jr t1
    literal = address + u_type(insn[0]) + i_type(insn[1])
    assert literal % 8 == 0, hex(literal)
    return loaded.word(literal, 8)


def follow(loaded, address):
    """Where a branch ends up, and by how many veneers."""
    target = jump_target(loaded, address)
    beyond = veneer_target(loaded, target)
    return (target, 0) if beyond is None else (beyond, 1)


def patch(path, changes):
    """Change relocations of .rela.text: entry to (type, addend or None for what it is)."""
    elf = Elf(path)
    table = next(s for s in elf.sections if s.name == ".rela.text")
    data = bytearray(elf.data)
    size = 24 if WIDE else 12
    for entry, (number, addend) in changes.items():
        at = table.offset + size * entry
        if WIDE:
            data[at + 8 : at + 12] = number.to_bytes(4, "little")
        else:
            data[at + 4] = number
        if addend is not None:
            data[at + 2 * size // 3 : at + size] = (addend & MASK).to_bytes(size // 3, "little")
    with open(path, "wb") as file:
        file.write(data)
    return path
