# SPDX-License-Identifier: Apache-2.0
"""
What llext_plan() says of a file, llext_load() says too: over good files, and over some hundreds that
were changed at random (with a fixed seed), for every machine and kind of loader.
plan_agrees.py DESK_LOAD TENON

A plan of 0 may be followed by what shows only at the final addresses: a range, and exports; and in a
packed file by what is wrong with a relocation.
"""
import os
import random
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from desk import Desk, main, run  # noqa: E402
from packed import Elf  # noqa: E402

DESK_LOAD, TENON = sys.argv[1:3]
desk = Desk(DESK_LOAD, "")
CODE = """
extern int imported(int); extern int shared; int table[20] = {1, 2}; int *pointers[] = {table, table + 4, &shared};
static __attribute__((noinline)) int local(int x) { return imported(x) + table[x & 7]; }
int first(int x) { return local(x) + shared; }
int second(int x) { return x ? first(x - 1) + imported(3) : local(x); }
static void __attribute__((constructor)) up(void) { table[1] = second(2); }
"""
MACHINES = {
    "arm": (["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m4"], 0x10000000, 0x20000000),
    "riscv32": (["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32"], 0x20000000, 0x21000000),
    "riscv64": (["riscv64-unknown-elf-gcc", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany"], 0x20000000, 0x21000000),
    "aarch64": (["aarch64-linux-gnu-gcc"], 0x40000000, 0x48000000),
    "x86-64": (["gcc", "-fno-pic"], 0x40000000, 0x48000000),
    "xtensa": (["xtensa-lx106-elf-gcc", "-mlongcalls"], 0x40100000, 0x3FF80000),
}  # fmt: skip
FORMS = {"memory": {}, "read": {"DESK_NO_PEEK": "1"}, "forward": {"DESK_FORWARD": "1"}}
MUTATIONS = int(os.environ.get("TENON_MUTATIONS", "40"))
ADDRESSES_ONLY = re.compile("out of range|exports|export|misaligned|multiple|not the instruction|reach|aligned|branch|function|pair")


def both(path, machine, form):
    """What the plan and the load return, and the diagnostic of the load."""
    _, text, data = MACHINES[machine]
    state = 1 if machine == "arm" else 0
    code = "0" if ".so" in path else "0x40000"  # a shared object is one block
    command = [DESK_LOAD, path, os.devnull, hex(text), code, hex(data), "0x40000",
               f"imported={text + 0x30000 | state:#x}", f"shared={data + 0x30000:#x}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env={**os.environ, **FORMS[form]}, timeout=60)
    assert done.returncode == 0, f"{path}: {done.stdout}{done.stderr}"
    plan = int(re.search(r"^plan (-?\d+)", done.stdout, re.M)[1])
    load = int(re.search(r"^load (-?\d+)", done.stdout, re.M)[1])
    diag = re.search(r"^diag (.*)", done.stdout, re.M)
    return plan, load, diag[1] if diag else ""


def check(path, machine, form, what):
    plan, load, diag = both(path, machine, form)
    if plan == load or (plan == 0 and load == -12) or (plan == 0 and load in (-8, -95) and ADDRESSES_ONLY.search(diag)):
        return plan
    # The relocations of a packed file stand behind its sections, and are read with them; only then it
    # shows that they do not stand in order.
    if plan == 0 and load in (-8, -95) and path.endswith(".packed") and \
            ("relocation" in diag or (form == "forward" and "cannot seek" in diag)):
        return plan
    raise AssertionError(f"{machine}, {form}, {what}: the plan says {plan}, the load {load}: {diag}")


def build(machine):
    path = desk.path(machine.replace("-", "_") + ".o")
    with open(desk.path("plan.c"), "w") as source:
        source.write(CODE)
    run([*MACHINES[machine][0], "-O1", "-c", desk.path("plan.c"), "-o", path])
    packed = path + ".packed"
    run([TENON, "pack", path, "-o", packed])
    return path, packed


# As a linker makes them: (name, flags of the compiler, of the linker)
LINKED = [(".so", ["-fpic"], ["-shared"]), (".elf", ["-fno-pic", "-DALONE"], ["-static", "-e", "0", "-Ttext=0x31000000"])]
LINKERS = {"arm": ["arm-none-eabi-ld"], "riscv32": ["ld.lld", "-melf32lriscv"], "riscv64": ["ld.lld", "-melf64lriscv"],
           "aarch64": ["aarch64-linux-gnu-ld"], "x86-64": ["ld"], "xtensa": ["xtensa-lx106-elf-ld"]}  # fmt: skip


def build_linked(machine):
    """A shared object, where the machine has such, and an executable, which has no imports."""
    with open(desk.path("linked.c"), "w") as source:
        source.write("#ifdef ALONE\nint imported(int x) { return x; } int shared;\n#endif\n" + CODE)
    for suffix, compiler_flags, linker_flags in LINKED:
        if suffix == ".so" and machine == "xtensa":
            continue
        path = desk.path(machine.replace("-", "_") + suffix)
        run([*MACHINES[machine][0], "-O1", *compiler_flags, "-c", desk.path("linked.c"), "-o", path + ".o"])
        run([*LINKERS[machine], *linker_flags, "-z", "max-page-size=64", path + ".o", "-o", path])
        yield path


def test_linked_files():
    for machine in MACHINES:
        for path in build_linked(machine):
            for form in ("memory", "read"):
                assert check(path, machine, form, "linked") == 0, f"{machine} {path} {form}: {both(path, machine, form)}"


def test_small_pages():
    """Both choose alike where granules begin in a file whose code and data share one."""
    os.environ["DESK_GRANULE"] = "32"
    for machine in ("arm", "riscv32", "riscv64"):
        source, path = desk.path("small.c"), desk.path("small.so")
        with open(source, "w") as out:
            out.write(CODE)
        # One segment for code and constants, and an end of it that is no multiple of 32.
        one_segment = ["--no-rosegment", "--image-base=0x10"] if machine != "arm" else []
        run([*MACHINES[machine][0], "-O1", "-fpic", "-c", source, "-o", path + ".o"])
        run([*LINKERS[machine], "-shared", "-z", "max-page-size=4", *one_segment, path + ".o", "-o", path])
        data = next(s["addr"] for s in Elf(path).sections if s["name"] == ".init_array")
        assert data % 32 != 0, f"{machine}: the data begins at {data:#x}, which shows nothing"
        for form in ("memory", "read"):
            assert check(path, machine, form, "small pages") == 0, f"{machine} {form}: {both(path, machine, form)}"
    del os.environ["DESK_GRANULE"]


def test_good_files():
    for machine in MACHINES:
        path, packed = build(machine)
        for form in FORMS:
            assert check(packed, machine, form, "packed") == 0
            assert check(path, machine, form, "plain") == (-95 if form == "forward" else 0)


def test_a_compact_file_without_a_note():
    """From a source that cannot seek it is refused, by both."""
    for machine in MACHINES:
        _, packed = build(machine)
        with open(packed, "rb") as file:
            data = file.read().replace(b".note.llext\0", b".note.other\0", 1) + bytes(4096)
        other = desk.path("other.o")
        with open(other, "wb") as out:
            out.write(data)
        for form in FORMS:
            check(other, machine, form, "compact")


def test_two_defects():
    """The first one that is found is the same."""
    for machine in ("arm", "riscv32", "riscv64"):
        path, _ = build(machine)
        elf = Elf(path)
        tables = [s for s in elf.sections if s["type"] in (4, 9) and "text" in s["name"] or s["name"] == ".rela.data"]
        data = bytearray(elf.data)
        word = 8 if elf.wide else 4
        first, last = tables[0], tables[-1]
        data[first["offset"] + word] = 0xFE  # a type that there is not
        data[last["offset"] + word - 1] = 0x7F  # a place outside its section
        broken = desk.path("broken.o")
        with open(broken, "wb") as out:
            out.write(data)
        for form in ("memory", "read"):
            assert check(broken, machine, form, "two defects") != 0


def test_changed_files():
    random.seed(20)
    results = {}
    for machine in MACHINES:
        files = [*zip(build(machine), (("memory", "read"), tuple(FORMS))), *((path, ("memory", "read")) for path in build_linked(machine))]
        for path, forms in files:
            with open(path, "rb") as file:
                data = file.read()
            broken = desk.path("changed" + os.path.splitext(path)[1])
            for i in range(MUTATIONS):
                changed = bytearray(data)
                for _ in range(random.choice((1, 1, 2, 4))):
                    changed[random.randrange(20, len(data))] = random.choice((0, 1, 2, 4, 0x7F, 0x80, 0xFF))
                with open(broken, "wb") as out:
                    out.write(changed)
                result = check(broken, machine, random.choice(forms), f"change {i} of {os.path.basename(path)}")
                results[result] = results.get(result, 0) + 1
    assert len(results) >= 3, results
    print(results)


sys.exit(main(globals()))
