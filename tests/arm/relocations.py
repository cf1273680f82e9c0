# SPDX-License-Identifier: Apache-2.0
"""Every static relocation type: bytes against GNU ld, limits on both sides, addends, veneers."""
import struct
import sys

sys.dont_write_bytecode = True
from arm import (  # noqa: E402
    DATA,
    TEXT,
    branch_offset,
    follow,
    new_desk,
    place_addend,
    to_rela,
)
import tls  # noqa: E402
from desk import main, run  # noqa: E402
from elf import Elf  # noqa: E402

TENON = sys.argv[2]
desk = new_desk()


def raw(kind, instruction, symbol="s"):
    """An instruction that no assembler makes with an undefined symbol."""
    width = "n" if instruction < 0x10000 else "w"
    return f".reloc ., R_ARM_{kind}, {symbol}\n.inst.{width} {instruction:#x}\n"


def place_of(path):
    """Where the first byte of .text comes to lie."""
    return desk.load(path, {"s": TEXT}).sections[Elf(path).section(".text").index]


PLACE = place_of(desk.assemble("nop.w\n"))

# What reaches any address. {s} is the symbol, with or without an addend.
FAR = """
	.balign 4
	.word {s}, {s} - ., {s}(TARGET1), {s}(TARGET2), {s}(GOTOFF), {s} + 4 - .
	.reloc ., R_ARM_PREL31, {s}
	.word {prel31}
	.word _GLOBAL_OFFSET_TABLE_ - .
	movw r0, #:lower16:{s}
	movt r0, #:upper16:{s}
	movw r11, #:lower16:({s} - .)
	movt r11, #:upper16:({s} - .)
	movs r3, #:upper8_15:{s}
	adds r3, #:upper0_7:{s}
	adds r3, #:lower8_15:{s}
	adds r7, #:lower0_7:{s}
	.byte 0
	.word {s}
	.byte 1, 2
	.word {s} - .
	.byte 0
	.reloc ., R_ARM_V4BX, {s}
	.reloc ., R_ARM_NONE, {s}
"""
BRANCHES = """
	bl {s}
	b.w {s}
	beq.w {s}
	ble.w {s}
"""
NEAR = """
	.section .text.near, "ax"
	b.n {s}
	bne.n {s}
	bgt.n {s}
"""
PC_RELATIVE = {
    # The addend -4 in the place: the processor's program counter is ahead of the instruction.
    "THM_PC8": (0x48FF, 0xA1FF, 0x4FFF),
    "THM_PC12": (0xF85F1004, 0xF81FF004, 0xF83F2004, 0xF91F3004, 0xF93F4004),
    "THM_ALU_PREL_11_0": (0xF2AF0004, 0xF2AF0B04),
    "THM_JUMP6": (0xB100, 0xB907),
}

OFFSETS = (0, 4, 0x3FC, 0x7FE, 0x8000, 0x100000, -0x2000, -0xFFFFC, 0xFFFFC)


def compare(path, imports, loaded=None, masked=()):
    loaded = loaded or desk.load(path, imports)
    linked = desk.link(path, loaded.sections, imports, extra=got_at_handle(loaded))
    desk.compare(path, loaded, linked, masked)
    return loaded


def got_at_handle(loaded):
    """An empty GOT is where the first block of the extension is."""
    start = min(a for a in loaded.sections.values() if a >= TEXT)
    return f"\t.got {start:#x} : {{ *(.got.plt) *(.got) }}\n"


def test_values_are_the_linkers():
    for thumb in (0, 1):
        source = FAR.format(s="s", prel31=0x80000000) + BRANCHES.format(s="s")
        source += FAR.format(s="s + 8", prel31=0) + FAR.format(s="s", prel31=0x7FFFFFF0)
        path = desk.assemble(source)
        for offset in OFFSETS:
            compare(path, {"s": PLACE + offset | thumb})


def test_far_values_are_the_linkers():
    lines = [x for x in FAR.splitlines() if "prel31" not in x.lower()]
    text = "\n".join(lines) + "\n"
    paths = [desk.assemble(text.format(s="s") + text.format(s="s + 12"))]
    text = "\n".join(x for x in lines if "8_15" not in x and "0_7" not in x)
    paths.append(desk.clang(text.format(s="s")))
    for path in paths:
        for address in (0x12345678, 0xFFFF0000, 0x8000FFF8, 0x7FFF, 0x0001_8000, 0x2000_7FFF):
            compare(path, {"s": address})


