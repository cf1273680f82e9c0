# SPDX-License-Identifier: Apache-2.0
"""
First and last elements, sizes that just fit and just do not, packed. Whatever goes in, what comes out is compared
with it section by section, symbol by symbol and number by number. pack_edges.py DESK_LOAD PACK
"""
import ctypes
import json
import os
import re
import struct
import sys

sys.dont_write_bytecode = True
from desk import Desk, main, run  # noqa: E402
from elf_maker import (  # noqa: E402
    ABS, ALLOC, COMMON, COMMON_SECTION, EXEC, FILE, FUNC, GLOBAL, LINK_ORDER, LOCAL, NOBITS, NOTE, OBJECT, PROGBITS, REL,
    RELA, SECTION, TLS, WEAK, WRITE, address_type, is_wide, make, relocations, section, symbol)  # fmt: skip
from leb128 import leb128  # noqa: E402
from packed import SHT, Elf  # noqa: E402

PACK = sys.argv[2]
SANITIZED = "checked" in os.path.basename(PACK)  # what it says and what a load makes of it is the same without
os.environ["DESK_GRANULE"] = "0x40000"
os.environ["DESK_COUNT_FIRST"] = "1"
assert ctypes.CDLL(None).personality(0x0040000) >= 0  # ADDR_NO_RANDOMIZE: see pack_images.py
TEXT, DATA = 0x20000000, 0x21000000
ADDRESS = ("--firmware-at", "0x20800000", "--heap-at", hex(DATA), "--instr-heap-at", hex(TEXT))
EXPORT = 4  # LLEXT_MEM_EXPORT
desk = Desk(sys.argv[1], "")
desk.heaps((TEXT, 0x180000), (DATA, 0x200000))


AS = {
    "arm": ["arm-none-eabi-as", "-mthumb", "-mcpu=cortex-m33"],
    "m0": ["arm-none-eabi-as", "-mthumb", "-mcpu=cortex-m0"],
}


def assemble(source, machine):
    return desk.assemble(source, machine, AS[machine])


