# SPDX-License-Identifier: Apache-2.0
"""
Veneers given out as branches need them against veneers counted beforehand: the same code and data,
the same memory, each branch at its target; and files of which it is known late that they need more.
The files have symbols enough for their table to be looked up in place (src/fast/symtab_view.c), or are read.
"""
import os
import random
import re
import struct
import sys

sys.dont_write_bytecode = True
from arm import DATA, TEXT, new_desk  # noqa: E402
from desk import main  # noqa: E402
from elf import SHT_REL, SHT_SYMTAB, Elf  # noqa: E402

desk = new_desk()
FAR = 0x60000001
WAYS = ({}, {"no_peek": 1}, {"count_first": 1}, {"count_first": 1, "no_peek": 1})
FUNCTIONS = 80  # of the file itself: enough symbols


def branch_target(loaded, place):
    """Where the BL or B.W at this place goes (Arm ARM, encodings T1 of BL and T4 of B)."""
    first, second = struct.unpack("<HH", loaded.read(place, 4))
    sign, j1, j2 = first >> 10 & 1, second >> 13 & 1, second >> 11 & 1
    offset = (1 - (j1 ^ sign)) << 23 | (1 - (j2 ^ sign)) << 22 | (first & 0x3FF) << 12
    offset |= (second & 0x7FF) << 1
    return place + 4 + offset - (sign << 24)


def end(loaded, place):
    """The same, behind a veneer: its last word is the address."""
    target = branch_target(loaded, place)
    start, size = loaded.regions[0]
    if not start <= target < start + size or loaded.read(target, 2) != b"\x03\xb4":
        return target, 0
    return loaded.word(target + 8) & ~1, 1


def own_functions():
    lines = []
    for i in range(FUNCTIONS):
        lines += [f".thumb_func\n.type f{i}, %function\n" + (f".globl f{i}\n" if i % 3 else "") + f"f{i}:"]
        lines += [f"bl f{(7 * i + 3) % FUNCTIONS}\nb.w f{(5 * i + 1) % FUNCTIONS}\n.word f{i}\nbx lr\n"]
    return "\n".join(lines)


def everything(path, imports):
    """By each way; what is loaded is the same but for the order of the veneers."""
    results = [desk.load(path, imports, **way) for way in WAYS]
    for result in results:
        assert result.regions.keys() == results[0].regions.keys()
        for region, (_, size) in result.regions.items():
            assert size == results[0].regions[region][1], f"region {region}: {size} bytes"
        assert result.used == results[0].used, [r.used for r in results]
        assert (result.veneers, result.got) == (results[0].veneers, results[0].got)
        assert sorted(result.imports) == sorted(results[0].imports), result.imports
        assert len(set(result.imports)) == len(result.imports), "an import is reported twice"
    return results


def test_calls_of_imports():
    names = [f"import{i}" for i in range(9)]
    # Called from behind, so that the order of need is not that of the table; two are data only.
    calls = [names[i] for i in (7, 3, 8, 3, 1, 0, 7, 4)]
    text = own_functions() + "\ncalls:\n" + "".join(f"bl {n}\nb.w {n}\n" for n in calls)
    data = '\n.section .data\n.balign 4\nwords:\n' + "".join(f".word {n}\n" for n in names)
    path = desk.assemble(text + "\n.globl words\n.globl calls\n" + data + ".word calls\n.comm shared, 12, 4\n.word shared\n")
    imports = {n: FAR + 0x1000 * i for i, n in enumerate(names)}
    imports["import4"] = TEXT + 0x400001  # in reach
    for result in everything(path, imports):
        assert result.veneers == 5, result.veneers
        words = result.symbols["words"]
        assert [result.word(words + 4 * i) for i in range(9)] == [imports[n] for n in names]
        calls_at = result.word(words + 36)
        for i, name in enumerate(calls):
            for place in (calls_at + 8 * i, calls_at + 8 * i + 4):
                assert end(result, place) == (imports[name] & ~1, name != "import4"), name
        for i in range(FUNCTIONS):
            start = result.regions[0][0] + 14 * i
            assert branch_target(result, start) == result.regions[0][0] + 14 * ((7 * i + 3) % FUNCTIONS)
            assert result.word(start + 8) == start | 1
        shared = result.word(words + 40)
        assert shared % 4 == 0 and result.read(shared, 12) == bytes(12)


