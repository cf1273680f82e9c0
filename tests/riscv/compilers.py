# SPDX-License-Identifier: Apache-2.0
"""What GCC and Clang make of real sources: all of it loads, and is what GNU ld makes of it."""
import glob
import os
import sys

sys.dont_write_bytecode = True
from desk import Heap, main, run  # noqa: E402
from elf import Elf, SHF_ALLOC, SHT_DYNSYM, SHT_RELA  # noqa: E402
from riscv import (  # noqa: E402
    EMULATION, MASK, NUMBERS, PREFIX, WIDE, follow, i_type, new_desk, u_type,
)  # fmt: skip

desk = new_desk()
SOURCES = sorted(glob.glob(os.path.join(os.path.dirname(__file__), "../common/desk/sources/*.c*")))
ARCHITECTURES = (
    (("rv64gc", "lp64d", "medany"), ("rv64gc", "lp64d", "medlow"), ("rv64imac", "lp64", "medany"), ("rv64i", "lp64", "medlow"))
    if WIDE else
    (("rv32imac", "ilp32", "medlow"), ("rv32imc", "ilp32", "medany"), ("rv32imafc", "ilp32f", "medlow"),
     ("rv32i", "ilp32", "medany"), ("rv32im", "ilp32", "medlow"), ("rv32ec", "ilp32e", "medany"))
)  # fmt: skip
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")
MODES = [(pic, relax) for pic in ("-fno-pic", "-fpic") for relax in ("-mrelax", "-mno-relax")]
CXX = ["-fno-threadsafe-statics", "-std=c++17"]
PLAIN = ["-fno-exceptions", "-fno-rtti"]
CALL, CALL_PLT, GOT_HI20, LO12_I = (NUMBERS[n] for n in ("CALL", "CALL_PLT", "GOT_HI20", "PCREL_LO12_I"))
LIBRARY = ("__cxa_atexit", "__dso_handle")  # defined by the loader
met = set()


def compilers(arch, abi):
    yield [PREFIX + "gcc"]
    if abi != "ilp32e":
        yield ["clang", f"--target=riscv{64 if WIDE else 32}-unknown-elf"]


def imports_of(elf, base):
    names = sorted(n for n in elf.undefined() if n != "_GLOBAL_OFFSET_TABLE_")
    weak = [n for n in names if elf.undefined()[n] == 2]
    return {n: base + 0x1000 + 0x104 * i for i, n in enumerate(names) if n not in weak[::2]}


def address(elf, loaded, imports, index):
    symbol = list(elf.symbols())[index]
    if symbol.shndx == 0:
        return imports.get(symbol.name, 0)
    return loaded.sections[symbol.shndx] + symbol.value


def check_got(elf, loaded, imports):
    """The places that refer to the GOT, which is not where GNU ld puts its own; each is right."""
    symbols, masked, high = list(elf.symbols()), [], {}
    for r in elf.relocations():
        if r.type == GOT_HI20 or symbols[r.symbol].name in LIBRARY:
            high[r.target, r.offset] = r
            masked.append((r.target, r.offset, 4))
    for r in elf.relocations() if high else ():
        if r.type != LO12_I:
            continue
        label = symbols[r.symbol]
        first = high.get((label.shndx, label.value))
        if first is None:
            continue
        masked.append((r.target, r.offset, 4))
        if symbols[first.symbol].name in LIBRARY:
            continue
        place = loaded.sections[first.target] + first.offset
        lower = loaded.word(loaded.sections[r.target] + r.offset)
        slot = place + u_type(loaded.word(place)) + i_type(lower) & MASK
        want = address(elf, loaded, imports, first.symbol)
        assert loaded.word(slot, 8 if WIDE else 4) == want, symbols[first.symbol].name
    return masked


def check_calls(elf, loaded, imports):
    """Every call ends where it should; GNU ld has no veneers."""
    symbols, masked = list(elf.symbols()), []
    for r in elf.relocations():
        if r.type not in (CALL, CALL_PLT):
            continue
        target, veneers = follow(loaded, loaded.sections[r.target] + r.offset)
        if symbols[r.symbol].name in LIBRARY:
            masked.append((r.target, r.offset, 8))
            continue
        assert target == address(elf, loaded, imports, r.symbol) + r.addend & MASK, hex(target)
        if veneers or target == 0:  # GNU ld makes the call to nowhere an absolute one
            masked.append((r.target, r.offset, 8))
    return masked


