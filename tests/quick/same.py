# SPDX-License-Identifier: Apache-2.0
"""
What the loops for common relocations do is what the library does without them:
same.py DESK_LOAD DESK_LOAD_GENERAL TENON MACHINE. Each file is loaded by both, and all that they say
and all of its memory is compared: of sound files, ordinary and packed; and of such files with
damaged relocations and instructions, most of which are refused, with the same words.
"""
import functools
import operator
import os
import random
import struct
import sys

sys.dont_write_bytecode = True
from desk import Desk, main, run  # noqa: E402
from elf import SHF_ALLOC, SHF_EXECINSTR, SHT_REL, SHT_RELA, SHT_SYMTAB, Elf  # noqa: E402
from leb128 import leb128  # noqa: E402

GENERAL, TENON, MACHINE = sys.argv[2:5]
SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../common/desk/sources")
SHT_CREL = 0x40000014
SHT_RUNS = 0x6C6C7801
SPLIT = ["-ffunction-sections", "-fdata-sections"]
LEVELS = ("-O0", "-O2", "-Os")


def riscv(bits, archs):
    tools, models = [], [("-mcmodel=medlow",), ("-mcmodel=medany",), ("-mcmodel=medany", *SPLIT), ("-fpic", *SPLIT)]
    for arch, abi in archs:
        tools.append(["riscv64-unknown-elf-gcc", "-march=" + arch, "-mabi=" + abi])
        tools.append(["clang", f"--target=riscv{bits}-unknown-elf", "-march=" + arch, "-mabi=" + abi])
    return tools, [(*m, r) for m in models for r in ("-mrelax", "-mno-relax")], f"riscv64-unknown-elf-ld -melf{bits}lriscv"


MACHINES = {
    "arm": ([["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m4"], ["clang", "--target=arm-none-eabi", "-mthumb", "-mcpu=cortex-m33"],
             ["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m0"]],
            [(), SPLIT, ("-fpic",), ("-mlong-calls", *SPLIT)], "arm-none-eabi-ld"),
    "riscv32": riscv(32, (("rv32imac", "ilp32"), ("rv32i", "ilp32"))),
    "riscv64": riscv(64, (("rv64gc", "lp64d"), ("rv64i", "lp64"))),
}  # fmt: skip
TOOLS, MODELS, LINKER = MACHINES[MACHINE]
THUMB = MACHINE == "arm"
# Types that the tables have, and some that they have not.
NUMBERS = range(0, 50) if THUMB else (*range(0, 66), 16, 17, 18, 19, 23, 24, 25, 26, 27, 28, 44, 45)

TEXT, DATA, SIZE = 0x20000000, 0x21000000, 0x40000
NEAR, FAR = TEXT + 0x80000, 0x70000000  # imports
GRANULE = 0x4000
os.environ["DESK_GRANULE"] = hex(GRANULE)
if MACHINE == "arm":  # veneers are in the order of the symbol table then
    os.environ["DESK_COUNT_FIRST"] = "1"
quick, general = Desk(sys.argv[1], ""), Desk(GENERAL, "")
for loads in (quick, general):
    loads.heaps((TEXT, SIZE), (DATA, SIZE))
chance = random.Random(1)
# Bytes that a RISC-V type writes, where these are not 4.
BYTES = {2: 8, 18: 8, 19: 8, 33: 1, 34: 2, 36: 8, 37: 1, 38: 2, 40: 8, 44: 2, 45: 2, 46: 2, 52: 1, 53: 1, 54: 1, 55: 2,
         60: 10, 61: 10}  # fmt: skip
done = {"loaded": 0, "refused": 0, "left out": 0}
small = []  # packed files that are read in one piece


def result(desk, path, imports, options):
    """What is said, and the memory of what is loaded."""
    environment = dict(os.environ, **{f"DESK_{name}": "1" for name in options})
    names = [f"{name}={address:#x}" for name, address in imports.items()]
    dump = desk.path("dump")
    out = run([desk.program, path, dump, *map(hex, (TEXT, SIZE, DATA, SIZE)), *names], env=environment).stdout
    lines, memory = out.splitlines(), []
    with open(dump, "rb") as file:
        heaps = file.read()
    for word, *fields in map(str.split, lines):
        if word == "region":
            address, size = int(fields[1], 0), int(fields[2])
            at = address - TEXT if address < TEXT + SIZE else SIZE + address - DATA
            memory.append(heaps[at : at + size])
    return lines, memory


