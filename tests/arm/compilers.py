# SPDX-License-Identifier: Apache-2.0
"""
What GCC or Clang, as the second argument says, emits for every core, however it is asked to:
everything loads, and the bytes are GNU ld's. Prints how often each relocation type was met.
"""
import os
import struct
import sys
from collections import Counter

sys.dont_write_bytecode = True
from arm import (  # noqa: E402
    CLANG,
    DATA,
    PREFIX,
    TEXT,
    follow,
    follow_prel31,
    new_desk,
    place_addend,
    relocation_names,
    to_rela,
)
from desk import main, run  # noqa: E402
from elf import SHF_ALLOC, SHT_DYNSYM, SHT_REL, Elf  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDERS = (os.path.join(HERE, "../common/desk/sources"), os.path.join(HERE, "sources"))
FLAGS = ["-ffreestanding", "-fno-common", "-mthumb"]
# The loader has functions for exit handlers of its own, at an address of the desk.
CXX = ["-std=c++17", "-fno-use-cxa-atexit", "-fno-threadsafe-statics"]
GCC = [PREFIX + "gcc"]
COMPILER = CLANG if sys.argv[2] == "clang" else GCC
CORES = ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"]
LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
MODELS = [
    [],
    ["-fpic"],
    ["-mlong-calls"],
    ["-fpic", "-ffunction-sections", "-fdata-sections"],
    ["execute-only"],
    ["-fno-pic", "-ffunction-sections", "-funwind-tables"],
    ["-fpic", "-mlong-calls"],
    ["-fpic", "data-apart"],
]
# Flags that the two do not spell alike, or that only one has.
FLAGS_OF = {
    "execute-only": ("-mpure-code", "-mexecute-only"),
    "data-apart": ("-mno-pic-data-is-text-relative", None),
}

CALLS = (10, 30, 51, 102, 103)
PREL31 = 42
GOTOFF32, BASE_PREL, GOT_BREL, GOT_PREL = 24, 25, 26, 96
GOT = "_GLOBAL_OFFSET_TABLE_"

desk = new_desk()
met = Counter()


def sources():
    return [os.path.join(f, name) for f in FOLDERS for name in sorted(os.listdir(f))]


def command_for(source, compiler, core, model):
    clang = compiler is CLANG
    flags = [FLAGS_OF[f][clang] if f in FLAGS_OF else f for f in model]
    if clang and core == "cortex-m0" and "execute-only" in model:
        flags = []  # not for Armv6-M in Clang 14
    flags = [f"-mcpu={core}", *FLAGS, *filter(None, flags)]
    if source.endswith(".cpp"):
        flags += CXX + (["-fno-c++-static-destructors"] if clang else [])
        flags += [] if "unwind" in source else ["-fno-exceptions", "-fno-rtti"]
    tool = compiler[0].replace("gcc", "g++" if source.endswith(".cpp") else "gcc")
    return [tool, *compiler[1:], *flags]


def objects(cores=CORES, levels=LEVELS, models=None):
    """All sources, cores and levels; models and float ABIs by turns, or all models."""
    for i, core in enumerate(cores):
        for j, level in enumerate(levels):
            for model in models or [MODELS[(i * 2 + j) % len(MODELS)]]:
                for source in sources():
                    command = command_for(source, COMPILER, core, model) + [level]
                    if core in ("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"):
                        command.append("-mfloat-abi=" + ("hard", "softfp", "soft")[j % 3])
                    yield desk.compile(source, [], compiler=command), command


def firmware(path, base):
    """A function for everything that the file wants, a word for its own GOT."""
    names = sorted(n for n in Elf(path).undefined() if n != GOT)
    return {n: base + 0x40 * i | 1 for i, n in enumerate(names)}


def got_base(elf, loaded):
    """Where the GOT begins, as code computes it; None where none does."""
    for r in elf.relocations():
        if r.type == BASE_PREL:
            place = loaded.sections[r.target] + r.offset
            memory = elf.contents(elf.sections[r.target])[r.offset : r.offset + 4]
            return loaded.word(place) + place - place_addend(r.type, memory) & 0xFFFFFFFF
    return None


