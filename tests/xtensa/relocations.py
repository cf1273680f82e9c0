# SPDX-License-Identifier: Apache-2.0
"""Every relocation type and instruction: bytes against GNU ld, limits on both sides, veneers."""
import sys

sys.dont_write_bytecode = True
from desk import main  # noqa: E402
from elf import Elf  # noqa: E402
from xtensa import DATA, TEXT, follow, jump_target, l32r, new_desk  # noqa: E402

desk = new_desk()

# Instruction; what the operand counts from, given the place; lowest, highest offset; multiple.
BASE = {4: lambda p: p + 4, 3: lambda p: (p + 3) & ~3, 0: lambda p: (p & ~3) + 4}
BRANCHES8 = """beq a2, a3, s;bne a2, a3, s;bge a2, a3, s;blt a2, a3, s;bgeu a2, a3, s
bltu a2, a3, s;bany a2, a3, s;bnone a2, a3, s;ball a2, a3, s;bnall a2, a3, s;bbc a2, a3, s
bbs a2, a3, s;bbci a2, 19, s;bbsi a2, 3, s;beqi a2, 7, s;bnei a2, 7, s;bgei a2, 7, s
blti a2, 7, s;bgeui a2, 7, s;bltui a2, 7, s""".replace("\n", ";").split(";")
LIMITS = [("l32r a2, s", 3, -262144, -4, 4), ("beqz.n a2, s", 4, 0, 63, 1)]
LIMITS += [("bnez.n a5, s", 4, 0, 63, 1)]
LIMITS += [(f"{name} a2, s", 4, -2048, 2047, 1) for name in ("beqz", "bnez", "bltz", "bgez")]
LIMITS += [(text, 4, -128, 127, 1) for text in BRANCHES8]
# Instructions of other members of the family, which the assembler for this one does not know:
# the low byte and the rest of the word, with a zero operand (ISA manual, chapter 6).
OTHERS = [
    ("loop", 0x008276, 0, 255),
    ("loopnez", 0x009276, 0, 255),
    ("loopgtz", 0x00A276, 0, 255),
    ("bt", 0x001076, -128, 127),
    ("bf", 0x000076, -128, 127),
]
EXTENDED = [("call0 s", 0, -524288, 524284, 4), ("j s", 4, -131072, 131071, 1)]


def assemble(text):
    return desk.assemble(f".begin no-transform\n{text}\n.end no-transform\n")


def bytes_of(insn):
    return ".byte " + ", ".join(str(insn >> 8 * i & 255) for i in range(3))


def raw(insn):
    """An instruction given as a number, with SLOT0_OP."""
    path = assemble(f"{bytes_of(insn)}\n.byte 0\n.align 4\n.reloc 0, R_XTENSA_SLOT0_OP, s")
    return path


def place_of(path, imports):
    loaded = desk.load(path, imports)
    return loaded.sections[Elf(path).section(".text").index]


PLACE = place_of(assemble("call0 s"), {"s": TEXT + 8})


def test_values_are_the_linkers():
    lines = [text for text, base, *_ in LIMITS + EXTENDED if base != 3 and ".n " not in text]
    near = "\n".join(lines[:4])
    source = f"""
	.begin no-transform
	.literal_position
	.literal one, s
	.literal two, s + 12
	.literal three, here
	.literal four, back
	.section .text, "ax"
back:	l32r a2, one
	l32r a3, two
	nop.n
	l32r a4, three
	.align 4
	l32r a5, four
	{near}
	{near}
"""
    source = source.replace(" s\n", " back\n").replace("one, back", "one, s")
    source += "\n".join(x.replace(" s", " back") for x in lines)
    source += "\n.align 4\n\tcall0 s\n\tnop.n\n\tcall0 s + 8\n\tj s\n\tj s + 3\n\tj there\n"
    source += "\tbeqz.n a2, 1f\n\tnop\n1:\tbnez a3, there2\n\tnop\nthere2: nop\n"
    source += '\t.section .text.there, "ax"\n\tnop\nthere:\tret\n'
    source += "\t.data\nhere:\t.long s, here, there, back - 1, s@PLT\n\t.byte 1\n"
    source += "\t.long s + 5\n\t.byte 2\n"
    path = desk.assemble(source)
    for address in (TEXT + 0x8000, TEXT + 0x1FF00):
        loaded = desk.load(path, {"s": address})
        # ASM_EXPAND and the like are nothing to do.
        assert loaded.relocations >= 30, loaded.relocations
        desk.compare(path, loaded, desk.link(path, loaded.sections, {"s": address}))


