# SPDX-License-Identifier: Apache-2.0
"""
What compilers seldom emit, packed: which relocations are left, which symbols stay, and the same image.
pack_cases.py DESK_LOAD TENON
"""
import ctypes
import os
import struct
import sys
from collections import Counter

sys.dont_write_bytecode = True
from desk import Desk, main, run  # noqa: E402
from leb128 import leb128  # noqa: E402
from packed import Elf  # noqa: E402

TENON = sys.argv[2]
os.environ["DESK_GRANULE"] = "0x40000"
assert ctypes.CDLL(None).personality(0x0040000) >= 0  # ADDR_NO_RANDOMIZE: see pack_images.py
AS = {
    "arm": ["arm-none-eabi-as", "-mthumb", "-mcpu=cortex-m33"],
    "m0": ["arm-none-eabi-as", "-mthumb", "-mcpu=cortex-m0"],
    "riscv32": ["riscv64-unknown-elf-as", "-march=rv32imac", "-mabi=ilp32"],
    "riscv64": ["riscv64-unknown-elf-as", "-march=rv64imac", "-mabi=lp64"],
    "aarch64": ["aarch64-linux-gnu-as"],
    "x86-64": ["as", "--64"],
}
# Relocations that want a GOT entry.
GOT = {"arm": (26, 96), "m0": (26, 96), "riscv32": (20,), "riscv64": (20,), "aarch64": (311, 312), "x86-64": (9, 41, 42)}
TEXT, DATA = 0x20000000, 0x21000000
desk = Desk(sys.argv[1], "")
desk.heaps((TEXT, 0x100000), (DATA, 0x200000))


def image(path, imports):
    loaded = desk.load(path, imports)
    regions = {i: (load, loaded.read(load, size)) for i, (load, size) in loaded.regions.items()}
    return regions, loaded.symbols, loaded.got, loaded.veneers


def check(machine, source, left, kept=(), imports=None):
    """Pack what is assembled: these relocations are left, these symbols are not folded."""
    imports = imports or {}
    source += "\n    .globl exported\n    .set exported, 1\n" # what exports nothing is not packed
    path = desk.assemble(source, machine, [*AS[machine]])
    packed, plain = desk.path("packed"), desk.path("plain")
    address = ["--firmware-at", "0x20800000", "--heap-at", hex(DATA), "--instr-heap-at", hex(TEXT)]
    run([TENON, "pack", path, "-o", packed, *address])
    run([TENON, "unpack", packed, "-o", plain, *address])
    before = image(path, imports)
    assert before == image(plain, imports), f"{machine}: the image is another one"
    elf = Elf(packed)
    entries = [(s, e) for s in elf.sections if s["type"] in (0x40000014, 0x6C6C7801) for e in elf.crel(s)[0]]
    types = Counter(e[2] for _, e in entries)
    assert types == Counter(left), f"{machine}: {dict(types)} is left"
    symbols, note = elf.symbols(), elf.note()
    want_got = {e[1] for _, e in entries if e[2] in GOT[machine]}
    got = set(range(note["got_first"], note["got_first"] + note["got_count"]))
    assert want_got == got, f"{machine}: {want_got} have GOT entries, not {got}"
    values = sorted(s["value"] for s in symbols[1:] if s["section"] and not s["name"] and s["type"] != 3)
    assert values == sorted(kept), f"{machine}: {values} stay"
    return elf, symbols, note


ARM_TEXT = """
    .syntax unified
    .thumb
    .text
    .p2align 2
    .globl f, near, g
    .thumb_func
f:  nop
    .irp at, 0, 2
    .reloc ., R_ARM_THM_PC12, near
    .short 0xf85f, 0x0004 // ldr.w r0, near
    .reloc ., R_ARM_THM_ALU_PREL_11_0, near
    .short 0xf2af, 0x0104 // adr.w r1, near
    .reloc ., R_ARM_THM_PC8, near
    .short 0x48ff // ldr r0, near
    .endr
    bl g
    b.w g
    beq.w g
    nop
    .section .text.other, "ax"
    .p2align 2
near: .word 5, f - ., near - .
    .thumb_func
    .type g, %function
g:  bl f
    bx lr
"""


