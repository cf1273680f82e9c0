# SPDX-License-Identifier: Apache-2.0
"""board.py WHAT SOURCES BUILD TENON: signed extensions on mps2-an386, by BearSSL.

  fetch    get BearSSL's source by apt; status 77 where that is not possible
  figures  build; sizes, instructions, memory: each within its budget
  faults   skip instructions at every address of the library's own code that is executed, and where the
           crypto library decides
  soak     at every address of the crypto library, too, on all processors: an hour of one"""
import concurrent.futures
import os
import re
import subprocess
import sys

import faults

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
RUN = os.path.join(ROOT, "boards/run")
KEYS = os.path.join(HERE, "../test-keys")
OBJDUMP = "arm-none-eabi-objdump"
CODE = "const char text[20000] = {1};\nint add(int a, int b) { return a + b; }\n"

# The loader's own functions, and what of it a signature and what a block passes through.
SIGNATURE = (r"^llext_(signed|verify|manifest|policy|cbor|hash)|"
             r"^(check|block_offset|block_buffer|is_proven|is_sealed|read_head|attempt_signature)$")
BLOCK = (r"^llext_signed_(read$|fetch|error)|^llext_hash|"
         r"^(check|block_offset|block_buffer|fetch_block|fetch_table|is_proven|is_sealed|copy|difference)$")
MAPPED = (r"^llext_(signed_(prepare|start|layout|fetch|error)|hash)|"
          r"^(check|open|map|peek|block_bytes|table_digests|is_sealed|is_proven|difference)$")
POLICY = r"^llext_(signed|policy)|^(check|is_proven|is_sealed|counter|begins_with)"

# The crypto library's, as GCC names them, and that of them whose last instructions are the verdict.
CRYPTO = r"^(br_|sha2small|api_|p256_|(add|sub|mul|square)_f256|reduce_final|le30|be8|GT$)"
VERDICT = r"^br_ecdsa_i31_vrfy_raw$"

# What is attacked, in which functions, at how many of their last instructions (0: all).
SCENARIOS = (
    ("control", "^attempt_control$", 0),
    ("block", BLOCK, 0),
    ("table", BLOCK, 0),
    ("mapped", MAPPED, 0),
    ("mapped-table", MAPPED, 0),
    ("stale", POLICY, 0),
    ("signature", SIGNATURE, 0),
    # In the crypto library: a check that asks it once is got round, ours is not.
    ("once", VERDICT, 10),
    ("crypto", VERDICT, 10),
)


def call(*command, **options):
    """A command that must succeed; its output where it does not."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode != 0:
        sys.exit(" ".join(command) + "\n" + done.stdout)
    return done.stdout


def build(sources, folder, tenon):
    """All programs: with a small envelope for faults, a larger one for figures."""
    os.makedirs(folder, exist_ok=True)
    source, large = os.path.join(folder, "large.c"), os.path.join(folder, "large.o")
    small = os.path.join(HERE, "../vectors/payload.elf")
    with open(source, "w") as file:
        file.write(CODE)
    call("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-Os", "-ffreestanding", "-c", source,
         "-o", large)
    with open(os.path.join(folder, "ring.c"), "w") as file:
        file.write(call(tenon, "key", "pub", "--c", os.path.join(KEYS, "signer.pub")))
    for name, payload, block in (("large", large, "4K"), ("small", small, "1K")):
        envelope = os.path.join(folder, name + ".envelope")
        call(tenon, "sign", "--key", os.path.join(KEYS, "signer.pem"), "--name", "codec.add",
             "--version", "1.2.3", "--counter", "7", "--block", block, payload, "-o", envelope)
        call("cmake", "-S", HERE, "-B", os.path.join(folder, name), "-G", "Ninja",
             f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/boards/mps2-an386/toolchain.cmake",
             f"-DBEARSSL_SOURCES={sources}", f"-DENVELOPE={envelope}", f"-DPAYLOAD={payload}",
             f"-DRING={folder}/ring.c")
        call("cmake", "--build", os.path.join(folder, name), "-j", "2")


def size(path):
    """Bytes of text of an ELF file, or of each object of an archive by its name."""
    found = {}
    for line in call("arm-none-eabi-size", path).splitlines()[1:]:
        words = line.split()
        found[os.path.basename(words[5]).split(".")[0]] = int(words[0])
    return found


def figures(folder):
    """Print them, and compare them with their budgets."""
    large = os.path.join(folder, "large")
    count = {k: int(v) for k, v in re.findall(
        r"(\w+) (\d+)", call(RUN, "mps2-an386", os.path.join(large, "figures.elf")))}
    objects = size(os.path.join(large, "libtrust.a"))
    reader = sum(objects[n] for n in ("cbor", "envelope", "manifest", "policy", "signed_loader"))
    none, signatures, encryption = (sum(size(os.path.join(large, f"size_{n}.elf")).values())
                                    for n in ("none", "signatures", "encryption"))
    alone = count["hash_alone"] + count["source_alone"]
    rows = (
        ("CBOR reader, bytes of text", objects["cbor"], 1228),
        ("envelope reader with it", reader, 4096),
        ("with BearSSL, no encryption", signatures - none, 15872),
        ("with BearSSL and encryption", encryption - none, 21504),
        ("memory beside a block, bytes", count["loader"] + 17 * 32, 1024),
        ("stack, bytes", count["stack"], 4096),
        ("a signature, instructions", count["verify_alone"], 12000000),
        ("preparing beside two of them, in 1/1000", round(
            1000 * (count["prepare"] / (2 * count["verify_alone"]) - 1)), 30),
        ("reading beside hash and source, in 1/1000", round(
            1000 * (count["read"] / alone - 1)), 30),
        ("reading, instructions for a KiB", count["read"] * 1024 // count["payload"], 54000),
    )
    status = 0
    for name, value, budget in rows:
        over = value > budget
        status |= over
        print(f"{name:45} {value:9} of {budget:9}{'  OVER' if over else ''}")
    return status


def skip(folder, scenario, functions, last_ones=0, **part):
    """faults.py with the board's programs."""
    return faults.main(RUN, OBJDUMP, os.path.join(folder, "small", "faults.elf"), scenario, functions,
                       1, last_ones, **part)


def main(what, sources, folder, tenon):
    """See above."""
    if what == "fetch":
        done = subprocess.run([os.path.join(ROOT, "scripts/fetch-sources"), sources, "bearssl"])
        return 77 if done.returncode == 1 else done.returncode
    build(sources, folder, tenon)
    if what == "figures":
        return figures(folder)
    if what == "soak":
        parts = os.cpu_count() or 1
        with concurrent.futures.ThreadPoolExecutor(parts) as pool:
            return max(pool.map(lambda part: skip(folder, "crypto", CRYPTO, part=part, parts=parts),
                                range(parts)))
    # All of them, whatever one comes to.
    return max([skip(folder, scenario, functions, last_ones=last_ones)
                for scenario, functions, last_ones in SCENARIOS])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
