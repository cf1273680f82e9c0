# SPDX-License-Identifier: Apache-2.0
"""Every static and dynamic relocation type: bytes against GNU ld, limits on both sides, veneers."""
import sys

sys.dont_write_bytecode = True
from aarch64 import DATA, TEXT, adrp, branch_target, follow, new_desk, offset12  # noqa: E402
import tls  # noqa: E402
from desk import main, run  # noqa: E402
from elf import Elf  # noqa: E402

TENON = sys.argv[2]
MASK = (1 << 64) - 1
desk = new_desk()

# Instruction, and how a value in its range relates to the symbol.
ADDRESS, RELATIVE, PAGE = range(3)

# One type each: what to assemble, kind, lowest and highest value, their multiple, and whether
# GNU ld 2.40 has the same limits. Limits: AAELF64 5.7.
LIMITS = {
    "ABS32": (".word s", ADDRESS, -(1 << 31), (1 << 32) - 1, 1, False),
    "ABS16": (".hword s", ADDRESS, -(1 << 15), (1 << 16) - 1, 1, False),
    "PREL32": (".word s - .", RELATIVE, -(1 << 31), (1 << 32) - 1, 1, False),
    "PREL16": (".hword s - .", RELATIVE, -(1 << 15), (1 << 16) - 1, 1, False),
    "MOVW_UABS_G0": ("movz x1, #:abs_g0:s", ADDRESS, 0, (1 << 16) - 1, 1, True),
    "MOVW_UABS_G1": ("movz x1, #:abs_g1:s", ADDRESS, 0, (1 << 32) - 1, 1, True),
    "MOVW_UABS_G2": ("movk x1, #:abs_g2:s", ADDRESS, 0, (1 << 48) - 1, 1, True),
    "MOVW_SABS_G0": ("movz x1, #:abs_g0_s:s", ADDRESS, -(1 << 16), (1 << 16) - 1, 1, True),
    "MOVW_SABS_G1": ("movn x1, #:abs_g1_s:s", ADDRESS, -(1 << 32), (1 << 32) - 1, 1, True),
    "MOVW_SABS_G2": ("movz x1, #:abs_g2_s:s", ADDRESS, -(1 << 48), (1 << 48) - 1, 1, True),
    "MOVW_PREL_G0": ("movz x1, #:prel_g0:s", RELATIVE, -(1 << 16), (1 << 16) - 1, 1, True),
    "MOVW_PREL_G1": ("movn x1, #:prel_g1:s", RELATIVE, -(1 << 32), (1 << 32) - 1, 1, True),
    "MOVW_PREL_G2": ("movz x1, #:prel_g2:s", RELATIVE, -(1 << 48), (1 << 48) - 1, 1, True),
    "LD_PREL_LO19": ("ldr x1, s", RELATIVE, -(1 << 20), (1 << 20) - 4, 4, True),
    "ADR_PREL_LO21": ("adr x1, s", RELATIVE, -(1 << 20), (1 << 20) - 1, 1, True),
    "ADR_PREL_PG_HI21": ("adrp x1, s", PAGE, -(1 << 32), (1 << 32) - 1, 1, True),
}

BRANCHES = {
    "JUMP26": ("b s", 1 << 27),
    "CALL26": ("bl s", 1 << 27),
    "CONDBR19": ("b.ne s", 1 << 20),
    "CONDBR19 (CBZ)": ("cbz x3, s", 1 << 20),
    "TSTBR14": ("tbnz x3, #41, s", 1 << 15),
}


def symbol_for(kind, value):
    place = TEXT_PLACE if kind == RELATIVE else TEXT_PLACE & ~0xFFF if kind == PAGE else 0
    return value + place & MASK


def place_of(path):
    """Where the first byte of .text comes to lie."""
    loaded = desk.load(path, {"s": TEXT})
    return loaded.sections[Elf(path).section(".text").index]


TEXT_PLACE = place_of(desk.assemble("nop\n.word s - ."))

