# SPDX-License-Identifier: Apache-2.0
"""Builds the firmware and the modules for a board, runs them there, and reads what they print."""

import glob
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BOARDS = ["mps2-an386", "virt-rv32"]
SANDBOX = ["mps2-an385", "mps2-an386", "mps2-an505", "virt-rv32", "virt-rv64", "virt-a53"]
EXPORTS = [1000, 4000]
KINDS = ["read", "peek", "protected", "stream", "lz4", "among-1", "among-100", "among-1000"]
FAMILIES = ["sections", "relocations", "imports", "exports", "all"]
SIZES = [5, 50, 500]
CALLS = 1000  # that function_calls() is asked for
# Whether the library loads packed files from a source that cannot seek; then they are measured.
PACKED = True
# How `tenon pack` makes a module of that suffix, and how that is read. {}: the firmware.
PACKS = {"packed": ([], "stream"), "bound": (["--bind", "{}"], "stream"),
         "bound.lz4": (["--bind", "{}", "--lz4"], "lz4")}
# The columns of the figures that are numbers, in the order in which the firmware prints them.
NUMBERS = ["firmware_exports", "file_bytes", "image_bytes", "relocations", "imports", "veneers", "load",
           "copy", "unload", "reads", "seeks", "peeks", "bytes_read", "heap_over_image", "leak", "stack"]


class Failure(Exception):
    """Something that was to be measured could not be."""


def run(command, **options):
    """Runs a command and returns what it prints; if it fails that is in the error."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def configure_and_build(source, folder, jobs, settings, targets=("all",)):
    run(["cmake", "-G", "Ninja", "-S", os.path.join(ROOT, source), "-B", folder] +
        [f"-D{setting}" for setting in settings])
    run(["cmake", "--build", folder, "-j", str(jobs), "--target", *targets])


def build(board, folder, lua, jobs, more=(), targets=("all",)):
    settings = [f"CMAKE_TOOLCHAIN_FILE={ROOT}/boards/{board}/toolchain.cmake", f"LUA_SOURCE={lua or ''}"]
    for package in ("lz4", "mbedtls"):
        source = os.path.join(os.path.dirname(lua), package) if lua else ""
        settings.append(f"{package.upper()}_SOURCE={source}")
    configure_and_build("bench/board", folder, jobs, settings + list(more), targets)


def lua_source(folder):
    """Where Lua's source is, those of LZ4 and Mbed TLS beside it, fetched if need be; None where they
    cannot be fetched."""
    done = subprocess.run([os.path.join(ROOT, "scripts/fetch-sources"), folder, "lua5.4", "lz4", "mbedtls"],
                          check=False)
    if done.returncode not in (0, 1):
        raise Failure("scripts/fetch-sources is used wrongly")
    return os.path.join(folder, "lua5.4") if done.returncode == 0 else None


def pack(tenon, folder, module, exports, suffix):
    """Packs a module for one firmware; returns the new module's name."""
    packed = f"{module}.{suffix}"
    command = [tenon, "pack", f"{module}.llext", "-o", f"{packed}-{exports}.llext"]
    run(command + [option.format(f"firmware-{exports}.elf") for option in PACKS[suffix][0]], cwd=folder)
    return packed


def fields(line):
    return dict(word.split("=", 1) for word in line.split()[1:])


def run_firmware(board, folder, firmware, arguments):
    """The lines that the firmware prints. The names in it are relative: they have no spaces."""
    output = run([os.path.join(ROOT, "boards/run"), board, firmware] + arguments, cwd=folder)
    if "FAILED" in output:
        raise Failure(f"{board}: {output}")
    return output.splitlines()