def check_got(elf, loaded, imports):
    """Every GOT access arrives at an entry with the right address. Returns what is masked."""
    masked, symbols, base = [], list(elf.symbols()), got_base(elf, loaded)
    for r in elf.relocations():
        symbol = symbols[r.symbol]
        if r.type not in (GOT_BREL, GOT_PREL) and not (base is None and r.type == GOTOFF32):
            continue
        masked.append((r.target, r.offset, 4))
        place = loaded.sections[r.target] + r.offset
        memory = elf.contents(elf.sections[r.target])[r.offset : r.offset + 4]
        slot = loaded.word(place) - place_addend(r.type, memory)
        if r.type == GOT_PREL:
            slot += place
        elif base is not None:
            slot += base
        else:
            continue
        want = imports.get(symbol.name, 0)
        if symbol.shndx != 0:
            want = loaded.sections[symbol.shndx] + symbol.value
        found = loaded.word(slot & 0xFFFFFFFF)
        assert found == want, f"GOT entry of {symbol.name} at {slot:#x}: {found:#x}"
    return masked


def compare(path, imports, loaded):
    elf = Elf(path)
    masked = check_got(elf, loaded, imports)
    base = got_base(elf, loaded) or TEXT + 0x400000
    extra = f"\t.got {base:#x} : {{ *(.got.plt) *(.got) }}\n"
    linked = desk.link(path, loaded.sections, imports, extra=extra)
    desk.compare(path, loaded, linked, masked)


def check_near(path):
    imports = firmware(path, TEXT + 0x800000)
    loaded = desk.load(path, imports)
    assert loaded.veneers == 0, loaded.veneers
    compare(path, imports, loaded)
    met.update(relocation_names(path))
    rela = desk.load(to_rela(path), imports)
    for section in Elf(path).loaded():
        if section.index in loaded.sections:
            a = loaded.read(loaded.sections[section.index], section.size)
            b = rela.read(rela.sections[section.index], section.size)
            assert a == b, f"{section.name} differs with RELA"


def checked(items, check):
    count = 0
    for path, command in items:
        try:
            check(path)
        except AssertionError as error:
            raise AssertionError(f"{' '.join(command)}: {error}") from error
        count += 1
    return count


def test_everything_near_is_the_linkers():
    """One heap with everything within reach; the linker needs no veneers."""
    desk.heaps((0, 0), (TEXT, 0x80000))
    assert checked(objects(), check_near) >= 150
    for core in ("cortex-m0", "cortex-m4"):
        checked(objects([core], ["-O2"], MODELS), check_near)


def check_far(path):
    imports = firmware(path, 0x60000000)
    loaded = desk.load(path, imports)
    elf = Elf(path)
    check_got(elf, loaded, imports)
    symbols, used, spare = list(elf.symbols()), set(), set()
    for r in elf.relocations():
        if r.target not in loaded.sections or symbols[r.symbol].shndx != 0:
            continue
        at = loaded.sections[r.target] + r.offset
        if r.type in CALLS:
            end, hops = follow(loaded, at)
            assert end | 1 == imports[symbols[r.symbol].name] and hops == 1, hex(end)
            used.add(end)
        elif r.type == PREL31:  # far, but perhaps not too far
            end, hops = follow_prel31(loaded, at)
            assert end == imports[symbols[r.symbol].name] & ~1, hex(end)
            spare.add(end)
    assert len(used) <= loaded.veneers <= len(used | spare), f"{len(used)} used, {loaded.veneers} made"
    veneers.append(loaded.veneers)


veneers = []


def test_far_firmware_is_reached():
    """Harvard heaps, firmware out of reach of both: calls by veneer, data by address or GOT."""
    desk.heaps((TEXT, 0x40000), (DATA, 0x80000))
    checked(objects(["cortex-m0", "cortex-m33"], ["-O1", "-Os"]), check_far)
    assert sum(veneers) > 50, sum(veneers)


def test_partial_links_load():
    """ld -r of everything."""
    desk.heaps((0, 0), (TEXT, 0x80000))
    for core in ("cortex-m0", "cortex-m7"):
        parts = [
            desk.compile(s, ["-O2"], os.path.basename(s), command_for(s, COMPILER, core, MODELS[3]))
            for s in sources()
        ]
        path = desk.path("partial.o")
        run([PREFIX + "ld", "-r", "-o", path, *parts])
        check_near(path)


