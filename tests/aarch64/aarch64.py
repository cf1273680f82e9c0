# SPDX-License-Identifier: Apache-2.0
"""AArch64 on the desk: tools, and decoders that share nothing with src/arch/aarch64.c."""
import sys

from desk import Desk

PREFIX = "aarch64-linux-gnu-"
TEXT, DATA = 0x40000000, 0x48000000


def new_desk():
    desk = Desk(sys.argv[1], PREFIX)
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))
    return desk


def signed(value, bits):
    return (value & ((1 << bits) - 1)) - ((value >> (bits - 1) & 1) << bits)


def branch_target(insn, address):
    """Of B, BL, B.cond, CBZ, CBNZ, TBZ, TBNZ (Arm ARM C6.2)."""
    if insn & 0x7C000000 == 0x14000000:
        return address + signed(insn, 26) * 4
    if insn & 0x7E000000 == 0x36000000:
        return address + signed(insn >> 5, 14) * 4
    assert insn & 0x7E000000 == 0x34000000 or insn & 0xFF000010 == 0x54000000, hex(insn)
    return address + signed(insn >> 5, 19) * 4


def follow(loaded, address, limit=1):
    """Where a branch ends up, and by how many veneers."""
    target, veneers = branch_target(loaded.word(address), address), 0
    while any(low <= target < low + len(m) for low, m in loaded.memory) and veneers < limit:
        if loaded.word(target) != 0x58000050 or loaded.word(target + 4) != 0xD61F0200:
            break  # no LDR X16, .+8; BR X16
        target, veneers = loaded.word(target + 8, 8), veneers + 1
    return target, veneers


def adrp(insn, address):
    """Of ADRP and ADR."""
    imm = signed((insn >> 5 & 0x7FFFF) << 2 | insn >> 29 & 3, 21)
    return (address & ~0xFFF) + (imm << 12) if insn >> 31 else address + imm


def offset12(insn):
    """Of LDR and STR (unsigned offset), in bytes."""
    scale = 4 if insn & 0x04800000 == 0x04800000 and insn >> 30 == 0 else insn >> 30
    return (insn >> 10 & 0xFFF) << scale
