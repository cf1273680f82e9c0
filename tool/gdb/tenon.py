# SPDX-License-Identifier: Apache-2.0
"""Tenon for gdb: the symbols of loaded extensions come and go as the program loads and unloads.

A firmware whose library has src/debugger/ carries this script in its .debug_gdb_scripts section, and gdb
runs it when it opens the firmware, if its auto-load safe path allows. Otherwise: source tenon.py

  info extensions        what is loaded, where, and from which file the symbols are
  extension NAME         the sections of one extension
  tenon load-symbols     look again, after `set tenon debug-path` was changed
  set tenon debug-path   folders in which debug files are looked for, separated by colons

The debug file of an extension with a build id is .build-id/xx/yyy.debug, in one of the folders below or in gdb's own
(`show debug-file-directory`). Otherwise the debug file of the extension `effect` is effect_debug.elf, effect.elf, effect.o, effect.llext, effect.so
or effect, in one of those folders, the current folder, or the firmware's. It must have debug information and the
very sections that were loaded, and no other build id; one that differs is not used, and a message says why. Where it has
a section .gnu_debuglink, the file that this names has the debug information: beside it, or in .debug/ there.
"""

import os
import struct
import tempfile

import gdb

NAMES = ("{}_debug.elf", "{}.debug", "{}.elf", "{}.o", "{}.llext", "{}.so", "{}")
VERSION = 1
SHF_ALLOC = 2
SHT_NOBITS = 8


def printable(name):
    """A name that a file gives may have bytes that are orders to a terminal: only printable ASCII is shown as it is."""
    return "".join(c if " " <= c <= "~" else "?" for c in name)


