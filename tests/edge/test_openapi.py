import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from jsonschema_rs import Draft202012Validator

from app.main import create_app, document
from app.routers.openapi.document import OperationIdRepeated
from app.routers.problems.known_codes import known_codes
from app.routers.problems.members import members_of_codes, schema_name
from app.services import Services

DOCUMENT = document()
CAMEL = re.compile(r"[a-z]+([A-Z][a-z0-9]*)*")
Operation = tuple[str, str, dict[str, Any]]


def operations() -> list[Operation]:
    return [
        (method, path, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


each_operation = pytest.mark.parametrize(
    ("method", "path", "operation"), operations(), ids=lambda value: str(value)[:40]
)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolved(reference: str) -> Any:
    part: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        part = part[step]
    return part


@each_operation
def test_an_operation_is_described(method: str, path: str, operation: dict[str, Any]) -> None:
    assert method in {"get", "post", "put", "patch", "delete"}, path
    assert CAMEL.fullmatch(operation["operationId"]), path
    assert operation["description"], path
    described = {tag["name"] for tag in DOCUMENT["tags"]}
    assert set(operation["tags"]) <= described, path


@each_operation
def test_an_operation_says_how_it_refuses(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    responses = operation["responses"]
    refusals = {status: each for status, each in responses.items() if not status.startswith("2")}
    assert "default" in refusals, (method, path)
    for response in refusals.values():
        [media_type] = response["content"]
        assert media_type == "application/problem+json", path
        content = response["content"][media_type]
        assert content["examples"], path
        if members_of_codes().keys() & content["examples"]:
            assert content["schema"]["discriminator"]["mapping"] == {
                code: f"#/components/schemas/{schema_name(code)}"
                if code in members_of_codes()
                else "#/components/schemas/Problem"
                for code in content["examples"]
            }
        assert list(references(content["schema"]))[-1] == "#/components/schemas/Problem", path
        for code in content["examples"]:
            assert f"`{code}`" in response["description"], path
    for status, response in refusals.items():
        for code in response["content"]["application/problem+json"]["examples"]:
            assert status in {"default", str(known_codes()[code])}, code
    has_own_401 = path.startswith(("/v1/sessions", "/v1/payment-gateways"))
    assert ("401" in responses) == ("security" in operation) or has_own_401
    assert ("415" in responses) == ("requestBody" in operation), path


@each_operation
def test_an_operation_takes_the_common_headers(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    names = {each.get("$ref", "").rpartition("/")[2] for each in operation["parameters"]}

    assert "X-Request-ID" in names, (method, path)
    assert ("Accept-Language" in names) == path.startswith("/v1/"), path


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]

    assert len(ids) == len(set(ids))


def test_two_endpoints_of_one_name_are_refused(services: Services) -> None:
    app = create_app(services)

    @app.get("/v1/twice")
    async def check_live() -> None:
        """Bear the name of another endpoint."""

    with (
        pytest.warns(UserWarning, match="Duplicate Operation ID"),
        pytest.raises(OperationIdRepeated, match="checkLive"),
    ):
        app.openapi()


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        assert resolved(reference) is not None


def test_fastapis_own_refusals_are_gone() -> None:
    assert not [name for name in DOCUMENT["components"]["schemas"] if "ValidationError" in name]
    assert "HTTPValidationError" not in str(DOCUMENT)


def test_every_field_of_an_answer_is_required() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if name.endswith(("Out", "Page")) or name in {"Problem", "FieldError"}:
            assert set(schema["required"]) == set(schema["properties"]), name


def test_requests_refuse_unknown_fields() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if name.endswith("In"):
            assert schema["additionalProperties"] is False, name


def test_names_are_fit_for_generated_clients() -> None:
    for name in DOCUMENT["components"]["schemas"]:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", name), name


def test_there_is_one_way_to_sign_in() -> None:
    [scheme] = DOCUMENT["components"]["securitySchemes"].values()

    assert scheme["type"] == "http"
    assert scheme["scheme"] == "bearer"


def test_examples_are_problems() -> None:
    for code, example in DOCUMENT["components"]["examples"].items():
        value = example["value"]
        assert value["code"] == code
        assert value["status"] == known_codes()[code]
        common = set(DOCUMENT["components"]["schemas"]["Problem"]["properties"])
        assert set(value) == common | set(members_of_codes().get(code, ()))


TOLD = [
    code for code in members_of_codes() if schema_name(code) in DOCUMENT["components"]["schemas"]
]
"""Codes with members that some operation names; commands alone refuse with the others."""


@pytest.mark.parametrize("code", TOLD)
def test_a_code_with_members_has_a_schema_that_its_example_fits(code: str) -> None:
    schema = {"$ref": f"#/components/schemas/{schema_name(code)}", **DOCUMENT}
    example = DOCUMENT["components"]["examples"][code]["value"]

    validator = Draft202012Validator(schema, validate_formats=True)

    assert list(validator.iter_errors(example)) == []
    for name in members_of_codes()[code]:
        less = {key: value for key, value in example.items() if key != name}
        assert not validator.is_valid(less), name
    assert not validator.is_valid({**example, "code": "another"})


async def test_the_document_is_served(client: AsyncClient, app: FastAPI) -> None:
    answer = await client.get("/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == app.openapi() == DOCUMENT
    assert answer.json()["openapi"].startswith("3.1")


def test_no_address_of_a_machine_stands_in_the_document() -> None:
    assert "localhost" not in str(DOCUMENT)
    assert not re.search(r"https?://(?!tools\.ietf|pay\.example)", str(DOCUMENT))