def test_short_branches_are_the_linkers():
    source = "start:\tnop\n" + NEAR.format(s="near") + NEAR.format(s="near + 8")
    source += "near:\t.space 64\n.section .text.far, \"ax\"\nfar:\t.space 200\n"
    path = desk.assemble(source + NEAR.format(s="far") + "bl start\nb.w start\nbls.w start\n")
    compare(path, {})
    path = desk.assemble("b.n s\nblo.n s\n")
    for offset in (0, 100, -100, 254):
        compare(path, {"s": PLACE + offset | 1})


def test_symbols_of_the_file():
    source = """
	.type function, %function
	.globl function
	.globl variable
	nop
function:
	bl function
	bl hidden
	b.w .Lcold
	beq.w .Lcold
	movw r0, #:lower16:variable
	movt r0, #:upper16:variable
	ldr r0, =variable + 4
	bl .Lcold
	bx lr
	.type hidden, %function
hidden:
	.word function, hidden - ., hidden, .Lcold, variable, .Lbytes + 3
	.word function + 1, function - 3, hidden + 1 - ., variable + 1, .Lbytes + 1
	.ltorg
	.section .text.unlikely, "ax"
	nop
.Lcold:	b.w .Lcold
	b.w hidden
	.data
	.word 0
variable: .word function, function + 2, .Lcold, variable + 0x10000, .Lbytes, .Lbytes - .
	.bss
	.space 12
.Lbytes: .space 20
"""
    for tool in (desk.assemble, desk.clang):
        compare(tool(source), {})


def test_pc_relative_instructions():
    for kind, instructions in PC_RELATIVE.items():
        source = "".join(".balign 4\n" + raw(kind, i) + "nop\n" + 2 * raw(kind, i) for i in instructions)
        path = desk.assemble("nop\nnop\n" + source)
        for offset in (0x20, 0x24, 0x3E) if kind == "THM_JUMP6" else (0x80, 0x84, 0x100, 0x200):
            compare(path, {"s": PLACE + offset})
        for offset in (-0x100, 0xF00, -0xEC0) if kind in ("THM_PC12", "THM_ALU_PREL_11_0") else ():
            loaded = desk.load(path, {"s": PLACE + offset})
            for entry in Elf(path).relocations():
                at = PLACE + entry.offset
                found = (at & ~3) + 4 + place_addend(entry.type, loaded.read(at, 4))
                assert found == PLACE + offset, f"{kind}: {found:#x}"
            if kind != "THM_PC12":  # GNU ld 2.40 refuses to load from below
                compare(path, {"s": PLACE + offset}, loaded)


# Instruction, lowest and highest value, their multiple, what is added to the place for a value of
# 0 (None: the value is no distance), whether GNU ld 2.40 has the same limits.
LIMITS = {
    "ABS8": (".byte s", -0x80, 0xFF, 1, None, False),
    "ABS16": (".hword s", -0x8000, 0xFFFF, 1, None, False),
    # With an addend: without one it is a personality routine, which a veneer can stand for.
    "PREL31": (raw("PREL31", 0x80000004).replace(".inst.w", ".word"), -(1 << 30), (1 << 30) - 1, 1, -4, True),
    "THM_JUMP6": (raw("THM_JUMP6", 0xB3F0), 0, 126, 2, 4, False),
    "THM_PC8": (raw("THM_PC8", 0x48FF), 0, 1020, 4, 4, False),
    "THM_PC12": (raw("THM_PC12", 0xF85F1004), -4095, 4095, 1, 4, False),
    "THM_ALU_PREL_11_0": (raw("THM_ALU_PREL_11_0", 0xF2AF0004), -4095, 4095, 1, 4, True),
}