def test_arm_inside_one_section():
    check("arm", ARM_TEXT, {})


def test_arm_odd_alignment():
    """A section of halfwords may begin between two words: what counts from a word stays."""
    check("arm", ARM_TEXT.replace(".p2align 2", ".p2align 1"), {54: 2, 53: 2, 11: 2})


def test_arm_addends_in_instructions():
    """MOVW and MOVT have 16 bits for an addend: symbols further away stay."""
    source = """
        .syntax unified
        .thumb
        .text
        .p2align 2
    f:  movw r0, #:lower16:low
        movt r0, #:upper16:low
        movw r0, #:lower16:high
        movt r0, #:upper16:high
        bx lr
        .word high, low
        .data
        .space 0x7000
    low: .word 1
        .space 0x2000
    high: .word 2
    """
    check("arm", source, {47: 2, 48: 2, 2: 2}, [0x9004])


def test_arm_bytes_of_an_address():
    source = """
        .syntax unified
        .thumb
        .text
    f:  movs r0, #:upper8_15:near
        movs r1, #:lower0_7:near
        movs r2, #:lower0_7:far
        .data
        .space 200
    near: .space 100
    far: .word 0
    """
    check("m0", source, {135: 1, 132: 2}, [300])


def test_arm_local_got():
    """Locals that have a GOT entry come behind those that stay for another reason."""
    source = """
        .syntax unified
        .thumb
        .text
        .p2align 2
    f:  movw r0, #:lower16:high
        .p2align 2
        .word one(GOT_PREL), two(GOT), import(GOT_PREL), _GLOBAL_OFFSET_TABLE_ - .
        .data
    one: .word 1
        .space 0x9000
    two: .word 2
    high: .word 3
    """
    check("arm", source, {47: 1, 96: 2, 26: 1, 25: 1}, [0, 0x9004, 0x9008], {"import": 0x20800000})


def test_thumb_state_of_sums():
    """The address of a function is odd; that of the byte behind it is even, whoever adds it up."""
    source = """
        .syntax unified
        .thumb
        .text
        nop
        .thumb_func
        .type f, %function
    f:  nop
        bx lr
        .data
        .word f, f + 1, f + 2, f + 3
    """
    check("arm", source, {2: 4})


def test_riscv_padding_and_differences():
    """Padding is cut, and what counts from labels behind it follows."""
    source = """
        .option relax
        .text
        .globl f, g, h
    f:  call import
        .p2align 4
    g:  nop
        call g
        beq a0, a1, h
        j f
        .p2align 3
    h:  lla t0, f
        lw t1, 4(t0)
        .word g - f, h - g
        .section .rodata
        .word g - f, h - g + 7
        .byte h - f, h - f
        .half h - g
        .p2align 2
        .word data - f
        .data
        .space 8
    data: .word 3
    """
    for machine in ("riscv32", "riscv64"):
        check(machine, source, {19: 1, 35: 1, 39: 1}, imports={"import": 0x20800000})


def test_riscv_pairs():
    """Both halves inside one section go; to another section, the label stays, once."""
    source = """
        .option norelax
        .text
        .globl f
    f:  auipc t0, %pcrel_hi(f)
        lw t1, %pcrel_lo(f)(t0)
        sw t1, %pcrel_lo(f)(t0)
    1:  auipc t0, %pcrel_hi(data)
        lw t1, %pcrel_lo(1b)(t0)
        sw t1, %pcrel_lo(1b)(t0)
    2:  auipc t0, %got_pcrel_hi(data)
        lw t1, %pcrel_lo(2b)(t0)
        .data
        .space 8
    data: .word 3
    """
    for machine in ("riscv32", "riscv64"):
        check(machine, source, {23: 1, 24: 2, 25: 1, 20: 1}, [8, 12, 24])


