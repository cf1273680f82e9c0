# SPDX-License-Identifier: Apache-2.0
"""
A packed file gives the image of the file that it was made from, for every machine and what its
compilers emit: pack_images.py DESK_LOAD TENON MACHINE.

Both are loaded at the same addresses, and all that is in memory afterwards is compared: code, data,
GOT entries, veneers, exports. Where a symbol has a GOT entry and a veneer, packing changes the order
of such symbols; then the file that it is compared with has its symbols in that order, too.
"""
import ctypes
import json
import os
import struct
import sys

sys.dont_write_bytecode = True
from desk import Desk, Heap, main, run  # noqa: E402
from elf import SHT_DYNSYM, SHT_REL, SHT_RELA, SHT_RELR, SHT_SYMTAB, Elf  # noqa: E402

SHT_DYNAMIC = 6
TENON, MACHINE = sys.argv[2:4]
HERE = os.path.dirname(os.path.abspath(__file__))
COMMON = os.path.join(HERE, "../common/desk/sources")
MATRIX = os.path.join(HERE, "../matrix/extension")
os.environ["DESK_GRANULE"] = "0x40000"
# Veneers are in the order of the symbol table then.
os.environ["DESK_COUNT_FIRST"] = "1"
# Functions that the library itself provides are then at the same address in each run.
ADDR_NO_RANDOMIZE = 0x0040000
assert ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE) >= 0

# What is loaded beside the plain file.
# "first" is a packed file of version 1; "compact" that file with another name of its note: then it is a plain one
# with compact relocations.
FORMS = ("unpacked", "packed", "first", "compact")

CXX = ["-std=c++17", "-fno-threadsafe-statics"]
BARE = ["-ffreestanding"]
SPECIAL = ("_GLOBAL_OFFSET_TABLE_", "__dso_handle", "__cxa_atexit", "__cxa_finalize", "__aeabi_atexit", "atexit")
SPLIT = ["-ffunction-sections", "-fdata-sections"]
UNWIND = ["-funwind-tables", "-fexceptions"]


def clang(target, *flags):
    return ["clang", "--target=" + target, *flags]


class Machine:
    def __init__(self, compilers, models, text, data, firmware, sources=(COMMON,), emulation=None):
        self.compilers, self.models, self.sources = compilers, models, sources
        self.text, self.data, self.firmware = text, data, firmware
        self.linker = ["ld"] if emulation is None else emulation
        self.shared = next((c for c in compilers if c[0] == "clang"), None)


def riscv(bits, arch, abi):
    gcc = ["riscv64-unknown-elf-gcc", "-march=" + arch, "-mabi=" + abi]
    low = clang(f"riscv{bits}-unknown-elf", "-march=" + arch, "-mabi=" + abi)
    models = [
        ["-mcmodel=medlow"], ["-mcmodel=medany"], ["-mcmodel=medany", "-mrelax", *SPLIT],
        ["-fpic"], ["-fpic", "-mno-relax", *UNWIND], ["-mcmodel=medany", "-mno-relax", *SPLIT],
        ["-mcmodel=medany", "-mrelax", *UNWIND],
    ]  # fmt: skip
    linker = ["riscv64-unknown-elf-ld", f"-melf{bits}lriscv"]
    return Machine([gcc, low], models, 0x20000000, 0x21000000, (0x20800000, 0x10000000), (COMMON,), linker)


ARM_MODELS = [
    [], ["-fpic"], ["-mlong-calls"], ["-fpic", *SPLIT], SPLIT, ["-fpic", "-mlong-calls"],
    UNWIND, [*UNWIND, *SPLIT], ["-fcommon"],
]  # fmt: skip
MACHINES = {
    "x86-64": Machine(
        [["gcc"], ["clang"]],
        [["-fno-pic"], ["-fpic"], ["-fPIE", *SPLIT], ["-fpic", "-fno-plt"], ["-fpic", "-mcmodel=medium"],
         ["-fno-pic", "-mcmodel=large"], ["-fno-pic", "-fcommon"]],
        0x40000000, 0x48000000, (0x50000000, 0x1000), (COMMON, MATRIX),
    ),
    "arm": Machine(
        [["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m4"], ["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m0"],
         clang("arm-none-eabi", "-mthumb", "-mcpu=cortex-m33"), clang("arm-none-eabi", "-mthumb", "-mcpu=cortex-m0")],
        ARM_MODELS, 0x10000000, 0x20000000, (0x10800001, 0x30000001), (COMMON, os.path.join(HERE, "../arm/sources")),
        ["arm-none-eabi-ld"],
    ),
    "aarch64": Machine(
        [["aarch64-linux-gnu-gcc"], clang("aarch64-none-elf")],
        [[], ["-fpic"], ["-fno-pic", "-mcmodel=large"], ["-fpic", *SPLIT], [*UNWIND, *SPLIT]],
        0x40000000, 0x48000000, (0x40800000, 0x90000000), (COMMON,), ["aarch64-linux-gnu-ld"],
    ),
    "riscv32": riscv(32, "rv32imac", "ilp32"),
    "riscv64": riscv(64, "rv64gc", "lp64d"),
    "xtensa": Machine(
        [["xtensa-lx106-elf-gcc"]],
        [[], ["-mlongcalls"], ["-mtext-section-literals"], SPLIT,
         ["-mlongcalls", "-mtext-section-literals", *SPLIT], ["-fpic"]],
        0x40100000, 0x3FF80000, (0x40180000, 0x40000000), (COMMON,), ["xtensa-lx106-elf-ld"],
    ),
}  # fmt: skip