def compare(path, imports, options=()):
    ours, theirs = result(quick, path, imports, options), result(general, path, imports, options)
    assert ours[0] == theirs[0], f"{path}: {set(ours[0]) ^ set(theirs[0])}"
    for a, b in zip(ours[1], theirs[1]):
        at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), None)
        assert at is None, f"{path}: at {at:#x} {a[at - at % 2:][:8].hex()}, without {b[at - at % 2:][:8].hex()}"
    loaded = bool(ours[1])
    done["loaded" if loaded else "refused"] += 1
    return loaded


def imports_of(path, base):
    names = sorted(n for n in Elf(path).undefined() if n != "_GLOBAL_OFFSET_TABLE_")
    return {n: (base | THUMB) + 0x104 * i for i, n in enumerate(names)}


def build(tool, model, level):
    objects = []
    for name in ("list.c", "number.c", "text.c"):
        source = os.path.join(SOURCES, name)
        objects.append(quick.compile(source, [level, *model, "-ffreestanding", "-w"], name, tool))
    path = quick.path("all.o")
    run([*LINKER.split(), "-r", "-o", path, *objects])
    return [*objects, path]


def files():
    turn = 0
    for tool in TOOLS:
        for model in MODELS:
            turn += 1
            yield build(tool, model, LEVELS[turn % 3])


def packed(path, version="2"):
    out = quick.path("packed")
    run([TENON, "pack", path, "-o", out, "--instr-heap-at", hex(TEXT), "--heap-at", hex(DATA), "--firmware-at", hex(NEAR),
         "--format", version])
    return out


def test_sound_files():
    """Near imports, and imports that need veneers; ordinary files, and packed ones."""
    for objects in files():
        for path in objects:
            for base in (NEAR, FAR):
                assert compare(path, imports_of(path, base), chance.choice(((), ("NO_PEEK",), ("COUNT_FIRST",))))
        for path in objects:
            out = packed(path)
            small.append(os.path.getsize(out) <= 2048)
            for base in (NEAR, FAR):
                assert compare(out, imports_of(path, base), chance.choice(((), ("NO_PEEK",), ("FORWARD",))))


def test_misaligned_symbols():
    """A packed file in which all from the symbol table on begins one byte later."""
    out = packed(build(TOOLS[0], MODELS[0], "-Os")[0])
    elf = Elf(out)
    start = next(s for s in elf.sections if s.type == SHT_SYMTAB).offset
    data = bytearray(elf.data[:start] + b"\0" + elf.data[start:])
    assert elf.headers < start and (len(data) <= 2048 or MACHINE == "riscv64")
    for s in elf.sections:
        form, at = ("<Q", 64 * s.index + 24) if elf.wide else ("<I", 40 * s.index + 16)
        if s.offset >= start:
            struct.pack_into(form, data, elf.headers + at, s.offset + 1)
    with open(out, "wb") as file:
        file.write(data)
    for options in ((), ("NO_PEEK",), ("FORWARD",)):
        assert compare(out, imports_of(out, NEAR), options), options