def with_order(path, name, order):
    """The packed file with the entries of a table in another order, and the table at its end."""
    elf = Elf(path)
    section = elf.section(name)
    entries, has_addends = elf.crel(section)
    assert has_addends
    mask, before = (1 << (64 if elf.wide else 32)) - 1, [0, 0, 0, 0]
    table = leb128(len(entries) << 3 | 4)
    for entry in order(entries):
        step, changes = entry[0] - before[0] & mask, [new - old for new, old in zip(entry[1:], before[1:])]
        flags = sum((change != 0) << i for i, change in enumerate(changes))
        table.append(flags | (step & 15) << 3 | (step > 15) << 7)
        table += leb128(step >> 4) if step > 15 else b""
        for change in changes:
            table += leb128(change, True) if change else b""
        before = entry
    data, form = bytearray(elf.data), "<QQ" if elf.wide else "<II"
    field = elf.headers + section["index"] * (64 if elf.wide else 40) + (24 if elf.wide else 16)
    struct.pack_into(form, data, field, len(data), len(table))
    changed = desk.path("changed")
    with open(changed, "wb") as file:
        file.write(data + table)
    return changed


def test_riscv_halves_in_a_wrong_order():
    """A packed file is read once: the first half of a pair comes before the others, or they are alone."""
    source = """
        .option norelax
        .text
        .globl f
    f:  nop
    1:  auipc t0, %pcrel_hi(data)
        lw t1, %pcrel_lo(1b)(t0)
        .data
    data: .word 3
    """
    for machine in ("riscv32", "riscv64"):
        check(machine, source, {23: 1, 24: 1}, [2])
        packed = desk.path("packed")
        assert image(packed, {}) == image(with_order(packed, ".crel.text", list), {})
        wrong = with_order(packed, ".crel.text", lambda entries: entries[::-1])
        diag = desk.load(wrong, fails=True).diag
        assert "the other relocation of the pair is missing" in diag, diag


def test_branches_to_addresses():
    """Of a function in ROM the address is known, and not whether a branch reaches it."""
    source = """
        .syntax unified
        .thumb
        .text
        .globl rom_far, rom_near
        .type rom_far, %function
        .set rom_far, 0x08001001
        .set rom_near, 0x20010001
    f:  bl rom_far
        bl rom_near
        b.w rom_far
    """
    check("arm", source, {10: 2, 30: 1}, [0x08001001, 0x20010001])
    before, after = (image(desk.path(name), {}) for name in ("plain", "packed"))
    assert before == after and before[3] == 1, "the packed file has another image"


def test_x86_common_symbols():
    """Room for common symbols, in order, each aligned, behind a .bss that is not."""
    source = """
        .comm one, 1, 1
        .comm wide, 64, 64
        .comm last, 3, 2
        .bss
        .byte 0
        .data
        .quad one, wide, last
    """
    elf, symbols, _ = check("x86-64", source, {1: 3})
    places = {s["name"]: s["value"] for s in symbols if s["name"]}
    assert places == {"one": 1, "wide": 64, "last": 128, "exported": 1}, places
    assert elf.section(".bss")["align"] == 64


def test_x86_common_symbols_and_slots():
    """Common symbols have their room in the input's order where GOT entries have the output's."""
    source = """
        .comm wide, 64, 64
        .comm one, 1, 1
        .section COMMON, "aw", @nobits # as ld.lld -r with a script calls one
        .zero 3
        .text
        movq both@GOTPCREL(%rip), %rax
        call both
        movq only_got@GOTPCREL(%rip), %rax
        .data
        .quad wide, one
    """
    packed = desk.path("packed")
    run([TENON, "pack", desk.assemble(source, "x86-64", AS["x86-64"]), "-o", packed])
    symbols = [s["name"] for s in Elf(packed).symbols() if s["name"]]
    assert symbols == ["only_got", "both", "one", "wide"], f"a case of one order: {symbols}"


