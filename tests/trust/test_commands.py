# SPDX-License-Identifier: Apache-2.0
"""tenon key, sign and verify: what they write, what they refuse and say, and a key that is in an
HSM."""
import json
import os
import re
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.environ["TENON_SOURCE"], "tests/tool"))
from support import INCLUDE, ToolTest, has  # noqa: E402  pylint: disable=wrong-import-position

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "test-keys")
CODE = "int add(int a, int b) { return a + b; }\nconst char big[5000] = {1};\n"
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


def key(name):
    """The path of a key."""
    return os.path.join(KEYS, name)


class Keys(ToolTest):
    """tenon key."""

    def test_private_keys_are_for_nobody_else_and_stay(self):
        for kind in ("p256", "ed25519", "a128kw"):
            path = self.path(kind)
            self.tenon("key", "gen", "--type", kind, "-o", path)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            before = self.read(path)
            done = self.tenon("key", "gen", "--type", kind, "-o", path, code=1)
            self.assertIn("File exists", done.stderr)
            self.assertEqual(self.read(path), before)
            info = json.loads(self.tenon("key", "info", "--json", path).stdout)["keys"][0]
            self.assertEqual((info["type"], info["private"]), (kind, True))

    def test_public_half(self):
        done = self.tenon("key", "pub", key("signer.pem"))
        self.assertEqual(done.stdout.encode(), self.read(key("signer.pub")))
        self.assertNotIn("PRIVATE", done.stdout)
        private, public = (json.loads(self.tenon("key", "info", "--json", key(n)).stdout)["keys"][0]
                           for n in ("signer.pem", "signer.pub"))
        self.assertEqual(private["id"], public["id"])
        self.assertEqual((private["private"], public["private"]), (True, False))
        done = self.tenon("key", "pub", key("fleet.key"), code=1)
        self.assertIn("no public half", done.stderr)

    def test_ring_as_c_compiles(self):
        self.write("ring.json", self.tenon(
            "key", "pub", "--ring", "--names", "codec.", "--counter-limit", "100", "--sandbox-only",
            key("signer.pub"), key("ed25519.pub")).stdout)
        text = self.tenon("key", "pub", "--c", "--revoked", self.path("ring.json"),
                          key("other.pub")).stdout
        source = self.write("ring.c", text + """
#include <string.h>
int main(void)
{
	return !(llext_ring_count == 3 && llext_ring[0].counter_limit == 100 &&
		 strcmp(llext_ring[1].names, "codec.") == 0 &&
		 llext_ring[0].flags == LLEXT_KEY_SANDBOX_ONLY &&
		 llext_ring[1].algorithm == LLEXT_ALGORITHM_EDDSA &&
		 llext_ring[2].flags == LLEXT_KEY_REVOKED && llext_ring[2].names[0] == 0);
}
""")
        subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", INCLUDE, source, "-o",
                        self.path("ring")], check=True)
        subprocess.run([self.path("ring")], check=True)

    def test_secret_as_c_opens_what_is_encrypted(self):
        path = self.path("secret.c")
        self.tenon("key", "secret", key("fleet.key"), key("device.pem"), "-o", path)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        ids = [json.loads(self.tenon("key", "info", "--json", key(n)).stdout)["keys"][0]["id"]
               for n in ("fleet.key", "device.pem")]
        secret = ", ".join(f"0x{byte:02x}" for byte in self.read(key("fleet.key")))
        source = self.write("main.c", self.read(path).decode() + f"""
#include <string.h>
int main(void)
{{
	static const uint8_t fleet[] = {{{secret}}};
	return !(llext_secret_count == 2 && llext_secrets[0].wrapping == LLEXT_WRAPPING_A128KW &&
		 llext_secrets[1].wrapping == LLEXT_WRAPPING_ECDH_ES_A128KW &&
		 memcmp(llext_secrets[0].key, fleet, 16) == 0 &&
		 llext_secrets[0].id[0] == 0x{ids[0][:2]} && llext_secrets[1].id[7] == 0x{ids[1][14:]});
}}
""")
        subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", INCLUDE, source, "-o",
                        self.path("main")], check=True)
        subprocess.run([self.path("main")], check=True)
        for wrong in ("signer.pub", "ed25519.pem"):
            done = self.tenon("key", "secret", key(wrong), code=1)
            self.assertIn("decrypts nothing", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_what_is_no_key(self):
        for name, text in (("empty", ""), ("text", "hello, this is no key at all\n"),
                           ("json", "{}"), ("list", '{"keys": 7}'),
                           ("broken", '{"keys": [{"id": "00"}]}'), ("texts", '{"keys": ["x"]}')):
            path = self.write(name, text)
            done = self.tenon("key", "pub", "--ring", path, code=1)
            self.assertIn("is no key", done.stderr)
        # A right that is misspelt is not passed over.
        ring = json.loads(self.tenon("key", "pub", "--ring", key("signer.pub")).stdout)
        self.tenon("key", "pub", "--ring", self.write("ring", json.dumps(ring)))
        ring["keys"][0]["revoke"] = True
        done = self.tenon("key", "pub", "--ring", self.write("ring", json.dumps(ring)), code=1)
        self.assertIn("is no key ring", done.stderr)
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                        "ec_paramgen_curve:P-384", "-out", self.path("p384")], check=True,
                       stderr=subprocess.DEVNULL)
        done = self.tenon("key", "info", self.path("p384"), code=1)
        self.assertIn("another algorithm", done.stderr)

    def test_rings_are_read_strictly(self):
        ring = json.loads(self.tenon("key", "pub", "--ring", key("signer.pub")).stdout)

        def read_with(code, **members):
            entry = {**ring["keys"][0], **members}
            path = self.write("ring", json.dumps({"keys": [entry]}))
            return self.tenon("key", "pub", "--ring", path, code=code)

        read_with(0, revoked=True, counter_limit=5)
        for member, value in (("revoked", None), ("revoked", "false"), ("revoked", 1),
                              ("names", None), ("names", 7), ("counter_limit", None),
                              ("counter_limit", "7"), ("counter_limit", 1.5),
                              ("counter_limit", -1), ("sandbox_only", None),
                              ("id", "0011223344556677"), ("algorithm", "ES384")):
            self.assertIn("is no key ring", read_with(1, **{member: value}).stderr)

    def test_a_key_that_is_given_twice(self):
        def entries(*args, code=0):
            done = self.tenon("key", "pub", "--ring", *args, code=code)
            return done.stderr if code else json.loads(done.stdout)["keys"]

        def ring(name, *args):
            return self.write(name, json.dumps({"keys": entries(*args)}))

        everything = ring("everything", key("signer.pub"), key("other.pub"))
        little = ring("little", "--names", "codec.", "--counter-limit", "9", "--sandbox-only",
                      key("signer.pub"))
        # Revoked is revoked, and a right that one has not there is none, whatever comes first.
        for args in ((everything, key("signer.pub")), (key("signer.pub"), everything)):
            keys = entries("--revoked", *args)
            self.assertEqual(sorted(k["revoked"] for k in keys), [False, True])
        for args in ((everything, little), (little, everything), (key("signer.pem"), little)):
            keys = [k for k in entries(*args) if k["names"] != ""]
            self.assertEqual([(k["names"], k["counter_limit"], k["sandbox_only"]) for k in keys],
                             [("codec.", 9, True)])
        other = ring("other", "--names", "driver.", key("signer.pub"))
        self.assertIn("other names", entries(little, other, code=1))
        self.assertEqual(entries(little, ring("more", "--names", "codec.a", key("signer.pub")))[0]
                         ["names"], "codec.a")

    def test_output(self):
        for args in ((), ("--c",), ("--ring",)):
            done = self.tenon("key", "pub", *args, key("signer.pub"), "-o", self.path("out"))
            self.assertEqual(done.stdout, "")
            self.assertEqual(self.read(self.path("out")).decode(),
                             self.tenon("key", "pub", *args, key("signer.pub")).stdout)
        private = self.path("mine")
        self.tenon("key", "gen", "-o", private)
        before = self.read(private)
        done = self.tenon("key", "pub", private, "-o", private, code=1)
        self.assertIn("not written over", done.stderr)
        self.assertEqual(self.read(private), before)

    def test_wrong_usage(self):
        public = key("signer.pub")
        for args in (("gen", "--json", "-o", "x"), ("gen", "--ring", "-o", "x"),
                     ("gen", "--names", "a", "-o", "x"), ("pub", "--type", "p256", public),
                     ("pub", "--json", public), ("pub", "--c", "--ring", public),
                     ("info", "-o", "x", public), ("info", "--revoked", public),
                     ("pub", "--ring", "--counter-limit", "1K", public)):
            self.tenon("key", *args, code=2)
        self.assertIn("--output", self.tenon("key", "gen", "x", code=2).stderr)
        for args in ((), ("make",), ("gen",), ("gen", "-o", "x", "y"), ("pub",), ("info",),
                     ("gen", "--type", "rsa", "-o", "x"), ("pub", "--names", "a/b", "x"),
                     ("pub", "--names", "a", "x"), ("pub", "--counter-limit", "4294967295", "x")):
            self.tenon("key", *args, code=2)


