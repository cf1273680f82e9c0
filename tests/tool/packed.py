# SPDX-License-Identifier: Apache-2.0
"""A reader of ELF files that shares nothing with the command, compact relocations included."""

import struct

SHT = {"null": 0, "strtab": 3, "symtab": 2, "note": 7, "nobits": 8, "rel": 9, "rela": 4, "relr": 19, "crel": 0x40000014,
       "runs": 0x6C6C7801}

# By EI_CLASS and e_machine: the type of a word of an address.
WORD = {(1, 40): 2, (1, 243): 1, (2, 243): 2, (2, 183): 257, (2, 62): 1}


class Elf:
    """What the tests read of a file by themselves, compact relocations included."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.wide = self.data[4] == 2
        form = "<QQQIHHHHHH" if self.wide else "<IIIIHHHHHH"
        fields = struct.unpack_from(form, self.data, 24)
        self.headers, count, names = fields[2], fields[8], fields[9]
        form, size = ("<IIQQQQIIQQ", 64) if self.wide else ("<IIIIIIIIII", 40)
        raw = [struct.unpack_from(form, self.data, self.headers + i * size) for i in range(count)]
        keys = ("name", "type", "flags", "addr", "offset", "size", "link", "info", "align", "entry")
        self.sections = [dict(zip(keys, r), index=i) for i, r in enumerate(raw)]
        for section in self.sections:
            section["name"] = self.string(raw[names][4] + section["name"])

    def string(self, offset):
        return self.data[offset : self.data.index(b"\0", offset)].decode()

    def section(self, name):
        return next((s for s in self.sections if s["name"] == name), None)

    def table_of(self, name):
        """The compact relocations of a section, perhaps with runs."""
        return self.section(".crel" + name) or self.section(".runs" + name)

    def bytes(self, section):
        return self.data[section["offset"] : section["offset"] + section["size"]]

    def symbols(self):
        table = next(s for s in self.sections if s["type"] == SHT["symtab"])
        strings = self.sections[table["link"]]["offset"]
        result = []
        for at in range(table["offset"], table["offset"] + table["size"], 24 if self.wide else 16):
            if self.wide:
                name, info, other, shndx, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            else:
                name, value, size, info, other, shndx = struct.unpack_from("<IIIBBH", self.data, at)
            result.append({"name": self.string(strings + name), "value": value, "size": size, "bind": info >> 4,
                           "type": info & 15, "visibility": other, "section": shndx})  # fmt: skip
        return result

    def note(self):
        raw = self.bytes(self.section(".note.llext"))
        assert raw[:20] == struct.pack("<III", 6, 40, 1) + b"LLEXT\0\0\0", raw
        keys = ("version", "flags", "got_first", "got_count", "veneer_first", "veneer_count", "highs", "relocations")
        words = struct.unpack_from("<8IQ", raw, 20)
        return dict(zip(keys, words), fingerprint=words[8])

    def crel(self, section):
        """[offset, symbol, type, addend] of a table of compact relocations, those of runs first; has it addends?"""
        data, at, result = self.bytes(section), 0, []
        if section["type"] == SHT["runs"]:
            result, at = self.runs(data, self.bytes(self.sections[section["info"]]))
            if at == len(data):  # all are in runs
                return result, struct.unpack_from("<H", self.data, 18)[0] != 40
        mask = (1 << (64 if self.wide else 32)) - 1

        def uleb():
            nonlocal at
            value = shift = 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if not byte & 0x80:
                    return value, shift, byte

        def sleb():
            value, shift, byte = uleb()
            return value - (1 << shift) if byte & 0x40 else value

        header = uleb()[0]
        entry, bits = [0, 0, 0, 0], 3 if header & 4 else 2
        for _ in range(header >> 3):
            head = data[at]
            at += 1
            entry[0] += (head & 0x7F) >> bits
            if head & 0x80:
                entry[0] += uleb()[0] << (7 - bits)
            for i in range(bits):
                if head >> i & 1:
                    entry[i + 1] += sleb()
            result.append([entry[0] << (header & 3) & mask, *entry[1:]])
        assert at == len(data), "bytes are left"
        return result, bool(header & 4)

    def runs(self, data, target):
        """[offset, symbol, type, addend] of the runs at the beginning of a table, and where they end."""
        machine, word = struct.unpack_from("<H", self.data, 18)[0], 8 if self.wide else 4
        at, result = 0, []

        def number(offset, form="<i"):
            return struct.unpack_from(form, target, offset)[0]

        while at < len(data):
            kind, zero, first, place, count = struct.unpack_from("<BBHII", data, at)
            at += 12
            assert zero == 0
            if kind == 0:
                assert len(data) > at, "the end of runs, and nothing behind it"
                return result, at
            symbol = first
            unit, pair = word if kind & 0x3F == 1 else 2, kind & 0x3F == 3
            for _ in range(count):
                if kind in (4, 5):
                    entry = struct.unpack_from("<H", data, at)[0]
                    at += 2
                    if entry >= 0xFF00:
                        symbol = first + entry - 0xFF00
                    else:
                        result.append([place + 2 * entry, symbol, {4: 10, 5: 30}[kind], 0])
                    continue
                step = data[at]
                place, at = place + step * unit, at + 1
                if step == 255:
                    continue
                lower = place + (4 + 2 * data[at] if pair else 0)
                symbol = first + (data[at + pair] if kind & 0x80 else 0)
                at += pair + (kind >> 7)
                if unit == word:
                    addend = 0 if machine == 40 else number(place, "<q" if self.wide else "<i")
                    result.append([place, symbol, WORD[self.data[4], machine], addend])
                    continue
                addend = number(lower) >> 20
                if pair:
                    addend += number(place) & ~0xFFF
                    result.append([place, symbol, 19 if kind & 0x40 else 26, addend])
                if not kind & 0x40:
                    result.append([lower, symbol, 27, addend])
        return result, at
