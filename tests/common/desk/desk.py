# SPDX-License-Identifier: Apache-2.0
"""
Load files with desk_load, link the same files with the target's own linker at the same addresses,
and compare. Each test is a function whose name begins with test_; the first that fails is named
and ends the run.
"""
import os
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True  # the sources stay as they are
from elf import Elf, SHF_TLS, SHT_NOBITS  # noqa: E402


def run(command, fail=True, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if fail and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Heap:
    def __init__(self, load, size):
        self.load, self.size = load, size


class Loaded:
    """What desk_load said, and the memory that it left."""

    def __init__(self, output, dump, instr, data):
        self.sections, self.regions, self.symbols, self.diag = {}, {}, {}, ""
        self.imports = []
        for line in output.splitlines():
            word, _, rest = line.partition(" ")
            parts = rest.split()
            if word == "plan":
                self.plan, self.veneers, self.got, self.relocations = map(int, parts)
            elif word == "load":
                self.rc = int(parts[0])
            elif word == "diag":
                self.diag = rest
            elif word == "section" and parts[1] != "0x0":
                self.sections[int(parts[0])] = int(parts[1], 0)
            elif word == "region":
                self.regions[int(parts[0])] = int(parts[1], 0), int(parts[2])
            elif word == "symbol":
                self.symbols[parts[0]] = int(parts[1], 0)
            elif word == "import":
                self.imports.append((parts[0], parts[1] == "1"))
            elif word == "used":
                self.used = int(parts[0])
            elif word == "left":
                self.left = int(parts[0])
        self.memory = [(instr.load, dump[: instr.size])] if instr.size else []
        self.memory.append((data.load, dump[instr.size :]))

    def read(self, address, size):
        for load, memory in self.memory:
            if load <= address and address + size <= load + len(memory):
                return memory[address - load : address - load + size]
        raise AssertionError(f"{address:#x} is not on the heaps")

    def word(self, address, size=4):
        return int.from_bytes(self.read(address, size), "little")


class Desk:
    def __init__(self, program, prefix, as_flags=(), ld_flags=()):
        self.program, self.prefix = program, prefix
        self.as_flags, self.ld_flags = list(as_flags), list(ld_flags)
        self.folder = tempfile.TemporaryDirectory()
        self.instr, self.data = Heap(0, 0), Heap(0x10000000, 0x40000)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def heaps(self, instr, data):
        self.instr, self.data = Heap(*instr), Heap(*data)

    def assemble(self, source, name="test", tool=None):
        output = self.path(name + ".o")
        command = tool or [self.prefix + "as", *self.as_flags]
        run([*command, "-o", output, "-"], input=source)
        return output

    def compile(self, source, flags, name="test", compiler=None):
        output = self.path(name + ".o")
        run([*(compiler or [self.prefix + "gcc"]), *flags, "-c", source, "-o", output])
        return output

    def load(self, path, imports=None, fails=False, **options):
        """Options: count_first, no_peek."""
        dump = self.path("dump")
        areas = (self.instr.load, self.instr.size, self.data.load, self.data.size)
        names = [f"{n}={a:#x}" for n, a in sorted((imports or {}).items())]
        environment = dict(os.environ, **{f"DESK_{name.upper()}": "1" for name in options})
        command = [self.program, path, dump, *map(hex, areas), *names]
        output = run(command, env=environment).stdout
        with open(dump, "rb") as file:
            result = Loaded(output, file.read(), self.instr, self.data)
        assert (result.rc < 0) == fails, f"{path}: load {result.rc}: {result.diag}"
        assert fails or result.plan == 0, f"plan {result.plan}, load {result.rc}"
        assert result.left == 0, f"{result.left} bytes leaked"
        return result

    def link(self, path, addresses, imports=None, extra="", fails=False):
        """The linker's output, each section at the address given by its index."""
        elf, output, script = Elf(path), self.path("linked"), self.path("script.ld")
        path = elf.write_unmerged(self.path("unmerged.o"))
        lines = [
            f"\t{s.name} {addresses[s.index]:#x} : SUBALIGN(1) {{ *({s.name}) }}\n"
            for s in sorted(elf.loaded(), key=lambda s: s.flags & SHF_TLS)  # those side by side
            if s.index in addresses and not (s.flags & SHF_TLS and s.type == SHT_NOBITS)
        ]
        with open(script, "w", encoding="utf-8") as file:
            file.write("SECTIONS {\n" + "".join(lines) + extra + "}\n")
        symbols = [f"--defsym={n}={a:#x}" for n, a in (imports or {}).items()]
        command = [self.prefix + "ld", *self.ld_flags, "-static", "-e", "0", "-T", script]
        command += ["--traditional-format"]  # .eh_frame as it is
        command += ["--no-check-sections", "--orphan-handling=place", "-o", output, path, *symbols]
        if os.path.exists(output):
            os.remove(output)
        done = run(command, fail=not fails)
        if fails:
            assert done.returncode != 0, "the linker did not refuse it"
            return None
        return Elf(output)

    def compare(self, path, loaded, linked, masked=()):
        """All loaded sections are equal but for the bytes at (section, offset, size) masked."""
        elf = Elf(path)
        compared = 0
        for section in elf.loaded():
            if section.index not in loaded.sections or section.type == SHT_NOBITS:
                continue
            ours = bytearray(loaded.read(loaded.sections[section.index], section.size))
            theirs = bytearray(linked.contents(linked.section(section.name))[: section.size])
            for index, offset, size in masked:
                if index == section.index:
                    ours[offset : offset + size] = theirs[offset : offset + size] = bytes(size)
            for i, (a, b) in enumerate(zip(ours, theirs)):
                at = loaded.sections[section.index] + i
                assert a == b, (
                    f"{section.name}+{i:#x} at {at:#x}: {ours[i & ~3 : (i & ~3) + 8].hex()}, "
                    f"the linker has {theirs[i & ~3 : (i & ~3) + 8].hex()}"
                )
            compared += len(ours)
        assert compared > 0, "nothing was compared"
        return compared


def main(tests):
    for name, test in list(tests.items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            print(f"{name}: failed")
            return 1
    return 0
