# SPDX-License-Identifier: Apache-2.0
"""What GCC and Clang emit, however they are asked to: everything loads, and the bytes are ld's."""
import os
import struct
import sys

sys.dont_write_bytecode = True
from aarch64 import DATA, TEXT, adrp, follow, new_desk, offset12  # noqa: E402
from desk import main, run  # noqa: E402
from elf import Elf, SHF_ALLOC, SHT_DYNSYM, SHT_RELA, SHT_RELR  # noqa: E402

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../common/desk/sources")
FLAGS = ["-ffreestanding", "-fno-common", "-I", SOURCES]
# The loader has a __cxa_atexit of its own, at an address of the desk.
CXX = ["-std=c++17", "-fno-use-cxa-atexit", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"]
GCC, CLANG = ["aarch64-linux-gnu-gcc"], ["clang", "--target=aarch64-none-elf"]

ADR_GOT_PAGE, LD64_GOT_LO12_NC, JUMP26, CALL26 = 311, 312, 282, 283
LD64_GOTPAGE_LO15, ADR_PREL_PG_HI21 = 313, 275
GOT_TYPES = range(309, 314)
GOT = "_GLOBAL_OFFSET_TABLE_"

LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
GCC_MODELS = [
    [],
    ["-fpic"],
    ["-fno-pic", "-mcmodel=tiny"],
    ["-fno-pic", "-mcmodel=large"],
    ["-fpic", "-mcmodel=tiny"],
    ["-fno-pic", "-ffunction-sections", "-fdata-sections", "-mbranch-protection=standard"],
]
CLANG_MODELS = [
    ["-fno-pic"],
    ["-fpic"],
    ["-fno-pic", "-mcmodel=tiny"],
    ["-fno-pic", "-mcmodel=large"],
    ["-fpic", "-ffunction-sections", "-moutline"],
]

desk = new_desk()


def sources():
    return [os.path.join(SOURCES, name) for name in sorted(os.listdir(SOURCES))]


def command_for(source, compiler):
    if not source.endswith(".cpp"):
        return compiler + FLAGS
    flags = FLAGS + CXX + (["-fno-c++-static-destructors"] if compiler is CLANG else [])
    return [compiler[0].replace("gcc", "g++"), *compiler[1:]] + flags


def objects(levels=LEVELS):
    for compiler, models in ((GCC, GCC_MODELS), (CLANG, CLANG_MODELS)):
        for level in levels:
            for model in models:
                for source in sources():
                    command = command_for(source, compiler) + [level] + model
                    yield desk.compile(source, [], compiler=command), command


def firmware(path, base, weak=True):
    """An address for everything that the file wants."""
    names = [n for n, binding in Elf(path).undefined().items() if binding == 1 or weak]
    names = [n for n in names if n != GOT]  # the loader's own
    return {n: base + 0x40 * i for i, n in enumerate(sorted(names))}


def check_got(elf, loaded, imports):
    """Every GOT access arrives at an entry with the right address. Returns what is masked."""
    masked, symbols = [], list(elf.symbols())
    pages = {}
    for r in elf.relocations():
        symbol = symbols[r.symbol]
        if r.type not in GOT_TYPES and symbol.name != GOT:
            continue
        masked.append((r.target, r.offset, 4))
        place = loaded.sections[r.target] + r.offset
        if r.type in (ADR_GOT_PAGE, ADR_PREL_PG_HI21):
            pages[symbol.name] = adrp(loaded.word(place), place)
            continue
        slot = place + (loaded.word(place) >> 5 & 0x7FFFF) * 4
        if r.type in (LD64_GOT_LO12_NC, LD64_GOTPAGE_LO15):
            page = pages[symbol.name if r.type == LD64_GOT_LO12_NC else GOT]
            slot = page + offset12(loaded.word(place))
        want = imports.get(symbol.name, 0)
        if symbol.shndx != 0:
            want = loaded.sections[symbol.shndx] + symbol.value
        assert loaded.word(slot, 8) == want, f"GOT entry of {symbol.name} at {slot:#x}"
    return masked


def test_everything_near_is_the_linkers():
    """One heap with everything within reach; the linker needs neither veneers nor a far GOT."""
    desk.heaps((0, 0), (TEXT, 0x40000))
    count = 0
    for path, command in objects(["-O0", "-O2", "-Os"]):
        imports = firmware(path, TEXT + 0x80000)
        try:
            loaded = desk.load(path, imports)
            elf = Elf(path)
            assert loaded.veneers == 0, loaded.veneers
            masked = check_got(elf, loaded, imports)
            desk.compare(path, loaded, desk.link(path, loaded.sections, imports), masked)
        except AssertionError as error:
            raise AssertionError(f"{' '.join(command)}: {error}") from error
        count += 1
    assert count >= 100, count


def test_far_firmware_is_reached():
    """Harvard heaps and firmware 4 GiB away, or more: calls by veneer, data by the GOT."""
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))
    veneers = 0
    for path, command in objects(["-O1", "-O3"]):
        if "-mcmodel=tiny" in command:
            continue  # by definition no way to the data heap
        far = "-fpic" in command or "-mcmodel=large" in command
        imports = firmware(path, 0x12_3456_7000 if far else TEXT + 0x2000_0000, False)
        try:
            loaded = desk.load(path, imports)
            elf = Elf(path)
            check_got(elf, loaded, imports)
            symbols = list(elf.symbols())
            used = set()
            for r in elf.relocations():
                if r.type in (JUMP26, CALL26) and symbols[r.symbol].shndx == 0:
                    if symbols[r.symbol].name not in imports:  # weak, and nobody has it: a NOP
                        assert loaded.word(loaded.sections[r.target] + r.offset) == 0xD503201F
                        continue
                    end, hops = follow(loaded, loaded.sections[r.target] + r.offset)
                    assert end == imports.get(symbols[r.symbol].name, 0), hex(end)
                    assert hops == 1, hops
                    used.add(end)
            assert len(used) == loaded.veneers, f"{len(used)} used, {loaded.veneers} made"
            veneers += loaded.veneers
        except AssertionError as error:
            raise AssertionError(f"{' '.join(command)}: {error}") from error
    assert veneers > 100, veneers


