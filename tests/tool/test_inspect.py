# SPDX-License-Identifier: Apache-2.0
"""tenon inspect on x86-64 files: each part of the page, and of the JSON object."""

import json
import os
import re
import shutil
import subprocess
import unittest

from support import INCLUDE, ToolTest

CODE = r"""
#include <llext/symbol.h>
int imported(int); extern int shared; __attribute__((weak)) int perhaps(void);
int function(int x) { return imported(x) + shared + (perhaps ? perhaps() : 0); }
int variable = 5, zeroes[1000];
const int table[32] = {1, 2, 3};
static void __attribute__((constructor)) up(void) { zeroes[0] = 1; }
EXPORT_SYMBOL(function);
EXPORT_SYMBOL(variable);
EXPORT_SYMBOL_NAMED(table, other_name);
"""

SECTIONS = re.compile(r"^\s+\[ *(\d+)\] (\S+)\s+(\S+)\s+\w+ \w+ (\w+) \w+ +(\w*) ", re.M)


class Inspect(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.build("code.o", CODE, INCLUDE, "-DLL_EXTENSION_BUILD", "-O1", "-fno-pic")

    def test_head(self):
        found = self.inspect(self.file)
        self.assertEqual(found["type"], "relocatable file")
        self.assertEqual((found["machine"], found["class"], found["flags"]), ("x86-64", 64, 0))
        self.assertEqual(found["file_bytes"], os.path.getsize(self.file))
        self.assertTrue(found["loads"])
        self.assertIsNone(found["error"])

    def test_regions_hold_the_sections(self):
        """Sizes as readelf gives them, per kind of section."""
        listing = subprocess.run(["readelf", "-SW", self.file], stdout=subprocess.PIPE, text=True)
        sums = {}
        for _, name, kind, size, flags in SECTIONS.findall(listing.stdout):
            if "A" not in flags:
                continue
            region = ("text" if "X" in flags else "bss" if kind == "NOBITS" else
                      "init_array" if kind == "INIT_ARRAY" else
                      "exports" if name == ".exported_sym" else
                      "data" if "W" in flags else "rodata")
            sums[region] = sums.get(region, 0) + int(size, 16)
        regions = {r["name"]: r["bytes"] for r in self.inspect(self.file)["regions"]}
        self.assertEqual(set(regions), {r for r, size in sums.items() if size})
        for region, size in regions.items():
            self.assertGreaterEqual(size, sums[region])
            self.assertLess(size, sums[region] + 64)
        self.assertGreaterEqual(regions["bss"], 4000)

    def test_memory(self):
        found = self.inspect(self.file)
        memory = found["memory"]
        sizes = {r["name"]: r["bytes"] for r in found["regions"]}
        self.assertGreaterEqual(memory["instruction_heap_bytes"], sizes["text"])
        self.assertGreaterEqual(memory["data_heap_bytes"],
                                sum(sizes.values()) - sizes["text"])
        self.assertGreaterEqual(memory["transient_bytes"], memory["transient_bytes_from_memory"])
        self.assertGreater(memory["table_bytes"], 0)

    def test_exports(self):
        exports = {e["name"]: e for e in self.inspect(self.file)["exports"]}
        self.assertEqual(set(exports), {"function", "variable", "other_name"})
        self.assertEqual((exports["function"]["type"], exports["function"]["section"]),
                         ("function", ".text"))
        self.assertEqual((exports["variable"]["type"], exports["variable"]["size"],
                          exports["variable"]["section"]), ("object", 4, ".data"))
        self.assertEqual((exports["other_name"]["size"], exports["other_name"]["section"]),
                         (128, ".rodata"))
        listing = subprocess.run(["nm", "-S", self.file], stdout=subprocess.PIPE, text=True).stdout
        value, size = re.search(r"(?m)^(\w+) (\w+) T function$", listing).groups()
        self.assertEqual(exports["function"]["offset"], int(value, 16))
        self.assertEqual(exports["function"]["size"], int(size, 16))

    def test_imports(self):
        imports = {i["name"]: i["weak"] for i in self.inspect(self.file)["imports"]}
        self.assertEqual(imports, {"imported": False, "shared": False, "perhaps": True})

    def test_relocations_as_readelf_counts_them(self):
        listing = subprocess.run(["readelf", "-rW", self.file], stdout=subprocess.PIPE, text=True)
        expected = {}
        for name in re.findall(r"\b(R_X86_64_\w+)", listing.stdout):
            expected[name] = expected.get(name, 0) + 1
        found = self.inspect(self.file)["relocations"]
        self.assertEqual({r["name"]: r["count"] for r in found}, expected)
        self.assertTrue(all(r["supported"] for r in found))
        counts = [r["count"] for r in found]
        self.assertEqual(counts, sorted(counts, reverse=True))

    def test_debug_relocations_are_apart(self):
        path = self.build("debug.o", CODE, INCLUDE, "-DLL_EXTENSION_BUILD", "-O1", "-fno-pic", "-g")
        found, plain = self.inspect(path), self.inspect(self.file)
        self.assertEqual(found["relocations"], plain["relocations"])
        self.assertGreater(found["relocations_elsewhere"], 10)
        self.assertEqual(plain["relocations_elsewhere"], 0)

    def test_relr_is_counted(self):
        path = self.build("relr.so", "int v[3]; int *p[] = {v, v + 1, v + 2, v};", "-shared",
                          "-fpic", "-nostdlib", "-Wl,-z,pack-relative-relocs", "-Wl,-Bsymbolic",
                          "-fuse-ld=lld", "-Wl,--pack-dyn-relocs=relr", compiler="clang", link=True)
        found = {r["name"]: r["count"] for r in self.inspect(path)["relocations"]}
        self.assertEqual(found["RELR"], 4)

    def test_veneers_and_got_depend_on_addresses(self):
        near = self.inspect(self.file, "--firmware-at", "0x400000", "--heap-at", "0x40000000")
        far = self.inspect(self.file, "--firmware-at", "0x7f0000000000", code=1)
        self.assertEqual(near["memory"]["veneers"], 0)
        self.assertEqual(far["memory"]["veneers"], 2)  # imported, perhaps
        self.assertEqual(far["memory"]["veneer_bytes"], 32)
        self.assertEqual(far["assumed"]["firmware_at"], 0x7f0000000000)
        # shared is a variable, which no veneer can reach
        self.assertFalse(far["loads"])
        self.assertEqual((far["error"]["symbol"], far["error"]["stage"]), ("shared", "relocate"))
        pic = self.build("pic.o", CODE, INCLUDE, "-DLL_EXTENSION_BUILD", "-O1", "-fpic")
        far = self.inspect(pic, "--firmware-at", "0x7f0000000000")
        self.assertTrue(far["loads"])
        self.assertGreaterEqual(far["memory"]["got_slots"], 2)
        self.assertEqual(far["memory"]["got_bytes"], 8 * far["memory"]["got_slots"])

    def test_heaps_apart(self):
        found = self.inspect(self.file, "--heap-at", "0x20000000", "--instr-heap-at", "0x10000000",
                             "--heap", "64K")
        self.assertEqual(found["assumed"], {"firmware_at": 0x400000, "heap_at": 0x20000000,
                                            "heap_bytes": 65536, "instr_heap_at": 0x10000000})
        place = {e["name"]: e["address"] for e in found["exports"]}
        self.assertTrue(0x10000000 <= place["function"] < 0x10010000)
        self.assertTrue(0x20000000 <= place["variable"] < 0x20010000)
        found = self.inspect(self.file, "--heap", "4K", code=1)
        self.assertEqual(found["error"]["errno"], 12)

    def test_large_file_gets_a_large_heap(self):
        path = self.build("large.o", "char large[9 << 20]; char f(int i) { return large[i]; }")
        found = self.inspect(path)
        self.assertEqual(found["assumed"]["heap_bytes"], 16 << 20)

    def test_cpp_names(self):
        path = self.build("names.o", "#include <new>\nnamespace app { struct Filter { virtual int run"
                          "(float *, unsigned); }; int Filter::run(float *, unsigned) { return 1; }"
                          "void *make() { return new Filter; } }", compiler="g++")
        found = self.inspect(path)
        exports = {e["demangled"]: e for e in found["exports"]}
        self.assertIn("app::Filter::run(float*, unsigned int)", exports)
        self.assertIn("vtable for app::Filter", exports)
        self.assertIn("operator new(unsigned long)", [i["demangled"] for i in found["imports"]])
        self.assertIn("app::make()", self.tenon("inspect", path).stdout)

    def test_rust_names(self):
        """Of either way to mangle; the older one has a hash, which says nothing."""
        names = {"_RNvNtCsgEmfK2I1SDS_4core9panicking18panic_bounds_check": "core::panicking::panic_bounds_check",
                 "_ZN4core9panicking5panic17h0123456789abcdefE": "core::panicking::panic",
                 "_Rubbish": None}
        path = self.write("rust.s", "\t.globl f\nf:\n" + "".join(f"\t.quad {name}\n" for name in names))
        subprocess.run(["as", path, "-o", self.path("rust.o")], check=True)
        found = {i["name"]: i["demangled"] for i in self.inspect(self.path("rust.o"))["imports"]}
        self.assertEqual(found, names)
        self.assertIn("core::panicking::panic_bounds_check", self.tenon("run", self.path("rust.o"), code=1).stderr)

    def test_build_id_and_debug_link(self):
        path = self.build("id.so", "int f(void) { return 1; }", "-shared", "-fpic", "-nostdlib",
                          "-g", "-Wl,--build-id=0x0123456789abcdef", link=True)
        self.assertEqual(self.inspect(path)["build_id"], "0123456789abcdef")
        subprocess.run(["objcopy", "--only-keep-debug", path, path + ".debug"], check=True)
        subprocess.run(["objcopy", "--add-gnu-debuglink=" + path + ".debug", path], check=True)
        self.assertEqual(self.inspect(path)["debug_file"], "id.so.debug")
        self.assertIsNone(self.inspect(self.file)["build_id"])
        self.assertIsNone(self.inspect(self.file)["debug_file"])

    def test_malformed_build_id_and_debug_link(self):
        path = self.build("id2.so", "int f(void) { return 1; }", "-shared", "-fpic", "-nostdlib",
                          "-Wl,--build-id=0x0123456789abcdef", link=True)
        link = self.write("link", "abcdefg\0\1\2\3\4")
        subprocess.run(["objcopy", "--add-section", ".gnu_debuglink=" + link, path], check=True)
        data = self.read(path)
        note = (4).to_bytes(4, "little") + (8).to_bytes(4, "little") + (3).to_bytes(4, "little")
        self.assertIn(note, data)
        self.assertEqual(self.inspect(path)["debug_file"], "abcdefg")
        bad = data.replace(note, note[:4] + (60).to_bytes(4, "little") + note[8:])
        bad = bad.replace(b"abcdefg\0\1\2\3\4", b"abcdefghijkl")
        found = self.inspect(self.write("bad.so", bad))
        self.assertEqual((found["build_id"], found["debug_file"]), (None, None))

    def test_exports_of_a_shared_object(self):
        path = self.build("lib.so", "int second(int x) { return x * 5 + 1; } int data[7] = {1};"
                          "static int hidden(void) { return 1; } int first(void) { return hidden(); }",
                          "-shared", "-fpic", "-nostdlib", link=True)
        listing = subprocess.run(["nm", "-S", path], stdout=subprocess.PIPE, text=True).stdout
        symbols = {name: (int(value, 16), int(size, 16)) for value, size, name in
                   re.findall(r"(?m)^(\w+) (\w+) [TD] (\w+)$", listing)}
        exports = {e["name"]: e for e in self.inspect(path)["exports"]}
        self.assertEqual(set(exports), {"first", "second", "data"})
        for name, entry in exports.items():
            self.assertEqual(entry["size"], symbols[name][1])
            self.assertEqual(entry["type"], "object" if name == "data" else "function")
        self.assertEqual(exports["first"]["address"] - exports["second"]["address"],
                         symbols["first"][0] - symbols["second"][0])

    def test_page(self):
        page = self.tenon("inspect", self.file).stdout
        for line in (r"  type +relocatable file", r"  machine +x86-64", r"  loads +yes",
                     r"Memory", r"  text +\d+ +\d+", r"  bss +\d+ +\d+", r"Exports \(3\)",
                     r"  function +\d+  function +at \.text \+ 0x\w+", r"Imports \(3\)",
                     r"  perhaps  weak: may be missing", r"Relocations \(\d+\)",
                     r"  R_X86_64_64 +7  S \+ A",
                     r"  assuming the firmware near 0x400000, a heap of \d+ bytes at 0x40000000"):
            self.assertRegex(page, r"(?m)^" + line)

    def test_what_does_not_load(self):
        big = self.build("big.o", "__thread int mine[100000]; int f(void) { return ++mine[9]; }",
                         "-fno-pic")
        found = self.inspect(big, code=1)
        self.assertFalse(found["loads"])
        self.assertEqual(found["error"]["section"], ".tbss")
        self.assertEqual(found["error"]["stage"], "place")
        page = self.tenon("inspect", big, code=1).stdout
        self.assertRegex(page, r"loads +no: place: the threads have no room")

    def test_thread_local(self):
        path = self.build("tls.o", "extern __thread int theirs; __thread int mine = 1;"
                          "int f(void) { return mine + theirs; }", "-fno-pic")
        found = self.inspect(path)
        self.assertTrue(found["loads"])
        self.assertEqual([i["name"] for i in found["imports"]], ["theirs"])
        self.assertEqual({r["supported"] for r in found["relocations"]}, {True})
        self.assertIn("mine.tls", {e["name"] for e in found["exports"]})

    def test_map(self):
        """The parts are all that the heaps give, and the bars are to scale."""
        code = """int a[300] = {1}; char b[1000]; const char s[] = "hello"; extern int out(int);
                  int f(int i) { return out(a[i]) + b[i] + s[i]; }"""
        compilers = [("gcc", None, "")]
        if shutil.which("arm-none-eabi-gcc"):
            compilers.append(("arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb", "PMSAv7", "veneers"))
            compilers.append(("arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb", "PMSAv8", "veneers"))
        for compiler, unit, veneers in compilers:
            path = self.build("map.o", code, "-O1", compiler=compiler)
            found = self.inspect(path)
            memory = found["memory"]
            self.assertEqual(found["protection"], unit)
            instr, data = found["map"]
            for heap, wanted in ((instr, memory["instruction_heap_bytes"]),
                                 (data, memory["data_heap_bytes"] + memory["table_bytes"])):
                self.assertEqual(heap["bytes"], wanted)
                self.assertEqual(sum(part["bytes"] for part in heap["parts"]), wanted)
            if unit == "PMSAv7": # a power of two, or eighths of one
                self.assertEqual(instr["bytes"] + instr["lost_to_protection_bytes"],
                                 max(32, 1 << (instr["bytes"] - 1).bit_length()))
            if unit == "PMSAv8":
                self.assertEqual((instr["bytes"] + instr["lost_to_protection_bytes"]) % 32, 0)
            for width in (60, 100):
                lines = self.tenon("inspect", "--map", path, env={"COLUMNS": str(width)}).stdout.splitlines()
                self.assertLessEqual(max(map(len, lines)), width)
                bars = [line for line in lines if line.startswith("  |")]
                self.assertEqual(len(bars), 2)
                total = data["bytes"] + data["lost_to_protection_bytes"]
                self.assertAlmostEqual(bars[1].count("z"), 1000 * (width - 4) / total, delta=2)
                self.assertIn(f"    z {'bss':20} {1000:10}", lines)
                self.assertTrue(veneers in "\n".join(lines))

    def test_what_cannot_be_read(self):
        big = bytearray(self.read(self.file))
        big[5] = 2  # ELFDATA2MSB
        alien = bytearray(self.read(self.file))
        alien[18:20] = (8).to_bytes(2, "little")  # EM_MIPS
        unknown = bytearray(alien)
        unknown[18:20] = (0x1234).to_bytes(2, "little")
        for path, said in ((self.path("none.o"), "No such file"), (self.folder, "Is a directory"),
                           (self.write("empty.o", b""), "not an ELF file"),
                           (self.write("text.o", "text"), "not an ELF file"),
                           (self.write("short.o", b"\177ELF\2\1\1"), "malformed"),
                           (self.write("big.o", bytes(big)), "big-endian"),
                           (self.write("alien.o", bytes(alien)), "for MIPS, 64-bit"),
                           (self.write("unknown.o", bytes(unknown)), "e_machine 4660")):
            for args in ([], ["--json"]):
                done = self.tenon("inspect", path, *args, code=1)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stdout != "", args != [])
                if args:
                    self.assertIn(said, json.loads(done.stdout)["errors"][0]["text"])

    def test_hostile_names_are_made_printable(self):
        data = self.read(self.build("names2.o", "int imported_a(void); int f(void)"
                                    "{ return imported_a(); }"))
        bad = data.replace(b"imported_a", b"i\033[2J\xff\n\xe2\x80\xae")
        self.assertNotEqual(data, bad)
        path = self.write("bad.o", bad[:len(data)])
        shown = "i\\x1b[2J\\xff\\x0a\\xe2\\x80\\xae"
        self.assertIn(shown, self.tenon("inspect", path).stdout)
        self.assertEqual(self.inspect(path)["imports"][0]["name"], shown)

    def test_sizes_of_thumb_functions(self):
        """The address of one has a bit that is not part of its place."""
        path = self.build("thumb.o", "int f(int x) { return x * 3; } int v = 3;",
                          compiler="arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb")
        sizes = subprocess.run(["arm-none-eabi-nm", "-S", path], check=True, capture_output=True, text=True).stdout
        found = {entry["name"]: (entry["size"], entry["offset"]) for entry in self.inspect(path)["exports"]}
        self.assertEqual(found, {line.split()[3]: (int(line.split()[1], 16), 0) for line in sizes.splitlines()})

    def test_wide_lines(self):
        """In a terminal no line is wider than that, where no word is; nothing is lost. Elsewhere a line is a line."""
        path = self.build("wide.o", "int far(int); int f(int x) { return far(x); } int (*t[300])(int) = {far};",
                          compiler="arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb")
        whole = self.tenon("inspect", path).stdout
        self.assertGreater(max(map(len, whole.splitlines())), 80)
        for width in (60, 80, 40, 1):
            text = self.tenon("inspect", path, env={"COLUMNS": str(width)}).stdout
            self.assertEqual(text.split(), whole.split())
            if width >= 40:
                self.assertEqual([line for line in text.splitlines()[1:] if len(line) > width], [])
        self.assertRegex(self.tenon("inspect", path, env={"COLUMNS": "60"}).stdout,
                         r"\n  tables +\d+ {9}beside these, for the\n {38}loader's tables\n")


if __name__ == "__main__":
    unittest.main()
