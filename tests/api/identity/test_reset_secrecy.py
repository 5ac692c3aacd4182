"""A password reset tells strangers nothing and lets in nobody who is kept out (A3, O7)."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.identity.password_reset import PasswordReset
from app.models.messages.message import Message
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from app.services.messages.delivery import MessageService
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.resets import (
    NOBODYS,
    alike,
    challenge_of,
    change,
    confirm,
    messages_about,
    resend,
    start,
    started,
)
from tests.steps.identity.stories import Story, wrong
from tests.steps.metering.submitting import count

NOBODYS_PHONE = "+380509999999"
Names = tuple[dict[str, str], dict[str, str]]


@pytest.fixture
def owner(owner_with_password: SignedIn) -> SignedIn:
    return owner_with_password


@pytest.fixture
async def colleague(
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    owner: SignedIn,  # noqa: ARG001 - a cabinet has its owner first
) -> SignedIn:
    return await sign_in(database, access_tokens, company, role="viewer")


@pytest.fixture
def names(company: Company, owner: SignedIn, colleague: SignedIn) -> dict[str, Names]:
    """Somebody's name and nobody's, by who it is."""
    return {
        "account": (
            {"account_number": company.account.account_number},
            {"account_number": NOBODYS},
        ),
        "owner's phone": ({"phone": owner.member.phone}, {"phone": NOBODYS_PHONE}),
        "colleague's phone": ({"phone": colleague.member.phone}, {"phone": NOBODYS_PHONE}),
    }


@pytest.mark.parametrize("who", ["account", "owner's phone", "colleague's phone"])
async def test_nothing_tells_whether_the_account_exists(
    client: AsyncClient, clock: FrozenClock, names: dict[str, Names], who: str
) -> None:
    answers = [await client.post("/v1/password-resets", json=name) for name in names[who]]
    ids = [answer.json()["id"] for answer in answers]
    seen = [answers]
    seen.append([await resend(client, each) for each in ids])
    clock.advance(timedelta(seconds=60))
    seen.append([await resend(client, each) for each in ids])
    seen.append([await confirm(client, each, "00000000", "weak") for each in ids])
    seen += [[await confirm(client, each, "00000000") for each in ids] for _ in range(6)]
    seen.append([await resend(client, each) for each in ids])

    for real, nobodys in seen:
        assert real.status_code == nobodys.status_code
        assert alike(real) == alike(nobodys)
        assert real.headers.keys() == nobodys.headers.keys()
        assert len(real.content) == len(nobodys.content)
    codes = [real.json().get("code") for real, _ in seen[1:]]
    assert codes[0] == "resend_too_soon"
    assert codes[2:] == ["password_too_weak", *["code_rejected"] * 6, "password_reset_closed"]
    left = [real.json().get("attempts_left") for real, _ in seen[4:10]]
    assert left == [4, 3, 2, 1, 0, 0]


@pytest.mark.parametrize("path", ["/v1/password-resets", "/v1/sessions"])
async def test_two_names_at_once_are_refused_whosever_they_are(
    client: AsyncClient, database: Database, names: dict[str, Names], path: str
) -> None:
    numbers, phones = names["account"], names["colleague's phone"]
    password = {"password": "Wrong123!"} if path == "/v1/sessions" else {}

    answers = [
        await client.post(path, json={**number, **phone, **password})
        for number in numbers
        for phone in phones
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {
        (422, "validation_failed")
    }
    for each in answers[1:]:
        assert alike(each) == alike(answers[0])
    assert await count(database, PasswordReset) == 0
    assert await count(database, Message) == 0


async def test_for_nobody_no_message_is_kept_and_no_code_is_right(
    client: AsyncClient, database: Database, secret_key: SecretKey, messages: MessageService
) -> None:
    reset_id = (await start(client, NOBODYS)).json()["id"]
    challenge = await challenge_of(database, reset_id)
    code = secret_key.code(
        challenge_id=challenge.id, purpose=challenge.purpose, phone=challenge.phone, length=8
    )

    answer = await confirm(client, reset_id, code)

    assert (answer.status_code, answer.json()["code"]) == (422, "code_rejected")
    assert answer.json()["attempts_left"] == 4
    assert await messages_about(database, reset_id) == []
    assert await messages.deliver(uuid4()) is None


@pytest.mark.parametrize(
    "values",
    [
        {"frozen_at": FrozenClock().now()},
        {"removed_at": FrozenClock().now()},
        {"expires_on": date(2026, 11, 29)},
    ],
    ids=["frozen", "removed", "expired"],
)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_who_is_kept_out_does_not_come_in_by_a_reset(
    client: AsyncClient,
    story: Story,
    database: Database,
    company: Company,
    owner: SignedIn,
    values: dict[str, Any],
    when: str,
    clock: FrozenClock,
) -> None:
    if when == "before":
        await change(database, owner.member, **values)
    reset_id = await started(client, company)
    code = "00000000"
    if when == "after":
        code = await story.read_code(reset_id)
        await change(database, owner.member, **values)
    clock.advance(timedelta(seconds=60))

    again = await resend(client, reset_id)
    answer = await confirm(client, reset_id, code)

    assert again.status_code == 202
    assert (answer.status_code, answer.json()["code"]) == (422, "code_rejected")
    assert len(await messages_about(database, reset_id)) == (when == "after")


async def test_a_code_sent_to_the_old_phone_opens_nothing(
    client: AsyncClient, story: Story, database: Database, company: Company, owner: SignedIn
) -> None:
    reset_id = await started(client, company)
    code = await story.read_code(reset_id)
    await change(database, owner.member, phone="+380671111111")

    answer = await confirm(client, reset_id, code)

    assert answer.json()["code"] == "code_rejected"


async def test_only_who_has_the_code_learns_that_the_password_names_the_phone_or_a_number(
    client: AsyncClient, story: Story, company: Company, owner: SignedIn
) -> None:
    reset_id = await started(client, company)
    code = await story.read_code(reset_id)
    telling = [
        f"Aa!{owner.member.phone}",
        f"Aa!{company.account.account_number}",
        f"Aa!{company.organization.tax_id}",
    ]

    blind = await confirm(client, reset_id, wrong(code), telling[0])
    refused = [await confirm(client, reset_id, code, password) for password in telling]

    assert blind.json()["code"] == "code_rejected"
    for each in refused:
        codes = [error["code"] for error in each.json()["errors"]]
        assert (each.json()["code"], codes) == ("password_too_weak", ["contains_identifier"])
    assert (await confirm(client, reset_id, code)).status_code == 201
