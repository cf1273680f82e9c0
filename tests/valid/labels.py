# SPDX-License-Identifier: Apache-2.0
"""A symbol's value is a number, and need be no place inside its section."""
import sys

sys.dont_write_bytecode = True
from desk import main, run  # noqa: E402
from machines import HEAD, NAME, function, machine, new_desk  # noqa: E402

desk = new_desk()
WORD = machine.word
# Enough of them that a load looks symbols up in their own table.
MANY = "".join(f"label{i}: {machine.ret}\n" for i in range(80))


def same_as_linked(source):
    """However it is loaded, the bytes are the linker's."""
    path = desk.assemble(HEAD + source)
    for options in {}, {"count_first": 1}, {"no_peek": 1}:
        loaded = desk.load(path, **options)
        desk.compare(path, loaded, desk.link(path, loaded.sections))
    return loaded


def label(name, value, kind="object"):
    return f".globl {name}\n.type {name}, {machine.function[0]}{kind}\n.set {name}, {value}\n"


def anchors(many=""):
    return (
        ".text\n" + function("go") + machine.ret + "\n" + many
        + ".data\n.p2align 3\n.globl arr\narr: .space 64\n"
        + label("past", "arr + 0x1000") + label("far", "arr + 0x123456")
        + label("before", "arr - 16") + label("end", "arr + 64")
        + f"{WORD} past, far, before, end, past - 0x1000 + 8, before + 24, go\n"
    )  # fmt: skip


def test_labels_beside_their_section():
    for many in "", MANY:
        loaded = same_as_linked(anchors(many))
        assert "go" in loaded.symbols and "arr" in loaded.symbols and "end" in loaded.symbols
        # Whoever looked them up would take them for the extension's.
        assert not {"past", "far", "before"} & set(loaded.symbols), loaded.symbols


def test_anchors_in_zeroed_data():
    source = ".bss\n.p2align 3\nzeros: .space 24\n" + label("anchor", "zeros + 4096")
    source += ".data\n.p2align 3\n" + f"{WORD} anchor - 4096, anchor\n.text\n{machine.ret}\n"
    assert "anchor" not in same_as_linked(source).symbols


def test_function_without_instructions():
    for many in "", MANY:
        source = ".text\n" + function("go") + f"{machine.ret}\n" + many + ".p2align 2\n"
        source += function("never") + f".data\n.p2align 3\n{WORD} never, go\n"
        loaded = same_as_linked(source)
        assert "go" in loaded.symbols and "never" not in loaded.symbols, loaded.symbols


def test_call_of_a_function_without_instructions():
    source = ".text\n" + function("go") + f"{machine.call} never\n{machine.ret}\n.p2align 2\n"
    same_as_linked(source + function("never"))


def test_size_that_wraps_around():
    source = ".data\n.p2align 3\narr: .space 16\n" + label("before", "arr - 8")
    source += f".size before, 64\n{WORD} before\n.text\n{machine.ret}\n"
    same_as_linked(source)


def test_packed():
    """The words of two objects, of which the second one's sections are no longer the first."""
    head = ".data\n.p2align 3\n.globl first\nfirst: .space 40\n"
    path = desk.assemble(HEAD + head + anchors())
    more = desk.assemble(HEAD + head.replace("first", "front"), "front")
    joined, packed = desk.path("joined.o"), desk.path("joined.llext")
    emulation = [f for f in machine.ld_flags if f.startswith("-m")]
    run([machine.prefix + "ld", *emulation, "-r", more, path, "-o", joined])
    run([sys.argv[3], "pack", joined, "-o", packed])
    for loaded in desk.load(joined), desk.load(packed), desk.load(packed, forward=1):
        arr, go = loaded.symbols["arr"], loaded.symbols["go"]
        mask = (1 << 8 * machine.bytes) - 1
        wanted = [arr + 0x1000, arr + 0x123456, arr - 16, arr + 64, arr + 8, arr + 8, go]
        found = [loaded.word(arr + 64 + i * machine.bytes, machine.bytes) for i in range(7)]
        assert found == [w & mask for w in wanted], (list(map(hex, found)), list(map(hex, wanted)))
        assert {"go", "arr", "end"} <= set(loaded.symbols)
        assert not {"past", "far"} & set(loaded.symbols), loaded.symbols


def exported(addresses):
    """An object that says itself what it exports."""
    names = "".join(f'name{i}: .asciz "export{i}"\n' for i in range(len(addresses)))
    records = "".join(f"{WORD} name{i}, {address}\n" for i, address in enumerate(addresses))
    text = ".text\n" + function("go") + machine.ret + "\n.data\n.p2align 3\narr: .space 64\n"
    text += f'.section .rodata\n{names}.section .exported_sym, "a"\n.p2align 3\n{records}'
    return desk.assemble(HEAD + text, "exported")


def test_exported_addresses_lie_inside():
    loaded = desk.load(exported(["go", "arr", "arr + 64", "0x1234"]))
    assert loaded.symbols["export2"] == loaded.symbols["export1"] + 64, loaded.symbols
    assert loaded.symbols["export3"] == 0x1234  # a device's address, say
    for address in "arr + 0x8000", "go + 0x8000":
        loaded = desk.load(exported(["go", address]), fails=True)
        assert "exported address lies outside" in loaded.diag, loaded.diag
        assert "export1" in loaded.diag, loaded.diag


sys.exit(main(globals()))