def test_limits():
    desk.odd = "object"
    for name, (text, low, high, step, bias, same) in LIMITS.items():
        path = desk.assemble(text + "\n")
        base = 0 if bias is None else PLACE + bias
        for value, fits in ((low, 1), (low + step, 1), (low - step, 0), (high, 1), (high + step, 0)):
            imports = {"s": base + value & 0xFFFFFFFF}
            loaded = desk.load(path, imports, fails=not fits)
            if not fits:
                assert loaded.rc == -8 and "R_ARM_" + name in loaded.diag, loaded.diag
                assert "out of range" in loaded.diag, loaded.diag
                if same:
                    desk.link(path, {1: PLACE}, imports, fails=True)
            elif same or (name != "THM_JUMP6" and value >= 0):
                compare(path, imports, loaded)
            elif name != "THM_PC8":
                kind, size = next(Elf(path).relocations()).type, {"ABS8": 1, "ABS16": 2}.get(name, 4)
                found = place_addend(kind, loaded.read(PLACE, size) + bytes(4 - size))
                mask = 0x7E if name == "THM_JUMP6" else 0xFFFFFFFF
                assert found & mask == value & mask, f"{name}: {found}, not {value}"
    desk.odd = "function"


REACHES = {
    "bl s": (1 << 24, "THM_CALL"),
    "b.w s": (1 << 24, "THM_JUMP24"),
    "bhi.w s": (1 << 20, "THM_JUMP19"),
    "b.n s": (1 << 11, "THM_JUMP11"),
    "bcs.n s": (1 << 8, "THM_JUMP8"),
}


def test_branches_at_their_limits():
    for text, (reach, name) in REACHES.items():
        path = desk.assemble(text + "\n")
        for value, direct in ((-reach, 1), (-reach - 2, 0), (reach - 4, 1), (reach - 2, 1), (reach, 0)):
            imports = {"s": PLACE + 4 + value | 1}
            loaded = desk.load(path, imports)
            target, veneers = follow(loaded, PLACE)
            assert target | 1 == imports["s"], f"{text}: {target:#x}"
            assert veneers == 1 - direct, f"{text} {value:#x}: {veneers} veneers"
            assert loaded.veneers >= veneers
            if direct and value != reach - 2:  # where GNU ld 2.40 makes a veneer already
                compare(path, imports, loaded)
        # Without a veneer in reach either.
        away = reach + 2
        if away < 0x20000:
            path = desk.assemble(f"{text}\n.space {away}\n")
            loaded = desk.load(path, {"s": PLACE + 0x30001}, fails=True)
            assert "R_ARM_" + name in loaded.diag and "out of range" in loaded.diag, loaded.diag


def test_veneers_are_counted_once_for_each_target():
    branches = ["bl far", "b.w far", "bmi.w far", "b.n far", "bpl.n far", "bl near", "bl even"]
    path = desk.assemble(
        "\n".join(f".balign 4\n{b}" for b in branches) + "\n.balign 4\n.word far\n"
    )
    imports = {"far": 0x60001235, "near": TEXT + 0x800001, "even": 0x2000}
    loaded = desk.load(path, imports)
    assert loaded.veneers == 2, loaded.veneers
    ends = [follow(loaded, PLACE + 4 * i) for i in range(7)]
    assert ends[:5] == [(0x60001234, 1)] * 5, ends
    assert ends[5:] == [(TEXT + 0x800000, 0), (0x2000, 1)], ends
    veneers = {PLACE + 4 * i + branch_offset(loaded.read(PLACE + 4 * i, 4)) for i in range(5)}
    assert len(veneers) == 1, veneers
    assert loaded.word(PLACE + 28) == imports["far"], "data refer to the function itself"
    check_offset_branches()


def check_offset_branches():
    """To (S + A + 4) | T, the addend being -4 for S itself; by a veneer for each, plain and packed."""
    branches = ["bl far + 8", "b.w far + 8", "beq.w far + 16", "bl far", "bl near + 4", "bl far - 4"]
    path = desk.assemble(".globl f\n.type f, %function\nf: " + "\n".join(branches) + "\n")
    imports = {"far": 0x60001235, "near": TEXT + 0x100001}
    want = [(imports["far"] - 1 + a, 1) for a in (8, 8, 16, 0)]
    want += [(imports["near"] - 1 + 4, 0), (imports["far"] - 1 - 4, 1)]
    for file in (path, to_rela(path), packed(path)):
        loaded = desk.load(file, imports)
        start = loaded.regions[0][0]
        assert [follow(loaded, start + 4 * i) for i in range(6)] == want, file
    for options in ({"count_first": True}, {"no_peek": True}):
        loaded = desk.load(path, imports, **options)
        assert [follow(loaded, loaded.regions[0][0] + 4 * i) for i in range(6)] == want, options


