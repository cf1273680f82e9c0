# SPDX-License-Identifier: Apache-2.0
"""The machines, for tests that are the same on each: python3 TEST DESK_LOAD MACHINE."""
import sys
from collections import namedtuple

from desk import Desk

Machine = namedtuple("Machine", "prefix as_flags ld_flags text data word bytes call ret function")
RISCV = "riscv64-unknown-elf-"
MACHINES = {
    "x86_64": Machine(
        "x86_64-linux-gnu-", [], ["--no-relax", "-z", "noseparate-code"], 0x40000000, 0x48000000,
        ".quad", 8, "call", "ret", "@function",
    ),
    "arm": Machine(
        "arm-none-eabi-", ["-mthumb", "-mcpu=cortex-m33"], ["--no-merge-exidx-entries"],
        0x10000000, 0x20000000, ".word", 4, "bl", "bx lr", "%function",
    ),
    "aarch64": Machine(
        "aarch64-linux-gnu-", [], [], 0x40000000, 0x48000000, ".quad", 8, "bl", "ret", "%function"
    ),
    "riscv32": Machine(
        RISCV, ["-march=rv32imac", "-mabi=ilp32", "-mno-relax"], ["-melf32lriscv", "--no-relax"],
        0x10010000, 0x10400000, ".word", 4, "call", "ret", "@function",
    ),
    "riscv64": Machine(
        RISCV, ["-march=rv64gc", "-mabi=lp64d", "-mno-relax"], ["-melf64lriscv", "--no-relax"],
        0x10010000, 0x10400000, ".quad", 8, "call", "ret", "@function",
    ),
    "xtensa": Machine(
        "xtensa-lx106-elf-", ["--no-transform"], ["--no-relax"], 0x40100000, 0x3FF80000,
        ".word", 4, "call0", "ret", "@function",
    ),
}  # fmt: skip

NAME = sys.argv[2]
machine = MACHINES[NAME]
HEAD = ".syntax unified\n.thumb\n" if NAME == "arm" else ""


def new_desk():
    desk = Desk(sys.argv[1], machine.prefix, machine.as_flags, machine.ld_flags)
    desk.heaps((machine.text, 0x100000), (machine.data, 0x100000))
    return desk


def function(name):
    """A global function's label."""
    return f".p2align 2\n.globl {name}\n.type {name}, {machine.function}\n{name}:\n"
