# SPDX-License-Identifier: Apache-2.0
"""Every static and dynamic relocation type: bytes against GNU ld, limits on both sides, veneers."""
import sys

sys.dont_write_bytecode = True
import tls  # noqa: E402
from desk import main  # noqa: E402
from elf import Elf  # noqa: E402
from riscv import (  # noqa: E402
    BITS, DATA, MABI, MARCH, MASK, PREFIX, TEXT, WIDE, follow, i_type, jump_target, new_desk, patch, s_type, signed, u_type,
    veneer_target,
)  # fmt: skip

desk = new_desk()
FAR = 0x180000000 if WIDE else 0x80000000  # so far away that no absolute address is near


def first_place(path, imports=None):
    """Where the first byte of .text comes to lie."""
    return desk.load(path, imports).sections[Elf(path).section(".text").index]


PLACE = first_place(desk.assemble("nop\nnop\n"))


def reloc(name, symbol, data):
    return f"\t.reloc ., R_RISCV_{name}, {symbol}\n\t{data}\n"


# {b} is {s} without an addend: GNU ld adds one to what it subtracts, and keeps a 33rd bit.
DIFFERENCES = "".join(
    reloc(f"{op}{bits}", symbol.format(s="{b}" if op == "SUB" or bits > BITS else "{s}"), f"{directive} 0x5a{'3c' * (bits // 8 - 1)}")
    for symbol in ("{s}", "start")
    for op in ("ADD", "SUB", "SET")
    for bits, directive in ((8, ".byte"), (16, ".2byte"), (32, ".4byte"), (64, ".8byte"))
    if (op, bits) != ("SET", 64)
)
VALUES = """
	.text
	.globl start
start:	nop
1:	auipc a0, %pcrel_hi({s})
	addi a0, a0, %pcrel_lo(1b)
	lw a1, %pcrel_lo(1b)(a0)
	sw a1, %pcrel_lo(1b)(a0)
	c.nop
2:	auipc t0, %pcrel_hi({s})
	sb a1, %pcrel_lo(2b)(t0)
	lhu a1, %pcrel_lo(2b)(t0)
	jalr t1, %pcrel_lo(2b)(t0)
	lui a0, %hi({s})
	addi a0, a0, %lo({s})
	lw a0, %lo({s})(a0)
	sh a0, %lo({s})(a0)
	call {s}
	tail {s}
	call t0, {s}
	.word {s}
	.word {s} - .
""" + DIFFERENCES + "\t.balign 2\n" + "".join(
    reloc(name, symbol, data)
    for symbol in ("{s}", "start")
    for name, data in (
        ("32_PCREL", ".4byte 0"), ("CALL", "auipc ra, 0\n\tjalr ra, 4(ra)"), ("NONE", ".byte 1"),
        ("SET6", ".byte 0xc5"),
    )
) + reloc("SUB6", "{b}", ".byte 0x81") + reloc("SUB6", "start", ".byte 0x3f")  # fmt: skip
if WIDE:
    VALUES += "\t.dword {s}\n\t.dword {s} - .\n"
NEAR = """
	.section .text.near, "ax"
near:	j {s}
	jal {s}
	jal t0, {s}
	beq a0, a1, {s}
	bgeu t4, t6, {s}
""" + "".join(
    reloc(*x)
    for x in (
        ("BRANCH", "{s}", "beq a0, a1, ."), ("BRANCH", "{s}", "bltu s3, t5, ."),
        ("RVC_BRANCH", "{s}", ".2byte 0xc101"), ("RVC_BRANCH", "{s}", ".2byte 0xefc1"),
        ("RVC_JUMP", "{s}", ".2byte 0xa001"), ("RVC_JUMP", "{s}", ".2byte 0xa7c5"),
    )
)  # fmt: skip


def check_same(path, imports=None, masked=(), **options):
    loaded = desk.load(path, imports, **options)
    desk.compare(path, loaded, desk.link(path, loaded.sections, imports), masked)
    return loaded


def test_values_are_the_linkers():
    source = VALUES.format(s="s", b="s") + VALUES.replace("start", "again").format(s="s + 0x7fe", b="s")
    source += VALUES.replace("start", "local").format(s="here - 16", b="here")
    source += ".data\n.space 48\n.balign 16\n.globl here\nhere:\t.word start - here\n"
    path = desk.assemble(source)
    addresses = [0x10030000, 0x100307FE, 0x10030800, 0x10010002, 0x7FFFEFFE, 0x123456, 0x800, 0x7FE]
    if not WIDE:
        addresses += [0x7FFFF800, 0x80000000, 0xFFFFF7FE, 0xFFFFF800, 0xFFFFFFFE, 0x90010000]
    for address in addresses:
        imports = {"s": address}
        loaded = check_same(path, imports)
        assert loaded.relocations == len([r for r in Elf(path).relocations() if r.type != 0])
        assert loaded.veneers == 0