def packed(path):
    output = desk.path("packed.llext")
    run([TENON, "pack", path, "-o", output])
    return output


def test_veneers_between_the_heaps():
    """Code that is called in another section, out of reach only if the heaps are far apart."""
    path = desk.assemble("bl s\n.balign 4\n.word s\n")
    desk.heaps((0, 0), (DATA, 0x80000))
    assert desk.load(path, {"s": DATA + 0x100001}).veneers == 0
    loaded = desk.load(path, {"s": 0x1001})
    text = loaded.sections[Elf(path).section(".text").index]
    assert loaded.veneers == 1 and follow(loaded, text) == (0x1000, 1)
    desk.heaps((TEXT, 0x40000), (DATA, 0x80000))


def test_addends_in_the_place():
    """What the assembler put there, by a decoder of our own, is what was asked for."""
    addends = {
        "bl s + {}": (10, -4, (0, 2, 0xFFFFFE + 4, -0x1000000 + 4, 0x3FFFFE, -0x400000)),
        "b.w s + {}": (30, -4, (0, 6, 0xFFFFFE + 4, -0x1000000 + 4, 0x812344)),
        "bne.w s + {}": (51, -4, (0, 2, 0xFFFFE + 4, -0x100000 + 4, 0x40000, 0x80000, -0x40000)),
        "b.n s + {}": (102, -4, (0, 2, 0x7FE + 4, -0x800 + 4)),
        "bne.n s + {}": (103, -4, (0, 2, 0xFE + 4, -0x100 + 4)),
        "movw r1, #:lower16:s + {}": (47, 0, (0, 1, 0x7FFF, -0x8000, -1, 0x1234)),
        "movt r1, #:upper16:s + {}": (48, 0, (0, 1, 0x7FFF, -0x8000, -1, 0x1234)),
        ".word s + {}": (2, 0, (0, 1, 0x7FFFFFFF, -0x80000000)),
        ".hword s + {}": (5, 0, (0, 0x7FFF, -0x8000)),
        ".byte s + {}": (8, 0, (0, 0x7F, -0x80)),
    }
    desk.odd = "object"
    for text, (kind, bias, values) in addends.items():
        for value in values:
            path = desk.assemble(text.format(value) + "\n.balign 4\n")
            elf = Elf(path)
            entry = next(iter(elf.relocations()))
            memory = elf.contents(elf.section(".text")) + bytes(4)
            assert entry.type == kind and place_addend(kind, memory) == value + bias, text
            small = kind in (5, 8)
            symbol = 2 - min(value, 0) if small else PLACE - value + 2
            loaded = desk.load(path, {"s": symbol & 0xFFFFFFFF})
            masked = desk.load(to_rela(path), {"s": symbol & 0xFFFFFFFF})
            assert masked.read(PLACE, 4) == loaded.read(PLACE, 4), f"{text} {value}"
            if bias:
                assert place_addend(kind, loaded.read(PLACE, 4)) == 2 + bias, f"{text} {value}"
            if (small and value < 0) or (bias and abs(value) > 0x1000):
                continue  # GNU ld 2.40 takes the one for unsigned, and leaves the other out of account
            compare(path, {"s": symbol & 0xFFFFFFFF}, loaded)
    desk.odd = "function"


def test_addends_of_odd_instructions():
    """Fields that stand for a signed addend in a way of their own (AAELF32)."""
    for kind, instruction, addend in (
        ("THM_JUMP6", 0xB3F0, -4),
        ("THM_JUMP6", 0xB3F8, -2),
        ("THM_JUMP6", 0xB100, 0),
        ("THM_JUMP6", 0xB3E8, 122),
        ("THM_PC8", 0x48FF, -4),
        ("THM_PC8", 0x4800, 0),
        ("THM_PC8", 0x48FE, 1016),
    ):
        path = desk.assemble(raw(kind, instruction))
        loaded = desk.load(path, {"s": PLACE + 124 - addend})
        half = struct.unpack("<H", loaded.read(PLACE, 2))[0]
        field = (half >> 3 & 0x40 | half >> 2 & 0x3E) if kind == "THM_JUMP6" else (half & 0xFF) * 4
        assert field == 124, f"{kind} {instruction:#x}: {field}"
    for addend, instruction in ((-4095, 0xF2AF0FFF), (4095, 0xF20F0FFF)):
        instruction = instruction & ~0xF00 | 0x04007000
        path = desk.assemble(raw("THM_ALU_PREL_11_0", instruction))
        compare(path, {"s": PLACE - addend + 1001})
        path = desk.assemble(raw("THM_PC12", 0xF85F0FFF if addend < 0 else 0xF8DF0FFF))
        compare(path, {"s": PLACE - addend + 1001})


