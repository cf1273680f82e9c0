# SPDX-License-Identifier: Apache-2.0
"""Every relocation type of the AMD64 psABI: bytes against GNU ld, limits on both sides, veneers."""
import shutil
import struct
import sys

sys.dont_write_bytecode = True
from desk import main, run  # noqa: E402
from elf import Elf, SHT_DYNSYM, SHT_RELA, SHT_RELR  # noqa: E402
from x86_64 import (  # noqa: E402
    DATA,
    GOT_ENTRY,
    MASK,
    SIZE,
    TEXT,
    compare,
    find_base,
    link,
    new_desk,
    signed,
)

desk = new_desk()
FAR = 0x7000_0000_0000

# Number, name, bytes, from what the addend counts, lowest and highest value (psABI table 4.9; the
# 8 and 16 bits wide ones are checked as GNU ld does, as bits of either sign).
INT = (-(1 << 31), (1 << 31) - 1)
ANY = (None, None)
TYPES = [
    (1, "64", 8, "symbol", *ANY),
    (2, "PC32", 4, "place", *INT),
    (3, "GOT32", 4, "entry", *INT),
    (4, "PLT32", 4, "place", *INT),
    (9, "GOTPCREL", 4, "entry place", *INT),
    (10, "32", 4, "symbol", 0, (1 << 32) - 1),
    (11, "32S", 4, "symbol", *INT),
    (12, "16", 2, "symbol", -(1 << 16), (1 << 16) - 1),
    (13, "PC16", 2, "place", -(1 << 16), (1 << 16) - 1),
    (14, "8", 1, "symbol", -(1 << 8), (1 << 8) - 1),
    (15, "PC8", 1, "place", -(1 << 7), (1 << 7) - 1),
    (24, "PC64", 8, "place", *ANY),
    (25, "GOTOFF64", 8, "base", *ANY),
    (26, "GOTPC32", 4, "base place", *INT),
    (27, "GOT64", 8, "entry", *ANY),
    (28, "GOTPCREL64", 8, "entry place", *ANY),
    (29, "GOTPC64", 8, "base place", *ANY),
    (30, "GOTPLT64", 8, "entry", *ANY),
    (31, "PLTOFF64", 8, "base", *ANY),
    (32, "SIZE32", 4, "size", 0, (1 << 32) - 1),
    (33, "SIZE64", 8, "size", *ANY),
    (41, "GOTPCRELX", 4, "entry place", *INT),
    (42, "REX_GOTPCRELX", 4, "entry place", *INT),
]
SYMBOL = TEXT + 0x5000
IN_RANGE = {}

# An import, a symbol with a size, and a relocation that tells where the GOT is.
SOURCE = """
	.globl sized
	.data
	.balign 16
sized:	.space 40
	.size sized, 40
	.section .rodata.base, "a"
base:	.quad 0
	.reloc base, R_X86_64_GOTPC64, _GLOBAL_OFFSET_TABLE_
	.text
	.byte 0x90, 0x48, 0x8b, 0x05
place:	.quad 0, 0
	.reloc place, R_X86_64_{name}, {symbol} + {addend}
"""


def source_for(name, addend):
    symbol = "sized" if name.startswith("SIZE") else "s"
    if name.startswith("GOTPC") and "REL" not in name:
        symbol = "_GLOBAL_OFFSET_TABLE_"
    return SOURCE.format(name=name, symbol=symbol, addend=addend)


def zero_addend_value(name, origin):
    """The value with addend 0, from our own load of the widest relative with the same layout."""
    path = desk.assemble(source_for("PC64" if "GOTPC64" not in name else name, 0))
    loaded = desk.load(path, {"s": SYMBOL})
    elf = Elf(path)
    place = loaded.sections[elf.section(".text").index] + 4
    if origin == "symbol":
        return SYMBOL
    if origin == "place":
        return SYMBOL - place
    if origin == "size":
        return 40
    # With a GOT of one entry, or of none: the layout depends on it, so ask the real file.
    path = desk.assemble(source_for(name, 0))
    elf, loaded = Elf(path), desk.load(path, {"s": SYMBOL})
    base = find_base(elf, loaded)
    place = loaded.sections[elf.section(".text").index] + 4
    if origin == "base":
        return SYMBOL - base
    return {"base place": base - place, "entry": 0, "entry place": base - place}[origin]


