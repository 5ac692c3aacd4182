"""What members change about themselves: name, language, password."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.database import Database
from app.models.identity.actions import IdentityAction
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.factories.people import PASSWORD, SignedIn, bearer, password_hash, sign_in
from tests.factories.registry import Company
from tests.steps.operations.audit import audited

NEW_PASSWORD = "Another-1-Horse"


@pytest.fixture
async def hashed(passwords: PasswordHasher) -> str:
    return await password_hash(passwords)


@pytest.fixture
async def owner(
    database: Database, access_tokens: AccessTokens, company: Company, hashed: str
) -> SignedIn:
    return await sign_in(
        database, access_tokens, company, password_hash=hashed, full_name="Ганна", is_proven=False
    )


async def edit(client: AsyncClient, owner: SignedIn, **changes: Any) -> Response:
    return await client.patch("/v1/me", json=changes, headers=owner.headers)


async def change(
    client: AsyncClient,
    headers: dict[str, str],
    current: str = PASSWORD,
    new: str = NEW_PASSWORD,
) -> Response:
    body = {"current_password": current, "new_password": new}
    return await client.put("/v1/me/password", json=body, headers=headers)


async def sign_in_again(client: AsyncClient, company: Company, password: str) -> Response:
    body = {"account_number": company.account.account_number, "password": password}
    return await client.post("/v1/sessions", json=body)


@pytest.mark.parametrize(
    ("changes", "name", "locale"),
    [
        ({}, "Ганна", "uk"),
        ({"full_name": "  Олена Кравець "}, "Олена Кравець", "uk"),
        ({"full_name": None}, None, "uk"),
        ({"locale": "en"}, "Ганна", "en"),
        ({"full_name": "O'Brien-Łuć", "locale": "ru"}, "O'Brien-Łuć", "ru"),
        ({"full_name": "Я" * 100}, "Я" * 100, "uk"),
    ],
)
async def test_what_is_left_out_stays(
    client: AsyncClient, owner: SignedIn, changes: dict[str, Any], name: str | None, locale: str
) -> None:
    answer = await edit(client, owner, **changes)

    assert answer.status_code == 200
    assert answer.json()["member"]["full_name"] == name
    assert answer.json()["member"]["locale"] == locale
    assert answer.json() == (await client.get("/v1/me", headers=owner.headers)).json()


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"full_name": ""}, "/full_name", "too_short"),
        ({"full_name": "   "}, "/full_name", "too_short"),
        ({"full_name": "Я" * 101}, "/full_name", "too_long"),
        ({"full_name": "a\nb"}, "/full_name", "invalid_value"),
        ({"full_name": "a\u202eb"}, "/full_name", "invalid_value"),
        ({"full_name": 5}, "/full_name", "wrong_type"),
        ({"locale": None}, "/locale", "invalid_value"),
        ({"locale": "de"}, "/locale", "invalid_value"),
        ({"role": "owner"}, "/role", "unknown_field"),
    ],
)
async def test_what_is_no_name_or_language_is_refused(
    client: AsyncClient, owner: SignedIn, changes: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await edit(client, owner, **changes)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        (pointer, code)
    ]


async def test_only_what_changes_stands_in_the_audit_trail(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await edit(client, owner)
    assert await audited(database, company) == []

    await edit(client, owner, full_name="Ганна", locale="uk")
    assert await audited(database, company) == []

    await edit(client, owner, full_name="Олена", locale="uk")
    await edit(client, owner, full_name="Олена")
    assert await audited(database, company) == [IdentityAction.PROFILE_CHANGED]


async def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    other = (await sign_in_again(client, company, PASSWORD)).json()

    answer = await change(client, owner.headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get("/v1/me", headers=owner.headers)).status_code == 200
    ended = await client.get("/v1/me", headers=bearer(other["access_token"]))
    refused = await client.post(
        "/v1/sessions/refresh", json={"refresh_token": other["refresh_token"]}
    )
    assert ended.json()["code"] == refused.json()["code"] == "session_ended"
    assert (await sign_in_again(client, company, PASSWORD)).status_code == 401
    assert (await sign_in_again(client, company, NEW_PASSWORD)).status_code == 201
    assert IdentityAction.PASSWORD_CHANGED in await audited(database, company)


async def test_another_members_sessions_stay(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,
) -> None:
    colleague = await sign_in(database, access_tokens, company, role="viewer")

    await change(client, owner.headers)

    assert (await client.get("/v1/me", headers=colleague.headers)).status_code == 200


async def test_who_does_not_know_the_password_does_not_change_it(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    answer = await change(client, owner.headers, current="Wrong123!")

    assert (answer.status_code, answer.json()["code"]) == (422, "current_password_rejected")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/current_password"]
    assert (await sign_in_again(client, company, PASSWORD)).status_code == 201


async def test_the_new_password_keeps_the_rules(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    weak = {
        "short": "too_short",
        f"Aa!{owner.member.phone}": "contains_identifier",
        f"Aa!{company.account.account_number}": "contains_identifier",
        f"Aa!{company.organization.tax_id}": "contains_identifier",
    }
    for password, code in weak.items():
        answer = await change(client, owner.headers, new=password)

        assert (answer.status_code, answer.json()["code"]) == (422, "password_too_weak")
        found = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
        assert ("/new_password", code) in found
