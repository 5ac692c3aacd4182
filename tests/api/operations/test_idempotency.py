from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select

from app.clock import Clock
from app.database import Database
from app.models.idempotency_key import Claim, IdempotencyKey
from app.models.identity.session import Session
from app.repositories.idempotency_keys import IdempotencyKeyStatements
from app.security.access_tokens import AccessTokens
from app.services.operations.retention import RetentionService
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.stories import Story

PHONE = "+380671234588"


async def hand_in(
    client: AsyncClient, who: SignedIn, company: Company, value: str, key: str, **more: Any
) -> Response:
    return await client.post(
        f"/v1/accounts/{company.account.id}/readings",
        json={"readings": [{"register_id": str(company.register.id), "value": value}], **more},
        headers=who.headers | {"Idempotency-Key": key},
    )


async def test_a_repeated_request_gets_the_first_answer_again(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    first = await hand_in(client, owner, company, "1700", "k-1")
    await hand_in(client, owner, company, "1710", "k-2")

    again = await hand_in(client, owner, company, "1700", "k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    listed = await client.get(
        f"/v1/accounts/{company.account.id}/readings?from=2026-11", headers=owner.headers
    )
    assert [item["value"] for item in listed.json()["items"]] == ["1710.000", "1700.000"]


async def test_of_a_dry_run_nothing_is_kept_and_its_key_stays_free(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    tries = [
        await hand_in(client, owner, company, value, "k-1", dry_run=True)
        for value in ("1700", "1710")
    ]
    async with database.begin() as transaction:
        kept = (await transaction.scalars(select(IdempotencyKey))).all()
    real = await hand_in(client, owner, company, "1710", "k-1")

    assert [each.status_code for each in tries] == [200, 200]
    assert kept == []
    assert (real.status_code, "idempotency-replayed" in real.headers) == (201, False)


async def test_the_same_value_written_otherwise_is_the_same_request(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    url, register = f"/v1/accounts/{company.account.id}/readings", company.register.id
    headers = owner.headers | {"Idempotency-Key": "k-1", "Content-Type": "application/json"}
    bodies = [
        f'{{"readings":[{{"register_id":"{register}","value":1700}}],"dry_run":false}}',
        f'{{ "dry_run": false, "readings": [{{"value": 1700.0,\n"register_id": "{register}"}}] }}',
    ]

    first, again = [await client.post(url, content=body, headers=headers) for body in bodies]

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_key_belongs_to_one_request(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    await hand_in(client, owner, company, "1700", "k-1")

    response = await hand_in(client, owner, company, "1710", "k-1")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_belongs_to_one_caller(
    client: AsyncClient, owner: SignedIn, stranger: SignedIn, company: Company
) -> None:
    await hand_in(client, owner, company, "1700", "k-1")

    response = await hand_in(client, stranger, company, "1700", "k-1")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_a_refusal_gives_the_key_back(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    refused = await hand_in(client, owner, company, "1", "k-1")
    async with database.begin() as transaction:
        assert (await transaction.scalars(select(IdempotencyKey))).all() == []

    accepted = await hand_in(client, owner, company, "1700", "k-1")

    assert (refused.status_code, accepted.status_code) == (422, 201)


async def test_a_running_request_is_not_started_again_until_its_lease_ends(
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    database: Database,
    clock: FrozenClock,
) -> None:
    who = owner.credentials
    dead = Claim(f"member:{who.organization_id}:{who.member_id}", "k-1", clock.now())
    async with database.connect() as connection:
        # A process that claimed the key and was killed before it committed anything.
        await IdempotencyKeyStatements(connection).claim(dead, b"another request, for all we know")

    clock.advance(timedelta(seconds=59))
    other = await hand_in(client, owner, company, "1700", "k-1")
    clock.advance(timedelta(seconds=1))
    later = await hand_in(client, owner, company, "1700", "k-1")

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert later.status_code == 201


async def test_a_key_is_forgotten_after_a_day(
    client: AsyncClient,
    story: Story,
    company: Company,
    clock: FrozenClock,
    retention: RetentionService,
) -> None:
    await story.sign_up(company, phone=PHONE)
    body = {"phone": PHONE, "password": PASSWORD}
    headers = {"Idempotency-Key": "k-1"}
    first = (await client.post("/v1/sessions", json=body, headers=headers)).json()
    clock.advance(timedelta(hours=24))

    again = (await client.post("/v1/sessions", json=body, headers=headers)).json()
    clock.advance(timedelta(hours=24, seconds=1))
    forgotten = await retention.purge()

    assert again["session_id"] != first["session_id"]
    assert forgotten["idempotency_keys"] == 1
    assert isinstance(clock, Clock)


async def test_signing_in_twice_with_one_key_is_one_session_and_no_token_lies_in_a_table(
    client: AsyncClient, story: Story, company: Company, database: Database
) -> None:
    await story.sign_up(company, phone=PHONE)
    body = {"phone": PHONE, "password": PASSWORD}
    headers = {"Idempotency-Key": "k-1"}

    first = await client.post("/v1/sessions", json=body, headers=headers)
    again = await client.post("/v1/sessions", json=body, headers=headers)

    assert again.content == first.content
    async with database.begin() as transaction:
        kept = (await transaction.scalars(select(IdempotencyKey.body))).one()
        sessions = (await transaction.scalars(select(Session))).all()
    assert kept is not None
    assert first.json()["refresh_token"].encode() not in kept
    assert len(sessions) == 2


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "tab\there"])
async def test_a_key_has_its_form(
    client: AsyncClient, owner: SignedIn, company: Company, key: str
) -> None:
    response = await hand_in(client, owner, company, "1700", key)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_invalid")


async def test_an_answer_that_another_key_sealed_is_not_a_fault(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    await hand_in(client, owner, company, "1700", "k-1")
    async with database.begin() as transaction:
        kept = (await transaction.scalars(select(IdempotencyKey))).one()
        kept.body = b"sealed before the server's key was changed"

    response = await hand_in(client, owner, company, "1700", "k-1")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


async def test_an_answer_is_not_repeated_to_a_session_that_has_ended(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    first = await hand_in(client, owner, company, "1700", "k-1")
    await client.delete("/v1/sessions/current", headers=owner.headers)

    again = await hand_in(client, owner, company, "1700", "k-1")

    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (401, "session_ended")
    assert "idempotency-replayed" not in again.headers


async def test_nor_to_a_member_who_has_been_removed(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    owner: SignedIn,
    company: Company,
) -> None:
    clerk = await sign_in(database, access_tokens, company, role="metering")
    first = await hand_in(client, clerk, company, "1700", "k-1")
    await client.delete(f"/v1/members/{clerk.member.id}", headers=owner.headers)

    again = await hand_in(client, clerk, company, "1700", "k-1")

    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (401, "session_ended")
