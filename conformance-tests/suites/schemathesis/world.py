"""What the cases need to find: credentials, objects with ids, and a body that makes sense for each operation."""

import datetime
import itertools
import json
import os
import pathlib
import re
import time
import uuid

import requests

from person import Person

BASE = os.environ["BASE_URL"].rstrip("/")
OWNER = os.environ.get("OWNER_EMAIL", "")
PASSWORD = os.environ.get("OWNER_PASSWORD", "")
MAIL = os.environ.get("MAIL_DIR", "")
# Where what stands in the DNS is written: a file for each name.
RECORDS = os.environ.get("DNS_DIR", "")
LOGIN = "/api/v1/auth/login"
ME = "/api/v1/me"
TIMEOUT = 30
# How long a mail may take to be written, in seconds.
MAIL_TIME = 20

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"

# What tenants add to SCIM's own, from files: schemas, a type of resources, and what users get of it.
SCHEMAS = pathlib.Path(__file__).parents[2] / "schemas"
USER_PROBE = "urn:example:conformance:2.0:UserProbe"

# Parameters whose values are names, by the path that ends with them.
NAMES = {
    "/docs/{file}": "start.js",
    "/scim/v2/{type}": "Probes",
    "/scim/v2/ResourceTypes/{name}": "User",
    "/scim/v2/Schemas/{urn}": CORE + "User",
}

_numbers = itertools.count(1)


def unique():
    return f"{next(_numbers)}-{uuid.uuid4().hex[:8]}"


def scim_bodies(path):
    """SCIM's schemas are told elsewhere, so their bodies are told here."""
    name = unique()
    if path.startswith("/scim/v2/Groups"):
        resource = {"schemas": [CORE + "Group"], "displayName": name}
    elif path.startswith("/scim/v2/{type}"):
        place = "urn:example:conformance:2.0:Place"
        probe = "urn:example:conformance:2.0:Probe"
        resource = {"schemas": [probe, place], "displayName": name, place: {"room": "1"}}
    else:
        resource = {"schemas": [CORE + "User"], "userName": name}
    operation = {"method": "POST", "path": "/Users", "bulkId": "1", "data": {"schemas": [CORE + "User"], "userName": name}}
    return {
        "ScimUser": resource,
        "ScimGroup": resource,
        "ScimResource": resource,
        "ScimSearchRequest": {"schemas": [MESSAGES + "SearchRequest"], "count": 1},
        "ScimPatchOp": {"schemas": [MESSAGES + "PatchOp"], "Operations": [{"op": "add", "path": "externalId", "value": name}]},
        "ScimBulk": {"schemas": [MESSAGES + "BulkRequest"], "Operations": [operation]},
    }


def reset_body(world):
    """Sets the password of a user by the link that is mailed to the proven address."""
    made = proven(world)
    asked("POST", "/api/v1/auth/password/forgot", {"tenant": world.tenant, "email": made["email"]}, {})
    return {"token": mailed_token(made["email"], "reset"), "new_password": text({}, "password")}


def newcomer(world, **more):
    """A new user of the tenant; gives the body that made it."""
    body = {"email": text({}, "email"), "send_welcome_email": False} | more
    return body | {"id": identity(world.call("POST", f"/api/v1/tenants/{world.tenant}/users", body))}


def signed_in(world, **more):
    """What a new user of the tenant is answered who signs in."""
    made = newcomer(world, password=text({}, "password"), **more)
    body = {"tenant": world.tenant, "email": made["email"], "password": made["password"]}
    return asked("POST", LOGIN, body, {})


def access_token(world):
    """The token of a person of the tenant."""
    return signed_in(world)["access_token"]


def change_body(world):
    """Chooses another password where the first one must be changed."""
    token = signed_in(world, require_password_change=True)["change_token"]
    return {"change_token": token, "new_password": text({}, "password")}


def verify_body(world):
    """Proves an address by the link that is mailed to it."""
    made = newcomer(world, password=text({}, "password"), send_welcome_email=True)
    return {"token": mailed_token(made["email"], "verify")}


def proven(world):
    """A new user whose address is proven; gives the body that made it."""
    made = newcomer(world, password=text({}, "password"), send_welcome_email=True)
    asked("POST", "/api/v1/auth/email/verify", {"token": mailed_token(made["email"], "verify")}, {})
    return made


