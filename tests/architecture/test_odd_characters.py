"""Characters that PostgreSQL cannot keep are refused on every route, and never met below."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from tests.architecture.bodies import BODIES, FORMS
from tests.factories.people import SignedIn
from tests.factories.registry import Company, create_company

NUL = "\x00"
PUBLIC = {
    "POST /v1/sessions": {"account_number": "1000000001", "password": "Qwer123!"},
    "POST /v1/sessions/refresh": {"refresh_token": "q83vEjRW"},
    "POST /v1/password-resets": {"account_number": "1000000001"},
    "POST /v1/sign-ups": {
        "phone": "+380671234588",
        "account_number": "1000000001",
        "tax_id": "34067885",
        "password": "Qwer123!",
    },
}
ALL = BODIES | PUBLIC


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
def owner(owner_with_password: SignedIn) -> SignedIn:
    return owner_with_password


def spoilt(value: Any) -> Iterator[Any]:
    """Yield copies of a body, each with a NUL in another of its texts."""
    if isinstance(value, str):
        yield f"{value}{NUL}"
    if not isinstance(value, dict | list):
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        for worse in spoilt(part):
            copy = deepcopy(value)
            copy[key] = worse
            yield copy


def test_each_text_is_spoilt_once() -> None:
    assert list(spoilt({"a": "x", "b": [{"c": "y", "d": 1}]})) == [
        {"a": f"x{NUL}", "b": [{"c": "y", "d": 1}]},
        {"a": "x", "b": [{"c": f"y{NUL}", "d": 1}]},
    ]


@pytest.mark.parametrize("route", sorted(ALL))
async def test_a_nul_in_a_body_is_no_fault_of_ours(
    client: AsyncClient, owner: SignedIn, company: Company, route: str
) -> None:
    method, _, path = route.partition(" ")
    path = path.replace("{account_id}", str(company.account.id))
    path = re.sub(r"\{\w+\}", str(uuid4()), path)

    for body in spoilt(ALL[route]):
        answer = await client.request(method, path, json=body, headers=owner.headers)

        assert answer.status_code < 500, (body, answer.text)


@pytest.mark.parametrize("route", sorted(FORMS))
async def test_a_nul_in_a_form_is_no_fault_of_ours(
    client: AsyncClient, owner: SignedIn, route: str
) -> None:
    method, _, path = route.partition(" ")
    path = re.sub(r"\{\w+\}", str(uuid4()), path)
    form = FORMS[route]

    for data in spoilt(form.get("data", {})):
        answer = await client.request(
            method, path, files=form["files"], data=data, headers=owner.headers
        )

        assert 400 <= answer.status_code < 500, (data, answer.text)