def test_subtrahends_with_addends():
    """psABI: V - S - A."""
    text = "".join(reloc(f"SUB{8 * n}", "s + 3", f".{n}byte 0x{'a5' * n}") for n in (2, 4, 8))
    loaded = desk.load(desk.assemble(text + reloc("SUB8", "s + 3", ".byte 0xa5") + reloc("SUB6", "s + 3", ".byte 0xc1")), {"s": 0x12345678})
    for n, at in ((2, 0), (4, 2), (8, 6), (1, 14)):
        want = int("a5" * n, 16) - 0x1234567B & (1 << 8 * n) - 1
        assert loaded.word(PLACE + at, n) == want, (n, hex(loaded.word(PLACE + at, n)))
    assert loaded.word(PLACE + 15, 1) == 0xC0 | (1 - 0x7B & 0x3F)


def test_near_values_are_the_linkers():
    for symbol in ("s", "s + 4", "near + 8", "near"):
        path = desk.assemble(NEAR.format(s=symbol))
        base = desk.load(path, {"s": PLACE}).sections[Elf(path).section(".text.near").index]
        for distance in range(-160, 160, 18):
            check_same(path, {"s": base + distance})


def test_c_lui():
    text = reloc("RVC_LUI", "s", ".2byte 0x6505") + reloc("RVC_LUI", "s + 1", ".2byte 0x7fb1")
    path = desk.assemble(".weak s\n" + text)
    for address in (0, 0x7FE, 0x7FF, 0x800, 0x17FE, 0x17FF, 0x1F000, 0x1F7FE):
        check_same(path, {"s": address})
    for address in (-1, -0x800, -0x801, -0x1000, -0x20000) if WIDE else ():  # GNU ld refuses them for RV32
        check_same(path, {"s": address & MASK})


