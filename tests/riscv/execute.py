# SPDX-License-Identifier: Apache-2.0
"""
Build one extension in many ways, relax each (tenon pack --relax), and run all of them on a board:
execute.py BITS RUN BOARD FIRMWARE TENON
"""
import json
import os
import subprocess
import sys
import tempfile

BITS = int(sys.argv[1])
RUN, BOARD, FIRMWARE, TENON = sys.argv[2:6]
PREFIX = "riscv64-unknown-elf-"
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "firmware")
# Clang 14 marks calls as shortenable only in what it assembles from a file.
CLANG = ["clang", f"--target=riscv{BITS}-unknown-elf", "-save-temps=obj"]
# The board's ABI; the firmware is in reach of medlow on RV32 only.
ARCHITECTURES = (
    (("rv32imac", "ilp32", "medlow"), ("rv32imac", "ilp32", "medany"), ("rv32i", "ilp32", "medlow"), ("rv32imc", "ilp32", "medlow"))
    if BITS == 32 else
    (("rv64gc", "lp64d", "medany"), ("rv64g", "lp64d", "medany"))
)  # fmt: skip
OTHER_ABI = ("rv32imafc", "ilp32f") if BITS == 32 else ("rv64imac", "lp64")


def run(*command):
    subprocess.run(command, check=True)


def build(folder, number, compiler, flags):
    """The extension as one file."""
    objects = []
    for source in ("extension.c", "part.cpp", "far.S"):
        output = os.path.join(folder, f"{number}.{source}.o")
        tool = [PREFIX + "gcc"] if source == "far.S" else compiler
        extra = ["-fno-exceptions", "-fno-rtti"] if source == "part.cpp" else []
        run(*tool, *flags, *extra, "-ffreestanding", "-c", os.path.join(HERE, source), "-o", output)
        objects.append(output)
    path = os.path.join(folder, f"{number}.llext")
    run(PREFIX + "ld", f"-melf{BITS}lriscv", "-r", "-o", path, *objects)
    return path


def relax(path):
    """The file with its calls shortened, and how many they are."""
    output = path.replace(".llext", ".relaxed")
    command = [TENON, "pack", path, "-o", output, "--relax", "--json"]
    done = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["relaxation"]
    return output, done["jal"] + done["compressed"]


def main():
    """0 where all run."""
    with tempfile.TemporaryDirectory() as folder:
        paths, number = [], 0
        for arch, abi, model in ARCHITECTURES:
            for level in ("-O0", "-O1", "-O2", "-O3", "-Os"):
                for compiler in ([PREFIX + "gcc"], CLANG):
                    number += 1
                    flags = [level, f"-march={arch}", f"-mabi={abi}", f"-mcmodel={model}"]
                    flags.append("-fpic" if number % 4 < 2 else "-fno-pic")
                    flags.append("-mrelax" if number % 3 else "-mno-relax")
                    flags += ["-ffunction-sections", "-fdata-sections"] if number % 5 < 2 else []
                    paths.append(build(folder, number, compiler, flags))
        relaxed = [relax(path) for path in paths]
        if sum(count > 5 for _, count in relaxed) < len(paths) // 2:
            print(f"hardly anything was relaxed: {relaxed}")
            return 1
        paths += [path for path, _ in relaxed]
        refused = build(folder, "abi", [PREFIX + "gcc"], ["-O1", f"-march={OTHER_ABI[0]}", f"-mabi={OTHER_ABI[1]}"])
        names = os.path.join(folder, "list")
        with open(names, "w", encoding="utf-8") as file:
            file.write("\n".join([*paths, "!" + refused]) + "\n")
        done = subprocess.run([RUN, BOARD, FIRMWARE, names], capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        if done.returncode != 0 or not lines or not all("another ABI" in x for x in lines):
            print(done.stdout, done.stderr, f"status {done.returncode}")
            return 1
    return 0


sys.exit(main())
