# SPDX-License-Identifier: Apache-2.0
"""x86-64 on the desk: tools, and readers that share nothing with src/arch/x86.c."""
import sys

from desk import Desk
from elf import SHT_NOBITS

# Text and data may be at any distance: the bytes are compared, not run.
TEXT, DATA = 0x40000000, 0x48000000
SIZE = 0x100000
# Where GNU ld puts the GOT entries that it makes; the base it counts them from is put where ours
# is, see link().
LD_GOT = DATA + 0x200000
MASK = (1 << 64) - 1

# Relocations that refer to a GOT entry: its place is each linker's own business, what it holds is
# not. Name, number, size of the field, is the value relative to the place or to the GOT's base.
GOT_ENTRY = {
    3: ("GOT32", 4, "base"),
    9: ("GOTPCREL", 4, "place"),
    27: ("GOT64", 8, "base"),
    28: ("GOTPCREL64", 8, "place"),
    30: ("GOTPLT64", 8, "base"),
    41: ("GOTPCRELX", 4, "place"),
    42: ("REX_GOTPCRELX", 4, "place"),
}


def new_desk():
    desk = Desk(sys.argv[1], "x86_64-linux-gnu-", ld_flags=["--no-relax", "-z", "noseparate-code"])
    desk.heaps((TEXT, SIZE), (DATA, SIZE))
    return desk


def signed(value, bits):
    return (value & ((1 << bits) - 1)) - ((value >> (bits - 1) & 1) << bits)


def find_base(elf, loaded):
    """The GOT's base as the file's own relocations tell it; None where none does."""
    for reloc in elf.relocations():
        if reloc.type in (26, 29) and reloc.target in loaded.sections:  # GOTPC32, GOTPC64
            place = loaded.sections[reloc.target] + reloc.offset
            bits = 32 if reloc.type == 26 else 64
            value = signed(loaded.word(place, bits // 8), bits)
            return (value + place - reloc.addend) & MASK
    return None


def link(desk, path, elf, loaded, imports, fails=False):
    """Link with the GOT's base where the loader has it."""
    base = find_base(elf, loaded)
    extra = f"\t.got {LD_GOT:#x} : {{ *(.got) }}\n"
    extra += f"\t.got.plt {base or LD_GOT + 0x1000:#x} : {{ *(.got.plt) }}\n"
    return desk.link(path, loaded.sections, imports, extra, fails)


def linked_word(linked, address, size):
    for section in linked.loaded():
        offset = address - section.addr
        if section.type != SHT_NOBITS and 0 <= offset and offset + size <= section.size:
            return int.from_bytes(linked.contents(section)[offset : offset + size], "little")
    raise AssertionError(f"{address:#x} is not in the linker's output")


def entry_address(reloc, place, base, field):
    _, size, origin = GOT_ENTRY[reloc.type]
    return (signed(field, 8 * size) - reloc.addend + (place if origin == "place" else base)) & MASK


def compare(desk, path, elf, loaded, linked):
    """All bytes, and what the GOT entries hold. Returns how many of each were compared."""
    masked, entries = [], 0
    symbols = list(elf.symbols())
    for reloc in elf.relocations():
        if reloc.type not in GOT_ENTRY or reloc.target not in loaded.sections:
            continue
        size = GOT_ENTRY[reloc.type][1]
        place = loaded.sections[reloc.target] + reloc.offset
        masked.append((reloc.target, reloc.offset, size))
        base = find_base(elf, loaded)
        ours = loaded.word(entry_address(reloc, place, base, loaded.word(place, size)), 8)
        entries += 1
        symbol = symbols[reloc.symbol]
        if symbol.shndx == 0 and symbol.info >> 4 == 2:
            # GNU ld writes another instruction for a weak symbol that nothing defines.
            assert ours == 0, f"GOT entry for {symbol}: {ours:#x}"
            masked.append((reloc.target, reloc.offset - 3, 3))
            continue
        theirs = entry_address(reloc, place, base, linked_word(linked, place, size))
        theirs = linked_word(linked, theirs, 8)
        assert ours == theirs, f"GOT entry for {reloc}: {ours:#x}, the linker has {theirs:#x}"
    return desk.compare(path, loaded, linked, masked), entries