class Elf:
    """The section headers of an ELF file."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:4] != b"\x7fELF" or len(self.data) < 52:
            raise ValueError("not an ELF file")
        self.wide = self.data[4] == 2
        self.order = "<" if self.data[5] == 1 else ">"
        if self.wide:
            self.shoff, = self.read("Q", 40)
            self.entry, self.count, names = self.read("HHH", 58)
        else:
            self.shoff, = self.read("I", 32)
            self.entry, self.count, names = self.read("HHH", 46)
        form = "IIQQQQIIQQ" if self.wide else "IIIIIIIIII"
        size = 64 if self.wide else 40
        if self.shoff == 0 or self.entry < size:
            raise ValueError("no section headers")
        if self.count == 0:
            self.count = self.read(form, self.shoff)[5]
        if names == 0xffff:
            names = self.read(form, self.shoff)[6]
        self.headers = [self.read(form, self.shoff + i * self.entry) for i in range(self.count)]
        start = self.headers[names][4]
        self.sections = []
        for header in self.headers:
            end = self.data.index(b"\0", start + header[0])
            self.sections.append(self.data[start + header[0]:end].decode("utf-8", "replace"))

    def read(self, form, offset):
        return struct.unpack_from(self.order + form, self.data, offset)

    def loaded(self):
        """(index, name, size) of each section that a load takes."""
        return [(i, self.sections[i], header[5]) for i, header in enumerate(self.headers)
                if header[2] & SHF_ALLOC and header[5] != 0]

    def bytes_of(self, name):
        """The bytes of the first section of that name; empty where there is none."""
        for i, header in enumerate(self.headers):
            if self.sections[i] == name and header[1] != SHT_NOBITS:
                return self.data[header[4]:header[4] + header[5]]
        return b""

    def build_id(self):
        note = self.bytes_of(".note.gnu.build-id")
        if len(note) < 16 or note[12:16] != b"GNU\0":
            return b""
        name_bytes, count, kind = struct.unpack_from(self.order + "III", note)
        return note[16:16 + count] if (name_bytes, kind) == (4, 3) else b""

    def debug_link(self):
        return self.bytes_of(".gnu_debuglink").split(b"\0", 1)[0].decode("utf-8", "replace")

    def without(self, low, high):
        """A copy in which no section has addresses in [low, high): gdb lets the first section that has
        an address hide all others, so an array that is the heap would hide every extension."""
        data = bytearray(self.data)
        changed = False
        for i, header in enumerate(self.headers):
            start, end = header[3], header[3] + header[5]
            if not header[2] & SHF_ALLOC or start >= high or end <= low:
                continue
            at = self.shoff + i * self.entry
            if start < low:  # what is before the heap stays
                struct.pack_into(self.order + ("Q" if self.wide else "I"), data,
                                 at + (32 if self.wide else 20), low - start)
            else:
                struct.pack_into(self.order + ("Q" if self.wide else "I"), data,
                                 at + 8, header[2] & ~SHF_ALLOC)
            changed = True
        return bytes(data) if changed else None


class DebugPath(gdb.Parameter):
    """Folders in which the debug files of extensions are looked for, separated by colons."""

    set_doc = "Set the folders in which the debug files of extensions are looked for."
    show_doc = "Show the folders in which the debug files of extensions are looked for."

    def __init__(self):
        super().__init__("tenon debug-path", gdb.COMMAND_FILES, gdb.PARAM_STRING)
        self.value = ""

    def get_set_string(self):
        state.update()
        return ""

    def get_show_string(self, value):
        return f"Debug files of extensions are looked for in: {value or '(the current folder)'}"


class Extension:
    """One entry of the firmware's list, and the file that its symbols are from."""

    def __init__(self, record):
        self.address = int(record.address)
        self.ext = int(record["ext"])
        self.name = record["name"].string(errors="replace")
        sections = record["sections"]
        self.sections = [(sections[i]["name"].string(errors="replace"),
                          int(sections[i]["addr"]), int(sections[i]["bytes"]))
                         for i in range(int(record["count"]))]
        self.build_id = b""
        if any(field.name == "build_id" for field in record.type.fields()) and int(record["build_id"]) != 0:
            memory = gdb.selected_inferior().read_memory(int(record["build_id"]), int(record["build_id_bytes"]))
            self.build_id = bytes(memory)
        self.file = None
        self.why = "no debug file found"
        self.handle = None

    def key(self):
        return self.address, self.ext, self.name, tuple(self.sections)

    def section_arguments(self):
        """What add-symbol-file wants; it takes like-named sections in the order of the file. A line break would end the
        command."""
        return " ".join(f"-s {quoted(name)} {addr:#x}" for name, addr, _ in self.sections if name.isprintable())

    def mismatch(self, elf):
        """Why the file is not what was loaded; None: it is."""
        found = elf.build_id()
        if found and self.build_id and found != self.build_id:
            return f"its build id is {found.hex()}, and {self.build_id.hex()} was loaded"
        wanted = [(name, size) for name, _, size in self.sections]
        found = [(name, size) for _, name, size in elf.loaded()]
        missing = list(found)
        for pair in wanted:
            if pair in missing:
                missing.remove(pair)
            else:
                sizes = [size for name, size in found if name == pair[0]]
                if not sizes:
                    return f"it has no section {printable(pair[0])}"
                return f"section {printable(pair[0])} has {sizes[0]} bytes there, and {pair[1]} were loaded"
        return None

    def candidates(self):
        """Paths of what may be the debug file, the surest first."""
        folders = [folder for folder in state.path.value.split(":") if folder]
        folders.append(os.getcwd())
        if state.program:
            folders.append(os.path.dirname(state.program))
        if self.build_id:
            name = self.build_id.hex()
            own = [folder for folder in gdb.parameter("debug-file-directory").split(":") if folder]
            for folder in folders + own:
                yield os.path.join(folder, ".build-id", name[:2], name[2:] + ".debug")
        for folder in folders:
            for form in NAMES:
                yield os.path.join(folder, form.format(self.name))

    def take(self, path):
        """The file as an Elf, if it is what was loaded; else None, and self.why says why."""
        try:
            elf = Elf(path)
            why = self.mismatch(elf)
        except (ValueError, IndexError, struct.error) as error:
            why = str(error)
        if why is not None:
            self.why = f"{path}: {why}"
        return elf if why is None else None

    def find(self):
        for path in self.candidates():
            elf = self.take(path) if os.path.isfile(path) else None
            if elf is None:
                continue
            link = os.path.basename(elf.debug_link())
            for folder in ("", ".debug"):
                other = os.path.join(os.path.dirname(path), folder, link)
                linked = self.take(other) if link and os.path.isfile(other) else None
                if linked is not None:
                    return other, linked
            return path, elf
        return None, None

    def show(self):
        path, elf = self.find()
        if path is None:
            if self.why != "no debug file found":
                print(f"tenon: no symbols for {printable(self.name)}: {self.why}")
            return
        arguments = self.section_arguments()
        if not arguments:
            return
        before = {id(objfile) for objfile in gdb.objfiles()}
        gdb.execute(f"add-symbol-file {quoted(path)} {arguments}", to_string=True)
        added = [objfile for objfile in gdb.objfiles() if id(objfile) not in before]
        self.file = path
        self.handle = added[-1] if added else None

    def hide(self):
        if self.file is None:
            return
        # Any address of the file's names it; the first section's is one.
        try:
            gdb.execute(f"remove-symbol-file -a {self.sections[0][1]:#x}", to_string=True)
        except gdb.error as error:
            print(f"tenon: the symbols of {printable(self.name)} stay: {error}")
        self.file = None


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Changed(gdb.Breakpoint):
    """Stops nobody: it follows the list."""

    def __init__(self):
        super().__init__("llext_debug_changed", internal=True)
        self.silent = True

    def stop(self):
        state.update()
        return False


