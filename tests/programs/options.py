#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""options.py BOARD SOURCES TENON FOLDER [COUNT [SEED]]: real programs in firmware with options drawn by chance.

Each round draws a configuration of the library, builds the firmware of boards/programs with it, and runs all
programs in it, as the compiler made them and packed. Each has to compute what it does where it is linked in.
"""
import os
import random
import shutil
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROGRAMS = ("lua", "lz4", "zlib", "objects")
# The board needs protection; `objects` throws, has static objects, and prints diagnostics.
OFF = ("QUICK", "PEEK", "IN_PLACE", "SPLIT_HEAP", "DEPENDENCIES", "EXTENDED_SECTIONS", "BUILD_ATTRIBUTES", "TLS", "INSPECT",
       "SECTION_SETS")
ON = ("CONSTANTS_WITH_CODE", "RODATA_NO_RELOC", "DEBUGGER", "IMPORT_ALL_GLOBALS", "DENSE_INSTR_HEAP")
NEEDS = {"IN_PLACE": "PEEK", "DENSE_INSTR_HEAP": "SPLIT_HEAP"}
SIZES = {"WHOLE_BYTES": (0, 64, 300, 1024, 5000, 100000), "WINDOW_BYTES": (64, 128, 200, 1000, 4096)}


def draw(chance):
    off = {name for name in OFF if chance.random() < 0.35}
    off |= {name for name, needed in NEEDS.items() if needed in off and name in OFF}
    on = {name for name in ON if chance.random() < 0.35 and NEEDS.get(name) not in off}
    options = [f"-DCONFIG_LLEXT_{name}=0" for name in sorted(off)] + [f"-DCONFIG_LLEXT_{name}=1" for name in sorted(on)]
    options += [f"-DCONFIG_LLEXT_{name}={chance.choice(sizes)}" for name, sizes in SIZES.items() if chance.random() < 0.5]
    return options + ([chance.choice(("-O0", "-O1", "-O2", "-O3"))] if chance.random() < 0.3 else [])


def build(board, sources, tenon, folder, options, target):
    """What was said, where that failed."""
    shutil.rmtree(folder, ignore_errors=True)
    environment = dict(os.environ, CFLAGS=" ".join(options))
    for command in (["cmake", "-G", "Ninja", "-S", f"{ROOT}/boards/programs", "-B", folder, "--no-warn-unused-cli",
                     f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/boards/{board}/toolchain.cmake", "-DBOARD_LIBC=picolibc",
                     f"-DPROGRAM_SOURCES={sources}", f"-DBOARD_CXX_SOURCE={sources}/gcc-12", f"-DTENON_COMMAND={tenon}"],
                    ["cmake", "--build", folder, *target]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            return done.stdout[-2000:] + done.stderr[-2000:]
    return ""


def round_failures(board, folder, options):
    failures = []
    for program in PROGRAMS:
        for form in ([], ["packed"]):
            command = [f"{ROOT}/boards/run", board, f"{folder}/firmware.elf", program, *form]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                failures.append(f"{' '.join(command)}: {done.returncode}\n{(done.stdout + done.stderr)[-500:]}")
    return [f"{' '.join(options)}\n{failure}" for failure in failures]


def main():
    board, sources, tenon, folder = sys.argv[1:5]
    count = int(sys.argv[5]) if len(sys.argv) > 5 else 20
    chance, failures, files = random.Random(int(sys.argv[6]) if len(sys.argv) > 6 else 1), [], f"{folder}/files"
    problem = build(board, sources, tenon, files, [], [])
    for name in os.listdir(files) if not problem else []:
        if name.endswith(".llext"):
            subprocess.run([tenon, "pack", f"{files}/{name}", "-o", f"{files}/{name[:-6]}.packed"], check=True,
                           stdout=subprocess.DEVNULL)
    for number in range(0 if problem else count):
        options, firmware = draw(chance), f"{folder}/firmware"
        print(f"{number + 1} of {count}: {' '.join(options)}", flush=True)
        problem = build(board, sources, tenon, firmware, options, ["--target", "firmware"])
        if problem:
            failures.append(f"{' '.join(options)}\n{problem}")
            continue
        for name in os.listdir(files):
            if not os.path.exists(f"{firmware}/{name}") and os.path.isfile(f"{files}/{name}"):
                shutil.copy(f"{files}/{name}", firmware)
        failures += round_failures(board, firmware, options)
    if problem and not failures:
        failures.append(problem)
    print("\n".join(failures), f"\n{board}: {count} configurations, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