def test_x86_constants():
    """What is absolute needs no relocation; what is relative to it still does."""
    source = """
        .globl fixed
        fixed = 0x1234
        .text
        movl $fixed, %eax
        call fixed
        .data
        .quad fixed + 1
        .quad fixed - .
        .size thing, 24
    thing: .long thing@SIZE
        .byte 0
    """
    check("x86-64", source, {2: 1, 24: 1})


def test_aarch64_pages():
    """Pages inside a section are the same everywhere only where the section is as aligned as a page."""
    source = """
        .text
        .p2align {}
        .globl f
    f:  adrp x0, f
        add x0, x0, :lo12:f
        b f
        adr x0, f
        .word f - .
    """
    check("aarch64", source.format(12), {277: 1})
    check("aarch64", source.format(3), {275: 1, 277: 1})


def test_aarch64_got_with_addend():
    """An entry holds the symbol's address, not one beside it: in a plain file that is found by counting."""
    source = """
        .text
        .p2align 3
        .globl f
    f:  adrp x0, :got:other
        ldr x0, [x0, :got_lo12:other]
    """
    check("aarch64", source, {311: 1, 312: 1}, imports={"other": 0x20900000})
    for number in (311, 312):
        wrong = with_order(
            desk.path("packed"),
            ".crel.text",
            lambda entries, number=number: [[o, s, t, a + 8 * (t == number)] for o, s, t, a in entries],
        )
        diag = desk.load(wrong, {"other": 0x20900000}, fails=True).diag
        assert "GOT entry for a symbol with an addend" in diag, diag


def test_aarch64_odd_places_in_a_page():
    """The page of an odd address is known where its section is as aligned as a page, and else left to the loader."""
    source = """
        .text
        .p2align {}
        .globl f
    f:  adrp x0, odd
        ldrb w1, [x0, :lo12:odd]
        adrp x2, odd + 4096
        ret
        .skip 4096 + 5
    odd: .byte 1
    """
    check("aarch64", source.format(12), {278: 1})
    check("aarch64", source.format(3), {275: 2, 278: 1})


def test_order_of_constructors():
    """.ctors from its end, .dtors from its start, each by priority, beside .init_array: the same order as before."""
    arrays = {"ctors": ("", ".65000", ".00100"), "dtors": ("", ".65000", ".00100"),
              "init_array": ("", ".00100", ".65000"), "fini_array": ("", ".00100")}  # fmt: skip
    for machine, word, number in ("arm", ".word", 2), ("aarch64", ".xword", 257), ("x86-64", ".quad", 1):
        functions, tables, count = "    .text\n", "", 0
        for name, suffixes in arrays.items():
            for suffix in suffixes:
                mark = "@" if machine == "x86-64" else "%"
                for function in f"c{count}", f"c{count + 1}":
                    functions += ("    .thumb_func\n" if machine == "arm" else "") + f"    .type {function}, {mark}function\n{function}: .long 1\n"
                kind = mark + (name if "array" in name else "progbits")
                tables += f'    .section .{name}{suffix}, "aw", {kind}\n    .balign 8\n    {word} c{count}, c{count + 1}\n'
                count += 2
        check(machine, functions + tables, {number: count})


def test_labels_of_constructors():
    """An address in .ctors or .dtors is the same as without packing: the words are turned around, a label is not."""
    for machine, word, number in ("arm", ".word", 2), ("riscv32", ".word", 1), ("aarch64", ".xword", 257), ("x86-64", ".quad", 1):
        mark = "@" if machine == "x86-64" else "%"
        source = f"""
            .text
            .type f, {mark}function
        f:  .long 1
            .section .ctors, "aw", {mark}progbits
        __CTOR_LIST__: {word} f, 0, f
        __CTOR_END__:
            .section .dtors, "aw", {mark}progbits
        __DTOR_LIST__: {word} f, f + 4
            .data
            .balign 8
            {word} __CTOR_LIST__, __CTOR_LIST__ + 8, __CTOR_END__, __DTOR_LIST__, f
        """
        check(machine, source, {number: 9})


