#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""signed_session.py TENON KEYS CODECS PROGRAM FILE: what a firmware with trust takes and what it refuses, over its
console. Signs the codecs with the keys first. Prints the dialogue; 1 if an answer is wrong."""
import pathlib
import subprocess
import sys

from session import command, expect, hold, install, reset

# On Linux, and as newlib and picolibc number them.
STALE, NOT_PERMITTED, BAD_MESSAGE = r"error -(116|133)", "error -1", r"error -(74|77)"


def sign(tenon, keys, codecs, folder):
    """Envelopes, by the numbers under which they are sent: codec_v<number>."""

    def one(number, codec, version, counter, *options, key="vendor.pem", name="codec"):
        subprocess.run([tenon, "sign", "--key", keys / key, "--name", name, "--version", version,
                        "--counter", str(counter), *options, codecs / f"codec_v{codec}.llext",
                        "-o", folder / f"codec_v{number}.llext"], check=True, stdout=subprocess.DEVNULL)

    one(1, 1, "1.0.0", 1, "--table", "all")
    one(2, 2, "2.0.0", 2, "--encrypt-to", keys / "device.key")
    one(3, 2, "2.0.1", 2, key="stranger.pem")
    one(4, 1, "1.0.1", 1)
    one(5, 2, "2.0.2", 2, name="other")
    damaged = bytearray((folder / "codec_v1.llext").read_bytes())
    damaged[-100] ^= 1
    (folder / "codec_v6.llext").write_bytes(damaged)


def session(console, folder):
    """The whole story."""
    expect(console, "the flash is empty: a new store")
    install(console, folder, 1)
    command(console, "commit codec")
    reset(console, "codec 1 is loaded on trial, its code in .*")
    command(console, "run codec 102", "102, coded 25, decoded 100", "ok")
    command(console, "check")

    # Another's signature, another name, and one bit: not even installed.
    install(console, folder, 3, answer=NOT_PERMITTED)
    install(console, folder, 5, answer=NOT_PERMITTED)
    install(console, folder, 6, answer=BAD_MESSAGE)
    command(console, "commit codec", "error -2")

    # An encrypted one. Until it is confirmed, the old one may come back.
    install(console, folder, 2)
    command(console, "commit codec")
    reset(console, "codec 2 is loaded on trial, its code in RAM")
    command(console, "run codec 102", "102, coded 10, decoded 100", "ok")
    command(console, "rollback codec")
    reset(console, "codec 1 is loaded, its code in .*")

    # Confirmed, it keeps all older ones out: those that are there, and those that come.
    install(console, folder, 2)
    command(console, "commit codec")
    reset(console, "codec 2 is loaded on trial, its code in RAM")
    command(console, "check")
    command(console, "rollback codec", STALE)
    install(console, folder, 4, answer=STALE)
    reset(console, "codec 2 is loaded, its code in RAM")
    command(console, "run codec 102", "102, coded 10, decoded 100", "ok")


def main():
    """Sign, then the dialogue."""
    tenon, keys, codecs = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    program = sys.argv[4:]
    pathlib.Path(program[-1] + ".counter").unlink(missing_ok=True)
    folder = keys / "signed"
    folder.mkdir(exist_ok=True)
    sign(tenon, keys, codecs, folder)
    return hold(session, folder, program)


if __name__ == "__main__":
    sys.exit(main())
