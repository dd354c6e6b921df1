"""Asks every operation of a server's OpenAPI document with requests that Schemathesis makes from it.

Prints one line for the document and one for each operation: `PASS name` or `FAIL name: why`. An operation fails when it
answers a 5xx, a status, a media type or a body that the document does not name, or never a 2xx.
"""

import json
import os
import sys
from collections import Counter

import hypothesis
import requests
import schemathesis
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from world import BASE, LOGIN, OTHERS, TIMEOUT, World

SEED = int(os.environ.get("SEED", "1"))
EXAMPLES = int(os.environ.get("MAX_EXAMPLES", "12"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SHOWN = 3


def settings():
    return hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )


class Asked:
    """What one operation answered."""

    def __init__(self, operation, world):
        self.operation = operation
        self.raw = operation.definition.raw
        self.world = world
        self.statuses = Counter()
        self.faults = []
        self.first = "no answer"
        self.offered = "501" not in self.raw["responses"]

    def send(self, case):
        # The hook before each case: a case before may have ended the session or disabled who asks.
        case.headers = {**(case.headers or {}), **self.world.sign_in(self.operation.path, self.raw)}
        response = case.call(base_url=BASE, timeout=TIMEOUT)
        self.statuses[response.status_code] += 1
        checks = CHECKS if self.offered else CHECKS[1:]
        try:
            case.validate_response(response, checks=checks)
        except schemathesis.core.failures.FailureGroup as group:
            for failure in group.exceptions:
                self.note(f"{response.status_code} {type(failure).__name__}: {failure.message} {case.as_curl_command()}")
        return response

    def note(self, fault):
        fault = " ".join(str(fault).split())[:700]
        kind = fault.split(" http")[0][:60]
        if not any(other.startswith(kind) for other in self.faults):
            self.faults.append(fault)

    def sensible(self):
        """The request that should be answered with a 2xx."""
        path = self.operation.path
        members = {
            "path_parameters": self.world.parameters(path, fresh=True),
            "query": self.world.query(self.raw),
        }
        body = self.world.body(self.raw, path)
        if body is not None:
            members |= {"body": body, "media_type": next(iter(self.raw["requestBody"]["content"]))}
        response = self.send(self.operation.Case(**members))
        self.first = f"{response.status_code} {response.text[:200]}"
        for make in OTHERS.get(self.raw["operationId"], []):
            response = self.send(self.operation.Case(**(members | {"body": make(self.world)})))
            if response.status_code >= 300:
                self.note(f"another sensible request got {response.status_code} {response.text[:200]}")

    def generated(self, mode):
        """Requests after the schemas, or against them; every other one about objects that exist."""
        turn = iter(range(10**6))

        @hypothesis.seed(SEED)
        @settings()
        @hypothesis.given(case=self.operation.as_strategy(generation_mode=mode))
        def ask(case):
            if next(turn) % 2 == 0 and case.path_parameters:
                case.path_parameters = self.world.parameters(self.operation.path)
            self.send(case)

        try:
            ask()
        except (hypothesis.errors.Unsatisfiable, hypothesis.errors.FailedHealthCheck, schemathesis.errors.SchemathesisError):
            # Nothing can be made against a schema that takes everything.
            pass

    def judge(self):
        if self.offered and not any(200 <= status < 300 for status in self.statuses):
            self.faults.insert(0, f"never answered 2xx; the sensible request got {self.first}")
        return self.faults


def run(operation, document):
    world = World(document, operation.method.lower())
    asked = Asked(operation, world)
    try:
        asked.sensible()
        asked.generated(GenerationMode.POSITIVE)
        asked.generated(GenerationMode.NEGATIVE)
    except (RuntimeError, requests.RequestException) as error:
        asked.note(error)
    return asked


def main():
    document = requests.get(BASE + "/openapi.json", timeout=TIMEOUT).json()
    good = True
    try:
        validate(document)
        print("PASS document")
    except Exception as error:  # Whatever the validator raises says what is wrong.
        good = False
        print("FAIL document:", " ".join(str(error).split())[:500])
    skipped = LOGIN not in document["paths"] and "nobody can sign in"
    if LOGIN in document["paths"] and os.environ.get("OWNER_FAULT"):
        good = False
        skipped = "there is no owner to ask as"
        print("FAIL owner:", " ".join(os.environ["OWNER_FAULT"].split())[:500])
    if skipped and any(path.startswith("/api/") for path in document["paths"]):
        print(f"SKIP /api: {skipped}")
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.startswith("/api/") and skipped:
            continue
        name = f"{operation.method.upper()} {operation.path}"
        asked = run(operation, document)
        faults = asked.judge()
        good = good and not faults
        for fault in faults[:SHOWN]:
            print(f"FAIL {name}: {fault}")
        if not faults:
            print(f"PASS {name}")
        counts = " ".join(f"{status}x{count}" for status, count in sorted(asked.statuses.items()))
        print(f"{name}: {counts}", file=sys.stderr, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