def crel_entries(path, section):
    elf = Elf(path)
    table = next(s for s in elf.sections if s["type"] == 0x40000014 and s["name"] == section)
    return elf.crel(table)[0], elf.symbols()


def test_runs_of_one_symbol():
    """32 relocations of one symbol and type stand together, before the others of the type; 31 do not."""
    for first, second in (32, 31), (31, 32), (40, 33):
        source = "    .data\n"
        for i in range(max(first, second)):
            source += "    .word here\n" * (i < first) + "    .word there\n" * (i < second) + "    .word other\n" * (i % 8 == 0)
        packed = desk.path("runs.packed")
        source += "    .globl exported\n    .set exported, 1\n"
        address = ["--firmware-at", "0x20800000", "--heap-at", hex(DATA), "--instr-heap-at", hex(TEXT)]
        run([TENON, "pack", desk.assemble(source, "runs", [*AS["arm"]]), "-o", packed, *address])
        entries, symbols = crel_entries(packed, ".crel.data")
        found = [(symbols[s]["name"], o) for o, s, _, _ in entries]
        count = Counter(name for name, _ in found)
        want = []
        for name in [n for n in dict.fromkeys(symbols[s]["name"] for s in sorted({e[1] for e in entries})) if count[n] >= 32]:
            want += sorted((n, o) for n, o in found if n == name)
        want += sorted((f for f in found if count[f[0]] < 32), key=lambda f: f[1])
        assert found == want and count["here"] == first and count["there"] == second, found


def test_entry_point():
    """It is kept where it lies in code, and goes with that code; otherwise there is none."""
    source = '    .section .text.first, "ax", %progbits\n    .balign 4\n    .zero 8\n    .text\n    .balign 4\n    .globl f\nf:  .zero 16\n'
    path, packed = desk.assemble(source, "entered", [*AS["arm"]]), desk.path("entered.packed")
    with open(path, "rb") as file:
        image = bytearray(file.read())
    for entry, kept in (5, True), (15, True), (16, False), (0x10000, False), (0, False):
        struct.pack_into("<I", image, 24, entry)
        with open(path, "wb") as file:
            file.write(image)
        run([TENON, "pack", path, "-o", packed])
        elf = Elf(packed)
        at = struct.unpack_from("<I", elf.data, 24)[0]
        f = next(s["value"] for s in elf.symbols() if s["name"] == "f")
        assert at == (f + entry if kept else 0), (entry, at, f)


def test_addend_of_a_low_part():
    """Of a pair on RISC-V: it is added to what the high part refers to."""
    source = """
    .text
    .option norvc
    .globl f
f:  nop
    .globl high
high: .reloc ., R_RISCV_PCREL_HI20, here
    auipc a0, 0
    .reloc ., R_RISCV_PCREL_LO12_I, high + 8
    lw a1, 0(a0)
    .reloc ., R_RISCV_PCREL_LO12_I, high
    lw a1, 0(a0)
    ret
    .balign 4
here: .word 1, 2, 3
    """
    for machine in ("riscv32", "riscv64"):
        path, packed = desk.assemble(source, "low", [*AS[machine]]), desk.path("low.packed")
        run([TENON, "pack", path, "-o", packed])
        code = Elf(packed).bytes(Elf(packed).section(".text"))
        at = code.index(bytes([0x17, 0x05]))  # auipc a0
        low = [int.from_bytes(code[at + i:at + i + 4], "little") >> 20 for i in (4, 8)]
        assert low[0] == low[1] + 8 and image(path, {}) == image(packed, {}), (machine, low)