def test_room_that_nothing_needs_is_given_back():
    """As of -mlong-calls, which takes addresses only."""
    text = own_functions() + "\n" + "".join(f".balign 4\n.word import{i}\n" for i in range(40))
    path = desk.assemble(text + ".word one\nbl one\n")
    imports = {f"import{i}": FAR + 16 * i for i in range(40)}
    for one, veneers in ((FAR + 0x10000, 1), (TEXT + 0x1001, 0)):
        for result in everything(path, {**imports, "one": one}):
            size = Elf(path).section(".text").size
            room = veneers and 12 + -size % 4
            assert result.veneers == veneers and result.regions[0][1] == size + room, result.regions[0]


def test_imports_without_code():
    """Data that refer to the firmware: there is no text region, and nothing in it."""
    words = "".join(f".word import{i}\n" for i in range(5))
    for labels in (0, 80):
        names = "".join(f".globl own{i}\nown{i}: .word own{i}\n" for i in range(labels))
        path = desk.assemble(".data\n.globl words\nwords:\n" + words + names)
        imports = {f"import{i}": FAR + 16 * i for i in range(5)}
        for result in everything(path, imports):
            assert result.veneers == 0 and 0 not in result.regions, result.regions
            assert [result.word(result.symbols["words"] + 4 * i) for i in range(5)] == list(imports.values())


def test_what_turns_out_to_need_more():
    """A GOT, or a branch out of reach that is no import's: the load begins again and counts."""
    for more, got, veneers in (
        (".word far(GOT_PREL)\n", 1, 1),
        (".word f1(GOT)\n.word far(GOT)\n", 2, 1),
        (".word _GLOBAL_OFFSET_TABLE_\n.word far(GOT)\n", 1, 1),
        ('.section .text.other, "ax"\n.space 0x900\nb.n back\n.space 2\n', 0, 2),
    ):
        text = own_functions().replace("f0:", "f0:\nback:\n", 1) + "\nbl far\n.balign 4\n"
        path = desk.assemble(".globl back\n.thumb_func\n" + text + more + ".word far\n")
        results = everything(path, {"far": FAR})
        size = Elf(path).section(".text").size
        for result in results:
            assert (result.got, result.veneers) == (got, veneers), (result.got, result.veneers)
            start = result.regions[0][0]
            assert end(result, start + 14 * FUNCTIONS) == (FAR & ~1, 1)
            if "GOT_PREL" in more:
                place = start + size - 8
                slot = (place + result.word(place)) % 2**32
                assert result.word(slot) == FAR, f"{slot:#x}"
            if not got:
                assert result.read(start, size) == results[0].read(start, size)
                branch = result.sections[Elf(path).section(".text.other").index] + 0x900
                offset = (struct.unpack("<H", result.read(branch, 2))[0] & 0x7FF) << 1
                veneer = branch + 4 + offset
                assert result.word(veneer + 8) == start | 1, "the veneer of the short branch"


def test_missing_imports_are_all_named():
    path = desk.assemble(own_functions() + "\nbl missing1\nbl there\n.weak absent\nbl absent\nb.w missing2\n.word missing1\n")
    for way in WAYS:
        result = desk.load(path, {"there": FAR}, fails=True, **way)
        assert result.rc == -61 and "missing1" in result.diag and "missing2" in result.diag
        names = [name for name, _ in result.imports]
        assert sorted(names) == ["absent", "missing1", "missing2", "there"], names


def test_a_table_that_calls_all_symbols_local():
    """No linker makes it; then all is kept."""
    path = desk.assemble(own_functions() + "\nbl far\n.word far\n")
    elf = Elf(path)
    with open(path, "r+b") as file:
        file.seek(elf.headers + next(s.index for s in elf.sections if s.type == SHT_SYMTAB) * 40 + 28)
        file.write(struct.pack("<I", len(list(elf.symbols()))))
    for result in everything(path, {"far": FAR}):
        place = result.regions[0][0] + 14 * FUNCTIONS
        assert end(result, place) == (FAR & ~1, 1) and result.word(place + 4) == FAR
    assert DATA