def fails(*command):
    """A sanitizer's exit code is that of a refusal."""
    done = run([PACK, *command], fail=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done
    return done


# ---- what every packed file must have ----


def entries_of(elf, table):
    """[offset, symbol, type, addend] of a table of any kind."""
    if table["type"] in (SHT["crel"], SHT["runs"]):
        return elf.crel(table)[0]
    word, found = (8 if elf.wide else 4), []
    size = word * (3 if table["type"] == RELA else 2)
    for at in range(table["offset"], table["offset"] + table["size"], size):
        offset, info = struct.unpack_from("<QQ" if elf.wide else "<II", elf.data, at)
        addend = struct.unpack_from("<q" if elf.wide else "<i", elf.data, at + 2 * word)[0] if table["type"] == RELA else 0
        found.append([offset, info >> 32 if elf.wide else info >> 8, info & (0xFFFFFFFF if elf.wide else 0xFF), addend])
    return found


def tables(elf):
    return [s for s in elf.sections if s["type"] in (REL, RELA, SHT["crel"], SHT["runs"])]


class Map:
    """Where the packed file has what is in the input, as --json tells it."""

    def __init__(self, before, after, done):
        self.before, self.after = before, after
        listed = list(done["sections"])
        self.places, loaded = {}, [s for s in before.sections if s["flags"] & ALLOC and s["size"]]
        for entry in loaded:
            if listed and listed[0]["name"] == entry["name"] and listed[0]["size"] == entry["size"]:
                self.places[entry["index"]] = listed[0]["section"], listed[0]["offset"]
                listed.pop(0)
        assert not listed, f"{listed} are none of the input's sections"

    def __call__(self, index, value):
        if index not in self.places:
            return None
        name, offset = self.places[index]
        return name, offset + value


def place(elf, entry):
    """What a relocation refers to: a place in a section, or a name."""
    found = elf.symbols()[entry[1]]
    if found["section"] in (0, ABS):
        return found["name"], found["value"] if found["section"] else 0, entry[3]
    return elf.sections[found["section"]]["name"], found["value"] + entry[3]


def check_report(path, packed, done, shown):
    """Numbers, as JSON and as text, are those of the files."""
    before, after = Elf(path), Elf(packed)
    for elf, said in (before, done["before"]), (after, done["after"]):
        assert said["file_bytes"] == len(elf.data) and said["sections"] == len(elf.sections), said
        symtab = elf.section(".symtab")
        assert said["symbols"] == symtab["size"] // symtab["entry"], said
    left = sum(len(entries_of(after, t)) for t in tables(after))
    loaded = [t for t in tables(before) if before.sections[t["info"]]["flags"] & ALLOC]
    assert done["after"]["relocations"] == left == after.note()["relocations"], (done, left)
    assert done["before"]["relocations"] == sum(len(entries_of(before, t)) for t in loaded), done
    assert done["before"]["relocations"] == done["resolved"] + done["dropped"] + left, done
    content = sum(s["size"] for s in after.sections if s["flags"] & ALLOC and s["type"] != NOBITS)
    assert done["image_bytes"] == content, (done["image_bytes"], content)
    # A symbol that another one of the same name stands for is there once.
    assert done["imports"] == sum(1 for s in after.symbols()[1:] if s["section"] == 0), done
    symbols = [before.symbols()[number] for number in done["symbols"]]
    ours = [s for s in after.symbols()[1:] if s["type"] != SECTION]
    assert len(symbols) == len(ours), (symbols, ours)
    for old, new in zip(symbols, ours):
        assert new["name"] in (old["name"], "") and (new["bind"] == old["bind"] or old["bind"] == LOCAL), (old, new)
    lines = {m[1]: m[2].split() for m in re.finditer(r"^  (\w+(?: \w+)?) +([\d ]+)", shown, re.M)}
    for key in "file_bytes", "sections", "symbols", "relocations":
        numbers = [str(done[when][key]) for when in ("before", "after")]
        assert lines[key.replace("_", " ")][:2] == numbers, (key, lines)
    assert f"for an image of {content}\n" in shown and lines["imports"][0] == str(done["imports"]), shown
    assert f"{done['resolved']} resolved, {done['dropped']} with nothing to do" in shown, shown
    for lost in done["dropped_sections"]:
        assert re.search(rf"dropped +{lost['bytes']} +of {re.escape(lost['name'])}, which is not loaded", shown), shown


def check_content(where, before, after):
    """Bytes that no relocation changes are those of the input, each in its place."""
    for index, (name, offset) in where.places.items():
        old, new = before.sections[index], after.section(name)
        assert offset + old["size"] <= new["size"] and offset % max(old["align"], 1) % min(new["align"], 4096) == 0, (old, new, offset)
        if old["type"] == NOBITS or any(t["info"] == index for t in tables(before)):
            continue
        assert before.bytes(old) == after.bytes(new)[offset : offset + old["size"]], old
    for name in {name for name, _ in where.places.values() if name in (".text", ".rodata", ".data")}:
        aligns = [max(before.sections[i]["align"], 1) for i, (other, _) in where.places.items() if other == name]
        assert after.section(name)["align"] == max(aligns), (name, aligns)


def check_unpacked(packed, plain):
    """Section by section it is the packed file, with other tables of relocations, and without the note."""
    kept = [s for s in packed.sections if s["name"] not in ("", ".note.llext")]
    assert len(kept) == len(plain.sections) - 1, (kept, plain.sections)
    number = {0: 0, **{s["index"]: i for i, s in enumerate(kept, 1)}}
    for old, new in zip(kept, plain.sections[1:]):
        compact = old["type"] in (SHT["crel"], SHT["runs"])
        kind = (RELA if packed.crel(old)[1] else REL) if compact else old["type"]
        name = old["name"].replace(old["name"][:5], ".rela" if kind == RELA else ".rel") if compact else old["name"]
        info = number[old["info"]] if compact else old["info"]
        assert (new["name"], new["type"], new["flags"], new["info"], new["link"]) == \
            (name, kind, old["flags"], info, number[old["link"]]), (old, new)  # fmt: skip
        word = 8 if packed.wide else 4
        if compact:
            assert (new["align"], new["entry"]) == (word, word * (3 if kind == RELA else 2)), new
            assert entries_of(plain, new) == entries_of(packed, old), old
        else:
            assert (new["align"], new["entry"]) == (old["align"], old["entry"]), (old, new)
            assert new["type"] in (NOBITS, 2, 3) or plain.bytes(new) == packed.bytes(old), old
    for old, new in zip(packed.symbols(), plain.symbols(), strict=True):
        want = {**old, "section": number.get(old["section"], old["section"])}
        want["value"] = 0 if old["section"] == 0 else old["value"]
        want["size"] = 0 if old["section"] in (0, ABS) else old["size"]
        assert new == want, (new, want)


def check(path, *options, imports=None, compare=True):
    """Packed and unpacked, it gives the same image; all that is said of it is true. Returns packed file and report."""
    packed, plain = path + ".packed", path + ".plain"
    done = json.loads(run([PACK, "pack", path, "-o", packed, "--json", *ADDRESS, *options]).stdout)
    before, after = Elf(path), Elf(packed)
    if not SANITIZED:
        shown = run([PACK, "pack", path, "-o", packed, *ADDRESS, *options]).stdout
        assert after.data == Elf(packed).data, "another file each time"
        check_report(path, packed, done, shown)
    run([PACK, "unpack", packed, "-o", plain, *ADDRESS])
    check_unpacked(after, Elf(plain))
    where = Map(before, after, done)
    check_content(where, before, after)
    if imports is None:
        undefined = (s["name"] for s in before.symbols()[1:] if s["section"] == 0 and s["bind"] == GLOBAL)
        imports = {name: 0x20800001 + 16 * i for i, name in enumerate(undefined) if not name.startswith("__")}
    if compare and not SANITIZED:
        loads = [image(name, imports) for name in (path, packed, plain)]
        if "--export" in options:
            wanted = options[options.index("--export") + 1].split(",")
            loads[0] = loads[0][0], {n: a for n, a in loads[0][1].items() if n in wanted}, *loads[0][2:]
        assert loads[0] == loads[1] == loads[2], f"the image is another one: {loads}"
    return after, done


def image(path, imports):
    loaded = desk.load(path, imports)
    # Records of exports have another order in a packed file; what they say is in the symbols.
    return {i: (load, size if i == EXPORT else loaded.read(load, size)) for i, (load, size) in loaded.regions.items()}, loaded.symbols, loaded.got, loaded.veneers


def refused(path, text, *options):
    """It is refused for that reason, and nothing is written."""
    packed = path + ".never"
    done = fails("pack", path, "-o", packed, *ADDRESS, *options)
    assert (done.returncode, done.stdout) == (1, "") and text in done.stderr and done.stderr.count("tenon: ") == 1 and not os.path.exists(packed), done


# ---- the file for debuggers ----


def run_places(elf, name):
    """Where runs have their addends, which the file for debuggers has in its tables."""
    table = elf.section(".runs" + name)
    return [place for place, *_ in elf.crel(table)[0]] if table else []


def without(data, places):
    data = bytearray(data)
    for place in places:
        data[place : place + 8] = bytes(len(data[place : place + 8]))
    return data


def check_debug(path, *options):
    """Each symbol and each relocation of the input is in it, and means the same place of the packed file."""
    written = path + ".debug"
    after, done = check(path, "--write-debug", written, *options)
    before, made = Elf(path), Elf(written)
    where, symbols, old_symbols = Map(before, after, done), made.symbols(), before.symbols()
    loaded = [s for s in made.sections if s["flags"] & ALLOC]
    assert [s["name"] for s in made.sections[:4]] == ["", ".shstrtab", ".strtab", ".symtab"]
    assert struct.unpack_from("<Q" if made.wide else "<I", made.data, 24)[0] == 0, "it has an entry point"
    table = made.section(".symtab")
    assert table["info"] == sum(1 for s in symbols if s["bind"] == LOCAL) and len(symbols) == len(loaded) + len(old_symbols), table
    assert table["align"] == (8 if made.wide else 4) and table["link"] == 2 and table["entry"] == (24 if made.wide else 16), table
    for item, found in zip(loaded, symbols[1:]):
        assert (found["type"], found["bind"], found["section"], found["value"]) == (SECTION, LOCAL, item["index"], 0), found
        if item["type"] != NOBITS and after.section(item["name"]) is not None:
            same = after.section(item["name"])
            places = run_places(after, item["name"])
            assert without(made.bytes(item), places) == without(after.bytes(same), places), item
            assert (item["align"], item["flags"]) == (same["align"], same["flags"]), item
            assert made.sections[item["link"]]["name"] == after.sections[same["link"]]["name"], (item, same)
    for number, old in enumerate(old_symbols[1:], 1):
        new = symbols[len(loaded) + number]
        home = old["section"]
        is_loaded = 0 < home < len(before.sections) and before.sections[home]["flags"] & ALLOC
        kind = 0 if is_loaded and old["type"] == SECTION else old["type"]
        assert (new["name"], new["bind"], new["type"], new["visibility"], new["size"]) == \
            (old["name"], old["bind"], kind, old["visibility"], old["size"]), (old, new)  # fmt: skip
        if is_loaded and home in where.places:
            assert (made.sections[new["section"]]["name"], new["value"]) == where(home, old["value"]), (old, new)
        elif home in (0, ABS):
            assert (new["section"], new["value"]) == (home, old["value"]), (old, new)
        elif home < len(before.sections) and not is_loaded:
            name = before.sections[home]["name"]
            gone = not re.match(r"\.z?debug", name)
            assert new["section"] == ABS if gone else made.sections[new["section"]]["name"] == name, (old, new)
            assert new["value"] == old["value"]
    for old in before.sections:
        if re.match(r"\.z?debug", old["name"]) and not old["flags"] & ALLOC:
            new = made.section(old["name"])
            assert (made.bytes(new), new["type"], new["entry"], new["align"]) == (before.bytes(old), old["type"], old["entry"],
                                                                               max(old["align"], 1)), (old, new)  # fmt: skip
            check_debug_tables(before, made, old, new, where)
    homes = [{elf.sections[t["info"]]["name"] for t in tables(elf) if elf.sections[t["info"]]["flags"] & ALLOC} for elf in (made, after)]
    assert homes[0] == homes[1], homes
    for table in tables(made):
        target, word = made.sections[table["info"]], 8 if made.wide else 4
        kind = ".rela" if table["type"] == RELA else ".rel"
        assert table["name"] == kind + target["name"] and table["flags"] == 0x40 and made.sections[table["link"]]["name"] == ".symtab"
        assert table["align"] == word and table["entry"] == word * (3 if kind == ".rela" else 2), table
        if target["flags"] & ALLOC:
            theirs = after.table_of(target["name"])
            for ours, other in zip(sorted(entries_of(made, table)), sorted(entries_of(after, theirs)), strict=True):
                assert ours[0] == other[0] and ours[2] == other[2] and place(made, ours)[0] in (place(after, other)[0], ""), (ours, other)
                assert after.symbols()[other[1]]["section"] == 0 or place(made, ours) == place(after, other), (ours, other)
    return made, after


def check_debug_tables(before, made, old, new, where):
    """The tables of one section with debug information."""
    theirs = [t for t in tables(before) if t["info"] == old["index"]]
    ours = [t for t in tables(made) if t["info"] == new["index"]]
    assert len(theirs) == len(ours), (theirs, ours)
    for one, other in zip(theirs, ours):
        for a, b in zip(entries_of(before, one), entries_of(made, other), strict=True):
            assert (a[0], a[2]) == (b[0], b[2]), (a, b)
            home = before.symbols()[a[1]]
            if a[1] == 0:
                assert b[1] == 0 and a[3] == b[3], (a, b)
            elif home["section"] in where.places:
                assert place(made, b) == where(home["section"], home["value"] + a[3]), (a, b)
            else:
                assert made.symbols()[b[1]]["name"] == home["name"] and a[3] == b[3], (a, b)


def test_files_for_debuggers():
    """Debug information first and last in the file, and everything that a symbol may be."""
    for machine in "arm", "riscv32", "aarch64", "x86-64":
        number, word = address_type(machine), 8 if is_wide(machine) else 4
        symbols = [
            symbol("first", 3, 4, 2, LOCAL, OBJECT), symbol("", 4, bind=LOCAL, kind=SECTION), symbol("", 1, bind=LOCAL, kind=SECTION),
            symbol("file.c", ABS, bind=LOCAL, kind=FILE), symbol("note", 9, 3, bind=LOCAL), symbol("last_debug", 10, 5, bind=LOCAL),
            symbol("f", 4, 8 + (machine == "arm"), 8, kind=FUNC), symbol("import", 0), symbol("fixed", ABS, 0x123), symbol("zeros", 8, 4, 4, kind=OBJECT),
            symbol("hidden", 5, 0, 4, kind=OBJECT, visibility=2), symbol("weak", 5, word, 4, WEAK, OBJECT),
        ]  # fmt: skip
        numbers = {name[0]: i for i, name in enumerate(symbols, 1)}
        debug = [(0, number, numbers["first"], 1), (word, number, 2, 8), (2 * word, number, numbers["import"]), (3 * word, number, 0, 77),
                 (4 * word, number, 3, 5), (5 * word, number, numbers["f"], 4), (6 * word, number, numbers["zeros"], 4)]  # fmt: skip
        loaded = [(0, number, numbers["f"]), (word, number, numbers["import"]), (2 * word, number, numbers["zeros"], 2),
                  (3 * word, number, numbers["first"], -2)]  # fmt: skip
        sections = [
            section(".debug_info", bytes(range(7 * word)), 0, entry=3),
            relocations(machine, 1, debug, ".rel.debug_info"),
            section(".text.a", bytes(range(1, 13)), ALLOC | EXEC, align=4),
            section(".text.b", bytes(range(16)), ALLOC | EXEC, align=16),
            section(".data", bytes(4 * word), ALLOC | WRITE, align=word),
            relocations(machine, 5, loaded, ".rel.data"),
            section(".rodata", b"constant", ALLOC),
            section(".bss", size=24, flags=ALLOC | WRITE, kind=NOBITS, align=8),
            section(".comment", b"a comment", 0x30, align=0),
            section(".zdebug_last", bytes(2 * word), 0, align=0),
            relocations(machine, 10, [(word, number, numbers["zeros"], 1)], ".rel.zdebug_last"),
            relocations(machine, 4, [(0, number, numbers["import"]), (word, number, numbers["fixed"])], ".rel.text.b"),
        ]
        path = make(desk.path(machine + ".o"), machine, sections, symbols)
        for options in (), ("--keep-sections",), ("--relax",), ("--export", "f"):
            check_debug(path, *options)


# ---- first and last ----


def test_symbols_of_debug_information():
    """The last one is one; a number behind it, which a load does not see, is none."""
    for number in 2, 3, 4:
        content = [relocations("riscv32", 3, [(4, 1, number, 1)]), section(".text", bytes(4), 6, align=4), section(".debug", bytes(8), 0)]
        path = make(desk.path("none.o"), "riscv32", content, [symbol("g", 2, 0, 4, LOCAL), symbol("f", 2, 0, 4, kind=FUNC)])
        run([PACK, "pack", path, "-o", path + ".packed", "--write-debug", path + ".debug"])
        made = Elf(path + ".debug")
        entry = entries_of(made, made.section(".rela.debug"))[0]
        assert (entry[2:] == [1, 1] and made.symbols()[entry[1]]["name"] == "f") if number == 2 else entry == [0, 0, 0, 0], (number, entry)


def test_functions_behind_an_odd_number_of_bytes():
    """Where its state bit would change, sections are kept apart: of the first symbol and section, or of the last."""
    code = [section(".text.a", b"\1\2\3", ALLOC | EXEC), section(".text.b", bytes(4), ALLOC | EXEC), section(".rodata", b"abc")]
    other = symbol("constant", 3, 0, 3, kind=OBJECT)
    for odd, symbols in ((True, [symbol("f", 2, 1, 4, kind=FUNC)]), (True, [other, symbol("f", 2, 1, 4, kind=FUNC)]),
                         (False, [symbol("f", 1, 1, 4, kind=FUNC), other]), (False, [symbol("f", 2, 1, 4, kind=OBJECT)])):  # fmt: skip
        path = make(desk.path("odd.o"), "arm", code, symbols)
        elf, _ = check(path)
        assert (elf.section(".text.b") is not None) == odd, elf.sections
    path = make(desk.path("odd.o"), "arm", [section(".text", bytes(4), ALLOC | EXEC), *code[:2]], [symbol("f", 3, 1, 4, kind=FUNC)])
    elf, _ = check(path)
    assert [s["name"] for s in elf.sections if s["flags"] & EXEC] == [".text", ".text.a", ".text.b"], elf.sections


def replaced(elf, target, content):
    """The file with another content of a section; what is behind it moves."""
    more = -(-(len(content) - target["size"]) // 16) * 16
    image = bytearray(elf.data[: target["offset"]] + content + bytes(more + target["size"] - len(content)))
    image += elf.data[target["offset"] + target["size"] :]
    form, size, field = ("<QQ", 64, 24) if elf.wide else ("<II", 40, 16)
    for item in elf.sections:
        offset = item["offset"] + more * (item["offset"] > target["offset"])
        struct.pack_into(form, image, elf.headers + item["index"] * size + field, offset, len(content) if item is target else item["size"])
    path = desk.path("replaced")
    with open(path, "wb") as file:
        file.write(image)
    return path


def test_numbers_that_do_not_fit():
    """An entry of 32-bit files has 24 bits for a symbol and 8 for a type."""
    packed = check(make(desk.path("wide.o"), "arm", [section(".data", bytes(8), 3, align=4), relocations("arm", 1, [(0, 2, 1)])],
                        [symbol("import", 0), symbol("exported", 1, 4, 4)]), "--format", "1")[0]  # fmt: skip
    table = packed.section(".crel.data")
    for number, kind, text in ((1, 255, None), (1, 256, "too large"), (0xFFFFFF, 2, None), (0x1000000, 2, "too large")):
        changed = bytes(leb128(1 << 3 | 2) + bytes([3]) + leb128(number, True) + leb128(kind, True))
        path = replaced(packed, table, changed)
        done = fails("unpack", path, "-o", desk.path("never"))
        assert done.returncode == 1 and (text or "relocation") in done.stderr and (text is not None or "too large" not in done.stderr), done


def test_tables_of_exports():
    """Records in the order of names, the first and the last too; what names a record goes with it, or all stay."""
    for machine in "arm", "riscv64":
        number, word = address_type(machine), 8 if is_wide(machine) else 4
        names = [b"pear", b"fig", b"apple", b"quince", b"fi", b"figs", b"app"]
        strings = b"".join(name + b"\0" for name in names)
        at = [strings.index(name + b"\0") for name in names]
        at[4] = strings.index(b"\0fi\0") + 1

        def build(count=7, more=(), entries=(), code=(), data=strings, first=0):
            records = [(2 * word * i, number, 2, at[(first + i) % 7]) for i in range(count)]
            records += [(2 * word * i + word, number, 1, 4 * i) for i in range(count)]
            content = bytearray(2 * word * count)
            for offset, _, _, addend in records:
                content[offset : offset + 4] = struct.pack("<I", addend)
            sections = [section(".text", bytes(range(1, 33)), 6, align=4), section(".rodata.str", data, 0x32, entry=1),
                        section(".exported_sym", bytes(content), 3, align=word), relocations(machine, 3, [*records, *entries]),
                        section(".data", bytes(16), 3, align=word), relocations(machine, 5, more), relocations(machine, 1, code)]  # fmt: skip
            symbols = [symbol("", 1, bind=LOCAL, kind=SECTION), symbol("", 2, bind=LOCAL, kind=SECTION)]
            symbols += [symbol(f"r{i}", 3, 2 * word * i, 2 * word, LOCAL, OBJECT) for i in range(count + 1)]
            return make(desk.path("exports.o"), machine, sections, symbols)

        def order(path):
            """The names of the records; labels of records stand at those that they stood at."""
            written = path + ".debug"
            elf, _ = check(path, "--write-debug", written)
            table, symbols = elf.section(".exported_sym"), elf.symbols()
            refers = {e[0]: e for e in elf.crel(elf.table_of(".exported_sym"))[0]}
            found = []
            for offset in range(0, table["size"] // (2 * word) * 2 * word, 2 * word):
                entry = refers[offset]
                begin = entry[3] or int.from_bytes(elf.bytes(table)[offset : offset + 4], "little")
                home = elf.sections[symbols[entry[1]]["section"]]
                found.append(elf.string(home["offset"] + symbols[entry[1]]["value"] + begin).encode())
            labels = {s["name"]: s["value"] // (2 * word) for s in Elf(written).symbols() if re.fullmatch(r"r\d", s["name"])}
            count = len(found)
            assert labels.pop(f"r{count}") == count and found == [names[(start + i) % 7] for i, _ in sorted(
                ((int(n[1:]), p) for n, p in labels.items()), key=lambda pair: pair[1])], (labels, found)  # fmt: skip
            return found

        start = 0
        assert order(build()) == sorted(names)
        assert order(build(2)) == sorted(names[:2]), "two records are enough for an order"
        start = 1
        assert order(build(2, first=1)) == [b"apple", b"fig"]
        start = 0
        # A reference from any section, by the first or the last relocation of it.
        for table in "more", "code":
            assert order(build(**{table: [(0, number, 3)]})) == names, table
            assert order(build(**{table: [(0, number, 1), (8, number, 9)]})) == names, table
            assert order(build(**{table: [(0, number, 1), (8, number, 2)]})) == sorted(names), table
        # A record's name with two relocations, which is seldom, is nothing to be moved.
        if machine == "riscv64":
            assert order(build(2, entries=[(2 * word, number, 2, at[1])])) == names[:2]


def test_links_beyond_the_sections():
    """Of a packed file's section, such a number becomes 0, as that of the note does."""
    packed = check(make(desk.path("links.o"), "arm", [section(".text", bytes(4), 6, align=4)], [symbol("f", 1, 1, 4, kind=FUNC)]))[0]
    at, last = packed.headers + packed.section(".text")["index"] * 40 + 24, len(packed.sections)
    for link, want in (last, 0), (last - 1, last - 2), (2, 0), (1, 1), (3, 2):
        image = bytearray(packed.data)
        struct.pack_into("<I", image, at, link)
        with open(desk.path("links"), "wb") as file:
            file.write(image)
        run([PACK, "unpack", desk.path("links"), "-o", desk.path("links.plain")])
        assert Elf(desk.path("links.plain")).section(".text")["link"] == want, (link, want)


# ---- relocations ----


def left(elf):
    """(section, offset, type) of each relocation that is left, in order."""
    return [(elf.sections[t["info"]]["name"], e[0], e[2]) for t in tables(elf) for e in entries_of(elf, t)]


def test_a_table_of_exports_in_front():
    """Where sections are kept apart, it may be the first one, and its names the last."""
    content = [section(".exported_sym", struct.pack("<IIII", 2, 4, 0, 0), 3, align=4), relocations("arm", 1, [(4 * i, 2, 1 + i % 2) for i in range(4)]),
               section(".text", bytes(8), 6, align=4), section(".rodata.str", b"a\0b\0", 0x32, entry=1)]  # fmt: skip
    path = make(desk.path("front.o"), "arm", content, [symbol("", 4, bind=LOCAL, kind=SECTION), symbol("", 3, bind=LOCAL, kind=SECTION)])
    for options in (), ("--keep-sections",):
        elf, _ = check(path, *options)
        assert elf.bytes(elf.section(".exported_sym")) == struct.pack("<IIII", 0, 0, 2, 4), elf.bytes(elf.section(".exported_sym"))


def test_names_that_end_in_another_section():
    """Where sections are kept apart, such a name has no end in its own: records stay as they are."""
    content = [section(".exported_sym", bytes(16), 3, align=4), relocations("arm", 1, [(4 * i, 2, (1, 3, 2, 3)[i]) for i in range(4)]),
               section(".rodata.a", b"xb", 2), section(".rodata.b", b"\0a\0", 2), section(".text", bytes(8), 6, align=4)]  # fmt: skip
    path = make(desk.path("ends.o"), "arm", content, [symbol("b", 3, 1, bind=LOCAL), symbol("a", 4, 1, bind=LOCAL), symbol("", 5, bind=LOCAL, kind=SECTION)])
    for options in (), ("--keep-sections",):
        elf, _ = check(path, *options)
        first = elf.crel(elf.table_of(".exported_sym"))[0][0]
        assert elf.sections[elf.symbols()[first[1]]["section"]]["name"] == (".rodata.a" if options else ".rodata")


def test_steps_of_one_value():
    """They are done where each section is added as often as it is subtracted, in up to eight steps of one width."""
    add, sub, sub16, set_, word = 35, 39, 38, 56, 1
    a, b, c, d, fixed, outside = range(1, 7)
    symbols = [symbol(name, home, value) for name, home, value in
               (("a", 1, 12), ("b", 1, 4), ("c", 2, 8), ("d", 2, 1), ("fixed", ABS, 77), ("outside", 0, 0))]  # fmt: skip
    for steps, done in (
        ([(add, a), (sub, b)], True), ([(add, a), (sub, b)] * 4, True), ([(add, a), (sub, b)] * 5, False),
        ([(add, a), (sub, b)] * 3 + [(add, fixed)], True), ([(add, a), (sub, b)] * 4 + [(add, fixed)], False),
        ([(add, a), (sub, c)], False), ([(add, a), (add, c), (sub, b), (sub, d)], True), ([(add, a), (sub, a), (add, c), (add, d)], False),
        ([(add, a), (sub16, b)], False), ([(set_, a), (sub, b)], True), ([(word, a), (sub, b)], False), ([(sub, b), (set_, a)], False),
        ([(add, a), (add, b)], False), ([(sub, a), (sub, b)], False), ([(add, a), (sub, outside)], False), ([(add, fixed), (sub, fixed)], True),
        ([(add, a, 100), (sub, b, -5)], True), ([(add, fixed), (add, 0, 9)], True), ([(set_, c), (sub, d), (add, a)], False),
    ):  # fmt: skip
        for at, more in (0, [(12, word, a)]), (12, [(0, word, a)]):
            content = [section(".data", bytes(range(16)), 3, align=4), section(".rodata", bytes(12), align=4),
                       relocations("riscv32", 1, sorted([(at, *step) for step in steps] + more, key=lambda e: e[0]))]  # fmt: skip
            elf, _ = check(make(desk.path("steps.o"), "riscv32", content, symbols))
            assert left(elf) == sorted(([] if done else [(".data", at, s[0]) for s in steps]) + [(".data", more[0][0], word)],
                                       key=lambda e: e[1]), (steps, at)  # fmt: skip


def test_pairs_at_the_limits():
    """All of them are done; a second half whose addend reaches into another upper half is what no linker takes."""
    cases = [(0x7F7, 8, True), (0x7F8, 8, False), (0x800, 0, True), (0x800, -1, False), (0x801, -1, True), (-0x800, 0, True),
             (-0x800, -1, False), (-0x801, 1, False), (0x17FF, 0, True), (0x17FF, 1, False), (-0x7FF, -1, True), (0, -0x800, True)]  # fmt: skip
    for machine in "riscv32", "riscv64":
        code, entries, symbols = bytearray(0x6000), [], [symbol("f", 1, 0, 4, LOCAL)]

        def build(i, value, addend, machine=machine):
            at = 0x2000 + 16 * i
            struct.pack_into("<IIII", code, at, 0x517, 0x52503, 0x52503, 0x8067)
            symbols[-1:] = [symbol(f"high{i}", 1, at, bind=LOCAL), symbol(f"low{i}", 1, at + value, bind=LOCAL), symbol("f", 1, 0, 4, kind=FUNC)]
            found = [*entries, (at, 23, 2 * i + 2), (at + 4, 24, 2 * i + 1, addend), (at + 8, 24, 2 * i + 1)]
            content = [section(".text", bytes(code), 6, align=4), relocations(machine, 1, found)]
            return make(desk.path("pairs.o"), machine, content, symbols), found

        for i, (value, addend, _) in enumerate(c for c in cases if c[2]):
            path, entries = build(i, value, addend)
        elf, _ = check(path)
        assert left(elf) == [], left(elf)
        for value, addend, good in cases:
            if not good:
                refused(build(i + 1, value, addend)[0], "another address")
                symbols[-3:-1] = []
        # One of the second halves cannot be done, so none is.
        content = [section(".text", struct.pack("<IIII", 0x517, 0x52503, 0x52503, 0x52503), 6, align=4),
                   relocations(machine, 1, [(0, 23, 2), (4, 24, 1), (8, 24, 1), (8, 24, 1), (12, 24, 1)])]  # fmt: skip
        elf, _ = check(make(desk.path("pairs.o"), machine, content, [symbol("high", 1, 0, bind=LOCAL), symbol("f", 1, 4, 4)]))
        assert [e[2] for e in left(elf)] == [23, 24, 24, 24, 24], left(elf)
        # First halves alone.
        content = [section(".text", struct.pack("<II", 0x517, 0x517), 6, align=4), relocations(machine, 1, [(0, 23, 1), (4, 23, 1)])]
        elf, _ = check(make(desk.path("pairs.o"), machine, content, [symbol("f", 1, 0, 4, kind=FUNC)]))
        assert left(elf) == [], left(elf)
        # The first half last, and a second half of each kind before it.
        code = struct.pack("<IIII", 0x52503, 0x52023, 0x517, 0x52503)
        for size, done in (16, True), (0x2000, True):
            content = [section(".text", code + bytes(size - 16), 6, align=4),
                       relocations(machine, 1, [(0, 24, 1), (4, 25, 1), (8, 23, 2), (12, 24, 1)])]  # fmt: skip
            elf, _ = check(make(desk.path("pairs.o"), machine, content, [symbol("high", 1, 8, bind=LOCAL), symbol("f", 1, size - 1, 1)]))
            assert left(elf) == [], left(elf)


def test_pages():
    """They are known in a section that is as aligned as a page; but in a page's last two words, an erratum counts."""
    places = [0, 4, 0xFF0, 0xFF4, 0xFF8, 0xFFC, 0x1000, 0x1FF4, 0x1FF8, 0x1FFC, 0x2000]
    code = bytearray(0x3000)
    for at in places:
        struct.pack_into("<I", code, at, 0x90000000)
    symbols = [symbol("f", 1, 0, 4, kind=FUNC), symbol("far", 1, 0x2FFF)]
    for align, done in (4096, True), (2048, False), (8192, True):
        content = [section(".text", bytes(code), 6, align=align), relocations("aarch64", 1, [(at, 275, 1 + i % 2) for i, at in enumerate(places)])]
        elf, _ = check(make(desk.path("pages.o"), "aarch64", content, symbols))
        assert [e[1] for e in left(elf)] == [at for at in places if not done or at & 0xFF8 == 0xFF8], left(elf)


def test_addends_that_just_fit():
    """Of an instruction without an addend of its own: where it has no room for it, the symbol stays."""
    source = """
        .syntax unified
        .thumb
        .text
        .p2align 2
        .globl f
    f:  movw r0, #:lower16:{0}
        movt r0, #:upper16:{0}
        .data
        .space {1}
    {0}: .word 1
        .word {0}
    """
    for value, stays in (0x7FFF, False), (0x8000, True), (0x7FFE, False), (0x8001, True):
        elf, _ = check(assemble(source.format("here", value), "arm"))
        assert [s["value"] for s in elf.symbols()[1:] if not s["name"] and s["type"] != SECTION] == [value] * stays, elf.symbols()
    source = "    .syntax unified\n    .thumb\n    .text\n    .globl f\nf:  movs r0, #:lower0_7:here\n" + "".join(
        f"    movs r0, #:{part}:here\n" for part in ("lower8_15", "upper0_7", "upper8_15")) + "    .data\n    .space {}\nhere: .word 1\n"  # fmt: skip
    for value, stays in (255, False), (256, True), (254, False), (257, True):
        elf, _ = check(assemble(source.format(value), "m0"))
        assert [s["value"] for s in elf.symbols()[1:] if not s["name"] and s["type"] != SECTION] == [value] * stays, elf.symbols()


def test_branches_to_imports():
    """The shortest one says whether there must be a veneer, the first of them; to places behind it they have their own."""
    cases = [(("bl one", "b.w one", "beq.w one"), 51, 0), (("beq.w one", "bl one"), 51, 0), (("bl one", "b.w one"), 10, 0), (("b.w one", "bl one"), 30, 0),
             (("bl one + 8",), 0, 1), (("bl one", "bl one + 8", "bl one + 12"), 10, 2), ((".word one",), 0, 0),
             (("bl one", ".word one(GOT), two(GOT), three(GOT)", "bl two", "bl four"), 10, 0)]  # fmt: skip
    for code, kind, beside in cases:
        text = ".word 0\n    .data\n" if code[0][0] == "." else ""
        table = any("GOT" in text for text in code)  # whose order is another one then: see pack_cases.py
        elf, _ = check(assemble("    .syntax unified\n    .thumb\n    .text\n    .globl f\n    .p2align 2\nf:\n" + text + "\n".join(code) + "\n", "arm"), compare=not table)
        found = next(s for s in elf.symbols() if s["name"] == "one")
        note = elf.note()
        veneers = 3 if table else int(kind != 0)
        assert (found["size"], note["highs"], note["veneer_count"], note["got_count"]) == (kind, beside, veneers, 3 * table), (code, found, note)
        shown = json.loads(run([PACK, "inspect", "--json", desk.path("arm.o.packed")]).stdout)["packed"]
        for name, value in note.items():
            name = {"highs": "high_relocations"}.get(name, name)
            assert name in ("flags", "fingerprint") or shown[name] == value, (name, value, shown)


def test_branches_out_of_reach():
    """Inside a section it is so in every load, and a packed file has no veneers for them."""
    if SANITIZED:
        return  # 16 MiB
    source = "    .syntax unified\n    .thumb\n    .text\n    .globl f, far\n    .type far, %function\n    .p2align 2\n"
    source += "    .thumb_func\nfar: bx lr\n    .space {}\nf:  bl far\n"
    elf, _ = check(assemble(source.format(0xFFFFFA), "arm"), compare=False)
    assert left(elf) == [], left(elf)
    refused(assemble(source.format(0xFFFFFC), "arm"), "the branch at .text + 0xfffffe does not reach far, and in a packed file")


def test_tables_in_front_of_their_sections():
    """And in no order: padding and calls are found, and what is behind them moves."""
    call, align, relax = 18, 43, 51
    code = struct.pack("<IIHHIHHI", 0x97, 0x80E7, 1, 1, 0x8067, 1, 1, 0x8067)
    content = [relocations("riscv32", 2, [(16, align, 0, 2), (8, align, 0, 2), (0, relax, 0), (0, call, 1)], ".rela.text"), section(".text", code, 6, align=4),
               relocations("riscv32", 4, [(0, 1, 2), (4, 1, 2, -20), (8, 1, 1, 12), (12, 1, 1, 13)], ".rela.debug_info"), section(".debug_info", bytes(16), 0)]  # fmt: skip
    path = make(desk.path("front.o"), "riscv32", content, [symbol("g", 2, 12, 4, bind=LOCAL), symbol("f", 2, 20, 4, kind=FUNC),
                                                           symbol("cut", 2, 9), symbol("kept", 2, 17)])  # fmt: skip
    elf, done = check(path)
    assert {s["name"]: s["value"] for s in elf.symbols() if s["name"]} == {"f": 18, "cut": 8, "kept": 15} and done["dropped"] == 3, elf.symbols()
    done = json.loads(run([PACK, "pack", path, "-o", path + ".packed", "--json", "--relax", "--write-debug", path + ".debug"]).stdout)
    elf, made = Elf(path + ".packed"), Elf(path + ".debug")
    # The call has 2 bytes, so that both c.nop are needed.
    assert [done["relaxation"][k] for k in ("calls", "jal", "compressed", "bytes")] == [1, 0, 1, 6], done["relaxation"]
    assert elf.section(".text")["size"] == 18 and {s["name"]: s["value"] for s in elf.symbols() if s["name"]} == {"f": 14, "cut": 3, "kept": 11}, elf.sections
    found = [place(made, e) for e in entries_of(made, made.section(".rela.debug_info"))]
    assert found == [(".text", 14), (".text", 0), (".text", 18), (".text", 6 + 13)], found  # the last one is beside the section


def test_addends_of_64_bits():
    """Beyond 32 bits, to either side, with what a symbol adds to them."""
    for machine, kind in ("x86-64", 1), ("riscv64", 2), ("aarch64", 257):
        entries = [(0, kind, 1, 1 << 32), (8, kind, 1, -(3 << 31)), (16, kind, 1, 0x7FFFFFFF), (24, kind, 1, -0x80000001)]
        elf, _ = check(make(desk.path("long.o"), machine, [section(".data", bytes(32), 3, align=8), relocations(machine, 1, entries)], [symbol("here", 1, 4, 4)]))
        assert [e[3] for e in entries_of(elf, elf.section(".crel.data"))] == [4 + e[3] for e in entries]


def test_as_many_jumps_of_either_length():
    """Then, too, the code is elsewhere than in the input."""
    code = struct.pack("<IIIII", 0x97, 0x80E7, 0x317, 0x30067, 0x8067)
    content = [section(".text", code, 6, align=2), relocations("riscv64", 1, [(0, 18, 1), (0, 51, 0), (8, 18, 1), (8, 51, 0)])]
    path = make(desk.path("jumps.o"), "riscv64", content, [symbol("f", 1, 16, 4, kind=FUNC)])
    done = json.loads(run([PACK, "pack", path, "-o", path + ".packed", "--json", "--relax"]).stdout)
    assert [done["relaxation"][k] for k in ("calls", "jal", "compressed", "bytes")] == [2, 1, 1, 10], done["relaxation"]


def test_a_local_function_in_rom():
    """As the first symbol: a loader that gives it a veneer looks for it among the global ones."""
    content = [section(".text", struct.pack("<HH", 0xF7FF, 0xFFFE), 6, align=4), relocations("arm", 1, [(0, 10, 1)])]
    elf, _ = check(make(desk.path("rom.o"), "arm", content, [symbol("rom", ABS, 0x08001001, 0, LOCAL, FUNC), symbol("f", 1, 1, 4, kind=FUNC)]))
    found = next(s for s in elf.symbols() if s["section"] == ABS)
    assert (found["bind"], found["visibility"], found["name"], found["size"]) == (GLOBAL, 2, "", 10) and elf.note()["veneer_count"] == 1, found


def test_padding_without_calls():
    """What --relax finds nothing in is as long as without it."""
    content = [section(".text", struct.pack("<HHHH", 1, 1, 1, 0x8082), 6, align=4), relocations("riscv32", 1, [(0, 43, 0, 2)])]
    path = make(desk.path("padding.o"), "riscv32", content, [symbol("f", 1, 6, 2, kind=FUNC)])
    elf, _ = check(path)
    run([PACK, "pack", path, "-o", path + ".relaxed", "--relax"])
    assert elf.section(".text")["size"] == 8 and Elf(path + ".relaxed").data == elf.data


def test_alignment_of_branches():
    """In a section of bytes, a branch may come to lie at an odd place: whether it may is left to a load."""
    for align, done in (1, False), (2, True), (4, True):
        content = [section(".text", struct.pack("<II", 0x63, 0x8067), 6, align=align), relocations("riscv32", 1, [(0, 16, 1)])]
        elf, _ = check(make(desk.path("branch.o"), "riscv32", content, [symbol("f", 1, 4, 4, kind=FUNC)]))
        assert [e[2] for e in left(elf)] == [16] * (not done), (align, left(elf))


def test_malformed_tables():
    """Nothing of what was read of them stays."""
    packed = check(make(desk.path("bad.o"), "arm", [section(".data", bytes(8), 3, align=4), relocations("arm", 1, [(0, 2, 1), (4, 2, 1)])],
                        [symbol("import", 0), symbol("exported", 1, 4, 4)]), "--format", "1")[0]  # fmt: skip
    table = packed.section(".crel.data")
    for content in packed.bytes(table) + b"\0", packed.bytes(table)[:-1]:
        done = fails("unpack", replaced(packed, table, content), "-o", desk.path("never"))
        assert done.returncode == 1 and "does not hold compact relocations" in done.stderr, done


def test_a_firmware_that_is_out_of_reach_beside_the_heap():
    """It is enough that it is reached where it is said to be."""
    path = make(desk.path("far.o"), "riscv64", [section(".text", struct.pack("<II", 0x97, 0x8067), 6, align=4), relocations("riscv64", 1, [(0, 23, 1)])],
                [symbol("import", 0), symbol("f", 1, 0, 4, kind=FUNC)])  # fmt: skip
    run([PACK, "pack", path, "-o", path + ".packed", "--firmware-at", "0x20800000", "--heap-at", "0x200000000", "--instr-heap-at", hex(TEXT)])


def test_relocations_that_end_with_their_section():
    """The last place of a section, and one byte further."""
    for machine in "arm", "riscv64", "x86-64":
        kind, word = address_type(machine), 8 if is_wide(machine) else 4
        for offset, good in (8, True), (9, False), (16, False), (17, False), (1 << 31, False):
            content = [section(".data", bytes(8 + word), 3, align=word), relocations(machine, 1, [(0, kind, 1), (offset, kind, 1)])]
            path = make(desk.path("end.o"), machine, content, [symbol("here", 1, 4, 4, kind=OBJECT)])
            if good:
                assert [e[1] for e in left(check(path)[0])] == [0, 8]
            else:
                refused(path, "outside")
        for first, second, good in (0, word, True), (0, word - 1, False), (word, 0, True), (1, 8, word == 4):
            content = [section(".data", bytes(8 + word), 3, align=word), relocations(machine, 1, [(first, kind, 1), (second, kind, 1)])]
            path = make(desk.path("beside.o"), machine, content, [symbol("here", 1, 4, 4, kind=OBJECT)])
            if good:
                assert [e[1] for e in left(check(path)[0])] == sorted([first, second])
            else:
                refused(path, f"relocations of .data overlap at {max(first, second):#x}")


# ---- symbols and sections ----


def test_what_is_exported():
    """By type, binding and visibility, and by whether there is anything at it."""
    symbols = [symbol("local", 1, 0, 4, LOCAL, OBJECT)]
    for bind, visibility, kind in ((b, v, k) for b in (GLOBAL, WEAK) for v in range(4) for k in (0, 1, 2)):
        symbols.append(symbol(f"s{bind}{visibility}{kind}", 2 if kind == FUNC else 3, 1, 4, bind, kind, visibility))
    symbols += [symbol("fixed", ABS, 5), symbol("common", COMMON_SECTION, 4, 4, kind=OBJECT), symbol("common_too", COMMON_SECTION, 1, 4, kind=COMMON),
                symbol("in_comment", 4, 0), symbol("file", ABS, 0, kind=FILE), symbol("unique", 3, 0, 4, 10, OBJECT)]  # fmt: skip
    for value in 7, 8, 9:
        symbols += [symbol(f"label{value}", 3, value), symbol(f"object{value}", 3, value, kind=OBJECT)]
    symbols += [symbol("last", 2, 7, 1, kind=FUNC), symbol("behind", 2, 9, 1, kind=FUNC), symbol("first", 2, 1, 1, kind=FUNC)]
    content = [section(".rodata", b"abcd"), section(".text", bytes(8), 6, align=4), section(".data", bytes(8), 3, align=4), section(".comment", b"text", 0)]
    path = make(desk.path("exported.o"), "arm", content, symbols, entry=1)  # of use without any export, too
    for options in (), ("--keep-sections",):
        elf, _ = check(path, *options)
        names = {s["name"] for s in elf.symbols() if s["name"] and s["section"]}
        assert names == set(image(path, {})[1]) and "label8" in names and "label9" not in names and "behind" not in names, names
    for names in ("none", "s101", "first,last", "s101,common"):
        elf, _ = check(path, "--export", names)
        assert {s["name"] for s in elf.symbols() if s["name"] and s["section"]} == (set() if names == "none" else set(names.split(","))), names
    only = make(desk.path("only.o"), "arm", content, [symbol("f", 2, 1, 4, kind=FUNC)])
    check(only, "--export", "f")
    refused(only, "would export nothing", "--export", "none")
    for names, missing in (("nothing", "nothing"), ("s101,nothing", "nothing"), ("nothing,s101", "nothing"), ("local", "local")):
        refused(path, f"defines no symbol {missing} (--export)", "--export", names)


def test_common_symbols():
    """Room for each behind .bss, as aligned as it asks for, whatever sections there are."""
    symbols = [symbol("none", COMMON_SECTION, 0, 3, kind=OBJECT), symbol("one", COMMON_SECTION, 1, 2, kind=OBJECT),
               symbol("two", COMMON_SECTION, 2, 2, kind=OBJECT), symbol("wide", COMMON_SECTION, 64, 4, kind=OBJECT),
               symbol("code", COMMON_SECTION, 4, 4, kind=FUNC)]  # fmt: skip
    for machine in "arm", "x86-64":
        for content, start in (([], 0), ([section(".data", bytes(4), 3, align=4)], 0),
                               ([section(".text", bytes(4), 6, align=4), section(".bss", size=5, flags=3, kind=NOBITS)], 5)):  # fmt: skip
            several = symbols[: 4 if machine == "arm" else 5]
            elf, _ = check(make(desk.path("common.o"), machine, content, several))
            places = {s["name"]: s["value"] for s in elf.symbols() if s["name"]}
            want = {"none": start, "one": start + 3, "two": (start + 6) & ~1, "wide": 64, "code": 68}
            assert places == {s[0]: want[s[0]] for s in several} and elf.section(".bss")["align"] == 64, (places, content)
            assert {s["type"] for s in elf.symbols() if s["name"]} == {OBJECT}, elf.symbols()
            check(make(desk.path("common.o"), machine, content, several[:4]), "--keep-sections")
            code = section(".text.exported", bytes(4), 6, align=4)
            check(make(desk.path("common.o"), machine, [*content, code], [*several[:4], symbol("exported", len(content) + 1, 0, 4)]),
                  "--keep-sections", "--export", "exported")
    large = [symbol("large", 0xFF02, 32, 8, kind=OBJECT), symbol("exported", 1, 0, 4)]
    elf, _ = check(make(desk.path("common.o"), "x86-64", [section(".data", bytes(4), 3)], large))
    assert elf.section(".bss")["align"] == 32 and elf.section(".bss")["size"] == 8


def test_large_alignments():
    """Up to what a load takes; the heap that the output is compared in begins at any address."""
    for machine in "arm", "riscv32", "x86-64":
        for align in 1 << 13, 1 << 14, 1 << 16:
            content = [section(".text", bytes(4), 6, align=align), section(".data", bytes(5), 3, align=align),
                       section(".bss", size=5, flags=3, kind=NOBITS, align=align)]  # fmt: skip
            path = make(desk.path("aligned.o"), machine, content, [symbol("here", 3, 0, 4, kind=OBJECT)])
            run([PACK, "pack", path, "-o", desk.path("aligned")])
            elf = Elf(desk.path("aligned"))
            assert [elf.section(name)["align"] for name in (".text", ".data", ".bss")] == [align] * 3, (machine, align)


def test_empty_sections():
    """They are left out where nothing is in them: no symbol that stays, and no reference."""
    content = [section(".text", b"", 6, align=4), section(".data.empty", b"", 3, align=8), section(".rodata", b"1234"), section(".bss", size=0, flags=3, kind=NOBITS)]
    numbers = {".text": True, ".rodata": True, ".data": False, ".bss": False}
    elf, _ = check(make(desk.path("empty.o"), "arm", content, [symbol("here", 3, 0, 4)]))
    assert {name: elf.section(name) is not None for name in numbers} == numbers, elf.sections
    elf, _ = check(make(desk.path("empty.o"), "arm", content, [symbol("here", 2, 0, 0)]))
    assert elf.section(".data") is not None and elf.section(".bss") is None, elf.sections
    few = [content[1], section(".bss", size=4, flags=3, kind=NOBITS)]
    elf, _ = check(make(desk.path("few.o"), "arm", few, [symbol("here", 2, 0, 4)]))
    assert elf.section(".data") is None and elf.section(".bss") is not None, elf.sections
    content[2] = section(".rodata", bytes(4), align=4)
    content.append(relocations("arm", 3, [(0, 2, 1)]))
    elf, _ = check(make(desk.path("empty.o"), "arm", content, [symbol("", 4, bind=LOCAL, kind=SECTION), symbol("here", 3, 0, 4)]))
    assert elf.section(".data") is None and elf.section(".bss") is not None, elf.sections
    kept, _ = check(desk.path("empty.o"), "--keep-sections")
    assert {name: kept.section(name) is not None for name in numbers} == {**numbers, ".bss": True} and kept.section(".data.empty"), kept.sections


def test_kept_sections():
    """Those of --keep-section, the first and the last; what is loaded is there once; what is lost is told."""
    content = [section(".first", b"first one", 0, align=0), section(".text", bytes(4), 6, align=4), section(".nothing", b"", 0),
               section(".second", b"second", 0, NOTE, align=4), section(".zero", size=8, flags=0, kind=NOBITS), section(".last", b"last", 0, align=16)]  # fmt: skip
    path = make(desk.path("kept.o"), "arm", content, [symbol("f", 2, 1, 4, kind=FUNC)])
    for names in [], [".first"], [".last"], [".first", ".last"], [".second", ".text"], [".last", ".second", ".first"], [".nothing", ".zero"]:
        elf, done = check(path, *(f"--keep-section={name}" for name in names))
        there = [s["name"] for s in elf.sections if s["name"] in (".first", ".second", ".last", ".text", ".nothing")]
        assert there == [".text"] + [n for n in (".first", ".nothing", ".second", ".last") if n in names], (names, there)
        lost = [(".first", 9), (".second", 6), (".zero", 8), (".last", 4)]
        assert [(l["name"], l["bytes"]) for l in done["dropped_sections"]] == [l for l in lost if l[0] not in names or l[0] == ".zero"], done
        for item in content:
            if item["name"] in names and item["name"] in (".first", ".second", ".last"):
                found = elf.section(item["name"])
                assert (elf.bytes(found), found["type"], found["align"]) == (item["data"], item["kind"], max(item["align"], 1)), found
        check_debug(path, *(f"--keep-section={name}" for name in names))
    for names in (".gone", ".first"), (".first", ".gone"), (".gone",):
        refused(path, "has no section .gone (--keep-section)", *(f"--keep-section={name}" for name in names))


def test_as_many_sections_as_there_can_be():
    """A symbol names 65,279 of them; one more is refused, in the file for debuggers, too."""
    if SANITIZED:
        return  # 5 MB each
    for count, debug, text in (65272, 0, ""), (65273, 0, "has too many sections"), (65272, 2, ""), (65272, 3, "has too many sections for --write-debug"):
        content = [section(".text", bytes(4), 6), *[section(".data", b"1234", 3)] * (count - 1), *[section(".debug", b"d", 0)] * debug]
        path = make(desk.path("many.o"), "x86-64", content, [symbol("f", 1, 0, 4, kind=FUNC)])
        options = ["--keep-sections"] + ["--write-debug", path + ".debug"] * (debug != 0)
        if text:
            refused(path, text + "\n", *options)
        else:
            run([PACK, "pack", path, "-o", path + ".packed", *options])
            for name in [".packed"] + [".debug"] * (debug != 0):
                with open(path + name, "rb") as file:
                    assert struct.unpack_from("<H", file.read(64), 60)[0] == 65279, name


def test_links_of_unwind_tables():
    """A table goes with its code, also where sections are kept apart; a link to nothing that is loaded is none."""
    for target, want in ((2, ".text.b"), (1, ".text.a"), (5, None), (20, None), (6, None)):
        content = [section(".text.a", bytes(8), 6, align=4), section(".text.b", bytes(8), 6, align=4), section(".data", bytes(4), 3, align=4),
                   section(".ARM.exidx.text.b", struct.pack("<II", 0x7FFFFFF8, 1), 2 | LINK_ORDER, 0x70000001, 4, link=target),
                   section(".comment", b"c", 0)]  # fmt: skip
        path = make(desk.path("linked.o"), "arm", content, [symbol("f", 2, 1, 4, kind=FUNC)])
        for options in (), ("--keep-sections",):
            elf, _ = check(path, *options, compare=False)
            table = next(s for s in elf.sections if s["type"] == 0x70000001)
            name = elf.sections[table["link"]]["name"]
            assert (name, table["flags"]) == ((want if options else ".text") if want else "", 2 | (LINK_ORDER if want else 0)), (target, table)


def test_constructors_anywhere():
    """.ctors is turned around, each word by itself, as the first section, too; labels in it stay where they are."""
    for machine in "arm", "x86-64":
        kind, word = address_type(machine), 8 if is_wide(machine) else 4
        code = [symbol(f"c{i}", 3, 4 * i + (machine == "arm"), 4, kind=FUNC) for i in range(5)]
        symbols = [symbol("first", 1, 0, bind=LOCAL), symbol("inside", 1, word + 3, bind=LOCAL), symbol("end", 1, 3 * word, bind=LOCAL), *code]
        content = [section(".ctors", bytes(3 * word), 3, align=word), relocations(machine, 1, [(word * i, kind, 4 + i) for i in range(3)], ".rel.ctors"),
                   section(".text", bytes(range(20)), 6, align=4), section(".init_array", bytes(2 * word), 3, 14, word),
                   relocations(machine, 4, [(0, kind, 7), (word, kind, 8)], ".rel.init_array")]  # fmt: skip
        path = make(desk.path("ctors.o"), machine, content, symbols)
        _, done = check(path, "--write-debug", path + ".debug", compare=True)
        start = next(s["offset"] for s in done["sections"] if s["name"] == ".ctors")
        values = {s["name"]: s["value"] for s in Elf(path + ".debug").symbols()}
        assert [values[name] - start for name in ("first", "inside", "end")] == [0, word + 3, 3 * word], values


def test_symbols_of_packed_files():
    """Each is in a section that there is, or the file is none."""
    packed = check(make(desk.path("homes.o"), "x86-64", [section(".text", bytes(4), 6)], [symbol("f", 1, 0, 4, kind=FUNC), symbol("g", 1, 0, 4, kind=FUNC)]))[0]
    at, last = packed.section(".symtab")["offset"] + 24 + 6, len(packed.sections)
    for home, good in (5, True), (1, True), (2, False), (last, False), (last + 1, False), (0xFEFF, False), (0xFF00, True), (ABS, True):
        image, path = bytearray(packed.data), desk.path("homes")
        struct.pack_into("<H", image, at, home)
        with open(path, "wb") as file:
            file.write(image)
        done = fails("unpack", path, "-o", path + ".plain")
        assert ("has a symbol in a section that does not exist" in done.stderr) != good, (home, done)
        if home in (5, ABS):
            found = Elf(path + ".plain").symbols()[1]
            assert done.returncode == 0 and (found["section"], found["size"]) == ((4, 4) if home == 5 else (ABS, 0)), found


def test_order_of_packed_files():
    """Each section ends where the next one begins at the latest, the first one, too."""
    for machine in "x86-64", "arm":
        content = [section(".text", bytes(4), 6), section(".data", bytes(8), 3, align=8), section(".rodata", bytes(12), 2)]
        packed = check(make(desk.path("order.o"), machine, content, [symbol("f", 1, int(machine == "arm"), 4, kind=FUNC)]))[0]
        header, at, form = (64, 32, "<Q") if packed.wide else (40, 20, "<I")
        for before, behind in zip(packed.sections[1:], packed.sections[2:]):
            if before["type"] not in (1, 3):
                continue
            for more in 0, 1:
                image, path = bytearray(packed.data), desk.path("order")
                struct.pack_into(form, image, packed.headers + before["index"] * header + at, behind["offset"] + more - before["offset"])
                with open(path, "wb") as file:
                    file.write(image)
                done = fails("unpack", path, "-o", path + ".plain")
                assert ("overlaps what is before it" in done.stderr) == bool(more), (machine, before, done)


def test_binding_to_lists():
    """Lists of two names and of many, the first and the last of them; what the library defines is in no table."""
    names = ["_GLOBAL_OFFSET_TABLE_", "__dso_handle", "a", "m", "z"]
    path = make(desk.path("bound.o"), "x86-64", [section(".data", bytes(40), 3, align=8), relocations("x86-64", 1, [(8 * i, 1, i + 1) for i in range(5)])],
                [*[symbol(name, 0) for name in names], symbol("exported", 1, 0, 4)])  # fmt: skip
    for lines, want in ((["z", "a"], {"a": 1, "z": 2}), (["z"], {"z": 1}), (["m", "z", "a", *names[:2]], {"a": 3, "m": 4, "z": 5}), (["b"], {})):
        with open(desk.path("names"), "w") as file:
            file.write("\n".join(lines))
        elf, done = check(path, "--bind", desk.path("names"), compare=False)
        found = {s["name"]: s["value"] for s in elf.symbols()[1:] if s["section"] == 0}
        assert found == {**dict.fromkeys(names, 0), **want} and done["bound"] == len(want) and elf.note()["flags"] == 3, found
    for text, why in ("a\na\nb", "has a twice"), ("b\na\nb", "has b twice"), ("", "exports nothing"), ("#", "exports nothing"), ("ab\0", "is neither"), \
            ("\x7fELF", "\x7fELF"):  # fmt: skip
        with open(desk.path("names"), "w") as file:
            file.write(text)
        if text[:1] == "\x7f":
            done = fails("pack", path, "-o", desk.path("never"), "--bind", desk.path("names"))
            assert done.returncode == 1 and "exports nothing" not in done.stderr, done
        else:
            refused(path, why, "--bind", desk.path("names"))


# ---- shared objects ----

SHARED = {
    "x86-64": (["as", "--64"], ["ld"], ".quad", 8),
    "arm": (["arm-none-eabi-as", "-mthumb", "-mcpu=cortex-m33"], ["arm-none-eabi-ld"], ".word", 23),
}


def with_headers_in_order(path, first):
    """The same file with other numbers of its sections: those named come first, in that order."""
    elf = Elf(path)
    size, form = (64, "<IIQQQQIIQQ") if elf.wide else (40, "<IIIIIIIIII")
    order = sorted(range(1, len(elf.sections)), key=lambda i: (first + [elf.sections[i]["name"]]).index(elf.sections[i]["name"]))
    number = {0: 0, **{old: new for new, old in enumerate(order, 1)}}
    image = bytearray(elf.data)
    for old, new in number.items():
        fields = list(struct.unpack_from(form, elf.data, elf.headers + old * size))
        fields[6] = number.get(fields[6], 0)
        fields[7] = number.get(fields[7], 0) if fields[1] in (REL, RELA) else fields[7]
        struct.pack_into(form, image, elf.headers + new * size, *fields)
    table = next(s for s in elf.sections if s["type"] == 11)
    for at in range(table["offset"], table["offset"] + table["size"], 24 if elf.wide else 16):
        field = at + (6 if elf.wide else 14)
        home = struct.unpack_from("<H", image, field)[0]
        struct.pack_into("<H", image, field, number.get(home, home))
    names = struct.unpack_from("<H", image, 62 if elf.wide else 50)[0]
    struct.pack_into("<H", image, 62 if elf.wide else 50, number[names])
    with open(path, "wb") as file:
        file.write(image)
    return path


def dynamic_entries(elf):
    found = elf.section(".dynamic")
    words = struct.unpack_from(f"<{found['size'] // (8 if elf.wide else 4)}{'Q' if elf.wide else 'I'}", elf.data, found["offset"])
    return list(zip(words[::2], words[1::2]))


def with_spare(path, spare):
    """So many null entries at the end of the dynamic section: others in front of them are made something harmless."""
    elf = Elf(path)
    entries, form = dynamic_entries(elf), "<QQ" if elf.wide else "<II"
    image, at = bytearray(elf.data), elf.section(".dynamic")["offset"]
    used = next(i for i in range(len(entries)) if all(e[0] == 0 for e in entries[i:]))
    assert len(entries) - used >= spare, entries
    for i in range(used, len(entries) - spare):
        struct.pack_into(form, image, at + i * struct.calcsize(form), 21, 0)  # DT_DEBUG
    with open(path, "wb") as file:
        file.write(image)
    return path


def relr_places(elf):
    """As the gABI says it."""
    table, word, places = elf.section(".relr.dyn"), 8 if elf.wide else 4, []
    if table is None:
        return places
    base = 0
    for (entry,) in struct.iter_unpack("<Q" if elf.wide else "<I", elf.bytes(table)):
        if entry & 1:
            places += [base + word * i for i in range(8 * word - 1) if entry >> i + 1 & 1]
            base += word * (8 * word - 1)
        else:
            places.append(entry)
            base = entry + word
    return places


def shortest_relr(places, word):
    """How many entries they take: an address, then bitmaps for as long as each has a bit."""
    count, base = 0, None
    for place in sorted(places):
        bits = 8 * word - 1
        if base is not None and (place - base) // word < bits:
            count += not used
            used = True
        elif base is not None and used and (place - base) // word < 2 * bits:
            base += bits * word
            count += 1
        else:
            base, count, used = place + word, count + 1, False
    return count


def check_shared(path, moved, *options):
    """All but the tables of relocations is the same; so many relative relocations are in SHT_RELR. Returns the file."""
    packed = path + ".packed"
    done = json.loads(run([PACK, "pack", path, "-o", packed, "--json", *options]).stdout)
    before, after = Elf(path), Elf(packed)
    shown = run([PACK, "pack", path, "-o", packed, *options]).stdout if not SANITIZED else ""
    relative = next(v for k, v in (("x86-64", 8), ("arm", 23)) if before.wide == (k == "x86-64"))
    loaded = [s["index"] for s in before.sections if s["flags"] & ALLOC]
    assert [s["name"] for s in after.sections[1 : max(loaded) + 1] if s["flags"]] == [before.sections[i]["name"] for i in loaded]
    old, new = ([e for s in elf.sections if s["flags"] & ALLOC and s["type"] in (REL, RELA) for e in entries_of(elf, s)] for elf in (before, after))
    places, stay = relr_places(after), [e for e in new if e[2] == relative]
    assert len(places) == done["relr"] == moved and len(old) == len(new) + moved, (done["relr"], moved, len(old), len(new))
    assert sorted(e for e in old if e[2] != relative) == sorted(e for e in new if e[2] != relative)
    assert sorted(e[0] for e in old if e[2] == relative) == sorted(places + [e[0] for e in stay]), places
    pieces = sorted((s["offset"], s["size"]) for s in after.sections if s["name"] and not s["flags"]) + [(after.headers, 0)]
    for (offset, size), (following, _) in zip(pieces, pieces[1:]):
        assert not any(after.data[offset + size : following]), f"{after.data[offset + size : following]} lies between sections"
    count = len(old)
    assert done["before"]["relocations"] == done["after"]["relocations"] == count and done["image_bytes"] <= len(after.data), done
    assert done["before"]["symbols"] == done["after"]["symbols"] == before.section(".dynsym")["size"] // (24 if before.wide else 16), done
    assert done["after"]["sections"] == len(after.sections) and (SANITIZED or f"{moved} of them in SHT_RELR" in shown), shown
    entries = dict(dynamic_entries(after))
    if moved:
        table = after.section(".relr.dyn")
        word = 8 if after.wide else 4
        assert (entries[36], entries[35], entries[37]) == (table["addr"], table["size"], word) and dynamic_entries(after)[-1][0] == 0
        assert (table["entry"], table["align"], table["flags"]) == (word, word, ALLOC) and table["offset"] - table["addr"] == \
            after.section(".dynsym")["offset"] - after.section(".dynsym")["addr"]  # fmt: skip
        home = after.section(".rela.dyn" if after.wide else ".rel.dyn")
        assert entries[8 if after.wide else 18] == home["size"] and entries.get(0x6FFFFFF9 if after.wide else 0x6FFFFFFA, 0) == 0, entries
        assert all(r in (0, 1) or r for r in places)
    else:
        assert 36 not in entries and dynamic_entries(after) == dynamic_entries(before)
    if SANITIZED:
        return after
    desk.heaps((0, 0), (DATA, 0x200000))
    loads = [desk.load(name, {"outside": 0x20900000}) for name in (path, packed)]
    desk.heaps((TEXT, 0x180000), (DATA, 0x200000))
    assert loads[0].symbols == loads[1].symbols and loads[0].regions == loads[1].regions, loads[1].regions
    for item in before.sections:
        if item["flags"] & ALLOC and item["size"] and item["type"] not in (REL, RELA, 6):
            load = loads[0].sections[item["index"]]
            assert load == loads[1].sections[item["index"]], item
            assert loads[0].read(load, item["size"]) == loads[1].read(load, item["size"]), item
    return after


def test_shared_objects():
    """Relative relocations at the ends of segments and of bitmaps, dynamic sections that just have room."""
    for machine, (assembler, linker, word, _) in SHARED.items():
        wide, mark = machine == "x86-64", "@" if machine == "x86-64" else "%"
        bytes_, bits = (8, 63) if wide else (4, 31)

        def link(places, machine=machine, assembler=assembler, linker=linker, word=word, mark=mark, bytes_=bytes_, imports=True):
            """Pointers at these words of .data."""
            source = f"    .text\n    .globl work\n    .type work, {mark}function\n" + ("    .thumb_func\n" if mark == "%" else "")
            source += f"work: .long 0\n    .size work, 4\n    .data\n    .balign {bytes_}\n    .globl table\n"
            source += f"    .type table, {mark}object\n    .size table, {bytes_}\ntable:\n"
            last = max(places, default=-1)
            for i in range(last + 1):
                source += f"    {word} here + {i}\n" if i in places else f"    {word} {i + 5}\n"
            source += f"    .section .rodata, \"a\"\nhere: .zero {last + 8}\n" + f"    .data\n    {word} outside\n" * imports
            path = desk.path("made.so")
            run([*linker, "-shared", "-z", "now", "-o", path, desk.assemble(source, "shared", assembler)])
            return path

        for places in ([0], [0, 1], [0, bits - 1], [0, bits], [0, bits + 1], [0, 2 * bits], [0, 2 * bits + 1], [3, 2 * bits + 2, 4 * bits + 4],
                       list(range(2 * bits + 3)), [*range(bits), *range(bits + 2, bits + 5)]):  # fmt: skip
            path = link(places)
            elf = check_shared(path, len(places))
            assert elf.section(".relr.dyn")["size"] == bytes_ * shortest_relr(relr_places(elf), bytes_), places
        check_shared(link([]), 0)
        check_shared(link([0, 1, bits + 2], imports=False), 3)  # and no other relocation
        several = [0, 1, 5, 64]
        for spare, moved in (4, 4), (3, 0):
            check_shared(with_spare(link(several), spare), moved)
        for first in [".dynamic"], [".rela.dyn", ".rel.dyn"], [".dynsym"], [".comment", ".symtab", ".dynamic"], [".data", ".dynamic"]:
            check_shared(with_headers_in_order(link(several), first), 4)
        # Sections that are kept beside all that there is.
        names = [".comment", ".symtab", ".strtab", ".shstrtab"]
        path = desk.path("kept.so")
        if wide:
            run(["gcc", "-shared", "-fpic", "-nostdlib", "-x", "c", "-", "-o", path], input="int work(int x) { return x; }")
            elf = check_shared(path, 0, *(f"--keep-section={name}" for name in names))
            for name in names[:3]:
                assert elf.bytes(elf.section(name)) == Elf(path).bytes(Elf(path).section(name)), name
        # At the end of what the segment has in the file, and behind it, where nothing is.
        path = link(several)
        before = Elf(path)
        data, table = before.section(".data"), before.section(".rela.dyn" if wide else ".rel.dyn")
        size = bytes_ * (3 if wide else 2)

        def changed(place, entry=0, path=path, table=table, size=size, before=before, bytes_=bytes_):
            image = bytearray(before.data)
            struct.pack_into("<Q" if bytes_ == 8 else "<I", image, table["offset"] + entry * size, place)
            with open(path, "wb") as file:
                file.write(image)
            return path

        end = data["addr"] + data["size"]
        assert end - bytes_ not in relr_places(check_shared(path, 4)), "the last word is an import's"
        check_shared(changed(end - 3 * bytes_), 4)
        check_shared(changed(data["addr"] + 2 * bytes_ + 2), 3)  # not at a word
        check_shared(changed(data["addr"] + 1 * bytes_), 0)  # the place of another one
        check_shared(changed(data["addr"] + 1 * bytes_ + 1), 0)  # inside of it
        check_shared(changed(data["addr"] + 2 * bytes_), 4)


sys.exit(main(globals()))