def test_shared_objects_load():
    """GLOB_DAT, JUMP_SLOT, RELATIVE and ABS32, against the addresses of their symbols."""
    desk.heaps((0, 0), (TEXT, 0x80000))
    gnu, lld = [*GCC, "-shared", "-nostdlib"], ["ld.lld", "-shared"]
    types, stubs = set(), []
    for tool, core, linker in [
        (GCC, "cortex-m3", [*gnu, "-mthumb", "-mcpu=cortex-m3"]),
        (GCC, "cortex-m4", [*gnu, "-mthumb", "-mcpu=cortex-m4", "-Wl,-z,now"]),
        (CLANG, "cortex-m33", [*gnu, "-mthumb", "-mcpu=cortex-m33", "-Wl,-Bsymbolic"]),
        (CLANG, "cortex-m33", lld),
        (GCC, "cortex-m7", [*lld, "-z", "now"]),
    ]:
        if tool is not COMPILER:
            continue
        for source in sources():
            if "unwind" in source:
                continue  # the linker has no form of a type's address for shared objects
            path = desk.path("shared.so")
            flags = ["-O2", *(["-nostartfiles"] if linker is lld else [])]
            part = desk.compile(source, flags, compiler=command_for(source, tool, core, ["-fpic"]))
            run([*linker, part, "-o", path])
            elf = Elf(path)
            wanted = sorted(s.name for s in elf.symbols(SHT_DYNSYM) if s.shndx == 0 and s.name)
            imports = {name: 0x7000_0001 + 64 * i for i, name in enumerate(wanted)}
            # LLD 14 makes stubs for calls in Arm state, which no Cortex-M executes.
            refused = linker[0] == "ld.lld" and any(s.name == ".plt" for s in elf.sections)
            loaded = desk.load(path, imports, fails=refused)
            if refused:
                assert "stubs are for another instruction set state" in loaded.diag, loaded.diag
                stubs.append(path)
            else:
                types |= check_shared(elf, loaded, imports)
    assert {2, 21, 22, 23} <= types, types
    assert stubs


def check_shared(elf, loaded, imports):
    """Every word that a dynamic relocation names has its value. Returns their types."""
    some = next(s for s in elf.loaded() if s.index in loaded.sections)
    base = loaded.sections[some.index] - some.addr
    symbols, types = list(elf.symbols(SHT_DYNSYM)), set()
    for table in (s for s in elf.sections if s.type == SHT_REL and s.flags & SHF_ALLOC):
        for at in range(table.offset, table.offset + table.size, 8):
            offset, info = struct.unpack_from("<II", elf.data, at)
            section = next(s for s in elf.loaded() if s.addr <= offset < s.addr + s.size)
            addend = struct.unpack_from("<I", elf.contents(section), offset - section.addr)[0]
            symbol = symbols[info >> 8]
            want = imports.get(symbol.name, symbol.value + base if symbol.shndx else 0)
            want += {23: base - want + addend, 2: addend}.get(info & 0xFF, 0)
            found = loaded.word(base + offset)
            assert found == want & 0xFFFFFFFF, f"{symbol.name} at {offset:#x}: {found:#x}"
            types.add(info & 0xFF)
    return types


def test_all_kinds_of_relocation_were_met():
    wanted = "THM_CALL THM_JUMP24 ABS32 REL32 PREL31 TARGET1 TARGET2 NONE GOT_BREL"
    wanted += " BASE_PREL THM_MOVW_ABS_NC THM_MOVT_ABS THM_ALU_ABS_G0_NC THM_ALU_ABS_G3_NC"
    if COMPILER is CLANG:
        wanted = "THM_CALL THM_JUMP24 ABS32 REL32 PREL31 TARGET1 TARGET2 GOT_PREL THM_MOVW_ABS_NC"
    missing = {"R_ARM_" + name for name in wanted.split()} - set(met)
    for name, count in sorted(met.items()):
        print(f"{count:7} {name}")
    assert not missing, missing


sys.exit(main(globals()))