def test_limits():
    for text, base, low, high, step in LIMITS:
        path = assemble(text + "\n.byte 0, 0, 0")
        for value, fits in limits(low, high, step):
            imports = {"s": BASE[base](PLACE) + value}
            check(path, imports, fits, text)
    for name, insn, low, high in OTHERS:
        path = raw(insn)
        for value, fits in limits(low, high, 1):
            imports = {"s": PLACE + 4 + value}
            loaded = check(path, imports, fits, name, linker=False)
            if fits:
                want = insn | (value & 255) << 16
                assert loaded.word(PLACE, 3) == want, f"{name}: {loaded.word(PLACE, 3):#x}"


def limits(low, high, step):
    return ((low, 1), (low + step, 1), (low - step, 0), (high, 1), (high - step, 1), (high + step, 0))


def check(path, imports, fits, text, linker=True):
    try:
        loaded = desk.load(path, imports, fails=not fits)
        if fits:
            assert loaded.sections[1] == PLACE
            if linker:
                desk.compare(path, loaded, desk.link(path, loaded.sections, imports))
        else:
            assert "R_XTENSA_SLOT0_OP" in loaded.diag, loaded.diag
            assert "out of range" in loaded.diag, loaded.diag
            if linker:
                desk.link(path, {1: PLACE}, imports, fails=True)
        return loaded
    except AssertionError as error:
        raise AssertionError(f"{text}, s = {imports['s']:#x}: {error}") from error


def test_branches_at_their_limits():
    for text, base, low, high, step in EXTENDED:
        path = assemble(text)
        for value, direct in limits(low, high, step):
            imports = {"s": BASE[base](PLACE) + value}
            loaded = desk.load(path, imports)
            assert follow(loaded, PLACE) == (imports["s"], 0 if direct else 1), f"{text} {value:#x}"
            if direct:
                desk.compare(path, loaded, desk.link(path, {1: PLACE}, imports))
            else:
                desk.link(path, {1: PLACE}, imports, fails=True)


def test_every_alignment_of_the_place():
    for pad in range(4):
        text = ".byte 0\n" * pad + "l32r a2, s\n"
        path = assemble(text)
        for value in (-262144, -4):
            imports = {"s": BASE[3](PLACE + pad) + value}
            loaded = desk.load(path, imports)
            assert l32r(loaded.word(PLACE + pad, 3), PLACE + pad) == imports["s"]
            desk.compare(path, loaded, desk.link(path, loaded.sections, imports))
        path = assemble(text.replace("l32r a2,", "call0"))
        for value in (-524288, 524284):
            imports = {"s": BASE[0](PLACE + pad) + value}
            loaded = desk.load(path, imports)
            assert jump_target(loaded.word(PLACE + pad, 3), PLACE + pad) == imports["s"]
            desk.compare(path, loaded, desk.link(path, loaded.sections, imports))


def test_misaligned_targets():
    loaded = desk.load(assemble("l32r a2, s"), {"s": PLACE - 6}, fails=True)
    assert "out of range" in loaded.diag, loaded.diag
    # JX goes to any address, CALL0 to multiples of 4 only.
    loaded = desk.load(assemble("call0 s"), {"s": PLACE + 0x10006})
    assert follow(loaded, PLACE) == (PLACE + 0x10006, 1)


def test_veneers_are_counted_once_for_each_target():
    path = assemble("call0 far\nj far\ncall0 other\ncall0 near\ncall0 far\n")
    imports = {"far": 0x40000104, "other": 0x60001230, "near": TEXT + 0x8000}
    desk.heaps((TEXT, 0x10000), (DATA, 0x40000))  # from anywhere in it, J reaches "near"
    loaded = desk.load(path, imports)
    assert loaded.veneers == 2, loaded.veneers
    ends = [follow(loaded, PLACE + 3 * i) for i in range(5)]
    far, other = (imports["far"], 1), (imports["other"], 1)
    assert ends == [far, far, other, (imports["near"], 0), far], ends
    entries = {jump_target(loaded.word(PLACE + 3 * i, 3), PLACE + 3 * i) for i in (0, 1, 4)}
    assert len(entries) == 1 and entries.pop() % 4 == 0
    assert desk.load(assemble("call0 near\n"), imports).veneers == 0
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))
    assert "out of range" in desk.load(assemble("call0 far + 4\n"), imports, fails=True).diag


