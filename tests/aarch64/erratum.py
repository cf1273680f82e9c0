# SPDX-License-Identifier: Apache-2.0
"""Erratum 843419 of the Cortex-A53: ADRP at the end of a page, against GNU ld and by hand."""
import sys

sys.dont_write_bytecode = True
from aarch64 import DATA, TEXT, adrp, branch_target, new_desk  # noqa: E402
from desk import main, run  # noqa: E402
from elf import Elf  # noqa: E402

TENON = sys.argv[2]
NEAR, FAR = ((0, 0), (TEXT, 0x40000)), ((TEXT, 0x40000), (DATA, 0x40000))
desk = new_desk()

# What follows the ADRP, and the number of its last instruction; 0: not a sequence of the erratum.
SEQUENCES = {
    "ldr x1, [x3, #8]\n ldr w0, [x0, #:lo12:var]": 2,
    "str x1, [x3, #8]\n str w4, [x0, #:lo12:var]": 2,
    "stp x1, x2, [x3]\n add x5, x6, x7\n ldr w0, [x0, #:lo12:var]": 3,
    "ldxr w1, [x3]\n nop\n ldr w0, [x0, #:lo12:var]": 3,
    "str q1, [x3]\n ldr q0, [x0, #:lo12:wide]": 2,
    "add x1, x3, #8\n ldr w0, [x0, #:lo12:var]": 0,
    "ldr x1, [x3, #8]\n ldr w0, [x9, #:lo12:var]": 0,
    "ldr x1, [x3, #8]\n nop\n nop\n ldr w0, [x0, #:lo12:var]": 0,
    "ldr x1, [x3, #8]\n add x0, x0, #:lo12:var": 0,
}


def source(offset, follows, align=12):
    return f"""
	.text
	.p2align {align}
	.global f
	.type f, %function
f:	.skip {offset:#x}
	adrp x0, {"wide" if "wide" in follows else "var"}
	{follows}
	ret
	.skip 0x1000
	.data
	.p2align 4
wide:	.quad 1, 2
var:	.word 42
"""


def packed(path):
    output = desk.path("packed.llext")
    run([TENON, "pack", path, "-o", output])
    return output


def word_of(loaded, address):
    return loaded.word(loaded.symbols["f"] + address)


def test_near_data_takes_adr():
    """The bytes are those of GNU ld with --fix-cortex-a53-843419=adr, plain and packed."""
    desk.heaps(*NEAR)
    changed = 0
    for offset in (0xFF8, 0xFFC, 0xFF4, 0x0):
        for follows, words in SEQUENCES.items():
            path = desk.assemble(source(offset, follows))
            desk.ld_flags = ["--fix-cortex-a53-843419=adr"]
            loaded = desk.load(path)
            desk.compare(path, loaded, desk.link(path, loaded.sections))
            insn = word_of(loaded, offset)
            critical = words != 0 and offset & 0xFF8 == 0xFF8
            assert insn >> 31 == (not critical), f"{offset:#x} {follows}: {insn:#x}"
            changed += critical
            again = desk.load(packed(path))
            assert word_of(again, offset) >> 31 == (not critical), follows
            page = adrp(word_of(again, offset), again.symbols["f"] + offset)
            if critical:  # all of these take the page of .data
                assert page & 0xFFF == 0 and page <= again.regions[1][0] < page + 4096
    assert changed == 10, changed


def check_moved(path, offset, words):
    """Another branch there, and one back; the instruction is what GNU ld makes of it in its place."""
    loaded = desk.load(path)
    desk.ld_flags = []
    original = desk.link(path, loaded.sections)
    text = original.contents(original.section(".text"))
    place = loaded.symbols["f"] + offset
    assert loaded.word(place) == int.from_bytes(text[offset : offset + 4], "little")
    assert adrp(loaded.word(place), place) & 0xFFF == 0
    for i in range(1, 6):
        at, insn = place + 4 * i, loaded.word(place + 4 * i)
        want = int.from_bytes(text[offset + 4 * i : offset + 4 * i + 4], "little")
        if i != words:
            assert insn == want, f"{at:#x}: {insn:#x}, {want:#x}"
            continue
        assert insn >> 26 == 5, f"no branch at {at:#x}: {insn:#x}"
        there = branch_target(insn, at)
        assert loaded.word(there) == want, hex(loaded.word(there))
        assert loaded.word(there + 4) >> 26 == 5
        assert branch_target(loaded.word(there + 4), there + 4) == at + 4
    return loaded


def test_far_data_moves_the_load():
    desk.heaps(*FAR)
    for offset in (0xFF8, 0xFFC, 0xFF4):
        for follows, words in SEQUENCES.items():
            path = desk.assemble(source(offset, follows))
            if offset & 0xFF8 != 0xFF8:
                words = 0
            loaded = check_moved(path, offset, words)
            again = desk.load(packed(path))
            assert again.regions[0] == loaded.regions[0], follows
            if words:
                at = again.symbols["f"] + offset + 4 * words
                there = branch_target(again.word(at), at)
                assert branch_target(again.word(there + 4), there + 4) == at + 4, follows
                assert again.word(there) & 0x3B0003E0 == 0x39000000, follows  # base X0


def test_every_page_has_its_own():
    """Where the section itself is not on a page, and each page ends in a sequence."""
    desk.heaps(*FAR)
    follows = next(iter(SEQUENCES))
    for align in (12, 2):
        one = f".skip 0xff0\n adrp x0, var\n {follows}\n"
        body = f"f: .skip 0x8\n{one * 8} ret\n"
        text = f".text\n.p2align {align}\n.global f\n.type f, %function\n{body}"
        path = desk.assemble(text + ".data\n.p2align 3\nvar: .word 42\n")
        loaded = desk.load(path)
        start = loaded.symbols["f"]
        moved = []
        for i in range(8):
            # Each is 12 bytes longer than a page less 4: see where it lies.
            place = start + 8 + 0xFF0 + i * (0xFF0 + 12)
            insn = loaded.word(place + 8)
            critical = place & 0xFF8 == 0xFF8
            assert (insn >> 26 == 5) == critical, f"{place:#x}: {insn:#x}"
            if critical:
                moved.append(branch_target(insn, place + 8))
        assert len(set(moved)) == len(moved) and moved, moved


def test_data_in_code_stays():
    """Words that look like the sequence and have no relocation are no instructions."""
    desk.heaps(*NEAR)
    words = "\t.word 0x90000000, 0xf9400461, 0xb9400000\n"
    path = desk.assemble(f".text\n.p2align 12\n.global f\nf: .skip 0xff8\n{words} adrp x1, f\n")
    loaded = desk.load(path)
    assert word_of(loaded, 0xFF8) == 0x90000000 and word_of(loaded, 0x1000) == 0xB9400000


def test_room_is_that_of_page_ends():
    """Eight bytes for each page that ends in the code, and none where no page can."""
    desk.heaps(*FAR)
    for pages in (0, 1, 3):
        body = f".text\n.p2align 12\n.global f\nf: adrp x0, var\n .skip {pages * 4096}\n"
        path = desk.assemble(body + ".data\nvar: .word 42\n")
        bytes_of_text = Elf(path).section(".text").size
        assert desk.load(path).regions[0][1] == bytes_of_text + 8 * pages, pages


if __name__ == "__main__":
    sys.exit(main(globals()))