def test_rela_is_the_same_as_rel():
    source = FAR.format(s="s + 8", prel31=8) + BRANCHES.format(s="s")
    source += ".data\n.word s + 1, s - .\n"
    path = desk.assemble(source)
    for address in (PLACE + 0x1000, PLACE + 0x20001):
        rel = desk.load(path, {"s": address})
        rela = desk.load(to_rela(path), {"s": address})
        for section in Elf(path).loaded():
            a = rel.read(rel.sections[section.index], section.size)
            b = rela.read(rela.sections[section.index], section.size)
            assert a == b, f"{section.name}: {a.hex()} {b.hex()}"


def test_got():
    source = "nop.w\n.word a(GOT), b(GOT), a(GOT_PREL), _GLOBAL_OFFSET_TABLE_ - .\n"
    source += ".reloc ., R_ARM_GOT_ABS, b\n.word 0\n.word c(GOTOFF), b(GOT), local(GOT)\n"
    source += ".type local, %function\nlocal: bx lr\n"
    names = {"a": 0x12345677, "b": 0x42, "c": 0x60001234}
    for convert in (lambda path: path, to_rela):
        loaded = desk.load(convert(desk.assemble(source)), names)
        word = [loaded.word(PLACE + 4 + 4 * i) for i in range(8)]
        base = PLACE + 16 + word[3] & 0xFFFFFFFF
        slots = {"a": base + word[0], "b": base + word[1]}
        assert loaded.got == 3
        for name, slot in slots.items():
            assert loaded.word(slot) == names[name], f"{name}: {slot:#x}"
        assert PLACE + 12 + word[2] & 0xFFFFFFFF == slots["a"]
        assert word[4] == slots["b"] and word[6] == word[1]
        assert base + word[5] & 0xFFFFFFFF == names["c"]
        assert loaded.word(base + word[7]) == PLACE + 36 | 1, "a Thumb function in the GOT"


def patched(path, number):
    """The file with the type of its first relocation replaced."""
    elf = Elf(path)
    table = next(s for s in elf.sections if s.name == ".rel.text")
    data = bytearray(elf.data)
    data[table.offset + 4] = number
    with open(path + ".patched", "wb") as file:
        file.write(data)
    return path + ".patched"


OTHERS = {
    "THM_CALL": (10, "nop.w", "b.w .", "blx r3\nnop", ".inst.w 0xf7ffeffe"),
    "THM_JUMP24": (30, "nop.w", "bl .", "beq.w ."),
    "THM_JUMP19": (51, "nop.w", "b.w .", "bl .", "dmb sy", "msr primask, r0"),
    "THM_JUMP11": (102, "nop", "beq.n .", "bx lr"),
    "THM_JUMP8": (103, "nop", "b.n .", "svc 0", "udf 0"),
    "THM_JUMP6": (52, "nop", "push {r0}", "pop {r0}"),
    "THM_PC8": (11, "nop", "add r0, sp, #4", "ldr r0, [sp, #4]"),
    "THM_PC12": (54, "nop.w", "str.w r0, [r1]", "ldr.w r0, [r1, #8]", ".inst.w 0xed9f0a00", ".inst.w 0xf87f0000"),
    "THM_ALU_PREL_11_0": (53, "nop.w", "movw r0, #4", "addw r0, r1, #4", ".inst.w 0xf22f0004"),
    "THM_MOVW_ABS_NC": (47, "nop.w", "movt r0, #4", "mov.w r0, #4"),
    "THM_MOVT_ABS": (48, "nop.w", "movw r0, #4"),
    "THM_MOVW_PREL_NC": (49, "nop.w", "movt r0, #4"),
    "THM_MOVT_PREL": (50, "nop.w", "movw r0, #4"),
    "THM_ALU_ABS_G0_NC": (132, "nop", "subs r0, #4", "cmp r0, #4"),
    "THM_ALU_ABS_G3": (135, "nop", "subs r0, #4", "adds r0, r1, #4"),
}


