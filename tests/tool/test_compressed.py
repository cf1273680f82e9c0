# SPDX-License-Identifier: Apache-2.0
"""tenon pack --lz4: a standard frame, blocks of the size that was asked for, and back with every command."""

import ctypes
import json
import os
import struct
import subprocess
import unittest

from support import EXPORT_SCRIPT, INCLUDE, ToolTest

CODE = """
extern int puts(const char *);
int table[3000] = {[7] = 1, [70] = 2, [700] = 3};
const char *const texts[] = {"one of two", "two of two"};
int run(int x) { puts(texts[x & 1]); return table[x * 10] * 7; }
"""
FIRMWARE = """
#include <llext/symbol.h>
int puts(const char *text) { return text[0]; }
EXPORT_SYMBOL(puts);
void _start(void) { }
"""
CHECKSUMS, SIZE, INDEPENDENT, VERSION_1 = 0x10, 0x08, 0x20, 0x40


def lz4(*args, data=None):
    return subprocess.run(["lz4", "-q", *args], input=data, stdout=subprocess.PIPE, check=True).stdout


def with_dictionary(content):
    """A frame that names a dictionary, which the lz4 command does not make."""
    library = ctypes.CDLL("liblz4.so.1")
    # LZ4F_preferences_t: block size, block mode, checksum, frame type, content size, dictionary, ...
    wish = struct.pack("<4iQIi7I", 4, 1, 0, 0, 0, 1234, 0, *[0] * 7)
    out = ctypes.create_string_buffer(len(content) + 1000)
    library.LZ4F_compressFrame.restype = ctypes.c_size_t
    length = library.LZ4F_compressFrame(out, ctypes.c_size_t(len(out)), content, ctypes.c_size_t(len(content)), wish)
    return out.raw[:length]