def test_partial_links_load():
    """ld -r of everything."""
    desk.heaps((0, 0), (TEXT, 0x80000))
    for level in LEVELS:
        flags = [level, "-ffunction-sections"]
        parts = [
            desk.compile(s, flags, os.path.basename(s), command_for(s, GCC)) for s in sources()
        ]
        path = desk.path("partial.o")
        run(["aarch64-linux-gnu-ld", "-r", "-o", path, *parts])
        imports = firmware(path, TEXT + 0x80000)
        loaded = desk.load(path, imports)
        masked = check_got(Elf(path), loaded, imports)
        desk.compare(path, loaded, desk.link(path, loaded.sections, imports), masked)


def test_shared_objects_load():
    """GLOB_DAT, JUMP_SLOT, RELATIVE, ABS64 and RELR, against the addresses of their symbols."""
    desk.heaps((0, 0), (TEXT, 0x80000))
    gnu = [*GCC, "-shared", "-nostdlib"]
    lld = ["ld.lld", "-shared", "--pack-dyn-relocs=relr"]
    types = set()
    for tool, linker in (
        (GCC, gnu),
        (GCC, [*gnu, "-Wl,-z,relro,-z,now"]),
        (CLANG, [*gnu, "-Wl,-Bsymbolic"]),
        (CLANG, lld),
        (CLANG, [*lld, "-z", "now"]),
    ):
        for source in sources():
            path = desk.path("shared.so")
            part = desk.compile(source, ["-O2", "-fpic"], compiler=command_for(source, tool))
            run([*linker, part, "-o", path])
            elf = Elf(path)
            wanted = sorted(s.name for s in elf.symbols(SHT_DYNSYM) if s.shndx == 0 and s.name)
            imports = {name: 0x7000_0000 + 64 * i for i, name in enumerate(wanted)}
            types |= check_shared(elf, desk.load(path, imports), imports)
    assert {257, 1025, 1026, 1027, SHT_RELR << 16} <= types, types


def test_shared_objects_move_by_pages():
    """The linker has computed each ADRP for a page: the port of the desk has no granule."""
    path = desk.path("pages.so")
    code = desk.assemble("""
        .globl where
where:  adrp x0, value
        add x0, x0, :lo12:value
        ret
        .data
        .globl value
        .hidden value
        .space 0x238
value:  .word 7
""")
    run([*GCC, "-shared", "-nostdlib", code, "-o", path])
    elf = Elf(path)
    value = next(s.value for s in elf.symbols() if s.name == "value")
    for start in (TEXT, TEXT + 0x10, TEXT + 0x7F0):
        desk.heaps((0, 0), (start, 0x80000))
        loaded = desk.load(path)
        base = loaded.symbols["where"] - elf.section(".text").addr
        assert base % 4096 == 0, hex(base)
        place = loaded.symbols["where"]
        target = adrp(loaded.word(place), place) + (loaded.word(place + 4) >> 10 & 0xFFF)
        assert target == base + value, f"{target:#x}, not {base + value:#x}"
        assert loaded.word(target) == 7


def check_shared(elf, loaded, imports):
    """Every word that a dynamic relocation names has its value. Returns their types."""
    some = next(s for s in elf.loaded() if s.index in loaded.sections)
    base = loaded.sections[some.index] - some.addr
    symbols, types = list(elf.symbols(SHT_DYNSYM)), set()
    for table in (s for s in elf.sections if s.type == SHT_RELA and s.flags & SHF_ALLOC):
        for at in range(table.offset, table.offset + table.size, 24):
            offset, info, addend = struct.unpack_from("<QQq", elf.data, at)
            symbol = symbols[info >> 32]
            want = imports.get(symbol.name, symbol.value + base if symbol.shndx else 0) + addend
            if info & 0xFFFFFFFF == 1027:
                want = base + addend
            assert loaded.word(base + offset, 8) == want, f"{symbol.name} at {offset:#x}"
            types.add(info & 0xFFFFFFFF)
    for table in (s for s in elf.sections if s.type == SHT_RELR):
        for offset in relr(struct.unpack(f"<{table.size // 8}Q", elf.contents(table))):
            section = next(s for s in elf.loaded() if s.addr <= offset < s.addr + s.size)
            addend = struct.unpack_from("<Q", elf.contents(section), offset - section.addr)[0]
            assert loaded.word(base + offset, 8) == base + addend, hex(offset)
            types.add(SHT_RELR << 16)
    return types


def relr(words):
    """gABI, "Relative Relocation Table"."""
    where = 0
    for word in words:
        if word & 1 == 0:
            yield word
            where = word + 8
            continue
        yield from (where + 8 * i for i in range(63) if word >> (i + 1) & 1)
        where += 63 * 8


sys.exit(main(globals()))