def test_order_of_got_and_veneers():
    """Symbols with both change places with those that have one: the input is compared in that order."""
    source = """
    .syntax unified
    .thumb
    .text
    .balign 4
    .globl f
    .thumb_func
f:  bl last
    bl middle
    bl first
    .word middle(GOT), last(GOT), only(GOT)
    """
    path, packed = desk.assemble(source, "both", [*AS["arm"]]), desk.path("both.packed")
    run([TENON, "pack", path, "-o", packed, "--firmware-at", "0x60000000", "--heap-at", hex(DATA), "--instr-heap-at", hex(TEXT)])
    imports = {name: 0x60000001 + 16 * i for i, name in enumerate(("first", "middle", "last", "only"))}
    before, after = image(path, imports), image(packed, imports)
    assert before[1] == after[1] and before[2:] == after[2:], (before[2:], after[2:])


def test_bounds_of_sections():
    """__start_NAME and __stop_NAME, although no section has that name any more: of all that had it."""
    source = """
    .data
    .globl other
other: .word 1
    .section set, "aw", %progbits
    .balign 8
    .word 11, 12, 13
    .section set, "aw", %progbits, unique, 1
    .word 14
    .text
    .balign 4
    .word __start_set, __stop_set, __stop_alone, __start_alone
    .section alone, "aw", %nobits
    .zero 6
    .globl exported
    .set exported, 1
    """
    for machine in ("arm", "riscv32"):
        text = source if machine == "arm" else source.replace("%", "@")
        path, packed, plain = desk.assemble(text, "bounds", [*AS[machine]]), desk.path("bounds.packed"), desk.path("bounds.plain")
        address = ["--firmware-at", "0x20800000", "--heap-at", hex(DATA), "--instr-heap-at", hex(TEXT)]
        run([TENON, "pack", path, "-o", packed, *address])
        run([TENON, "unpack", packed, "-o", plain, *address])
        assert image(path, {}) == image(packed, {}) == image(plain, {}), machine
        run([TENON, "pack", path, "-o", packed, "--keep-sections"])
        assert image(path, {}) == image(packed, {}), machine


