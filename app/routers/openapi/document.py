"""The OpenAPI document: what FastAPI derives, put right for those who generate clients from it.

FastAPI's own 422 goes, every operation says how it refuses, and what holds for all of them
(language, request id, problems) is written once and referred to.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.errors import NotFound
from app.routers.openapi.parts import (
    CODES_OF_BODIES,
    CODES_OF_EVERY_ANSWER,
    COMMON_HEADERS,
    DESCRIPTION,
    DEVICE_TOKEN,
    HEADERS,
    IDEMPOTENCY_KEY,
    IDENTIFIER_FIELDS,
    PARAMETERS,
    SESSION_CODES,
    SUMMARY,
    TAGS,
)
from app.routers.openapi.problem_schemas import REFERENCE, problem_schemas, schema_of_codes
from app.routers.problems.answers import PROBLEM_MEDIA_TYPE, meaning_of
from app.routers.problems.handlers import add_code, problem_response
from app.routers.problems.known_codes import known_codes
from app.routers.problems.members import examples_of
from app.texts import Locale, say

Json = dict[str, Any]

FASTAPIS_OWN: Final = ("HTTPValidationError", "ValidationError")
LICENCE: Final = {"name": "MIT", "identifier": "MIT"}
GENERIC: Final = re.compile(r"Page_(\w+?)Out_")


class OperationIdRepeated(Exception):
    """Two endpoints have one name; generated clients could not tell them apart."""


def operation_id(route: APIRoute) -> str:
    """Return `submitReadings` for `submit_readings`: what generated clients call it."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)


def describe(app: FastAPI) -> None:
    """Make the application answer with our document.

    :raises OperationIdRepeated:
    """
    made: list[Json] = []

    def openapi() -> Json:
        if not made:
            made.append(_document(app))
        return made[0]

    app.openapi = openapi  # type: ignore[method-assign] # the documented way to replace it


def _document(app: FastAPI) -> Json:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=SUMMARY,
        description=DESCRIPTION,
        routes=app.routes,
        tags=list(TAGS),
        license_info=LICENCE,
        servers=[{"url": "/", "description": "This server"}],
    )
    components: Json = document["components"]
    schemas: Json = components["schemas"] | problem_schemas()
    for path, operation in _operations(document):
        _put_right(operation, path, schemas)
    components |= {
        "schemas": _referred_to(schemas, document["paths"]),
        "parameters": PARAMETERS,
        "headers": HEADERS,
        "examples": {code: _example(code, status) for code, status in known_codes().items()},
    }
    _require_unique_ids(document)
    return _with_plain_names(document)


def _referred_to(schemas: Json, paths: Json) -> Json:
    """Return the schemas that something refers to: an unused one is a class that nobody needs."""
    told = json.dumps([paths, schemas])
    return {
        name: schemas[name]
        for name in sorted(schemas)
        if name not in FASTAPIS_OWN and f'"{REFERENCE.format(model=name)}"' in told
    }


def _example(code: str, status: int) -> Json:
    return {
        "value": {
            "type": f"/problems/{code}",
            "title": say(f"problem.{code}.title", Locale.EN),
            "status": status,
            "code": code,
            "detail": meaning_of(code, Locale.EN),
            "instance": "/v1/...",
            "request_id": "7c9e6679f7424d93a3d2f5b0c1e4a8b6",
            "errors": [],
            **examples_of(code),
        }
    }


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _put_right(operation: Json, path: str, schemas: Json) -> None:
    responses: Json = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    for code in _codes(operation, path, schemas):
        add_code(responses.setdefault(str(known_codes()[code]), problem_response()), code)
    default = problem_response()
    default["description"] = "Any other refusal\n\n"
    for code in CODES_OF_EVERY_ANSWER:
        add_code(default, code)
    responses["default"] = default
    operation["responses"] = dict(sorted(responses.items()))
    for status_code, response in responses.items():
        response.setdefault("headers", {}).update(_headers(status_code))
        if told := response.get("content", {}).get(PROBLEM_MEDIA_TYPE):
            told["schema"] = schema_of_codes(told["examples"])
    operation["parameters"] = _parameters(operation, path)


def _codes(operation: Json, path: str, schemas: Json) -> list[str]:
    """Return the codes that follow from an operation's shape."""
    parameters = operation.get("parameters", [])
    places = {parameter["in"] for parameter in parameters}
    codes = list(SESSION_CODES) if "security" in operation else []
    if "path" in places:
        codes.append(NotFound.code)
    headers = {each["name"].lower() for each in parameters if each["in"] == "header"}
    if places & {"query", "header"} or path.startswith("/v1/"):
        # A query parameter that nobody knows is wrong on every route.
        codes.append("validation_failed")
    if IDEMPOTENCY_KEY.lower() in headers:
        codes.append("idempotency_key_invalid")
    if "requestBody" in operation:
        fields = _fields(operation, schemas)
        codes += CODES_OF_BODIES
        codes += [code for field, code in IDENTIFIER_FIELDS.items() if field in fields]
    return codes


def _fields(operation: Json, schemas: Json) -> Mapping[str, Any]:
    content = operation["requestBody"]["content"]
    reference: str = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    fields = dict(_properties(reference, schemas))
    for field in tuple(fields.values()):
        for shape in (field, *field.get("anyOf", [])):
            fields |= _properties(shape.get("$ref", ""), schemas)
    return fields


def _properties(reference: str, schemas: Json) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = schemas.get(reference.rpartition("/")[2], {}).get(
        "properties", {}
    )
    return properties


def _headers(status_code: str) -> Json:
    names = ["X-Request-ID", "Content-Language"]
    if status_code in {"429", "503"}:
        names.append("Retry-After")
    if status_code == "429":
        names += ["RateLimit", "RateLimit-Policy"]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _parameters(operation: Json, path: str) -> list[Json]:
    own = operation.get("parameters", [])
    described = {name.lower(): name for name in (IDEMPOTENCY_KEY, DEVICE_TOKEN)}
    given = [each for each in own if each["name"].lower() not in described]
    taken = {each["name"].lower() for each in own}
    names = [name for key, name in described.items() if key in taken]
    names += COMMON_HEADERS if path.startswith("/v1/") else COMMON_HEADERS[-1:]
    return given + [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _require_unique_ids(document: Json) -> None:
    counts = Counter(operation["operationId"] for _, operation in _operations(document))
    if repeated := [name for name, count in counts.items() if count > 1]:
        raise OperationIdRepeated(", ".join(repeated))


def _with_plain_names(document: Json) -> Json:
    # `Page[AccountOut]` is called `Page_AccountOut_`, which no client library should have to say.
    renamed: Json = json.loads(GENERIC.sub(r"\1Page", json.dumps(document)))
    return renamed