class State:
    def __init__(self):
        self.extensions = {}
        self.breakpoint = None
        self.program = None
        self.folder = None
        self.heap_shown = set()

    def records(self):
        """The firmware's list; None where it has none, or no memory can be read yet."""
        try:
            head = gdb.parse_and_eval("llext_debug")
            version = int(head["version"])
            record = head["first"]
        except (gdb.error, gdb.MemoryError):
            return None
        if version != VERSION:
            # Before the start-up code has copied the data there is anything here.
            return None
        found, seen = [], set()
        try:
            while int(record) != 0 and int(record) not in seen:
                seen.add(int(record))
                found.append(Extension(record.dereference()))
                record = record.dereference()["next"]
        except (gdb.error, gdb.MemoryError):
            return None
        return found

    def update(self):
        records = self.records()
        if records is None:
            return
        new = {record.key(): record for record in records}
        for key in [key for key in self.extensions if key not in new]:
            self.extensions.pop(key).hide()
        for key, record in new.items():
            old = self.extensions.get(key)
            if old is None or old.file is None:
                self.extensions[key] = record
                self.uncover(record)
                record.show()

    def uncover(self, record):
        """If the firmware's own sections cover an extension, gdb would not find its lines."""
        program = gdb.current_progspace().filename
        if program is None or not record.sections:
            return
        low = min(addr for _, addr, _ in record.sections)
        high = max(addr + size for _, addr, size in record.sections)
        base = self.load_bias(program)
        try:
            elf = Elf(self.program or program)
            heap = self.heap_of(low, high)
            copy = elf.without(heap[0] - base, heap[1] - base)
        except (OSError, ValueError, IndexError, struct.error):
            return
        if copy is None or heap in self.heap_shown:
            return
        self.heap_shown.add(heap)
        if self.program is None:
            self.program = os.path.abspath(program)
        if self.folder is None:  # removed when gdb ends: it reads the file whenever it likes
            self.folder = tempfile.TemporaryDirectory(prefix="tenon-gdb-")
        path = os.path.join(self.folder.name, f"{low:x}-" + os.path.basename(self.program))
        with open(path, "wb") as file:
            file.write(copy)
        offset = f" -o {base:#x}" if base else ""
        gdb.execute(f"symbol-file{offset} {quoted(path)}", to_string=True)

    @staticmethod
    def heap_of(low, high):
        """The array that the addresses lie in, where the firmware's symbols say so."""
        try:
            symbol = gdb.execute(f"info symbol {low:#x}", to_string=True)
            name = symbol.split()[0]
            block = gdb.parse_and_eval(f"&'{name}'")
            start = int(block)
            size = int(block.dereference().type.sizeof)
            if start <= low and high <= start + size and size > 0:
                return start, start + size
        except (gdb.error, IndexError):
            pass
        return low, high

    @staticmethod
    def load_bias(program):
        """How far a position independent program was moved."""
        try:
            elf = Elf(program)
            text = elf.sections.index(".text")
            files = gdb.execute("info files", to_string=True)
            for line in files.splitlines():
                words = line.split()
                if len(words) == 5 and words[1] == "-" and words[3] == "is" and words[4] == ".text":
                    return int(words[0], 16) - elf.headers[text][3]
        except (OSError, ValueError, IndexError, struct.error):
            pass
        return 0

    def arm(self):
        """Follow the list from now on, if this program has one."""
        if self.breakpoint is not None and self.breakpoint.is_valid():
            return
        if gdb.lookup_global_symbol("llext_debug_changed") is None and \
                gdb.lookup_static_symbol("llext_debug_changed") is None:
            return
        self.breakpoint = Changed()

    def forget(self):
        for extension in self.extensions.values():
            extension.hide()
        self.extensions = {}