VALUES = """
	.text
	.globl start
start:	movz x0, #:abs_g0_nc:{s}
	movk x0, #:abs_g0_nc:{s}
	movk x1, #:abs_g1_nc:{s}
	movz x2, #:abs_g2_nc:{s}
	movk x2, #:abs_g3:{s}
	movz x2, #:abs_g3:{s}
	movz x3, #:abs_g1:{s}
	movz x4, #:abs_g2:{s}
	movn x4, #:abs_g1_s:{s}
	movz x5, #:abs_g2_s:{s}
	movz x5, #:prel_g1:{s}
	movk x5, #:prel_g0_nc:{s}
	movz x6, #:prel_g2:{s}
	movk x6, #:prel_g1_nc:{s}
	movk x6, #:prel_g2_nc:{s}
	movz x6, #:prel_g3:{s}
	adrp x7, {s}
	adrp x7, :pg_hi21_nc:{s}
	add x7, x7, #:lo12:{s}
	add w8, w8, #:lo12:{s}
	ldrb w8, [x7, #:lo12:{s}]
	strb w8, [x7, #:lo12:{s}]
	ldrsb x8, [x7, #:lo12:{s}]
	ldrh w8, [x7, #:lo12:{s}]
	strh w8, [x7, #:lo12:{s}]
	ldr w8, [x7, #:lo12:{s}]
	ldrsw x8, [x7, #:lo12:{s}]
	ldr s8, [x7, #:lo12:{s}]
	ldr x8, [x7, #:lo12:{s}]
	str d8, [x7, #:lo12:{s}]
	prfm pldl1keep, [x7, #:lo12:{s}]
	ldr q8, [x7, #:lo12:{s}]
	.balign 8
	.xword {s}
	.xword {s} - .
	.word {s} - .
	.word {s}
	.reloc ., R_AARCH64_NONE, {s}
"""
NEAR = """
	.section .text.near, "ax"
	adr x1, {s}
	ldr x1, {s}
	ldrsw x1, {s}
	ldr q1, {s}
	b.eq {s}
	cbnz w1, {s}
	tbz w1, #31, {s}
	b {s}
	bl {s}
	.hword {s} - .
	.balign 4
"""


def test_values_are_the_linkers():
    source = VALUES.format(s="s") + VALUES.replace("start", "again").format(s="s + 0x30")
    source += VALUES.replace("start", "local").format(s="here - 16")
    source += NEAR.format(s="near") + NEAR.format(s="near + 8")
    source += ".section .text.target, \"ax\"\n.balign 16\nnear:\t.space 32\n.data\n.space 48\n.balign 16\n.globl here\nhere:\t.xword start\n"
    path = desk.assemble(source)
    for address in (0x40030000, 0x3FFF0000, 0x7FFFFFD0, 0x123450, 0x10):
        imports = {"s": address}
        loaded = desk.load(path, imports)
        linked = desk.link(path, loaded.sections, imports)
        assert loaded.relocations == len([r for r in Elf(path).relocations() if r.type not in (0, 256)])
        desk.compare(path, loaded, linked)


def test_far_values_are_the_linkers():
    """Symbols that ADRP does not reach, of either sign."""
    lines = [x for x in VALUES.splitlines() if "adrp" not in x and ".word" not in x]
    path = desk.assemble("\n".join(x for x in lines if "g1:" not in x and "g1_s:" not in x).format(s="s"))
    for address in (0x0000_1234_5678_9AB0, 0x0000_FFFF_0000_FFF0, 0x0000_8000_0000_0000):
        loaded = desk.load(path, {"s": address})
        desk.compare(path, loaded, desk.link(path, loaded.sections, {"s": address}))
    text = "movz x0, #:abs_g2_s:s\nmovk x0, #:abs_g1_nc:s\nmovk x0, #:abs_g3:s\n.xword s, s - .\n"
    path = desk.assemble(text)
    for address in (0xFFFF_FFFF_FFFF_FF00, 0xFFFF_0000_1234_0000):
        loaded = desk.load(path, {"s": address})
        desk.compare(path, loaded, desk.link(path, loaded.sections, {"s": address}))


