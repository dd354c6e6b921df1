"""What the browser's people need made: a tenant, users, policies, and the mails and messages that are sent to them."""

import os
import pathlib
import re
import time
import uuid

import pyotp
import requests

ADDRESS = os.environ["ADDRESS"]
MAIL = pathlib.Path(os.environ["MAIL_DIR"])
SMS = MAIL.parent / "sms"
# Seconds that a request, and a message on its way, may take.
TIMEOUT = 30
MESSAGE_TIME = 20


def asked(method, path, body=None, token=None):
    """What an answer that must be a good one holds."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.request(method, f"{ADDRESS}/api/v1{path}", json=body, headers=headers, timeout=TIMEOUT)
    if not 200 <= answer.status_code < 300:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
    return answer.json() if answer.content else None


class World:
    """A tenant whose owner may do everything; the owner has an authenticator, so that policies may ask for one."""

    def __init__(self):
        body = {"email": os.environ["OWNER_EMAIL"], "password": os.environ["OWNER_PASSWORD"]}
        self.token = asked("POST", "/auth/login", body)["access_token"]
        enrol(self.token)
        self.tenant = f"browser-{uuid.uuid4().hex[:8]}"
        self.call("POST", "/tenants", {"slug": self.tenant})

    def call(self, method, path, body=None):
        return asked(method, path, body, self.token)

    def user(self, name, password=None, **more):
        """A new user; gives what is known of it."""
        email = f"{name}-{uuid.uuid4().hex[:6]}@example.org"
        body = {"email": email, "display_name": name.capitalize(), "send_welcome_email": False} | more
        if password:
            body["password"] = password
        made = self.call("POST", f"/tenants/{self.tenant}/users", body)["data"]
        return {"id": made["id"], "email": email, "password": password}

    def sign_in(self, user):
        """A session that no browser has."""
        body = {"tenant": self.tenant, "email": user["email"], "password": user["password"]}
        return asked("POST", "/auth/login", body)

    def change(self, user, body):
        self.call("PATCH", f"/tenants/{self.tenant}/users/{user['id']}", body)

    def policy(self, **mfa):
        self.call("PATCH", f"/tenants/{self.tenant}/settings", {"mfa": mfa})


def enrol(token):
    """An authenticator for whoever has the token; gives it and the recovery codes."""
    totp = pyotp.TOTP(asked("POST", "/me/mfa/totp", None, token)["data"]["secret"])
    codes = asked("POST", "/me/mfa/totp/verify", {"code": totp.now()}, token)["data"]["recovery_codes"]
    return totp, codes


def next_code(totp):
    """The code of the next half minute, which is taken already: that of this one was used."""
    return totp.at(time.time() + 30)


def sent(folder, address, pattern, after=0.0):
    """What the newest message to an address holds that was written after a time."""
    deadline = time.time() + MESSAGE_TIME
    while time.time() < deadline:
        for path in sorted(folder.glob("*.txt"), reverse=True):
            text = path.read_text(errors="replace")
            found = re.search(pattern, text.partition("\n\n")[2])
            if f"To: {address}\n" in text and found and path.stat().st_mtime >= after:
                return found.group(0)
        time.sleep(0.05)
    raise RuntimeError(f"nothing like {pattern} came to {address}")


def mailed_link(address, purpose, after=0.0):
    """The link for a purpose that was mailed to an address."""
    return sent(MAIL, address, rf"\S+/link/{purpose}#token=\S+", after)


def mailed_code(address, after=0.0):
    return sent(MAIL, address, r"\b[0-9]{6}\b", after)


def texted_code(phone, after=0.0):
    return sent(SMS, phone, r"\b[0-9]{6}\b", after)