def check(name, addend, accepted):
    path = desk.assemble(source_for(name, addend))
    imports = {"s": SYMBOL}
    elf = Elf(path)
    loaded = desk.load(path, imports, fails=not accepted)
    if accepted:
        linked = link(desk, path, elf, loaded, imports)
        compared, entries = compare(desk, path, elf, loaded, linked)
        IN_RANGE[name] = loaded
        shutil.copy(path, desk.path("near.o"))
        assert compared >= 60 and entries == (1 if "GOT" in name and is_entry(name) else 0)
        return
    assert loaded.rc == -8, loaded.diag
    assert f"R_X86_64_{name} " in loaded.diag and "out of range" in loaded.diag, loaded.diag
    # The file of the last one that was in range says where the sections are.
    link(desk, path, Elf(desk.path("near.o")), IN_RANGE[name], imports, fails=True)


def is_entry(name):
    return any(entry[0] == name for entry in GOT_ENTRY.values())


def test_bytes_and_limits():
    for _, name, _, origin, low, high in TYPES:
        if low is None:
            for addend in (0, 1, -1, -8, 0x7FFFFFFFFFFFFFFF, -0x8000000000000000, 1 << 40):
                if "entry" not in origin or addend in (0, -8):
                    check(name, addend, True)
            continue
        zero = zero_addend_value(name, origin)
        for limit, inwards in ((low, 1), (high, -1)):
            # GNU ld reads GOT entries for itself: with an addend they are all in one place.
            if "entry" in origin:
                check_entry_limit(name, zero, limit, inwards)
                continue
            check(name, limit - zero, True)
            check(name, limit - zero + inwards, True)
            check(name, limit - zero - inwards, False)
        for addend in (0, -4):
            if low <= zero + addend <= high:
                check(name, addend, True)


def check_entry_limit(name, zero, limit, inwards):
    """Here the GOTs lie apart, so only the field and the refusal are checked, not GNU ld's."""
    for value, accepted in ((limit, True), (limit + inwards, True), (limit - inwards, False)):
        path = desk.assemble(source_for(name, value - zero))
        loaded = desk.load(path, {"s": SYMBOL}, fails=not accepted)
        if accepted:
            place = loaded.sections[Elf(path).section(".text").index] + 4
            assert signed(loaded.word(place, 4), 32) == value
        else:
            assert loaded.rc == -8 and f"R_X86_64_{name} " in loaded.diag, loaded.diag


def test_got_entries_at_the_linkers_limits():
    """GNU ld refuses GOT entries out of reach, and so do we: data too far from the text."""
    path = desk.assemble(source_for("GOTPCREL", -4))
    for data, accepted in ((TEXT + 0x7FE00000, True), (TEXT + (1 << 31), False), (1 << 40, False)):
        desk.heaps((TEXT, SIZE), (data, SIZE))
        loaded = desk.load(path, {"s": SYMBOL}, fails=not accepted)
        if accepted:
            place = loaded.sections[Elf(path).section(".text").index] + 4
            entry = signed(loaded.word(place, 4), 32) + 4 + place
            assert loaded.word(entry, 8) == SYMBOL
        else:
            assert "R_X86_64_GOTPCREL " in loaded.diag
    desk.heaps((TEXT, SIZE), (DATA, SIZE))


def test_every_type_is_told():
    """Types that are refused, by number; what a linker's output alone has."""
    path = desk.assemble(source_for("PC32", 0))
    elf = Elf(path)
    table = next(s for s in elf.sections if s.name == ".rela.text")
    known = {number for number, *_ in TYPES} | {0, 35}  # 35 marks a call
    for number in list(range(0, 64)) + [255, 1 << 16, MASK >> 32]:
        data = bytearray(elf.data)
        at = table.offset + 8
        info = struct.unpack_from("<Q", data, at)[0]
        struct.pack_into("<Q", data, at, info >> 32 << 32 | number)
        changed = desk.path("changed.o")
        with open(changed, "wb") as file:
            file.write(data)
        if number in known:
            narrow = number in (12, 14, 15)  # too narrow for the symbol's address
            loaded = desk.load(changed, {"s": SYMBOL}, fails=narrow)
            assert not narrow or "out of range" in loaded.diag
            continue
        loaded = desk.load(changed, {"s": SYMBOL}, fails=True)
        # What a linker's output alone has; what a thread-local variable alone has, which s is not.
        wrong_here = number in (6, 7, 8) or number in range(16, 24) or number in (34, 36)
        assert loaded.rc == (-8 if wrong_here else -95), f"{number}: {loaded.rc} {loaded.diag}"
        assert f"({number})" in loaded.diag, loaded.diag


def test_none_changes_nothing():
    path = desk.assemble(".text\n.quad 0x1122334455667788\n.reloc 0, R_X86_64_NONE, s\n")
    loaded = desk.load(path, {"s": FAR})
    assert loaded.word(loaded.sections[Elf(path).section(".text").index], 8) == 0x1122334455667788


