# SPDX-License-Identifier: Apache-2.0
"""tenon pack and unpack: the format, binding, debug files, shared objects, and what is refused."""

import ctypes
import hashlib
import json
import os
import struct
import subprocess
import unittest
import zlib

from packed import SHT, Elf
from support import EXPORT_SCRIPT, INCLUDE, TENON, ToolTest

ARM = ["-mcpu=cortex-m4", "-mthumb", "-ffreestanding"]
ARM_GCC = "arm-none-eabi-gcc"
RISCV = ["-march=rv32imac", "-mabi=ilp32"]

CODE = """
extern int imported(int), other(int); extern int shared; __attribute__((weak)) int perhaps(void);
static __attribute__((noinline)) int local(int x) { return x * 3 + shared; }
int variable = 5, zeroes[100]; const char *const texts[] = {"one", "two"};
int function(int x) { return imported(x) + other(local(x)) + (perhaps ? perhaps() : 0); }
static void __attribute__((constructor)) up(void) { zeroes[0] = variable; }
"""
EXPORTING = "#include <llext/symbol.h>\n" + CODE + "EXPORT_SYMBOL(function);\n"
FIRMWARE = """
#include <llext/symbol.h>
int imported(int x) { return x; } int shared; int z_last(void) { return 0; } int __cxa_atexit(void) { return 0; }
EXPORT_SYMBOL(imported); EXPORT_SYMBOL(shared); EXPORT_SYMBOL(z_last); EXPORT_SYMBOL(__cxa_atexit);
void _start(void) { }
"""


def fingerprint(names):
    value = 0xCBF29CE484222325
    for byte in b"".join(n.encode() + b"\0" for n in names):
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


