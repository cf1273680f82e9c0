# SPDX-License-Identifier: Apache-2.0
"""Whatever sections a file has, in whatever order, each has its own bytes in memory."""
import random
import re
import sys

sys.dont_write_bytecode = True
from desk import main  # noqa: E402
from elf import Elf, SHT_NOBITS  # noqa: E402
from machines import HEAD, machine, new_desk  # noqa: E402

desk = new_desk()
FILES = 60
# Flags and type; neighbours of one kind are read together, what lies between them is not.
KINDS = {
    ".text.{}": '"ax"', ".data.{}": '"aw"', ".rodata.{}": '"a"', ".bss.{}": '"aw", %nobits',
    ".init_array.{:05}": '"aw", %init_array', ".fini_array.{:05}": '"aw", %fini_array',
    ".ctors.{:05}": '"aw"', ".unloaded.{}": '""', "code_{}": '"ax"', "constants_{}": '"a"',
    ".other.{}": '"a"',
}  # fmt: skip


def section(chance, number, kind):
    """One section with bytes that no other has, and for an array, words."""
    is_array = "05" in kind
    name = kind.format(chance.randrange(1000) if is_array else number)
    lines = [f".section {name}, {KINDS[kind]}"]
    if is_array:
        lines.append(f".balign {machine.bytes}")
        size = machine.bytes * chance.randrange(3)
    else:
        lines.append(f".balign {chance.choice((1, 1, 2, 4, 4, 8, 64))}")
        size = chance.choice((0, 1, 3, 4, 8, 30))
    if kind.startswith(".bss"):
        lines.append(f".space {size}")
    else:
        lines += [f".byte {chance.randrange(256)}" for _ in range(size)]
    return lines


def source(chance):
    kinds = chance.sample(list(KINDS), chance.randrange(1, len(KINDS) + 1))
    lines = [".text", ".globl go", "go:", machine.ret, ".balign 8"]
    for number in range(chance.choice((chance.randrange(2, 40), 120))):
        lines += section(chance, number, chance.choice(kinds))
    return HEAD + "\n".join(lines) + "\n"


def test_each_section_has_its_bytes():
    for seed in range(FILES):
        path = desk.assemble(source(random.Random(seed)))
        elf = Elf(path)
        for options in {}, {"count_first": 1}, {"no_peek": 1}:
            loaded = desk.load(path, **options)
            for part in elf.loaded():
                if part.size == 0 or part.index not in loaded.sections:
                    continue
                wanted = bytes(part.size) if part.type == SHT_NOBITS else elf.contents(part)
                if part.name.startswith(".ctors"):  # run from the last to the first
                    words = [wanted[i : i + machine.bytes] for i in range(0, part.size, machine.bytes)]
                    wanted = b"".join(reversed(words))
                found = loaded.read(loaded.sections[part.index], part.size)
                assert found == wanted, f"seed {seed}, {part.name}: {found.hex()}, not {wanted.hex()}"
                if not part.name.startswith((".init_array", ".fini_array", ".ctors")):
                    assert loaded.sections[part.index] % part.align == 0, f"seed {seed}, {part.name}"


def priority(name):
    digits = re.match("[0-9]*", name)[0]
    return min(int(digits), 65535) if digits else 65536


def test_constructors_are_in_order():
    """By their numbers, and those of one number, or without, as they stand in the file."""
    for names in (
        [f"{number:05}" for number in (65535, 300, 7, 7, 101, 0, 65534)],
        [f"{number:05}" for number in range(100)],
        ["7", "007", "6", "65536", "99999999999", "x", "", "1x", "1.5"],
    ):
        lines = [".text", ".globl go", "go:", machine.ret]
        for number, name in enumerate(names):
            lines.append(f'.section .init_array.{name}, "aw", %init_array, unique, {number}')
            lines.append(f"{machine.word} {number}")
        path = desk.assemble(HEAD + "\n".join(lines) + "\n")
        wanted = sorted(range(len(names)), key=lambda i: (priority(names[i]), i))
        loaded = desk.load(path)
        parts = [p for p in Elf(path).loaded() if p.name.startswith(".init_array")]
        assert len(parts) == len(names)
        found = sorted(range(len(parts)), key=lambda i: loaded.sections[parts[i].index])
        assert found == wanted, f"{names}: {found}, not {wanted}"


def test_gaps_are_cleared():
    """The file may have anything between two sections, another one's bytes for instance."""
    lines = [".text", ".globl go", "go:", machine.ret]
    for name, value in ("first", 1), ("second", 2):
        lines += [f".section .data.{name}, \"aw\"", ".balign 8", f".byte {value}"]
    path = desk.assemble(HEAD + "\n".join(lines) + "\n")
    first, second = (part for part in Elf(path).loaded() if part.name.startswith(".data."))
    with open(path, "r+b") as file:
        file.seek(first.offset + 1)
        file.write(b"\xee" * (second.offset - first.offset - 1))
    for options in {}, {"count_first": 1}, {"no_peek": 1}:
        loaded = desk.load(path, **options)
        assert loaded.read(loaded.sections[first.index], 9) == b"\1\0\0\0\0\0\0\0\2"


sys.exit(main(globals()))
