# SPDX-License-Identifier: Apache-2.0
"""What compilers and linkers make, run by the command: here and on every kind of board, plain and packed."""
import os
import subprocess
import sys
import tempfile
import unittest

TENON = os.environ["TENON"]
M4 = "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb"
M0 = "arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb"
A64 = "aarch64-linux-gnu-gcc"
RV32 = "riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32"
RV64 = "riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d -mcmodel=medany"
XTENSA = "xtensa-lx106-elf-gcc"
COMPILERS = ["gcc", M4, M0, A64, RV32, RV64, XTENSA]
CLANG = ["clang", "clang --target=thumbv7em-none-eabi", "clang --target=riscv32-none-elf -march=rv32imac",
         "clang --target=aarch64-none-elf"]


class ValidTest(unittest.TestCase):
    """A folder of its own for each test, and the calls that every test makes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tenon-valid-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def do(self, command, **options):
        command = command.split() if isinstance(command, str) else command
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, **options)
        self.assertEqual(done.returncode, 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w" if isinstance(text, str) else "wb") as file:
            file.write(text)
        return name

    def call(self, files, *calls):
        """What the calls print; each call is "FUNCTION ARGUMENT..."."""
        command = [TENON, "run", *files.split()]
        for one in calls:
            command += ["--call", *one.split()]
        return self.do(command).splitlines()

    def expect(self, files, results, pack=True):
        """Calls and what they return, of the files and of what pack makes of the last one."""
        wanted = [f"{c.split()[0]}({', '.join(c.split()[1:])}) = {r}" for c, r in results.items()]
        self.assertEqual(self.call(files, *results), wanted)
        if not pack:
            return
        *others, last = files.split()
        self.do([TENON, "pack", last, "-o", "packed.llext"])
        self.assertEqual(self.call(" ".join([*others, "packed.llext"]), *results), wanted, "packed")

    def each(self, source, results, compilers=None, flags="-O1"):
        """The same of each compiler."""
        self.write("each.c", source)
        for number, compiler in enumerate(compilers or COMPILERS):
            with self.subTest(compiler):
                self.do(f"{compiler} {flags} -c each.c -o each{number}.o")
                self.expect(f"each{number}.o", results)


class Labels(ValidTest):
    """Symbols beside their section."""

    def test_section_anchors(self):
        source = "static int a[256], b[256], c[256];\n" \
            "int go(int i) { a[i & 255]++; b[i & 255]++; c[i & 255]++; return a[0] + b[0] + c[0]; }\n"
        for level in "-O1", "-O2", "-Os":
            self.each(source, {"go 0": 3}, [RV32, RV64, M4], level + " -fsection-anchors")

    def test_function_without_instructions(self):
        source = "int go(int a) { return a + 1; } void never(void) { __builtin_unreachable(); }\n"
        self.each(source, {"go 3": 4}, [*CLANG, *COMPILERS], "-w -O2")

    def test_shared_object_with_a_function_without_instructions(self):
        self.write("u.c", "int go(int a) { return a + 1; } void never(void) { __builtin_unreachable(); }\n")
        for number, compiler in enumerate(["gcc", M4, A64, "riscv64-linux-gnu-gcc"]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O1 -fpic -shared -nostdlib u.c -o u{number}.so")
                self.expect(f"u{number}.so", {"go 3": 4}, pack=False)

    def test_ld_r_with_a_script(self):
        """GNU ld adds the section's address to mapping symbols that Clang has made."""
        self.write("s.ld", "SECTIONS { .text : { *(.text*) } .rodata : { *(.rodata*) }"
                   " .data : { *(.data*) } .bss : { *(.bss*) } }")
        self.write("t.c", "int a[3] = {1, 2, 3}; static int b[3] = {4, 5, 6}; const int c[2] = {7, 8};\n"
                   "int go(int i) { b[i]++; return a[i] + b[i] * 10 + c[i & 1] * 1000; }\n")
        flags = "-O1 -ffunction-sections -fdata-sections -c t.c -o t.o"
        self.do(f"clang --target=thumbv7em-none-eabi -mcpu=cortex-m4 -mfloat-abi=soft {flags}")
        self.do("arm-none-eabi-ld -r -T s.ld t.o -o r.o")
        self.expect("r.o", {"go 1": 8062})


    def test_script_with_bounds_of_nothing(self):
        """GNU ld writes a part that has only symbols without SHF_ALLOC; modules of NuttX look so."""
        parts = [(".data", "*(.data*)"), (".tables", "KEEP(*(.tables*))"), (".bss", "*(.bss*) *(COMMON)")]
        self.write("m.ld", "SECTIONS { .text : { *(.literal*) *(.text*) } .rodata : { *(.rodata*) }\n" + "".join(
            f"{name} : {{ {name[1:]}_start = .; {what} {name[1:]}_end = .; }}\n" for name, what in parts) + "}\n")
        ends = [f"{name[1:]}_{end}" for name, _ in parts for end in ("start", "end")]
        self.write("m.c", f"extern const char {', '.join(end + '[]' for end in ends)};\n"
                   "const char *const list[] = {" + ", ".join(ends) + "};\n"
                   "int go(int i) { int n = 0; for (const char *p = tables_start; p < tables_end; p++) n++;\n"
                   "return n * 100 + (int)(list[i + 1] - list[i]) * 10 + (tables_start != 0) + (data_start != 0); }\n")
        for number, (compiler, linker) in enumerate([
                ("gcc", "ld"), (M4, "arm-none-eabi-ld"), (M0, "arm-none-eabi-ld"), (A64, "aarch64-linux-gnu-ld"),
                (RV32, "riscv64-unknown-elf-ld -m elf32lriscv"), (RV64, "riscv64-unknown-elf-ld"),
                (XTENSA, "xtensa-lx106-elf-ld")]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O1 -c m.c -o m.o")
                self.do(f"{linker} -r -T m.ld m.o -o m{number}.o")
                self.expect(f"m{number}.o", {"go 2": 2, "go 4": 2})

    def test_label_in_an_empty_section(self):
        """What has no size has an address: code compares it with NULL."""
        source = "struct { } nothing; int none[0]; const struct { } constant = { };\n" \
            "const void *volatile at[] = {&nothing, none, &constant};\n" \
            "static int there(const void *p) { return p != 0; }\n" \
            "int (*volatile is)(const void *) = there;\n" \
            "int go(void) { return (there(at[0]) + there(at[1]) + there(at[2])) * 10 + is(&nothing) + is(none); }\n"
        for flags in "-O1", "-O1 -fpic -fdata-sections":
            self.each(source, {"go": 32}, [*CLANG, *COMPILERS], flags)


class ThreadLocal(ValidTest):
    """Variables of each thread."""

    def test_alignment(self):
        """As a compiler lets one ask for: honoured up to 64, and more is refused by the variable's name."""
        source = "_Alignas(32) _Thread_local int a = 5; _Thread_local int b = 9; _Alignas(64) _Thread_local char c[3];\n" \
            "static unsigned off(const void *p, unsigned by) { return (unsigned)((__UINTPTR_TYPE__)p % by); }\n" \
            "int go(int k) { a += k; c[1] = (char)k; return (int)(off(&a, 32) + off(c, 64)) * 1000 + a + b + c[1]; }\n"
        compilers = ["gcc", M4, A64, RV32, RV64, *CLANG]
        for flags in "-O1", "-O1 -fpic -ftls-model=initial-exec":
            self.each(source, {"go 3": 20}, compilers, flags)
        self.write("more.c", source.replace("64) _Th", "128) _Th"))
        for compiler in compilers:
            with self.subTest(compiler):
                self.do(f"{compiler} -O1 -c more.c -o more.o")
                done = subprocess.run([TENON, "run", "more.o", "--call", "go", "3"], cwd=self.folder, capture_output=True,
                                      text=True, timeout=60)
                self.assertEqual(done.returncode, 1)
                self.assertIn(", section .tbss, symbol c, expected 128, found 64", done.stderr)
                self.assertNotIn("--heap", done.stderr)
        boards = os.path.join(os.path.dirname(TENON), "share/tenon/boards")
        for firmware, align in ("mps2-an386/soft", 64), ("microbit/runner", 16):
            self.do(f"{M0 if align == 16 else M4} -O1 -c each.c -o each.o")
            self.do([TENON, "kit", f"{boards}/{firmware}.elf", "-o", "kit.tar.gz"])
            for against in f"{boards}/{firmware}.elf", "kit.tar.gz":
                done = subprocess.run([TENON, "check", "each.o", "-a", against], cwd=self.folder, capture_output=True, text=True,
                                      timeout=60)
                self.assertIn("would load" if align == 64 else "symbol c, expected 64, found 16", done.stdout)


class UnwindTables(ValidTest):
    """What a firmware without an unwinder does not load can do no harm there, and check knows that."""

    def test_of_a_linker_that_damages_them(self):
        """GNU ld's -r --gc-sections moves relocations of RISC-V's .eh_frame behind its end."""
        self.write("t.c", "static int f(int x) { return x + 1; } int (*p)(int) = f; int go(int k) { return p(k) * 2; }\n")
        boards = os.path.join(os.path.dirname(TENON), "share/tenon/boards")
        for compiler, linker, board, code in ((RV32, "riscv64-unknown-elf-ld -melf32lriscv", "virt-rv32", 0),
                                              (RV64, "riscv64-unknown-elf-ld", "virt-rv64", 1)):
            with self.subTest(board):
                self.do(f"{compiler} -O1 -fasynchronous-unwind-tables -c t.c -o t.o")
                self.do(f"{linker} -r --gc-sections -u go -e go t.o -o r.o")
                firmware = f"{boards}/{board}/runner.elf"
                self.do([TENON, "kit", firmware, "-o", f"{board}.tar.gz"])
                for command in (["run", "r.o", "--call", "go", "3"], ["check", "r.o", "-a", firmware],
                                ["check", "r.o", "-a", f"{board}.tar.gz"]):
                    done = subprocess.run([TENON, *command], cwd=self.folder, capture_output=True, text=True, timeout=60)
                    said = done.stdout + done.stderr
                    self.assertEqual(done.returncode, code, said)
                    self.assertIn(("go(3) = 8" if command[0] == "run" else "would load") if code == 0 else "link with LLD", said)
                self.assertIn("where no unwinder reads its damaged table", self.do([TENON, "inspect", "r.o"]))
                self.do([TENON, "pack", "r.o", "-o", "r.llext"])
                self.assertIn("go(3) = 8", self.do([TENON, "run", "r.llext", "--call", "go", "3"]))

    def test_eh_frame_on_arm(self):
        """Of an assembler file with .cfi directives. Arm's unwinder does not read it; exceptions pass through others."""
        self.write("add.s", ".syntax unified\n.thumb\n.globl add\n.type add, %function\nadd: .cfi_startproc\npush {r4, lr}\n"
                   ".cfi_def_cfa_offset 8\nadds r0, #1\npop {r4, pc}\n.cfi_endproc\n")
        self.write("t.cc", 'extern "C" int add(int a);\n'
                   'extern "C" int go(int a) { try { if (add(a) == 6) throw a; return 1; } catch (int b) { return b * 10; } }\n')
        self.do(f"{M4.replace('gcc', 'g++')} -O1 -c t.cc -o t.o")
        for assembler in "arm-none-eabi-as -mcpu=cortex-m4", "clang --target=thumbv7em-none-eabi -c":
            with self.subTest(assembler):
                self.do(f"{assembler} add.s -o add.o")
                self.assertIn(" .eh_frame ", self.do("arm-none-eabi-readelf -SW add.o"))
                self.expect("add.o", {"add 3": 4})
                for order in "add.o t.o", "t.o add.o":
                    self.do(f"arm-none-eabi-ld -r {order} -o both.o")
                    self.expect("both.o", {"go 5": 50, "go 6": 1})

    def test_damage_where_exceptions_pass(self):
        """The table is needed: it is refused everywhere."""
        self.write("t.cc", "void g(); extern \"C\" int go(int k) { try { g(); } catch (int) { return k; } return 0; } int f() { return 1; }\n")
        self.do(f"{RV64} -O1 -fexceptions -ffunction-sections -x c++ -c t.cc -o t.o")
        self.do("riscv64-unknown-elf-ld -r --gc-sections -u go -e go t.o -o r.o")
        for command in ["inspect", "r.o"], ["pack", "r.o", "-o", "r.llext"]:
            done = subprocess.run([TENON, *command], cwd=self.folder, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("link with LLD", done.stdout + done.stderr)


class Files(ValidTest):
    """Unusual ways of writing down the usual."""

    def test_shared_object_without_end_of_eh_frame(self):
        """The last record ends with zeros that are no terminator."""
        self.write("m.cpp", 'extern "C" int go(int x) { return x + 1; }\n')
        for number, compiler in enumerate(["riscv64-linux-gnu-g++", "aarch64-linux-gnu-g++", "g++"]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O2 -fpic -shared -nostdlib m.cpp -o m{number}.so")
                self.expect(f"m{number}.so", {"go 1": 2}, pack=False)

    def test_search_table_of_gold(self):
        """Its .eh_frame_hdr has the type of an unwind table, and is none."""
        self.write("g.cpp", 'extern "C" int go(int x) { try { if (x) throw x; return 1; } catch (int v) { return v * 10; } }\n')
        self.do("g++ -O1 -fpic -shared -fuse-ld=gold g.cpp -o g.so")
        self.assertIn("X86_64_UNWIND", [line for line in self.do("readelf -SW g.so").splitlines() if ".eh_frame_hdr" in line][0])
        self.expect("g.so", {"go 0": 1, "go 7": 70})

    def test_dynamic_relocations_without_addends(self):
        """A slot's old content is for lazy binding, and the addend of a descriptor is in its second word."""
        self.write("r.c", "extern int abs(int); int add(int x) { return abs(x) + 1; } int (*f)(int) = add;\n"
                   "static __thread int a[3] = {1, 2, 3}; __thread int b = 7;\n"
                   "int go(int x) { a[1] += x; b++; return f(-x) + add(-x) + a[1] * 100 + b * 1000; }\n")
        for number, compiler in enumerate(["gcc", "gcc -mtls-dialect=gnu2", A64]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O1 -fpic -c r.c -o r.o")
                self.do(f"ld.lld -shared -z rel r.o -o r{number}.so")
                self.assertIn(".rel.plt", self.do(f"readelf -SW r{number}.so"))
                self.expect(f"r{number}.so", {"go 3": 8508}, pack=False)

    def test_import_that_is_called_an_indirect_function(self):
        """Some linkers copy the type to what is undefined."""
        self.write("f.s", ".text\n.globl go\n.type go, @function\n.type abs, @gnu_indirect_function\n"
                   "go: sub $8, %rsp\ncall abs@PLT\nadd $8, %rsp\nret\n")
        self.do("as f.s -o f.o")
        self.expect("f.o", {"go -5": 5})

    def test_data_object(self):
        """It has no code, and so no ABI."""
        self.write("font.bin", "HELLO-BLOB-0123")
        self.write("u.c", "extern const char _binary_font_bin_start[], _binary_font_bin_end[];\n"
                   "int at(int i) { return _binary_font_bin_start[i]; }\n"
                   "int length(void) { return _binary_font_bin_end - _binary_font_bin_start; }\n")
        for number, (prefix, target, compiler) in enumerate([
                ("aarch64-linux-gnu-", "elf64-littleaarch64", A64), ("arm-none-eabi-", "elf32-littlearm", M4),
                ("riscv64-unknown-elf-", "elf32-littleriscv", RV32),
                ("riscv64-unknown-elf-", "elf64-littleriscv", RV64)]):
            with self.subTest(compiler):
                self.do(f"{prefix}objcopy -I binary -O {target} font.bin f{number}.o")
                self.do(f"{compiler} -O1 -c u.c -o u{number}.o")
                self.expect(f"f{number}.o u{number}.o", {"at 1": 69, "length": 15}, pack=False)


    def test_stubs_in_arm_state(self):
        """This lld makes them so even for a Cortex-M: refused, since the first call would be the last."""
        self.write("p.c", "int toupper(int); int go(int c) { return toupper(c) + 1; }\n")
        self.do(f"{M4} -O1 -ffreestanding -fpic -c p.c -o p.o")
        self.do("ld.lld -shared p.o -o p.so")
        done = subprocess.run([TENON, "run", "p.so", "--call", "go", "97"], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("stubs are for another instruction set state", done.stderr)
        self.write("g.s", "\t.section .plt.got, \"ax\"\n\t.arm\n\tldr ip, [pc, #4]\n\tadd ip, ip, pc\n"
                   "\tldr pc, [ip]\n\t.word 0\n")  # as mold makes them for a function whose address is taken
        self.do("arm-none-eabi-as -march=armv7-a g.s -o g.o")
        self.do("arm-none-eabi-objcopy -R .ARM.attributes g.o")
        self.do("arm-none-eabi-ld -shared p.o g.o -o g.so")
        done = subprocess.run([TENON, "inspect", "g.so"], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("stubs are for another instruction set state, section .plt.got", done.stdout)
        self.do("arm-none-eabi-ld -shared p.o -o q.so")
        self.expect("q.so", {"go 97": 66})
        self.do("ld.lld -r p.o -o r.o")
        self.expect("r.o", {"go 97": 66})

    def test_check_of_an_executable_elsewhere(self):
        """Memory below the heap, where the unit's slots for it must not overlap, is none of its gaps."""
        self.write("e.c", "int go(int x) { return x + 1; }\n")
        for core, board in ("cortex-m33", "mps2-an505"), ("cortex-m4", "mps2-an386"), ("cortex-m55", "mps3-an547"):
            for at in "0x20000", "0x28000000", "0xc0000000":
                if at == "0x20000" and board == "mps2-an386":  # the firmware's
                    continue
                with self.subTest(f"{board} {at}"):
                    self.do(f"arm-none-eabi-gcc -mcpu={core} -mthumb -mfloat-abi=hard -O1 -c e.c -o e.o")
                    self.do(f"arm-none-eabi-ld -e go -Ttext={at} e.o -o e.elf")
                    firmware = os.path.join(os.path.dirname(TENON), f"boards/{board}/programs/conformance/conformance.elf")
                    self.assertIn("would load", self.do([TENON, "check", "e.elf", "-a", firmware]))

    def test_missing_import_with_a_long_name(self):
        """A board's report of it is as long as the name."""
        name = "n" * 70000
        self.write("l.c", f"int {name}(int); int go(int x) {{ return {name}(x); }}\n")
        self.do(f"{M4} -O1 -c l.c -o l.o")
        done = subprocess.run([TENON, "run", "l.o", "--call", "go", "1"], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertIn("1 import is missing\n  missing: " + name, done.stderr)

    def test_many_sections_on_a_small_board(self):
        """The runner's own table of them is left out where there is no room for it."""
        functions = "".join(f"int f{i}(int x) {{ return x + {i}; }}\n" for i in range(40))
        self.write("m.c", functions + "int go(int x) { return f3(x) + f39(x); }\n")
        self.do(f"{M0} -Os -g -ffunction-sections -c m.c -o m.o")
        self.expect("m.o", {"go 1": 44}, pack=False)


class CLibrary(ValidTest):
    """What is written with a desk in mind finds its functions on a board, too."""

    SOURCE = r"""
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <wchar.h>
static jmp_buf out;
static volatile double d = 2.5;
static volatile float f = 1.5f;
int go(int n)
{
	struct tm tm = {.tm_year = 100, .tm_mday = 1};
	char text[80] = "a,b,c", *copy = strdup("copy");
	int a = 0, b = 0, sum = 0;
	assert(n < 100);
	sum += isalpha('a') && isspace(' ') && !isdigit('x') && toupper('a') == 'A' && tolower('B') == 'b';
	sum += (int)strlen(strtok(text, ",")) + (int)strnlen(copy, 2) + (strcasecmp("AB", "ab") == 0);
	free(copy);
	if (setjmp(out) == 0)
		longjmp(out, 1);
	sum += sscanf("12 34", "%d %d", &a, &b) + a + b + (int)atof("2.5") + (int)strtof("3.5", NULL) + div(7, 2).quot;
	sum += (int)lrintf(f) + (int)lround(d) + (int)asinh(d) + isnan(d) + signbit(d) + (int)nearbyint(d);
	sum += mktime(&tm) != -1 && strftime(text, sizeof(text), "%Y", &tm) == 4 && text[0] == '2';
	sum += (int)wcslen(L"abc") + (int)imaxabs(-3) + (getenv("TENON_NO_SUCH_NAME") == NULL) + (errno == 12345);
	srand((unsigned int)time(NULL));
	sum += rand() >= 0;
	putc('x', stdout);
	putc('\n', stdout);
	if (n == 3)
		perror("e");
	return sum + n;
}
int fail(int n) { assert(n != 3); return n; }
"""
    FLAGS = "--specs=picolibc.specs"

    def test_desk_and_boards(self):
        self.write("c.c", self.SOURCE)
        for number, compiler in enumerate(["gcc", f"{M4} {self.FLAGS}", f"{M0} {self.FLAGS}", f"{RV32} {self.FLAGS}",
                                           f"{RV64} {self.FLAGS}", A64, "riscv64-linux-gnu-gcc"]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O1 -c c.c -o c{number}.o")
                self.assertEqual(self.call(f"c{number}.o", "go 2"), ["x", "go(2) = 80"])
                done = subprocess.run([TENON, "run", f"c{number}.o", "--call", "fail", "3"], cwd=self.folder,
                                      capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 128 + 6, done.stderr)
                self.assertIn("n != 3", done.stdout + done.stderr)

    def test_bounds_of_d(self):
        """The D language calls __assert() where an index is checked."""
        self.write("d.c", "void __assert(const char *, const char *, int); int go(int n) { if (n) __assert(\"bounds\", \"d.d\", 7); return 5; }\n")
        for number, compiler in enumerate(["gcc", M4, M0, A64, RV32, RV64]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O1 -c d.c -o d{number}.o")
                self.assertEqual(self.call(f"d{number}.o", "go 0"), ["go(0) = 5"])

    def test_large_files(self):
        """Linux's headers call the 64-bit forms by other names where they are asked for."""
        self.write("l.c", "#include <fcntl.h>\n#include <stdio.h>\n#include <sys/mman.h>\n#include <sys/stat.h>\n#include <unistd.h>\n"
                   "int go(void) { struct stat s; int f = open(\"l.c\", O_RDONLY); FILE *file = fdopen(f, \"r\");\n"
                   "return fstat(f, &s) | stat(\"l.c\", &s) | lstat(\"l.c\", &s) | (lseek(f, 3, SEEK_SET) != 3) | fseeko(file, 2, SEEK_SET)\n"
                   "| (ftello(file) != 2) | (mmap(0, 1, PROT_READ, MAP_PRIVATE, f, 0) == MAP_FAILED); }\n")
        self.do("gcc -O1 -D_FILE_OFFSET_BITS=64 -c l.c -o l.o")
        self.assertEqual(self.call("l.o", "go"), ["go() = 0"])


class Relro(ValidTest):
    """What linkers say is to be read-only after relocation."""

    SOURCE = """
int before[4096] = {1}, after[4096] = {2};
extern int abs(int);
int (*const table[])(int) = {abs};
int go(int x) { before[0] += x; after[4095] += x; return before[0] + after[4095] + table[0](-x); }
"""
    PT_LOAD, PT_GNU_RELRO = 1, 0x6474E552

    def headers(self, data):
        """Offsets of the program headers, their types, and how to read and write a field."""
        wide = data[4] == 2
        word = 8 if wide else 4
        start = int.from_bytes(data[(32 if wide else 28):][:word], "little")
        count = int.from_bytes(data[(56 if wide else 44):][:2], "little")
        fields = {"flags": 4, "vaddr": 16, "memsz": 40} if wide else {"flags": 24, "vaddr": 8, "memsz": 20}
        for i in range(count):
            at = start + i * (56 if wide else 32)
            yield int.from_bytes(data[at:at + 4], "little"), {
                name: (at + offset, 4 if name == "flags" else word) for name, offset in fields.items()}

    def span(self, name, change):
        """Give the file another span that is to be read-only."""
        with open(os.path.join(self.folder, name), "rb") as file:
            data = bytearray(file.read())

        def get(place):
            return int.from_bytes(data[place[0]:place[0] + place[1]], "little")

        headers = list(self.headers(data))
        writable = max((f for t, f in headers if t == self.PT_LOAD and get(f["flags"]) & 2),
                       key=lambda f: get(f["memsz"]))
        relro = next(f for t, f in headers if t == self.PT_GNU_RELRO)
        for field, value in zip(("vaddr", "memsz"), change(get(writable["vaddr"]), get(writable["memsz"]))):
            at, size = relro[field]
            data[at:at + size] = value.to_bytes(size, "little")
        self.write(name, bytes(data))

    def test_spans(self):
        """Data outside stays writable, wherever the span begins and ends."""
        self.write("r.c", self.SOURCE)
        spans = {
            "as the linker has it": None,
            "in the middle": lambda at, size: (at + 0x2000 & ~0xFFF, 0x1000),
            "to the end": lambda at, size: (at + 0x5000 & ~0xFFF, at + size - (at + 0x5000 & ~0xFFF)),
            "nothing": lambda at, size: (at, 0),
            "around": lambda at, size: ((1 << 32) - 16, 32),
        }
        for number, compiler in enumerate(["gcc", A64, M4]):
            for name, change in spans.items():
                with self.subTest(f"{compiler}: {name}"):
                    file = f"r{number}.so"
                    self.do(f"{compiler} -O1 -fpic -c r.c -o r.o")
                    self.do(f"ld.lld -shared -z relro r.o -o {file}")
                    if change is not None:
                        self.span(file, change)
                    self.expect(file, {"go 3": 10}, pack=False)


class Helpers(ValidTest):
    """What compilers call by themselves, and a target's own library lacks."""

    ATOMICS = """
#include <stdatomic.h>
#include <stdint.h>
#define TEST(bits) \\
    static _Atomic uint##bits##_t a##bits = 100; \\
    static int t##bits(int x) { \\
        uint##bits##_t expected = 1; \\
        int ok = atomic_fetch_add(&a##bits, x) == 100 && atomic_load(&a##bits) == 100 + x; \\
        ok &= atomic_fetch_sub(&a##bits, x) == 100 + x && atomic_exchange(&a##bits, 12) == 100; \\
        ok &= atomic_fetch_or(&a##bits, 3) == 12 && atomic_fetch_and(&a##bits, 6) == 15; \\
        ok &= atomic_fetch_xor(&a##bits, 5) == 6 && a##bits == 3; \\
        ok &= !atomic_compare_exchange_strong(&a##bits, &expected, 9) && expected == 3; \\
        ok &= atomic_compare_exchange_strong(&a##bits, &expected, 9) && a##bits == 9; \\
        ok &= (uint##bits##_t)__sync_nand_and_fetch((uint##bits##_t *)&a##bits, 1) == (uint##bits##_t)~1; \\
        ok &= __sync_bool_compare_and_swap((uint##bits##_t *)&a##bits, (uint##bits##_t)~1, 4); \\
        return ok && __sync_add_and_fetch((uint##bits##_t *)&a##bits, 1) == 5; }
TEST(8) TEST(16) TEST(32) TEST(64)
struct three { char c[12]; };
static _Atomic struct three whole = {{"abcdefgh"}};
int go(int x) {
    struct three other = {{"other"}}, before = atomic_exchange(&whole, other);
    int ok = before.c[7] == 'h' && ((struct three)atomic_load(&whole)).c[1] == 't';
    ok &= !atomic_compare_exchange_strong(&whole, &before, other) && before.c[0] == 'o';
    return t8(x) + 2 * t16(x) + 4 * t32(x) + 8 * t64(x) + 16 * ok;
}
"""

    def test_atomics(self):
        """Of all sizes, where the processor has instructions for none, for some and for most."""
        self.each(self.ATOMICS, {"go 7": 31}, [M0, M4, RV32, RV64, XTENSA], "-O1 -ffreestanding -Wno-sync-nand")

    def test_atomics_of_16_bytes(self):
        source = "struct P { long long a, b; } __attribute__((aligned(16))); static struct P p; static long long l;\n" \
            "int go(int x) { struct P q = {x, x + 1}, r = {x, x}; __atomic_store(&p, &q, 5); __atomic_exchange(&p, &r, &q, 5);\n" \
            "int same = __atomic_compare_exchange(&p, &r, &q, 0, 5, 5); __atomic_load(&p, &r, 5); l = x;\n" \
            "return same * 100 + (int)(q.a + q.b + r.b) + (__atomic_is_lock_free(sizeof(l), &l) && 0); }\n"
        self.each(source, {"go 7": 123}, [M4, A64, RV64, *CLANG[1:]], "-O1 -ffreestanding -w")

    def test_emulated_tls(self):
        self.write("t.c", """
static __thread int t = 5;
static __thread char zeros[100] __attribute__((aligned(64)));
int go(int x) { t += x; return t + zeros[x] + (int)((__UINTPTR_TYPE__)zeros & 63); }
""")
        # For RISC-V, clang 14 defines __emutls_v.t but uses t as a variable of the linker's, which it leaves undefined.
        for number, compiler in enumerate(c for c in CLANG if "riscv" not in c):
            with self.subTest(compiler):
                self.do(f"{compiler} -femulated-tls -O1 -ffreestanding -c t.c -o t{number}.o")
                self.expect(f"t{number}.o", {"go 1": 6})
        self.do(f"{XTENSA} -O1 -c t.c -o tx.o")
        self.expect("tx.o", {"go 1": 6})


class WithoutLibrary(ValidTest):
    """C++ for machines that have no C++ library: what the compiler calls by itself."""

    SOURCE = """
struct Base { virtual int f(int x) = 0; virtual ~Base() {} };
struct Once { int v; Once(int x) : v(x) {} };
struct Derived : Base { int k; Derived(int x) : k(x) {} int f(int x) override { return x * k; } };
struct alignas(64) Wide { char c[64]; };
static int constructed;
static int &counter(int x) { static Once once(++constructed + x); return once.v; }
extern "C" int go(int x) {
    Base *base = new Derived(x);
    int *array = new int[x + 1], result = base->f(7);
    Wide *wide = new Wide();
    array[x] = counter(x) + counter(x + 5);
    array[x] += constructed;
    result += array[x] + (((__UINTPTR_TYPE__)wide & 63) == 0 ? 1000 : 0);
    delete base;
    delete[] array;
    delete wide;
    return result;
}
"""

    def test_new_and_guards(self):
        self.write("c.cpp", self.SOURCE)
        for compiler in RV32, XTENSA, "clang --target=riscv32-none-elf -march=rv32imac":
            for level in "-O0", "-O2":
                with self.subTest(compiler + level):
                    compiler = compiler.replace("-gcc", "-g++").replace("clang ", "clang++ ")
                    self.do(f"{compiler} {level} -std=c++17 -ffreestanding -fno-exceptions -fno-rtti -c c.cpp -o c.o")
                    self.expect("c.o", {"go 3": 21 + 9 + 1000})


class Sandbox(ValidTest):
    """What is loaded is loaded into a sandbox, too."""

    def test_code_for_fixed_addresses(self):
        """A table of jumps with addresses of 32 bits: the domain's memory is where the heap would be."""
        self.write("t.c", "int go(int a) { switch (a) { case 0: return 7; case 1: return 3; case 2: return 9; case 3: return 1;\n"
                   "case 4: return 8; case 5: return 4; case 6: return 0; default: return -1; } }\n")
        for compiler in "gcc", "clang":
            with self.subTest(compiler):
                self.do(f"{compiler} -O0 -fno-pic -mcmodel=small -c t.c -o t.o")
                self.assertIn("R_X86_64_32", self.do("readelf -rW t.o"))
                for options in [], ["--sandbox"]:
                    self.assertEqual(self.do([TENON, "run", *options, "t.o", "--call", "go", "5"]), "go(5) = 4\n")


class Library(ValidTest):
    """C++ with what the firmware has of its library: the sources of which tests/exports sees that nothing is missing."""

    SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../exports/sources")
    ARM = "arm-none-eabi-g++ --specs=picolibcpp.specs -mthumb"

    def library(self, source, compilers, results):
        for number, compiler in enumerate(compilers):
            with self.subTest(compiler):
                path = os.path.join(self.SOURCES, source)
                self.do([*compiler.split(), "-std=c++17", "-DALONE", "-w", "-c", path, "-o", f"{number}.o"])
                self.expect(f"{number}.o", results)

    def test_exceptions(self):
        self.library("exceptions.cpp", ["g++ -O0", f"{self.ARM} -mcpu=cortex-m33 -Os", "aarch64-linux-gnu-g++ -O2", "riscv64-linux-gnu-g++ -O1"],
                     {"exceptions 3": 105, "exceptions 6": 3})

    def test_containers(self):
        self.library("containers.cpp", ["g++ -O2", f"{self.ARM} -mcpu=cortex-m4 -Os"], {"containers 3": 328})


class Versions(ValidTest):
    """NAME@VERSION and NAME@@VERSION in a relocatable file are NAME to others."""

    SOURCE = """
int f_old(int x) { return x + 1; }
__asm__(".symver f_old, f@V1");
int f_new(int x) { return x + 2; }
__asm__(".symver f_new, f@@V2");
int f_older(int x) { return x + 9; }
__asm__(".symver f_older, f@V0");
int only(int x) { return x + 3; }
__asm__(".symver only, g@V1");
int k(int x) { return x + 4; }
int k_old(int x) { return x + 5; }
__asm__(".symver k_old, k@V1");
int imported(const char *text);
__asm__(".symver imported, atoi@VERS_2.2.5");
int number(void) { return imported("42"); }
"""

    def test_exports_and_imports(self):
        """NAME is the default version, or the one without; the only one is found, too."""
        self.each(self.SOURCE, {"f 1": 3, "g 1": 4, "k 1": 5, "number": 42})

    def test_between_extensions(self):
        self.write("a.c", self.SOURCE)
        self.write("b.c", 'int f(int); int g(int);\n__asm__(".symver g, g@V1");\n'
                   "int go(int x) { return f(x) * 10 + g(x); }\n")
        self.do("gcc -O1 -c a.c b.c")
        self.expect("a.o b.o", {"go 1": 34})

    def test_missing(self):
        """It is named, and another suggested, without the version."""
        self.write("m.c", 'int f(int); __asm__(".symver f, atio@V1");\nint go(int x) { return f(x); }\n')
        self.do("gcc -O1 -c m.c")
        done = subprocess.run([TENON, "run", "m.o", "--call", "go", "1"], cwd=self.folder,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("missing: atio  did you mean atoi?", done.stderr)


class Errata(ValidTest):
    """Code that is changed so that a processor does what it says."""

    # An ADRP at the end of a page; word() gives the instructions from there on.
    PAGE_END = """
	.text
	.p2align 12
	.globl word
	.type word, %function
word:	adr x1, 2f
	ldr w0, [x1, w0, sxtw #2]
	ret
{inside}
	.globl go
	.type go, %function
go:	adr x3, go
	b 2f
	.skip 0xff8 - (. - word)
2:	adrp x0, var
	ldr x1, [x3, #8]
	ldr w0, [x0, :lo12:var]
	ret
{behind}
"""

    def at_page_end(self, *offsets, inside="", behind=""):
        """What go() loads is right in the plain file and the packed one; their instructions at these offsets."""
        self.write("t.s", self.PAGE_END.format(inside=inside, behind=behind))
        self.do("aarch64-linux-gnu-as t.s -o t.o")
        self.do([TENON, "pack", "t.o", "-o", "p.llext"])
        for file in ("t.o", "p.llext"):
            value, *words = self.call(file, "go", *(f"word {offset}" for offset in offsets))
            self.assertEqual(value, "go() = 42")
            yield file, [int(word.split("= ")[1]) & 0xFFFFFFFF for word in words]

    def test_843419(self):
        """Cortex-A53: the ADRP at the end of a page is one no longer, or what depends on it has moved."""
        for file, words in self.at_page_end(0, 2, behind="\t.data\n\t.p2align 3\nvar:\t.word 42"):
            self.assertTrue(words[0] >> 31 == 0 or words[1] >> 26 == 5, f"{file}: {words}")

    def test_843419_inside_a_section(self):
        """What an ADRP refers to in its own section is known when the file is packed, but not mended then."""
        for file, words in self.at_page_end(0, inside="var:\t.word 42"):
            self.assertEqual(words[0] >> 31, 0, file)

    def test_packed_without_relocations(self):
        """The room of the work-around is the same where packing leaves no relocation."""
        self.write("t.c", "__attribute__((noinline)) int add(int a, int b) { return a + b; }\n"
                   "int go(int a) { return add(a, 1) * 2; }\n")
        for flags in ("", "-g", "-ffunction-sections"):
            self.do(f"{A64} -O1 -fno-asynchronous-unwind-tables {flags} -c t.c -o t.o")
            self.expect("t.o", {"go 20": 42})


class Sets(ValidTest):
    """Sections with a C identifier for a name: __start_ and __stop_."""

    SUM = "int go(void) { int s = 0; for (const int *p = __start_myset; p < __stop_myset; p++) s = s * 10 + *p; return s; }\n"
    PART = 'static const int {} __attribute__((used, section("myset"))) = {};\n'
    BOUNDS = "extern const int __start_myset[], __stop_myset[];\n"
    WEAK = '#define WEAK __attribute__((weak, visibility("{}")))\nextern const int __start_myset[] WEAK, __stop_myset[] WEAK;\n'

    def test_bounds(self):
        parts = self.PART.format("a", 5) + self.PART.format("b", 7)
        for bounds in self.BOUNDS, self.WEAK.format("hidden"), self.WEAK.format("default"):
            self.each(bounds + parts + self.SUM, {"go": 57}, flags="-O1 -fno-toplevel-reorder")

    def test_bounds_of_zeroed_data_and_code(self):
        self.each('extern char __start_zs[], __stop_zs[], __start_code[], __stop_code[];\n'
                  '__asm__(".section zs,\\"aw\\",%nobits\\n.space 24\\n.text");\n'
                  '__attribute__((section("code"))) int other(int x) { return x + 3; }\n'
                  "#ifdef __thumb__\n#define STATE 1\n#else\n#define STATE 0\n#endif\n"
                  "int go(void) { char *p = (char *)other - STATE; __asm__(\"\" : \"+r\"(p));\n"
                  "    return (int)(__stop_zs - __start_zs) + (__start_code == p && __stop_code > p) * 100; }\n",
                  {"go": 124, "other 1": 4}, ["gcc", M4, A64, RV32, RV64])

    def test_like_named_sections_lie_side_by_side(self):
        """Linkers leave them apart where flags or groups differ."""
        source = ".section myset,\"a\",{0}progbits,unique,1\n.p2align 2\n.long 1\n.section other,\"a\",{0}progbits\n" \
            ".long 9\n.section myset,\"a\",{0}progbits,unique,2\n.p2align 2\n.long 2\n.long 3\n"
        self.write("sum.c", self.BOUNDS + self.SUM)
        for number, (clang, compiler) in enumerate([
                ("clang", "gcc"), ("clang --target=thumbv7em-none-eabi", M4),
                ("clang --target=aarch64-none-elf", A64), ("clang --target=riscv32-none-elf -march=rv32imac", RV32)]):
            with self.subTest(clang):
                self.write("parts.s", source.format("%"))
                self.do(f"{clang} -c parts.s -o parts.o")
                self.do(f"{compiler} -O1 -c sum.c -o sum.o")
                # By hand, since the linker would join them.
                self.write("both.c", self.BOUNDS + self.SUM + '__asm__("' + source.format("%").replace(
                    '"', '\\"').replace("\n", "\\n") + '.text\\n");\n')
                self.do(f"{clang} -O1 -c both.c -o both{number}.o")
                self.expect(f"both{number}.o", {"go": 123})

    def test_weak_bounds_without_a_section(self):
        for visibility in "hidden", "default":
            self.each(self.WEAK.format(visibility) + "int go(void) { return __start_myset == 0 && __stop_myset == 0; }\n",
                      {"go": 1}, flags="-O1 -fno-pic")

    def test_hidden_symbol_that_is_nowhere(self):
        """Only the file itself could define it: it is missing, and if it is weak, 0, as a linker has it."""
        source = "extern int nowhere __attribute__((weak, visibility(\"hidden\")));\n" \
            "extern int never(int) __attribute__((weak, visibility(\"hidden\")));\n" \
            "int go(int a) { return never ? never(a) : a + (&nowhere == 0); }\n"
        for flags in "-O1", "-O1 -fpic":
            self.each(source, {"go 3": 4}, flags=flags)
        self.write("h.c", source.replace("weak, ", ""))
        self.do("gcc -O1 -c h.c -o h.o")
        done = subprocess.run([TENON, "run", "h.o", "--call", "go"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing: never", done.stderr)


class Initialisers(ValidTest):
    """What is run before and after, and in which order."""

    LOG = "int trace; static void step(int n) { trace = trace * 10 + n; }\nint go(void) { return trace; }\n"

    def test_init_of_a_shared_object(self):
        self.write("i.c", self.LOG + "void first(void) { step(1); } void last(void) { }\n"
                   "__attribute__((constructor)) static void second(void) { step(2); }\n")
        for number, compiler in enumerate(["gcc", M4, A64, "riscv64-linux-gnu-gcc"]):
            with self.subTest(compiler):
                self.do(f"{compiler} -O1 -fpic -shared -nostdlib -Wl,-init,first -Wl,-fini,last i.c -o i{number}.so")
                self.expect(f"i{number}.so", {"go": 12})

    def test_fini_of_a_shared_object(self):
        self.write("f.c", "#include <stdio.h>\nvoid last(void) { puts(\"last\"); }\nint go(void) { return 4; }\n"
                   "__attribute__((destructor)) static void before(void) { puts(\"before\"); }\n")
        self.do("gcc -O1 -fpic -shared -nostartfiles -Wl,-fini,last f.c -o f.so")
        self.assertEqual(self.call("f.so", "go"), ["go() = 4", "before", "last"])

    def test_ctors_among_init_arrays(self):
        """By priority, which .ctors counts from the other end; each .ctors from its end."""
        arrays = [(".init_array", "abc"), (".ctors", "de"), (".ctors.65434", "fg"), (".init_array.200", "h"),
                  (".init_array.50", "i"), (".ctors.65500", "j")]
        functions = "".join(f"static void {name}(void) {{ step({number}); }}\n"
                            for number, name in enumerate("abcdefghij"))
        for number, compiler in enumerate(COMPILERS):
            with self.subTest(compiler):
                word = ".quad" if compiler in ("gcc", A64, RV64) else ".word"
                lines = "".join(f'__asm__(".section {section},\\"aw\\",%{kind}\\n.p2align 3\\n{words}\\n.text");\n'
                                for section, names in arrays
                                for kind in ["progbits" if "ctors" in section else "init_array"]
                                for words in ["\\n".join(f"{word} {n}" for n in names)])
                uses = "int uses(int n) { return (int[]){" + ",".join(f"(int)(long){n}" for n in "abcdefghij") + "}[n]; }\n"
                self.write("c.c", "int trace[10], count; static void step(int n) { trace[count++] = n; }\n"
                           "int go(int i) { return trace[i]; }\n" + functions + lines + uses)
                self.do(f"{compiler} -O1 -w -fno-toplevel-reorder -c c.c -o c{number}.o")
                wanted = [9, 8, 6, 5, 7, 0, 1, 2, 4, 3]
                if compiler == "gcc":  # the linker's own order, by a program that it makes
                    self.write("m.c", '#include <stdio.h>\nint go(int); int main(void) { for (int i = 0; i < 10; i++)'
                               ' printf("%d ", go(i)); }\n')
                    self.do("gcc -no-pie m.c c0.o -o reference")
                    self.assertEqual([int(n) for n in self.do("./reference").split()], wanted)
                self.expect(f"c{number}.o", {f"go {i}": wanted[i] for i in range(10)})


class Weak(ValidTest):
    """Functions that nobody has."""

    def test_relative_to_the_place(self):
        """It is NULL, however a compiler gets its address."""
        source = "extern int f(int) __attribute__((weak)), v __attribute__((weak)); int *at(void) { return &v; }\n" \
            "int go(int a) { return (f ? f(a) : a + 1) + (&v ? v : 10) + (at() ? 1000 : 0); }\n"
        for flags in "-fropi", "-fembed-bitcode", "-fpic":
            compilers = [f"clang --target={core}-none-eabi -mfloat-abi=soft {flags}" for core in ("thumbv6m", "thumbv7m", "thumbv7em")]
            self.each(source, {"go 3": 14}, compilers, "-O2 -w -ffreestanding")

    def test_call_of_an_undefined_weak_function(self):
        """It goes on behind the call (AAELF32, AAELF64), and registers stay as they are."""
        source = "extern int hook(int) __attribute__((weak)); int n;\n" \
            "int go(int a) { n++; int r = hook(a + 40); return n * 1000 + r; }\n" \
            "int abs(int); int reached(int a) { return abs(a) + (hook != 0); }\n"
        self.each(source, {"go 2": 1042, "reached -3": 3}, [M4, M0, A64, *CLANG[1:2]])
        # Enough symbols that they are looked up in their own table.
        more = "".join(f"int f{i}(int a) {{ return hook(a) + {i}; }}\n" for i in range(80))
        self.each(source + more, {"go 2": 1042, "f79 1": 80}, [M4, M0, A64])

    def test_tail_call_of_an_undefined_weak_function(self):
        for number, (compiler, code) in enumerate([
                (M4, "b.w hook\\n bx lr"), (M0, "b hook\\n bx lr"), (M4, "cmp r0, r0\\n beq.w hook\\n bx lr"),
                (A64, "b hook\\n ret"), (A64, "cbz w1, hook\\n ret"), (A64, "cmp w0, w0\\n b.eq hook\\n ret")]):
            with self.subTest(code):
                thumb = "" if compiler == A64 else ".thumb_func\\n"
                self.write("t.c", "extern int hook(int) __attribute__((weak)); int use(void) { return hook(1); }\n"
                           f'__asm__(".text\\n.p2align 2\\n.globl go\\n.type go,%function\\n{thumb}go: {code}");\n')
                self.do(f"{compiler} -O1 -c t.c -o t{number}.o")
                self.expect(f"t{number}.o", {"go 7": 7})


if __name__ == "__main__":
    sys.exit(unittest.main())
