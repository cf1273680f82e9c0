# SPDX-License-Identifier: Apache-2.0
"""Whatever a compiler calls by itself, the ready-made lists in exports/ offer: for each target and -O level.

    helpers.py [c++]
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GROUPS = [f"-DCONFIG_LLEXT_EXPORT_SYMBOL_GROUP_{g}=1" for g in ("ATOMICS", "EMUTLS", "LIBC", "LIBC_HEAP", "LIBC_STDIO", "LIBC_SSP", "LIBGCC", "LIBM", "LIBSTDCXX")]
LISTS = ("atomics", "emutls", "libc", "libgcc", "libm")
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")
PICOLIBC = ["--specs=picolibc.specs"]
ARM, RISCV = ["arm-none-eabi-gcc", "-mthumb"], ["riscv64-unknown-elf-gcc", "-mcmodel=medany"]
A64_PICOLIBC = ["-isystem", "/usr/lib/picolibc/aarch64-linux-gnu/include"]
XTENSA_PICOLIBC = ["--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs"]

# The firmware's compiler; compilers of extensions for it; what is left out, and why.
TARGETS = {
    "cortex-m0": (ARM + ["-mcpu=cortex-m0"] + PICOLIBC, [ARM + ["-mcpu=cortex-m0"], ["clang", "--target=thumbv6m-none-eabi"]]),
    "cortex-m3": (ARM + ["-mcpu=cortex-m3"] + PICOLIBC, [ARM + ["-mcpu=cortex-m3"], ["clang", "--target=thumbv7m-none-eabi"]]),
    "cortex-m4f": (
        ARM + ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"] + PICOLIBC,
        [ARM + ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"], ["clang", "--target=thumbv7em-none-eabihf", "-mfpu=fpv4-sp-d16"]],
    ),
    "cortex-m33": (ARM + ["-mcpu=cortex-m33"] + PICOLIBC, [ARM + ["-mcpu=cortex-m33"], ["clang", "--target=thumbv8m.main-none-eabi"]]),
    "rv32imac": (
        RISCV + ["-march=rv32imac", "-mabi=ilp32"] + PICOLIBC,
        [RISCV + ["-march=rv32imac", "-mabi=ilp32"], RISCV + ["-march=rv32imac", "-mabi=ilp32", "-msave-restore"],
         ["clang", "--target=riscv32-unknown-elf", "-march=rv32imac"]],
    ),
    "rv64gc": (
        RISCV + ["-march=rv64gc", "-mabi=lp64d"] + PICOLIBC,
        [RISCV + ["-march=rv64gc", "-mabi=lp64d"], RISCV + ["-march=rv64gc", "-mabi=lp64d", "-msave-restore"],
         ["clang", "--target=riscv64-unknown-elf", "-march=rv64gc", "-mabi=lp64d"]],
    ),
    "aarch64": (["aarch64-linux-gnu-gcc"] + A64_PICOLIBC, [["aarch64-linux-gnu-gcc"], ["clang", "--target=aarch64-linux-gnu"]]),
    "lx106": (["xtensa-lx106-elf-gcc"] + XTENSA_PICOLIBC, [["xtensa-lx106-elf-gcc"]]),
}  # fmt: skip
# C++: the firmware's list of the C++ library beside these; where Clang finds GCC's headers.
ARM_CXX = ["arm-none-eabi-g++", "--specs=picolibcpp.specs", "-mthumb"]
CXX_TARGETS = {
    "cortex-m0": [ARM_CXX + ["-mcpu=cortex-m0"], ["clang++", "--target=thumbv6m-none-eabi"]],
    "cortex-m3": [ARM_CXX + ["-mcpu=cortex-m3"], ["clang++", "--target=thumbv7m-none-eabi"]],
    "cortex-m4f": [
        ARM_CXX + ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
        ["clang++", "--target=thumbv7em-none-eabihf", "-mfpu=fpv4-sp-d16"],
    ],
    "cortex-m33": [ARM_CXX + ["-mcpu=cortex-m33"], ["clang++", "--target=thumbv8m.main-none-eabi"]],
    "aarch64": [["aarch64-linux-gnu-g++"], ["clang++", "--target=aarch64-linux-gnu"]],
    "rv64gc": [["riscv64-linux-gnu-g++"], ["clang++", "--target=riscv64-linux-gnu"]],
}
CXX_LEVELS = {"cortex-m4f": LEVELS, "aarch64": ("-O0", "-O2")}  # the others: -O0, at which most is called
# Its own; what the loader has or finds by another name; and glibc's, which these headers are for.
NOT_CXX = re.compile(r"^(?:_Z5otheri|__(?:cxa|aeabi)_atexit|_GLOBAL_OFFSET_TABLE_|__dso_handle|errno|__aeabi_read_tp"
                     r"|__errno_location|__libc_single_threaded|pthread_mutex_(?:un)?lock)$")  # fmt: skip
OWN = {"one", "two", "three", "four", "five", "own"}  # own: Clang leaves it undefined, without a use


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def offered(compiler, folder, lists=LISTS):
    """The names of the export records that a firmware gets from the lists."""
    names = set()
    for name in lists:
        out = os.path.join(folder, "list.o")
        run(*compiler, *GROUPS, "-w", "-I", os.path.join(ROOT, "include"), "-c", os.path.join(ROOT, "exports", name + ".c"), "-o", out)
        names |= set(re.findall(r"\.llext_export\.([\w.]+)", run("readelf", "-SW", out)))
    return names


def wanted(path):
    return {line.split()[-1] for line in run("readelf", "-sW", path).splitlines() if " UND " in line and len(line.split()) == 8}


def headers(compiler):
    """The options by which Clang finds the headers that GCC finds."""
    said = run(*compiler, "-E", "-x", "c++", "-v", "/dev/null")
    folders = said[said.index("#include <...>"):said.index("End of search list")].split("\n")[1:-1]
    return ["-nostdinc++", *(option for folder in folders if "/gcc/" not in folder.split("/c++/")[0] or "/c++/" in folder
                             for option in ("-isystem", folder.strip()))]  # fmt: skip


def try_cxx(folder):
    """C++: each target, compiler, level and source."""
    bad, tried = 0, 0
    for target, compilers in CXX_TARGETS.items():
        there = offered(TARGETS[target][0], folder, (*LISTS, "libstdcxx"))
        for compiler in compilers:
            more = headers(compilers[0]) if compiler[0] == "clang++" and target != "aarch64" else []
            for level in CXX_LEVELS.get(target, ("-O0",)):
                out = os.path.join(folder, "test.o")
                run(*compiler, *more, "-std=c++17", level, "-w", "-c", os.path.join(HERE, "sources/exceptions.cpp"),
                    "-include", os.path.join(HERE, "sources/containers.cpp"), "-o", out)  # fmt: skip
                names = wanted(out)
                run(*compiler, level, "-x", "c", "-fexceptions", "-w", "-c", os.path.join(HERE, "sources/cleanup.c"), "-o", out)
                assert "_Unwind_Resume" in wanted(out) or "__aeabi_unwind_cpp_pr0" in wanted(out), wanted(out)
                tried += 1
                for name in sorted(name for name in (names | wanted(out)) - there if not NOT_CXX.match(name)):
                    print(f"{target}: {' '.join(compiler + [level])} wants {name}")
                    bad = 1
    assert tried == 2 * (len(LEVELS) + 2 + len(CXX_TARGETS) - 2), tried
    return bad


def main():
    if "c++" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            return try_cxx(folder)
    bad, tried = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for target, (firmware, compilers) in TARGETS.items():
            there = offered(firmware, folder) | OWN
            assert "memcpy" in there, f"{target}: no exports: {sorted(there)[:5]}"
            for compiler in compilers:
                for level in LEVELS:
                    for source, more in (("helpers", []), ("helpers", ["-fstack-protector-all"]), ("atomics", []),
                                         ("emulated", ["-femulated-tls"])):
                        if source == "emulated" and compiler[0] != "clang" and target != "lx106":
                            continue
                        if source == "emulated" and target == "lx106":
                            more = []
                        out = os.path.join(folder, "test.o")
                        run(*compiler, level, "-w", "-ffreestanding", *more, "-c", os.path.join(HERE, "sources", source + ".c"), "-o", out)
                        tried += 1
                        for name in sorted(wanted(out) - there):
                            print(f"{target}: {' '.join(compiler + [level] + more)} {source}.c wants {name}")
                            bad = 1
    assert tried > 200, tried
    return bad


sys.exit(main())
