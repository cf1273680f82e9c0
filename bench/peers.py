# SPDX-License-Identifier: Apache-2.0
"""Another loader in the same firmware, with the same modules. See bench/README.md."""

import glob
import os

import boards
import ledger
import report

EXPORTS = 1000
# The figures of a row, in the order of bench/ledger/peers.csv.
FIGURES = ["firmware_exports", "file_bytes", "image_bytes", "load", "copy", "unload", "heap_over_image",
           "stack", "leak"]
COLUMNS = ["peer", "version", "board", "module"] + FIGURES + ["code_bytes"]


def modules_of(board, lua, quick):
    """With their forms that need no veneers, which not every loader makes."""
    modules = ["hello"] + (["lua"] if lua and not quick else [])
    return [module + form for module in modules
            for form in (["", "-long"] if board.startswith("mps") else [""])]


def prepare(peer, folder, module):
    """The module in a form of the peer's own, where its folder has a program that makes it."""
    prepared = f"{module}.prepared.llext"
    boards.run([os.path.join(peer, "prepare"), f"{module}.llext", prepared], cwd=folder)
    return f"{module}.prepared"


def symbols(objects, option):
    return {line.split()[-1] for line in boards.run(["llvm-nm", option, "-j"] + objects).splitlines()
            if line and not line.endswith(":")}


def code_bytes(folder):
    """Code and constants of the loader: of those functions that its adapter needs."""
    def objects(part):
        return sorted(glob.glob(os.path.join(folder, f"CMakeFiles/{part}.dir/**/*.obj"), recursive=True) +
                      glob.glob(os.path.join(folder, f"CMakeFiles/{part}.dir/**/*.o"), recursive=True))

    with open(os.path.join(folder, "compiler.txt"), encoding="utf-8") as file:
        compiler = file.read()
    loader, adapter = objects("peer_loader"), objects("peer_adapter")
    needed = symbols(adapter, "--undefined-only") & symbols(loader, "--defined-only")
    if not needed:
        raise boards.Failure("the adapter needs nothing of PEER_SOURCES")
    linked = os.path.join(folder, "peer-loader.o")
    roots = [f"-Wl,-u,{name}" for name in sorted(needed)]
    boards.run([compiler, "-nostdlib", "-r", "-Wl,--gc-sections"] + roots + loader + ["-o", linked])
    return int(boards.run(["llvm-size", linked]).splitlines()[1].split()[0])


def measure(board, folder, peer, lua, jobs, quick):
    """One row for each module; of one that the peer refuses the error number is all."""
    if not os.path.exists(os.path.join(peer, "peer.cmake")):
        raise boards.Failure(f"{peer} has no peer.cmake")
    modules = modules_of(board, lua, quick)
    boards.build(board, folder, lua, jobs, [f"PEER={peer}"], ["peer-1000"] + modules)
    if os.path.exists(os.path.join(peer, "prepare")):
        modules += [prepare(peer, folder, module) for module in modules]
    text, rows = {}, []
    for line in boards.run_firmware(board, folder, "peer-1000.elf", [f"{module}.llext" for module in modules]):
        kind, _, rest = line.partition(" ")
        if kind in ("name", "version"):
            text[kind] = rest
        if kind == "peer":
            found = boards.fields(line)
            row = {"module": found.pop("module").removesuffix(".llext")}
            row.update({name: int(value) for name, value in found.items()})
            rows.append(row)
    if [row["module"] for row in rows] != modules:
        raise boards.Failure(f"{board}: not all of {', '.join(modules)} were measured")
    code = code_bytes(folder)
    return [{"peer": text["name"], "version": text["version"], "board": board, **row, "code_bytes": code}
            for row in rows]


def table(rows):
    title = (f"{rows[0]['peer']}, {rows[0]['version']}, on {rows[0]['board']}: {rows[0]['code_bytes']:,} bytes of code")
    header = ["module", "file", "image", "instructions", "copy", "heap over", "stack", "unload", "leak"]
    names = ["file_bytes", "image_bytes", "load", "copy", "heap_over_image", "stack", "unload", "leak"]
    lines = [[row["module"]] + ([row[name] for name in names] if "refused" not in row else [None] * len(names))
             for row in rows]
    refused = [f"{row['module']}: refused with {row['refused']}" for row in rows if "refused" in row]
    return "\n".join([report.table(title, header, lines)] + refused)


def csv(rows):
    return ledger.csv_text(COLUMNS, [row for row in rows if "refused" not in row])
