# SPDX-License-Identifier: Apache-2.0
"""faults.py RUN OBJDUMP ELF SCENARIO FUNCTIONS STEP [LAST]: skip instructions of the functions whose
names match FUNCTIONS, at each STEP-th address, or of the LAST ones only, by faults.elf on a board.

Prints how many addresses were executed, how many skips were tried, and those after which a byte that
was not signed was given out. The status is 0 where there are none, or, for the scenarios `control`
and `once`, where there are some."""
import os
import re
import struct
import subprocess
import sys
import tempfile


NOT_REACHED = 6  # as faults.c has it


def instructions(objdump, elf, functions):
    """Addresses of instructions, in order."""
    text = subprocess.run([objdump, "-d", elf], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    found, inside = [], False
    for line in text.splitlines():
        name = re.match(r"[0-9a-f]+ <(.+)>:$", line)
        if name:
            inside = re.search(functions, name.group(1)) is not None
        code = re.match(r" +([0-9a-f]+):\t[0-9a-f ]+\t(\S+)", line)
        if inside and code and not code.group(2).startswith("."):
            found.append(int(code.group(1), 16))
    return found


def places_of(text, first, count):
    """The indices that were begun with, as far as they go up, and whether all do. After a fault that
    went astray in what prints them anything may follow."""
    places = []
    for place in re.findall(r"^at (\d+)\s*$", text, re.M):
        if not (places[-1] if places else first - 1) < int(place) < count:
            return places, False
        places.append(int(place))
    return places, True


def main(run, objdump, elf, scenario, functions, step, last_ones=0, part=0, parts=1):
    """All of them, beginning again behind a fault that nothing could recover from. Of several parts
    each has every so-manieth address."""
    addresses = instructions(objdump, elf, functions)[-last_ones:][part::parts]
    assert len(addresses) > (7 if last_ones else 20), functions
    accepted, tried, lost, gone, first, cover = [], 0, 0, 0, 0, None
    crypto = last_ones or scenario == "crypto"
    slow = scenario in ("control", "signature")  # in which signatures are verified, if bad ones
    with tempfile.NamedTemporaryFile() as file:
        file.write(struct.pack(f"<{len(addresses)}I", *addresses))
        file.flush()
        while first < len(addresses):
            if sys.stderr.isatty():
                print(f"\r{scenario}: {first} of {len(addresses)} instructions", end="", file=sys.stderr, flush=True)
            done = subprocess.run(
                [run, "mps2-an386", elf, scenario, file.name, str(first), str(step)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                env={**os.environ, "BOARD_TIMEOUT": "120" if crypto else "20" if slow else "4"})
            accepted += re.findall(r"accepted ([0-9a-f]+) (\d)", done.stdout)
            cover = cover or re.search(r"cover (\d+)", done.stdout)
            if not cover:
                print(done.stdout)
                return 2
            places, straight = places_of(done.stdout, first, len(addresses))
            last = re.search(r"tried (\d+) lost (\d+)", done.stdout)
            if last and straight:
                tried += int(last.group(1))
                lost += int(last.group(2))
                break
            if straight and done.returncode in (124, NOT_REACHED) and places and places[-1] != first:
                tried += 3 * (len(places) - 1)
                first = places[-1]  # no time was left, or an earlier fault has left something
                continue
            gone += 1
            if not places or gone > 200:
                print(done.stdout[-2000:])
                return 2
            tried += 3 * len(places)
            first = places[-1] + step
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(f"{scenario}: {len(addresses)} instructions, {cover.group(1)} of them executed; "
          f"{tried} skips, of which {lost} ended in a fault or hung and {gone} stopped the board; "
          f"{len(accepted)} accepted")
    for address, count in accepted[:20]:
        print(f"  {count} bytes at {address}")
    if tried < max(3 if last_ones else 30, 2 * int(cover.group(1)) // step):
        print("too few: what was executed at first is not any more")
        return 2
    return (not accepted) if scenario in ("control", "once") else bool(accepted)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6], *map(int, sys.argv[6:8])))
