# SPDX-License-Identifier: Apache-2.0
"""What GCC emits, however it is asked to: everything loads, and the bytes are ld's."""
import os
import struct
import sys

sys.dont_write_bytecode = True
from desk import main, run  # noqa: E402
from elf import Elf, SHF_ALLOC, SHT_DYNSYM, SHT_RELA  # noqa: E402
from xtensa import DATA, TEXT, follow, l32r, new_desk  # noqa: E402

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../common/desk/sources")
FLAGS = ["-ffreestanding", "-fno-common"]
# The loader has a __cxa_atexit of its own, at an address of the desk.
CXX = ["-std=c++17", "-fno-use-cxa-atexit", "-fno-exceptions", "-fno-rtti"]
CXX += ["-fno-threadsafe-statics"]

LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
MODELS = [
    [],
    ["-mlongcalls"],
    ["-mtext-section-literals"],
    ["-mlongcalls", "-mtext-section-literals", "-ffunction-sections", "-fdata-sections"],
    ["-ffunction-sections"],
    ["-fpic"],
    ["-fpic", "-mlongcalls", "-mtext-section-literals"],
]
SLOT0_OP = 20

desk = new_desk()


def sources():
    return [os.path.join(SOURCES, name) for name in sorted(os.listdir(SOURCES))]


def command_for(source):
    if source.endswith(".cpp"):
        return ["xtensa-lx106-elf-g++", *FLAGS, *CXX]
    return ["xtensa-lx106-elf-gcc", *FLAGS]


def objects(levels):
    for level in levels:
        for model in MODELS:
            for source in sources():
                command = command_for(source) + [level] + model
                yield desk.compile(source, [], compiler=command), command


def firmware(path, base, weak=True):
    """An address for everything that the file wants."""
    names = [n for n, binding in Elf(path).undefined().items() if binding == 1 or weak]
    return {n: base + 0x40 * i for i, n in enumerate(sorted(names))}


def test_everything_near_is_the_linkers():
    desk.heaps((TEXT, 0x10000), (DATA, 0x40000))
    count = 0
    for path, command in objects(LEVELS):
        imports = firmware(path, TEXT + 0x10000)
        try:
            loaded = desk.load(path, imports)
            assert loaded.veneers == 0, loaded.veneers
            desk.compare(path, loaded, desk.link(path, loaded.sections, imports))
        except AssertionError as error:
            raise AssertionError(f"{' '.join(command)}: {error}") from error
        count += 1
    assert count == len(LEVELS) * len(MODELS) * len(sources()), count


def test_far_firmware_is_reached():
    """Firmware at 0x40000000, where CALL0 does not reach: by veneer, or by L32R and CALLX0."""
    desk.heaps((TEXT, 0x10000), (DATA, 0x40000))
    veneers = literals = 0
    for path, command in objects(["-O2", "-Os"]):
        imports = firmware(path, 0x40000000, False)
        try:
            loaded = desk.load(path, imports)
            symbols = list(Elf(path).symbols())
            used = set()
            for r in Elf(path).relocations():
                place = loaded.sections[r.target] + r.offset
                insn = loaded.word(place, 3) if r.type == SLOT0_OP else 0
                if insn & 15 == 1:
                    literals += loaded.word(l32r(insn, place)) in imports.values()
                elif insn & 0x3F == 5 and symbols[r.symbol].shndx == 0:
                    end, hops = follow(loaded, place)
                    assert end == imports.get(symbols[r.symbol].name, 0) and hops == 1, hex(end)
                    used.add(end)
            assert len(used) == loaded.veneers, f"{len(used)} used, {loaded.veneers} made"
            assert not used or "-mlongcalls" not in command
            veneers += loaded.veneers
        except AssertionError as error:
            raise AssertionError(f"{' '.join(command)}: {error}") from error
    assert veneers > 50 and literals > 50, f"{veneers} {literals}"


def test_partial_links_load():
    """ld -r of everything; it moves addends into the places of R_XTENSA_32."""
    desk.heaps((TEXT, 0x20000), (DATA, 0x40000))
    for level in LEVELS:
        for model in (["-ffunction-sections"], ["-mtext-section-literals"]):
            parts = [
                desk.compile(s, [level, *model], os.path.basename(s), command_for(s))
                for s in sources()
            ]
            path = desk.path("partial.o")
            run(["xtensa-lx106-elf-ld", "-r", "-o", path, *parts])
            imports = firmware(path, TEXT + 0x10000)
            loaded = desk.load(path, imports)
            desk.compare(path, loaded, desk.link(path, loaded.sections, imports))


def test_shared_objects_load():
    """GLOB_DAT, JMP_SLOT and RELATIVE, against the addresses of their symbols."""
    desk.heaps((0, 0), (TEXT, 0x80000))
    types = set()
    for level in ("-O0", "-O2"):
        for source in sources():
            path = desk.path("shared.so")
            run([*command_for(source), level, "-fpic", "-shared", "-nostdlib", source, "-o", path])
            elf = Elf(path)
            wanted = sorted(s.name for s in elf.symbols(SHT_DYNSYM) if s.shndx == 0 and s.name)
            imports = {name: 0x4000_0000 + 64 * i for i, name in enumerate(wanted)}
            types |= check_shared(elf, desk.load(path, imports), imports)
    assert {2, 3, 4, 5} <= types, types


def check_shared(elf, loaded, imports):
    """Every word that a dynamic relocation names has its value. Returns their types."""
    some = next(s for s in elf.loaded() if s.index in loaded.sections)
    base = loaded.sections[some.index] - some.addr
    symbols, types = list(elf.symbols(SHT_DYNSYM)), set()
    for table in (s for s in elf.sections if s.type == SHT_RELA and s.flags & SHF_ALLOC):
        for at in range(table.offset, table.offset + table.size, 12):
            offset, info, addend = struct.unpack_from("<IIi", elf.data, at)
            symbol, kind = symbols[info >> 8], info & 255
            section = next(s for s in elf.loaded() if s.addr <= offset < s.addr + s.size)
            present = struct.unpack_from("<I", elf.contents(section), offset - section.addr)[0]
            want = imports.get(symbol.name, symbol.value + base if symbol.shndx else 0) + addend
            if kind == 5:
                want = base + addend + present
            elif kind == 2:
                want = present
            assert loaded.word(base + offset) == want & 0xFFFFFFFF, f"{symbol.name} {offset:#x}"
            types.add(kind)
    return types


sys.exit(main(globals()))
