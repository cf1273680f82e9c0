# SPDX-License-Identifier: Apache-2.0
"""Envelopes are what docs/envelope.md says: Python's cbor2 and cryptography read and decrypt what
`tenon sign` writes and the committed vectors, and `tenon verify` takes what they write."""
import hashlib
import io
import json
import os
import subprocess
import tempfile
import unittest

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (decode_dss_signature,
                                                             encode_dss_signature)
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TENON = os.environ["TENON"]
HERE = os.path.dirname(os.path.abspath(__file__))
KEYS = os.path.join(HERE, "test-keys")
VECTORS = os.path.join(HERE, "vectors")
TYPE = "application/vnd.tenon.manifest+cbor"
KDF_CONTEXT = [-3, [None] * 3, [None] * 3, [128, bytes.fromhex("a101381c")]]


def read(*path):
    """A file's bytes."""
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def private(name):
    """A private key of the tests."""
    return serialization.load_pem_private_key(read(KEYS, name), None)


def cose_key(public):
    """The members that a thumbprint has."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {1: 1, -1: 6, -2: public.public_bytes(serialization.Encoding.Raw,
                                                     serialization.PublicFormat.Raw)}
    numbers = public.public_numbers()
    return {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}


def key_id(key):
    """The first bytes of a thumbprint."""
    return hashlib.sha256(cbor2.dumps(key, canonical=True)).digest()[:8]


def split(envelope):
    """The four parts of the COSE_Sign1, and what is behind it."""
    source = io.BytesIO(envelope)
    tag = cbor2.load(source)
    assert tag.tag == 18
    return tag.value, envelope[source.tell():]


def to_be_signed(protected, payload):
    """COSE's Sig_structure."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def verify(public, envelope):
    """The manifest and the payload as it lies there, all digests checked."""
    (protected, unprotected, payload, signature), behind = split(envelope)
    header, manifest = cbor2.loads(protected), cbor2.loads(payload)
    assert unprotected == {} and header[3] == TYPE and header[4] == key_id(cose_key(public))
    # Deterministic: encoded anew, it is the same.
    assert cbor2.dumps(header, canonical=True) == protected
    assert cbor2.dumps(manifest, canonical=True) == payload
    message = to_be_signed(protected, payload)
    if header[1] == -7:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        public.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    else:
        assert header[1] == -8
        public.verify(signature, message)
    _, size, block, table = manifest[5]
    digest, content = manifest[6], b""
    while len(content) < size:
        blocks = min(table, -(-(size - len(content)) // block))
        more = size - len(content) > blocks * block
        digests, behind = behind[:32 * (blocks + more)], behind[32 * (blocks + more):]
        assert hashlib.sha256(digests).digest() == digest
        digest = digests[-32:]
        for i in range(blocks):
            piece = behind[:min(block, size - len(content))]
            assert hashlib.sha256(piece).digest() == digests[32 * i:32 * i + 32]
            content, behind = content + piece, behind[len(piece):]
    assert behind == b""
    return manifest, content


def unwrap(recipient, secrets):
    """The content key, where the recipient is one of ours."""
    protected, unprotected, wrapped = recipient
    secret = secrets.get(unprotected[4])
    if secret is None:
        return None
    if protected == b"":
        assert unprotected[1] == -3
        return keywrap.aes_key_unwrap(secret, wrapped)
    assert cbor2.loads(protected) == {1: -29}
    key = unprotected[-1]
    peer = ec.EllipticCurvePublicNumbers(int.from_bytes(key[-2], "big"),
                                         int.from_bytes(key[-3], "big"), ec.SECP256R1())
    shared = secret.exchange(ec.ECDH(), peer.public_key())
    return keywrap.aes_key_unwrap(kek_of(shared), wrapped)


def kek_of(shared):
    """What HKDF makes of the shared secret."""
    info = cbor2.dumps(KDF_CONTEXT, canonical=True)
    return HKDF(hashes.SHA256(), 16, None, info).derive(shared)


def stream(key, iv, content):
    """AES-128-CTR."""
    return Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor().update(content)


def decrypt(manifest, content, secrets):
    """The plain payload."""
    tag = manifest[18]
    assert tag.tag == 96
    protected, unprotected, ciphertext, recipients = tag.value
    assert protected == b"" and unprotected[1] == -65534 and ciphertext is None
    keys = [key for key in (unwrap(each, secrets) for each in recipients) if key]
    assert keys
    return stream(keys[0], unprotected[5], content)


class Interop(unittest.TestCase):
    """Both ways, each form."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        source = os.path.join(cls.folder, "codec.c")
        with open(source, "w") as file:
            file.write("int codec(int x) { return 3 * x; }\nconst char big[9000] = {1};\n")
        cls.elf = os.path.join(cls.folder, "codec.o")
        subprocess.run(["cc", "-Os", "-c", source, "-o", cls.elf], check=True)
        fleet = read(KEYS, "fleet.key")
        device = private("device.pem")
        cls.secrets = {key_id({1: 4, -1: fleet}): fleet,
                       key_id(cose_key(device.public_key())): device}

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)

    def tenon(self, *args, code=0):
        done = subprocess.run([TENON, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, code, " ".join(args) + done.stdout + done.stderr)
        return done

    def sign(self, name, *options, key="signer.pem"):
        self.tenon("sign", "--key", os.path.join(KEYS, key), "--name", "codec", "--version",
                   "1.2.3", "--counter", "7", self.elf, "-o", self.path(name), *options)
        return read(self.path(name))

    def test_ours_read_by_theirs(self):
        for key in ("signer.pem", "ed25519.pem"):
            for options in ((), ("--table", "all"), ("--block", "1K", "--table", "3")):
                envelope = self.sign("ours", *options, key=key)
                manifest, content = verify(private(key).public_key(), envelope)
                self.assertEqual(content, read(self.elf))
                self.assertEqual((manifest[2], manifest[3], manifest[4]),
                                 ("codec", [1, 2, 3], 7))
                self.assertEqual(envelope, self.sign("again", *options, key=key))
            with self.assertRaises(InvalidSignature):
                changed = bytearray(envelope)
                changed[200] ^= 1
                try:
                    verify(private(key).public_key(), bytes(changed))
                except (cbor2.CBORDecodeError, AssertionError, KeyError) as error:
                    raise InvalidSignature from error

    def test_ours_decrypted_by_theirs(self):
        for options in (("--encrypt-to", "fleet.key"), ("--encrypt-to", "device.pub"),
                        ("--encrypt-to", "device.pub", "--encrypt-to", "fleet.key")):
            options = [os.path.join(KEYS, o) if not o.startswith("--") else o for o in options]
            envelope = self.sign("sealed", *options, "--block", "1K", "--table", "2")
            manifest, content = verify(private("signer.pem").public_key(), envelope)
            self.assertNotEqual(content, read(self.elf))
            self.assertEqual(decrypt(manifest, content, self.secrets), read(self.elf))

    def test_payload_is_aligned_and_in_one_piece(self):
        envelope = self.sign("whole", "--table", "all")
        at = envelope.index(read(self.elf))
        self.assertEqual(at % 32, 0)

    # ---- theirs ----

    def make(self, content, key, extra=None, block=1024, table=4, size=None):
        """An envelope by cbor2 and cryptography alone."""
        blocks = [content[i:i + block] for i in range(0, len(content), block)]
        groups = [blocks[i:i + table] for i in range(0, len(blocks), table)]
        digest, tables = b"", []
        for group in reversed(groups):
            entry = b"".join(hashlib.sha256(b).digest() for b in group) + digest
            digest = hashlib.sha256(entry).digest()
            tables.insert(0, entry)
        manifest = {1: 1, 2: "codec", 3: [1, 2, 3], 4: 7,
                    5: [0, size or len(content), block, table], 6: digest, 7: [62, 2, 0], 8: 1,
                    9: [0] * 6, 19: bytes(256), 70: {"anything": [True, None, "at all"]}}
        manifest.update(extra or {})
        public = key.public_key()
        is_ec = isinstance(public, ec.EllipticCurvePublicKey)
        protected = cbor2.dumps({1: -7 if is_ec else -8, 3: TYPE, 4: key_id(cose_key(public))},
                                canonical=True)
        payload = cbor2.dumps(manifest, canonical=True)
        message = to_be_signed(protected, payload)
        if is_ec:
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        else:
            signature = key.sign(message)
        behind = b"".join(t + b"".join(g) for t, g in zip(tables, groups))
        path = self.path("theirs")
        with open(path, "wb") as file:
            file.write(cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]),
                                   canonical=True) + behind)
        return path

    def test_theirs_read_by_ours(self):
        content = os.urandom(10000)
        for name in ("signer", "ed25519"):
            path = self.make(content, private(name + ".pem"))
            done = self.tenon("verify", "--json", "--ring", os.path.join(KEYS, name + ".pub"), path,
                              "-o", self.path("out"))
            self.assertEqual(json.loads(done.stdout)["version"], "1.2.3")
            self.assertEqual(read(self.path("out")), content)
            self.tenon("verify", "--ring", os.path.join(KEYS, "other.pub"), path, code=1)
        path = self.make(content, private("signer.pem"), size=9999)
        self.tenon("verify", "--ring", os.path.join(KEYS, "signer.pub"), path, code=1)

    def test_theirs_decrypted_by_ours(self):
        plain, key, iv = os.urandom(5000), os.urandom(16), b"\xff" * 16
        fleet, device = read(KEYS, "fleet.key"), private("device.pem")
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        shared = ephemeral.exchange(ec.ECDH(), device.public_key())
        recipients = [
            [b"", {1: -3, 4: b"nobody.."}, keywrap.aes_key_wrap(os.urandom(16), key)],
            [b"", {1: -3, 4: key_id({1: 4, -1: fleet})}, keywrap.aes_key_wrap(fleet, key)],
            [bytes.fromhex("a101381c"),
             {4: key_id(cose_key(device.public_key())), -1: cose_key(ephemeral.public_key())},
             keywrap.aes_key_wrap(kek_of(shared), key)]]
        cose = cbor2.CBORTag(96, [b"", {1: -65534, 5: iv}, None, recipients])
        path = self.make(stream(key, iv, plain), private("signer.pem"), {18: cose})
        for secret in ("fleet.key", "device.pem"):
            self.tenon("verify", "--ring", os.path.join(KEYS, "signer.pub"), path,
                       "--decrypt-with", os.path.join(KEYS, secret), "-o", self.path("out"))
            self.assertEqual(read(self.path("out")), plain)
        done = self.tenon("verify", "--ring", os.path.join(KEYS, "signer.pub"), path)
        self.assertIn("encrypted, not decrypted here", done.stdout)
        done = self.tenon("verify", "--ring", os.path.join(KEYS, "signer.pub"), path,
                          "--decrypt-with", os.path.join(KEYS, "other.pem"), code=1)
        self.assertIn("encrypted for other recipients", done.stderr)

    # ---- the committed vectors ----

    def test_vectors(self):
        for name in sorted(os.listdir(VECTORS)):
            if not name.endswith(".envelope"):
                continue
            envelope = read(VECTORS, name)
            signer = "ed25519.pem" if name.startswith("ed25519") else "signer.pem"
            manifest, content = verify(private(signer).public_key(), envelope)
            if 18 in manifest:
                content = decrypt(manifest, content, self.secrets)
            self.assertEqual(content, read(VECTORS, "payload.elf"), name)
            self.tenon("verify", "--ring", os.path.join(KEYS, signer.replace("pem", "pub")),
                       "--decrypt-with", os.path.join(KEYS, "fleet.key"), "--decrypt-with",
                       os.path.join(KEYS, "device.pem"), "-o", self.path("out"),
                       "--vendor", "6f9619ff-8b86-d011-b42d-00c04fc964ff",
                       "--firmware", "0123456789abcdef",
                       os.path.join(VECTORS, name))
            self.assertEqual(read(self.path("out")), content)


if __name__ == "__main__":
    unittest.main()
