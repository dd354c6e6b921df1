"""A person with second factors: an authenticator by another's arithmetic (pyotp), a passkey by a software authenticator,
and codes read where they are sent."""

import base64
import hashlib
import json
import os
import pathlib
import re
import struct
import time

import pyotp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

BASE = os.environ["BASE_URL"].rstrip("/")
# The pages of the server have the host name that its public URL has.
ORIGIN = os.environ.get("ORIGIN", BASE.replace("127.0.0.1", "localhost"))
MAIL = pathlib.Path(os.environ.get("MAIL_DIR") or "mail")
AUTH = "/api/v1/auth"
# How long a message may take to be written, in seconds.
MESSAGE_TIME = 20


def cbor(value):
    """The few forms of CBOR that an attestation needs."""

    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 256:
            return bytes([major << 5 | 24, number])
        return bytes([major << 5 | 25]) + struct.pack(">H", number)

    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    return head(5, len(value)) + b"".join(cbor(key) + cbor(inner) for key, inner in value.items())


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Passkey:
    """A software authenticator that holds one passkey and has always just verified its user."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.user = b""
        self.uses = 0

    def _data(self, options, attested=b""):
        self.uses += 1
        # User present and verified, and a credential in it or not.
        flags = 0x05 | (0x40 if attested else 0)
        party = hashlib.sha256(options.get("rpId", options.get("rp", {}).get("id", "")).encode()).digest()
        return party + bytes([flags]) + struct.pack(">I", self.uses) + attested

    def _client(self, kind, options):
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": ORIGIN, "crossOrigin": False}).encode()

    def make(self, options):
        """What `navigator.credentials.create` gives."""
        self.user = base64.urlsafe_b64decode(options["user"]["id"] + "==")
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        attestation = cbor({"fmt": "none", "attStmt": {}, "authData": self._data(options, attested)})
        client = self._client("webauthn.create", options)
        response = {"attestationObject": encoded(attestation), "clientDataJSON": encoded(client)}
        return self._credential(response)

    def show(self, options):
        """What `navigator.credentials.get` gives."""
        data, client = self._data(options), self._client("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "authenticatorData": encoded(data),
            "clientDataJSON": encoded(client),
            "signature": encoded(signature),
            "userHandle": encoded(self.user),
        }
        return self._credential(response)

    def _credential(self, response):
        return {"id": encoded(self.id), "rawId": encoded(self.id), "type": "public-key", "response": response, "extensions": {}}


class Person:
    """A new user of a tenant, signed in."""

    def __init__(self, asked, tenant, made):
        self.asked, self.tenant, self.made = asked, tenant, made
        self.token = self.sign_in()["access_token"]

    def credentials(self):
        return {"tenant": self.tenant, "email": self.made["email"], "password": self.made["password"]}

    def sign_in(self):
        return self.asked("POST", AUTH + "/login", self.credentials(), {})

    def call(self, method, path, body=None):
        return self.asked(method, "/api/v1" + path, body, {"Authorization": f"Bearer {self.token}"})

    def begin_totp(self):
        self.totp = pyotp.TOTP(self.call("POST", "/me/mfa/totp")["data"]["secret"])
        return {"code": self.totp.now()}

    def with_totp(self):
        self.call("POST", "/me/mfa/totp/verify", self.begin_totp())
        return self

    def next_code(self):
        """The code of the next half minute, which is taken already: that of this one was used."""
        return self.totp.at(time.time() + 30)

    def remembered(self):
        """The id of a device on which the authenticator need not be proven again."""
        body = {"mfa_token": self.sign_in()["mfa_token"], "method": "totp", "code": self.next_code(), "remember_device": True}
        self.asked("POST", AUTH + "/mfa/verify", body, {})
        return self.call("GET", "/me/devices")["data"][0]["id"]

    def begin_address(self, method):
        phone = f"+4915{time.time_ns() % 10**9:09d}"
        body = {"phone": phone} if method == "sms" else {"email": self.made["email"]}
        self.call("POST", f"/me/mfa/{method}", body)
        folder = MAIL.parent / "sms" if method == "sms" else MAIL
        return {"code": sent_code(folder, phone if method == "sms" else self.made["email"])}

    def with_address(self, method):
        self.call("POST", f"/me/mfa/{method}/verify", self.begin_address(method))
        return self

    def begin_passkey(self):
        self.passkey = Passkey()
        options = self.call("POST", "/me/passkeys/register/start")["data"]["options"]["publicKey"]
        return {"credential": self.passkey.make(options), "name": "A key"}

    def with_passkey(self):
        self.passkey_id = self.call("POST", "/me/passkeys/register/finish", self.begin_passkey())["data"]["passkey"]["id"]
        return self

    def passkey_sign_in(self):
        body = {"tenant": self.tenant, "email": self.made["email"]}
        started = self.asked("POST", AUTH + "/passkeys/start", body, {})
        return {"passkey_token": started["passkey_token"], "credential": self.passkey.show(started["options"]["publicKey"])}


def sent_code(folder, address):
    """The code that was sent to an address."""
    deadline = time.time() + MESSAGE_TIME
    while time.time() < deadline:
        for path in folder.glob("*.txt"):
            head, _, said = path.read_text(errors="replace").partition("\n\n")
            found = re.search(r"\b([0-9]{6})\b", said)
            if f"To: {address}" in head and found:
                return found.group(1)
        time.sleep(0.1)
    raise RuntimeError(f"no code came to {address}")