ADDRESS, RELATIVE = range(2)
WORD = 1 << 32
# What to assemble, kind, lowest and highest value, step, and whether GNU ld has the same limits.
LIMITS = {
    "RVC_LUI": (reloc("RVC_LUI", "s", ".2byte 0x6505"), ADDRESS, -(1 << 17) - 0x800, (1 << 17) - 0x801, 1, True),
}
if WIDE:
    LIMITS.update({
        "32": (".word s", ADDRESS, -WORD // 2, WORD - 1, 1, False),
        "32_PCREL": (reloc("32_PCREL", "s", ".word 0"), RELATIVE, -WORD // 2, WORD // 2 - 1, 1, False),
        "HI20": ("lui a0, %hi(s)", ADDRESS, -WORD // 2 - 0x800, WORD // 2 - 0x801, 1, True),
        "PCREL_HI20": ("auipc a0, %pcrel_hi(s)", RELATIVE, -WORD // 2 - 0x800, WORD // 2 - 0x801, 1, True),
    })  # fmt: skip


def test_limits():
    desk.heaps((FAR, 0x40000), (FAR + 0x1000000, 0x40000))
    for name, (text, kind, low, high, step, same) in LIMITS.items():
        path = desk.assemble(text + "\nnop\n")
        place = FAR + PLACE - TEXT
        for value, fits in ((low, 1), (low + step, 1), (low - step, 0), (high, 1), (high + step, 0)):
            imports = {"s": value + (place if kind == RELATIVE else 0) & MASK}
            loaded = desk.load(path, imports, fails=not fits)
            if not fits:
                assert f"R_RISCV_{name} " in loaded.diag, loaded.diag
                assert "out of range" in loaded.diag, loaded.diag
                assert f"expected {low if value < low else high:#x}, found {value:#x}" in loaded.diag, loaded.diag
            if fits and (WIDE or value >= 0):
                desk.compare(path, loaded, desk.link(path, {1: place}, imports))
            elif not fits and same:
                desk.link(path, {1: place}, imports, fails=True)
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))


BRANCHES = {
    "BRANCH": (reloc("BRANCH", "s", "beq a0, a1, ."), 12),
    "JAL": ("j s", 20),
    "JAL (linking)": ("jal s", 20),
    "RVC_BRANCH": (reloc("RVC_BRANCH", "s", ".2byte 0xc101"), 8),
    "RVC_JUMP": (reloc("RVC_JUMP", "s", ".2byte 0xa001"), 11),
}


def test_branches_at_their_limits():
    desk.heaps((FAR, 0x40000), (FAR + 0x1000000, 0x40000))
    place = FAR + PLACE - TEXT
    cases = [(x[0], -(1 << x[1]), (1 << x[1]) - 2) for x in BRANCHES.values()]
    if WIDE:
        cases += [(f"{i} s", -WORD // 2 - 0x800, WORD // 2 - 0x802) for i in ("call", "tail")]
    for text, low, high in cases:
        path = desk.assemble(text + "\nnop\n")
        for value, direct in ((low, 1), (low + 2, 1), (low - 2, 0), (high, 1), (high + 2, 0)):
            imports = {"s": place + value & MASK}
            loaded = desk.load(path, imports)
            target, veneers = follow(loaded, place)
            assert target == imports["s"], f"{text} {value:#x}: {target:#x}"
            assert veneers == (0 if direct else 1), f"{text} {value:#x}: {veneers} veneers"
            assert loaded.veneers >= veneers
            if direct:
                desk.compare(path, loaded, desk.link(path, {1: place}, imports))
            else:
                desk.link(path, {1: place}, imports, fails=True)
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))


def test_calls_reach_everything():
    path = desk.assemble("call s\ntail s\n")
    for address in (2, 0x7FE, 0x800, 0x7FFFFFFE, 0x80000000, 0xFFFFF800, 0xFFFFFFFE, MASK - 1, MASK // 2 + 1):
        loaded = desk.load(path, {"s": address})
        assert [follow(loaded, PLACE + i)[0] for i in (0, 8)] == [address, address], hex(address)
        assert WIDE or loaded.veneers == 0


def test_veneers_are_counted_once_for_each_target():
    path = desk.assemble("j far\njal far\nbeq a0, a1, far\nj near\njal other\n" + reloc("BRANCH", "far", "beq a0, a1, ."))
    imports = {"far": 0x70012344, "other": 0x20000000, "near": TEXT + 0x8000}
    loaded = desk.load(path, imports)
    assert loaded.veneers == 2, loaded.veneers
    ends = [follow(loaded, PLACE + i) for i in (0, 4, 12, 16, 20, 24)]
    assert ends[:3] + ends[5:] == [(imports["far"], 1)] * 4, ends
    assert ends[3:5] == [(imports["near"], 0), (imports["other"], 1)], ends
    assert len({jump_target(loaded, PLACE + i) for i in (0, 4, 12, 24)}) == 1
    assert desk.load(desk.assemble("j near\n"), imports).veneers == 0
    assert "out of range" in desk.load(desk.assemble("j far + 8\n"), imports, fails=True).diag


def test_veneer_out_of_a_short_branchs_reach():
    path = desk.assemble(BRANCHES["BRANCH"][0] + ".space 0x2000\n")
    loaded = desk.load(path, {"s": TEXT + 0x100000}, fails=True)
    assert "out of range" in loaded.diag and loaded.rc == -8, loaded.diag
    desk.load(path, {"s": PLACE - 4096})


def test_no_veneer_inside_a_function():
    """A jump to a local label may have t1 in use; one to a function may not."""
    desk.heaps((TEXT, 0x400000), (DATA, 0x40000))
    for declaration, fails in (("", 1), (".type .Lcold, @function\n", 0), (".globl .Lcold\n", 0)):
        source = f"{declaration}.section .text.unlikely,\"ax\"\n.Lcold: nop\n.space 0x200000\n"
        path = desk.assemble(source + ".section .text.f,\"ax\"\nj .Lcold\n")
        loaded = desk.load(path, fails=fails)
        if fails:
            assert "inside a function" in loaded.diag, loaded.diag
            continue
        elf = Elf(path)
        at = [loaded.sections[elf.section(n).index] for n in (".text.f", ".text.unlikely")]
        assert follow(loaded, at[0]) == (at[1], 1)
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))


def test_weak_and_low_addresses_far_below_the_code():
    """GNU ld makes auipc lui where only that reaches."""
    desk.heaps((0x80010000, 0x40000), (0x80400000, 0x40000))
    path = desk.assemble(".weak w\n1: auipc a0, %pcrel_hi(w)\naddi a0, a0, %pcrel_lo(1b)\n"
                         "2: auipc a1, %pcrel_hi(w+0x804)\nsw a0, %pcrel_lo(2b)(a1)\nlw a0, %pcrel_lo(2b)(a1)\n")
    place = first_place(path)
    for imports in ({}, {"w": 0x1234}, {"w": 0x7FFFE000}, {"w": 0x1000F000}, {"w": 0x81000000}):
        loaded = check_same(path, imports)
        insn = [loaded.word(place + 4 * i) for i in range(5)]
        pc = place if insn[0] & 0x7F == 0x17 else 0
        assert pc or WIDE
        assert pc + u_type(insn[0]) + i_type(insn[1]) & MASK == imports.get("w", 0)
        base = (place + 8 if insn[2] & 0x7F == 0x17 else 0) + u_type(insn[2])
        assert base + s_type(insn[3]) & MASK == base + i_type(insn[4]) & MASK == imports.get("w", 0) + 0x804
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))