class TenonPrefix(gdb.Command):
    """Commands for extensions that Tenon loads."""

    def __init__(self):
        super().__init__("tenon", gdb.COMMAND_FILES, prefix=True)


class SetTenonPrefix(gdb.Command):
    """Settings for extensions that Tenon loads."""

    def __init__(self):
        super().__init__("set tenon", gdb.COMMAND_FILES, prefix=True)


class ShowTenonPrefix(gdb.Command):
    """Show settings for extensions that Tenon loads."""

    def __init__(self):
        super().__init__("show tenon", gdb.COMMAND_FILES, prefix=True)


class LoadSymbols(gdb.Command):
    """Look for the debug files of all loaded extensions again."""

    def __init__(self):
        super().__init__("tenon load-symbols", gdb.COMMAND_FILES)

    def invoke(self, argument, from_tty):
        state.arm()
        for extension in state.extensions.values():
            extension.hide()
        state.extensions.clear()
        state.update()


class InfoExtensions(gdb.Command):
    """List the extensions that are loaded, and the files that their symbols are from."""

    def __init__(self):
        super().__init__("info extensions", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        state.update()
        records = state.records()
        if records is None:
            raise gdb.GdbError("This program has no list of extensions (src/debugger), or has not started.")
        if not records:
            print("No extension is loaded.")
            return
        width = max(len("name"), max(len(record.name) for record in records))
        print(f"{'name':{width}}  {'.text':18}  symbols")
        for record in records:
            known = state.extensions.get(record.key(), record)
            text = [addr for name, addr, _ in record.sections if name == ".text"] or \
                   [addr for name, addr, _ in record.sections if name.startswith(".text")]
            where = f"{text[0]:#x}" if text else "-"
            print(f"{printable(record.name):{width}}  {where:18}  {known.file or '(' + known.why + ')'}")


class ShowExtension(gdb.Command):
    """extension NAME: list the sections of one loaded extension."""

    def __init__(self):
        super().__init__("extension", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        name = argument.strip()
        if not name:
            raise gdb.GdbError("Usage: extension NAME; `info extensions` lists the names.")
        for record in state.records() or []:
            if name in (record.name, printable(record.name)):
                for section, addr, size in record.sections:
                    print(f"{addr:#018x}  {size:8}  {printable(section)}")
                return
        raise gdb.GdbError(f"No extension {name} is loaded.")

    def complete(self, text, word):
        names = [printable(record.name) for record in state.records() or []]
        return [name for name in names if name.startswith(text)]


def on_stop(event):
    state.arm()
    state.update()


def on_exit(event):
    state.forget()


def on_new_objfile(event):
    state.arm()


state = State()
TenonPrefix()
SetTenonPrefix()
ShowTenonPrefix()
state.path = DebugPath()
LoadSymbols()
InfoExtensions()
ShowExtension()
gdb.events.stop.connect(on_stop)
gdb.events.exited.connect(on_exit)
gdb.events.new_objfile.connect(on_new_objfile)
state.arm()
state.update()