def largest(works, low, high):
    """The largest number for which it works, by halving."""
    assert works(low) and not works(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if works(middle) else (low, middle)
    return low


def load_or_not(path, imports, **way):
    try:
        desk.load(path, imports, **way)
    except AssertionError as error:
        assert "load -12" in str(error), error
        return False
    return True


def test_room_for_what_is_counted_is_enough():
    """Where there is none for more, the load counts first."""
    imports = {f"import{i}": FAR + 16 * i for i in range(30)}
    text = own_functions() + "\nbl import0\n.balign 4\n" + "".join(f".word {n}\n" for n in imports)
    path = desk.assemble(text)

    def fits(less, **way):
        desk.heaps((TEXT, 0x2000 - 16 * less), (DATA, 0x80000))
        return load_or_not(path, imports, **way)

    counted = largest(lambda less: fits(less, count_first=1), 0, 0x1F0)
    assert fits(counted) and fits(counted, no_peek=1) and not fits(counted + 1)
    desk.heaps((TEXT, 0x40000), (DATA, 0x80000))


def test_a_small_file_that_leaves_no_room_to_be_read_whole():
    size = 0x2000
    desk.heaps((TEXT, 0x40000), (DATA, size))

    def fits(bss, **way):
        path = desk.assemble(f"bl far\n.fill 250, 4, 1\n.bss\n.space {bss}\n")
        return load_or_not(path, {"far": FAR}, **way)

    most = largest(fits, 16, size)
    read = largest(lambda bss: fits(bss, no_peek=1, count_first=1), 16, size)
    with open(desk.assemble(f"bl far\n.fill 250, 4, 1\n.bss\n.space {read}\n"), "rb") as file:
        file_bytes = len(file.read())
    # Copies of its tables take room, but not as much as the file.
    assert read > most - file_bytes + 200 and 1600 < file_bytes <= 2048, (most, read, file_bytes)
    desk.heaps((TEXT, 0x40000), (DATA, 0x80000))


def outcome(path, imports, **way):
    """What the load returned; that plan and load agree, and that nothing leaks, is seen to."""
    try:
        return desk.load(path, imports, **way).rc
    except AssertionError as error:
        found = re.search(r": load (-\d+): ", str(error))
        if found is None:
            raise
        return int(found.group(1))


def test_damaged_files():
    """Each way takes and refuses the same files; with two faults, which one is named may differ."""
    chance = random.Random(int(os.environ.get("SEED", "1")))
    text = own_functions() + "\nbl far\nb.w near\n.balign 4\n.word far\n.word f1(GOT)\n.data\n.word near\n.comm c, 8\n"
    texts = (text, text.replace(".word f1(GOT)\n", ""))
    sound = [Elf(desk.assemble(t, f"sound{i}")) for i, t in enumerate(texts)]
    counts = {True: 0, False: 0}
    for _ in range(int(os.environ.get("ROUNDS", "150"))):
        elf = chance.choice(sound)
        data = bytearray(elf.data)
        for _ in range(chance.choice((1, 1, 2, 3))):
            section = chance.choice([s for s in elf.sections if s.size and s.type in (SHT_SYMTAB, SHT_REL)])
            at = section.offset + chance.randrange(section.size)
            data[at] = chance.choice((0, 0xFF, data[at] ^ 1 << chance.randrange(8), chance.randrange(256)))
        path = desk.path("damaged.o")
        with open(path, "wb") as file:
            file.write(data)
        results = [outcome(path, {"far": FAR, "near": TEXT + 0x1001}, **way) for way in WAYS]
        assert len({rc < 0 for rc in results}) == 1, results
        counts[results[0] < 0] += 1
    assert min(counts.values()) > sum(counts.values()) / 20, counts


sys.exit(main(globals()))