machine = MACHINES[MACHINE]
desk = Desk(sys.argv[1], "")
desk.heaps((machine.text, 0x100000), (machine.data, 0x200000))
counts = {"loads": 0, "files": 0, "resolved": 0, "relocations": 0, "reordered": 0}


# ---- files ----


def sources():
    for folder in machine.sources:
        for name in ["unity.cpp"] if folder == MATRIX else sorted(os.listdir(folder)):
            yield os.path.join(folder, name)


def commands(compiler, model, level):
    """How each source is compiled."""
    for source in sources():
        tool, flags = list(compiler), list(model)
        if source.endswith(".cpp"):
            tool[0] = tool[0].replace("gcc", "g++")
            throws = "-fexceptions" in model or "unwind" in source or MACHINE == "x86-64"
            flags += [*CXX, *([] if throws else ["-fno-exceptions", "-fno-rtti"])]
        yield [*tool, level, *flags, *([] if MACHINE == "x86-64" else BARE), "-w"], source


def files(level, compilers, every=1):
    """
    One file of each compiler and every so many models, from all sources. With PACK_EACH in the
    environment, of all models, and of each source, too; that takes minutes.
    """
    every = 1 if "PACK_EACH" in os.environ else every * (1 + len(machine.models) // 7)
    for i, compiler in enumerate(compilers):
        for model in machine.models[i % every :: every]:
            objects = []
            for command, source in commands(compiler, model, level):
                name = os.path.basename(source).replace(".", "_")
                objects.append(desk.compile(source, [], name, command))
                if "PACK_EACH" in os.environ:
                    yield objects[-1], [*command, source]
            path = desk.path("all.o")
            run([*machine.linker, "-r", "-o", path, *objects])
            yield path, [*compiler, level, *model, "then ld -r"]


def imports_of(path, base):
    """An address for each import, but for every other weak one."""
    undefined = Elf(path).undefined()
    names = sorted(n for n in undefined if n not in SPECIAL)
    return {n: base + 0x40 * i for i, n in enumerate(names) if undefined[n] == 1 or i % 2}


def undefined_of(path):
    return sorted(s.name for s in Elf(path).symbols(SHT_DYNSYM) if s.shndx == 0 and s.name)


def reordered(path, order):
    """A copy whose global symbols are in that order of their numbers; others come last."""
    elf = Elf(path)
    data = bytearray(elf.data)
    table = next(s for s in elf.sections if s.type == SHT_SYMTAB)
    entry = 24 if elf.wide else 16
    symbols = list(elf.symbols())
    places = {number: i for i, number in enumerate(order)}
    globals_ = sorted(range(table.info, len(symbols)), key=lambda i: places.get(i, len(places)))
    number = {old: table.info + i for i, old in enumerate(globals_)}
    for old, new in number.items():
        at = table.offset + old * entry
        data[table.offset + new * entry : table.offset + (new + 1) * entry] = elf.data[at : at + entry]
    for section in elf.sections:
        if section.type not in (SHT_REL, SHT_RELA):
            continue
        word = 8 if elf.wide else 4
        for at in range(section.offset, section.offset + section.size, word * (3 if section.type == SHT_RELA else 2)):
            shift = 32 if elf.wide else 8
            info = int.from_bytes(elf.data[at + word : at + 2 * word], "little")
            symbol = number.get(info >> shift, info >> shift)
            info = symbol << shift | info & ((1 << shift) - 1)
            data[at + word : at + 2 * word] = info.to_bytes(word, "little")
    result = desk.path("reordered.o")
    with open(result, "wb") as file:
        file.write(data)
    return result


def note(path):
    elf = Elf(path)
    return struct.unpack_from("<10I", elf.contents(elf.section(".note.llext")), 20)


def pack(path, *options, address=()):
    packed, plain = desk.path("packed.o"), desk.path("unpacked.o")
    out = run([TENON, "pack", path, "-o", packed, *options, *address, "--json"]).stdout
    run([TENON, "unpack", packed, "-o", plain, *address])
    first = desk.path("first.o")
    run([TENON, "pack", path, "-o", first, *options, *address, "--format", "1"])
    with open(first, "rb") as file, open(desk.path("compact.o"), "wb") as compact:
        compact.write(file.read().replace(b".note.llext\0", b".note.other\0", 1))
    return packed, plain, json.loads(out)


# ---- images ----


def compare(before, after, what):
    assert before.regions == after.regions, f"{what}: {before.regions} {after.regions}"
    assert before.symbols == after.symbols, f"{what}: exports differ"
    assert before.regions, "nothing was loaded"
    for region, (load, size) in before.regions.items():
        a, b = before.read(load, size), after.read(load, size)
        if a == b:
            continue
        at = next(i for i in range(size) if a[i] != b[i])
        low = at & ~3
        raise AssertionError(f"{what}: region {region} of {size} at {at:#x}: "
                             f"{a[low : low + 8].hex()}, packed {b[low : low + 8].hex()}")  # fmt: skip
    assert (before.got, before.veneers) == (after.got, after.veneers), what


def check(path, *options):
    address = ("--firmware-at", hex(machine.firmware[0]), "--heap-at", hex(machine.data),
               "--instr-heap-at", hex(machine.text))  # fmt: skip
    packed, plain, done = pack(path, *options, address=address)
    counts["files"] += 1
    counts["resolved"] += done["resolved"]
    counts["relocations"] += done["before"]["relocations"]
    words = note(packed)
    both = words[2] + words[3] > words[4] and words[5] and words[3]
    reference = path
    if both:
        reference = reordered(path, done["symbols"])
        counts["reordered"] += 1
    for base in machine.firmware:
        imports = imports_of(path, base)
        try:
            before = desk.load(reference, imports)
        except AssertionError as error:
            assert "relocation is out of range" in str(error), error
            continue  # plain code that does not reach this firmware: nor would packed code
        files = {"unpacked": plain, "packed": packed, "first": desk.path("first.o"), "compact": desk.path("compact.o")}
        for form in FORMS:
            compare(before, desk.load(files[form], imports), f"{form} at {base:#x}")
        counts["loads"] += 1


def check_all(level, compilers, every, *options):
    for path, command in files(level, compilers, every):
        try:
            check(path, *options)
        except AssertionError as error:
            raise AssertionError(f"{' '.join(command)}: {error}") from error


def test_small_code():
    check_all("-Os", machine.compilers, 2)


def test_fast_code():
    check_all("-O2", machine.compilers[::-1], 3)


def test_plain_code():
    check_all("-O0", machine.compilers[:1], 3)


def test_kept_sections():
    check_all("-Os", machine.compilers[-1:], 2, "--keep-sections")


def test_shared_objects():
    """All that is in memory but for the tables of relocations themselves."""
    target = machine.shared
    if target is None:
        return
    objects = []
    for command, source in commands(target, ["-fpic"], "-O2"):
        if source.startswith(COMMON):
            objects.append(desk.compile(source, [], os.path.basename(source).replace(".", "_"), command))
    path, packed = desk.path("plain.so"), desk.path("packed.so")
    # LLD leaves no room in the dynamic section to add to. For Arm its stubs are none of a Cortex-M's.
    room = MACHINE in ("x86-64", "aarch64", "arm")
    linker = [*machine.linker, "--defsym=__dso_handle=0"] if room else ["ld.lld", "-z", "separate-loadable-segments"]
    run([*linker, "-shared", "-o", path, *objects])
    done = json.loads(run([TENON, "pack", path, "-o", packed, "--json"]).stdout)
    elf, imports = Elf(packed), {n: 0x10 * i for i, n in enumerate(undefined_of(path), 1) if n not in SPECIAL}
    instr, desk.instr = desk.instr, Heap(0, 0)
    before, after = desk.load(path, imports), desk.load(packed, imports)
    desk.instr = instr
    compared = 0
    for section in elf.loaded():
        if section.type in (SHT_RELA, SHT_REL, SHT_RELR, SHT_DYNAMIC):
            continue
        load = before.sections[section.index]
        assert load == after.sections[section.index], section
        assert before.read(load, section.size) == after.read(load, section.size), section
        compared += section.size
    assert before.symbols == after.symbols and compared > 1000 and (done["relr"] > 0) == room, done


def test_something_was_done():
    """Most of what can be resolved is, and each file was loaded at least once."""
    assert counts["loads"] >= counts["files"] > 0, counts
    assert 0 < counts["resolved"] < counts["relocations"], counts
    print(counts)


sys.exit(main(globals()))
