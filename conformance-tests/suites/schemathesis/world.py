"""What the cases need to find: credentials, objects with ids, and a body that makes sense for each operation."""

import datetime
import itertools
import os
import uuid

import requests

BASE = os.environ["BASE_URL"].rstrip("/")
TENANT = os.environ["TENANT"]
SCIM_TOKEN = os.environ["SCIM_TOKEN"]
OWNER = os.environ.get("OWNER_EMAIL", "")
PASSWORD = os.environ.get("OWNER_PASSWORD", "")
LOGIN = "/api/v1/auth/login"
TIMEOUT = 30

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


# Bodies and queries that a schema cannot tell, by operation id: functions of the world that give members to add.
BODIES = {
    "login": lambda world: {"email": OWNER, "password": PASSWORD},
    "refresh": lambda world: {"refresh_token": world.login().get("refresh_token")},
}
QUERIES = {}


class World:
    """One tenant's objects, made when an operation asks for them."""

    def __init__(self, document):
        self.document = document
        self.ids = {}
        self.token = None

    # -- credentials

    def login(self):
        body = {"email": OWNER, "password": PASSWORD}
        answer = requests.post(BASE + LOGIN, json=body, timeout=TIMEOUT)
        if answer.status_code != 200:
            raise RuntimeError(f"the owner cannot sign in: {answer.status_code} {answer.text[:200]}")
        found = answer.json()
        return found.get("data", found)

    def sign_in(self, path):
        """The credential for a case, fresh for each: a case before may have ended the session."""
        if path.startswith("/scim/"):
            return {"Authorization": f"Bearer {SCIM_TOKEN}"}
        if path.startswith("/api/") and LOGIN in self.document["paths"]:
            return {"Authorization": f"Bearer {self.login()['access_token']}"}
        return {}

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
        if "post" not in self.document["paths"].get(collection, {}):
            return TENANT if path.endswith("{tenant_id}") else str(uuid.uuid4())
        key = (path, tuple(outer.values()))
        if fresh or key not in self.ids:
            self.ids[key] = self.make(collection, outer)
        return self.ids[key]

    def make(self, collection, outer):
        """Posts to a collection and gives the id of what that made."""
        operation = self.document["paths"][collection]["post"]
        url = BASE + collection.format(**outer)
        answer = requests.post(url, json=self.body(operation, collection), headers=self.sign_in(collection), timeout=TIMEOUT)
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"POST {collection} made nothing: {answer.status_code} {answer.text[:300]}")
        found = answer.json()
        found = found.get("data", found)
        return found.get("id") or found.get("slug") or found.get("name")

    # -- requests that make sense

    def query(self, operation):
        wanted = [one for one in operation.get("parameters", []) if one["in"] == "query" and one.get("required")]
        query = {one["name"]: self.sample(one["schema"], one["name"]) for one in wanted}
        return query | QUERIES.get(operation["operationId"], lambda world: {})(self)

    def body(self, operation, path):
        content = operation.get("requestBody", {}).get("content", {})
        for described in content.values():
            reference = described["schema"].get("$ref", "").rsplit("/", 1)[-1]
            if reference.startswith("Scim"):
                return scim_bodies(path)[reference]
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
