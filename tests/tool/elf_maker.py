# SPDX-License-Identifier: Apache-2.0
"""Object files, put together section by section and symbol by symbol, each where the test wants it."""

import struct

PROGBITS, SYMTAB, STRTAB, RELA, NOTE, NOBITS, REL, CREL = 1, 2, 3, 4, 7, 8, 9, 0x40000014
WRITE, ALLOC, EXEC, MERGE, STRINGS, LINK_ORDER, TLS = 1, 2, 4, 0x10, 0x20, 0x80, 0x400
LOCAL, GLOBAL, WEAK = 0, 1, 2
OBJECT, FUNC, SECTION, FILE, COMMON = 1, 2, 3, 4, 5
ABS, COMMON_SECTION = 0xFFF1, 0xFFF2

# e_machine, two words of the header's flags or none, whether relocations have addends, that of an address.
MACHINES = {
    "arm": (40, False, 0x05000000, False, 2),
    "riscv32": (243, False, 1, True, 1),
    "riscv64": (243, True, 1, True, 2),
    "aarch64": (183, True, 0, True, 257),
    "x86-64": (62, True, 0, True, 1),
}


def is_wide(machine):
    return MACHINES[machine][1]


def address_type(machine):
    return MACHINES[machine][4]


def section(name, data=b"", flags=ALLOC, kind=PROGBITS, align=1, size=None, link=0, info=0, entry=0):
    return {"name": name, "data": data, "flags": flags, "kind": kind, "align": align,
            "size": len(data) if size is None else size, "link": link, "info": info, "entry": entry}  # fmt: skip


def relocations(machine, target, entries, name=".rel"):
    """A table for the section target: (offset, type, symbol[, addend]) each."""
    _, wide, _, addends, _ = MACHINES[machine]
    data = b""
    for offset, kind, symbol, *addend in entries:
        info = symbol << 32 | kind if wide else symbol << 8 | kind
        data += struct.pack("<QQ" if wide else "<II", offset, info)
        if addends:
            data += struct.pack("<q" if wide else "<i", addend[0] if addend else 0)
    word = 8 if wide else 4
    return section(name, data, 0x40, RELA if addends else REL, word, link="symbols", info=target, entry=word * (3 if addends else 2))


def symbol(name, home, value=0, size=0, bind=GLOBAL, kind=0, visibility=0):
    return name, home, value, size, bind, kind, visibility


def make(path, machine, sections, symbols, entry=0):
    """Sections and symbols have the numbers of their places in the lists, from 1 on; local symbols come first."""
    number, wide, flags, _, _ = MACHINES[machine]
    names, table = b"\0", bytes(24 if wide else 16)
    for name, home, value, size, bind, kind, visibility in symbols:
        at, names = (len(names), names + name.encode() + b"\0") if name else (0, names)
        info = bind << 4 | kind
        table += (struct.pack("<IBBHQQ", at, info, visibility, home, value, size) if wide else
                  struct.pack("<IIIBBH", at, value, size, info, visibility, home))  # fmt: skip
    locals_ = 1 + sum(1 for s in symbols if s[4] == LOCAL)
    last = len(sections)
    every = [*sections, section(".symtab", table, 0, SYMTAB, 8 if wide else 4, link=last + 2, info=locals_, entry=24 if wide else 16),
             section(".strtab", names, 0, STRTAB), section(".shstrtab", b"", 0, STRTAB)]  # fmt: skip
    every[-1]["data"] = b"\0" + b"".join(s["name"].encode() + b"\0" for s in every)
    every[-1]["size"] = len(every[-1]["data"])
    header, size = (64, 64) if wide else (52, 40)
    body, headers, at = bytearray(), bytearray(size), 1
    for item in every:
        body += bytes(-(header + len(body)) % max(item["align"], 1) % 16)
        link = last + 1 if item["link"] == "symbols" else item["link"]
        headers += struct.pack("<IIQQQQIIQQ" if wide else "<IIIIIIIIII", at, item["kind"], item["flags"], 0, header + len(body),
                               item["size"], link, item["info"], item["align"], item["entry"])
        at += len(item["name"].encode()) + 1
        body += item["data"]
    body += bytes(-(header + len(body)) % 8)
    start = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    start += struct.pack("<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH", 1, number, 1, entry, 0, header + len(body), flags, header, 0, 0,
                         size, len(every) + 1, len(every))
    with open(path, "wb") as file:
        file.write(start + body + headers)
    return path