CALLS = """
	.text
	call a@PLT
	jmp a@PLT
	call b@PLT
	jne b@PLT
	call near@PLT
	call local
	.section .text.other, "ax"
	call a@PLT
local:	ret
"""


def branches(elf, loaded):
    for reloc in elf.relocations():
        if reloc.type == 4:
            place = loaded.sections[reloc.target] + reloc.offset
            yield reloc, place + 4 + signed(loaded.word(place, 4), 32)


def test_veneers():
    """Far functions are called by a jump through an address: jmp *2(%rip)."""
    path = desk.assemble(CALLS)
    elf = Elf(path)
    names = [s.name for s in elf.symbols()]
    imports = {"a": FAR, "b": 0x123456789ABC, "near": TEXT + 0x300000}
    loaded = desk.load(path, imports)
    assert loaded.veneers == 2
    seen = {}
    for reloc, target in branches(elf, loaded):
        name = names[reloc.symbol]
        if name in ("a", "b"):
            assert loaded.read(target, 6) == bytes([0xFF, 0x25, 2, 0, 0, 0])
            assert target % 16 == 0 and loaded.word(target + 8, 8) == imports[name]
            assert seen.setdefault(name, target) == target
        elif name == "near":
            assert target == imports[name]
    assert len(seen) == 2
    # All near: none, and the linker's bytes.
    imports = {"a": TEXT + 0x7F000000, "b": TEXT - 0x3F000000, "near": TEXT}
    loaded = desk.load(path, imports)
    assert loaded.veneers == 0
    desk.compare(path, loaded, desk.link(path, loaded.sections, imports))


def test_veneer_only_for_branches():
    """PC32 may be a reference to data: what is out of reach is refused, as GNU ld does."""
    path = desk.assemble(".text\n.byte 0xe8\n.long s - . - 4\n")
    loaded = desk.load(path, {"s": FAR}, fails=True)
    assert loaded.rc == -8 and "R_X86_64_PC32 " in loaded.diag
    near = desk.load(path, {"s": TEXT})
    desk.link(path, near.sections, {"s": FAR}, fails=True)


SHARED = """
	.text
	.globl f
	.type f, @function
f:	call g@PLT
	mov v@GOTPCREL(%rip), %rax
	ret
	.size f, . - f
	.data
	.balign 8
	.globl table
table:	.quad inside, v, v + 24, f + 1
inside:	.quad inside + 8, inside
	.size table, . - table
"""


def dynamic_value(reloc, base, symbols, imports):
    """psABI: R_X86_64_64, GLOB_DAT, JUMP_SLOT, RELATIVE."""
    name, value = symbols[reloc.symbol]
    s = imports.get(name, base + value)
    return {1: s + reloc.addend, 6: s, 7: s, 8: base + reloc.addend}[reloc.type] & MASK


def test_dynamic():
    desk.heaps((0, 0), (DATA, SIZE))
    imports = {"g": FAR, "v": FAR + 0x1000}
    for flags in ([], ["-z", "now"], ["-z", "pack-relative-relocs"], ["-z", "noseparate-code"]):
        path = desk.path("shared.so")
        run(["x86_64-linux-gnu-ld", "-shared", *flags, "-o", path, desk.assemble(SHARED)])
        elf, loaded = Elf(path), desk.load(path, imports, fails=False)
        data = elf.section(".data")
        base = loaded.sections[data.index] - data.addr
        symbols = [(s.name, s.value) for s in elf.symbols(SHT_DYNSYM)]
        written, types = {}, set()
        for table in (s for s in elf.sections if s.type == SHT_RELA):
            for reloc in elf.table(table):
                written[reloc.offset] = dynamic_value(reloc, base, symbols, imports)
                types.add(reloc.type)
        if "pack-relative-relocs" in flags:
            assert any(s.type == SHT_RELR for s in elf.sections) and 8 not in types
            inside = data.addr + 32
            for offset, value in ((data.addr, inside), (inside, inside + 8), (inside + 8, inside)):
                written[offset] = base + value
        assert types >= {1, 6, 7}, types
        for section in elf.loaded():
            if section.index not in loaded.sections:
                continue
            expected = bytearray(elf.contents(section))
            for offset, value in written.items():
                at = offset - section.addr
                if 0 <= at < section.size:
                    expected[at : at + 8] = value.to_bytes(8, "little")
            ours = loaded.read(loaded.sections[section.index], section.size)
            assert ours == bytes(expected), f"{section.name}: {ours.hex()} {expected.hex()}"
    desk.heaps((TEXT, SIZE), (DATA, SIZE))


if __name__ == "__main__":
    sys.exit(main(globals()))
