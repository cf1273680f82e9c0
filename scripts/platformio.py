# SPDX-License-Identifier: Apache-2.0
"""For library.json: PlatformIO runs this when it builds the library. The machine's file of src/arch is
what the compiler is for. The firmware defines llext_port, or adds the files of a port."""
import subprocess

Import("env")  # noqa: F821 (PlatformIO's)

MACHINES = {"arm": "arm", "aarch64": "aarch64", "riscv32": "riscv", "riscv64": "riscv",
            "riscv": "riscv", "xtensa": "xtensa", "x86_64": "x86"}


def machine(compiler):
    """The name of the file in src/arch for what the compiler makes code for."""
    target = subprocess.run([compiler, "-dumpmachine"], check=True, capture_output=True,
                            text=True).stdout.split("-")[0]
    if target not in MACHINES:
        raise SystemExit(f"Tenon has no machine for {target}")
    return MACHINES[target]


env.Append(SRC_FILTER=[f"+<src/arch/{machine(env.subst('$CC'))}.c>"])  # noqa: F821