def check(path, base):
    elf = Elf(path)
    imports = imports_of(elf, base)
    loaded = desk.load(path, imports)
    met.update(r.type for r in elf.relocations())
    masked = check_got(elf, loaded, imports) + check_calls(elf, loaded, imports)
    symbols = {n: imports.get(n, 0) for n, bind in elf.undefined().items() if bind != 2 or n in imports}
    desk.compare(path, loaded, desk.link(path, loaded.sections, symbols), masked)


def build(compiler, flags, name="all"):
    objects = []
    for source in SOURCES:
        extra = CXX + (PLAIN if "-fexceptions" not in flags else []) if source.endswith("cpp") else []
        flags_here = [*flags, *extra, "-ffreestanding"]
        objects.append(desk.compile(source, flags_here, os.path.basename(source).split(".")[0], compiler))
    path = desk.path(name + ".o")
    run([PREFIX + "ld", "-m" + EMULATION, "-r", "-o", path, *objects])
    return objects, path


def test_all_levels_and_models():
    """Each source alone, and all of them as one file; code and data in two heaps."""
    turn = 0
    for arch, abi, model in ARCHITECTURES:
        for level in LEVELS:
            for compiler in compilers(arch, abi):
                pic, relax = MODES[turn % 4]
                if arch == "rv32ec" and relax == "-mrelax":
                    relax = "-mno-relax"
                turn += 1
                low = 0x80000000 if model == "medany" else 0x20000000
                desk.instr, desk.data = Heap(low + 0x20000, 0x40000), Heap(low + 0x1000000, 0x40000)
                flags = [level, f"-march={arch}", f"-mabi={abi}", f"-mcmodel={model}", pic, relax]
                flags += ["-ffunction-sections", "-fdata-sections"] if turn % 3 else []
                flags += ["-fexceptions", "-fasynchronous-unwind-tables"] if turn % 5 < 2 else []
                objects, together = build(compiler, flags)
                for path in (*objects, together) if level in ("-O0", "-Os") else (together,):
                    try:
                        check(path, low + 0x800000)
                    except AssertionError as error:
                        raise AssertionError(f"{' '.join(compiler + flags)} {path}") from error
    names = ["CALL_PLT", "GOT_HI20", "PCREL_HI20", "PCREL_LO12_I", "PCREL_LO12_S", "HI20", "LO12_I", "LO12_S",
             "BRANCH", "JAL", "RVC_BRANCH", "RVC_JUMP", "RELAX", "ADD32", "SUB32", "SET6", "SUB6", "SET8", "32_PCREL"]  # fmt: skip
    missing = [n for n in names if NUMBERS[n] not in met]
    assert not missing, f"no compiler made {missing}"


def test_shared_objects():
    """Made by Clang and LLD: each dynamic relocation's word, and each GOT entry."""
    arch, abi, _ = ARCHITECTURES[0]
    desk.instr, desk.data = Heap(0, 0), Heap(0x90000000, 0x80000)
    size, kinds = 8 if WIDE else 4, set()
    for level in LEVELS:
        clang = ["clang", f"--target=riscv{64 if WIDE else 32}-unknown-elf"]
        objects, _ = build(clang, [level, f"-march={arch}", f"-mabi={abi}", "-fpic", "-mrelax"])
        path = desk.path("shared.so")
        run(["ld.lld", "-shared", "-z", "separate-loadable-segments", "--no-relax", "-o", path, *objects])
        elf = Elf(path)
        symbols = list(elf.symbols(SHT_DYNSYM))
        names = {s.name for s in symbols if s.shndx == 0 and s.name and s.name not in LIBRARY}
        imports = {n: 0x80001000 + 0x104 * i for i, n in enumerate(sorted(names))}
        loaded = desk.load(path, imports)
        base = next(loaded.sections[s.index] - s.addr for s in elf.loaded() if s.index in loaded.sections)
        for table in (s for s in elf.sections if s.type == SHT_RELA and s.flags & SHF_ALLOC):
            for r in elf.table(table):
                symbol = symbols[r.symbol]
                kinds.add(r.type)
                if symbol.name in LIBRARY:
                    continue
                value = imports[symbol.name] if symbol.shndx == 0 and r.symbol else base + symbol.value
                want = value + r.addend & MASK
                assert loaded.word(base + r.offset, size) == want, (r, hex(want))
    assert kinds == {2 if WIDE else 1, 3, 5}, kinds


sys.exit(main(globals()))
