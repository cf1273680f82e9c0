# SPDX-License-Identifier: Apache-2.0
"""
tenon pack --relax: what is loaded is what GNU ld makes of the same file when it relaxes. GNU ld never
makes a call shorter that it has shortened once, so it leaves more calls of four bytes than it must: with
compressed calls, each relocation is looked at by itself: relax.py DESK_LOAD BITS TENON
"""
import glob
import json
import os
import random
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from desk import Desk, main, run  # noqa: E402
from elf import SHF_EXECINSTR, SHT_NOBITS, Elf  # noqa: E402
from riscv import DATA, EMULATION, MABI, MARCH, MASK, NUMBERS, PREFIX, TEXT, WIDE, jump_target, patch  # noqa: E402

TENON = sys.argv[3]
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = sorted(glob.glob(os.path.join(HERE, "../common/desk/sources/*.c*")))
IMPORTS = 0x10C00000  # out of reach of jal
LONG, JAL, SHORT = 8, 4, 2
# Without a symbol __global_pointer$, nothing becomes relative to gp.
desk = Desk(sys.argv[1], PREFIX, [f"-march={MARCH}", f"-mabi={MABI}", "-mrelax"], ["-m" + EMULATION])
desk.heaps((TEXT, 0x300000), (DATA, 0x100000))
MODEL = "medany" if WIDE else "medlow"
ARCHITECTURES = (
    (("rv64gc", "lp64d"), ("rv64i", "lp64")) if WIDE else
    (("rv32imac", "ilp32"), ("rv32i", "ilp32"), ("rv32imafc", "ilp32f"))
)  # fmt: skip
SPLIT = ["-ffunction-sections", "-fdata-sections"]
UNWIND = ["-fexceptions", "-fasynchronous-unwind-tables"]


def pack(path, *options):
    packed = path + ".packed"
    address = ["--firmware-at", hex(IMPORTS), "--heap-at", hex(DATA), "--instr-heap-at", hex(TEXT)]
    done = run([TENON, "pack", path, "-o", packed, "--json", *address, *options])
    return packed, json.loads(done.stdout)


def relax(path, *options):
    packed, done = pack(path, "--relax", *options)
    return packed, done["relaxation"]


# ---- what the linker makes of it ----


def imports_of(path):
    return {n: IMPORTS + 0x104 * i for i, n in enumerate(sorted(Elf(path).undefined()))}


def link(path, addresses, text, imports):
    """All code as one section, relaxed; all else at the given addresses."""
    elf, output, script = Elf(path), desk.path("linked"), desk.path("script.ld")
    code = [s.name for s in elf.loaded() if s.flags & SHF_EXECINSTR]
    lines = [f".text {text:#x} : {{ *({' '.join(code)}) }}"]
    lines += [f"{n} {a:#x} : SUBALIGN(1) {{ *({n}) }}" for n, a in addresses.items() if n not in code]
    with open(script, "w", encoding="utf-8") as file:
        file.write("SECTIONS {\n" + "\n".join(lines) + "\n}\n")
    command = [PREFIX + "ld", *desk.ld_flags, "-static", "-e", "0", "-T", script, "--traditional-format"]
    command += ["--no-check-sections", "--orphan-handling=place", "-o", output]
    symbols = [f"--defsym={n}={a:#x}" for n, a in imports.items()]
    run([*command, elf.write_unmerged(desk.path("unmerged.o")), *symbols])
    return Elf(output)


def one_nop_order(code):
    """GNU ld leaves padding of which nothing is to be cut as the assembler wrote it: c.nop first."""
    order = lambda m: b"".join(sorted(re.findall(rb"\x01\0|\x13\0\0\0", m[0]), reverse=True))  # noqa: E731
    return re.sub(rb"(?:\x01\0|\x13\0\0\0){2,}", order, code)


def check_linked(path):
    """Returns what was shortened; all that is loaded is equal to the linker's."""
    packed, done = pack(path, "--relax")
    imports = imports_of(path)
    loaded, merged = desk.load(packed, imports), Elf(packed)
    base = {s.name: loaded.sections[s.index] for s in merged.loaded() if s.index in loaded.sections}
    addresses = {s["name"]: base[s["section"]] + s["offset"] for s in done["sections"]}
    linked, compared = link(path, addresses, base[".text"], imports), 0
    for section in [merged.section(".text")] + [s for s in Elf(path).loaded() if not s.flags & SHF_EXECINSTR]:
        if section.type == SHT_NOBITS:
            continue
        at = base[".text"] if section.name == ".text" else addresses[section.name]
        theirs = linked.contents(linked.section(section.name))
        ours, theirs = (one_nop_order(x) for x in (loaded.read(at, section.size), theirs))
        assert section.size == len(theirs), f"{section.name}: {section.size}, the linker has {len(theirs)}"
        for i in range(0, section.size, 2):
            assert ours[i : i + 2] == theirs[i : i + 2], (
                f"{section.name} at {at + i:#x}: {ours[i : i + 8].hex()}, "
                f"the linker has {theirs[i : i + 8].hex()}"
            )
        compared += section.size
    assert compared > 0
    return done["relaxation"]