class Pack(ToolTest):
    def arm(self, name, code=CODE, *flags):
        return self.build(name, code, INCLUDE, "-DLL_EXTENSION_BUILD", *ARM, "-Os", *flags, compiler=ARM_GCC)

    def pack(self, path, *options, code=0):
        out = path + ".packed"
        done = self.tenon("pack", path, "-o", out, "--json", *options, code=code)
        return (out, json.loads(done.stdout)) if code == 0 else done.stderr

    def refuse(self, *args):
        return self.tenon(*args, code=1).stderr

    # ---- the format ----

    def check_format(self, path):
        """All that the format says of order and place."""
        elf = Elf(path)
        self.assertEqual(elf.headers, 64 if elf.wide else 52)
        names = [s["name"] for s in elf.sections[1:5]]
        self.assertEqual(names, [".shstrtab", ".note.llext", ".strtab", ".symtab"])
        end = elf.headers + len(elf.sections) * (64 if elf.wide else 40)
        loaded, relocations, highs = [], 0, 0
        for section in elf.sections[1:]:
            if section["type"] == SHT["nobits"]:
                continue
            self.assertGreaterEqual(section["offset"], end, section)
            self.assertLess(section["offset"] - end, 16, section)
            if section["size"]:
                least = 4 if section["flags"] & 2 else 1
                self.assertEqual(section["offset"] % max(min(section["align"], 16), least), 0, section)
            end = section["offset"] + section["size"]
        self.assertEqual(end, len(elf.data))
        symbols, note = elf.symbols(), elf.note()
        table = elf.section(".symtab")
        self.assertTrue(all((s["bind"] == 0) == (i < table["info"]) for i, s in enumerate(symbols)))
        for section in elf.sections[5:]:
            self.assertNotIn(section["type"], (SHT["rel"], SHT["rela"]))
            if section["flags"] & 2:
                loaded.append(section["index"])
            if section["type"] not in (SHT["crel"], SHT["runs"]):
                continue
            self.assertEqual((section["info"], section["link"]), (section["index"] - 1, 4))
            kind = ".runs" if section["type"] == SHT["runs"] else ".crel"
            self.assertEqual(section["name"], kind + elf.sections[section["info"]]["name"])
            self.assertEqual((section["align"], section["entry"], section["flags"]), (4, 1, 0x40))
            entries, _ = elf.crel(section)
            relocations += len(entries)
            self.assertTrue(entries)
            for offset, symbol, _, _ in entries:
                self.assertLess(offset, elf.sections[section["info"]]["size"])
                self.assertLess(symbol, len(symbols))
        self.assertEqual(note["relocations"], relocations)
        self.assertLess(note["got_first"] + note["got_count"], len(symbols) + 1)
        self.assertLess(note["veneer_first"] + note["veneer_count"], len(symbols) + 1)
        return elf, symbols, note

    def test_format(self):
        for flags in ([], ["-fpic"], ["-ffunction-sections", "-fdata-sections"], ["-mlong-calls"]):
            for code in (CODE, EXPORTING):
                for options in ([], ["--keep-sections"]):
                    self.check_format(self.pack(self.arm("f.o", code, *flags), *options)[0])
        for path in (self.build("x.o", CODE, "-fpic", "-O1"), self.build("y.o", CODE, "-fcommon", "-O1")):
            self.check_format(self.pack(path)[0])

    def test_merged_and_stripped(self):
        path = self.arm("merged.o", EXPORTING, "-ffunction-sections", "-fdata-sections", "-g")
        packed, done = self.pack(path)
        elf, symbols, note = self.check_format(packed)
        names = {s["name"] for s in elf.sections if s["flags"] & 2}
        self.assertEqual(names, {".text", ".rodata", ".exported_sym", ".data", ".init_array", ".bss"})
        # With .exported_sym, nothing else is exported, and only imports have names.
        self.assertEqual({s["name"] for s in symbols} - {""},
                         {"imported", "other", "shared", "perhaps"})
        self.assertTrue(all(s["section"] == 0 for s in symbols if s["name"]))
        self.assertEqual(note["version"], 2)
        self.assertEqual(note["flags"], 2)
        self.assertEqual(done["after"]["file_bytes"], len(elf.data))
        self.assertEqual(done["after"]["relocations"], note["relocations"])
        self.assertEqual(done["before"]["relocations"], note["relocations"] + done["resolved"])
        self.assertGreater(done["resolved"], 0)
        kept = Elf(self.pack(path, "--keep-sections")[0])
        self.assertIn(".text.function", {s["name"] for s in kept.sections})

    def test_exports_keep_their_names(self):
        elf, symbols, note = self.check_format(self.pack(self.arm("e.o"))[0])
        named = {s["name"] for s in symbols if s["section"] != 0 and s["name"]}
        self.assertEqual(named, {"function", "variable", "zeroes", "texts"})
        exports = {e["name"] for e in self.inspect(self.pack(self.arm("e.o"))[0])["exports"]}
        self.assertEqual(exports, named)
        types = {s["name"]: s["type"] for s in symbols if s["name"] in named}
        self.assertEqual(types, {"function": 2, "variable": 1, "zeroes": 1, "texts": 1}) # STT_FUNC, STT_OBJECT

    def test_exports_are_sorted(self):
        """Records come in the order of their names, whatever that of the source is."""
        names = ["open", "write", "close", "read_all", "read", "a", "z"]
        code = "#include <llext/symbol.h>\n" + "\n".join(
            f"int {name}(void) {{ return {number}; }} EXPORT_SYMBOL({name});"
            for number, name in enumerate(names))
        elf = Elf(self.pack(self.arm("order.o", code, "-ffunction-sections"))[0])
        records, strings = elf.bytes(elf.section(".exported_sym")), elf.section(".rodata")
        places = [word for word, _ in struct.iter_unpack("<II", records)]
        self.assertEqual([elf.string(strings["offset"] + place) for place in places], sorted(names))
        exports = {e["name"]: e for e in self.inspect(self.pack(self.arm("order.o", code))[0])["exports"]}
        self.assertEqual(set(exports), set(names))

    def test_ranges_of_the_note(self):
        """Those of the GOT and of veneers are exactly the symbols that want one."""
        _, symbols, note = self.check_format(self.pack(self.arm("g.o", CODE, "-fpic"))[0])
        got = range(note["got_first"], note["got_first"] + note["got_count"])
        veneers = range(note["veneer_first"], note["veneer_first"] + note["veneer_count"])
        self.assertIn("perhaps", {symbols[i]["name"] for i in got})
        self.assertIn("shared", {symbols[i]["name"] for i in got})
        self.assertEqual({symbols[i]["name"] for i in veneers}, {"imported", "other", "perhaps"})
        self.assertNotIn("shared", {symbols[i]["name"] for i in veneers})

    def test_same_input_same_bytes(self):
        path = self.arm("same.o", EXPORTING, "-g")
        first = self.read(self.pack(path)[0])
        os.rename(path, self.path("moved"))
        os.mkdir(self.path("elsewhere"))
        os.rename(self.path("moved"), self.path("elsewhere/same.o"))
        self.assertEqual(self.read(self.pack(self.path("elsewhere/same.o"))[0]), first)

    def test_readelf_has_no_complaint(self):
        for path in (self.arm("r.o"), self.build("r64.o", CODE)):
            done = subprocess.run(["readelf", "-aW", self.pack(path)[0]], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_pairs_come_in_order(self):
        """A LO12 in front of its HI20 comes behind it in the table; both keep their places."""
        path = self.build("pair.o", """
            extern int far; int f(void) { int r; __asm__ volatile("j 1f\\n2: lw %0, %%pcrel_lo(0f)(t0)\\n"
            "j 3f\\n0: 1: auipc t0, %%pcrel_hi(far)\\nlw %0, %%pcrel_lo(0b)(t0)\\nj 2b\\n3:" : "=r"(r) : : "t0");
            return r; }""", *RISCV, "-O1", compiler="riscv64-unknown-elf-gcc")
        elf, symbols, note = self.check_format(self.pack(path)[0])
        entries, addends = elf.crel(elf.section(".crel.text"))
        self.assertTrue(addends)
        self.assertEqual(note["highs"], 1)
        self.assertEqual([e[2] for e in entries], [23, 24, 24])
        high, later = entries[0], sorted(e[0] for e in entries[1:])
        self.assertLess(later[0], high[0])
        self.assertTrue(all(symbols[e[1]]["value"] == high[0] for e in entries[1:]))

    # ---- binding ----

    def firmware(self, name="fw.elf", code=FIRMWARE, *flags):
        return self.build(name, code, INCLUDE, *ARM, "-nostdlib", "-Wl,-e,_start", "-Wl,-T," + EXPORT_SCRIPT,
                          *flags, compiler=ARM_GCC, link=True)

    def check_bound(self, path, options, names):
        packed, done = self.pack(path, *options)
        _, symbols, note = self.check_format(packed)
        order = sorted(names)
        imports = {s["name"]: s["value"] for s in symbols[1:] if s["section"] == 0}
        for name, ordinal in imports.items():
            wanted = order.index(name) + 1 if name in order and name != "__cxa_atexit" else 0
            self.assertEqual(ordinal, wanted, name)
        self.assertEqual(note["fingerprint"], fingerprint(order))
        self.assertEqual(done["bound"], sum(1 for o in imports.values() if o))
        self.assertTrue(note["flags"] & 1)
        shown = self.inspect(packed)["packed"]
        self.assertEqual(shown["fingerprint"], f"{fingerprint(order):016x}")
        self.assertEqual(shown["bound_imports"], done["bound"])
        return imports, note

    def test_binding_to_a_firmware(self):
        names = ["imported", "shared", "z_last", "__cxa_atexit"]
        code = EXPORTING + "int __cxa_atexit(void); int g(void) { return __cxa_atexit(); }"
        imports, note = self.check_bound(self.arm("b.o", code), ["--bind", self.firmware()], names)
        self.assertEqual(imports["other"], 0)
        self.assertEqual(imports["__cxa_atexit"], 0) # the library's own
        self.assertEqual(note["flags"], 3) # "other" is to be looked up

    def test_binding_to_a_list(self):
        names = ["perhaps", "other", "imported", "shared", "a", "zz"]
        text = "# names\n" + "\n".join(names[:3]) + "  # more\n\n \t" + "\r\n".join(names[3:]) + "\n"
        path = self.arm("l.o", EXPORTING)
        imports, note = self.check_bound(path, ["--bind", self.write("names.txt", text)], names)
        self.assertTrue(all(imports.values()))
        self.assertEqual(note["flags"], 1) # no name is needed
        plain = self.path("l.plain")
        self.tenon("unpack", path + ".packed", "-o", plain)
        self.assertTrue(all(s["value"] == 0 for s in Elf(plain).symbols() if s["section"] == 0))

    def test_binding_to_what_is_no_list(self):
        """A source, an image, what is cut: each line would be taken for a name."""
        extension, out = self.build("bound.o", "int f(void) { return 1; }"), self.path("no_list.llext")
        for text in ("int f(void);\n", ":10010000214601360121470136007EFE09D2190140\n", b"\177EL", bytes(40)):
            said = self.refuse("pack", extension, "--bind", self.write("no_list", text), "-o", out)
            self.assertIn("neither an ELF file nor a list of names", said)
            self.assertFalse(os.path.exists(out))

    def test_binding_to_a_table_with_one_twice(self):
        """Two lists may export the same function; at two addresses it is ambiguous."""
        code = "void again(void) { EXPORT_SYMBOL(imported); }\n"
        names = ["imported", "imported", "shared", "z_last", "__cxa_atexit"]
        self.check_bound(self.arm("w.o", EXPORTING), ["--bind", self.firmware("again.elf", FIRMWARE + code)], names)
        code = "int second; void again(void) { EXPORT_SYMBOL_NAMED(second, imported); }\n"
        ambiguous = self.firmware("ambiguous.elf", FIRMWARE + code)
        self.assertIn("exports imported twice, at two addresses", self.pack(self.arm("w.o"), "--bind", ambiguous, code=1))

    def stripped(self, name, code, symbols):
        """A file of these symbols, in this order, and no others."""
        path = self.build(name, code, "-O2", "-fno-pic", "-fno-asynchronous-unwind-tables")
        subprocess.run(["strip", "--strip-unneeded", path], check=True)
        self.assertEqual([s["name"] for s in Elf(path).symbols()[1:]], symbols)
        return path

    def test_the_only_symbol_is_an_export(self):
        """Bound, or without imports as here, a file needs its names for what it exports."""
        path = self.stripped("one.o", "int one(void) { return 1; }", ["one"])
        bound = self.inspect(self.pack(path, "--bind", self.write("puts.txt", "puts\n"))[0])
        self.assertTrue(bound["packed"]["names_needed"])

    def test_the_first_symbol_is_an_import(self):
        code = '__asm__(".globl putchar"); int putchar(int); int two(void) { return putchar(65); }'
        path = self.stripped("two.o", code, ["putchar", "two"])
        out, done = self.pack(path, "--bind", self.write("putchar.txt", "putchar\nputs\n"))
        self.assertEqual((done["bound"], self.inspect(out)["packed"]["bound_imports"]), (1, 1))

    def test_what_cannot_be_bound_to(self):
        path = self.arm("n.o")
        twice = self.write("twice.txt", "a\nb\na\n")
        self.assertIn("has a twice", self.pack(path, "--bind", twice, code=1))
        empty = self.write("empty.txt", "# nothing\n")
        self.assertIn("exports nothing", self.pack(path, "--bind", empty, code=1))
        binary = self.write("binary.txt", b"a\0b\n")
        self.assertIn("neither", self.pack(path, "--bind", binary, code=1))
        other = self.build("host.elf", FIRMWARE.replace("int __cxa_atexit(void) { return 0; }", "")
                           .replace("EXPORT_SYMBOL(__cxa_atexit);", ""), INCLUDE, "-nostartfiles", "-no-pie",
                           "-fno-pie", "-Wl,-T," + EXPORT_SCRIPT, link=True)
        self.assertIn("for another machine", self.pack(path, "--bind", other, code=1))
        # As many bits, but another machine all the same.
        wide = self.build("wide.o", "int f(void) { return 1; }", compiler="aarch64-linux-gnu-gcc")
        self.assertIn("for another machine", self.pack(wide, "--bind", other, code=1))
        script = self.read(EXPORT_SCRIPT).decode()
        unsorted = self.write("unsorted.ld", script.replace("SORT_BY_NAME(.llext_export.*)", ".llext_export.*"))
        self.assertNotEqual(script, self.read(unsorted).decode())
        code = FIRMWARE.replace("EXPORT_SYMBOL(imported);", "") + "EXPORT_SYMBOL(imported);"
        other = self.build("unsorted.elf", code, INCLUDE, *ARM, "-nostdlib", "-Wl,-e,_start", "-Wl,-T," + unsorted,
                           compiler=ARM_GCC, link=True)
        self.assertIn("not in order of name", self.pack(path, "--bind", other, code=1))
        self.assertIn("No such file", self.pack(path, "--bind", self.path("missing"), code=1))

    # ---- debug files ----

    def test_debug_link_and_build_id(self):
        path = self.arm("d.o", CODE, "-g")
        packed, _ = self.pack(path)
        elf, data = Elf(packed), self.read(path)
        link = elf.bytes(elf.section(".gnu_debuglink"))
        self.assertEqual(link, b"d.o\0" + struct.pack("<I", zlib.crc32(data)))
        note = elf.bytes(elf.section(".note.gnu.build-id"))
        self.assertEqual(note, struct.pack("<III", 4, 20, 3) + b"GNU\0" + hashlib.sha1(data).digest())
        shown = self.inspect(packed)
        self.assertEqual(shown["debug_file"], "d.o")
        self.assertEqual(shown["build_id"], hashlib.sha1(data).hexdigest())
        other = self.write("other.debug", b"12345")
        elf = Elf(self.pack(path, "--debug-file", other)[0])
        link = elf.bytes(elf.section(".gnu_debuglink"))
        self.assertEqual(link, b"other.debug\0" + struct.pack("<I", zlib.crc32(b"12345")))
        # What the input has stays.
        linked = self.path("linked.o")
        subprocess.run(["arm-none-eabi-objcopy", "--add-gnu-debuglink=" + path, path, linked], check=True)
        elf = Elf(self.pack(linked)[0])
        self.assertEqual(elf.bytes(elf.section(".gnu_debuglink"))[:4], b"d.o\0")
        elf = Elf(self.pack(self.pack_shared("id.so", "-Wl,--build-id=0x123456"))[0])
        self.assertEqual(elf.bytes(elf.section(".note.gnu.build-id"))[16:], b"\x12\x34\x56")

    # ---- relaxation: what it does is shown by tests/riscv/relax.py ----

    def riscv(self, name, *flags, code=CODE):
        return self.build(name, code, *RISCV, "-Os", "-ffreestanding", *flags, compiler="riscv64-unknown-elf-gcc")

    def test_relaxed(self):
        path = self.riscv("relaxed.o")
        plain, without = self.pack(path)
        self.assertIsNone(without["relaxation"])
        before = Elf(plain).section(".text")["size"]
        packed, done = self.pack(path, "--relax")
        elf, _, _ = self.check_format(packed)
        self.assertIsNone(done["relaxation"]["nothing_because"])
        # One call stays inside; imported(), other() and perhaps() are the firmware's.
        self.assertEqual([done["relaxation"][k] for k in ("calls", "jal", "compressed")], [4, 0, 1])
        self.assertEqual(before - elf.section(".text")["size"], done["relaxation"]["bytes"])
        self.assertEqual(done["relaxation"]["bytes"], 6)
        shown = self.tenon("pack", path, "-o", packed, "--relax").stdout
        self.assertRegex(shown, r"long calls +4 +3 +0 made jal, 1 c\.j or c\.jal: 6 bytes less")
        self.assertNotIn("long calls", self.tenon("pack", path, "-o", packed).stdout)

    def test_relaxed_file_names_no_debug_file(self):
        path = self.riscv("moved.o", "-g")
        self.assertIsNone(Elf(self.pack(path, "--relax")[0]).section(".gnu_debuglink"))
        elf = Elf(self.pack(path, "--relax", "--debug-file", path)[0])
        self.assertEqual(elf.bytes(elf.section(".gnu_debuglink"))[:8], b"moved.o\0")
        self.assertIsNotNone(elf.section(".note.gnu.build-id"))

    def test_nothing_to_relax(self):
        """The output is what it is without the option, and the summary says why."""
        shared = self.path("n32.so")
        subprocess.run(["ld.lld", "-shared", "-z", "separate-loadable-segments", "-o", shared,
                        self.riscv("shared.o", "-fpic", code="int f(void) { return 1; }")], check=True)
        for path, why in (
            (self.arm("n.o"), "only RISC-V"),
            (self.riscv("n32.o", "-mno-relax"), "R_RISCV_RELAX"),
            (self.build("n.so", CODE, "-fpic", "-shared", "-nostdlib", link=True), "only RISC-V"),
            (shared, "shared object"),
        ):  # fmt: skip
            same = self.read(self.pack(path)[0])
            packed, done = self.pack(path, "--relax")
            self.assertEqual(self.read(packed), same)
            self.assertIn(why, done["relaxation"]["nothing_because"])
            self.assertEqual(done["relaxation"]["bytes"], 0)
            shown = self.tenon("pack", path, "-o", packed, "--relax").stdout
            self.assertRegex(shown, r"long calls +nothing to relax: .*" + why)

    # ---- and back ----

    def test_there_and_back_loads_and_runs(self):
        code = """
            #include <string.h>
            int table[3] = {1, 2, 3}; static const char *const names[] = {"zero", "one", "two"};
            static int twice(int x) { return 2 * x; } int (*const pointers[])(int) = {twice};
            int run(int x) { return pointers[0](table[x]) + (int)strlen(names[x]); }"""
        for flags in (["-fpic"], ["-fno-pic"], ["-fpic", "-ffunction-sections", "-fcommon"]):
            path = self.build("run.o", code, "-O0", *flags)
            packed, _ = self.pack(path)
            plain = self.path("run.plain")
            self.tenon("unpack", packed, "-o", plain)
            for file in (path, plain):
                self.assertIn("= 9", self.tenon("run", file, "--call", "run", "2").stdout)
            again, _ = self.pack(plain)
            loaded = [[(s["name"], Elf(f).bytes(s)) for s in Elf(f).sections if s["flags"] & 2 and s["type"] == 1]
                      for f in (packed, again)]
            self.assertEqual(loaded[0], loaded[1])

    def test_inspect_shows_the_same(self):
        path = self.arm("i.o", EXPORTING, "-fpic")
        plain, packed = self.inspect(path), self.inspect(self.pack(path)[0])
        self.assertIsNone(plain["packed"])
        for key in ("memory", "regions", "exports", "imports"):
            if key == "memory":
                for name in ("instruction_heap_bytes", "data_heap_bytes", "veneers", "got_slots"):
                    self.assertEqual(plain[key][name], packed[key][name])
            elif key == "exports":
                self.assertEqual([e["name"] for e in plain[key]], [e["name"] for e in packed[key]])
            elif key == "imports":
                self.assertEqual({e["name"] for e in plain[key]}, {e["name"] for e in packed[key]})
            else:
                self.assertEqual(plain[key], packed[key])
        self.assertGreater(packed["packed"]["relocation_bytes"], 0)
        self.assertEqual(packed["packed"]["relocations"], sum(r["count"] for r in packed["relocations"]))
        text = self.tenon("inspect", self.pack(path)[0]).stdout
        self.assertIn("Packed (version 2)", text)
        self.assertIn("R_ARM_GOT_BREL", text)

    # ---- shared objects ----

    def pack_shared(self, name, *flags):
        code = """
            static int a = 1, b = 2, c = 3; int *const near[] = {&a, &b, &c}; int big[500];
            int *pointers[200] = {&a, &b, &c, [77] = &b, [190] = &c};
            int run(int x) { int s = 0; for (int i = 0; i < 200; i++) if (pointers[i]) s += *pointers[i];
                return s * x + *near[2] + big[x]; }"""
        return self.build(name, code, "-shared", "-fpic", "-O1", "-nostdlib", "-g", *flags, link=True)

    def test_shared_object(self):
        path = self.pack_shared("s.so")
        before = Elf(path)
        data, table = bytearray(before.data), before.section(".rela.dyn")
        for at in range(table["offset"], table["offset"] + table["size"], 24):
            place, kind, _ = struct.unpack_from("<QQQ", data, at)
            home = next(s for s in before.sections if s["addr"] <= place < s["addr"] + s["size"])
            if kind == 8: # the addend is in the table; what is in the place does not count
                place += home["offset"] - home["addr"]
                data[place : place + 8] = b"\x55" * 8
        path = self.write("s.so", bytes(data))
        packed, done = self.pack(path)
        elf = Elf(packed)
        self.assertEqual(done["relr"], 3 + 5)
        self.assertLess(len(elf.data), len(before.data))
        self.assertIsNone(elf.section(".symtab"))
        self.assertIsNone(elf.section(".debug_info"))
        relr = elf.section(".relr.dyn")
        self.assertEqual((relr["type"], relr["flags"], relr["entry"]), (SHT["relr"], 2, 8))
        relative = sum(1 for at in range(0, elf.section(".rela.dyn")["size"], 24)
                       if elf.bytes(elf.section(".rela.dyn"))[at + 8] == 8)
        self.assertEqual(relative, 0)
        for file in (path, packed):
            self.assertIn("= 14", self.tenon("run", file, "--call", "run", "1").stdout)
            # Another dynamic linker's word on it.
            self.assertEqual(ctypes.CDLL(file).run(1), 14)
        done = subprocess.run(["readelf", "-aW", packed], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_shared_objects_of_other_machines(self):
        # No call of an import: LLD's stubs for Arm are none of a Cortex-M's.
        code = "static int a = 1; int *p[100] = {&a, [3] = &a, [99] = &a}; extern int f; int g(int x) { return f + *p[x]; }"
        for target, relr in (("aarch64-none-elf", True), ("riscv64-unknown-elf", True), ("arm-none-eabi -mthumb -mcpu=cortex-m4", True)):
            source = self.build("t.o", code, "-fpic", "-O1", compiler="clang --target=" + target)
            path = self.path("t.so")
            subprocess.run(["ld.lld", "-shared", "-z", "separate-loadable-segments", "-o", path, source], check=True)
            packed, done = self.pack(path)
            self.assertTrue(self.inspect(packed)["loads"])
            kept = {r["name"]: r["count"] for r in self.inspect(packed)["relocations"]}
            if done["relr"]:
                self.assertEqual(kept["RELR"], 3)
            else: # no room in the dynamic section to say so: nothing changes
                self.assertNotIn("RELR", kept)
                self.assertTrue(any(n.endswith("RELATIVE") for n in kept), kept)

    def test_float_convention(self):
        """The header says what the build attributes say, for a device that reads no attributes."""
        code = "float half(float x) { return x / 2; }"
        for abi, flag in (("soft", 0x200), ("hard", 0x400)):
            path = self.build("float.o", code, "-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16",
                              "-mfloat-abi=" + abi, "-O1", compiler=ARM_GCC)
            with open(self.pack(path)[0], "rb") as file:
                flags = struct.unpack_from("<I", file.read(), 36)[0]
            self.assertEqual(flags, 0x5000000 | flag)

    # ---- what is refused ----

    def test_refusals(self):
        path = self.arm("q.o")
        packed, _ = self.pack(path)
        out = self.path("not.written")
        self.assertIn("is packed already", self.refuse("pack", packed, "-o", out))
        fixed = self.path("fixed.elf")
        subprocess.run(["arm-none-eabi-ld", "-e", "0", "--unresolved-symbols=ignore-all", path, "-o", fixed],
                       check=True, stderr=subprocess.DEVNULL)
        self.assertIn("is an executable", self.refuse("pack", fixed, "-o", out))
        self.assertIn("is not a packed file", self.refuse("unpack", path, "-o", out))
        self.assertIn("not an ELF file", self.refuse("pack", self.write("text", "hello"), "-o", out))
        self.assertIn("No such file", self.refuse("pack", path, "-o", self.path("no/such/folder")))
        self.assertIn("No such file", self.refuse("pack", path, "-o", out, "--debug-file", self.path("gone")))
        self.assertIn("No such file", self.refuse("unpack", self.path("gone"), "-o", out))
        tls = self.build("tls.o", "__thread int t; int f(void) { return t; }", *ARM, "-fpic",
                         compiler=ARM_GCC)
        self.assertIn("thread-local", self.refuse("pack", tls, "-o", out))
        self.assertFalse(os.path.exists(out))
        for args in (["pack", path], ["pack", "-o", out], ["pack", path, path, "-o", out], ["unpack", packed],
                     ["pack", path, "-o", out, "--nothing"], ["pack", path, "-o"],
                     ["unpack", packed, "-o", out, "--bind", "x"], ["pack", path, "-o", out, "--heap-at", "x"]):
            self.assertIn("Try 'tenon", self.tenon(*args, code=2).stderr)
        if os.path.exists("/dev/full"):
            self.assertIn("No space", self.refuse("pack", path, "-o", "/dev/full"))
            self.assertTrue(os.path.exists("/dev/full")) # a device is not removed

    def test_overlapping_relocations(self):
        path = self.build("o.o", "extern int a; long x[3] = {(long)&a, (long)&a};", "-fno-pic")
        elf = Elf(path)
        table = elf.section(".rela.data")
        data = bytearray(elf.data)
        data[table["offset"] + 24] = 4 # inside the first one's word
        self.assertIn("overlap", self.refuse("pack", self.write("o.bad", bytes(data)), "-o", self.path("never")))
        bad = self.write("o2.bad", bytes(data).replace(b".data\0", b".d\x1b[m\0"))
        self.assertIn("relocations of .d\\x1b[m overlap", self.refuse("pack", bad, "--keep-sections", "-o", self.path("never")))

    def test_function_without_code(self):
        """It is no export: whoever called it would run what lies behind."""
        path = self.build("z.s.o", """__asm__(".text\\n.globl some\\nsome: .space 8\\n"
            ".section .text.z, \\"ax\\"\\n.globl none\\n.type none, %function\\n.thumb_func\\nnone:\\n"
            ".section .text.zz, \\"ax\\"\\n.space 8\\n");""", *ARM, compiler=ARM_GCC)
        for options in (), ("--keep-sections",):
            packed = self.pack(path, *options)[0]
            self.check_format(packed)
            names = [export["name"] for export in self.inspect(packed)["exports"]]
            self.assertEqual(names, ["some"])

    def test_malformed_packed_files(self):
        path, _ = self.pack(self.arm("m.o"), "--format", "1")
        elf = Elf(path)
        table = elf.section(".crel.text")

        def spoil(at, value):
            data = bytearray(elf.data)
            data[at : at + len(value)] = value
            return self.refuse("unpack", self.write("spoilt", bytes(data)), "-o", self.path("never"))

        self.assertIn("does not hold compact relocations", spoil(table["offset"], b"\xff\xff\x7f"))
        self.assertIn("not a packed file of a version up to 2", spoil(elf.section(".note.llext")["offset"] + 20, b"\3"))
        header, text = elf.headers + elf.section(".text")["index"] * 40, elf.section(".text")
        self.assertIn("overlaps", spoil(header + 20, struct.pack("<I", len(elf.data) - text["offset"])))
        self.assertIn("does not lie inside", spoil(header + 20, struct.pack("<I", 0x7FFFFFFF)))

    def test_links_of_packed_files(self):
        """Only what names a section in sh_info has a new number when it is unpacked."""
        path, _ = self.pack(self.arm("m.o"))
        elf, out = Elf(path), self.path("links.o")
        data = bytearray(elf.data)
        struct.pack_into("<I", data, elf.headers + elf.section(".text")["index"] * 40 + 28, 3)
        self.tenon("unpack", self.write("links", bytes(data)), "-o", out)
        unpacked = Elf(out)
        self.assertEqual(unpacked.section(".text")["info"], 3)
        table = unpacked.section(".rel.text")
        self.assertEqual((table["type"], unpacked.sections[table["info"]]["name"]), (SHT["rel"], ".text"))


if __name__ == "__main__":
    assert TENON
    unittest.main()