def test_other_instructions_and_misaligned_places():
    for name, (number, *others) in OTHERS.items():
        for text in others:
            path = patched(desk.assemble(f".reloc ., R_ARM_NONE, s\n{text}\n"), number)
            loaded = desk.load(path, {"s": PLACE + 4}, fails=True)
            assert "not the instruction" in loaded.diag and name in loaded.diag, loaded.diag
    path = desk.assemble("nop.w\nnop.w\n.reloc 1, R_ARM_THM_CALL, s\n")
    assert "misaligned" in desk.load(path, {"s": PLACE}, fails=True).diag
    path = desk.assemble(raw("THM_PC8", 0x48FF))
    assert "multiple" in desk.load(path, {"s": PLACE + 22}, fails=True).diag


def test_thread_local():
    clang = ["clang", "--target=thumbv7em-none-eabi"]
    gcc = [["arm-none-eabi-gcc", "-mthumb", "-mcpu=" + cpu] for cpu in ("cortex-m0", "cortex-m4")]
    desk.heaps((0, 0), (TEXT, 0x40000))
    tls.run_checks(
        desk,
        [(c, [level]) for c in (*gcc, clang) for level in ("-O0", "-O2")],
        [(c, ["-O2", "-fpic", *model]) for c in (*gcc, clang) for model in ([], ["-ftls-model=initial-exec"])],
        {"firmware_add": TEXT + 0x80001},
        {"__aeabi_read_tp": TEXT + 0x80101},
    )


def test_refused_types():
    for suffix in ("TLSGD", "TLSLDM", "TLSLDO", "GOTTPOFF", "TPOFF"):
        loaded = desk.load(desk.assemble(f".word s({suffix})\n"), {"s": TEXT}, fails=True)
        assert loaded.rc == -61, loaded.diag  # a thread-local variable, which nothing exports
    path = desk.assemble(".word s\n.word s\n")
    for number, name in ((104, "GD32"), (105, "LDM32"), (107, "IE32"), (108, "LE32")):
        loaded = desk.load(patched(path, number), {"s": TEXT}, fails=True)
        assert loaded.rc == -8 and f"R_ARM_TLS_{name} " in loaded.diag, loaded.diag
        assert "against something else" in loaded.diag, loaded.diag
    for number, name in ((13, "TLS_DESC"), (90, "TLS_GOTDESC")):
        loaded = desk.load(patched(path, number), {"s": TEXT}, fails=True)
        assert loaded.rc == -95 and "R_ARM_" + name in loaded.diag, loaded.diag
    for number, name in ((9, "SBREL32"), (1, "PC24"), (28, "CALL"), (136, "THM_BF16")):
        loaded = desk.load(patched(path, number), {"s": TEXT}, fails=True)
        assert loaded.rc == -95 and "R_ARM_" + name in loaded.diag, loaded.diag
    for number in (4, 12, 14, 32, 57, 83, 99, 112, 128, 131, 139, 160, 161, 252, 255):
        assert desk.load(patched(path, number), {"s": TEXT}, fails=True).rc == -95, number
    for number in (21, 22, 23):
        assert "dynamic" in desk.load(patched(path, number), {"s": TEXT}, fails=True).diag
    for number in (0, 40):
        desk.load(patched(path, number), {"s": TEXT})


def test_headers():
    path = desk.assemble("nop\n.type f, %function\nf: bx lr\n.globl f\n")
    for offset, value, said in (
        (36 + 3, 4, "version 5"),
        (36 + 2, 0x80, "little-endian"),
        (5, 2, "little-endian"),
    ):
        data = bytearray(Elf(path).data)
        data[offset] = value
        with open(path + ".patched", "wb") as file:
            file.write(data)
        loaded = desk.load(path + ".patched", fails=True)
        assert loaded.rc == -8 and said in loaded.diag, loaded.diag
    loaded = desk.load(desk.assemble(".type f, %object\nf = .\nnop\n.type f, %function\n"), fails=True)
    assert "instruction set state" in loaded.diag, loaded.diag


sys.exit(main(globals()))