def test_branches_between_sections_of_one_file():
    """A veneer is planned wherever one is used, to the byte. Veneers are behind all code."""
    for distance in range(131072 - 12, 131072 + 12, 3):
        text = '.section .text.{}, "ax"\n.align 4\n{}\n'
        callee = ".globl f\n.type f, @function\nf: ret"
        path = assemble(
            text.format("a", f"{callee}\n.space {distance}") + text.format("b", "j f")
        )
        loaded, elf = desk.load(path), Elf(path)
        place = loaded.sections[elf.section(".text.b").index]
        want = loaded.sections[elf.section(".text.a").index]
        near = want - place - 4 >= -131072
        assert follow(loaded, place) == (want, 0 if near else 1), distance

        path = assemble(
            text.format("b", f"j f\n.space {distance - 3}") + text.format("a", callee)
        )
        elf = Elf(path)
        near = (distance + 3 & ~3) - 4 <= 131071
        loaded = desk.load(path, fails=not near)
        if near:
            place = loaded.sections[elf.section(".text.b").index]
            want = loaded.sections[elf.section(".text.a").index]
            assert follow(loaded, place) == (want, 0), distance
        else:
            assert "out of range" in loaded.diag, loaded.diag


def test_no_veneer_for_data_or_windowed_calls():
    """L32R of what lies out of reach must not read a veneer; CALL8 may not go through one."""
    loaded = desk.load(assemble("l32r a2, far\ncall0 far"), {"far": 0x60000000}, fails=True)
    assert "out of range" in loaded.diag, loaded.diag
    for insn in (0x000015, 0x000025, 0x000035):
        loaded = desk.load(raw(insn), {"s": 0x60000000}, fails=True)
        assert "out of range" in loaded.diag, loaded.diag
        at = BASE[0](PLACE) + 524284
        assert desk.load(raw(insn), {"s": at}).word(PLACE, 3) == 0x7FFFC0 | insn


def test_other_instructions_are_refused():
    # MOVI, ADDI, L32I, RET, MOVI.N, MOV.N, ENTRY, B1 with a reserved r
    for insn in (0x00A022, 0x00C222, 0x002222, 0x000080, 0x000C, 0x0D, 0x000136, 0x002076):
        loaded = desk.load(raw(insn), {"s": TEXT}, fails=True)
        assert "not the instruction" in loaded.diag, f"{insn:#x}: {loaded.diag}"


def patched(number, text="\t.long s\n"):
    """A file whose only relocation is of this type."""
    path = assemble(text)
    elf = Elf(path)
    at = next(s for s in elf.sections if s.name == ".rela.text").offset + 4
    with open(path, "wb") as file:
        file.write(elf.data[:at] + bytes([number]) + elf.data[at + 1 :])
    return path


def test_types_of_a_word():
    text = "\t.long s + 0x20\n"
    for number, want in ((1, DATA + 0x20), (6, DATA + 0x20), (14, DATA + 0x20 - PLACE)):
        loaded = desk.load(patched(number, text), {"s": DATA})
        assert loaded.word(PLACE) == want & 0xFFFFFFFF, f"{number}: {loaded.word(PLACE):#x}"
        linked = desk.link(patched(number, text), loaded.sections, {"s": DATA})
        if number != 6:  # ld makes PLT entries of its own
            desk.compare(desk.path("test.o"), loaded, linked)
    # ld -r leaves the addend in the place: R_XTENSA_32 adds to what is there.
    path = patched(1, text)
    elf = Elf(path)
    section = elf.section(".text")
    data = bytearray(elf.data)
    data[section.offset : section.offset + 4] = (0x1000).to_bytes(4, "little")
    with open(path, "wb") as file:
        file.write(data)
    loaded = desk.load(path, {"s": DATA})
    assert loaded.word(PLACE) == DATA + 0x1020
    desk.compare(path, loaded, desk.link(path, loaded.sections, {"s": DATA}))


def test_markers_change_nothing():
    for number in (0, 2, 11, 15, 16, 17, 18, 19, 57, 58, 59, 60, 61, 62):
        loaded = desk.load(patched(number), {"s": DATA})
        assert loaded.word(PLACE) == 0 and loaded.relocations == 0, number


def test_refused_types():
    for number in (7, 8, 9, 10, 12, 13, 21, 34, 35, 49, 63, 255):
        assert desk.load(patched(number), {"s": DATA}, fails=True).rc == -95, number
    for number, name in ((50, "TLSDESC_FN"), (53, "TLS_TPOFF"), (56, "TLS_CALL")):
        loaded = desk.load(patched(number), {"s": DATA}, fails=True)
        assert loaded.rc == -95 and f"R_XTENSA_{name} ({number}), symbol s" in loaded.diag
    for number in (3, 4, 5):
        loaded = desk.load(patched(number), {"s": DATA}, fails=True)
        assert "dynamic" in loaded.diag, loaded.diag


def test_another_kind_of_xtensa_is_refused():
    path = assemble("nop")
    data = bytearray(Elf(path).data)
    data[36] |= 1
    with open(path, "wb") as file:
        file.write(data)
    assert "another kind" in desk.load(path, fails=True).diag


sys.exit(main(globals()))
