# SPDX-License-Identifier: Apache-2.0
"""The library beside dlopen() and dlsym() on this machine: ratios of times, and instructions."""

import os
import re
import subprocess

import boards

MODULES = ["hello", "relocations-500", "imports-500", "exports-500", "all-500"]
SHARED = ["symbols-1000.so", "symbols-10000.so"]  # the same file by both
SYMBOLS = [10, 1000, 10000]
LOAD_ROUNDS = 101
FIND_ROUNDS = 31


def run(folder, arguments, names=None):
    """The fields of the one line that is printed."""
    output = subprocess.run(["./beside_dlopen"] + arguments, cwd=folder, input=names, text=True,
                            stdout=subprocess.PIPE, check=False)
    if output.returncode != 0:
        raise boards.Failure(f"beside_dlopen {' '.join(arguments)}: status {output.returncode}")
    return {name: float(value) for name, value in boards.fields(output.stdout).items()}


def count(folder, how, module, names=None):
    """Instructions within the process, the same on every run of the same build."""
    out = os.path.join(folder, "callgrind.out")
    boards.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--smc-check=all",
                f"--callgrind-out-file={out}", "./beside_dlopen", "count", how, module],
               cwd=folder, input=names)
    with open(out, encoding="utf-8") as lines:
        found = re.search(r"^summary: (\d+)", lines.read(), re.MULTILINE)
    if found is None or int(found[1]) == 0:
        raise boards.Failure(f"callgrind has counted nothing: {out}")
    return int(found[1])


def measure(folder, lua, jobs):
    boards.configure_and_build("bench/host", folder, jobs, [f"LUA_SOURCE={lua or ''}"])
    loads = []
    for module in MODULES + (["lua"] if lua else []) + SHARED:
        times = run(folder, ["load", str(LOAD_ROUNDS), module])
        loads.append({"module": module, "load_ratio": round(times["llext"] / times["dlopen"], 3),
                      "unload_ratio": round(times["unload"] / times["dlclose"], 3),
                      "load_instructions": count(folder, "llext", module),
                      "dlopen_instructions": count(folder, "dlopen", module)})
    finds = []
    for symbols in SYMBOLS:
        names = boards.run([os.path.join(boards.ROOT, "bench/generate"), "names", str(symbols)])
        module = f"symbols-{symbols}"
        times = run(folder, ["find", str(FIND_ROUNDS), module], names)
        finds.append({"symbols": symbols, "find_ratio": round(times["llext"] / times["dlsym"], 3),
                      "find_instructions": count(folder, "llext_find_sym", module, names) // symbols,
                      "dlsym_instructions": count(folder, "dlsym", module, names) // symbols})
    return {"loads": loads, "finds": finds}