def loads(board, folder, exports, kind, modules):
    """One row for each module. The file of a packed one is for one firmware."""
    if not modules:
        return []
    names = {}
    for module in modules:
        packed = module.partition(".")[2] in PACKS
        names[f"{module}-{exports}.llext" if packed else f"{module}.llext"] = module
    rows = []
    for line in run_firmware(board, folder, f"firmware-{exports}.elf", [kind] + list(names)):
        if not line.startswith("load "):
            continue
        found = fields(line)
        row = {"board": board, "module": names[found["module"]], "kind": kind}
        row.update({name: int(found[name]) for name in NUMBERS})
        if row["firmware_exports"] != exports:
            raise Failure(f"{board}: the firmware has {row['firmware_exports']} exports")
        rows.append(row)
    if len(rows) != len(modules):
        raise Failure(f"{board}: {len(rows)} of {len(modules)} modules were measured")
    return rows


def functions(board, folder):
    """Instructions of the functions that are linked, and loaded."""
    rows = [{"board": board, **fields(line)}
            for line in run_firmware(board, folder, f"firmware-{EXPORTS[0]}.elf", ["function", "function.llext"])
            if line.startswith("function ")]
    if [row["how"] for row in rows] != ["linked", "loaded"]:
        raise Failure(f"{board}: the functions were not measured")
    return [{"board": board, "function": name, "linked": int(rows[0][name]),
             "loaded": int(rows[1][name])} for name in ("checksum", "calls")]


def modules_of(board, lua):
    modules = ["hello", "static-object", "field", "field-export", "exports-sorted-1000",
               "exports-shuffled-1000", "globals-1000"]
    if lua:
        modules += ["lua", "mbedtls"]
        if board.startswith("mps"):  # -mlong-calls is an option for Arm
            modules.append("lua-long")
    return modules


def forms_of(board, lua):
    """Modules that are read only: other forms of a program, kinds of sections, and large tables."""
    forms = ["classes-200", "constructors-1000", "tables", "globals-5000", "exports-sorted-10000",
             "exports-shuffled-10000"]
    if lua:
        forms += ["lua-debug", "lua-labels", "mbedtls-sections"]
        forms.append("lua-movw" if board.startswith("mps") else "lua-aligned")
    return forms


def packed_loads(board, folder, tenon, exports, programs, lua):
    """The programs in every packed form; without sources there is no decoder for compressed ones."""
    rows = []
    for kind in ("stream", "lz4") if lua else ("stream",):
        packed = [pack(tenon, folder, module, exports, suffix) for module in programs
                  for suffix in PACKS if PACKS[suffix][1] == kind]
        rows += loads(board, folder, exports, kind, packed)
    return rows


def measure(board, folder, tenon, lua, jobs, quick=False):
    """All rows of one board. Quick: the programs only, read, against 1,000 exports."""
    build(board, folder, lua, jobs)
    programs = modules_of(board, lua)
    families = [f"{family}-{size}" for family in FAMILIES for size in SIZES]
    rows = []
    packing = PACKED and not quick
    for exports in EXPORTS[:1] if quick else EXPORTS:
        plain = programs if quick or exports != EXPORTS[0] else programs + families + forms_of(board, lua)
        rows += loads(board, folder, exports, "read", plain)
        if packing:
            rows += packed_loads(board, folder, tenon, exports, programs, lua)
    if not quick:
        rows += loads(board, folder, EXPORTS[0], "peek", programs)
        rows += loads(board, folder, EXPORTS[0], "protected", programs)
        for kind in KINDS:
            if kind.startswith("among"):
                rows += loads(board, folder, EXPORTS[0], kind, ["hello"])
    return rows, [] if quick else functions(board, folder)


def run_board(folder, board, program, *arguments):
    """What one of the boards' programs prints."""
    elf = os.path.join(folder, board, "programs", f"{program}.elf")
    output = run([os.path.join(ROOT, "boards/run"), board, elf, *arguments])
    if "FAILED" in output:
        raise Failure(f"{elf}: {output}")
    return output


def holds(folder):
    """The longest holds of the guard, in instructions, by how many extensions are loaded."""
    board = BOARDS[0]
    return [{"board": board, **{name: int(value) for name, value in fields(line).items()}}
            for line in run_board(folder, board, "conformance/holds").splitlines()
            if line.startswith("hold ")]