class Compressed(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = cls.build("code.o", CODE, "-Os")
        cls.packed = cls.path("code.llext")

    def setUp(self):
        self.tenon("pack", self.plain, "-o", self.packed)

    def compress(self, name, *options, plain=None):
        out = self.path(name)
        done = self.tenon("pack", plain or self.plain, "-o", out, "--lz4", "--json", *options)
        return out, json.loads(done.stdout)

    def blocks(self, path):
        """Flags of the frame and sizes of its blocks, by the frame format alone."""
        data = self.read(path)
        magic, flags, descriptor = struct.unpack_from("<IBB", data)
        self.assertEqual(magic, 0x184D2204)
        self.assertEqual(struct.unpack_from("<Q", data, 6)[0], os.path.getsize(self.packed))
        at, sizes = 15, []
        while True:
            size = struct.unpack_from("<I", data, at)[0]
            at += 4
            if size == 0:
                break
            sizes.append(size & 0x7FFFFFFF)
            at += sizes[-1] + (4 if flags & CHECKSUMS else 0)
        self.assertEqual(at, len(data))
        return flags, descriptor, sizes

    # ---- the frame ----

    def test_frame(self):
        length = os.path.getsize(self.packed)
        for options, block, checksums in (([], 4096, 0), (["--block", "1K"], 1024, 0),
                                          (["--block", "64"], 64, CHECKSUMS), (["--block", "100000"], 100000, 0)):
            more = ["--checksums"] if checksums else []
            path, done = self.compress("frame.lz4", *options, *more)
            flags, descriptor, sizes = self.blocks(path)
            self.assertEqual(flags, VERSION_1 | INDEPENDENT | SIZE | checksums)
            self.assertEqual(descriptor, 0x50 if block > 65536 else 0x40)
            self.assertEqual(len(sizes), -(-length // block))
            self.assertLessEqual(max(sizes), block)
            self.assertEqual(done["compressed"], {
                "format": "lz4", "file_bytes": os.path.getsize(path), "block_bytes": block,
                "buffer_bytes": block + block // 256 + 32})  # fmt: skip
            self.assertEqual(done["after"]["file_bytes"], length)
            self.assertEqual(lz4("-dc", path), self.read(self.packed))

    def test_smaller_and_the_same_each_time(self):
        first, _ = self.compress("first.lz4")
        second, _ = self.compress("second.lz4")
        small, _ = self.compress("small.lz4", "--block", "128")
        self.assertEqual(self.read(first), self.read(second))
        self.assertLess(os.path.getsize(first) * 2, os.path.getsize(self.packed))
        self.assertLess(os.path.getsize(first), os.path.getsize(small))
        text = self.tenon("pack", self.plain, "-o", first, "--lz4").stdout
        self.assertIn("in LZ4 blocks of 4096: a buffer of 4144 bytes", text)

    # ---- what reads it ----

    def test_every_command(self):
        path, done = self.compress("code.lz4", "--block", "512")
        shown, plain = self.inspect(path), self.inspect(self.packed)
        self.assertEqual(shown.pop("compressed"), done["compressed"])
        self.assertIsNone(plain.pop("compressed"))
        self.assertEqual(shown.pop("file"), path)
        plain.pop("file")
        self.assertEqual(shown, plain)
        self.assertIn(f"to {os.path.getsize(path)} bytes of LZ4, in blocks of 512",
                      self.tenon("inspect", path).stdout)
        self.assertIn("= 14", self.tenon("run", path, "--call", "run", "7").stdout)
        firmware = self.build("fw.elf", FIRMWARE, INCLUDE, "-nostartfiles", "-no-pie", "-fno-pie",
                              "-fno-builtin", "-Wl,-T," + EXPORT_SCRIPT, link=True)
        self.tenon("check", path, "--against", firmware)
        unpacked = self.path("unpacked.o")
        self.tenon("unpack", path, "-o", unpacked)
        first = self.read(unpacked)
        self.tenon("unpack", self.packed, "-o", unpacked)
        self.assertEqual(self.read(unpacked), first)

    def test_frames_of_others(self):
        path = self.path("other.lz4")
        for options in ([], ["-9"], ["--content-size"], ["-BX"], ["-B5"], ["--no-frame-crc"]):
            lz4("-f", *options, self.packed, path)
            self.assertEqual(self.inspect(path)["compressed"]["block_bytes"], os.path.getsize(self.packed))
        lz4("-f", self.plain, path) # what is not packed
        self.assertIn("= 14", self.tenon("run", path, "--call", "run", "7").stdout)

    # ---- what is refused ----

    def refuse(self, data, what):
        path = self.write("bad.lz4", data)
        for command in (["inspect", path], ["run", path], ["unpack", path, "-o", self.path("never")]):
            self.assertIn(what, self.tenon(*command, code=1).stderr)

    def test_bad_frames(self):
        good = self.read(self.compress("good.lz4", "--checksums")[0])
        self.refuse(good[:-1], "without its end")
        self.refuse(good[:40], "without its end")
        self.refuse(good[:9], "is no sound LZ4 frame")
        self.refuse(good + b"xyz", "has 3 bytes more behind its LZ4 frame")
        self.refuse(good + good, "more behind its LZ4 frame")
        self.refuse(good[:30] + bytes([good[30] ^ 1]) + good[31:], "no sound LZ4 frame: ERROR_blockChecksum_invalid")
        self.refuse(good[:14] + bytes([good[14] ^ 1]) + good[15:], "ERROR_headerChecksum_invalid")
        whole = lz4("-c", self.packed)
        self.refuse(whole[:-1] + bytes([whole[-1] ^ 1]), "ERROR_contentChecksum_invalid")
        large = self.write("large", bytes(range(256)) * 1000)
        self.refuse(lz4("-c", "-BD", "-B4", large), "blocks depend on each other")
        self.refuse(with_dictionary(self.read(self.packed)), "needs a dictionary")
        self.refuse(lz4("-c", large), " not a")

    def test_refusals(self):
        shared = self.build("s.so", CODE, "-shared", "-fpic", "-nostdlib", link=True)
        out = self.path("not.written")
        self.assertIn("must seek", self.tenon("pack", shared, "-o", out, "--lz4", code=1).stderr)
        self.assertFalse(os.path.exists(out))
        for options in (["--block", "1K"], ["--checksums"], ["--lz4", "--block", "63"], ["--lz4", "--block", "5M"],
                        ["--lz4", "--block", "many"], ["--lz4", "--block"]):
            self.assertIn("Try 'tenon", self.tenon("pack", self.plain, "-o", out, *options, code=2).stderr)


if __name__ == "__main__":
    unittest.main()