def test_limits():
    for name, (text, kind, low, high, step, same) in LIMITS.items():
        # Weak, since nothing else can have the address 0.
        path = desk.assemble(f".weak s\n{text}\n" if low == 0 else text + "\n")
        for value, fits in ((low, 1), (low + step, 1), (low - step, 0), (high, 1), (high + step, 0)):
            if kind == PAGE and not fits:
                value = low - 1 if value < 0 else high + 1
            imports = {"s": symbol_for(kind, value)}
            loaded = desk.load(path, imports, fails=not fits)
            if not fits:
                assert "R_AARCH64_" + name.split()[0] in loaded.diag, loaded.diag
                assert "out of range" in loaded.diag, loaded.diag
            sections = {1: TEXT_PLACE}
            if fits and (same or 0 <= value < high // 2):
                desk.compare(path, loaded, desk.link(path, sections, imports))
            elif not fits and same:
                desk.link(path, sections, imports, fails=True)


def test_branches_at_their_limits():
    for name, (text, reach) in BRANCHES.items():
        path = desk.assemble(text + "\n")
        for value, direct in ((-reach, 1), (-reach - 4, 0), (reach - 4, 1), (reach, 0)):
            imports = {"s": TEXT_PLACE + value}
            loaded = desk.load(path, imports)
            target, veneers = follow(loaded, TEXT_PLACE)
            assert target == imports["s"], f"{name}: {target:#x}"
            assert veneers == (0 if direct else 1), f"{name} {value:#x}: {veneers} veneers"
            assert loaded.veneers >= veneers
            if direct:
                desk.compare(path, loaded, desk.link(path, {1: TEXT_PLACE}, imports))


def test_veneers_are_counted_once_for_each_target():
    path = desk.assemble("bl far\nb far\nb.hi far\ncbz x0, far\ntbz x1, #3, far\nbl near\nbl other\n")
    imports = {"far": 0x7654_3210_0000, "other": 0xC0000000, "near": TEXT + 0x100000}
    loaded = desk.load(path, imports)
    assert loaded.veneers == 2, loaded.veneers
    ends = [follow(loaded, TEXT_PLACE + 4 * i) for i in range(7)]
    assert ends[:5] == [(imports["far"], 1)] * 5, ends
    assert ends[5:] == [(imports["near"], 0), (imports["other"], 1)], ends
    assert len({branch_target(loaded.word(TEXT_PLACE + 4 * i), TEXT_PLACE + 4 * i) for i in range(5)}) == 1
    assert desk.load(desk.assemble("bl near\n"), imports).veneers == 0
    check_offset_branches()


def check_offset_branches():
    """To S + A, by a veneer for each (AAELF64, "Call and Jump relocations"); plain and packed."""
    path = desk.assemble(".globl f\nf: bl far + 8\nb far + 8\ncbz x0, far + 16\nbl far\nbl near + 4\nbl far - 4\n")
    imports = {"far": 0x7654_3210_0000, "near": TEXT + 0x100000}
    want = [(imports["far"] + a, 1) for a in (8, 8, 16, 0)]
    want += [(imports["near"] + 4, 0), (imports["far"] - 4, 1)]
    for file in (path, packed(path)):
        loaded = desk.load(file, imports)
        start = loaded.regions[0][0]
        assert [follow(loaded, start + 4 * i) for i in range(6)] == want, file
    assert desk.load(path, imports).veneers == 1 + 5
    loaded = desk.load(path, imports, no_peek=True)
    assert follow(loaded, loaded.regions[0][0]) == want[0]


def packed(path):
    output = desk.path("packed.llext")
    run([TENON, "pack", path, "-o", output])
    return output


def test_conditional_branches_leave_a_function_by_veneer_only_whole():
    """X16 is free between functions, not at a label inside of one."""
    desk.heaps((TEXT, 0x200000), (DATA, 0x40000))
    text = '{}l: ret\n.space {}\n.section .text.b, "ax"\nbranch: {} l\n'
    function = ".globl l\n.type l, %function\n"
    for branch, reach in (("cbz x0,", 1 << 20), ("b.ne", 1 << 20), ("tbz x0, #3,", 1 << 15)):
        for lead, space in (("", reach - 4), (function, reach - 4), (function, reach)):
            path = desk.assemble(text.format(lead, space, branch))
            loaded, elf = desk.load(path), Elf(path)
            place = loaded.sections[elf.section(".text.b").index]
            want = loaded.sections[elf.section(".text").index], int(space == reach)
            assert follow(loaded, place) == want, f"{branch} {space:#x}"
        loaded = desk.load(desk.assemble(text.format("", reach, branch)), fails=True)
        assert "out of range" in loaded.diag, loaded.diag
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))


