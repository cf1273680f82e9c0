# SPDX-License-Identifier: Apache-2.0
"""tenon check --sandbox: which imports have no gate."""

import json
import os
import subprocess
import unittest

from support import EXPORT_SCRIPT, INCLUDE, SOURCE, ToolTest

FIRMWARE = """
#include <string.h>
#include <llext/gate.h>
int app_start(int x) { return x; }
int app_stop(int x) { return x; }
int app_send(const void *data, size_t bytes) { return data != NULL ? (int)bytes : 0; }
EXPORT_GATE(app_start, VALUE(int, x));
EXPORT_GATE(app_send, IN(const void *, data, bytes), VALUE(size_t, bytes));
EXPORT_SYMBOL(app_stop);
EXPORT_USER(memcpy);
int __aeabi_read_tp(void) { return 1; }
EXPORT_SYMBOL(__aeabi_read_tp);
void llext_cortex_m_read_tp(void) {}
int main(void) { return 0; }
"""
GOOD = """
#include <stddef.h>
int app_start(int); int app_send(const void *, size_t); void *memcpy(void *, const void *, size_t);
int good(char *to, size_t n) { memcpy(to, "x", n); return app_start(app_send(to, n)); }
"""
BAD = "int app_start(int); int app_stop(int); int bad(int x) { return app_start(app_stop(x)); }"

FENCED = """
#include <stdio.h>
static void __attribute__((constructor)) up(void) { puts("up"); }
static void __attribute__((destructor)) down(void) { puts("down"); }
int add(int a, int b) { return a + b; }
int peek(int at) { return *(volatile int *)(unsigned long)(unsigned int)at; }
int poke(int at) { *(volatile int *)(unsigned long)(unsigned int)at = 1; return 0; }
int jump(int at) { return ((int (*)(void))(unsigned long)(unsigned int)at)(); }
int print(int at) { return puts((const char *)(unsigned long)(unsigned int)at); }
int illegal(void) { __asm__ volatile("ud2"); return 0; }
int forever(void) { for (;;) __asm__ volatile(""); }
"""
PRINTF = '#include <stdio.h>\nint f(int x) { return printf("%d %d\\n", x, x); }'


