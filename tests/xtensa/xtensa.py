# SPDX-License-Identifier: Apache-2.0
"""Xtensa on the desk: tools, and decoders that share nothing with src/arch/xtensa.c."""
import sys

from desk import Desk

PREFIX = "xtensa-lx106-elf-"
TEXT, DATA = 0x40100000, 0x3FF80000


def new_desk():
    desk = Desk(sys.argv[1], PREFIX, ["--no-transform"], ["--no-relax"])
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))
    return desk


def l32r(insn, address):
    """Where L32R loads from (ISA manual, L32R)."""
    assert insn & 15 == 1, hex(insn)
    return ((address + 3) & ~3) + ((insn >> 8 | ~0xFFFF) << 2)


def jump_target(insn, address):
    """Of J and CALL0."""
    offset = insn >> 6 & 0x3FFFF
    offset -= (offset >> 17) << 18
    if insn & 0x3F == 5:
        return (address & ~3) + 4 + offset * 4
    assert insn & 0x3F == 6, hex(insn)
    return address + 4 + offset


def follow(loaded, address):
    """Where a J or CALL0 ends up, and by how many veneers."""
    target = jump_target(loaded.word(address, 3), address)
    if not any(low <= target < low + len(m) for low, m in loaded.memory):
        return target, 0
    first, second = loaded.word(target, 3), loaded.word(target + 3, 3)
    if first & 0xFF == 0x91 and second == 0x0009A0:  # L32R a9; JX a9
        return loaded.word(l32r(first, target)), 1
    return target, 0
