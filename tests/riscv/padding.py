# SPDX-License-Identifier: Apache-2.0
"""R_RISCV_ALIGN: the padding that GNU ld cuts is cut, and what moves is found where it went."""
import sys

sys.dont_write_bytecode = True
from desk import main  # noqa: E402
from elf import Elf  # noqa: E402
from riscv import MABI, MARCH, NUMBERS, TEXT, new_desk, patch  # noqa: E402

desk = new_desk()
RELAXED = ["riscv64-unknown-elf-as", f"-march={MARCH}", f"-mabi={MABI}", "-mrelax"]
PADDED = """
	.macro part name, align
	.balign \\align
	.globl \\name
	.type \\name, @function
\\name:	c.nop
1:	auipc a0, %pcrel_hi(\\name)
	addi a0, a0, %pcrel_lo(1b)
	bnez a0, one
	j nine
	call s
	la t0, one
	la t1, nine
	beqz a0, 1b
	.endm
	.text
	c.nop
	part one, 4
	part two, 8
	c.nop
	part three, 4
	part four, 32
	.byte 1, 2, 3, 4, 5, 6
	part five, 8
	part six, 16
	part seven, 64
	.balign 128
	part eight, 8
	part nine, 4
	.balign 16
end:	nop
	.section .text.other, "ax"
	.balign 8
other:	jal nine
	nop
	.balign 256
	jal two
	.data
	.balign 8
	.word one, two, three, four, five, six, seven, eight, nine, end, other, end - one, nine - two
	.word three + 2
	.byte five - four
	.section .rodata
	.word nine - ., six
"""


def test_padding_is_cut_as_the_linker_cuts_it():
    path = desk.assemble(PADDED, tool=RELAXED)
    elf = Elf(path)
    paddings = [r for r in elf.relocations() if r.type == NUMBERS["ALIGN"]]
    assert len(paddings) >= 12, paddings
    loaded = desk.load(path, {"s": TEXT})
    linked = desk.link(path, loaded.sections, {"s": TEXT})
    cut = 0
    for name in (".text", ".text.other", ".data", ".rodata"):
        section, theirs = elf.section(name), linked.section(name)
        ours = loaded.read(loaded.sections[section.index], section.size)
        assert ours[: theirs.size] == linked.contents(theirs), name
        assert not any(ours[theirs.size :]), name
        cut += section.size - theirs.size
    assert cut > 100, cut
    loaded = desk.load(path, {"s": 0x40000000})  # GNU ld's symbols are where ours are
    table = loaded.sections[elf.section(".data").index]
    symbols = {s.name: s.value for s in linked.symbols()}
    for i, name in enumerate("one two three four five six seven eight nine".split()):
        assert loaded.word(table + 4 * i) == symbols[name], name
    assert symbols["four"] % 32 == 0 and symbols["seven"] % 64 == 0


def test_padding_that_is_none():
    """As many bytes as the relocation says, in the section, for an alignment that it has."""
    for text, addend, what in (
        (".balign 8\n.space 40\n", 18, "alignment that the section does not have"),
        (".balign 8\nnop\nnop\nnop\nnop\n", 200, "outside its section"),
        (".balign 8\nnop\nnop\nnop\nnop\n", -8, "outside its section"),
        (".balign 8\nnop\nnop\nnop\nnop\n", 3, None),
        ("c.nop\n.balign 8\nnop\nnop\nnop\nnop\n", 4, "alignment that the section does not have"),
    ):
        path = patch(desk.assemble(text, tool=RELAXED), {0: (NUMBERS["ALIGN"], addend)})
        loaded = desk.load(path, fails=what is not None)
        assert what is None or what in loaded.diag, loaded.diag
    path = patch(desk.assemble(".balign 16\n.reloc 2, R_RISCV_ALIGN\nnop\n", tool=RELAXED), {1: (NUMBERS["ALIGN"], 6)})
    assert "overlaps other padding" in desk.load(path, fails=True).diag


sys.exit(main(globals()))
