# SPDX-License-Identifier: Apache-2.0
"""
The ledger: figures that are committed, and how much those measured now may differ from them.
The rules that need no figures of before are here as well: growth that is linear, nothing leaked,
loaded functions as fast as linked ones.
"""

import csv
import io
import os

import boards
import chart

FOLDER = os.path.join(boards.ROOT, "bench/ledger")
TABLES = {  # table: (what names a row, the figures)
    "loads": (["board", "module", "kind", "firmware_exports"],
              ["file_bytes", "image_bytes", "relocations", "imports", "load", "copy", "unload", "reads", "seeks", "bytes_read",
               "heap_over_image", "stack"]),
    "sizes": (["board", "configuration"], ["text", "data", "bss", "stack"]),
    "holds": (["board", "extensions"], ["by_name", "load", "exit", "stats"]),
    "steps": (["board", "kind"], ["without", "with", "longest"]),
    "quantum": (["board", "quantum"], ["longest", "steps", "all"]),
    "sandbox": (["board"],
                ["trusted_load", "trusted_load_without", "sandboxed_load", "domain_call", "direct_call",
                 "gate_plain", "gate_one", "gate_two",
                 "gate_nothing", "gate_nothing_one", "context_switch", "to_another_domain",
                 "code_bytes", "port_bytes", "least_bytes", "domain_bytes", "import_bytes"]),
    "in_domain": (["board", "module"], ["trusted", "sandboxed"]),
}
CHART = os.path.join(boards.ROOT, "docs/benchmark.svg")

GROWN = 0.02      # more than this above the ledger is an error
SHRUNK = 0.10     # more than this below: the ledger is so old that it guards nothing
SORTED = 1.65     # the same of exports, which are sorted by name: n log n is 1.55 times there
LINEAR = 1.5      # the most by which one more of something costs more among ten times as many
CALL = 1          # instructions that a call out of a loaded function takes more
STEPS = 0.02      # by so much may llext_load() be longer where loads can be done in steps
TRUSTED = 0.02    # likewise the load of a trusted extension where there are domains
LONGEST = 2000    # instructions of the longest step

COMPILERS = ["arm-none-eabi-gcc", "riscv64-unknown-elf-gcc", "aarch64-linux-gnu-gcc",
             "xtensa-lx106-elf-gcc"]

REWRITE = "bench/run --ledger write"


def path_of(table):
    return os.path.join(FOLDER, f"{table}.csv")


def compilers():
    """What the figures depend on beside the sources: one line for each compiler."""
    return "".join(f"{boards.run([name, '--version']).splitlines()[0]}\n" for name in COMPILERS)


def compilers_path():
    return os.path.join(FOLDER, "compilers.txt")


def other_compilers():
    """Says which compilers the ledger is of, where they are not those of this machine."""
    with open(compilers_path(), encoding="ascii") as lines:
        before = lines.read()
    now = compilers()
    return None if before == now else f"the ledger is of\n{before}and here is\n{now}"


def csv_text(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if row[name] is None else row[name] for name in columns])
    return out.getvalue()


def text_of(table, rows):
    keys, figures = TABLES[table]
    return csv_text(keys + figures, rows)


def write(figures):
    os.makedirs(FOLDER, exist_ok=True)
    for table in TABLES:
        with open(path_of(table), "w", encoding="ascii") as out:
            out.write(text_of(table, figures[table]))
    with open(compilers_path(), "w", encoding="ascii") as out:
        out.write(compilers())
    with open(CHART, "w", encoding="ascii") as out:
        out.write(chart.svg(figures["loads"]))


