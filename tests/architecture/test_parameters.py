"""Unknown query parameters are refused on every route of the API, as unknown fields are."""

import re
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.architecture.test_guards import routes
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import create_company

API = sorted(name for name in routes() if " /v1/" in name)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens) -> SignedIn:
    return await sign_in(database, access_tokens, await create_company(database))


@pytest.mark.parametrize("route", API)
async def test_a_parameter_that_a_route_does_not_take_is_named(
    client: AsyncClient, owner: SignedIn, route: str
) -> None:
    method, _, path = route.partition(" ")
    path = re.sub(r"\{\w+\}", str(uuid4()), path)

    answer = await client.request(method, f"{path}?limitt=5&limitt=6", headers=owner.headers)
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (422, "validation_failed")
    unknown = [each for each in problem["errors"] if each["code"] == "unknown_field"]
    assert [each["parameter"] for each in unknown] == ["limitt"]


@pytest.mark.parametrize("route", API)
async def test_the_parameters_that_it_takes_are_known(
    client: AsyncClient, owner: SignedIn, route: str
) -> None:
    method, _, path = route.partition(" ")
    taken = [
        each["name"] for each in routes()[route].get("parameters", []) if each.get("in") == "query"
    ]
    query = "&".join(f"{name}=" for name in taken)
    path = re.sub(r"\{\w+\}", str(uuid4()), path)

    answer = await client.request(method, f"{path}?{query}", headers=owner.headers)

    codes = [each["code"] for each in answer.json()["errors"]] if answer.is_error else []
    assert "unknown_field" not in codes


def days_of(route: str) -> list[str]:
    """Return the parameters of a route that are days."""
    return [
        each["name"]
        for each in routes()[route].get("parameters", [])
        if "date" in {kind.get("format") for kind in each.get("schema", {}).get("anyOf", [{}])}
    ]


def test_some_routes_take_days() -> None:
    assert {"from", "to"} <= {name for route in API for name in days_of(route)}


@pytest.mark.parametrize("route", [route for route in API if days_of(route)])
@pytest.mark.parametrize("written", ["0", "1763856000", "2026-11-23T00:00:00", "20261123"])
async def test_a_day_is_written_as_a_day(
    client: AsyncClient, owner: SignedIn, route: str, written: str
) -> None:
    method, _, path = route.partition(" ")
    path = re.sub(r"\{\w+\}", str(uuid4()), path)

    for name in days_of(route):
        answer = await client.request(method, path, params={name: written}, headers=owner.headers)

        assert answer.status_code == 422, name
        [error] = answer.json()["errors"]
        assert (error["parameter"], error["code"]) == (name, "invalid_value")


async def test_pages_outside_the_api_let_them_pass(client: AsyncClient) -> None:
    for path in ("/health/live", "/docs", "/openapi.json"):
        assert (await client.get(f"{path}?v=2")).status_code == 200
