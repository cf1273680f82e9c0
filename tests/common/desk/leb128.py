# SPDX-License-Identifier: Apache-2.0
"""Numbers as DWARF and compact relocations have them: seven bits a byte, the lowest first."""


def leb128(value, signed=False):
    out = bytearray()
    while True:
        out.append(value & 0x7F | 0x80)
        value >>= 7
        if (signed and value == -(out[-1] >> 6 & 1)) or (not signed and value == 0):
            out[-1] &= 0x7F
            return out
