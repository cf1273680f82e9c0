# SPDX-License-Identifier: Apache-2.0
"""tenon run in emulated boards: each of them, the choice of one, refusals, crashes, time limits."""

import json
import os
import re
import shutil
import socket
import subprocess
import unittest

from support import INCLUDE, SOURCE, TENON, ToolTest

ARM = "arm-none-eabi-gcc --specs=picolibc.specs -mthumb "
RISCV = "riscv64-unknown-elf-gcc --specs=picolibc.specs "
# Each board, and a compiler whose files fit it best.
BOARDS = {
    "microbit": ARM + "-mcpu=cortex-m0",
    "mps2-an385": ARM + "-mcpu=cortex-m3",
    "mps2-an386": ARM + "-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16",
    "mps2-an500": ARM + "-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16",
    "mps2-an505": ARM + "-mcpu=cortex-m33 -mfloat-abi=hard",
    "mps3-an547": ARM + "-mcpu=cortex-m55 -mfloat-abi=hard",
    "virt-rv32": RISCV + "-march=rv32imac -mabi=ilp32",
    "virt-rv64": RISCV + "-march=rv64gc -mabi=lp64d -mcmodel=medany",
    "virt-a53": "aarch64-linux-gnu-gcc --specs=picolibc.specs -mcpu=cortex-a53",
    "sim-lx106": "xtensa-lx106-elf-gcc --specs=/usr/lib/xtensa-lx106-elf/picolibc.specs",
}

# What a fault looks like differs; Armv6-M does not tell.
TALK = r"""
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int base;
static void __attribute__((constructor)) up(void) { base = 100; puts("up"); }
static void __attribute__((destructor)) down(void) { printf("down %d\n", base); }
int four(int a, int b, int c, int d) { return a * 1000 + b * 100 + c * 10 + d; }
int talk(int n)
{
	char *text = malloc(40);

	if (text == NULL)
		return -1;
	snprintf(text, 40, "%d.%02d", (int)floor(n * 1.5), n);
	printf("text %s", text);
	n = (int)strlen(text) + base++;
	free(text);
	return n;
}
static __attribute__((noinline)) int peek(volatile int *at) { return *at; }
int outer(int at) { return peek((int *)(unsigned long)(unsigned int)at) + 1; }
"""