def steps(folder):
    """llext_load() in builds without and with steps, and the longest step, in instructions. Then
    what one load in steps takes at each quantum."""
    board = BOARDS[0]
    rows, quanta = {}, []
    for library in ("tenon_whole", "tenon_steps"):
        for line in run_board(folder, board, f"steps/cost_{library}",
                              os.path.join(folder, board, "programs/steps/shapes")).splitlines():
            if line.startswith("quantum "):
                quanta.append({"board": board, **{name: int(value) for name, value in fields(line).items()}})
            if not line.startswith("cost "):
                continue
            found = fields(line)
            row = rows.setdefault(found["kind"], {"board": board, "kind": found["kind"]})
            row["without" if library == "tenon_whole" else "with"] = int(found["load"])
            row["longest"] = int(found["longest"])
    return list(rows.values()), quanta


def numbers(output):
    """Of lines with a name and a number."""
    words = [line.split() for line in output.splitlines()]
    return {line[0]: int(line[1]) for line in words if len(line) == 2 and line[1].isdigit()}


def text_bytes(folder, pattern):
    """Code and constants of object files."""
    objects = glob.glob(os.path.join(folder, "**", pattern), recursive=True)
    return sum(int(line.split()[0]) for line in run(["llvm-size"] + objects).splitlines()[1:])


def least_bytes(folder, board):
    """Code and constants of a program with the least use of domains, above one with none."""
    programs = os.path.join(folder, board, "programs/sandbox")
    return (text_bytes(programs, "sandbox_least.elf") -
            text_bytes(programs, "sandbox_least_without.elf"))


def sandbox(folder):
    """What domains cost: instructions, and bytes where the name says so."""
    rows = []
    for board in SANDBOX:
        objects = os.path.join(folder, board, "programs/sandbox/CMakeFiles/tenon_sandbox.dir")
        without = numbers(run_board(folder, board, "sandbox/sandbox_cost_without"))
        rows.append({"board": board, "trusted_load_without": without["trusted_load"],
                     **numbers(run_board(folder, board, "sandbox/sandbox_cost")),
                     **numbers(run_board(folder, board, "sandbox/sandbox_threads")),
                     "least_bytes": least_bytes(folder, board),
                     "code_bytes": text_bytes(objects, "src/sandbox/*.obj"),
                     "port_bytes": text_bytes(objects, "ports/*/domain*.obj")})
    return rows


def in_domain(folder, lua):
    """A program, trusted and in a domain: instructions. @folder is that of the benchmark's boards."""
    if not lua:
        return []
    board = SANDBOX[1]
    found = numbers("\n".join(run_firmware(board, os.path.join(folder, board), "sandboxed_lua.elf", [])))
    return [{"board": board, "module": module, **{kind: found[f"{kind}_{name}"] for kind in ("trusted", "sandboxed")}}
            for module, name in (("lua", "lua"), ("lua-calls", "lua_calls"))]


def core_sizes(folder):
    """Text, data, bss of the library, and the stack that a load takes, of every board."""
    path = os.path.join(folder, "sizes.txt")
    try:
        with open(path, encoding="ascii") as lines:
            table = [line.split() for line in lines]
    except OSError as error:
        raise Failure(f"the sizes of the library: {error.strerror}: {path}; `make` builds it") from error
    rows = []
    for line in table[1:]:
        row = {"board": line[0], "configuration": line[1]}
        row.update({name: int(value) for name, value in zip(table[0][2:], line[2:])})
        row["stack"] = stack_of(folder, line[0], line[1])
        rows.append(row)
    return rows


def stack_of(folder, board, configuration):
    """The most stack that boards/conformance/smallest.c uses, which is in its load."""
    program = f"conformance/{configuration}"
    for line in run_board(folder, board, program).splitlines():
        if line.startswith("stack: "):
            used, before = int(line.split()[1]), int(line.split()[3])
            if used <= before:
                raise Failure(f"{board}: {program}: the load is not what takes most of the stack")
            return used
    raise Failure(f"{board}: {program} does not print what stack it takes")
