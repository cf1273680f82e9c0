# SPDX-License-Identifier: Apache-2.0
"""Sections, symbols and relocations of a little-endian ELF file, for tests. Source: gABI 4, 5."""
import struct
from collections import namedtuple

Section = namedtuple("Section", "index name type flags addr offset size link info align")
Symbol = namedtuple("Symbol", "name value size info shndx")
Reloc = namedtuple("Reloc", "offset type symbol addend target")

SHT_SYMTAB, SHT_RELA, SHT_NOBITS, SHT_REL, SHT_DYNSYM, SHT_RELR = 2, 4, 8, 9, 11, 19
SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS, SHF_TLS = 2, 4, 16, 32, 0x400


class Elf:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.wide = self.data[4] == 2
        self.type, self.machine = struct.unpack_from("<HH", self.data, 16)
        header = "<QQQIHHHHHH" if self.wide else "<IIIIHHHHHH"
        fields = struct.unpack_from(header, self.data, 24)
        offset, count, names = fields[2], fields[8], fields[9]
        self.headers = offset
        entry, size = ("<IIQQQQIIQQ", 64) if self.wide else ("<IIIIIIIIII", 40)
        raw = [struct.unpack_from(entry, self.data, offset + i * size) for i in range(count)]
        strings = raw[names][4]
        self.sections = [
            Section(i, self.string(strings + r[0]), *r[1:9]) for i, r in enumerate(raw)
        ]

    def string(self, offset):
        return self.data[offset : self.data.index(b"\0", offset)].decode()

    def section(self, name):
        return next(s for s in self.sections if s.name == name)

    def contents(self, section):
        if section.type == SHT_NOBITS:
            return bytes(section.size)
        return self.data[section.offset : section.offset + section.size]

    def write_unmerged(self, path):
        """A copy without SHF_MERGE: linkers may leave out equal constants, loaders do not."""
        data = bytearray(self.data)
        for s in self.sections:
            at = self.headers + s.index * (64 if self.wide else 40) + 8
            data[at] &= ~(SHF_MERGE | SHF_STRINGS) & 0xFF
        with open(path, "wb") as file:
            file.write(data)
        return path

    def symbols(self, kind=SHT_SYMTAB):
        for table in (s for s in self.sections if s.type == kind):
            strings = self.sections[table.link].offset
            for at in range(table.offset, table.offset + table.size, 24 if self.wide else 16):
                if self.wide:
                    name, info, _, shndx, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
                else:
                    name, value, size, info, _, shndx = struct.unpack_from("<IIIBBH", self.data, at)
                yield Symbol(self.string(strings + name), value, size, info, shndx)

    def relocations(self):
        """Of the sections that are loaded. symbol is an index; target the section's. The addend
        of an entry that has none is 0."""
        for table in (s for s in self.sections if s.type in (SHT_RELA, SHT_REL)):
            if table.info == 0 or not self.sections[table.info].flags & SHF_ALLOC:
                continue
            yield from self.table(table)

    def table(self, table):
        """The relocations of one section of them."""
        form = ("<QQq" if self.wide else "<IIi")[: 4 if table.type == SHT_RELA else 3]
        size = struct.calcsize(form)
        for at in range(table.offset, table.offset + table.size, size):
            offset, info, *rest = struct.unpack_from(form, self.data, at)
            addend = rest[0] if rest else 0
            shift = 32 if self.wide else 8
            yield Reloc(offset, info & ((1 << shift) - 1), info >> shift, addend, table.info)

    def loaded(self):
        return [s for s in self.sections if s.flags & SHF_ALLOC and s.size != 0]

    def undefined(self):
        return {s.name: s.info >> 4 for s in self.symbols() if s.shndx == 0 and s.name}