def change_entry(elf, data, table):
    """Another type, symbol, place or addend in one entry."""
    wide, rela = elf.wide, table.type == SHT_RELA
    word, bits = ("Q", 64) if wide else ("I", 32)
    form = "<" + word * (3 if rela else 2)
    size = struct.calcsize(form)
    at = table.offset + size * chance.randrange(table.size // size)
    fields = list(struct.unpack_from(form, data, at))
    shift = 32 if wide else 8
    number, symbol = fields[1] & ((1 << shift) - 1), fields[1] >> shift
    symbols = next(s for s in elf.sections if s.type == SHT_SYMTAB).size // (24 if wide else 16)
    what = chance.randrange(5 if rela else 4)
    if what == 0:
        number = chance.choice(NUMBERS)
    elif what == 1:
        symbol = chance.choice((chance.randrange(symbols), symbols - 1, symbols, 0, (1 << (24 if not wide else 32)) - 1))
    elif what == 2:
        end = elf.sections[table.info].size
        fields[0] += chance.choice((-2, -1, 1, 2, 4, end - fields[0] - chance.randrange(9), end))
    elif what == 3:  # the instruction
        place = elf.sections[table.info].offset + fields[0] + chance.randrange(4)
        if place < len(data):
            data[place] ^= 1 << chance.randrange(8)
    else:
        fields[2] += chance.choice((1, -1, 2, 4, 0x100, 0x1000, -0x100000, 0x7FFFFFFF, 0x80000000))
    fields[1] = number | symbol << shift
    struct.pack_into(form, data, at, *(f & ((1 << bits) - 1) for f in fields))


def depends_on_order(path):
    """
    Pairs' other halves at once where the first is known, instead of when all of the table are: of
    two relocations that write to the same bytes, another one may be the last.
    """
    places, pairs = {}, set()
    for r in () if THUMB else Elf(path).relocations():
        if r.type not in (0, 51):  # NONE, RELAX
            for at in range(r.offset, r.offset + BYTES.get(r.type, 4)):
                places[r.target, at] = places.get((r.target, at), 0) + 1
        if r.type in (24, 25):  # PCREL_LO12_I, PCREL_LO12_S
            pairs.update((r.target, r.offset + i) for i in range(4))
    done["left out"] += any(places[place] > 1 for place in pairs)
    return any(places[place] > 1 for place in pairs)


def damaged(path, change, tables, count):
    elf = Elf(path)
    tables = [s for s in elf.sections if s.type in tables and s.size and elf.sections[s.info].flags & SHF_ALLOC]
    code = [s for s in tables if elf.sections[s.info].flags & SHF_EXECINSTR]
    for _ in range(count):
        data = bytearray(elf.data)
        changes = chance.choice((1, 1, 2, 5))
        for _ in range(changes):
            change(elf, data, chance.choice(code if chance.random() < 0.7 else tables))
        # Of two faults, the one that counting finds is named first where it comes first.
        yield data, chance.choice(((), ("NO_PEEK",))) if changes == 1 else ("COUNT_FIRST",)


def test_damaged_files():
    path = quick.path("damaged")
    for tool in TOOLS[:2]:
        for model in (MODELS[0], MODELS[-2], MODELS[len(MODELS) // 2]):
            source = build(tool, model, chance.choice(LEVELS))[-1]
            for base in (NEAR, FAR):
                imports = imports_of(source, base)
                for data, options in damaged(source, change_entry, (SHT_REL, SHT_RELA), 40):
                    with open(path, "wb") as file:
                        file.write(data)
                    if not depends_on_order(path):
                        compare(path, imports, options)


def change_byte(_, data, table):
    data[table.offset + chance.randrange(table.size)] ^= chance.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))


def test_damaged_packed_files():
    path = quick.path("damaged")
    for tool in TOOLS[:2]:
        for model in (MODELS[0], MODELS[-2]):
            source = build(tool, model, chance.choice(LEVELS))[-1]
            imports = imports_of(source, FAR)
            for version in "1", "2":
                for data, _ in damaged(packed(source, version), change_byte, (SHT_CREL, SHT_RUNS), 60):
                    with open(path, "wb") as file:
                        file.write(data)
                    compare(path, imports)


# RISC-V: what stands at the place, and the bits in which a value must fit.
PLACES = {
    "R_RISCV_BRANCH": ("beq a0, a1, .", 13), "R_RISCV_JAL": ("jal ra, .", 21), "R_RISCV_RVC_BRANCH": ("c.beqz a0, .", 9),
    "R_RISCV_RVC_JUMP": ("c.j .", 12), "R_RISCV_CALL": ("auipc ra, 0; jalr ra, 0(ra)", 32),
    "R_RISCV_CALL_PLT": ("auipc t1, 0; jalr zero, 0(t1)", 32), "R_RISCV_32": (".word 0", 32), "R_RISCV_64": (".word 0, 0", 64),
    "R_RISCV_HI20": ("lui a0, 0", 32), "R_RISCV_LO12_I": ("addi a0, a0, 0", 12), "R_RISCV_LO12_S": ("sw a0, 0(a1)", 12),
    "R_RISCV_PCREL_HI20": ("auipc a0, 0", 32), "R_RISCV_ADD32": (".word 7", 32), "R_RISCV_SUB32": (".word 7", 32),
}  # fmt: skip


def assemble(source):
    tool, *flags = TOOLS[0]
    relax = [] if THUMB else ["-mno-relax"]
    return quick.assemble(source, tool=[tool.replace("gcc", "as"), *flags, *relax])


def patched(path, word, value):
    """The file with another word in the first entry of .rela.text."""
    elf = Elf(path)
    size = 8 if elf.wide else 4
    data, at = bytearray(elf.data), elf.section(".rela.text").offset + size * word
    data[at : at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    with open(quick.path("patched"), "wb") as file:
        file.write(data)
    return quick.path("patched")


def test_limits():
    """The least and the greatest value that fits, those beside them, and odd ones."""
    for name, (code, bits) in {} if THUMB else PLACES.items():
        path = assemble(f".text\n.balign 8\nplace: {code}\n.balign 8\n.reloc place, {name}, place\n")
        before, half = dict(done), 1 << (bits - 1)
        edges = (-half, half, 2 * half, -half - 0x800, half - 0x800)
        # As distances from the place, and as addresses: the first section is one granule behind the start.
        for edge in (*edges, *(edge - TEXT - GRANULE for edge in edges)):
            for near in (-2, -1, 0, 1, 2):
                compare(patched(path, 2, edge + near), {})
        if code[0] != "." and bits != 12 and (MACHINE == "riscv64" or bits < 32):
            assert done["refused"] > before["refused"], name
        assert done["loaded"] > before["loaded"], name


def test_ends():
    """A place of which the section has too few bytes, and the next one the others."""
    for name, (code, _) in {} if THUMB else PLACES.items():
        elf = Elf(assemble(f".text\n{code}\n"))
        place = elf.contents(elf.section(".text"))
        for left in range(len(place)):
            parts = [",".join(map(str, part)) for part in (place[:left], place[left:])]
            path = assemble(
                f'.section .text.a, "ax"\n.balign 8\n.space {16 - left}\nplace: .byte {parts[0]}\n'
                f'.reloc place, {name}, place\n.section .text.b, "ax"\n.byte {parts[1]}\n'
            )
            assert not compare(path, {}), (name, left)


def test_many_pairs():
    """Other halves right behind the first ones, behind all of them, and before them."""
    high = [f"{i}0: auipc a0, %pcrel_hi(there + {24 * i})\n" for i in range(1, 0 if THUMB else 400)]
    low = [f"addi a0, a0, %pcrel_lo({i}0X)\n" for i in range(1, 0 if THUMB else 400)]
    for code in (
        [half.replace("X", "b") for pair in zip(high, low) for half in pair],
        high + [half.replace("X", "b") for half in low],
        [half.replace("X", "f") for half in low] + high,
    ):
        if code:
            assert compare(assemble(".text\n" + "".join(code) + ".data\n.balign 8\nthere: .space 9600\n"), {})


def padded(section, zero):
    """A section of code with padding to be cut, and perhaps a request for none; what refers to it."""
    code = f'.section {section}, "ax"\n.balign 16\n'
    for i in range(6):
        name = f"f{i}{section[-1]}"
        code += f"call {name}\nbeq a0, a1, {name}\n" + "c.nop\n" * i
        code += f".reloc ., R_RISCV_ALIGN, {(2, 6, 14)[i % 3]}\n" + "c.nop\n" * (1, 3, 7)[i % 3] + f"{name}: call i{i}\n"
        code += ".reloc ., R_RISCV_ALIGN, 0\n" * (zero == i) + f"lui a0, %hi({name})\n.word {name}\nc.nop\n.word {name}\n"
    return code


def test_padding():
    """Stretches of code between padding, in several sections, with entries in order and in none."""
    if THUMB:
        return
    for zero in range(7):
        path = assemble(".option arch, +c\n" + padded(".text.a", zero) + padded(".text.b", 6 - zero) + ".data\n.word f1a, f5b, f5a\n")
        imports = imports_of(path, NEAR)
        assert compare(path, imports)
        elf = Elf(path)
        table = elf.section(".rela.text.a")
        size = 24 if elf.wide else 12
        entries = [elf.data[at : at + size] for at in range(table.offset, table.offset + table.size, size)]
        for _ in range(10):
            chance.shuffle(entries)
            with open(quick.path("shuffled"), "wb") as file:
                file.write(elf.data[: table.offset] + b"".join(entries) + elf.data[table.offset + table.size :])
            assert compare(quick.path("shuffled"), imports)


# ---- RISC-V: symbol tables of which relocations refer to a part (symtab_blocks.c) ----


def with_labels():
    """More labels than are kept, of which relocations refer to few, and every kind of symbol."""
    code = "".join(f"l{i}: nop\n" for i in range(2200))
    data = "".join(f"d{i}: .byte {i % 256}\n" for i in range(400))
    near = (0, 60, 63, 64, 400, 798)
    calls = "".join(f".word l{i}, d{i // 2}, i{i % 3}\ncall l{i + 1}\nlui a0, %hi(d{i // 2})\n" for i in near)
    # Those that are 1,024 apart take each other's place; a pair's low half may stand before its high half.
    calls += "".join(
        f".word l{i}, l{i + 1024}, l{i}\naddi a0, a0, %pcrel_lo(high{i})\nhigh{i}: auipc a0, %pcrel_hi(l{i + 1024})\n" for i in (*near, 1100)
    )
    return assemble(
        f'.file "labels.s"\n.text\n{code}{calls}\n.data\n{data}.balign 8\n.word l127, l128, l129, absolute, shared, common, g\n'
        f".set absolute, 0x1234\n.local shared\n.comm shared, 16, 8\n.comm common, 16, 8\n.globl g\ng: .word 1\n"
        '.section .debug_info, "", @progbits\nhidden: .word 1\n'
    )


def symbol_at(elf, name):
    """A symbol's number, and where its st_shndx stands in the file."""
    number = next(i for i, s in enumerate(elf.symbols()) if s.name == name)
    table = next(s for s in elf.sections if s.type == SHT_SYMTAB)
    return number, table.offset + (24 * number + 6 if elf.wide else 16 * number + 14)


def changed(elf, at, value, size=2):
    data = bytearray(elf.data)
    data[at : at + size] = value.to_bytes(size, "little")
    with open(quick.path("changed"), "wb") as file:
        file.write(data)
    return quick.path("changed")


def test_labels():
    if THUMB:
        return
    path = with_labels()
    elf, imports = Elf(path), imports_of(path, NEAR)
    os.environ["DESK_GRANULE"] = "0x10000"  # without the loops, tables stand before the data
    for options in ((), ("NO_PEEK",), ("COUNT_FIRST",)):
        assert compare(path, imports, options), options
    # The first relocation refers to other symbols: the null one, the file's name, one that is not loaded.
    names = [s.name for s in elf.symbols()]
    size, shift = (8, 32) if elf.wide else (4, 8)
    at = elf.section(".rela.data").offset + size
    info = int.from_bytes(elf.data[at : at + size], "little") & ((1 << shift) - 1)
    special = [names.index(name) for name in ("labels.s", "hidden", "absolute", "shared", "common", "g", "i1", "l900")]
    for symbol in (0, *special, len(names) - 1, len(names), *(chance.randrange(len(names)) for _ in range(20))):
        for options in ((), ("NO_PEEK",)):
            compare(changed(elf, at, info | symbol << shift, size), imports, options)
    # Only what counts first looks at l900, to which nothing refers.
    for name, unused in (("l127", False), ("l900", True)):
        for section in (0x7FFF, 0xFFF2, 0xFFFF):
            path = changed(elf, symbol_at(elf, name)[1], section)
            ours, theirs = ([line for line in result(desk, path, imports, ("NO_PEEK",))[0] if line[:6] != "import"] for desk in (quick, general))
            assert (ours == theirs) != unused and ("load 0" in ours) == unused and "load 0" not in theirs, (name, section)
            assert not compare(path, imports, ("COUNT_FIRST",))
    for data, options in damaged(with_labels(), change_entry, (SHT_RELA,), 60):
        with open(quick.path("damaged"), "wb") as file:
            file.write(data)
        compare(quick.path("damaged"), imports, options)
    os.environ["DESK_GRANULE"] = hex(GRANULE)


# ---- Arm: entries by hand, one fault at most at a time ----

ABS32, CALL, JUMP24, TARGET1, MOVW, MOVT = 2, 10, 30, 38, 47, 48
GAP = 3000
BRANCHES = {CALL: ".inst.n 0xf7ff; .inst.n 0xfffe", JUMP24: ".inst.n 0xf7ff; .inst.n 0xbffe"}


def hand_made():
    """Functions, data, imports, and places for words and branches, some at odd addresses."""
    functions = "".join(f".thumb_func\nf{i}: bx lr\n" for i in range(90))
    places = "".join(
        f".byte {i % 2}\n.space {i % 3 * 500}\n{BRANCHES[(CALL, JUMP24)[i % 2]]}\n.balign 2\n" * (i % 5 == 0)
        + f"{BRANCHES[(CALL, JUMP24)[i % 2]]}\n.word {i}, {2 * i}\n.byte 0\n.word {i}\n.balign 2\n"
        for i in range(40)
    )
    # No entry is for these: what takes a long step for a shorter one finds an instruction there.
    places += f".rept {GAP}\n{BRANCHES[CALL]}\n.endr\n" + places
    uses = "".join(f".word f{i}, d{i}, i{i % 20}\n" for i in range(90))
    data = "".join(f"d{i}: .word {i}\n" for i in range(90))
    return assemble(f".syntax unified\n.thumb\n{functions}\n{places}\n.word f0\n.data\n{data}\n.balign 4\n{uses}")


def entries_for(elf, any_branches):
    """Each with a symbol at random, where the instruction or word is one; now and then where it is not."""
    text = elf.contents(elf.section(".text"))
    names = list(enumerate(elf.symbols()))
    numbers = [i for i, s in names if s.name[:1] in ("f", "d", "i") and s.name]
    near = numbers if any_branches else [i for i, s in names if s.name[:1] in ("f", "i") and s.name]
    gap = text.index(b"\xff\xf7\xfe\xff" * GAP)
    gap = range(gap, gap + 4 * GAP)
    places = [p for p in range(len(text) - 600) if p not in gap]
    found = [(p, CALL) for p in places if text[p : p + 4] == b"\xff\xf7\xfe\xff"]
    found += [(p, JUMP24) for p in places if text[p : p + 4] == b"\xff\xf7\xfe\xbf"]
    taken = {p + i for p, _ in found for i in range(4)}
    found += [(p, ABS32) for p in range(600, len(text) - 600, 7) if p not in gap and not taken & set(range(p - 3, p + 4))]
    found.append((len(text) - 4, ABS32))
    entries = [
        (p, number, chance.choice(numbers if number == ABS32 else near))
        for p, number in found
        if p % 2 == 0 or number == ABS32 or (any_branches and chance.random() < 0.1)
    ]
    return entries, sum(1 for _ in elf.symbols()), len(text)


def compact(entries):
    """As of an SHT_CREL section (the gABI proposal). Its places count in units of which all are multiples."""
    places = functools.reduce(operator.or_, (p for p, _, _ in entries), 0)
    shift = next(s for s in (3, 2, 1, 0) if places % (1 << s) == 0)
    out, place, number, symbol = leb128(len(entries) << 3 | shift), 0, 0, 0
    for p, n, s in ((p >> shift, n, s) for p, n, s in entries):
        step, flags = p - place & 0xFFFFFFFF, (s != symbol) | (n != number) << 1
        out.append(flags | (step & 0x1F) << 2 | (step >> 5 != 0) << 7)
        out += leb128(step >> 5) if step >> 5 else b""
        out += leb128(s - symbol, True) if s != symbol else b""
        out += leb128(n - number, True) if n != number else b""
        place, number, symbol = p, n, s
    return out


def with_entries(elf, entries, is_compact):
    """The file, with these instead of those of .text, at its end."""
    index = elf.section(".text").index
    table = compact(entries) if is_compact else b"".join(struct.pack("<II", p, s << 8 | n) for p, n, s in entries)
    at = elf.headers + 40 * next(s.index for s in elf.sections if s.info == index and s.type == SHT_REL)
    data = bytearray(elf.data) + bytes(-len(elf.data) % 4)
    struct.pack_into("<I", data, at + 4, SHT_CREL if is_compact else SHT_REL)
    struct.pack_into("<II", data, at + 16, len(data), len(table))
    struct.pack_into("<II", data, at + 32, 4, 1 if is_compact else 8)
    with open(quick.path("entries"), "wb") as file:
        file.write(data + table)
    return quick.path("entries")


def test_by_hand():
    if not THUMB:
        return
    path = hand_made()
    elf = Elf(path)
    for turn in range(500):
        # Without counting, nothing looks at them before; veneers would be others then, and of two
        # faults the other one be named.
        count_first = turn % 4 != 0
        entries, symbols, size = entries_for(elf, count_first)
        if chance.random() < 0.5:
            entries = [e for e in entries if e[0] % 2 == 0]
        order = chance.randrange(4)
        entries = sorted(entries, key=lambda e: (e, (e[1], e[0]), (e[1], e[2], e[0]), chance.random())[order])
        # The last of a table and of a window end otherwise than those before.
        entries = entries[: chance.choice((len(entries), chance.randrange(1, 40)))]
        if turn % 3 != 0:  # one that is wrong, or nearly so
            at = chance.randrange(len(entries))
            place, number, symbol = entries[at]
            if chance.random() < 0.5:
                place = chance.choice((size - 5, size - 3, size - 2, size, place + 1, place + 2, 1 << 31, (1 << 32) - 2))
            else:
                symbol = chance.choice((symbols - 1, symbols, symbols + 1, 0, 1, (1 << 24) - 1))
            entries[at] = place, number, symbol
        if not count_first:
            del os.environ["DESK_COUNT_FIRST"]
        base = chance.choice((NEAR, FAR)) if count_first else NEAR
        compare(with_entries(elf, entries, turn % 2), imports_of(path, base), ("NO_PEEK",))
        os.environ["DESK_COUNT_FIRST"] = "1"


def test_halves_of_addresses():
    """MOVW and MOVT with every kind of addend and symbol, among words; and other instructions there."""
    if not THUMB:
        return
    addends = (0, 1, 2, 4, 255, 256, 0x800, 0x7FFE, 0x7FFF, 0x8000, 0xF0F0, 0xFFFE, 0xFFFF)
    halves = [(name, number, i % 13, a) for i, a in enumerate(addends) for name, number in (("movw", MOVW), ("movt", MOVT))]
    code = "".join(f"{name} r{register}, #{addend}\n" for name, _, register, addend in halves)
    path = assemble(
        f".syntax unified\n.thumb\n.thumb_func\nf: bx lr\nnop\n{code}nop.w\naddw r1, r2, #4\nmov.w r1, #4\n"
        ".balign 4\n.word f, i0, i1, d\n.data\n.space 4096\nd: .word 0\n"
    )
    elf = Elf(path)
    symbols = [i for i, s in enumerate(elf.symbols()) if s.name in ("f", "d", "i0", "i1")]
    words, size = 4 + 4 * len(halves) + 12, len(elf.contents(elf.section(".text")))

    def check(entries):
        loaded = set()
        for options in ((), ("NO_PEEK",)):  # symbols are looked up, and kept
            for is_compact in (False, True):
                del os.environ["DESK_COUNT_FIRST"]
                loaded.add(compare(with_entries(elf, entries, is_compact), imports_of(path, FAR), options))
                os.environ["DESK_COUNT_FIRST"] = "1"
                loaded.add(compare(with_entries(elf, entries, is_compact), imports_of(path, FAR), options))
        assert len(loaded) == 1
        return loaded.pop()

    for symbol in symbols:
        entries = [(4 + 4 * i, number, symbol) for i, (_, number, _, _) in enumerate(halves)]
        assert check(entries)
        for at, number in ((5, ABS32), (9, TARGET1), (len(entries), ABS32)):
            entries.insert(at, (words + 4 * (at % 4), number, symbol))
        assert check(entries)
    for place in (4, 5, 8, words - 12, words - 8, words - 4, size - 4, size - 2, size, 1 << 31):
        for number in (MOVW, MOVT):
            assert check([(place, number, symbols[0])]) == ((place, number) in ((4, MOVW), (8, MOVT)))
    assert not check([(4, MOVW, len(list(elf.symbols())))])


def test_half_at_the_end():
    """Of the last branch the section has one half, and the next one the other."""
    if not THUMB:
        return
    branch = BRANCHES[CALL]
    for aligned in ("", "nop\n"):
        path = assemble(
            f".syntax unified\n.thumb\n.thumb_func\nf: {branch}\n{branch}\n{aligned}bl i0\n.inst.n 0xf7ff\n"
            '.section .text.next, "ax"\n.inst.n 0xfffe\n'
        )
        elf = Elf(path)
        symbol = next(i for i, s in enumerate(elf.symbols()) if s.name == "f")
        end = len(elf.contents(elf.section(".text"))) - 2
        for number in (CALL, ABS32):
            for is_compact in (False, True):
                entries = [(place, number, symbol) for place in (0, end, 4)]
                # Counting would find it first.
                del os.environ["DESK_COUNT_FIRST"]
                assert not compare(with_entries(elf, entries, is_compact), {"i0": NEAR}, ("NO_PEEK",))
                os.environ["DESK_COUNT_FIRST"] = "1"


def test_many_of_both():
    assert done["loaded"] > 200 and done["refused"] > 150, done
    assert True in small and False in small


sys.exit(main(globals()))