class Sign(ToolTest):
    """tenon sign and tenon verify."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.object = cls.build("add.o", CODE)

    def sign(self, name, *options, file=None, code=0):
        return self.tenon("sign", "--key", key("signer.pem"), "--name", "codec.add", "--version",
                          "1.2.3", "--counter", "7", file or self.object, "-o", self.path(name),
                          *options, code=code)

    def verify(self, name, *options, ring="signer.pub", code=0):
        return self.tenon("verify", "--ring", key(ring), self.path(name), *options, code=code)

    def test_claims(self):
        self.sign("claims", "--vendor", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "--import",
                  "base@1.0.2", "--import", "more@2.0.0", "--expires", "2035-05-06", "--block", "2K",
                  "--sandbox-only")
        claims = json.loads(self.verify("claims", "--json", "--vendor",
                                        "6F9619FF8B86D011B42D00C04FC964FF").stdout)
        self.assertEqual(
            [claims[k] for k in ("name", "version", "counter", "payload", "block_bytes",
                                 "table_blocks", "verified", "expires", "sandbox_only")],
            ["codec.add", "1.2.3", 7, "elf", 2048, 16, True, "2035-05-06T00:00:00Z", True])
        self.assertEqual(claims["payload_bytes"], os.path.getsize(self.object))
        self.assertEqual(claims["imports"], [{"name": "base", "version": "1.0.2"},
                                             {"name": "more", "version": "2.0.0"}])
        plan = self.inspect(self.object)["memory"]
        self.assertEqual(claims["memory"]["instruction_heap_bytes"], plan["instruction_heap_bytes"])

    def test_payloads(self):
        self.tenon("pack", self.object, "-o", self.path("add.llext"))
        self.tenon("pack", self.object, "-o", self.path("add.lz4"), "--lz4", "--block", "1K")
        for path, kind in ((self.object, "elf"), (self.path("add.llext"), "packed"),
                           (self.path("add.lz4"), "packed-lz4")):
            self.sign("payload", file=path)
            done = self.verify("payload", "--json", "-o", self.path("out"))
            self.assertEqual(json.loads(done.stdout)["payload"], kind)
            self.assertEqual(self.read(self.path("out")), self.read(path))

    def test_which_check_failed(self):
        self.sign("good")
        self.verify("good", "--counter", "7")
        for options, reason in (
                (("--counter", "8"), "older than what was confirmed"),):
            self.assertIn(reason, self.verify("good", *options, code=1).stderr)
        self.assertIn("not in the ring", self.verify("good", ring="other.pub", code=1).stderr)
        for rights, reason in ((("--names", "driver."), "may not sign this name"),
                               (("--counter-limit", "6"), "may not set such a counter"),
                               (("--revoked",), "revoked")):
            ring = self.write("ring", self.tenon("key", "pub", "--ring", *rights,
                                                 key("signer.pub")).stdout)
            self.assertIn(reason, self.verify("good", ring=ring, code=1).stderr)
        envelope = self.read(self.path("good"))
        for change, reason in ((lambda e: e + b"x", "another length"),
                               (lambda e: e[:-1], "another length"),
                               (lambda e: e[:-1] + bytes([e[-1] ^ 1]), "differs from what was"),
                               (lambda e: e[:100] + bytes([e[100] ^ 1]) + e[101:],
                                "does not verify"),
                               (lambda e: b"\x7fELF" + e, "no envelope"),
                               (lambda e: b"", "no envelope")):
            self.write("bad", change(envelope))
            self.assertIn(reason, self.verify("bad", code=1).stderr)
        for option, value in (("--vendor", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
                              ("--class", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
                              ("--device", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
                              ("--firmware", "0123456789abcdef")):
            self.sign("bound", option, value)
            self.verify("bound", option, value)
            self.verify("bound", code=1)
            self.verify("bound", option, value.replace("6", "7").replace("0", "1"), code=1)
        self.sign("old", "--expires", "2020-01-01")
        self.assertIn("expired", self.verify("old", code=1).stderr)

    def test_encrypted(self):
        self.sign("sealed", "--encrypt-to", key("device.pub"), "--encrypt-to", key("fleet.key"))
        for secret in ("device.pem", "fleet.key"):
            self.verify("sealed", "--decrypt-with", key(secret), "-o", self.path("out"))
            self.assertEqual(self.read(self.path("out")), self.read(self.object))
        self.assertNotIn(self.read(self.object)[64:200], self.read(self.path("sealed")))
        done = self.verify("sealed", "--decrypt-with", key("other.pem"), code=1)
        self.assertIn("other recipients", done.stderr)

    def test_encrypted_without_a_key(self):
        self.sign("sealed", "--encrypt-to", key("fleet.key"))
        # Signature and digests are those of the encrypted bytes: no key is needed to verify them.
        done = self.verify("sealed")
        self.assertRegex(done.stdout, re.compile(r"encrypted, not decrypted here$", re.M))
        claims = json.loads(self.verify("sealed", "--json").stdout)
        self.assertEqual((claims["encrypted"], claims["verified"]), (True, True))
        done = self.verify("sealed", "-o", self.path("opened"), code=1)
        self.assertIn("--decrypt-with", done.stderr)
        self.assertFalse(os.path.exists(self.path("opened")))
        envelope = bytearray(self.read(self.path("sealed")))
        envelope[-1] ^= 1
        self.write("changed", bytes(envelope))
        self.assertIn("differs from what was signed", self.verify("changed", code=1).stderr)
        # What is in it: claims without a key, all of it with one, nothing with another.
        done = self.tenon("inspect", self.path("sealed"), code=1)
        self.assertIn("--decrypt-with", done.stderr)
        self.assertIn("codec.add", done.stdout)
        for secret, code in (("fleet.key", 0), ("other.pem", 1)):
            done = self.tenon("inspect", "--json", "--decrypt-with", key(secret),
                              self.path("sealed"), code=code)
            if code == 0:
                report = json.loads(done.stdout)
                self.assertEqual([e["name"] for e in report["exports"]], ["add", "big"])
                self.assertEqual(report["envelope"]["verified"], False)
                done = self.tenon("inspect", "--decrypt-with", key(secret), self.path("sealed"))
                self.assertRegex(done.stdout, re.compile(r"payload .*, encrypted$", re.M))
            else:
                self.assertIn("other recipients", done.stderr)
        done = self.tenon("size", self.path("sealed"), code=1)
        self.assertIn("is encrypted", done.stderr)
        done = self.tenon("run", "--ring", key("signer.pub"), self.path("sealed"), code=1)
        self.assertIn("other recipients", done.stderr)

    def test_run(self):
        self.sign("signed", file=self.object)
        self.tenon("pack", self.object, "-o", self.path("add.lz4"), "--lz4")
        self.sign("sealed", "--encrypt-to", key("fleet.key"), file=self.path("add.lz4"))
        done = self.tenon("run", "--ring", key("signer.pub"), self.path("signed"), "--call", "add",
                          "1", "2")
        self.assertEqual(done.stdout, "add(1, 2) = 3\n")
        done = self.tenon("run", "--ring", key("signer.pub"), "--decrypt-with", key("fleet.key"),
                          self.path("sealed"), "--call", "add", "1", "2")
        self.assertEqual(done.stdout, "add(1, 2) = 3\n")
        done = self.tenon("run", self.path("signed"), "--call", "add", "1", "2", code=1)
        self.assertIn("--ring", done.stderr)
        done = self.tenon("run", "--ring", key("other.pub"), self.path("signed"), code=1)
        self.assertIn("not in the ring", done.stderr)
        envelope = bytearray(self.read(self.path("signed")))
        envelope[-10] ^= 1
        self.write("changed", bytes(envelope))
        done = self.tenon("run", "--ring", key("signer.pub"), self.path("changed"), code=1)
        self.assertIn("differs from what was signed", done.stderr)
        done = self.tenon("run", "--ring", key("signer.pub"), self.object, "--call", "add", "1", "2")
        self.assertEqual(done.stdout, "add(1, 2) = 3\n")
        self.assertIn("is not signed", done.stderr)

    def test_inspect(self):
        self.sign("signed")
        report = self.inspect(self.path("signed"))
        self.assertEqual(report["envelope"]["name"], "codec.add")
        self.assertEqual(report["envelope"]["verified"], False)
        self.assertEqual([e["name"] for e in report["exports"]], ["add", "big"])
        self.assertIsNone(self.inspect(self.object)["envelope"])
        self.assertIn("codec.add", self.tenon("inspect", self.path("signed")).stdout)

    def test_same_input_same_bytes(self):
        self.sign("one")
        self.sign("two")
        self.assertEqual(self.read(self.path("one")), self.read(self.path("two")))

    def test_refused(self):
        self.sign("signed")
        for file, reason in ((self.path("signed"), "signed already"),
                             (self.write("text", "no ELF file"), "not an ELF file"),
                             (self.path("nothing"), "No such file")):
            self.assertIn(reason, self.sign("never", file=file, code=1).stderr)
        self.assertFalse(os.path.exists(self.path("never")))
        for options in (("--name", "a b"), ("--name", ".."), ("--name=-rf",), ("--name", "a" * 32), ("--version", "1.2"),
                        ("--version", "1.02.3"), ("--version", "1.2.3-rc"), ("--block", "3000"),
                        ("--block", "512"), ("--table", "0"), ("--counter", "4294967295"),
                        ("--counter", "1K"), ("--counter", "0x7"), ("--counter", ""),
                        ("--import", "x"), ("--import", "x@1"), ("--expires", "tomorrow"),
                        ("--vendor", "12")):
            self.sign("never", *options, code=2)
        for options in ((), ("--key", key("signer.pem")),
                        ("--public", key("signer.pub"), "--name", "x", "--version", "1.0.0",
                         "--counter", "1")):
            self.tenon("sign", self.object, "-o", self.path("never"), *options, code=2)
        done = self.tenon("sign", "--key", key("signer.pub"), "--name", "x", "--version", "1.0.0",
                          "--counter", "1", self.object, "-o", self.path("never"), code=1)
        self.assertIn("no private key", done.stderr)
        done = self.sign("never", "--encrypt-to", key("ed25519.pub"), code=1)
        self.assertIn("cannot be encrypted to", done.stderr)
        private = self.path("private")
        self.tenon("key", "gen", "-o", private)
        before = self.read(private)
        done = self.tenon("sign", "--key", private, "--name", "x", "--version", "1.0.0",
                          "--counter", "1", self.object, "-o", private, code=1)
        self.assertIn("not written over", done.stderr)
        self.assertEqual(self.read(private), before)

    # ---- keys that are elsewhere ----

    def prepare(self, public):
        self.tenon("sign", "--public", public, "--name", "codec.add", "--version", "1.2.3",
                   "--counter", "7", self.object, "-o", self.path("unsigned"), "--digest-out",
                   self.path("digest"))
        self.tenon("verify", "--ring", public, self.path("unsigned"), code=1)

    def finish(self, public, signature, code=0, to="finished"):
        return self.tenon("sign", "--public", public, "--signature", self.path(signature),
                          self.path("unsigned"), "-o", self.path(to), code=code)

    def test_signature_from_elsewhere(self):
        public = key("signer.pub")
        self.prepare(public)
        self.assertEqual(len(self.read(self.path("digest"))), 32)
        for signer, code in (("signer.pem", 0), ("other.pem", 1)):
            subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key(signer), "-in",
                            self.path("digest"), "-out", self.path("der")], check=True)
            done = self.finish(public, "der", code=code)
            if code == 0:
                self.tenon("verify", "--ring", public, self.path("finished"))
            else:
                self.assertIn("is not the signature", done.stderr)
        self.assertIn("no signature", self.finish(public, "digest", code=1).stderr)
        self.assertIn("to be signed with", self.finish(key("other.pub"), "der", code=1).stderr)

    def test_what_was_changed_on_the_way(self):
        public = key("signer.pub")
        self.prepare(public)
        subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key("signer.pem"), "-in",
                        self.path("digest"), "-out", self.path("der")], check=True)
        unsigned = self.read(self.path("unsigned"))
        # The signature is good, and what no device takes is not written.
        for changed, reason in ((unsigned[:-1], "another length"), (unsigned + b"x", "another"),
                                (unsigned[:-1] + bytes([unsigned[-1] ^ 1]), "differs")):
            self.write("unsigned", changed)
            done = self.finish(public, "der", code=1, to="spoilt")
            self.assertIn(reason, done.stderr)
            self.assertFalse(os.path.exists(self.path("spoilt")))

    def test_ed25519_from_elsewhere(self):
        public = key("ed25519.pub")
        self.prepare(public)
        subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key("ed25519.pem"), "-in",
                        self.path("digest"), "-out", self.path("raw")], check=True)
        self.finish(public, "raw")
        self.tenon("verify", "--ring", public, self.path("finished"))

    @unittest.skipUnless(has("pkcs11-tool") and os.path.exists(SOFTHSM), "no SoftHSM here")
    def test_key_in_an_hsm(self):
        os.makedirs(self.path("tokens"))
        config = self.write("softhsm.conf", f"directories.tokendir = {self.path('tokens')}\n")
        env = {**os.environ, "SOFTHSM2_CONF": config}

        def hsm(*args):
            subprocess.run(["pkcs11-tool", "--module", SOFTHSM, "--token-label", "tenon", "--login",
                            "--pin", "1234", *args], check=True, env=env,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "tenon", "--pin",
                        "1234", "--so-pin", "1234"], check=True, env=env,
                       stdout=subprocess.DEVNULL)
        hsm("--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "vendor")
        hsm("--read-object", "--type", "pubkey", "--id", "01", "-o", self.path("hsm.der"))
        subprocess.run(["openssl", "pkey", "-pubin", "-inform", "DER", "-in", self.path("hsm.der"),
                        "-out", self.path("hsm.pub")], check=True)
        self.prepare(self.path("hsm.pub"))
        hsm("--sign", "--mechanism", "ECDSA", "--id", "01", "-i", self.path("digest"), "-o",
            self.path("hsm.sig"))
        self.finish(self.path("hsm.pub"), "hsm.sig")
        done = self.tenon("verify", "--ring", self.path("hsm.pub"), self.path("finished"))
        self.assertRegex(done.stdout, re.compile(r"^verified +yes$", re.M))


if __name__ == "__main__":
    unittest.main()
