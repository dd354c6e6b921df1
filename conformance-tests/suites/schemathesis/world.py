"""What the cases need to find: credentials, objects with ids, and a body that makes sense for each operation."""

import datetime
import itertools
import os
import pathlib
import re
import time
import uuid

import requests

BASE = os.environ["BASE_URL"].rstrip("/")
TENANT = os.environ["TENANT"]
SCIM_TOKEN = os.environ["SCIM_TOKEN"]
OWNER = os.environ.get("OWNER_EMAIL", "")
MAIL = os.environ.get("MAIL_DIR", "")
LOGIN = "/api/v1/auth/login"
TIMEOUT = 30
# How long a mail may take to be written, in seconds.
MAIL_TIME = 20

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"

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
    """Sets the owner's password by the link that is mailed to him, and goes on with it."""
    since = time.time()
    requests.post(BASE + "/api/v1/auth/password/forgot", json={"email": OWNER}, timeout=TIMEOUT)
    World.password = text({}, "password")
    return {"token": mailed_token(OWNER, since), "new_password": World.password}


def newcomer(world, tenant=TENANT, **more):
    """A new user of the tenant; gives the body that made it."""
    path = "/api/v1/tenants/{tenant_id}/users"
    body = {"email": text({}, "email"), "send_welcome_email": False} | more
    headers = world.sign_in(path, world.document["paths"][path]["post"])
    answer = requests.post(BASE + path.format(tenant_id=tenant), json=body, headers=headers, timeout=TIMEOUT)
    if answer.status_code != 201:
        raise RuntimeError(f"no user was made: {answer.status_code} {answer.text[:300]}")
    return body | {"id": identity(answer.json())}


def change_body(world):
    """Chooses another password where the first one must be changed."""
    made = newcomer(world, password=text({}, "password"), require_password_change=True)
    body = {"tenant": TENANT, "email": made["email"], "password": made["password"]}
    answer = requests.post(BASE + LOGIN, json=body, timeout=TIMEOUT)
    return {"change_token": answer.json()["change_token"], "new_password": text({}, "password")}


def verify_body(world):
    """Proves an address by the link that is mailed to it."""
    since = time.time()
    made = newcomer(world, password=text({}, "password"), send_welcome_email=True)
    return {"token": mailed_token(made["email"], since)}


def revert_body(world):
    """Takes the change of a proven address back by the link that is mailed to it."""
    since = time.time()
    made = newcomer(world, password=text({}, "password"), send_welcome_email=True)
    proof = {"token": mailed_token(made["email"], since)}
    requests.post(BASE + "/api/v1/auth/email/verify", json=proof, timeout=TIMEOUT)
    path = "/api/v1/tenants/{tenant_id}/users/{user_id}"
    headers = world.sign_in(path, world.document["paths"][path]["patch"])
    url = BASE + path.format(tenant_id=TENANT, user_id=made["id"])
    requests.patch(url, json={"email": text({}, "email")}, headers=headers, timeout=TIMEOUT)
    return {"token": mailed_token(made["email"], since, "email_change")}


def in_tenant(world, collection):
    """The id of something new in a collection of the tenant."""
    return identity(world.post("/api/v1/tenants/{tenant_id}/" + collection, {"tenant_id": TENANT}).json())


def hidden_user(world, outer):
    """A user whom a connection deleted and a provider still claims: hidden from the connection."""
    headers = {"Authorization": f"Bearer {SCIM_TOKEN}"}
    made = requests.post(BASE + "/scim/v2/Users", json=scim_bodies("/scim/v2/Users")["ScimUser"], headers=headers, timeout=TIMEOUT)
    user = made.json()["id"]
    world.post("/api/v1/tenants/{tenant_id}/users/{user_id}/identities", {"tenant_id": TENANT, "user_id": user})
    requests.delete(BASE + "/scim/v2/Users/" + user, headers=headers, timeout=TIMEOUT)
    listed = world.document["paths"]["/api/v1/tenants/{tenant_id}/connections"]["get"]
    headers = world.sign_in("/api/v1", listed)
    found = requests.get(BASE + f"/api/v1/tenants/{TENANT}/connections", headers=headers, timeout=TIMEOUT).json()["data"]
    outer["tenant_id"] = TENANT
    outer["connection_id"] = next(one["id"] for one in found if one["name"] == "tolerant")
    return user