def test_wrong_scale():
    for text, value in (
        ("ldrh w1, [x1, #:lo12:s]", 1),
        ("ldr w1, [x1, #:lo12:s]", 2),
        ("ldr x1, [x1, #:lo12:s]", 4),
        ("ldr q1, [x1, #:lo12:s]", 8),
        ("bl s", 2),
        ("b.eq s", 2),
        ("tbz x1, #1, s", 2),
        ("ldr x1, s", 2),
    ):
        path = desk.assemble(text + "\n")
        loaded = desk.load(path, {"s": TEXT + 0x1000 + value}, fails=True)
        assert "multiple" in loaded.diag, loaded.diag
        desk.load(path, {"s": TEXT + 0x1000 + 16})


def test_other_instructions_and_misaligned_places():
    types = "CALL26 JUMP26 CONDBR19 TSTBR14 LD_PREL_LO19 ADR_PREL_LO21 ADR_PREL_PG_HI21 "
    types += "ADD_ABS_LO12_NC LDST8_ABS_LO12_NC LDST128_ABS_LO12_NC MOVW_UABS_G3 MOVW_SABS_G2"
    for name in types.split():
        path = desk.assemble(f".reloc 0, R_AARCH64_{name}, s\nnop\n")
        loaded = desk.load(path, {"s": TEXT}, fails=True)
        assert "not the instruction" in loaded.diag, loaded.diag
    loaded = desk.load(desk.assemble("movk x1, #1\n.reloc 0, R_AARCH64_MOVW_SABS_G0, s\n"), {"s": 8}, True)
    assert "not the instruction" in loaded.diag, loaded.diag
    loaded = desk.load(desk.assemble("nop\nnop\n.reloc 2, R_AARCH64_CALL26, s\n"), {"s": TEXT}, True)
    assert "misaligned" in loaded.diag, loaded.diag


def test_got():
    source = """
	adrp x0, :got:a
	ldr x0, [x0, #:got_lo12:a]
	ldr x1, :got:b
	adrp x2, _GLOBAL_OFFSET_TABLE_
	ldr x2, [x2, #:gotpage_lo15:a]
	ldr x3, [x3]
	.reloc . - 4, R_AARCH64_LD64_GOTOFF_LO15, b
	movz x4, #:gotoff_g1:b
	movk x4, #:gotoff_g0_nc:b
	"""
    names = {"a": 0x0123_4567_89AB_CDEF, "b": 0x42}
    path = desk.assemble(source)
    desk.heaps((0, 0), (TEXT, 0x40000))  # LDR (literal) reaches 1 MiB
    loaded = desk.load(path, names)
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))
    assert loaded.got == 2, loaded.got
    at = [loaded.sections[1] + 4 * i for i in range(12)]
    insn = [loaded.word(p) for p in at]
    slot_a = adrp(insn[0], at[0]) + offset12(insn[1])
    assert loaded.word(slot_a, 8) == names["a"], hex(slot_a)
    slot_b = at[2] + (insn[2] >> 5 & 0x7FFFF) * 4
    assert loaded.word(slot_b, 8) == names["b"]
    base = slot_b - offset12(insn[5])
    assert (insn[6] >> 5 & 0xFFFF) << 16 | (insn[7] >> 5 & 0xFFFF) == slot_b - base
    page = adrp(insn[3], at[3])
    assert page == base & ~0xFFF, hex(base)
    assert page + offset12(insn[4]) == slot_a
    assert base in (slot_a, slot_b), hex(base)


def test_got_relative():
    """GOTREL64, GOTREL32, GOTPCREL32 and PLT32, which GNU as 2.40 cannot name."""
    path = desk.assemble(
        "adrp x0, :got:a\nadrp x0, :got:c\n.xword a\n.word c - ., a - ., b - .\n", "patched"
    )
    elf = Elf(path)
    table = next(s for s in elf.sections if s.name == ".rela.text")
    data = bytearray(elf.data)
    for entry, number in ((2, 307), (3, 308), (4, 315), (5, 314)):
        data[table.offset + 24 * entry + 8 : table.offset + 24 * entry + 12] = number.to_bytes(4, "little")
    with open(path, "wb") as file:
        file.write(data)
    names = {"a": 0x0123_4567_89AB_CDEF, "b": 0x3_0000_0000, "c": DATA + 0x1000}
    loaded = desk.load(path, names)
    read = lambda offset, size=4: loaded.word(TEXT_PLACE + offset, size)  # noqa: E731
    signed = lambda v: v - ((v >> 31) << 32)  # noqa: E731
    base = names["a"] - read(8, 8) & MASK
    assert base + signed(read(16)) == names["c"]
    slot = TEXT_PLACE + 20 + signed(read(20))
    assert slot - base in (0, 8) and loaded.word(slot, 8) == names["a"]
    veneer = TEXT_PLACE + 24 + signed(read(24))
    assert loaded.veneers == 1 and loaded.word(veneer + 8, 8) == names["b"]
    assert loaded.read(veneer, 8) == bytes.fromhex("50000058" + "00021fd6")


