# SPDX-License-Identifier: Apache-2.0
"""vectors.py PROGRAM: a crypto backend against NIST's vectors for ECDSA, ECDH and key wrap, those of
RFC 3394, and what Python's cryptography makes: values at the edges of their ranges, points off the
curve, counters that wrap."""
import os
import re
import subprocess
import sys

import cryptography_vectors
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VECTORS = os.path.dirname(cryptography_vectors.__file__)
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
lines = []


def verify(good, point, message, r, s):
    """A line for a signature; numbers as they fit 32 bytes."""
    lines.append(f"verify {int(good)} {point} {message.hex() or '-'} {r:064x}{s:064x}")


def nist_signatures(name):
    """The part about P-256 with SHA-256 of a file of NIST's."""
    with open(f"{VECTORS}/asymmetric/ECDSA/FIPS_186-3/{name}") as file:
        part = file.read().split("[P-256,SHA-256]")[1].split("[P")[0]
    for block in re.split(r"\n\s*\n", part):
        fields = dict(re.findall(r"(\w+) = (.*)", block))
        if "Msg" in fields:
            good = fields.get("Result", "P").startswith("P")
            point = fields["Qx"].zfill(64) + fields["Qy"].zfill(64)
            verify(good, point, bytes.fromhex(fields["Msg"]), int(fields["R"], 16),
                   int(fields["S"], 16))