def unit_member(world, outer):
    """A user who is in an org unit."""
    user = newcomer(world, outer["tenant_id"])["id"]
    path = "/api/v1/tenants/{tenant_id}/units/{unit_id}/members/{user_id}"
    headers = world.sign_in(path, world.document["paths"][path]["put"])
    requests.put(BASE + path.format(**outer, user_id=user), json={}, headers=headers, timeout=TIMEOUT)
    return user


def group_member(world, outer):
    """A user who is in a group."""
    user = newcomer(world, outer["tenant_id"])["id"]
    path = "/api/v1/tenants/{tenant_id}/groups/{group_id}/members"
    headers = world.sign_in(path, world.document["paths"][path]["post"])
    requests.post(BASE + path.format(**outer), json={"members": [user]}, headers=headers, timeout=TIMEOUT)
    return user


def application_credential(world):
    """The token of an application of the tenant."""
    path = next(path for path in world.document["paths"] if re.search(r"/applications/\{[a-z_]+\}/tokens$", path))
    made = world.post(path, world.parameters(path))
    return re.search(r"rc_app_[A-Za-z0-9_.-]+", made.text).group()


# What a schema cannot tell, by operation id: functions of the world that give members of a body or a query, or the token
# of another actor than the owner.
BODIES = {
    "login": lambda world: {"email": OWNER, "password": World.password},
    "refresh": lambda world: {"refresh_token": world.login()["refresh_token"]},
    "forgot_password": lambda world: {"email": OWNER},
    "reset_password": reset_body,
    "introspect": lambda world: {"token": world.login()["access_token"]},
    "change_password": change_body,
    "verify_email": verify_body,
    "revert_email": revert_body,
    "create_user": lambda world: {"tenant_id": TENANT},
    "create_identity": lambda world: {"provider_id": in_tenant(world, "identity-providers")},
    "fix_identity_source_mismatches": lambda world: {"tenant_id": TENANT},
    "decide_adoptions": lambda world: {"connection_id": in_tenant(world, "connections"), "all": True},
}
QUERIES = {"delete_tenant_user": lambda world: {"confirm_email": world.email}}
# Objects that no POST to the path above makes, by the path that ends with them.
OBJECTS = {
    "/api/v1/tenants/{tenant_id}/units/{unit_id}/members/{user_id}": unit_member,
    "/api/v1/tenants/{tenant_id}/groups/{group_id}/members/{member_id}": group_member,
    "/api/v1/tenants/{tenant_id}/connections/{connection_id}/hidden-users/{user_id}": hidden_user,
}
CREDENTIALS = {"introspect": application_credential}


def mailed_token(address, since, purpose="[a-z_]+"):
    """The token in the link of the newest mail to an address that was written after a time."""
    deadline = time.time() + MAIL_TIME
    while time.time() < deadline:
        files = [path for path in pathlib.Path(MAIL).glob("*") if path.is_file() and path.stat().st_mtime >= since - 1]
        for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
            mail = path.read_text(errors="replace")
            found = re.search(rf"/{purpose}[?&#]token=([A-Za-z0-9_.~-]+)", mail)
            if f"To: {address}\n" in mail and found:
                return found.group(1)
        time.sleep(0.2)
    raise RuntimeError(f"no mail with a link came to {address}")


class World:
    """One tenant's objects, made when an operation asks for them."""

    password = os.environ.get("OWNER_PASSWORD", "")

    def __init__(self, document):
        self.document = document
        self.ids = {}
        # The e-mail of whoever was made last.
        self.email = ""

    # -- credentials

    def login(self):
        body = {"email": OWNER, "password": World.password}
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
            return {"Authorization": f"Bearer {SCIM_TOKEN}"}
        other = CREDENTIALS.get(operation["operationId"])
        token = other(self) if other else self.login()["access_token"]
        return {"Authorization": f"Bearer {token}"}

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
        return values

    def value(self, collection, path, outer, fresh):
        if path in NAMES:
            return NAMES[path]
        if path in OBJECTS:
            return OBJECTS[path](self, outer)
        methods = self.document["paths"].get(collection, {})
        if path.endswith("{tenant_id}") and "post" not in methods:
            return TENANT
        if "post" in methods and (fresh or (path, *outer.values()) not in self.ids):
            self.ids[path, *outer.values()] = identity(self.post(collection, outer).json())
        elif "post" not in methods and "get" in methods:
            return self.first(collection, outer)
        return self.ids.get((path, *outer.values()), str(uuid.uuid4()))

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