def test_got_entry_with_addend_is_refused():
    loaded = desk.load(desk.assemble("adrp x0, :got:l\n.data\n.space 8\nl: .word 1\n"), fails=True)
    assert "addend" in loaded.diag and loaded.rc == -95, loaded.diag


def patched(number):
    """A file whose only relocation is of this type."""
    path = desk.assemble(".xword v\n", "patched")
    elf = Elf(path)
    at = next(s for s in elf.sections if s.name == ".rela.text").offset + 8
    with open(path, "wb") as file:
        file.write(elf.data[:at] + number.to_bytes(4, "little") + elf.data[at + 4 :])
    return path


def test_thread_local():
    gcc, clang = ["aarch64-linux-gnu-gcc"], ["clang", "--target=aarch64-none-elf"]
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))
    tls.run_checks(
        desk,
        [(c, [level, "-fno-pic"]) for c in (gcc, clang) for level in ("-O0", "-O2")],
        [(c, ["-O2", "-fpic", *model]) for c in (gcc, clang) for model in ([], ["-ftls-model=initial-exec"])]
        + [(gcc, ["-O2", "-fpic", "-mtls-dialect=trad"])],
        {"firmware_add": TEXT + 0x80000},
    )


def test_thread_local_far_from_the_pointer():
    """More than a page behind it, where the upper 12 of 24 bits count."""
    code = "add x1, x0, #:tprel_hi12:v, lsl #12\nadd x1, x1, #:tprel_lo12_nc:v\n"
    path = desk.assemble(f'.globl f\nf:\n{code}.section .tbss, "awT", %nobits\n.space 0x2678\nv: .word 0\n')
    loaded = desk.load(path)
    desk.compare(path, loaded, desk.link(path, loaded.sections, {}, extra=tls.EXTRA), [])
    assert loaded.word(TEXT_PLACE, 4) >> 10 & 0xFFF == 2


def test_thread_local_relocations_of_something_else():
    missing = desk.load(desk.assemble("adrp x0, :gottprel:v\n"), {"v": TEXT}, fails=True)
    assert missing.rc == -61 and "v" in missing.diag, missing.diag
    for number, name in (
        (513, "TLSGD_ADR_PAGE21"),
        (528, "TLSLD_ADD_DTPREL_HI12"),
        (541, "TLSIE_ADR_GOTTPREL_PAGE21"),
        (549, "TLSLE_ADD_TPREL_HI12"),
        (562, "TLSDESC_ADR_PAGE21"),
        (573, "TLSLD_LDST128_DTPREL_LO12_NC"),
    ):
        loaded = desk.load(patched(number), {"v": TEXT}, fails=True)
        assert loaded.rc == -8 and "against something else" in loaded.diag, loaded.diag
        assert f"R_AARCH64_{name} ({number}), symbol v" in loaded.diag, loaded.diag
    for number in (515, 540, 565):
        assert desk.load(patched(number), {"v": TEXT}, fails=True).rc == -95
    for number in (1028, 1029, 1030, 1031):
        assert "dynamic" in desk.load(patched(number), {"v": TEXT}, fails=True).diag


def test_unknown_types_are_refused():
    for number in (1, 255, 281, 294, 316, 511, 574, 1023, 1024, 1032, 1033, 0xFFFFFFFF):
        assert desk.load(patched(number), {"v": TEXT}, fails=True).rc == -95, number
    for number in (0, 256):
        desk.load(patched(number), {"v": TEXT})
    for number in (1025, 1026, 1027):
        assert "dynamic" in desk.load(patched(number), {"v": TEXT}, fails=True).diag


sys.exit(main(globals()))