# ---- each relocation by itself ----

CALLS = NUMBERS["CALL"], NUMBERS["CALL_PLT"]
JUMPS = CALLS + tuple(NUMBERS[n] for n in ("BRANCH", "JAL", "RVC_BRANCH", "RVC_JUMP"))
WORDS = {NUMBERS["64" if WIDE else "32"]: 0, NUMBERS["ADD32"]: 1, NUMBERS["SUB32"]: -1}


class Moved:
    """Where each place of an input's section is in what was loaded, by the code that is there."""

    def __init__(self, loaded, base, size, relocations, counts):
        self.base, self.pieces, self.calls, at, here = base, [], [], 0, base
        relaxed = {r.offset for r in relocations if r.type == NUMBERS["RELAX"]}
        for r in sorted(relocations, key=lambda r: r.offset):
            if r.type == NUMBERS["ALIGN"]:
                align = 1 << r.addend.bit_length()
                taken, kept = r.addend, -(here + r.offset - at) % align
                assert kept <= r.addend, (r, kept)
            elif r.type in CALLS and r.offset in relaxed:
                insn, taken = loaded.word(here + r.offset - at), LONG
                kept = SHORT if insn & 3 != 3 else JAL if insn & 0x7F == 0x6F else LONG
                self.calls.append((r, kept))
                counts[kept] = counts.get(kept, 0) + 1
            else:
                continue
            self.pieces.append((at, r.offset, here))
            here, at = here + r.offset - at + kept, r.offset + taken
        self.pieces.append((at, size, here))
        self.end = here + size - at

    def __call__(self, offset):
        for low, high, here in self.pieces:
            if low <= offset <= high:
                return here + offset - low
        return next(here for low, _, here in self.pieces if low >= offset)


def check_each(path, counts):
    """Bytes that no relocation names are as they were; what branches, calls and words name is right."""
    packed, done = pack(path, "--relax")
    elf, merged, imports = Elf(path), Elf(packed), imports_of(path)
    loaded, moved, compared = desk.load(packed, imports), {}, 0
    base = {s.name: loaded.sections[s.index] for s in merged.loaded() if s.index in loaded.sections}
    places, by_section = {s["name"]: base[s["section"]] + s["offset"] for s in done["sections"]}, {}
    for r in elf.relocations():
        by_section.setdefault(r.target, []).append(r)
    end = 0
    for s in elf.loaded():
        moved[s.index] = Moved(loaded, places[s.name], s.size, by_section.get(s.index, []) if s.flags & SHF_EXECINSTR else [], counts)
        if s.flags & SHF_EXECINSTR:  # one behind the other
            start = moved[s.index].base
            assert start % s.align == 0 and (end == 0 or 0 <= start - end < s.align), (s, hex(end))
            end = moved[s.index].end
    assert end == base[".text"] + merged.section(".text").size
    symbols = list(elf.symbols())

    def address(r):
        symbol = symbols[r.symbol]
        return imports[symbol.name] if symbol.shndx == 0 else moved[symbol.shndx](symbol.value)

    for s in elf.loaded():
        named, where, sums = set(), moved[s.index], {}
        for r in by_section.get(s.index, ()):
            named.update(range(r.offset, r.offset + 8))
            if r.type in JUMPS:
                target = jump_target(loaded, where(r.offset))
                assert target == address(r) + r.addend & MASK, (s.name, r, symbols[r.symbol], hex(target))
            elif r.type in WORDS:
                sums[r.offset] = sums.get(r.offset, 0) + (WORDS[r.type] or 1) * (address(r) + r.addend)
        for offset, value in sums.items():
            size = 8 if WIDE and any(r.offset == offset and r.type == NUMBERS["64"] for r in by_section[s.index]) else 4
            assert loaded.word(where(offset), size) == value & ((1 << 8 * size) - 1), (s.name, hex(offset))
            counts["words"] = counts.get("words", 0) + 1
        for call, kept in where.calls:
            check_length(elf, s, call, kept, address(call) + call.addend - where(call.offset), symbols[call.symbol].shndx != 0)
        for low, high, here in where.pieces if s.type != SHT_NOBITS else ():
            before, after = elf.contents(s)[low:high], loaded.read(here, high - low)
            if before != after:
                wrong = [i for i in range(high - low) if before[i] != after[i] and low + i not in named]
                assert not wrong, f"{s.name}+{low + wrong[0]:#x}"
            compared += high - low
    assert compared > 0


