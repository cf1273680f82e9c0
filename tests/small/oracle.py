# SPDX-License-Identifier: Apache-2.0
"""
The small core's relocations against GNU ld, for machines other than the one that this runs on.
oracle.py SMALL_DESK MACHINE

Each section of the input begins with a word of its own, by which it is found in the memory that the core leaves.
The file is then linked with each section at that address, and the bytes must be the same.
"""
import os
import struct
import subprocess
import sys
import tempfile

PROGRAM, MACHINE = sys.argv[1:3]
HEAP, HEAP_BYTES = 0x10000000, 0x10000
IMPORTS = {"near": HEAP + 0x20000, "variable": HEAP + 0x30004}
MAGIC = {".text": 0x7E40A001, ".text.two": 0x7E40A003, ".data": 0x7E40A005, ".rodata": 0x7E40A007}
ARM = """
	.syntax unified
	.thumb
one:	bl near
	b.w two
	bl two
	movw r0, #:lower16:variable
	movt r0, #:upper16:variable
	movw r1, #:lower16:value
	movt r1, #:upper16:value + 4
	.section .text.two, "ax"
	.word 0x7e40a003
	.type two, %function
two:	bl one
	bl near
	.word one, two + 4, variable + 8
	.data
	.word 0x7e40a005
value:	.word two, near, constant + 3, common + 4, value, two + 1, two + 3
	.section .rodata, "a"
	.word 0x7e40a007
constant: .word value - 4, one
"""
ARM_ALL = ARM + """
	.word two - ., value - . + 8
	.short 0
	.text
	ldr.w r0, near_by
near_by: .word 1
"""
AARCH64 = """
one:	bl near
	b two
	adrp x0, variable
	add x0, x0, :lo12:variable
	ldr w1, [x0, :lo12:variable]
	adrp x2, value + 16
	ldr x2, [x2, :lo12:value + 16]
	adr x3, two
	cbz x3, two
	tbz x3, #3, two
	ldr x4, constant
	movz x5, #:abs_g1:variable
	movk x5, #:abs_g0_nc:variable
	.section .text.two, "ax"
	.word 0x7e40a003
two:	bl one
	b near
	.data
	.balign 8
	.word 0x7e40a005, 0
value:	.xword two, near, constant + 3, common + 4, value
	.word value - ., two - .
	.section .rodata, "a"
	.balign 8
	.word 0x7e40a007, 0
constant: .xword value - 8, one
"""
RISCV = """
	.option norelax
	.option norvc
one:	call near
	tail two
	lui a0, %hi(variable)
	lw a1, %lo(variable)(a0)
	sw a1, %lo(variable + 4)(a0)
	addi a2, a0, %lo(value)
	jal two
	beq a0, a1, two
	.option rvc
	c.j two
	c.beqz a0, two
	.section .text.two, "ax"
	.balign 4
	.word 0x7e40a003
two:	call one
	tail near
	.data
	.balign 8
	.word 0x7e40a005, 0
value:	.WORD two, near, constant + 3, common + 4, value
	.word two - one, value - .
	.half constant - value
	.byte constant - value
	.section .rodata, "a"
	.balign 8
	.word 0x7e40a007, 0
constant: .WORD value - 8, one
"""
TARGETS = {
    "small_arm": ("arm-none-eabi-", ["-mcpu=cortex-m3"], ARM, 1),
    "arm": ("arm-none-eabi-", ["-mcpu=cortex-m3"], ARM_ALL, 1),
    "aarch64": ("aarch64-linux-gnu-", [], AARCH64, 0),
    "riscv32": ("riscv64-unknown-elf-", ["-march=rv32imac", "-mabi=ilp32"], RISCV.replace(".WORD", ".word"), 0),
    "riscv64": ("riscv64-unknown-elf-", ["-march=rv64imac", "-mabi=lp64"], RISCV.replace(".WORD", ".dword"), 0),
}  # fmt: skip
PREFIX, FLAGS, BODY, STATE = TARGETS[MACHINE]
LINK = {"riscv32": ["-m", "elf32lriscv"], "riscv64": ["-m", "elf64lriscv"]}.get(MACHINE, [])
# An empty table of exports, which the core wants to have; its records are the machine's.
SOURCE = """
	.section .exported_sym, "a"
	.text
	.word 0x7e40a001
	.globl near, variable
	.comm common, 12, 4
	.globl one, two, value, constant
""" + BODY.lstrip("\n")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(folder):
    source, file, dump, linked = (os.path.join(folder, name) for name in ("in.s", "in.o", "dump", "out.elf"))
    with open(source, "w") as out:
        out.write(SOURCE)
    run(PREFIX + "as", *FLAGS, source, "-o", file)
    imports = [f"near={IMPORTS['near'] | STATE:#x}", f"variable={IMPORTS['variable']:#x}"]
    said = run(PROGRAM, file, dump, hex(HEAP), hex(HEAP_BYTES), *imports)
    assert said == "load 0\n", said
    with open(dump, "rb") as left:
        memory = left.read()
    places = {}
    for section, magic in MAGIC.items():
        at = memory.find(struct.pack("<I", magic))
        assert at >= 0 and memory.find(struct.pack("<I", magic), at + 1) < 0, f"{section} is not in memory once"
        places[section] = at
    # Where it has put the common symbol: a pointer to its second word, in .data.
    word = 8 if MACHINE in ("aarch64", "riscv64") else 4
    pointer = places[".data"] + (4 if word == 4 and MACHINE.endswith("arm") else 8) + 3 * word
    common = int.from_bytes(memory[pointer:pointer + word], "little") - 4
    assert HEAP <= common < HEAP + HEAP_BYTES and common % 4 == 0, hex(common)
    script = os.path.join(folder, "script")
    with open(script, "w") as out:
        out.write("SECTIONS {\n")
        for section, at in sorted(places.items(), key=lambda item: item[1]):
            out.write(f"{section} {HEAP + at:#x} : {{ *({section}) }}\n")
        out.write(f".near {IMPORTS['near']:#x} : {{ *(.near) }}\n")
        out.write(f".common {common:#x} (NOLOAD) : {{ *(COMMON) }}\n/DISCARD/ : {{ *(.exported_sym) *(.ARM.attributes) *(.riscv.attributes) }}\n}}\n")
    # A Thumb function is one by its symbol's type.
    names = os.path.join(folder, "imports.s")
    with open(names, "w") as out:
        out.write('.globl near, variable\n' + (".syntax unified\n.thumb\n.thumb_func\n" if STATE else "")
                  + f'.section .near, "ax"\nnear: .word 0\n.set variable, {IMPORTS["variable"]:#x}\n')
    run(PREFIX + "as", *FLAGS, names, "-o", names + ".o")
    run(PREFIX + "ld", *LINK, "--no-relax", "--no-warn-mismatch", "-e", "0", "-T", script, file, names + ".o", "-o", linked)
    for section, at in places.items():
        flat = os.path.join(folder, "flat")
        run(PREFIX + "objcopy", "-O", "binary", "-j", section, linked, flat)
        with open(flat, "rb") as out:
            expected = out.read()
        found = memory[at:at + len(expected)]
        assert len(expected) > 4
        for offset in range(0, len(expected), 2):
            assert expected[offset:offset + 2] == found[offset:offset + 2], \
                f"{section} + {offset:#x}: ld has {expected[offset:offset + 8].hex()}, the core {found[offset:offset + 8].hex()}"
    print(f"{MACHINE}: {', '.join(places)} as by ld")