def test_pairs_in_any_order():
    source = """
	j 2f
1:	addi a0, a1, %pcrel_lo(3f)
	sw a0, %pcrel_lo(2f)(a1)
	lw a0, %pcrel_lo(3f)(a1)
2:	auipc a1, %pcrel_hi(s)
	lw a0, %pcrel_lo(2b)(a1)
3:	auipc a1, %pcrel_hi(here)
	jal x0, 1b
	.section .text.other, "ax"
2:	auipc a1, %pcrel_hi(here + 0x1234)
	lw a0, %pcrel_lo(2b)(a1)
	lw a0, %pcrel_lo(2b)(a1)
	.data
	.space 0x7fc
here:	.word 0
	.space 0x2000
"""
    path = desk.assemble(source)
    for address in (DATA + 0x2000, DATA + 0x7FC, TEXT, PLACE + 0x7FE):
        check_same(path, {"s": address})


def test_many_pairs():
    count, lines = 70000, ["j .Lp0"]
    for i in range(count):
        lines.append(f".Lq{i}: addi a0, a0, %pcrel_lo(.Lp{count - 1 - i})")
        lines.append(f".Lp{i}: auipc a0, %pcrel_hi(s + {i * 12})")
    path = desk.assemble("\n".join(lines) + "\n")
    desk.heaps((TEXT, 0x100000), (DATA, 0x2000000))
    check_same(path, {"s": DATA})
    patch_order(path)
    check_same(path, {"s": DATA})
    desk.heaps((TEXT, 0x40000), (DATA, 0x40000))


def patch_order(path):
    """The relocations backwards."""
    elf = Elf(path)
    table = elf.section(".rela.text")
    size = 24 if WIDE else 12
    rows = [elf.data[at : at + size] for at in range(table.offset, table.offset + table.size, size)]
    with open(path, "wb") as file:
        file.write(elf.data[: table.offset] + b"".join(rows[::-1]) + elf.data[table.offset + table.size :])


def test_pairs_that_are_none():
    text = "1: auipc a1, %pcrel_hi(s)\nlw a0, %pcrel_lo(1b)(a1)\n"
    for source in (
        text.replace("auipc a1, %pcrel_hi(s)", "lui a1, %hi(s)"),
        text.replace("lw", ".section .text.other,\"ax\"\nlw"),
        "nop\n1: lw a0, %pcrel_lo(1b)(a1)\n",
        ".data\n1: .word 0\n.text\nlw a0, %pcrel_lo(1b)(a1)\n",
    ):
        loaded = desk.load(desk.assemble(source), {"s": DATA}, fails=True)
        assert "pair is missing" in loaded.diag and "PCREL_LO12_I" in loaded.diag, loaded.diag
    # An addend is added to the pair's value, but not beyond the upper half.
    path = desk.assemble(text)
    for address, addend, fits in ((0x10020000, 0x7FF, 1), (0x10020000, 0x800, 0), (0x10020000, -0x800, 1),
                                  (0x10020000, -0x801, 0), (0x100207FC, 3, 1), (0x100207FC, 4, 0)):  # fmt: skip
        imports = {"s": address + PLACE & MASK}
        patch(path, {1: (24, addend)})
        if fits:
            check_same(path, imports)
        else:
            desk.link(path, {1: PLACE}, imports, fails=True)
            assert "another address" in desk.load(path, imports, fails=True).diag