def revert_body(world):
    """Takes the change of a proven address back by the link that is mailed to it."""
    made = proven(world)
    world.call("PATCH", f"/api/v1/tenants/{world.tenant}/users/{made['id']}", {"email": text({}, "email")})
    return {"token": mailed_token(made["email"], "email_change")}


def in_tenant(world, collection):
    """The id of something new in a collection of the tenant."""
    return identity(world.post("/api/v1/tenants/{tenant_id}/" + collection, {"tenant_id": world.tenant}).json())


def hidden_user(world, outer):
    """A user whom a connection deleted and a provider still claims: hidden from the connection."""
    made = world.scim("POST", "/Users", scim_bodies("/scim/v2/Users")["ScimUser"])
    user = made["id"]
    world.post("/api/v1/tenants/{tenant_id}/users/{user_id}/identities", {"tenant_id": world.tenant, "user_id": user})
    world.scim("DELETE", f"/Users/{user}")
    outer["tenant_id"] = world.tenant
    outer["connection_id"] = world.connection
    return user


def unit_member(world, outer):
    """A user who is in an org unit."""
    user = newcomer(world)["id"]
    world.call("PUT", "/api/v1/tenants/{tenant_id}/units/{unit_id}/members/".format(**outer) + user, {})
    return user


def group_member(world, outer):
    """A user who is in a group."""
    user = newcomer(world)["id"]
    world.call("POST", "/api/v1/tenants/{tenant_id}/groups/{group_id}/members".format(**outer), {"members": [user]})
    return user


def published_domain(world, outer):
    """A domain whose record stands in the DNS."""
    body = {"domain": text({}, "domain")}
    made = world.call("POST", f"/api/v1/tenants/{world.tenant}/domains", body)["data"]
    (pathlib.Path(RECORDS) / made["txt_name"]).write_text(made["txt_value"])
    return made["domain"]


def new_role(world, outer):
    """A role of the tenant."""
    body = {"key": "k" + unique().replace("-", "_"), "name": "A role"}
    return world.call("POST", f"/api/v1/tenants/{world.tenant}/roles", body)["data"]["key"]


def assigned_user(world, outer):
    """A user who may use an application."""
    user = newcomer(world)["id"]
    path = "/api/v1/tenants/{tenant_id}/applications/{application_id}/assignments".format(**outer)
    world.call("POST", path, {"kind": "user", "id": user})
    return user


def provisioning_connection(world, outer):
    """A connection that provisions for a provider."""
    connection = in_tenant(world, "connections")
    path = "/api/v1/tenants/{tenant_id}/identity-providers/{provider_id}/connections/".format(**outer)
    world.call("PUT", path + connection, {})
    return connection


def added_schema(world, outer):
    """A schema of the tenant, which extends the type that is asked about, unless that is to be done."""
    body = schema_body(world)
    world.call("POST", f"/api/v1/tenants/{world.tenant}/schemas", body)
    if "name" in outer and world.method != "put":
        path = "/api/v1/tenants/{tenant_id}/resource-types/{name}/extensions/".format(**outer)
        world.call("PUT", path + body["id"], {})
    return body["id"]


def added_type(world, outer):
    """A type of resources that the tenant added."""
    body = type_body(world)
    world.call("POST", f"/api/v1/tenants/{world.tenant}/resource-types", body)
    return body["name"]


def schema_body(world):
    """A schema of one attribute."""
    name = "N" + unique().replace("-", "")
    attribute = {"name": name.lower(), "type": "string", "multiValued": False, "description": "Badge", "required": False}
    return {"id": f"urn:example:world:2.0:{name}", "name": name, "description": name, "attributes": [attribute]}


def type_body(world):
    """A type of resources of a schema of its own."""
    name = "T" + unique().replace("-", "")
    schema = added_schema(world, {})
    return {"id": name, "name": name, "description": name, "endpoint": f"/{name}", "schema": schema}


def owner_of_platform(world, outer):
    """An owner beside the one who asks."""
    user = proven(world)["id"]
    world.call("POST", "/api/platform/owners", {"user_id": user})
    return user


def suspicious(world, outer):
    """Something that was found: a person gave up a factor."""
    made = newcomer(world, password=text({}, "password"))
    Person(asked, world.tenant, made).with_totp().call("DELETE", "/me/mfa/totp")
    found = world.call("GET", f"/api/v1/tenants/{world.tenant}/suspicious-activity?user_id={made['id']}", None)
    return found["data"][0]["id"]


