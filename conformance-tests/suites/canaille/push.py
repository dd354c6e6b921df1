"""Drives the identity provider Canaille, which pushes users and groups into a SCIM server.

Canaille runs in this process with its memory backend. Saving or deleting a user or a group there fires the signals that its
SCIM client listens to, so each step below makes Canaille send its own requests; this script sends only the GETs that look at
what arrived.

Reads SCIM_BASE_URL and SCIM_TOKEN. Prints one line a step, `PASS name` or `FAIL name: why`, and exits 1 if any failed.
"""

import datetime
import logging
import os
import sys
from urllib.parse import urlsplit

import httpx
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend

BASE_URL = os.environ["SCIM_BASE_URL"].rstrip("/")
TOKEN = os.environ["SCIM_TOKEN"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Warnings(logging.Handler):
    """Keeps what Canaille warns about: it logs a failed push and goes on, so a warning is a failure here."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())

    def take(self):
        messages, self.messages = self.messages, []
        return messages


class Failure(Exception):
    """What a step found different from what it expects."""


def expect(name, found, wanted):
    if found != wanted:
        raise Failure(f"{name} is {found!r}, expected {wanted!r}")


class Looker:
    """Looks at the SCIM server with plain GETs."""

    def __init__(self):
        self.http = httpx.Client(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)

    def find(self, endpoint, external_id):
        """The one resource with this externalId, or None."""
        response = self.http.get(f"{BASE_URL}/{endpoint}", params={"filter": f'externalId eq "{external_id}"'})
        expect(f"status of the {endpoint} query", response.status_code, 200)
        resources = response.json().get("Resources", [])
        if len(resources) > 1:
            raise Failure(f"{len(resources)} {endpoint} have externalId {external_id}")
        return resources[0] if resources else None

    def present(self, endpoint, external_id):
        resource = self.find(endpoint, external_id)
        if resource is None:
            raise Failure(f"no {endpoint} entry has externalId {external_id}")
        response = self.http.get(f"{BASE_URL}/{endpoint}/{resource['id']}")
        expect("status of the GET by id", response.status_code, 200)
        return response.json()

    def status(self, endpoint, resource_id):
        return self.http.get(f"{BASE_URL}/{endpoint}/{resource_id}").status_code

    def member_ids(self, external_id):
        return {member["value"] for member in self.present("Groups", external_id).get("members", [])}


def configuration():
    return {
        "SECRET_KEY": "only for this run",
        "SERVER_NAME": "idp.example",
        "PREFERRED_URL_SCHEME": "https",
        "CANAILLE": {"DATABASE": "memory", "SMTP": None, "LOGGING": None},
        "CANAILLE_OIDC": {"TRUSTED_DOMAINS": [urlsplit(BASE_URL).hostname]},
        "CANAILLE_SCIM": {"ENABLE_SERVER": True, "ENABLE_CLIENT": True},
    }


def register_application():
    """Makes the SCIM server a trusted application of Canaille, which is who gets pushes, with its bearer token."""
    now = datetime.datetime.now(datetime.timezone.utc)
    client = models.Client(
        client_id="directory",
        client_name="directory",
        client_uri=BASE_URL,
        client_id_issued_at=now,
    )
    Backend.instance.save(client)
    token = models.Token(
        token_id="push",
        access_token=TOKEN,
        client=client,
        subject=None,
        audience=[client],
        scope=["openid", "profile"],
        issue_date=now,
        lifetime=86_400,
    )
    Backend.instance.save(token)


class Push:
    """The steps, in order. Each is one thing an administrator of Canaille does, and what the server then holds."""

    def __init__(self):
        self.look = Looker()
        self.ada = models.User(
            user_name="ada",
            formatted_name="Ada Lovelace",
            given_name="Ada",
            family_name="Lovelace",
            display_name="Ada",
            emails=["ada@example.com", "ada@home.example"],
            phone_numbers=["+44 20 7946 0958"],
            title="Analyst",
            street="12 St James's Square",
            locality="London",
            postal_code="SW1Y",
            password="correct horse battery staple",
            employee_number="1815",
            organization="Engines",
            department="Notes",
            preferred_language="en",
        )
        self.grace = models.User(
            user_name="grace", formatted_name="Grace Hopper", family_name="Hopper", emails=["grace@example.com"]
        )
        self.group = models.Group(display_name="engineers")

    def save(self, *instances):
        for instance in instances:
            Backend.instance.save(instance)

    def step_create_user(self):
        self.save(self.ada)
        found = self.look.present("Users", self.ada.id)
        expect("userName", found.get("userName"), "ada")
        expect("name.formatted", found["name"].get("formatted"), "Ada Lovelace")
        expect("name.givenName", found["name"].get("givenName"), "Ada")
        expect("name.familyName", found["name"].get("familyName"), "Lovelace")
        expect("emails", {email["value"] for email in found["emails"]}, {"ada@example.com", "ada@home.example"})
        expect("title", found.get("title"), "Analyst")
        expect("active", found.get("active"), True)
        expect("addresses", [address.get("locality") for address in found.get("addresses", [])], ["London"])
        expect("employeeNumber", found[ENTERPRISE].get("employeeNumber"), "1815")
        expect("department", found[ENTERPRISE].get("department"), "Notes")
        expect("password is never returned", "password" in found, False)

    def step_create_second_user(self):
        self.save(self.grace)
        expect("userName", self.look.present("Users", self.grace.id).get("userName"), "grace")

    def step_edit_user(self):
        before = self.look.present("Users", self.ada.id)
        self.ada.family_name = "King"
        self.ada.formatted_name = "Ada King"
        self.ada.emails = ["ada@example.com"]
        self.ada.title = None
        self.ada.department = "Programs"
        self.save(self.ada)
        found = self.look.present("Users", self.ada.id)
        expect("id", found["id"], before["id"])
        expect("name.familyName", found["name"].get("familyName"), "King")
        expect("emails", [email["value"] for email in found["emails"]], ["ada@example.com"])
        expect("title is gone", found.get("title"), None)
        expect("department", found[ENTERPRISE].get("department"), "Programs")

    def step_lock_user(self):
        self.ada.lock_date = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
        self.save(self.ada)
        expect("active", self.look.present("Users", self.ada.id).get("active"), False)

    def step_unlock_user(self):
        self.ada.lock_date = None
        self.save(self.ada)
        expect("active", self.look.present("Users", self.ada.id).get("active"), True)

    def step_create_group(self):
        self.group.members = [self.ada]
        self.save(self.group)
        found = self.look.present("Groups", self.group.id)
        expect("displayName", found.get("displayName"), "engineers")
        expect("members", self.look.member_ids(self.group.id), {self.distant_id(self.ada)})
        groups = self.look.present("Users", self.ada.id).get("groups", [])
        expect("groups of the user", [group["value"] for group in groups], [found["id"]])

    def step_add_member(self):
        self.group.members = [self.ada, self.grace]
        self.save(self.group)
        expect(
            "members",
            self.look.member_ids(self.group.id),
            {self.distant_id(self.ada), self.distant_id(self.grace)},
        )

    def step_rename_group(self):
        before = self.look.present("Groups", self.group.id)["id"]
        self.group.display_name = "programmers"
        self.save(self.group)
        found = self.look.present("Groups", self.group.id)
        expect("id", found["id"], before)
        expect("displayName", found.get("displayName"), "programmers")

    def step_remove_member(self):
        self.group.members = [self.ada]
        self.save(self.group)
        expect("members", self.look.member_ids(self.group.id), {self.distant_id(self.ada)})

    def step_delete_user(self):
        distant = self.distant_id(self.grace)
        Backend.instance.delete(self.grace)
        expect("the query", self.look.find("Users", self.grace.id), None)
        expect("status of the GET by id", self.look.status("Users", distant), 404)

    def step_delete_group(self):
        Backend.instance.reload(self.group)
        distant = self.look.present("Groups", self.group.id)["id"]
        Backend.instance.delete(self.group)
        expect("the query", self.look.find("Groups", self.group.id), None)
        expect("status of the GET by id", self.look.status("Groups", distant), 404)
        expect("groups of the user", self.look.present("Users", self.ada.id).get("groups", []), [])

    def distant_id(self, user):
        return self.look.present("Users", user.id)["id"]

    def run(self, warnings):
        failed = False
        steps = [name for name in vars(Push) if name.startswith("step_")]
        for step in steps:
            name = step.removeprefix("step_").replace("_", " ")
            try:
                getattr(self, step)()
                if messages := warnings.take():
                    raise Failure("Canaille warned: " + "; ".join(messages))
                print(f"PASS {name}", flush=True)
            except Exception as error:  # one broken step must not hide the others
                failed = True
                reasons = [f"{type(error).__name__}: {error}", *warnings.take()]
                print(f"FAIL {name}: {' | '.join(reasons)}".replace("\n", " "), flush=True)
        return failed


def main():
    app = create_app(configuration())
    warnings = Warnings()
    app.logger.addHandler(warnings)
    with app.test_request_context(), app.backend.session():
        register_application()
        sys.exit(1 if Push().run(warnings) else 0)


main()