def test_got():
    size = 8 if WIDE else 4
    load = "ld" if WIDE else "lw"
    source = f"""
1:	auipc a0, %got_pcrel_hi(a)
	{load} a0, %pcrel_lo(1b)(a0)
2:	auipc a1, %got_pcrel_hi(b)
	{load} a1, %pcrel_lo(2b)(a1)
	auipc a2, %got_pcrel_hi(a)
	.word 0
	.reloc . - 4, R_RISCV_32, a
	.word 0
	.reloc . - 4, R_RISCV_32, b
"""
    path = patch(desk.assemble(source), {5: (41, 0), 6: (41, 0)})
    names = {"a": 0x0123_4567_89AB_CDEF & MASK, "b": 0x42}
    loaded = desk.load(path, names)
    assert loaded.got == 2, loaded.got
    insn = [loaded.word(PLACE + 4 * i) for i in range(7)]
    slot = [PLACE + 8 * i + u_type(insn[2 * i]) + i_type(insn[2 * i + 1]) for i in range(2)]
    assert [loaded.word(s, size) for s in slot] == [names["a"], names["b"]]
    assert PLACE + 16 + u_type(insn[4]) == slot[0] + 0x800 - (slot[0] - PLACE - 16 + 0x800 & 0xFFF)
    assert [PLACE + 20 + 4 * i + signed(insn[5 + i], 32) for i in range(2)] == slot


def test_plt32():
    path = patch(desk.assemble(".word 0\nnop\n.reloc 0, R_RISCV_32, s\n"), {0: (59, 0)})
    for address in (DATA, 0x70000000, MASK - 0x100):
        loaded = desk.load(path, {"s": address})
        target = PLACE + signed(loaded.word(PLACE), 32) & MASK
        assert target == address or WIDE and veneer_target(loaded, target) == address, hex(target)


def uleb(value, size):
    return bytes((value >> 7 * i & 0x7F) | (0x80 if i < size - 1 else 0) for i in range(size))


def test_uleb128():
    """SET_ULEB128 and SUB_ULEB128 in place; the length stays."""
    for size in (1, 2, 3, 5, 10):
        source = f".byte 0xee\n.byte {', '.join(map(str, uleb(0, size)))}\n.byte 0xdd\nnop\n"
        source += ".reloc 1, R_RISCV_32, a\n.reloc 1, R_RISCV_32, b\n"
        path = patch(desk.assemble(source), {0: (60, 0x10), 1: (61, 0x2)})
        for a, b in ((0x10000123, 0x10000100), (0x20000000, 0x1FFFFFF0), (0x80000001, 0x8000000F)):
            loaded = desk.load(path, {"a": a, "b": b})
            want = a + 0x10 - (b + 2)
            assert loaded.read(PLACE, size + 2) == b"\xee" + uleb(want, size) + b"\xdd", (size, hex(want))
    for at, fits in ((2, 0), (5, 0), (6, 1)):
        source = f".byte {', '.join(['0x80'] * 15)}, 0\n.reloc {at}, R_RISCV_32, a\n"
        source += ".section .text.behind, \"ax\"\n.word 0\n" if fits else ""
        path = patch(desk.assemble(source if at != 2 else source.replace(", 0\n", "\n")), {0: (60, 0)})
        assert fits or "outside its section" in desk.load(path, {"a": 1}, fails=True).diag
        desk.load(path, {"a": 1}, fails=not fits)


def test_other_instructions_and_misaligned_places():
    for name, data in (
        ("BRANCH", "j ."), ("JAL", "beq a0, a1, ."), ("CALL", "auipc a0, 0\naddi a0, a0, 0"),
        ("CALL_PLT", "lui a0, 0\njalr a0"), ("HI20", "addi a0, a0, 0"), ("PCREL_HI20", "c.nop\nc.nop"),
        ("RVC_BRANCH", "c.j ."), ("RVC_JUMP", "c.beqz a0, ."), ("RVC_LUI", "c.li a0, 1"),
    ):  # fmt: skip
        path = desk.assemble(f".reloc 0, R_RISCV_{name}, s\n{data}\nnop\nnop\nnop\n")
        loaded = desk.load(path, {"s": 0x1000 if name == "RVC_LUI" else PLACE + 16}, fails=True)
        assert "not the instruction" in loaded.diag, loaded.diag
    loaded = desk.load(desk.assemble(".word 0, 0\n.reloc 1, R_RISCV_JAL, s\n"), {"s": TEXT}, True)
    assert "misaligned" in loaded.diag, loaded.diag
    for text in ("j s", BRANCHES["BRANCH"][0], BRANCHES["RVC_JUMP"][0]):
        loaded = desk.load(desk.assemble(text + "\n"), {"s": PLACE + 65}, fails=True)
        assert "multiple" in loaded.diag, loaded.diag