def branch_target(memory, at):
    """Where the BL at this offset goes, as an offset."""
    if MACHINE == "aarch64":
        offset = int.from_bytes(memory[at:at + 4], "little") & 0x3FFFFFF
        return at + 4 * (offset - ((offset & 1 << 25) << 1))
    high, low = struct.unpack("<HH", memory[at:at + 4])
    sign = high >> 10 & 1
    offset = (sign << 24 | (1 ^ low >> 13 & 1 ^ sign) << 23 | (1 ^ low >> 11 & 1 ^ sign) << 22 | (high & 0x3FF) << 12 | (low & 0x7FF) << 1)
    return at + 4 + offset - (sign << 25)


def veneers(folder):
    """Calls of imports out of reach: each goes by a veneer of its own, and none by what is loaded."""
    far = {f"far{i}": 0x90000000 + 0x100 * i | STATE for i in range(3)}
    calls = ["far0", "far1", "far2", "far1", "far0"]
    source, file, dump = (os.path.join(folder, name) for name in ("far.s", "far.o", "far.dump"))
    with open(source, "w") as out:
        out.write('.section .exported_sym, "a"\n.text\n' + (".syntax unified\n.thumb\n" if STATE else "") + ".word 0x7e40a001\n"
                  + "".join(f"bl {name}\n" for name in calls) + ".word 0x7e40a003\n")
    run(PREFIX + "as", *FLAGS, source, "-o", file)
    said = run(PROGRAM, file, dump, hex(HEAP), hex(HEAP_BYTES), *(f"{n}={a:#x}" for n, a in far.items()))
    assert said == "load 0\n", said
    with open(dump, "rb") as left:
        memory = left.read()
    text = memory.index(struct.pack("<I", 0x7E40A001))
    assert memory[text + 4 + 4 * len(calls):][:4] == struct.pack("<I", 0x7E40A003), "the code behind the calls has changed"
    word = 8 if MACHINE == "aarch64" else 4
    places = {}
    for i, name in enumerate(calls):
        at = branch_target(memory, text + 4 + 4 * i)
        assert text + 8 + 4 * len(calls) <= at <= HEAP_BYTES - 2 * word, f"{name}: a veneer at {at:#x}, code at {text:#x}"
        behind = at + 8  # of its instructions
        found = int.from_bytes(memory[behind:behind + word], "little")
        assert found == far[name], f"{name}: its veneer leads to {found:#x}"
        assert places.setdefault(name, at) == at, f"{name} has two veneers"
    assert len(set(places.values())) == len(far), places


with tempfile.TemporaryDirectory() as temporary:
    try:
        main(temporary)
        if not MACHINE.startswith("riscv"):  # whose calls reach everything
            veneers(temporary)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd)}\n{error.stdout}{error.stderr}")