def hooked(world):
    """A tenant whose alerts are posted somewhere."""
    world.call("PUT", f"/api/v1/tenants/{world.tenant}/alert-webhook", {"url": "https://hooks.invalid/"})
    return {}


def new_user(world, outer=None):
    """A user of the tenant."""
    return newcomer(world)["id"]


def waiting_user(world, outer):
    """A user who waits for approval: one of a connection, in a tenant that wants it so."""
    path = f"/api/v1/tenants/{world.tenant}/settings"
    world.call("PATCH", path, {"new_users": {"approve_provisioned": True}})
    return world.scim("POST", "/Users", scim_bodies("/scim/v2/Users")["ScimUser"])["id"]


def deleted_user(world, outer):
    """A user who was deleted."""
    user = newcomer(world)["id"]
    world.call("DELETE", f"/api/v1/admin/users/{user}", None)
    return user


def application_credential(world):
    """The token of an application of the tenant."""
    path = next(path for path in world.document["paths"] if re.search(r"/applications/\{[a-z_]+\}/tokens$", path))
    made = world.post(path, world.parameters(path))
    return re.search(r"rc_app_[A-Za-z0-9_.-]+", made.text).group()


def person(world):
    """Somebody new, as whom the operation is asked from now on."""
    world.me = Person(asked, world.tenant, newcomer(world, password=text({}, "password")))
    return world.me


def own_passkey(world, outer):
    """The passkey of whoever asks."""
    return person(world).with_passkey().passkey_id


def passkey_of_user(world, outer):
    """The passkey of a user whom the owner looks after."""
    user = Person(asked, world.tenant, newcomer(world, password=text({}, "password"))).with_passkey()
    outer["user_id"] = user.made["id"]
    return user.passkey_id


def asked_reset(world, user):
    """A request to reset the factors of a user, made by another administrator than the owner."""
    path = f"/api/v1/tenants/{world.tenant}"
    world.call("PATCH", path + "/settings", {"mfa": {"reset": {"reason_required": True}}})
    administrator = newcomer(world, password=text({}, "password"))
    grant = {"subject": {"type": "user", "id": administrator["id"]}, "role": "tenant_admin"}
    world.call("POST", path + "/grants", grant)
    headers = {"Authorization": f"Bearer {Person(asked, world.tenant, administrator).token}"}
    answer = requests.post(f"{BASE}/api/v1/admin/users/{user}/mfa/disable?reason=lost", headers=headers, timeout=TIMEOUT)
    if answer.status_code != 409:
        raise RuntimeError(f"nothing was asked for: {answer.status_code} {answer.text[:300]}")
    return answer.json()["path"].rsplit("/", 1)[1]


def reset_of_user(world, outer):
    """A request to reset the factors of a user."""
    return asked_reset(world, Person(asked, world.tenant, newcomer(world, password=text({}, "password"))).with_totp().made["id"])


def own_reset(world, outer):
    """A request to reset the factors of whoever asks."""
    return asked_reset(world, person(world).with_totp().made["id"])


def object_body(world):
    """Objects to a reset of factors by the link in the notice of it."""
    made = proven(world)
    asked_reset(world, Person(asked, world.tenant, made).with_totp().made["id"])
    return {"token": mailed_token(made["email"], "object")}


def own_device(world, outer):
    """A device on which whoever asks is remembered."""
    return person(world).with_totp().remembered()


def device_of_user(world, outer):
    """A device on which a user is remembered."""
    made = newcomer(world, password=text({}, "password"))
    outer["user_id"] = made["id"]
    return Person(asked, world.tenant, made).with_totp().remembered()


def second_step(world):
    """Proves an authenticator."""
    me = person(world).with_totp()
    return {"mfa_token": me.sign_in()["mfa_token"], "method": "totp", "code": me.next_code()}


def changing_credentials(world):
    """What somebody signs in with who must choose another password then."""
    made = newcomer(world, password=text({}, "password"), require_password_change=True)
    return {"tenant": world.tenant, "email": made["email"], "password": made["password"]}


def second_step_before_change(world):
    """Proves an authenticator where another password must be chosen then."""
    me = person(world).with_totp()
    path = f"/api/v1/admin/users/{me.made['id']}/reset-password"
    me.made["password"] = text({}, "password")
    world.call("POST", path, {"new_password": me.made["password"], "require_password_change": True})
    return {"mfa_token": me.sign_in()["mfa_token"], "method": "totp", "code": me.next_code()}