def test_places_at_the_sections_end():
    for name, size in (("CALL", 8), ("JAL", 4), ("RVC_JUMP", 2), ("32", 4), ("64", 8), ("ADD64", 8), ("SET6", 1)):
        path = desk.assemble(f".word 0, 0\n.reloc {9 - size}, R_RISCV_{name}, s\n")
        loaded = desk.load(path, {"s": PLACE}, fails=True)
        assert "outside its section" in loaded.diag, loaded.diag


def only(number):
    """A file whose only relocation is of this type."""
    return patch(desk.assemble("nop\nnop\n.reloc 0, R_RISCV_SET32, v\n", "patched"), {0: (number, 0)})


def test_thread_local():
    gcc = [PREFIX + "gcc", "-march=" + MARCH, "-mabi=" + MABI, "-mcmodel=medany"]
    clang = ["clang", f"--target=riscv{BITS}-unknown-elf", "-march=" + MARCH, "-mabi=" + MABI, "-mno-relax"]
    desk.heaps((0, 0), (TEXT, 0x40000))
    tls.run_checks(
        desk,
        [(c, [level]) for c in (gcc, clang) for level in ("-O0", "-O2")],
        [(c, ["-O2", "-fpic", *model]) for c in (gcc, clang) for model in ([], ["-ftls-model=initial-exec"])],
        {"firmware_add": TEXT + 0x80000},
    )


def test_refused_types():
    for number, name in ((21, "TLS_GOT_HI20"), (22, "TLS_GD_HI20"), (29, "TPREL_HI20"), (30, "TPREL_LO12_I")):
        loaded = desk.load(only(number), {"v": TEXT}, fails=True)
        assert loaded.rc == -8 and "against something else" in loaded.diag, loaded.diag
        assert f"R_RISCV_{name} ({number}), symbol v" in loaded.diag, loaded.diag
    for number in (6, 8, 10) if BITS == 32 else (7, 9, 11):
        assert "dynamic" in desk.load(only(number), {"v": TEXT}, fails=True).diag
    for number in (4, 13, 14, 15, 42, 47, 48, 49, 50, 58, 66, 127, 191, 255):
        loaded = desk.load(only(number), {"v": TEXT}, fails=True)
        assert loaded.rc == -95 and "not supported" in loaded.diag, loaded.diag
    for number in (0, 43, 51):
        desk.load(only(number), {"v": TEXT})
    for number in (3, 5):
        assert "dynamic" in desk.load(only(number), {"v": TEXT}, fails=True).diag


def test_got_with_an_addend():
    """It would read beside the entry; GNU ld does not allow it either. Clang's assembler writes it for constants of the file."""
    for symbol, addend, fails in (("v", 0, False), ("v", 4, True), ("", 0x1234, True)):
        loaded = desk.load(
            desk.assemble(f".option norvc\n1: auipc a0, 0\n.reloc 1b, R_RISCV_GOT_HI20, {symbol or 0}+{addend}\nlw a0, 0(a0)\n"
                          ".reloc 1b+4, R_RISCV_PCREL_LO12_I, 1b\n"), {"v": TEXT} if symbol else {}, fails=fails)
        assert not fails or "GOT entry for a symbol with an addend" in loaded.diag, loaded.diag


def test_tables_without_addends_are_refused():
    path = desk.assemble(".word s\n")
    elf = Elf(path)
    at = elf.data.index((4).to_bytes(4, "little") + (0x40).to_bytes(4, "little"), elf.section(".rela.text").offset)
    with open(path, "wb") as file:
        file.write(elf.data[:at] + (9).to_bytes(4, "little") + elf.data[at + 4 :])
    assert [s.type for s in Elf(path).sections if s.name == ".rela.text"] == [9]
    loaded = desk.load(path, {"s": 4}, fails=True)
    assert loaded.rc == -95 and "without addends" in loaded.diag, loaded.diag


def test_header_flags():
    data = Elf(desk.assemble("nop\n")).data
    at = 48 if WIDE else 36
    for flags, fits in ((0, 1), (1, 1), (2, 1), (4, 1), (5, 1), (8, 1), (0x80000001, 1), (0x10, 0), (0x20, 0), (0x100, 0)):
        path = desk.path("flags.o")
        with open(path, "wb") as file:
            file.write(data[:at] + flags.to_bytes(4, "little") + data[at + 4 :])
        loaded = desk.load(path, fails=not fits)
        assert fits or "e_flags" in loaded.diag, loaded.diag


sys.exit(main(globals()))
