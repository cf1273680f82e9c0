# SPDX-License-Identifier: Apache-2.0
"""Whatever a compiler calls by itself, the ready-made lists in exports/ offer: for each target and -O level."""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GROUPS = [f"-DCONFIG_LLEXT_EXPORT_SYMBOL_GROUP_{g}=1" for g in ("ATOMICS", "EMUTLS", "LIBC", "LIBC_HEAP", "LIBC_STDIO", "LIBC_SSP", "LIBGCC", "LIBM")]
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
OWN = {"one", "two", "three", "four", "five", "own"}  # own: Clang leaves it undefined, without a use


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def offered(compiler, folder):
    """The names of the export records that a firmware gets from the lists."""
    names = set()
    for name in LISTS:
        out = os.path.join(folder, "list.o")
        run(*compiler, *GROUPS, "-I", os.path.join(ROOT, "include"), "-c", os.path.join(ROOT, "exports", name + ".c"), "-o", out)
        names |= set(re.findall(r"\.llext_export\.([\w.]+)", run("readelf", "-SW", out)))
    return names


def wanted(path):
    return {line.split()[-1] for line in run("readelf", "-sW", path).splitlines() if " UND " in line and len(line.split()) == 8}


def main():
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