def challenge(world):
    """Asks for a passkey."""
    return {"mfa_token": person(world).with_passkey().sign_in()["mfa_token"], "method": "passkey"}


TENANTS = "/api/v1/tenants/{tenant_id}"
# What a schema cannot tell, by operation id: functions of the world that give members of a body or a query, or the token
# of another actor than the owner.
BODIES = {
    "login": lambda world: {"email": OWNER, "password": PASSWORD},
    "refresh": lambda world: {"refresh_token": world.login()["refresh_token"]},
    "forgot_password": lambda world: {"email": OWNER},
    "reset_password": reset_body,
    "introspect": lambda world: {"token": access_token(world)},
    "change_password": change_body,
    "verify_email": verify_body,
    "revert_email": revert_body,
    "object_to_mfa_reset": object_body,
    "mfa_verify": second_step,
    "mfa_challenge": challenge,
    "passkey_sign_in_finish": lambda world: person(world).with_passkey().passkey_sign_in(),
    "update_me": lambda world: {"display_name": "Ann", "email": text({}, "email")},
    "update_own_mfa": lambda world: {"preferred": "totp"} if person(world).with_totp() else {},
    "verify_totp": lambda world: person(world).begin_totp(),
    "start_sms": lambda world: {"phone": "+4915112345678"} if person(world) else {},
    "start_email": lambda world: {"email": person(world).made["email"]},
    "verify_sms": lambda world: person(world).begin_address("sms"),
    "verify_email_factor": lambda world: person(world).begin_address("email"),
    "finish_passkey": lambda world: person(world).begin_passkey(),
    "create_user": lambda world: {"tenant_id": world.tenant},
    "create_identity": lambda world: {"provider_id": in_tenant(world, "identity-providers")},
    "fix_identity_source_mismatches": lambda world: {"tenant_id": world.tenant},
    "decide_adoptions": lambda world: {"connection_id": in_tenant(world, "connections"), "all": True},
    "add_schema": schema_body,
    "add_resource_type": type_body,
    "create_role": lambda world: {"key": "k" + unique().replace("-", "_")},
    "create_grant": lambda world: {"subject": {"type": "user", "id": new_user(world)}, "role": "viewer"},
    "add_domain": lambda world: {"domain": text({}, "domain")},
    "create_assignment": lambda world: {"kind": "user", "id": new_user(world)},
    "promote_owner": lambda world: {"user_id": proven(world)["id"]},
}
# Further requests that make sense, for answers of another form: functions of the world that give whole bodies.
OTHERS = {
    "login": [
        lambda world: person(world).with_totp().credentials(),
        lambda world: changing_credentials(world),
    ],
    "mfa_verify": [lambda world: second_step_before_change(world)],
}
QUERIES = {
    "delete_tenant_user": lambda world: {"confirm_email": world.email},
    "delete_alert_webhook": hooked,
    "compare_roles": lambda world: {"from": "viewer", "to": "helpdesk"},
}
# Objects that no POST to the path above makes as it is, by the path that ends with them.
OBJECTS = {
    TENANTS + "/units/{unit_id}/members/{user_id}": unit_member,
    TENANTS + "/groups/{group_id}/members/{member_id}": group_member,
    TENANTS + "/connections/{connection_id}/hidden-users/{user_id}": hidden_user,
    TENANTS + "/domains/{domain}": published_domain,
    TENANTS + "/roles/{role}": new_role,
    TENANTS + "/applications/{application_id}/assignments/{subject_id}": assigned_user,
    TENANTS + "/identity-providers/{provider_id}/connections/{connection_id}": provisioning_connection,
    TENANTS + "/suspicious-activity/{suspicion_id}": suspicious,
    TENANTS + "/schemas/{urn}": added_schema,
    TENANTS + "/resource-types/{name}": added_type,
    TENANTS + "/resource-types/{name}/extensions/{urn}": added_schema,
    "/api/v1/me/passkeys/{passkey_id}": own_passkey,
    "/api/v1/admin/users/{user_id}/passkeys/{passkey_id}": passkey_of_user,
    "/api/v1/admin/mfa-resets/{reset_id}": reset_of_user,
    "/api/v1/me/mfa/resets/{reset_id}": own_reset,
    "/api/v1/me/devices/{device_id}": own_device,
    "/api/v1/admin/users/{user_id}/devices/{device_id}": device_of_user,
    "/api/platform/users/{user_id}": new_user,
    "/api/platform/owners/{user_id}": owner_of_platform,
}
# Objects that an operation wants in a state of their own, by its path: the parameter, and what makes them, each time anew.
STATES = {
    TENANTS + "/users/{user_id}/approve": ("user_id", waiting_user),
    TENANTS + "/users/{user_id}/restore": ("user_id", deleted_user),
    TENANTS + "/users/{user_id}/erase": ("user_id", deleted_user),
}
CREDENTIALS = {
    "update_me": lambda world: person(world).token,
    "introspect": application_credential,
    "delete_totp": lambda world: person(world).with_totp().token,
    "delete_sms": lambda world: person(world).with_address("sms").token,
    "delete_email_factor": lambda world: person(world).with_address("email").token,
    "regenerate_recovery_codes": lambda world: person(world).with_totp().token,
}
# Operations on what is one's own: whoever was made for it asks, not the owner.
OWN = re.compile(r"/me/(mfa|passkeys|devices)")