def read(table):
    """Rows of numbers where they are numbers; None where there is none."""
    try:
        with open(path_of(table), encoding="ascii", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise boards.Failure(f"the ledger: {error.strerror}: {path_of(table)}; {REWRITE} makes it") from error
    for row in rows:
        for name, text in row.items():
            if text.isdigit():
                row[name] = int(text)
            elif not text:
                row[name] = None
    return rows


def skipped(row, lua):
    """Whether the row is one of those that cannot be measured here."""
    return not lua and row.get("module", "").startswith(("lua", "mbedtls"))


def compare_figure(before, now):
    """(error, notice), one of which or both are None."""
    if before is None or now is None:
        return (None, None) if before is now else (f"{before} in the ledger, {now} now", None)
    what = f"{before:,} in the ledger, {now:,} now"
    if before:
        what += f" ({100 * (now - before) / before:+.1f} %)"
    if now > before * (1 + GROWN):
        return f"{what}: it has grown", None
    if now < before * (1 - SHRUNK):
        return f"{what}: the ledger is out of date", None
    if now < before * (1 - GROWN):
        return None, f"{what}: it has shrunk; the ledger could be rewritten"
    return None, None


def compare_table(table, rows, lua):
    keys, names = TABLES[table]
    before = {tuple(row[key] for key in keys): row for row in read(table)}
    errors, notices = [], []
    for row in rows:
        key = tuple(row[name] for name in keys)
        title = f"{table}: {' '.join(str(part) for part in key)}"
        if key not in before:
            errors.append(f"{title}: it is not in the ledger")
            continue
        old = before.pop(key)
        for name in names:
            error, notice = compare_figure(old[name], row[name])
            if error:
                errors.append(f"{title}: {name}: {error}")
            if notice:
                notices.append(f"{title}: {name}: {notice}")
    for key, row in before.items():
        title = f"{table}: {' '.join(str(part) for part in key)}"
        if skipped(row, lua):
            notices.append(f"{title}: skipped, there is no source of Lua")
        else:
            errors.append(f"{title}: it is in the ledger and was not measured")
    return errors, notices


# ---- rules ----

def marginal(rows, board, family):
    """What one more of a family costs among few, and among ten times as many."""
    loads = {row["module"]: row["load"] for row in rows if row["board"] == board and
             row["kind"] == "read" and row["firmware_exports"] == boards.EXPORTS[0]}
    small, middle, large = boards.SIZES
    cost = [loads[f"{family}-{size}"] for size in boards.SIZES]
    return (cost[1] - cost[0]) / (middle - small), (cost[2] - cost[1]) / (large - middle)


def rules(figures):
    errors = []
    for row in figures["loads"]:
        if row["leak"] != 0:
            errors.append(f"{row['board']} {row['module']}: {row['leak']} bytes are held after unload")
    for board in boards.BOARDS:
        for family in boards.FAMILIES:
            few, many = marginal(figures["loads"], board, family)
            if many > few * (SORTED if family == "exports" else LINEAR):
                errors.append(f"{board} {family}: one more costs {few:.0f} instructions among few and "
                              f"{many:.0f} among many: that is not linear")
    for row in figures["steps"]:
        if row["with"] > row["without"] * (1 + STEPS):
            errors.append(f"{row['board']} {row['kind']}: llext_load() takes {row['without']} "
                          f"instructions without steps, and {row['with']} with them")
        if row["longest"] > LONGEST:
            errors.append(f"{row['board']} {row['kind']}: a step of {row['longest']} instructions")
    for row in figures["sandbox"]:
        if row["trusted_load"] > row["trusted_load_without"] * (1 + TRUSTED):
            errors.append(f"{row['board']}: a trusted load takes {row['trusted_load_without']} "
                          f"instructions without domains, and {row['trusted_load']} with them")
    for row in figures["functions"]:
        calls = boards.CALLS if row["function"] == "calls" else 0
        if row["loaded"] > row["linked"] + calls * CALL:
            errors.append(f"{row['board']} {row['function']}: {row['linked']} instructions linked, "
                          f"{row['loaded']} loaded")
    return errors


def check_chart():
    """The chart shows what the ledger says."""
    with open(CHART, encoding="ascii") as lines:
        same = lines.read() == chart.svg(read("loads"))
    return [] if same else [f"{CHART}: it is not that of the ledger"]


def check(figures, lua):
    """(errors, notices)"""
    errors, notices = rules(figures) + check_chart(), []
    for table in TABLES:
        found, said = compare_table(table, figures[table], lua)
        errors += found
        notices += said
    if errors:
        errors.append(f"if that is meant to be: {REWRITE}, and commit the change of bench/ledger "
                      "with what made it")
    return errors, notices
