# SPDX-License-Identifier: Apache-2.0
"""Thread-local variables: in the local exec model the bytes are GNU ld's, in the others what they lead to.

The first block that the desk gives out is where a static linker puts an executable's, except on
x86-64: the offsets from the thread pointer are the same.
"""
from elf import SHF_TLS, SHT_NOBITS, Elf

SOURCE = """
static int target;
_Thread_local int counter = 7;
static _Thread_local char letters[3];
static _Thread_local int *pointer = &target;
_Thread_local long long many[40] = {1, 2};
extern int firmware_add(int, int);
int work(int n) { letters[n & 1]++; many[n & 31]++; return firmware_add(++counter + letters[1], *pointer + (int)many[2]); }
int *where(void) { return &counter; }
char *letter(int i) { return &letters[i]; }
"""

EXTRA = "\t.tbss : { *(.tbss .tbss.*) }\n"


def compiled(desk, compiler, flags):
    path = desk.path("tls.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SOURCE)
    return desk.compile(path, ["-ffreestanding", "-fno-asynchronous-unwind-tables", *flags], compiler=compiler)


def check_local_exec(desk, commands, imports, helpers):
    """For each of (compiler, flags). The loader has the helpers itself, at addresses of the desk."""
    for compiler, flags in commands:
        path = compiled(desk, compiler, flags)
        elf = Elf(path)
        assert any(s.flags & SHF_TLS and s.type != SHT_NOBITS for s in elf.sections), "no .tdata"
        symbols = list(elf.symbols())
        masked = [(r.target, r.offset, 4) for r in elf.relocations() if symbols[r.symbol].name in helpers]
        loaded = desk.load(path, imports)
        linked = desk.link(path, loaded.sections, {**imports, **helpers}, extra=EXTRA)
        desk.compare(path, loaded, linked, masked)


def run_checks(desk, commands, dynamic, imports, helpers=None):
    check_local_exec(desk, commands, imports, helpers or {})
    for compiler, flags in dynamic:  # every other model loads, and needs no import but these
        loaded = desk.load(compiled(desk, compiler, flags), imports)
        assert "counter.tls" in loaded.symbols, loaded.symbols