def asked(method, path, body, headers):
    """What an answer that must be a good one holds."""
    answer = requests.request(method, BASE + path, json=body, headers=headers, timeout=TIMEOUT)
    if not 200 <= answer.status_code < 300:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
    return answer.json() if answer.content else None


def mailed_token(address, purpose):
    """The token in the link for a purpose that was mailed to an address to which nothing else is mailed."""
    deadline = time.time() + MAIL_TIME
    while time.time() < deadline:
        for path in pathlib.Path(MAIL).glob("*"):
            mail = path.read_text(errors="replace") if path.is_file() else ""
            found = re.search(rf"/link/{purpose}#token=([A-Za-z0-9_.~-]+)", mail)
            if address in mail and found:
                return found.group(1)
        time.sleep(0.1)
    raise RuntimeError(f"no mail with a link came to {address}")


class World:
    """A tenant of its own, and what is in it, made when an operation asks for it."""

    # The owner's token for what is only made to be there.
    access = None

    def __init__(self, document, method):
        self.document = document
        self.method = method
        self.ids = {}
        # The e-mail of whoever was made last.
        self.email = ""
        self.tenant = f"w{unique()}"
        self.connection = self.token = self.me = None
        made = self.call("POST", "/api/v1/tenants", {"slug": self.tenant})
        self.ids["/api/v1/tenants/{tenant_id}",] = identity(made)

    # -- credentials

    def login(self):
        body = {"email": OWNER, "password": PASSWORD}
        answer = requests.post(BASE + LOGIN, json=body, timeout=TIMEOUT)
        if answer.status_code != 200:
            raise RuntimeError(f"the owner cannot sign in: {answer.status_code} {answer.text[:200]}")
        found = answer.json()
        return found.get("data", found)

    def sign_in(self, path, operation):
        """The credential for a case, fresh for each: a case before may have ended the session."""
        if not operation.get("security"):
            return {}
        if path.startswith("/scim/"):
            return {"Authorization": f"Bearer {self.scim_token()}"}
        other = CREDENTIALS.get(operation["operationId"])
        if other:
            token = other(self)
        elif OWN.search(path):
            token = (self.me or person(self)).token
        else:
            token = self.login()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def scim_token(self):
        """The token of a connection of the tenant, which has schemas of its own then."""
        if self.token is None:
            within = f"/api/v1/tenants/{self.tenant}"
            for name in ("user.json", "probe.json", "place.json"):
                self.call("POST", within + "/schemas", json.loads((SCHEMAS / name).read_text()))
            self.call("POST", within + "/resource-types", json.loads((SCHEMAS / "probe-type.json").read_text()))
            self.call("PUT", f"{within}/resource-types/User/extensions/{USER_PROBE}", {})
            self.connection = identity(self.call("POST", within + "/connections", {"name": "world"}))
            made = self.call("POST", f"{within}/connections/{self.connection}/tokens", {})
            self.token = made["data"]["token"]
        return self.token

    def scim(self, method, path, body=None):
        """Asks as a provisioner."""
        headers = {"Authorization": f"Bearer {self.scim_token()}"}
        return asked(method, "/scim/v2" + path, body, headers)

    def call(self, method, path, body):
        """Asks as the owner, who signs in again if the session has ended."""
        if World.access is None or requests.get(BASE + ME, headers=World.access, timeout=TIMEOUT).status_code != 200:
            World.access = {"Authorization": f"Bearer {self.login()['access_token']}"}
        return asked(method, path, body, World.access)

    # -- objects

    def parameters(self, path, fresh=False):
        """Values for the parameters of a path, of objects that exist."""
        values = {}
        at = ""
        for segment in path.split("/")[1:]:
            collection = at
            at += "/" + segment
            if segment.startswith("{"):
                last = at == path
                values[segment[1:-1]] = self.value(collection, at, values, fresh and last)
        if path in STATES:
            name, make = STATES[path]
            values[name] = make(self, values)
        return values

    def value(self, collection, path, outer, fresh):
        if path in NAMES:
            return NAMES[path]
        key = (path, *outer.values())
        methods = self.document["paths"].get(collection, {})
        if path in OBJECTS:
            make = lambda: OBJECTS[path](self, outer)
        elif "post" in methods:
            make = lambda: identity(self.post(collection, outer).json())
        elif "get" in methods:
            return self.first(collection, outer)
        else:
            return str(uuid.uuid4())
        if fresh or key not in self.ids:
            self.ids[key] = make()
        return self.ids[key]

    def post(self, collection, outer):
        """Makes something in a collection."""
        operation = self.document["paths"][collection]["post"]
        headers = self.sign_in(collection, operation)
        body = self.body(operation, collection)
        answer = requests.post(BASE + collection.format(**outer), json=body, headers=headers, timeout=TIMEOUT)
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"POST {collection} made nothing: {answer.status_code} {answer.text[:300]}")
        self.email = body.get("email", self.email)
        return answer

    def first(self, collection, outer):
        """The first of a list that nothing can be added to."""
        headers = self.sign_in(collection, self.document["paths"][collection]["get"])
        answer = requests.get(BASE + collection.format(**outer), headers=headers, timeout=TIMEOUT)
        found = answer.json().get("data") if answer.status_code == 200 else None
        return identity(found[0]) if isinstance(found, list) and found else str(uuid.uuid4())

    # -- requests that make sense

    def query(self, operation):
        wanted = [one for one in operation.get("parameters", []) if one["in"] == "query" and one.get("required")]
        query = {one["name"]: self.sample(one["schema"], one["name"]) for one in wanted}
        return query | QUERIES.get(operation["operationId"], lambda world: {})(self)

    def body(self, operation, path):
        content = operation.get("requestBody", {}).get("content", {})
        for described in content.values():
            reference = described["schema"].get("$ref", "").rsplit("/", 1)[-1]
            told_elsewhere = scim_bodies(path)
            if reference in told_elsewhere:
                return told_elsewhere[reference]
            body = self.sample(described["schema"], "")
            more = BODIES.get(operation["operationId"], lambda world: {})(self)
            return body | more if isinstance(body, dict) else body
        return None

    def sample(self, schema, name):
        """The smallest value of a schema that is likely to mean something."""
        if "$ref" in schema:
            return self.sample(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], name)
        for choice in schema.get("oneOf", []) + schema.get("anyOf", []):
            if choice.get("type") != "null":
                return self.sample(choice, name)
        if schema.get("allOf"):
            merged = {}
            for part in schema["allOf"]:
                merged |= self.sample(part, name)
            return merged
        if "default" in schema:
            return schema["default"]
        if schema.get("enum"):
            return schema["enum"][0]
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = next(one for one in kind if one != "null")
        if kind == "object":
            members = schema.get("properties", {})
            return {one: self.sample(members[one], one) for one in schema.get("required", []) if one in members}
        if kind == "array":
            return [self.sample(schema["items"], name)] if schema.get("minItems") else []
        if kind == "string":
            return text(schema, name)
        return {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": True}.get(kind)


def identity(made):
    """What a path calls an object."""
    found = made.get("data", made)
    return found.get("id") or found.get("slug") or found.get("name")


def text(schema, name):
    form = schema.get("format", "")
    if form == "email" or "email" in name:
        return f"user-{unique()}@example.org"
    if form == "uuid":
        return str(uuid.uuid4())
    if form == "date-time":
        return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).isoformat()
    if form == "uri" or name.endswith("url"):
        return "https://example.org/"
    if "password" in name:
        return f"Quite-{unique()}-Unguessable"
    if name == "domain":
        return f"d{unique()}.example.org"
    return f"n{unique()}"
