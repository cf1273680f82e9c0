# SPDX-License-Identifier: Apache-2.0
"""
Arm, M profile, on the desk: tools, and decoders that share nothing with src/arch/arm.c. Symbols
with odd values are Thumb functions, for the linker as for the loader.
"""
import struct
import sys

from desk import Desk, run
from elf import SHF_ALLOC, SHT_REL, SHT_RELA, Elf

PREFIX = "arm-none-eabi-"
TEXT, DATA = 0x10000000, 0x20000000
CLANG = ["clang", "--target=arm-none-eabi"]

HEAD = ".syntax unified\n.thumb\n"
VENEER = bytes.fromhex("03b4" "0148" "0190" "01bd")


class ArmDesk(Desk):
    odd = "function"  # what a symbol with an odd value is to the linker

    def assemble(self, source, name="test", tool=None):
        return super().assemble(HEAD + source, name, tool)

    def clang(self, source, name="clang", cpu="cortex-m33"):
        tool = [*CLANG, "-mcpu=" + cpu, "-c", "-x", "assembler"]
        return super().assemble(HEAD + source, name, tool)

    def link(self, path, addresses, imports=None, extra="", fails=False):
        lines = []
        for name, value in (imports or {}).items():
            kind = self.odd if value & 1 else "object"
            lines.append(f".globl {name}\n.type {name}, %{kind}\n{name} = {value:#x}\n")
        self.ld_flags = [
            "--no-merge-exidx-entries",
            self.assemble("".join(lines), "imports"),
        ]
        return super().link(path, addresses, {}, extra, fails)


def new_desk():
    desk = ArmDesk(sys.argv[1], PREFIX, ["-mthumb", "-mcpu=cortex-m33"])
    desk.heaps((TEXT, 0x40000), (DATA, 0x80000))
    return desk


def signed(value, bits):
    return (value & ((1 << bits) - 1)) - ((value >> (bits - 1) & 1) << bits)


def bits(word, *ranges):
    """The bits of a word from each (high, low), one behind the other, and how many they are."""
    value = width = 0
    for high, low in ranges:
        value = value << (high - low + 1) | word >> low & ((1 << (high - low + 1)) - 1)
        width += high - low + 1
    return value, width


# Where a relocation's instruction has its immediate, in bits of its words (first halfword
# uppermost): ranges, what the immediate counts in.
FIELDS = {
    "BL": [(26, 26), (13, 13), (11, 11), (25, 16), (10, 0)],
    "B.W": [(26, 26), (11, 11), (13, 13), (21, 16), (10, 0)],
    "MOV": [(19, 16), (26, 26), (14, 12), (7, 0)],
}


def wide(memory, offset=0):
    first, second = struct.unpack_from("<HH", memory, offset)
    return first << 16 | second


def branch_offset(memory, offset=0):
    """Of BL, B (T1 to T4), CBZ and CBNZ, to the address of the instruction plus 4."""
    half = struct.unpack_from("<H", memory, offset)[0]
    if half >> 11 == 0x1C:
        return signed(half, 11) * 2
    if half >> 12 == 0xD:
        return signed(half, 8) * 2
    if half & 0xF500 == 0xB100:
        return bits(half, (9, 9), (7, 3))[0] * 2
    word = wide(memory, offset)
    if word & 0xF800D000 == 0xF0008000:
        return signed(*bits(word, *FIELDS["B.W"])) * 2
    assert word & 0xF8009000 == 0xF0009000, hex(word)
    value, width = bits(word, *FIELDS["BL"])
    if not value >> 23:
        value ^= 3 << 21
    return signed(value, width) * 2


def follow(loaded, address):
    """Where a branch ends up, and by how many veneers."""
    return through_veneer(loaded, address + 4 + branch_offset(loaded.read(address, 4)))


def follow_prel31(loaded, address):
    """The same for the word that names a personality routine."""
    word = struct.unpack("<I", loaded.read(address, 4))[0]
    offset = (word & 0x7FFFFFFF) - ((word & 0x40000000) << 1)
    return through_veneer(loaded, (address + offset) & 0xFFFFFFFE)


def through_veneer(loaded, target):
    try:
        memory = loaded.read(target, 12)
    except AssertionError:
        return target, 0
    if memory[:8] != VENEER:
        return target, 0
    assert target % 4 == 0, "the veneer's literal is not where the code reads it"
    word = struct.unpack_from("<I", memory, 8)[0]
    assert word & 1, "the veneer would leave Thumb state"
    return word & ~1, 1


def place_addend(kind, memory):
    """The addend in a place (AAELF32, "Addends and PC-bias compensation")."""
    if kind in (10, 30, 51, 102, 103):
        return branch_offset(memory)
    if kind == 52:
        return ((branch_offset(memory) + 4) & 0x7F) - 4
    if kind == 11:
        return ((memory[0] * 4 + 4) & 0x3FF) - 4
    if kind in (47, 48, 49, 50):
        return signed(*bits(wide(memory), *FIELDS["MOV"]))
    if kind == 53:
        value = bits(wide(memory), (26, 26), (14, 12), (7, 0))[0]
        return -value if memory[0] & 0xA0 else value
    if kind == 54:
        value = wide(memory) & 0xFFF
        return value if memory[0] & 0x80 else -value
    if kind in (132, 133, 134, 135):
        return memory[0]
    if kind == 5:
        return signed(memory[0] | memory[1] << 8, 16)
    if kind == 8:
        return signed(memory[0], 8)
    word = struct.unpack_from("<I", memory)[0]
    return signed(word, 31 if kind == 42 else 32)


def to_rela(path):
    """The same file with RELA sections; what stood in the data words is spoilt."""
    elf = Elf(path)
    data = bytearray(elf.data)
    headers = struct.unpack_from("<I", data, 32)[0]
    for table in [s for s in elf.sections if s.type == SHT_REL]:
        target = elf.sections[table.info]
        entries = bytearray()
        for at in range(table.offset, table.offset + table.size, 8):
            offset, info = struct.unpack_from("<II", data, at)
            place = bytes(data[target.offset + offset : target.offset + offset + 4]) + bytes(4)
            addend = place_addend(info & 0xFF, place)
            entries += struct.pack("<IIi", offset, info, addend)
            if info & 0xFF in (2, 3, 38, 41) and target.flags & SHF_ALLOC:
                data[target.offset + offset : target.offset + offset + 4] = b"\x5a\xa5\x12\x34"
        data += bytes(-len(data) % 4)
        header = headers + 40 * table.index
        struct.pack_into("<I", data, header + 4, SHT_RELA)
        struct.pack_into("<II", data, header + 16, len(data), len(entries))
        struct.pack_into("<I", data, header + 36, 12)
        data += entries
    with open(path + ".rela", "wb") as file:
        file.write(data)
    return path + ".rela"


def relocation_names(path):
    """Each relocation of the loaded sections, by the name that readelf has for it."""
    for line in run([PREFIX + "readelf", "-rW", path]).stdout.splitlines():
        parts = line.split()
        if len(parts) > 2 and parts[2].startswith("R_ARM_"):
            yield parts[2]
