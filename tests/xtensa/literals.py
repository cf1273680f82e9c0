# SPDX-License-Identifier: Apache-2.0
"""More code than L32R reaches, or literals behind code: the literals of each section lie before it."""
import json
import sys

sys.dont_write_bytecode = True
from desk import main, run  # noqa: E402
from elf import Elf  # noqa: E402
from xtensa import DATA, TEXT, l32r, new_desk  # noqa: E402

TENON = sys.argv[2]
PIECES, BYTES = 30, 12 << 10
desk = new_desk()


def piece(number, literal, text, first=True):
    """A function that loads a literal of its own, and no other."""
    literals = f'\t.section {literal}, "ax"{{}}\n\t.align 4\nl{number}: .word {0x1000 + number}\n'
    code = (
        f'\t.section {text}, "ax"{{}}\n\t.align 4\n\t.global f{number}\n'
        f"\t.type f{number}, @function\nf{number}: l32r a2, l{number}\n ret.n\n\t.skip {BYTES}\n"
    )
    return (literals, code) if first else (code, literals)


def check(path, linker=True):
    """Each function loads its literal, plain and packed; the bytes are GNU ld's."""
    desk.heaps((TEXT, 0x80000), (DATA, 0x40000))
    loaded = desk.load(path)
    if linker:
        desk.compare(path, loaded, desk.link(path, loaded.sections))
    output = desk.path("packed.llext")
    run([TENON, "pack", path, "-o", output])
    for result in (loaded, desk.load(path, no_peek=True), desk.load(output)):
        functions = {n: a for n, a in result.symbols.items() if n[0] == "f"}
        assert len(functions) == PIECES, len(functions)
        for name, address in functions.items():
            found = result.word(l32r(result.word(address, 3), address))
            assert found == 0x1000 + int(name[1:]), f"{name}: {found:#x}"


def file(pieces, suffix=""):
    """Of all pieces what comes first, then what comes second: so an assembler puts them."""
    parts = [part for half in zip(*pieces) for part in half]
    return desk.assemble("".join(p.format(suffix) for p in parts))


def test_sections_of_functions():
    check(file([piece(i, f".literal.x{i}", f".text.x{i}") for i in range(PIECES)]))


def test_any_order():
    pieces = [piece(i, f".literal.x{i}", f".text.x{i}") for i in range(PIECES)]
    literals, code = zip(*pieces)
    check(desk.assemble("".join(literals[::-1] + code).format(*[""] * 2 * PIECES).replace("{}", "")))


def test_code_first():
    check(file([piece(i, f".literal.x{i}", f".text.x{i}", False) for i in range(PIECES)]))


def test_other_names():
    """.iram1.literal is for .iram1, .irom1.literal for .irom1.text, .gnu.linkonce.literal.x for .gnu.linkonce.t.x."""
    pieces = [piece(i, f".iram{i}.literal", f".iram{i}") for i in range(PIECES // 4)]
    pieces += [piece(i, f".irom{i}.literal", f".irom{i}.text") for i in range(PIECES // 4, PIECES // 2)]
    pieces += [
        piece(i, f".gnu.linkonce.literal.x{i}", f".gnu.linkonce.t.x{i}")
        for i in range(PIECES // 2, PIECES)
    ]
    check(file(pieces))


def test_names_that_come_twice():
    """Functions of one name in several objects, linked by `ld -r --unique`."""
    parts = []
    for i in range(PIECES):
        text = "".join(piece(i, ".literal.same", ".text.same")).replace("{}", "")
        parts.append(desk.assemble(text, f"part{i}"))
    path = desk.path("together.o")
    run(["xtensa-lx106-elf-ld", "-r", "--unique", "--no-relax", "-o", path, *parts])
    sections = [s for s in Elf(path).sections if s.name.startswith(".literal.same")]
    assert len(sections) == PIECES, len(sections)
    check(path, False)  # a linker script knows them by their names


def test_literals_behind_code():
    """A script for `ld -r` that names .text only leaves .literal behind it; GNU ld links the result."""
    for script in (
        "SECTIONS { .text : { *(.text*) } .data : { *(.data*) } }",
        "SECTIONS { .text : { *(.text*) } .lit.literal : { *(.literal*) } .more : { *(.more*) } }",
    ):
        for suffix in ("", ".x{0}"):
            pieces = [piece(i, (".literal" + suffix).format(i), (".text" + suffix).format(i)) for i in range(PIECES)]
            text = "".join("".join(p) for p in pieces)
            part = desk.assemble(text.replace("{}", "").replace(str(BYTES), "16"), "part")
            path = desk.path("behind.o")
            with open(desk.path("behind.ld"), "w") as file:
                file.write(script)
            run(["xtensa-lx106-elf-ld", "-r", "-T", desk.path("behind.ld"), "-o", path, part])
            elf = Elf(path)
            names = [s.name for s in elf.sections]
            assert names.index(".text") < next(i for i, n in enumerate(names) if "literal" in n), names
            check(path, False)


def test_small_code_stays_in_order():
    """Where everything reaches, sections lie as the file has them."""
    text = "".join("".join(piece(i, f".literal.x{i}", f".text.x{i}")) for i in (1, 2))
    path = desk.assemble(text.replace("{}", "").replace(str(BYTES), "16"))
    loaded, elf = desk.load(path), Elf(path)
    names = [".literal.x1", ".text.x1", ".literal.x2", ".text.x2"]
    addresses = [loaded.sections[elf.section(n).index] for n in names]
    order = sorted(range(4), key=lambda i: elf.section(names[i]).index)
    assert [addresses[i] for i in order] == sorted(addresses), addresses


def test_far_within_reach():
    """L32R and CALL0 reach further than J: what reaches by itself has no veneer, and can be packed."""
    path = desk.assemble(
        ".text\n.align 4\nl0: .word 0x1000\n.global back\n.align 4\nback: ret.n\n.skip 200000\n.align 4\n"
        ".global f0\n.type f0, @function\nf0: l32r a2, l0\n call0 back\n ret.n\n"
    )
    desk.heaps((TEXT, 0x80000), (DATA, 0x40000))
    loaded, output = desk.load(path), desk.path("packed.llext")
    desk.compare(path, loaded, desk.link(path, loaded.sections))
    found = json.loads(run([TENON, "inspect", "--json", path]).stdout)
    assert found["memory"]["veneers"] == 0, found["memory"]
    run([TENON, "pack", path, "-o", output])
    for result in (loaded, desk.load(path, no_peek=True), desk.load(output)):
        address = result.symbols["f0"]
        assert result.word(l32r(result.word(address, 3), address)) == 0x1000


if __name__ == "__main__":
    sys.exit(main(globals()))
