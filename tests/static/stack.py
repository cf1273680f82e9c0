# SPDX-License-Identifier: Apache-2.0
"""stack.py BOUND OBJECT...: the largest stack frame of each function, as GCC's -fstack-usage says,
is within the bound that the file BOUND has, and known when compiled."""
import os
import sys


def main(bound_file, objects):
    with open(bound_file, encoding="utf-8") as file:
        bound = int(next(line for line in file if not line.startswith("#")))
    largest, count, status = (0, ""), 0, 0
    for path in objects:
        with open(os.path.splitext(path)[0] + ".su", encoding="utf-8") as file:
            for line in file:
                function, size, kind = line.rstrip("\n").split("\t")
                count += 1
                largest = max(largest, (int(size), function))
                if kind != "static" or int(size) > bound:
                    print(f"{function}: {size} bytes of stack, {kind}; the bound is {bound}")
                    status = 1
    assert count > 150, f"only {count} functions"
    print(f"largest frame of {count} functions: {largest[0]} bytes, {largest[1]}")
    return status


sys.exit(main(sys.argv[1], sys.argv[2:]))