def edges():
    """What other libraries got wrong: see the names of Wycheproof's groups."""
    key = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    point = f"{numbers.x:064x}{numbers.y:064x}"
    message = b"a tenon fits a mortise"
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    verify(True, point, message, r, s)
    verify(True, point, message, r, N - s)  # a high s is the same signature
    verify(False, point, message, s, r)
    verify(False, point, message, N - r, s)
    verify(False, point, b"", r, s)
    verify(False, point, message + b"\0", r, s)
    for value in (0, 1, N - 1, N, N + 1, P - 1, P, P + 1, 2**256 - 1):
        verify(False, point, message, value, s)
        verify(False, point, message, r, value)
        verify(False, point, message, value, value)
    if r + N < 2**256:
        verify(False, point, message, r + N, s)
    if s + N < 2**256:
        verify(False, point, message, r, s + N)
    for bit in range(256):
        verify(False, point, message, r ^ 1 << bit, s)
        verify(False, point, message, r, s ^ 1 << bit)
    # Points: of another key, off the curve, beyond the field, of infinity, of the twist.
    for bad in (f"{numbers.x:064x}{P - numbers.y:064x}", f"{numbers.y:064x}{numbers.x:064x}",
                f"{numbers.x:064x}{numbers.y ^ 1:064x}", "0" * 128, "f" * 128,
                f"{P:064x}{numbers.y:064x}", f"{0:064x}{1:064x}",
                f"{numbers.x:064x}{0:064x}"):
        verify(False, bad, message, r, s)
    # Small numbers: many bytes of zeros in key, r and s, as long as messages of many lengths.
    for secret in (1, 2, N - 1, N // 2):
        key = ec.derive_private_key(secret, ec.SECP256R1())
        numbers = key.public_key().public_numbers()
        for length in (0, 1, 55, 56, 63, 64, 65, 119, 120, 1000):
            message = bytes(range(256))[:length % 256] + bytes(length - length % 256)
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
            verify(True, f"{numbers.x:064x}{numbers.y:064x}", message, r, s)


def nist_key_wrap(name):
    """Unwrapping, where what is wrapped has 16 bytes."""
    with open(f"{VECTORS}/keywrap/kwtestvectors/{name}") as file:
        text = file.read()
    for part in re.split(r"\[PLAINTEXT LENGTH = ", text)[1:]:
        if int(part.split("]")[0]) != 128:
            continue
        for key, wrapped, rest in re.findall(r"K = (\w+)\s+C = (\w+)\s+(FAIL|P = \w+)", part):
            good = rest != "FAIL"
            lines.append(f"unwrap {int(good)} {key} {wrapped} {rest[4:] if good else ''}")


def key_wrap():
    """RFC 3394, 4.1, and each bit of a wrapped key."""
    key = bytes(range(16))
    inner = bytes.fromhex("00112233445566778899aabbccddeeff")
    wrapped = keywrap.aes_key_wrap(key, inner)
    assert wrapped.hex() == "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"
    lines.append(f"unwrap 1 {key.hex()} {wrapped.hex()} {inner.hex()}")
    for bit in range(8 * len(wrapped)):
        bad = bytearray(wrapped)
        bad[bit // 8] ^= 1 << bit % 8
        lines.append(f"unwrap 0 {key.hex()} {bad.hex()}")


CONTEXT = bytes.fromhex("842283f6f6f683f6f6f682188044a101381c")


def agree(good, secret, point, shared=None):
    """A line for an agreement: what is wrapped can be unwrapped if both have the same x."""
    inner = os.urandom(16)
    shared = bytes(32) if shared is None else shared
    kek = HKDF(hashes.SHA256(), 16, None, CONTEXT).derive(shared)
    lines.append(f"agree {int(good)} {secret:064x} {point} {CONTEXT.hex()} "
                 f"{keywrap.aes_key_wrap(kek, inner).hex()} {inner.hex() if good else ''}")


def nist_agreement(name):
    """The part about P-256 of a file of NIST's: keys that are good, and peers that are no points."""
    with open(f"{VECTORS}/asymmetric/ECDH/{name}") as file:
        part = file.read().split("[EC - SHA256]")[1].split("[ED - ")[0]
    for block in part.split("COUNT = ")[1:]:
        fields = dict(re.findall(r"(\w+) = (.*)", block))
        point = fields["QsCAVSx"].zfill(64) + fields["QsCAVSy"].zfill(64)
        if fields["Result"].startswith("P"):
            agree(True, int(fields["dsIUT"], 16), point, bytes.fromhex(fields["Z"].zfill(64)))
        elif "CAVS's Static public key" in fields["Result"]:
            # What is wrapped by the x that a careless multiplication would come to is not unwrapped.
            agree(False, int(fields["dsIUT"], 16), point, bytes.fromhex(fields["Z"].zfill(64)))


def edges_of_agreement():
    """Peers that are no points of the curve, which would give the device's key away bit by bit."""
    secret = 0x1234567890ABCDEF1234567890ABCDEF
    own = ec.derive_private_key(secret, ec.SECP256R1())
    peer = ec.derive_private_key(77, ec.SECP256R1()).public_key().public_numbers()
    shared = own.exchange(ec.ECDH(), peer.public_key())
    point = f"{peer.x:064x}{peer.y:064x}"
    agree(True, secret, point, shared)
    agree(True, secret, f"{peer.x:064x}{P - peer.y:064x}", shared)  # the same x
    agree(False, secret, point)
    for bad in (f"{peer.x:064x}{peer.y ^ 1:064x}", f"{peer.y:064x}{peer.x:064x}", "0" * 128,
                "f" * 128, f"{P:064x}{peer.y:064x}", f"{0:064x}{1:064x}", f"{peer.x:064x}{0:064x}",
                f"{peer.x:064x}{P:064x}"):
        agree(False, secret, bad, shared)
        agree(False, secret, bad)
    for x in range(1, 40):  # about half of them are on the twist only
        y = pow(x**3 - 3 * x + B, (P + 1) // 4, P)
        on_curve = y * y % P == (x**3 - 3 * x + B) % P
        numbers = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())
        agree(on_curve, secret, f"{x:064x}{y:064x}",
              own.exchange(ec.ECDH(), numbers.public_key()) if on_curve else None)
        agree(False, secret, f"{x + P:064x}{y:064x}")  # not reduced
    y = pow(B, (P + 1) // 4, P)
    zero = ec.EllipticCurvePublicNumbers(0, y, ec.SECP256R1())
    agree(True, secret, f"{0:064x}{y:064x}", own.exchange(ec.ECDH(), zero.public_key()))
    for secret in (1, 2, N - 2, N - 1):
        own = ec.derive_private_key(secret, ec.SECP256R1())
        agree(True, secret, point, own.exchange(ec.ECDH(), peer.public_key()))


def stream():
    """Counters that wrap in the last 4, 8 and 16 bytes, pieces that begin inside."""
    for start in (0, 1, 2**32 - 2, 2**64 - 3, 2**96 - 1, 2**128 - 1, 2**128 - 2**32,
                  0xF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF):
        key, iv = os.urandom(16), start.to_bytes(16, "big")
        cipher = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
        plain = os.urandom(1000)
        whole = cipher.update(plain)
        for first, end in ((0, 1000), (0, 1), (0, 16), (16, 33), (64, 999), (992, 1000)):
            lines.append(f"stream {key.hex()} {iv.hex()} {first:08x} {whole[first:end].hex()} "
                         f"{plain[first:end].hex()}")


def main():
    """All of them through the program."""
    nist_signatures("SigVer.rsp")
    nist_signatures("SigGen.txt")
    assert len(lines) >= 30, len(lines)
    edges()
    before = len(lines)
    for role in ("init", "resp"):
        nist_agreement(f"KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{role}.fax")
    assert len(lines) >= before + 40, len(lines)
    edges_of_agreement()
    nist_key_wrap("KW_AD_128.txt")
    key_wrap()
    stream()
    done = subprocess.run(sys.argv[1], input="\n".join(lines) + "\n", text=True, timeout=240)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