def check_length(elf, section, call, kept, distance, defined):
    """As short as its register and its reach allow; never shorter."""
    link = int.from_bytes(elf.contents(section)[call.offset + 4 : call.offset + 8], "little") >> 7 & 31
    compressed = elf.data[48 if WIDE else 36] & 1 and (link == 0 or (link == 1 and not WIDE))
    best = LONG if not defined or not -(1 << 20) <= distance < 1 << 20 else JAL
    best = SHORT if compressed and defined and -2048 <= distance < 2048 else best
    # A few calls are between: short enough only because others are not.
    assert kept == best or (kept > best and not -2016 <= distance < 2016), (call, kept, distance)


def compilers(arch, abi):
    yield [PREFIX + "gcc", "-march=" + arch, "-mabi=" + abi]
    # Clang 14 marks calls as shortenable only in what it assembles from a file.
    yield ["clang", f"--target=riscv{64 if WIDE else 32}-unknown-elf", "-march=" + arch, "-mabi=" + abi, "-save-temps=obj"]


def web(functions=100, seed=5):
    """Functions that call each other, near and far, with jump tables, labels and local statics."""
    chance, lines = random.Random(seed), ["volatile int v; int outside(int);"]
    lines += [f"int f{i}(int);" for i in range(functions)]
    for i in range(functions):
        body = [f"a += f{chance.randrange(functions)}(a * {chance.randrange(99)});" for _ in range(chance.randrange(4))]
        if chance.random() < 0.3:
            cases = [f"case {n}: a ^= {chance.randrange(5000)}; f{chance.randrange(functions)}(a); break;" for n in range(9)]
            body.append("switch (a) {" + " ".join(cases) + "}")
        if chance.random() < 0.2:
            body.append("while (v) { " + "a += outside(a); " * chance.randrange(40) + "}")
        tail = f"return f{chance.randrange(functions)}(a);" if chance.random() < 0.5 else "return a;"
        static = "static __attribute__((noinline, unused)) " if i % 7 == 6 else ""
        lines = [f"static {x}" if static and x == f"int f{i}(int);" else x for x in lines]
        lines.append(f"{static}int f{i}(int a) {{ {' '.join(body)} {tail} }}")
    lines.append("int (*const all[])(int) = {" + ", ".join(f"f{i}" for i in range(functions)) + "};")
    path = desk.path("web.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def files():
    """Levels, compilers, with and without compressed code, one section and many, unwind tables."""
    turn, sources = 0, [*SOURCES, web()]
    for arch, abi in ARCHITECTURES:
        for level in ("-O0", "-O1", "-O2", "-O3", "-Os"):
            turn += 1
            for compiler in list(compilers(arch, abi))[turn % 2 :: 2]:
                flags = [level, "-mrelax", "-mcmodel=" + MODEL, "-ffreestanding", "-fno-pic", "-w"]
                flags += SPLIT if turn % 3 else []
                objects = []
                for source in sources:
                    extra = ["-fno-use-cxa-atexit", "-std=c++17", "-fno-threadsafe-statics"] if source.endswith("p") else []
                    extra += UNWIND if turn % 4 < 2 else ["-fno-exceptions", *(["-fno-rtti"] if extra else [])]
                    name = os.path.basename(source).replace(".", "_")
                    objects.append(desk.compile(source, [*flags, *extra], name, compiler))
                path = desk.path("all.o")
                run([PREFIX + "ld", "-m" + EMULATION, "-r", "-o", path, *objects])
                # What the loader would define itself is somewhere else each time.
                run([PREFIX + "objcopy", "--redefine-sym", "atexit=at_exit", path])
                yield path, " ".join([*compiler, *flags])


def without_compressed_calls(path):
    """A copy whose e_flags say nothing of compressed code."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data[48 if WIDE else 36] &= ~1
    with open(path + ".plain", "wb") as file:
        file.write(data)
    return path + ".plain"


def test_what_compilers_emit():
    totals, counts = {"jal": 0, "bytes": 0}, {}
    for path, how in files():
        try:
            check_each(path, counts)
            done = check_linked(without_compressed_calls(path))
        except AssertionError as error:
            raise AssertionError(f"{how}: {error}") from error
        assert done["jal"] > 100 and done["compressed"] == 0, (how, done)
        totals = {k: n + done[k] for k, n in totals.items()}
    assert counts[SHORT] > 20 and counts["words"] > 1000, counts
    print(totals, counts)


# ---- what an assembler writes ----


def random_code(seed):
    """Calls, jumps and branches between a few sections, padding, tables of words and differences."""
    chance, lines = random.Random(seed), []
    count, names = 40, [".text", ".text.a", ".text.b"]
    label = lambda: f"l{chance.randrange(count)}"  # noqa: E731
    for i in range(count):
        lines += [f'.section {chance.choice(names)}, "ax"', f".globl l{i}"]
        lines += [f".balign {chance.choice((4, 8, 16))}"] if chance.random() < 0.3 else []
        lines += [f".type l{i}, @function", f"l{i}:"]
        for _ in range(chance.randrange(8)):
            lines.append(chance.choice((
                "nop", "addi a0, a0, 1000", f"call {label()}", f"tail {label()}", f"call t0, {label()}", f"j l{i}",
                f"call {label()}", f"beqz a0, l{i}", f"bne a0, a1, l{i}", "call outside", "tail outside",
                f".option push\n.option norelax\ncall {label()}\n.option pop", f".space {2 * chance.randrange(200)}",
                f".balign 4\n.word {label()} - {label()}",
            )))  # fmt: skip
        lines.append("ret")
    pointer = ".quad" if WIDE else ".word"
    lines += [".data", *(f"{pointer} {label()}" for _ in range(20)), *(f".word {label()} - {label()}" for _ in range(20))]
    return "\n".join(lines) + "\n"


def test_what_an_assembler_writes():
    counts = {}
    for seed in range(40):
        path = desk.assemble(random_code(seed), "random")
        try:
            check_each(path, counts)
            check_linked(without_compressed_calls(path))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    assert counts[SHORT] > 200 and counts[JAL] > 200, counts
    print(counts)


def shortened(source, *options, tool=None):
    """How many calls have become jal, and how many are compressed."""
    # A file that exports nothing is refused: f is what others could use.
    path = desk.assemble(".globl f\n" + source, tool=tool)
    done = relax(path, *options)[1]
    return done["jal"], done["compressed"]


def test_reach():
    forward, backward = "f: {1}tail g\n .space {0}\ng: ret\n", "g: .space {0}\nf: {1}tail g\n"
    for source, space, want in (
        (forward, 2044, (0, 1)), (forward, 2046, (1, 0)), (forward, (1 << 20) - 6, (1, 0)), (forward, (1 << 20) - 4, (0, 0)),
        (backward, 2048, (0, 1)), (backward, 2050, (1, 0)), (backward, 1 << 20, (1, 0)), (backward, (1 << 20) + 2, (0, 0)),
    ):  # fmt: skip
        assert shortened(source.format(space, "")) == want, (source, space)
    link = "f: call {0}g\n .space 8\ng: ret\n"
    assert shortened(link.format("")) == ((1, 0) if WIDE else (0, 1))  # RV64 has no c.jal
    assert shortened(link.format("t0, ")) == (1, 0)
    plain = [PREFIX + "as", "-march=rv64i" if WIDE else "-march=rv32i", "-mrelax", "-mabi=lp64" if WIDE else "-mabi=ilp32"]
    assert shortened(link.format(""), tool=plain) == (1, 0)


def test_calls_that_depend_on_each_other():
    """Of three in a row the first does not reach; of two that span each other both or none do."""
    assert shortened("f: tail g\n tail g\n tail g\n .space 2042\ng: ret\n") == (1, 2)
    both = "h: .space 2046\nf: tail g\n tail h\n .space {}\ng: ret\n"
    assert shortened(both.format(2042)) == (0, 2)
    assert shortened(both.format(2044)) == (2, 0)


def test_what_stays():
    target = "\ng: ret\n"
    pair = "f: .reloc ., R_RISCV_CALL, g\n .reloc ., R_RISCV_RELAX\n auipc t1, 0\n jalr ra, 0({})" + target
    assert shortened(pair.format("t1")) == (1, 0) if WIDE else (0, 1)
    assert shortened(pair.format("t0")) == (0, 0)
    assert shortened("f: call outside\n tail outside\n") == (0, 0)
    assert shortened(".weak g\nf: tail g\n") == (0, 0)
    assert shortened("g = 0x100\nf: tail g\n") == (0, 0)
    assert shortened("f: .option norelax\n tail g" + target) == (0, 0)
    # To the end of a section, and past it, where there may be anything.
    assert shortened("f: tail g + 2\ng: c.nop\n") == (0, 1)
    assert shortened("f: tail g + 4\ng: c.nop\n") == (0, 0)
    # Alignment that no relocation tells of: all that follows stays where it was, modulo that.
    aligned = ".option norelax\n .balign {}\n.option relax\nf: tail g" + target
    assert [shortened(aligned.format(n)) for n in (2, 4, 8)] == [(0, 1), (1, 0), (0, 0)]
    assert shortened(aligned.format(8) + ".balign 8\n") == (0, 1)
    # Section by section.
    apart = "f: tail g\n tail h\n" + target + '.section .text.other, "ax"\nh: ret\n'
    assert shortened(apart, "--keep-sections") == (0, 1)
    assert shortened(apart) == (0, 2)


def out_of_reach(path, options, place):
    """The branch is named, and there is no file."""
    packed = path + ".unreached"
    done = subprocess.run([TENON, "pack", path, "-o", packed, *options], capture_output=True, text=True)
    assert done.returncode == 1 and not os.path.exists(packed), done
    assert f"the branch at {place}does not reach g, and in a packed file" in done.stderr, done.stderr


def test_branch_by_a_veneer():
    """The loader extends a short branch to another function; a packed file cannot say that, so it is refused."""
    path = desk.assemble("""
        .globl f, g
        .type g, @function
    g:  ret
        .space 4096
    f:  .reloc ., R_RISCV_RVC_JUMP, g
        .half 0xa001
    """)
    desk.load(path)
    for options in [], ["--relax"], ["--keep-sections"]:
        out_of_reach(path, options, ".text + 0x1002 ")
    # In two sections: merged, their distance is known; kept apart, only a load knows it.
    path = desk.assemble("""
        .globl f, g
        .type g, @function
        .section .text.g, "ax"
    g:  ret
        .space 4096
        .section .text.f, "ax"
    f:  .reloc ., R_RISCV_RVC_JUMP, g
        .half 0xa001
    """)
    desk.load(path)
    for options, place in ([], ".text + 0x1002 "), (["--keep-sections"], ".text.f + 0x0 "):
        out_of_reach(path, options, place)


def test_what_follows():
    """Addends of what has moved are those of the same place; sizes of functions are those of now."""
    source = """
        .text
        .globl f, g
        .type f, @function
    f:  call g
        call g
    1:  j f + 16
        .size f, . - f
    g:  tail f + 8
        .section .rodata
        .word f + 16, 1b, f + 26 - g, 1b + 10 - g
    """
    path = desk.assemble(source)
    packed, _ = relax(path)
    elf, loaded = Elf(packed), desk.load(packed)
    base = {s.name: loaded.sections[s.index] for s in elf.loaded()}
    words = [loaded.word(base[".rodata"] + 4 * i) for i in range(4)]
    call, jump = (JAL, 2) if WIDE else (SHORT, 2)
    assert words[0] == words[1] == base[".text"] + 2 * call, words
    assert words[2] == words[3] == SHORT, words  # behind the tail call
    sizes = {s.name: s.size for s in elf.symbols()}
    assert sizes["f"] == 2 * call + jump, sizes
    places = {s.name: s.value for s in elf.symbols()}
    assert places["g"] == sizes["f"]
    assert jump_target(loaded, base[".text"] + places["g"]) == base[".text"] + call
    assert jump_target(loaded, words[0]) == words[0]


def test_leb128():
    """A difference in a number of variable length, as newer assemblers leave it, keeps its length."""
    source = """
        .globl f, g
    f:  call g
        call g
    g:  ret
        .reloc ., R_RISCV_SET8, g
        .reloc ., R_RISCV_SUB8, f
        .byte 0x90, 0x00
    """
    path, types = desk.assemble(source), {54: 60, 37: 61}  # SET8, SUB8: SET_ULEB128, SUB_ULEB128
    patch(path, {i: (types[r.type], None) for i, r in enumerate(Elf(path).relocations()) if r.type in types})
    packed, done = relax(path)
    call = JAL if WIDE else SHORT
    assert done["jal"] + done["compressed"] == 2
    assert Elf(packed).contents(Elf(packed).section(".text"))[-2:] == bytes((0x80 | 2 * call, 0))


def test_padding_of_one_byte():
    """No assembler writes it; the loader cuts it all the same."""
    path = desk.assemble(".globl f\nf: .byte 0x13, 0, 0, 0\n.reloc ., R_RISCV_32, f\n.byte 0xee\n.byte 0x93, 0, 0, 0\n")
    patch(path, {0: (43, 1)})
    packed, _ = pack(path)
    assert Elf(packed).contents(Elf(packed).section(".text"))[:8] == bytes((0x13, 0, 0, 0, 0x93, 0, 0, 0))


sys.exit(main(globals()))
