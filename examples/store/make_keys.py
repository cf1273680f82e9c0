#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_keys.py TENON FOLDER: a vendor's key and a device's secret, if FOLDER has none, and keys.c with what
the firmware knows of them. On a real device the secret is in hardware, or at least not in the image."""
import hashlib
import pathlib
import subprocess
import sys


def c_array(data):
    """The bytes as a C initialiser."""
    return ", ".join(f"0x{byte:02x}" for byte in data)


def main():
    """Make what is missing."""
    tenon, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    for name, kind in (("vendor.pem", "p256"), ("stranger.pem", "p256"), ("device.key", "a128kw")):
        if not (folder / name).exists():
            subprocess.run([tenon, "key", "gen", "--type", kind, "-o", folder / name], check=True,
                           stdout=subprocess.DEVNULL)
    ring = subprocess.run([tenon, "key", "pub", "--c", folder / "vendor.pem"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    secret = (folder / "device.key").read_bytes()
    # A key's identifier is the beginning of its COSE thumbprint: {1: 4, -1: secret}.
    identifier = hashlib.sha256(bytes.fromhex("a201042050") + secret).digest()[:8]
    (folder / "keys.c").write_text(
        f"{ring}\nstatic const uint8_t secret[] = {{{c_array(secret)}}};\n"
        f"const struct llext_secret device_secret = {{.id = {{{c_array(identifier)}}},\n"
        "\t.wrapping = LLEXT_WRAPPING_A128KW, .key = secret};\n")


if __name__ == "__main__":
    main()