class Sandbox(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firmware = cls.build("firmware.elf", FIRMWARE, INCLUDE, "-Wl,-T," + EXPORT_SCRIPT, link=True)
        cls.good = cls.build("good.o", GOOD, "-fpic", "-fno-builtin")
        cls.bad = cls.build("bad.o", BAD, "-fpic")

    def test_gates(self):
        found = self.check(self.good, "--sandbox", "-a", self.firmware)["files"][0]
        self.assertEqual((found["loads"], found["reason"]), (True, None))

    def test_no_gate(self):
        found = self.check(self.bad, "-a", self.firmware)["files"][0]
        self.assertTrue(found["loads"])
        found = self.check(self.bad, "--sandbox", "-a", self.firmware, code=1)["files"][0]
        self.assertEqual((found["loads"], found["reason"]),
                         (False, "no gate in the firmware for app_stop"))
        text = self.tenon("check", "--sandbox", self.bad, "-a", self.firmware, code=1).stdout
        self.assertIn(f"{self.bad}: would not load: no gate in the firmware for app_stop\n", text)

    def test_exit_functions(self):
        """The library has a gate for them, if the firmware has that part of it."""
        path = self.build("ends.o", "int atexit(void (*)(void)); int f(void (*g)(void)) { return atexit(g); }", "-fpic")
        found = self.check(path, "--sandbox", "-a", self.firmware, code=1)["files"][0]
        self.assertEqual(found["reason"], "no gate in the firmware for atexit")
        record = "LLEXT_GATE_RECORD_(atexit) = {.name = \"atexit\", .function = (const void *)&app_start};"
        having = self.build("having.elf", FIRMWARE + record, INCLUDE, "-Wl,-T," + EXPORT_SCRIPT, link=True)
        self.assertTrue(self.check(path, "--sandbox", "-a", having)["files"][0]["loads"])

    def test_import_that_no_relocation_uses(self):
        """A load passes over it, such as Arm's personality routines of unwind tables: R_*_NONE alone refers to them."""
        none = self.build("none.o", "int f(int x) { return x; } __asm__(\".reloc ., R_X86_64_NONE, app_stop\\n\");")
        self.assertTrue(self.check(none, "--sandbox", "-a", self.firmware)["files"][0]["loads"])
        some = self.build("some.o", "int f(int x) { return x; } __asm__(\".symver stop, app_stop@V1\\n.data\\n.quad stop\\n\");")
        found = self.check(some, "--sandbox", "-a", self.firmware, code=1)["files"][0]
        self.assertEqual(found["reason"], "no gate in the firmware for app_stop")

    def test_weak_import_without_a_gate(self):
        """It is 0 in a domain, as in any load where nobody provides it: that is said."""
        weak = self.build("weak.o", "int app_stop(int) __attribute__((weak)); int app_start(int);"
                          "int f(int x) { return app_stop ? app_stop(x) : app_start(x); }", "-fpic")
        self.assertNotIn("weak", self.tenon("check", weak, "-a", self.firmware).stdout.replace(weak, ""))
        said = self.tenon("check", "--sandbox", weak, "-a", self.firmware).stdout
        self.assertIn("app_stop is weak and missing: it will be 0", said)

    def test_weak_helper_without_a_gate(self):
        """Nobody asks for what compilers call by themselves: as in a file that objcopy --weaken has written."""
        firmware = self.build("helping.elf", FIRMWARE + "EXPORT_SYMBOL(memset);", INCLUDE,
                              "-Wl,-T," + EXPORT_SCRIPT, link=True)
        weak = self.build("weakened.o", "#include <string.h>\nvoid *memset(void *, int, size_t) __attribute__((weak));"
                          "int app_stop(int) __attribute__((weak));"
                          "void *f(void *to, size_t n) { return memset(to, app_stop ? app_stop(0) : 0, n); }",
                          "-fpic", "-fno-builtin")
        self.assertTrue(self.check(weak, "-a", firmware)["files"][0]["loads"])
        found = self.check(weak, "--sandbox", "-a", firmware, code=1)["files"][0]
        self.assertEqual(found["reason"], "no gate in the firmware for memset")

    def test_kit(self):
        """Who has only the kit hears the same."""
        kit = self.path("kit.tar.gz")
        self.tenon("kit", self.firmware, "-o", kit)
        for path, code in ((self.good, 0), (self.bad, 1)):
            ours = self.check(path, "--sandbox", "-a", self.firmware, code=code)["files"][0]
            theirs = self.check(path, "--sandbox", "-a", kit, code=code)["files"][0]
            self.assertEqual((theirs["loads"], theirs["reason"]), (ours["loads"], ours["reason"]))

    def test_without_gates(self):
        firmware = self.build("plain.elf", "#include <llext/symbol.h>\nint app_start(int x) { return x; }\n"
                              "EXPORT_SYMBOL(app_start);\nint main(void) { return 0; }", INCLUDE,
                              "-Wl,-T," + EXPORT_SCRIPT, link=True)
        path = self.build("start.o", "int app_start(int); int f(int x) { return app_start(x); }", "-fpic")
        kit, stripped = self.path("plain.tar.gz"), self.path("plain.stripped")
        self.tenon("kit", firmware, "-o", kit)
        for against in (firmware, kit):
            found = self.check(path, "--sandbox", "-a", against, code=1)["files"][0]
            self.assertEqual(found["reason"], "no gate in the firmware for app_start")
        subprocess.run(["strip", firmware, "-o", stripped], check=True)
        self.assertIn("its symbols, which name the gates, were stripped",
                      self.tenon("check", "--sandbox", path, "-a", stripped, code=1).stderr)

    def test_thread_pointer(self):
        local = self.build("local.o", "int __aeabi_read_tp(void); int f(void) { return __aeabi_read_tp(); }", "-fpic")
        found = self.check(local, "--sandbox", "-a", self.firmware)["files"][0]
        self.assertEqual((found["loads"], found["reason"]), (True, None))

    def test_thread_local(self):
        path = self.build("tls.o", "static _Thread_local int n; int f(void) { return n++; }", "-fpic",
                          "-ftls-model=local-exec")
        found = self.check(path, "--sandbox", "-a", self.firmware)["files"][0]
        self.assertEqual((found["loads"], found["reason"]), (True, None))
        without = self.build("without.elf", FIRMWARE.replace("llext_cortex_m_read_tp", "other"), INCLUDE,
                             "-Wl,-T," + EXPORT_SCRIPT, link=True)
        other = self.build("other.elf", FIRMWARE.replace("llext_cortex_m_read_tp", "llext_mcu_gate_at"), INCLUDE,
                           "-Wl,-T," + EXPORT_SCRIPT, link=True)
        self.assertTrue(self.check(path, "--sandbox", "-a", other)["files"][0]["loads"])
        self.assertTrue(self.check(path, "-a", without)["files"][0]["loads"])
        found = self.check(path, "--sandbox", "-a", without, code=1)["files"][0]
        self.assertEqual((found["loads"], found["reason"]),
                         (False, "thread-local variables have no place in a domain"))

    def test_tables_without_debug_information(self):
        """What an extension takes more in a firmware with domains is what the library's structure has more."""
        code = '#include <stdio.h>\n#include "internal.h"\nint main(void) { printf("%zu", sizeof(struct llext_private)); }'
        sizes, tables = [], []
        for on in 0, 1:
            program = self.build("size", code, INCLUDE, "-I" + os.path.join(SOURCE, "src"),
                                 f"-DCONFIG_USERSPACE={on}", link=True)
            sizes.append(int(subprocess.run([program], check=True, capture_output=True, text=True).stdout))
            firmware = self.build("plain.elf", FIRMWARE + "void llext_sandbox_allocate(void) {}" * on, INCLUDE,
                                  "-Wl,-T," + EXPORT_SCRIPT, link=True)
            tables.append(self.check(self.good, "-a", firmware)["files"][0]["memory"]["table_bytes"])
        self.assertEqual(tables[1] - tables[0], sizes[1] - sizes[0])
        self.assertGreater(sizes[1], sizes[0])

    def test_shared_object(self):
        shared = self.build("good.so", GOOD, "-fpic", "-fno-builtin", "-shared", "-nostdlib",
                            link=True)
        found = self.check(shared, "--sandbox", "-a", self.firmware, code=1)["files"][0]
        self.assertEqual(found["reason"], "only relocatable files can be sandboxed")

    def test_run(self):
        """Here, in a child process; the signals are those of a trusted run."""
        path = self.build("fenced.o", FENCED, "-Os", "-fpic")
        run = ("run", "--sandbox", path, "-c")
        done = self.tenon(*run, "add", "40", "2")
        self.assertEqual((done.stdout, done.stderr), ("up\nadd(40, 2) = 42\ndown\n", ""))
        for call, code, text in ((("peek", "0x1000"), 139, "invalid memory access (load), at address 0x1000"),
                                 (("poke", "0x400000"), 139, "invalid memory access, at address 0x400000"),
                                 (("jump", "0x10"), 139, "execution of memory that is no code"),
                                 (("print", "0x400000"), 159, "argument 1 of puts"),
                                 (("illegal",), 132, "illegal or privileged instruction")):
            done = self.tenon(*run, *call, code=code)
            self.assertEqual(done.stdout, "up\n")
            self.assertIn(text, done.stderr)
            self.assertIn("contained: the firmware goes on\n", done.stderr)
        done = self.tenon(*run, "forever", "--ticks", "20", code=124)
        self.assertIn("no end within 20 ticks", done.stderr)

    def test_run_refused(self):
        path = self.build("printf.o", PRINTF, "-Os", "-fpic")
        self.assertEqual(self.tenon("run", path, "-c", "f", "7").stdout, "7 7\nf(7) = 4\n")
        done = self.tenon("run", "--sandbox", path, "-c", "f", "7", code=1)
        self.assertIn("imports have no gate for a domain: printf", done.stderr)
        self.assertNotIn("did you mean", done.stderr)  # the name is right
        self.tenon("run", "--ticks", "5", path, "-c", "f", code=2)

    def test_inspect(self):
        found = json.loads(self.tenon("inspect", "--json", self.good).stdout)["domain"]
        self.assertEqual(found, [{"unit": "process", "regions": 2, "code_bytes": 4096,
                                  "data_bytes": 4096, "stack_bytes": 1024}])
        arm = self.build("good_arm.o", GOOD, "-fno-builtin", "-mcpu=cortex-m4", "-mthumb",
                         compiler="arm-none-eabi-gcc")
        found = json.loads(self.tenon("inspect", "--json", arm).stdout)["domain"]
        self.assertEqual([(one["unit"], one["regions"], one["data_bytes"]) for one in found],
                         [("PMSAv7 MPU", 2, 1024), ("PMSAv8 MPU", 2, 1024)])
        self.assertRegex(self.tenon("inspect", arm).stdout,
                         r"\n  domain +\d+ +sandboxed, by a PMSAv7 MPU: 2 regions, \d+ for code")

    def test_inspect_thread_local(self):
        """The variables of a thread lie with the domain's other data."""
        path = self.build("many.o", "_Thread_local __attribute__((aligned(64))) char many[100]; int n = 1;", "-fpic",
                          "-mcpu=cortex-m4", "-mthumb", compiler="arm-none-eabi-gcc")
        found = json.loads(self.tenon("inspect", "--json", path).stdout)["domain"]
        self.assertEqual([(one["unit"], one["data_bytes"]) for one in found],
                         [("PMSAv7 MPU", 1280), ("PMSAv8 MPU", 1216)])


if __name__ == "__main__":
    unittest.main()
