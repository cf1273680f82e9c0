# SPDX-License-Identifier: Apache-2.0
"""Tenon for LLDB: the symbols of loaded extensions come and go as the program loads and unloads.

    (lldb) target create firmware
    (lldb) command script import tenon_lldb.py

The firmware's library must have src/debugger/. A breakpoint in an extension that is not loaded yet stays pending.

    extensions             what is loaded, where, and from which file the symbols are
    extensions DIR[:DIR]   look for debug files there, too; else in the current folder and beside the firmware

The debug file of an extension with a build id is .build-id/xx/yyy.debug, in one of these folders or in /usr/lib/debug.
Else that of the extension `effect` is effect_debug.elf, effect.debug, effect.elf, effect.o, effect.llext, effect.so or
effect. It must have the very sections that were loaded. One that is loaded twice has symbols once.

Of object files LLDB finds lines where it can relocate their debug information: for x86-64 and AArch64, not for Arm and
RISC-V.
"""

import os
import struct

import lldb

NAMES = ("{}_debug.elf", "{}.debug", "{}.elf", "{}.o", "{}.llext", "{}.so", "{}")
VERSION = 1
LONGEST_ID = 64


def printable(name):
    """A name that a file gives may have bytes that are orders to a terminal: only printable ASCII is shown as it is."""
    return "".join(c if " " <= c <= "~" else "?" for c in name)


class Extensions:
    """What is loaded in one program, and the modules that LLDB was given for it."""

    def __init__(self):
        self.folders = []
        self.shown = {}  # record: its module, and the file or why there is none

    def words(self, process, address, count):
        size = process.GetAddressByteSize()
        data = process.ReadMemory(address, count * size, lldb.SBError())
        if data is None or len(data) != count * size:
            raise ValueError("memory that cannot be read")
        order = "<" if process.GetByteOrder() == lldb.eByteOrderLittle else ">"
        return struct.unpack(order + ("Q" if size == 8 else "I") * count, data)

    def text(self, process, address):
        return process.ReadCStringFromMemory(address, 256, lldb.SBError())

    def records(self, target):
        """(address, name, sections, build id) of each record, as llext/debugger.h has it; [] where nothing can be read
        yet."""
        process, found = target.GetProcess(), []
        heads = target.FindSymbols("llext_debug")
        if not process.IsValid() or heads.GetSize() == 0:
            return found
        at = heads.GetContextAtIndex(0).GetSymbol().GetStartAddress().GetLoadAddress(target)
        try:
            version, record = self.words(process, at, 2)
            while version & 0xffffffff == VERSION and record != 0 and len(found) < 10000:
                following, _, name, count, sections, build_id, length = self.words(process, record, 7)
                words = self.words(process, sections, 3 * count) if count < 10000 else ()
                found.append((record, self.text(process, name), tuple(
                    (self.text(process, words[i]), words[i + 1], words[i + 2]) for i in range(0, len(words), 3)),
                    process.ReadMemory(build_id, length, lldb.SBError()) if 1 < length <= LONGEST_ID else None))
                record = following
        except ValueError:
            pass
        return found

    def candidates(self, target, name, build_id):
        """Paths of what may be the debug file, the surest first."""
        folders = self.folders + [".", target.GetExecutable().GetDirectory() or "."]
        if build_id:
            for folder in folders + ["/usr/lib/debug"]:
                yield os.path.join(folder, ".build-id", build_id[:1].hex(), build_id[1:].hex() + ".debug")
        for folder in folders:
            for form in NAMES:
                yield os.path.join(folder, form.format(name))

    def find(self, target, name, sections, build_id):
        """The module of a debug file with these sections, and its path; or None, and why."""
        why = "no debug file found"
        used = {path for module, path in self.shown.values() if module is not None}
        for path in self.candidates(target, name, build_id):
            if not os.path.isfile(path):
                continue
            if path in used:  # LLDB has a file at one place only
                why = f"{path}: in use for another extension"
                continue
            module = target.AddModule(path, None, None)
            if not module.IsValid():
                why = f"{path}: not an ELF file that LLDB reads"
                continue
            left = [module.GetSectionAtIndex(i) for i in range(module.GetNumSections())]
            places = []
            for wanted, address, size in sections:
                match = next((s for s in left if s.GetName() == wanted and s.GetByteSize() == size), None)
                if match is None:
                    why = f"{path}: it has no section {printable(wanted)} of {size} bytes"
                    target.RemoveModule(module)
                    break
                left.remove(match)
                places.append((match, address))
            else:
                for section, address in places:
                    target.SetSectionLoadAddress(section, address)
                return module, path
        return None, why

    def update(self, target):
        """Take away what was unloaded, and show what was loaded."""
        records = self.records(target)
        for record in [record for record in self.shown if record not in records]:
            module, _ = self.shown.pop(record)
            if module is not None:
                target.RemoveModule(module)
        for record in records:
            if self.shown.get(record, (None, ""))[0] is None:
                self.shown[record] = self.find(target, *record[1:])
        return records


extensions = Extensions()


def changed(frame, location, internal_dict):
    """The breakpoint in llext_debug_changed(): it stops nobody."""
    extensions.update(frame.GetThread().GetProcess().GetTarget())
    return False


def list_extensions(debugger, command, result, internal_dict):
    target = debugger.GetSelectedTarget()
    follow(target)
    if command.strip():
        extensions.folders = [os.path.expanduser(folder) for folder in command.strip().split(":")]
    records = extensions.update(target)
    if not records:
        result.AppendMessage("No extension is loaded, or the program has no list of them (src/debugger).")
    for record in records:
        module, path = extensions.shown[record]
        text = next((address for name, address, _ in record[2] if name.startswith(".text")), 0)
        result.AppendMessage(f"{printable(record[1]):16}  {text:#x}  {path if module is not None else '(' + path + ')'}")


def follow(target):
    if not target.IsValid() or any("tenon" in names(point) for point in target.breakpoint_iter()):
        return
    point = target.BreakpointCreateByName("llext_debug_changed")
    point.AddName("tenon")
    point.SetScriptCallbackFunction(__name__ + ".changed")


def names(point):
    found = lldb.SBStringList()
    point.GetNames(found)
    return [found.GetStringAtIndex(i) for i in range(found.GetSize())]


def __lldb_init_module(debugger, internal_dict):
    debugger.HandleCommand(f"command script add -f {__name__}.list_extensions extensions")
    follow(debugger.GetSelectedTarget())