def exported_names(packed):
    """Which names the records of .exported_sym have, in their order."""
    elf = Elf(packed)
    table = elf.table_of(".exported_sym")
    records, symbols, names = elf.sections[table["info"]], elf.symbols(), {}
    for offset, number, _, addend in elf.crel(table)[0]:
        at = records["offset"] + offset
        symbol, section = symbols[number], elf.sections[symbols[number]["section"]]
        place = symbol["value"] + (addend or int.from_bytes(elf.data[at:at + 4], "little"))
        if offset % 8 == 0:
            begin = section["offset"] + place
            names[offset // 8] = elf.data[begin:elf.data.index(b"\0", begin)].decode()
    return [names.get(i) for i in range(records["size"] // 8)]


def test_order_of_exports():
    """By name, so that the loader need not sort them; but where a record is referred to, it stays."""
    names = ["pear", "fig", "apple", "quince", "fi", "figs", "app"]
    strings = '    .section .rodata.str1.1, "aMS", %progbits, 1\n'
    strings += "".join(f'n{i}: .asciz "{name}"\n' for i, name in enumerate(names))
    records = '    .section .exported_sym, "aw", %progbits\n    .balign 4\n'
    records += "".join(f"r{i}: .word n{i}, f{i}\n" for i in range(len(names)))
    code = "    .text\n" + "".join(f"    .balign 4\nf{i}: .word {i}\n" for i in range(len(names)))
    packed = desk.path("ordered.packed")

    def pack(more="", machine="arm"):
        source = code + strings + records + more
        source = source.replace("%", "@") if machine != "arm" else source
        run([TENON, "pack", desk.assemble(source, "ordered", [*AS[machine]]), "-o", packed])
        return exported_names(packed)

    found = pack()
    assert found == sorted(names), found
    for reference in "    .data\n    .word r3\n", "    .data\n    .word .exported_sym + 8\n":
        found = pack(reference)
        assert found == names, (reference, found)
    # A name's place with two relocations, which is seldom, is nothing to be moved.
    assert pack(machine="riscv32") == sorted(names)
    assert pack("    .reloc r1, R_RISCV_32, n1\n", "riscv32") == names


def test_order_of_globals():
    """Without records the exports come last, by name, and their names stand side by side."""
    names = ["pear", "fig", "apple", "quince", "fi", "figs", "app"]
    source = "    .text\n    .balign 4\n    .word import_b, import_a\n"
    source += "".join(f"    .globl {name}\n{name}: .word {i}\n" for i, name in enumerate(names))
    for machine in "arm", "riscv32":
        path, packed = desk.assemble(source, "globals", [*AS[machine]]), desk.path("globals.packed")
        run([TENON, "pack", path, "-o", packed])
        elf = Elf(packed)
        found = [symbol["name"] for symbol in elf.symbols() if symbol["bind"] == 1]
        assert sorted(found[:2]) == ["import_a", "import_b"] and found[2:] == sorted(names), found
        assert "\0".join(sorted(names)).encode() in elf.bytes(elf.section(".strtab"))


def test_zeros_of_threads():
    """Sections of zeroed thread-local variables become one, each where its alignment wants it."""
    source, packed = "", desk.path("zeros.packed")
    for name, align, size in ("a", 1, 1), ("b", 16, 4), ("c", 1, 3), ("d", 8, 8), ("e", 2, 1):
        source += f'    .section .tbss.{name}, "awT", %nobits\n    .balign {align}\n    .globl {name}\n'
        source += f"    .type {name}, %tls_object\n    .size {name}, {size}\n{name}: .zero {size}\n"
    source += "    .text\n    .word " + ", ".join(f"{name}(tpoff)" for name in "abcde") + "\n"
    run([TENON, "pack", desk.assemble(source, "zeros", [*AS["arm"]]), "-o", packed])
    elf = Elf(packed)
    values = {s["name"]: s["value"] for s in elf.symbols() if s["name"] in list("abcde")}
    assert values == {"a": 0, "b": 16, "c": 20, "d": 24, "e": 32}, values
    zeros = [s for s in elf.sections if s["flags"] & 0x400]
    assert len(zeros) == 1 and zeros[0]["size"] == 33 and zeros[0]["align"] == 16, zeros


def test_program_headers_at_the_end():
    """A linker may put them anywhere; the packed file has them where a loader finds them."""
    source, path = desk.path("last.c"), desk.path("last.so")
    with open(source, "w") as out:
        out.write("extern int imported(int); int table[3] = {1, 2, 3}; int *pointers[] = {table, table + 2};\n"
                  "int work(int n) { return imported(n) + *pointers[n & 1]; }\n")  # fmt: skip
    run(["gcc", "-O1", "-fpic", "-shared", "-nostdlib", "-Wl,-z,separate-code", source, "-o", path])
    with open(path, "rb") as out:
        image = bytearray(out.read())
    offset, size, count = struct.unpack_from("<Q", image, 32)[0], *struct.unpack_from("<HH", image, 54)
    image += bytes(-len(image) % 8)
    headers = image[offset:offset + size * count]
    image[offset:offset + size * count] = bytes(size * count)
    struct.pack_into("<Q", image, 32, len(image))
    moved, packed = desk.path("moved.so"), desk.path("moved.packed")
    with open(moved, "wb") as out:
        out.write(image + headers)
    run([TENON, "pack", moved, "-o", packed])
    desk.heaps((0, 0), (DATA, 0x200000))
    loads = [desk.load(name, {"imported": 0x20900000}) for name in (path, moved, packed)]
    desk.heaps((TEXT, 0x100000), (DATA, 0x200000))
    for name in ("table", "pointers", "work"):
        places = {load.symbols[name] for load in loads}
        assert len(places) == 1 and len({load.read(load.symbols[name], 16) for load in loads}) == 1, (name, places)


sys.exit(main(globals()))