TROUBLE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int null(void) { int (*volatile f)(void) = 0; return f() + 1; }
int illegal(void) { __asm__ volatile(ILLEGAL); return 0; }
int in_firmware(void) { return (int)strlen((const char *)(unsigned long)0xe8000000u) + 1; }
int later(int n) { puts("before"); return *(volatile int *)0xe8000000u + n; }
int aborts(void) { abort(); }
int writes_code(void) { *(volatile int *)((unsigned long)&null & ~3ul) = 0; return 0; }
int forever(void) { for (;;) __asm__ volatile(""); }
int deep(int n) { volatile char room[300]; room[0] = (char)n; return deep(n + 1) + room[0]; }
"""

FENCED = r"""
#include <stdio.h>
#include <string.h>
static void __attribute__((constructor)) up(void) { puts("up"); }
static void __attribute__((destructor)) down(void) { puts("down"); }
int four(int a, int b, int c, int d)
{
	char text[8];

	memset(text, d, sizeof(text));
	return a * 1000 + b * 100 + c * 10 + text[3];
}
int peek(int at) { return *(volatile int *)(unsigned long)(unsigned int)at; }
int poke(int at) { *(volatile int *)(unsigned long)(unsigned int)at = 1; return 0; }
int jump(int at) { return ((int (*)(void))(unsigned long)(unsigned int)at)(); }
int print(int at) { return puts((const char *)(unsigned long)(unsigned int)at); }
int illegal(void) { __asm__ volatile(".word 0xffffffff"); return 0; }
int forever(void) { for (;;) __asm__ volatile(""); }
"""


class RunBoard(ToolTest):
    def file(self, board, code, name="file.o", *flags):
        return self.build(f"{board}/{name}", code, "-Os", *flags, compiler=BOARDS[board])

    def verbose(self, *args, code=0):
        """Which board a run took, and the run."""
        done = self.tenon("run", "-v", *args, code=code)
        return re.search(r"^board (\S+): ", done.stderr, re.M).group(1), done

    def test_check_counts_as_the_board_does(self):
        """Memory that a load takes, tables and protection included: tenon check says it before."""
        code = "#include <stdio.h>\n#include <string.h>\nint spare[9]; const int fixed[] = {4, 5};" \
               "int four(int a) { return puts(\"x\") + fixed[a & 1]; }" \
               "int other(const char *a) { return (int)strlen(a) + spare[2]++; }"
        for board, flag in [(b, f) for b in BOARDS for f in ("-fno-unwind-tables", "-fasynchronous-unwind-tables")]:
            with self.subTest(board=board, flag=flag):
                file = self.file(board, code, "counted.o", flag)
                taken, done = self.verbose("--board", board, file)
                held = re.search(r": (\d+) bytes of memory", done.stderr).group(1)
                folder = os.path.join(os.path.dirname(TENON), "share/tenon/boards", taken)
                firmware = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
                            if name.endswith(".elf")]
                found = [self.check(file, "-a", path, code=None) for path in firmware]
                fitting = [one for one in found if one["loads"]]
                self.assertTrue(fitting)
                for one in fitting:
                    counted = one["files"][0]["memory"]["extension_bytes"]
                    self.assertEqual(counted, int(held), board)
                    self.assertTrue(one["assumed"]["heap_from_firmware"])

    def test_check_counts_slots_as_the_board_does(self):
        """Of files that take a slot or more each, the board refuses the first that check says it would."""
        code = "const int t[30] = {5, 6}; int f(int x) { return t[x & 1]; }"
        for board in ("microbit", "mps2-an386", "mps2-an505", "mps3-an547", "virt-rv32"):
            with self.subTest(board=board):
                files = [self.file(board, code, f"{n}.o") for n in range(9)]
                firmware = os.path.join(os.path.dirname(TENON), "share/tenon/boards", board, "runner.elf")
                found = [one["reason"] for one in self.check(*files, "-a", firmware, code=None)["files"]]
                done = self.tenon("run", "--board", board, *files, "-c", "f", "1", code=None)
                refused = next(filter(None, found), None)
                self.assertEqual(refused is None, board == "microbit")
                if refused is None:
                    self.assertEqual(done.stdout, "f(1) = 6\n")
                else:
                    self.assertIn(f"{files[found.index(refused)]}: {refused}\n", done.stderr)

    def test_gdb_stops_after_the_load(self):
        code = "static int base; static void __attribute__((constructor)) up(void) { base = 40; }" \
               "int talk(int n) { return n + base; }"
        file = self.file("mps2-an386", code, "debugged.o", "-g", "-O1")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        run = subprocess.Popen([TENON, "run", f"--gdb={port}", file, "--call", "talk", "2"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            run.stderr.readline()
            script = re.search(r"gdb-multiarch -x (\S+)$", run.stderr.readline()).group(1)
            gdb = ["gdb-multiarch", "-nx", "-batch"]
            done = subprocess.run(gdb + ["-x", script, "-ex", "print base", "-ex", "break talk", "-ex",
                                         "continue", "-ex", "print n + base", "-ex", "delete", "-ex",
                                         "continue"], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60)
            out, _ = run.communicate(timeout=60)
        finally:
            run.kill()
        self.assertRegex(done.stdout, r"(?s)\$1 = 0\n.*talk \(n=2\) at .*\$2 = 42\n", done.stdout)
        self.assertEqual((run.returncode, out), (0, "talk(2) = 42\n"))
        self.assertFalse(os.path.exists(script))
        self.assertIn("for emulated boards", self.tenon("run", "--gdb", self.build("h.o", code), code=1).stderr)
        self.tenon("run", "--gdb=0", file, code=2)

    def test_json(self):
        code = "#include <stdio.h>\nint four(int n) { puts(\"one\"); return n + 4; }" \
               "int bad(void) { return *(volatile int *)0xe8000000u; }"
        for file, board in ((self.file("mps2-an386", code, "told.o"), "mps2-an386"),
                            (self.build("told.o", code), None)):
            done = json.loads(self.tenon("run", "--json", file, "--call", "four", "-3").stdout)
            self.assertEqual((done["good"], done["board"], done["output"], done["messages"]),
                             (True, board, ["one"], []))
            self.assertEqual(done["calls"], [{"symbol": "four", "arguments": [-3], "result": 1}])
            done = json.loads(self.tenon("run", "--json", file, "--call", "bad", "--call", "four",
                                         code=139).stdout)
            self.assertEqual((done["good"], done["status"], done["signal"]), (False, 139, "SEGV"))
            self.assertEqual([call["result"] for call in done["calls"]], [None, None])
            self.assertIn("crash", done["messages"][0])

    def test_each_board(self):
        for board in BOARDS:
            with self.subTest(board=board):
                path = self.file(board, TALK)
                done = self.tenon("run", "--board", board, path, "-c", "talk", "7",
                                  "-c", "four", "1", "-2", "3", "0x4")
                self.assertEqual(done.stdout, "up\ntext 10.07\ntalk(7) = 105\n"
                                              "four(1, -2, 3, 4) = 834\ndown 101\n")
                self.assertEqual(done.stderr, "")

    def test_sandbox(self):
        """The same file, fenced in: what it does well, and what its faults become."""
        for board in ("mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547",
                      "virt-rv32", "virt-rv64", "virt-a53"):
            with self.subTest(board=board):
                path = self.file(board, FENCED)
                run = ("run", "--sandbox", "--board", board, path, "-c")
                done = self.tenon(*run, "four", "1", "-2", "3", "4")
                self.assertEqual((done.stdout, done.stderr), ("up\nfour(1, -2, 3, 4) = 834\ndown\n", ""))
                for call, code, text in (
                        (("peek", "0x1000"), 139, "invalid memory access"),
                        (("poke", "0x80000000"), 139, "invalid memory access"),
                        (("jump", "0x10"), 139, "execution of memory that is no code"),
                        (("print", "0x1000"), 159, "a gate refused an argument"),
                        (("illegal",), 132, "illegal or privileged instruction")):
                    done = self.tenon(*run, *call, code=code)
                    self.assertEqual(done.stdout, "up\n")
                    self.assertIn(text, done.stderr)
                    self.assertIn("contained: the firmware goes on\n", done.stderr)
                done = self.tenon(*run, "forever", "--ticks", "5", code=124)
                self.assertIn("no end within 5 ticks", done.stderr)
                self.assertIn("(forever + 0x", done.stderr)

    def test_arithmetic_in_a_sandbox(self):
        """What compilers call for it, sandboxed extensions may call, too."""
        code = """
            int f(int n)
            {
                volatile float f = n;
                volatile double d = n;
                volatile long long l = n * 1000000007LL;
                volatile unsigned long long u = l * 3ULL;
                volatile unsigned int s = n & 31;
                f = f * 1.5f + 2.25f / f - 1;
                d = d * 1.5 - 2.25 / d;
                int r = (f < 3) + (d >= 3) + (f != d) + (int)(unsigned)f + (int)(unsigned long long)d + (int)(long long)f;
                f = l;
                d = u;
                r += (int)(f / 1e6f) + (int)(d / 1e6) + __builtin_isunordered(f, d);
                f = s;
                d = s;
                l = l << s;
                u = u >> s;
                r += (int)f + (int)(float)d + (int)(double)f + (int)(l % 1000) + (int)(u / 77) + (l < (long long)u);
                return r + __builtin_popcount(s) + __builtin_clz(s + 1) + __builtin_ctz(s + 1) + __builtin_bswap32(s) % 100;
            }"""
        expected = self.tenon("run", self.build("host.o", code, "-ffp-contract=off"), "-c", "f", "5").stdout
        for board in ("mps2-an385", "mps2-an386", "mps2-an505", "mps3-an547", "virt-rv32", "virt-rv64", "virt-a53"):
            for flags in ["-Os"], ["-Os", "-msave-restore"]:
                if "virt-rv" in board or flags == ["-Os"]:
                    with self.subTest(board=board, flags=flags):
                        path = self.file(board, code, "file.o", "-ffp-contract=off", *flags)
                        self.assertEqual(self.tenon("run", "--sandbox", "-b", board, path, "-c", "f", "5").stdout, expected)

    def test_no_sandbox(self):
        for board in ("microbit", "sim-lx106"):
            with self.subTest(board=board):
                path = self.file(board, "int one(void) { return 1; }")
                done = self.tenon("run", "--sandbox", "--board", board, path, "-c", "one", code=1)
                self.assertIn(f"board {board} has no user mode for sandboxed extensions", done.stderr)

    def test_compressed(self):
        for board in ("mps2-an386", "virt-rv32"):
            with self.subTest(board=board):
                path = self.file(board, TALK)
                self.tenon("pack", path, "-o", path + ".lz4", "--lz4", "--block", "256")
                done = self.tenon("run", "--board", board, path + ".lz4", "-c", "four", "1", "-2", "3", "0x4")
                self.assertIn("four(1, -2, 3, 4) = 834\n", done.stdout)

    def test_choice(self):
        """Without --board it is the one with the least to spare."""
        for board in BOARDS:
            with self.subTest(board=board):
                took, done = self.verbose(self.file(board, TALK), "-c", "talk", "1")
                self.assertEqual(took, board)
                self.assertIn("talk(1) = 104\n", done.stdout)
                self.assertRegex(done.stderr, r"  text +0x[0-9a-f]+  \d+ bytes")

    def test_choice_by_float_abi_and_instructions(self):
        code = "float f(float a) { return a * 2; } int g(int x) { return (int)f(x) + 1; }"
        for board, flags in (("mps2-an386", "-mcpu=cortex-m4"), ("mps2-an500", "-mcpu=cortex-m7 "
                              "-mfloat-abi=softfp -mfpu=fpv5-d16"), ("mps2-an505", "-mcpu=cortex-m33"),
                             ("mps3-an547", "-mcpu=cortex-m55"), ("mps2-an385", "-mcpu=cortex-m3"),
                             ("mps2-an505", "-mcpu=cortex-m23"),
                             ("mps2-an500", "-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv5-sp-d16")):
            with self.subTest(flags=flags):
                path = self.build("abi.o", code, "-O1", compiler=ARM + flags)
                took, done = self.verbose(path, "-c", "g", "21")
                self.assertEqual((took, done.stdout), (board, "g(21) = 43\n"))

    def test_the_host_is_out_of_reach(self):
        """Semihosting opens files and runs programs of the host; the emulator is confined."""
        secret, made = self.write("secret.txt", "secret"), self.path("made.txt")
        code = r"""
            static int host(int operation, const void *arguments)
            {
                register int r0 __asm__("r0") = operation;
                register const void *r1 __asm__("r1") = arguments;
                __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
                return r0;
            }
            static int open_file(const char *name, unsigned int length, unsigned int mode)
            {
                unsigned int words[3] = {(unsigned int)name, mode, length};
                return host(1, words);
            }
            int reads(void) { return open_file(SECRET, sizeof(SECRET) - 1, 0) >= 0; }
            int writes(void) { return open_file(MADE, sizeof(MADE) - 1, 4) >= 0; }
            int system(void)
            {
                static const char command[] = "touch " MADE;
                unsigned int words[2] = {(unsigned int)command, sizeof(command) - 1};
                return host(18, words);
            }
        """
        path = self.build("intruder.o", code, "-Os", f'-DSECRET="{secret}"', f'-DMADE="{made}"',
                          compiler="arm-none-eabi-gcc -mthumb -mcpu=cortex-m3")
        self.assertEqual(self.tenon("run", path, "-c", "reads", "-c", "writes").stdout,
                         "reads() = 0\nwrites() = 0\n")
        done = self.tenon("run", path, "-c", "system", code=1)
        self.assertIn("asked the emulator to run a program of this machine", done.stderr)
        self.assertFalse(os.path.exists(made))

    def test_a_c_function_without_extern_c(self):
        code = "int puts(const char *); int led(int, bool); extern \"C\" int f() { return puts(\"\") + led(1, true); }"
        path = self.build("c.o", code, "-Os", compiler=BOARDS["mps2-an385"].replace("gcc", "g++"))
        done = self.tenon("run", path, code=1)
        self.assertRegex(done.stderr, r'_Z4putsPKc  puts\(char const\*\)  \(.*extern "C"\)')
        self.assertNotRegex(done.stderr, r'led\(int, bool\).*extern')

    def test_choice_is_not_by_name(self):
        boards = os.path.join(os.path.dirname(TENON), "share", "tenon", "boards")
        folder = self.path("boards")
        os.makedirs(folder)
        shutil.copy(os.path.join(boards, "run"), folder)
        for name, board in (("a", "mps3-an547"), ("b", "mps2-an500"), ("c", "mps2-an386"), ("d", "microbit")):
            os.symlink(os.path.join(boards, board), os.path.join(folder, name))
        for name, compiler in (("c", "mps2-an386"), ("b", "mps2-an500"), ("a", "mps3-an547"),
                               ("d", "microbit"), ("a", "mps2-an505")):
            done = self.tenon("run", "-v", self.file(compiler, TALK), "-c", "four", "1", "2", "3", "4",
                              env={"TENON_BOARDS": folder})
            self.assertIn(f"board {name}: ", done.stderr)
            self.assertIn("four(1, 2, 3, 4) = 1234\n", done.stdout)

    def test_choice_by_memory(self):
        code = "char big[%d]; int f(void) { return sizeof(big); }"
        small = self.build("small.o", code % 3000, compiler=BOARDS["microbit"])
        large = self.build("large.o", code % 30000, compiler=BOARDS["microbit"])
        self.assertEqual(self.verbose(small)[0], "microbit")
        self.assertEqual(self.verbose(small, "--heap", "1M")[0], "mps2-an385")
        took, done = self.verbose(large, "-c", "f")
        self.assertEqual((took, done.stdout), ("mps2-an385", "f() = 30000\n"))
        done = self.tenon("run", "-b", "microbit", large, code=1)
        self.assertRegex(done.stderr, r"large\.o: place: .*\n  See tenon run --list-boards")
        done = self.tenon("run", "-b", "mps2-an385", "-s", "16K", large, code=1)
        self.assertIn("Try a larger --heap.", done.stderr)
        done = self.tenon("run", "-b", "microbit", "-s", "64K", small, code=1)
        self.assertRegex(done.stderr, r"board microbit has \d+ bytes for extensions")

    def test_none_fits(self):
        path = self.build("none.o", "double f(double a) { return a * 2; }",
                          compiler=RISCV + "-march=rv32imafdc -mabi=ilp32d")
        done = self.tenon("run", path, code=1)
        self.assertRegex(done.stderr, r"none\.o: is for RISC-V, 32-bit; no board fits\n"
                                      r"  virt-rv32 +it has another floating-point ABI")
        path = self.build("none.o", "int f(int a) { return a; }", compiler=RISCV
                          + "-march=rv32imafc -mabi=ilp32")
        self.assertIn("instructions that the firmware's processor does not have (-march)",
                      self.tenon("run", path, code=1).stderr)
        # Of a board's firmwares the one with the file's float ABI gives the reason.
        path = self.build("none.o", "double f(double a) { return a * 2; }", "-mthumb", "-mcpu=cortex-m7",
                          "-mfloat-abi=hard", "-mfpu=fpv5-d16", compiler="arm-none-eabi-gcc")
        done = self.tenon("run", path, "-b", "mps2-an386", code=1)
        self.assertIn("double", done.stderr)
        path = self.build("none.o", "int f(int a) { return a; }", compiler="arm-none-eabi-gcc")
        self.assertIn("of another profile than M", self.tenon("run", path, code=1).stderr)

    def test_given_board_does_not_fit(self):
        hard, host = self.file("mps2-an386", TALK), self.build("host.o", "int f(void) { return 1; }")
        for board, path, said in (("microbit", hard, "another floating-point ABI"),
                                  ("virt-rv32", hard, "it is for Arm, the board's processor is RISC-V"),
                                  ("virt-a53", host, "it is for x86-64")):
            done = self.tenon("run", "--board", board, path, code=1)
            self.assertIn(f"does not fit board {board}: ", done.stderr)
            self.assertIn(said, done.stderr)
        m55 = self.build("m55.o", "int f(int x) { return x; }", compiler=ARM + "-mcpu=cortex-m55")
        self.assertIn("instructions that the firmware's processor does not have",
                      self.tenon("run", "-b", "mps2-an385", m55, code=1).stderr)

    def test_unknown_board(self):
        done = self.tenon("run", "--board", "mps2", self.file("microbit", TALK), code=1)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("tenon: no board 'mps2'; there are:\n"))
        self.assertEqual(set(done.stderr.split("\n  ")[1:]),
                         set(BOARDS) - {"virt-rv64"} | {"virt-rv64\n"})

    def test_list(self):
        lines = self.tenon("run", "--list-boards").stdout.splitlines()
        self.assertEqual({line.split()[0] for line in lines}, set(BOARDS))
        self.assertTrue(all(re.search(r"  \w.*  +\d+ KiB  (no )?sandbox +$", line + " ") for line in lines), lines)
        self.assertEqual({line.split()[0] for line in lines if " no sandbox" in line},
                         {"microbit", "sim-lx106"})
        lines = self.tenon("run", "-l", self.file("virt-rv64", TALK)).stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines if line.endswith("  fits")], ["virt-rv64"])

    def test_missing_imports(self):
        code = "int prinft(const char *); int frobnicate_it(void); int _ZN3foo3barEi(int);" \
               "int weak(void) __attribute__((weak)); int f(void) { return weak ? weak()" \
               ": prinft(\"\") + frobnicate_it() + _ZN3foo3barEi(1); }"
        for board in ("microbit", "virt-rv64", "sim-lx106"):
            done = self.tenon("run", self.file(board, code), "--call", "f", code=1)
            self.assertIn("file.o: 3 imports are missing", done.stderr)
            self.assertRegex(done.stderr, r"missing: prinft +did you mean printf\?")
            self.assertRegex(done.stderr, r"missing: frobnicate_it\n")
            self.assertRegex(done.stderr, r"missing: _ZN3foo3barEi  foo::bar\(int\)\n")
            self.assertNotIn("weak", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_several_files(self):
        order = '#include <stdio.h>\nstatic void __attribute__((constructor)) up(void) { puts(NAME); }' \
                'static void __attribute__((destructor)) down(void) { puts("no " NAME); }'
        one = self.file("virt-rv32", order + "int one(int x) { return x + 1; }", "one/x.o", '-DNAME="1"')
        two = self.file("virt-rv32", order + "int one(int); int two(int x) { return one(one(x)); }",
                        "two/x.o", '-DNAME="2"')
        done = self.tenon("run", one, two, "-c", "two", "40", "-c", "one", "1")
        self.assertEqual(done.stdout, "1\n2\ntwo(40) = 42\none(1) = 2\nno 2\nno 1\n")
        done = self.tenon("run", two, one, "-c", "two", "40", code=1)
        self.assertIn("missing: one", done.stderr)
        done = self.tenon("run", one, two, two, "-c", "none", code=1)
        self.assertEqual(done.stdout, "1\n2\n2\nno 2\nno 2\nno 1\n")
        self.assertIn("tenon: exports no none; did you mean one?", done.stderr)
        done = self.tenon("run", one, self.file("virt-a53", TALK), code=1)
        self.assertRegex(done.stderr, r"no board fits all files\n  virt-rv32 .*file\.o: it is for AArch64")

    def test_refused_files(self):
        done = self.tenon("run", "-b", "microbit", self.write("text.o", "hello " * 100), code=1)
        self.assertIn("text.o: not an ELF file", done.stderr)
        done = self.tenon("run", "-b", "microbit", self.path("not-there.o"), code=1)
        self.assertIn("not-there.o: No such file", done.stderr)
        path = self.file("mps2-an385", "int value = 3; int f(void) { return value; }")
        self.assertIn("value is no function", self.tenon("run", path, "-c", "value", code=1).stderr)
        self.assertIn("exports no printf", self.tenon("run", path, "-c", "printf", code=1).stderr)
        image = bytearray(self.read(path))
        image[32:36], image[48:52] = bytes(4), bytes(4) # e_shoff; e_shnum, e_shstrndx
        done = self.tenon("run", "-b", "mps2-an385", self.write("bare.o", bytes(image)), code=1)
        self.assertRegex(done.stderr, r"bare\.o: elf: no section headers\n  hint: .* \(E0407\)\n")

    def test_output_stays_in_order(self):
        """Results are in their places among what the extension prints, however much it is."""
        path = self.file("virt-rv64", '#include <stdio.h>\nint f(int n) { for (int i = 0; i < n; i++)'
                         ' printf("%d,", i); return n; }')
        calls = [word for n in (0, 3, 3000, 1, 9000) for word in ("-c", "f", str(n))]
        expected = "".join("".join(f"{i}," for i in range(n)) + ("\n" if n else "") + f"f({n}) = {n}\n"
                           for n in (0, 3, 3000, 1, 9000))
        self.assertEqual(self.tenon("run", path, *calls).stdout, expected)
        with open("/dev/full", "w") as full:
            done = subprocess.run([TENON, "run", path, "-c", "f", "5"], stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)

    def test_fault_on_each_board(self):
        for board in BOARDS:
            with self.subTest(board=board):
                done = self.tenon("run", self.file(board, TALK), "-c", "talk", "1", "-c", "outer",
                                  "0xe8000000", code=128 + 11)
                self.assertEqual(done.stdout, "up\ntext 1.01\ntalk(1) = 104\n")
                where = "" if board == "microbit" else ", invalid memory access, at address 0xe8000000"
                self.assertRegex(done.stderr,
                                 f"^tenon: crash: SIGSEGV{where}.*\n"
                                 r"  in extension file\.o, section \.text \+ 0x\w+ \(peek \+ 0x[0-3]\)\n"
                                 r"  called from extension file\.o, section \.text \+ .* \(outer \+ .*\n$")

    def test_trap_on_each_board(self):
        """What a compiler makes of __builtin_trap(): BREAK on Xtensa, which does nothing above an interrupt level."""
        for board in BOARDS:
            with self.subTest(board=board):
                path = self.file(board, "int f(int x) { if (x != 7) __builtin_trap(); return x; }")
                done = self.tenon("run", "-b", board, path, "-c", "f", "7", "-c", "f", "1",
                                  code=128 + (11 if board == "microbit" else 4))
                self.assertEqual(done.stdout, "f(7) = 7\n")
                self.assertRegex(done.stderr, r"\n  in extension file\.o, section \.text \+ 0x\w+ \(f \+ 0x\w+\)\n"
                                              r"  hint: a trap that the compiler has put")

    def test_division_by_zero(self):
        """A fault where the processor can tell; Armv6-M's, AArch64's and RISC-V's cannot."""
        code = "int f(int x, int y) { return x / y; }"
        for board in "mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547":
            with self.subTest(board=board):
                self.assertRegex(self.tenon("run", "-b", board, self.file(board, code), "-c", "f", "5", "0", code=128 + 8).stderr,
                                 r"^tenon: crash: SIGFPE, division by zero\n  in extension file\.o, .* \(f \+ 0x0\)\n")
        self.assertRegex(self.tenon("run", "--sandbox", "-b", board, self.file(board, code), "-c", "f", "5", "0",
                                    code=128 + 11).stderr, r"\(f \+ 0x0\)\n  hint: a division, by zero")
        self.assertRegex(self.tenon("run", self.file("sim-lx106", "int f(int x, int y) { return x / y + 1; }"),
                                    "-c", "f", "5", "0", code=128 + 4).stderr,
                         r"in a function of the board's firmware: divide32\n  called from extension file\.o, .* \(f \+ ")

    def test_crash_far_inside_the_firmware(self):
        """No register has the caller: the stack has, and pointers to functions there are not taken for it."""
        code = """
#include <stdio.h>
int before(int x) { return x + 1; }
int other(int x) { return x + 2; }
int f(int x)
{
	char room[9];

	return snprintf(room, x, "%d%s%p%p", x, (char *)0xe8000000ul, (void *)other, (void *)other) + 1;
}"""
        for board in "microbit", "mps2-an386", "virt-rv32", "virt-rv64", "virt-a53", "sim-lx106":
            with self.subTest(board=board):
                self.assertRegex(self.tenon("run", "-b", board, self.file(board, code), "-c", "f", "4", code=None).stderr,
                                 r"  in a function of the board's firmware: \w+\n  called from .* \(f \+ ")

    def test_offset_is_that_of_the_instruction(self):
        path = self.file("mps2-an386", TROUBLE, "file.o", '-DILLEGAL="udf #1"')
        said = self.tenon("run", path, "-c", "illegal", code=128 + 4).stderr
        offset = int(re.search(r"\.text \+ (0x[0-9a-f]+) \(illegal \+ 0x0\)", said).group(1), 16)
        listing = subprocess.run(["arm-none-eabi-objdump", "-d", path], stdout=subprocess.PIPE,
                                 text=True).stdout
        self.assertRegex(listing, r"(?m)^ +%x:\s+de01\s+udf" % offset)

    def test_other_crashes(self):
        for board, illegal in (("mps2-an385", "udf #1"), ("virt-rv32", "unimp"), ("virt-a53", "udf #1"),
                               ("sim-lx106", "ill")):
            path = self.file(board, TROUBLE, "file.o", f'-DILLEGAL="{illegal}"')
            for function, code, said in (
                    ("illegal", 4, r"in extension file\.o.*\(illegal \+ "),
                    ("null", 4 if "mps" in board else 11,
                     r"in no code: a call through a wrong pointer\n  called from .*\(null \+ "),
                    ("in_firmware", 11, r"address 0xe8000000.*\n  in a function of the board's firmware"),
                    ("aborts", 6, r"SIGABRT, abort\n  called from .*\(aborts \+ ")):
                with self.subTest(board=board, function=function):
                    self.assertRegex(self.tenon("run", path, "-c", function, code=128 + code).stderr, said)
            said = self.tenon("run", path, "-c", "later", "1", code=128 + 11).stderr
            self.assertRegex(said, r"in extension file\.o.*\(later \+ ")
            self.assertNotIn("called from", said) # only an earlier call left its mark
            if board != "sim-lx106": # where code cannot be protected
                said = self.tenon("run", path, "-c", "writes_code", code=128 + 11).stderr
                self.assertRegex(said, r"in extension file\.o.*\(writes_code \+ ")

    def test_what_is_compressed_or_signed(self):
        """The machine of what is inside chooses the board."""
        path = self.file("mps2-an386", "int f(int x) { return x + 1; }", "file.o")
        packed, signed, key = self.path("file.lz4"), self.path("file.signed"), self.path("key.pem")
        self.tenon("pack", "--lz4", path, "-o", packed)
        self.tenon("key", "gen", "-o", key)
        self.tenon("sign", packed, "--key", key, "-o", signed, "--name", "file", "--version", "1.0.0", "--counter", "1")
        for file in [packed], [signed, "--ring", key]:
            self.assertEqual(self.tenon("run", *file, "-c", "f", "1").stdout, "f(1) = 2\n")

    def test_call_of_a_cpp_function(self):
        path = self.build("cpp.o", "int f(int x) { return x; }", "-mcpu=cortex-m4", "-mthumb", compiler="arm-none-eabi-g++")
        self.assertIn('exports no f, but the C++ function f(int): declare it extern "C"',
                      self.tenon("run", path, "-c", "f", "1", code=1).stderr)

    def test_import_of_a_cpp_function(self):
        flags = ["-mcpu=cortex-m4", "-mthumb"]
        path = self.build("lib.o", "int led_set(int a, bool b) { return a + b; }", *flags, compiler="arm-none-eabi-g++")
        user = self.build("user.o", "int led_set(int, int); int f(int x) { return led_set(x, 1); }", *flags,
                          compiler="arm-none-eabi-gcc")
        self.assertIn('lib.o has the C++ function led_set(int, bool): declare it extern "C" there\n',
                      self.tenon("run", path, user, "-c", "f", "1", code=1).stderr)

    def test_why_it_is_not_exported(self):
        for source, why in (("static int f(int x) { return x; } int g(int x) { return f(x); }", "it is static"),
                            ('__attribute__((visibility("hidden"))) int f(int x) { return x; } int g(int x) { return x; }',
                             "it is hidden"),
                            ("#include <llext/symbol.h>\nint f(int x) { return x; } int g(int x) { return x; }"
                             "LL_EXTENSION_SYMBOL(g);", "it is there, but not among the exports (LL_EXTENSION_SYMBOL())")):
            for path in (self.build("here.o", source, "-O0", "-I", os.path.join(SOURCE, "include")),
                         self.file("mps2-an386", source, "there.o", "-O0", "-I", os.path.join(SOURCE, "include"))):
                with self.subTest(why=why, path=path):
                    self.assertIn(f"exports no f: {why}", self.tenon("run", path, "-c", "f", "1", code=1).stderr)

    def test_why_a_linked_file_does_not_export_it(self):
        self.write("f.map", "{ global: g; local: *; };")
        source = "int f(int x) { return x; } int g(int x) { return f(x); }"
        for hidden, flags, why in ((False, ["-shared", "-Wl,--version-script," + self.path("f.map")],
                                    "it is static or hidden, or a linker's version script makes it local"),
                                   (True, ["-shared"], "it is static or hidden"),
                                   (False, ["-pie", "-Wl,-e,g"], "it is not in the dynamic symbol table: link with "
                                    "-shared, or with -Wl,--export-dynamic")):
            with self.subTest(why=why):
                code = source.replace("int f", '__attribute__((visibility("hidden"))) int f') if hidden else source
                path = self.build("f.so", code, "-O0", "-fpic", "-nostdlib", *flags, link=True)
                self.assertIn(f"exports no f: {why}", self.tenon("run", path, "-c", "f", "1", code=1).stderr)

    def test_trap_of_a_helper(self):
        """-ftrapv: the compiler's library, which is the firmware's, ends in a trap of its own."""
        for board in "mps2-an385", "microbit", "virt-rv64":
            path = self.file(board, "int f(int x) { return 0x7fffffff + x; }", "file.o", "-ftrapv")
            self.assertRegex(self.tenon("run", path, "-b", board, "-c", "f", "3", code=None).stderr,
                             r"in a function of the board's firmware: __addvsi3\n  called from .*\(f \+ ")

    def test_instruction_that_the_processor_lacks(self):
        """Nothing in the file says so: what it belongs to is said at the crash."""
        for board, word, code, said in (
                ("virt-a53", ".word 0xb8200020", 4, "LSE atomics"), ("virt-a53", ".word 0x2518e3e0", 4, "SVE"),
                ("virt-rv32", ".word 0x0d007057", 4, r"vectors \(V\)"), ("virt-rv32", "ebreak", 4, "a trap"),
                ("mps2-an385", ".inst.w 0xfa80f001", 4, "the DSP extension"),
                ("mps2-an386", ".inst.w 0xef220844", 4, r"vectors \(MVE\)"),
                ("microbit", ".inst.w 0xf2400001", 11, "of 32 bits"), ("mps2-an505", "udf #255", 4, "a trap")):
            path = self.file(board, TROUBLE, "lacks.o", f'-DILLEGAL="{word}"')
            with self.subTest(board=board, word=word):
                done = self.tenon("run", "-b", board, path, "-c", "illegal", code=code and 128 + code)
                self.assertRegex(done.stderr, r"\(illegal \+ 0x\w+\)\n  hint: .*" + said)
        path = self.file("virt-a53", "int n; int go(int k) { return __atomic_fetch_add(&n, k, 5); }", "lse.o",
                         "-mcpu=neoverse-n1")
        done = self.tenon("run", path, "-c", "go", "2", code=128 + 4)
        self.assertIn("hint: an instruction of LSE atomics (Armv8.1)", done.stderr)
        done = self.tenon("run", "--sandbox", path, "-c", "go", "2", code=128 + 4)
        self.assertIn("hint: an instruction of LSE atomics (Armv8.1)", done.stderr)

    def test_executable_whose_addresses_are_not_given(self):
        """The boards have no memory for executables: tenon check says it before."""
        code = '#include <llext/symbol.h>\nint f(int x) { return x; } LL_EXTENSION_SYMBOL(f);'
        for board, start in ("mps2-an386", 0x20200000), ("virt-rv32", 0x83800000):
            path = self.build("fixed.elf", code, INCLUDE, "-DLL_EXTENSION_BUILD", "-static", "-nostdlib", "-ffreestanding",
                              f"-Wl,-Ttext={start:#x},-e,0,--no-relax",
                              compiler=BOARDS[board].replace("--specs=picolibc.specs ", ""), link=True)
            firmware = os.path.join(os.path.dirname(TENON), "share/tenon/boards", board, "runner.elf")
            message = "the port does not give the addresses"
            self.assertIn(message, self.check(path, "-a", firmware, code=1)["files"][0]["reason"])
            self.assertIn(message, self.tenon("run", "-b", board, path, "-c", "f", "4", code=1).stderr)

    def test_tables_of_a_file_that_is_read(self):
        """The board reads its files. What has room only without that, tenon check says, loads only from memory."""
        code = "int f(int x) { return x; }"
        many = "".join(f"int f{i}(int x) {{ return x + {i}; }}" for i in range(3000))
        firmware = os.path.join(os.path.dirname(TENON), "share/tenon/boards/sim-lx106/runner.elf")
        for code, reads in (code, True), (code + many, False):
            path = self.file("sim-lx106", code, "tables.o", "-ffunction-sections")
            found = self.check(path, "-a", firmware)["files"][0]
            self.assertEqual((found["loads"], found["loads_from_storage"]), (True, reads))
            self.assertEqual("if it lies in memory" in self.tenon("check", path, "-a", firmware).stdout, not reads)
            done = self.tenon("run", "-b", "sim-lx106", path, "-c", "f", "4", code=0 if reads else 1)
            self.assertEqual("has no room" in done.stderr, not reads, done.stderr)

    def test_thread_local_variables_of_a_domain(self):
        """A thread has 1024 bytes for them in these boards, and a domain has them in its own memory."""
        code = "__thread char large[20000]; __thread char aligned[8] __attribute__((aligned(4096)));" \
            "int f(int x) { return large[x] + aligned[x & 7]; }"
        for board in "mps2-an505", "virt-rv32", "virt-a53":
            path = self.file(board, code)
            firmware = os.path.join(os.path.dirname(TENON), "share/tenon/boards", board, "runner.elf")
            for sandbox in [], ["--sandbox"]:
                found = self.check(path, "-a", firmware, *sandbox, code=0 if sandbox else 1)["files"][0]
                self.assertEqual(found["loads"], sandbox != [], found["reason"])
                self.tenon("run", "-b", board, *sandbox, path, "-c", "f", "4", code=0 if sandbox else 1)

    def test_medlow_whose_imports_are_missing(self):
        """The board's memory is beyond what -mcmodel=medlow reaches, but 0 is not."""
        code = "extern int value, maybe(int) __attribute__((weak)); extern int value __attribute__((weak));" \
            "int f(int x) { if (maybe) x = maybe(x); return &value ? value : x + 1; }"
        path = self.build("low.o", code, "-O1", compiler=BOARDS["virt-rv64"].replace("medany", "medlow"))
        self.tenon("pack", path, "-o", self.path("low.llext"))
        for path in path, self.path("low.llext"):
            self.assertEqual(self.tenon("run", path, "-c", "f", "4").stdout, "f(4) = 5\n")

    def test_pointer_to_a_nested_function_on_xtensa(self):
        path = self.file("sim-lx106", "int call(int (*f)(int)) { return f(1); } int f(int k) "
                         "{ int add(int v) { return v + k; } return call(add); }", "nested.o")
        self.assertIn("hint: __xtensa_sync_caches is a call for pointers to nested functions",
                      self.tenon("run", path, "-c", "f", "1", code=1).stderr)

    def test_pointer_to_a_nested_function(self):
        """Bare-metal compilers do not say that it needs an executable stack."""
        code = "static int __attribute__((noinline)) app(int (*f)(int), int x) { return f(x); }" \
            "int nest(int k) { int add(int v) { return v + k; } return app(add, 1); }"
        for options in "-march=rv32imac -mabi=ilp32", "-march=rv64gc -mabi=lp64d -mcmodel=medany":
            done = self.tenon("run", self.build("nest.o", code, "-O1", compiler=RISCV + options), "-c", "nest", "4", code=139)
            self.assertIn("hint: the code is on the stack", done.stderr)

    def test_float_code_that_does_not_say_so(self):
        """The firmware with an FPU takes it, where the board is given."""
        path = self.build("f.o", "int f(int x) { return (int)(x * 1.5f); }", "-O1", compiler="arm-none-eabi-gcc "
                          "-mcpu=cortex-m4 -mthumb -mfloat-abi=softfp -mfpu=fpv4-sp-d16")
        subprocess.run(["arm-none-eabi-objcopy", "-R", ".ARM.attributes", path], check=True)
        self.assertEqual(self.tenon("run", "-b", "mps2-an386", path, "-c", "f", "4").stdout, "f(4) = 6\n")

    def test_endless_recursion(self):
        for board in ("microbit", "mps2-an386", "sim-lx106", "virt-rv32", "virt-rv64", "virt-a53"):
            with self.subTest(board=board):
                path = self.file(board, TROUBLE, "file.o", '-DILLEGAL="nop"',
                                 "-fno-optimize-sibling-calls")
                done = self.tenon("run", "-t", "20", path, "-c", "deep", "1", code=128 + 11)
                self.assertIn("tenon: crash: SIGSEGV", done.stderr)
                self.assertNotIn("qemu", done.stderr)
                if board not in ("microbit", "mps2-an386"):
                    self.assertRegex(done.stderr, r"in extension file\.o.*\(deep \+ 0x\w+\)\n")
                self.assertEqual("Is the stack too small" in done.stderr, board != "sim-lx106") # has a ROM below

    def test_time_limit(self):
        path = self.file("virt-rv32", TROUBLE, "file.o", '-DILLEGAL="nop"')
        done = self.tenon("run", "--timeout", "1", path, "-c", "forever", code=124)
        self.assertIn("board virt-rv32: no end after 1 seconds (--timeout)", done.stderr)
        host = self.build("host.o", "int forever(void) { for (;;) __asm__ volatile(\"\"); }")
        done = self.tenon("run", "-t", "1", host, "-c", "forever", code=124)
        self.assertRegex(done.stderr, r"^tenon: no end after 1 seconds \(--timeout\)\n"
                                      r"  in extension host\.o, section \.text \+ .*\(forever \+ ")

    def test_report_that_was_written_over(self):
        """An extension that talks to the host itself: its rubbish in the report is no crash of ours."""
        code = r"""
        static int host(int operation, const void *block)
        {
            register int r0 __asm__("r0") = operation;
            register const void *r1 __asm__("r1") = block;
            __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
            return r0;
        }
        int f(int kind)
        {
            static char text[300000];
            unsigned int open[] = {(unsigned int)"/proc/self/fd/4", 5, 15}, write[3];
            for (unsigned int i = 0; i < sizeof(text); i++)
                text[i] = kind == 4 ? "c0"[i > 0] : kind == 1 ? 'l' : kind == 2 ? "s0\0ffffffff\0001\0002\0003"[i % 18] : "c0\0007"[i % 5];
            write[0] = host(1, open); write[1] = (unsigned int)text; write[2] = sizeof(text);
            host(5, write);
            return 1;
        }"""
        path = self.file("mps2-an385", code)
        for kind in ("1", "2", "3", "4"):
            done = self.tenon("run", path, "-c", "f", kind, code=1)
            self.assertIn("board mps2-an385: its report is malformed", done.stderr)
            self.assertEqual(done.stdout, "f(3) = 7\n" if kind == "3" else "")

    def test_languages(self):
        path = self.build("file.o", "#include <string>\n#include <stdexcept>\n"
                          "extern \"C\" int f(int n) { try { if (n > 2) throw std::runtime_error(\"three\");"
                          "return 0; } catch (const std::exception &e) { return std::string(e.what()).size(); } }",
                          "-Os", "-mfloat-abi=hard", compiler="arm-none-eabi-g++ --specs=picolibcpp.specs "
                          "-mthumb -mcpu=cortex-m33")
        self.assertEqual(self.tenon("run", path, "-c", "f", "1", "-c", "f", "3").stdout,
                         "f(1) = 0\nf(3) = 5\n")
        path = self.file("virt-a53", "#include <zephyr/kernel.h>\nint f(int n) { printk(\"from %d\\n\", n);"
                         "return n; }", "file.o", INCLUDE, INCLUDE.replace("include", "compat/zephyr"),
                         "-DLL_EXTENSION_BUILD")
        self.assertEqual(self.tenon("run", path, "-c", "f", "3").stdout, "from 3\nf(3) = 3\n")

    def test_counted_references(self):
        code = "#include <memory>\nextern \"C\" int f(int n) { auto p = std::make_shared<int>(n); auto q = p;" \
               "return *q * 10 + (int)p.use_count(); }"
        for compiler in "g++", "aarch64-linux-gnu-g++", "riscv64-linux-gnu-g++":
            for flags in (), ("-O2",), ("-Os", "-fno-rtti"):
                with self.subTest(compiler=compiler, flags=flags):
                    path = self.build("counted.o", code, *flags, compiler=compiler)
                    self.assertEqual(self.tenon("run", path, "-c", "f", "3").stdout, "f(3) = 32\n")

    def test_sine_and_cosine(self):
        code = "#include <math.h>\nint f(int n) { return (int)(sin(n * .5) * 1000 + cos(n * .5) * 100000); }" \
               "int g(int n) { return (int)(sinf(n * .5f) * 1000 + cosf(n * .5f) * 100000); }"
        for compiler in "gcc", "aarch64-linux-gnu-gcc", "riscv64-linux-gnu-gcc":
            path = self.build("sine.o", code, "-O2", compiler=compiler)
            self.assertEqual(self.tenon("run", path, "-c", "f", "1", "-c", "g", "1").stdout, "f(1) = 88237\ng(1) = 88237\n")

    def test_no_emulator(self):
        tools = self.path("bin")
        os.makedirs(tools, exist_ok=True)
        for program, package in (("microbit", "qemu-system-arm"), ("sim-lx106", "qemu-system-misc")):
            done = self.tenon("run", self.file(program, TALK), code=1, env={"PATH": tools})
            self.assertRegex(done.stderr, rf"board {program} needs qemu-system-\w+, which is not installed\n"
                                          rf"  On Debian: apt install {package}\n")

    def test_emulator_that_fails(self):
        tools = self.path("broken")
        os.makedirs(tools, exist_ok=True)
        fake = self.write("broken/qemu-system-arm", "#!/bin/sh\necho no such machine >&2\nexit 1\n")
        os.chmod(fake, 0o755)
        done = self.tenon("run", self.file("microbit", TALK), code=1,
                          env={"PATH": tools + ":" + os.environ["PATH"]})
        self.assertIn("board microbit ended with status 1 before the run was complete\n  no such machine\n",
                      done.stderr)

    def test_installed(self):
        """An installation has all that it needs, wherever it is."""
        for prefix in ("first", "a second, moved"):
            if prefix == "first":
                subprocess.run(["cmake", "--install", os.path.dirname(TENON), "--component", "command",
                                "--prefix", self.path(prefix)], check=True, stdout=subprocess.DEVNULL)
            else:
                os.rename(self.path("first"), self.path(prefix))
            command = os.path.join(self.path(prefix), "bin", "tenon")
            done = subprocess.run([command, "run", "-v", self.file("mps2-an505", TALK), "-c", "talk", "2"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertIn("board mps2-an505: Cortex-M33", done.stderr)
            self.assertEqual((done.returncode, done.stdout), (0, "up\ntext 3.02\ntalk(2) = 104\ndown 101\n"))
        self.assertEqual(subprocess.run([command, "run", "-l"], stdout=subprocess.PIPE).stdout,
                         subprocess.run([TENON, "run", "-l"], stdout=subprocess.PIPE).stdout)

    def test_names_are_made_printable(self):
        path = shutil.copy(self.file("virt-rv32", TALK), self.path("es\033[31mcape, of a file.o"))
        done = self.tenon("run", "-v", path, "-c", "talk", "2", "-c", "no\033[31mne", code=1)
        self.assertNotIn("\033", done.stderr + done.stdout)
        self.assertIn("es\\x1b[31mcape, of a file.o: ", done.stderr)
        self.assertIn("exports no no\\x1b[31mne", done.stderr)

    def test_gdb_line_is_true(self):
        path = self.file("mps2-an386", "#include <stdio.h>\nint f(void); int variable = 1; int f(void)"
                         "{ printf(\"%p %p\\n\", (void *)f, (void *)&variable); return 0; }", "where.o",
                         "-ffunction-sections", "-fdata-sections")
        done = self.tenon("run", "-vv", path, "-c", "f")
        function, variable = re.search(r"^(0x\w+) (0x\w+)$", done.stdout, re.M).groups()
        line = re.search(r"^add-symbol-file (.*)$", done.stderr, re.M).group(1)
        self.assertIn(f" -s .text.f {int(function, 16) & ~1:#x}", line)
        self.assertIn(f" -s .data.variable {int(variable, 16):#x}", line)

    def test_completion(self):
        script = f"source <({TENON} completion bash); COMP_WORDS=({TENON} run --board mps) COMP_CWORD=3;" \
                 "_tenon; printf '%s\\n' \"${COMPREPLY[@]}\""
        done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True)
        self.assertEqual(set(done.stdout.split()), {board for board in BOARDS if board.startswith("mps")})


if __name__ == "__main__":
    unittest.main()
