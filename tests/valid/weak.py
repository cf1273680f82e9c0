# SPDX-License-Identifier: Apache-2.0
"""Arm and AArch64: calls of, and places relative to, a weak function that nobody has, as GNU ld does it."""
import sys

sys.dont_write_bytecode = True
from desk import main  # noqa: E402
from machines import HEAD, NAME, function, machine, new_desk  # noqa: E402

desk = new_desk()
THUMB = NAME == "arm"
# What the desk writes runs on every core; for one with Thumb-2, GNU ld writes NOP.W.
NOP, LD_NOP = (bytes.fromhex("00e000bf"), bytes.fromhex("aff30080")) if THUMB else (bytes.fromhex("1f2003d5"),) * 2


def check(many=""):
    source = ".weak hook\n.text\n" + function("go")
    source += f"{machine.call} hook\n{'b.w' if THUMB else 'b'} hook\n{machine.ret}\n.p2align 2\n" + many
    path = desk.assemble(HEAD + source)
    for options in {}, {"count_first": 1}, {"no_peek": 1}:
        loaded = desk.load(path, **options)
        assert loaded.veneers == 0, loaded.veneers
        start = loaded.symbols["go"] & ~1
        linked = desk.link(path, loaded.sections)
        theirs = linked.contents(linked.section(".text"))
        for at in 0, 4:
            assert loaded.read(start + at, 4) == NOP, loaded.read(start + at, 4).hex()
            assert theirs[at : at + 4] == LD_NOP, theirs[at : at + 4].hex()


def test_calls_are_none():
    check()
    check("".join(f"label{i}: {machine.ret}\n" for i in range(80)))


def test_places_are_relative_to_themselves():
    """PREL32, with an addend. On Arm, REL32 and MOVW_PREL reach 0: code compares the sum with NULL."""
    movw = "movw r0, #:lower16:hook - . - 8\nmovt r0, #:upper16:hook - . - 4\n" if THUMB else "nop\nnop\n"
    source = ".weak hook\n.data\n.p2align 3\n" + function("there") + ".word hook - ., hook - . + 8\n.text\n"
    source = source.replace(machine.function, machine.function[0] + "object") + function("code") + movw
    path = desk.assemble(HEAD + source)
    loaded = desk.load(path)
    linked = desk.link(path, loaded.sections)
    for name, section in ("there", ".data"), ("code", ".text"):
        at = loaded.symbols[name] & ~1
        theirs = linked.contents(linked.section(section))[:8]
        assert loaded.read(at, 8) == theirs, (name, loaded.read(at, 8).hex(), theirs.hex())
    at = loaded.symbols["there"]
    wanted = (-at % 2**32, (4 - at) % 2**32) if THUMB else (0, 8)
    assert (loaded.word(at), loaded.word(at + 4)) == wanted, (loaded.word(at), loaded.word(at + 4))


def test_what_is_found_is_called():
    path = desk.assemble(HEAD + ".weak hook\n.text\n" + function("go") + f"{machine.call} hook\n{machine.ret}\n")
    loaded = desk.load(path, {"hook": 0x60000001 if THUMB else 0x60000000})
    assert loaded.read(loaded.symbols["go"] & ~1, 4) != NOP


def test_branches_inside_a_function_go_on():
    """Conditional branches, short ones: to the next instruction."""
    code = "beq.w hook\n" if THUMB else "b.eq hook\ncbz x1, hook\ntbz x1, 3, hook\n"
    path = desk.assemble(HEAD + ".weak hook\n.text\n" + function("go") + code + machine.ret + "\n")
    loaded = desk.load(path)
    start = loaded.symbols["go"] & ~1
    if THUMB:
        assert loaded.read(start, 4) == bytes.fromhex("00f00080"), loaded.read(start, 4).hex()
        return
    for i, wanted in enumerate((0x54000020, 0xB4000021, 0x36180021)):
        assert loaded.word(start + 4 * i) == wanted, hex(loaded.word(start + 4 * i))


sys.exit(main(globals()))
