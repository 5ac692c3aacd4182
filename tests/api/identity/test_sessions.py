from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.models.identity.actions import IdentityAction
from app.models.identity.session import IDLE_LIFETIME, KNOWN_FOR, Session
from app.repositories.identity.sessions import SessionRepository
from app.security.session_tokens import DeviceMark
from app.services.operations.retention import RetentionService
from tests.factories.people import PASSWORD
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.stories import Story, bearer
from tests.steps.operations.audit import audited

PHONE = "+380671234588"


@pytest.fixture
async def tokens(story: Story, company: Company) -> dict[str, Any]:
    return await story.sign_up(company, phone=PHONE)


async def refresh(client: AsyncClient, token: str) -> Response:
    return await client.post("/v1/sessions/refresh", json={"refresh_token": token})


@pytest.mark.usefixtures("tokens")
@pytest.mark.parametrize("by", ["account_number", "phone"])
async def test_the_owner_signs_in_by_account_number_or_phone(
    client: AsyncClient, database: Database, company: Company, by: str
) -> None:
    name = company.account.account_number if by == "account_number" else "067 123 45 88"

    response = await client.post("/v1/sessions", json={by: name, "password": PASSWORD})

    assert response.status_code == 201
    body = response.json()
    assert set(body) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_expires_at",
        "session_id",
        "device_token",
    }
    assert body["refresh_expires_at"] == "2026-12-14T10:00:00Z"
    assert (await client.get("/v1/me", headers=bearer(body))).status_code == 200
    assert IdentityAction.SIGNED_IN in await audited(database, company)


@pytest.mark.usefixtures("tokens")
async def test_whatever_is_wrong_the_answer_is_the_same(
    client: AsyncClient, story: Story, company: Company
) -> None:
    await story.start_sign_up(company)
    number = company.account.account_number

    answers = [
        await client.post("/v1/sessions", json=body)
        for body in (
            {"account_number": number, "password": "Wrong123!"},
            {"account_number": number, "password": "x" * 1024},
            {"account_number": number, "password": "пароль"},
            {"account_number": "9999999999", "password": PASSWORD},
            {"account_number": "not a number", "password": PASSWORD},
            {"phone": "+380501111111", "password": PASSWORD},
        )
    ]

    bodies = [{**answer.json(), "request_id": None} for answer in answers]
    assert {answer.status_code for answer in answers} == {401}
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["code"] == "credentials_rejected"


async def test_a_sign_up_that_was_not_confirmed_opens_nothing(
    client: AsyncClient, story: Story, company: Company
) -> None:
    await story.start_sign_up(company)

    response = await client.post(
        "/v1/sessions",
        json={"account_number": company.account.account_number, "password": PASSWORD},
    )

    assert response.json()["code"] == "credentials_rejected"


@pytest.mark.parametrize("body", [{}, {"account_number": "1000000001", "phone": "0671234588"}])
async def test_signing_in_takes_one_name(client: AsyncClient, body: dict[str, str]) -> None:
    response = await client.post("/v1/sessions", json={**body, "password": PASSWORD})

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "validation_failed")
    assert [error["code"] for error in problem["errors"]] == ["account_number_or_phone"]


async def test_a_refresh_token_gives_the_next_pair(
    client: AsyncClient, clock: FrozenClock, tokens: dict[str, Any]
) -> None:
    clock.advance(timedelta(hours=1))

    response = await refresh(client, tokens["refresh_token"])

    body = response.json()
    assert response.status_code == 200
    assert body["session_id"] == tokens["session_id"]
    assert body["refresh_token"] != tokens["refresh_token"]
    assert body["refresh_expires_at"] == "2026-12-14T11:00:00Z"
    assert (await client.get("/v1/me", headers=bearer(body))).status_code == 200


async def test_a_lost_answer_gives_the_same_successor_for_thirty_seconds(
    client: AsyncClient, clock: FrozenClock, tokens: dict[str, Any]
) -> None:
    first = (await refresh(client, tokens["refresh_token"])).json()
    clock.advance(timedelta(seconds=30))

    again = (await refresh(client, tokens["refresh_token"])).json()

    assert again["refresh_token"] == first["refresh_token"]


@pytest.mark.parametrize("reuse", ["too late", "after its successor"])
async def test_a_token_in_two_hands_ends_the_session(
    client: AsyncClient,
    clock: FrozenClock,
    database: Database,
    company: Company,
    tokens: dict[str, Any],
    reuse: str,
) -> None:
    successor = (await refresh(client, tokens["refresh_token"])).json()
    if reuse == "too late":
        clock.advance(timedelta(seconds=31))
    else:
        successor = (await refresh(client, successor["refresh_token"])).json()

    stolen = await refresh(client, tokens["refresh_token"])
    honest = await refresh(client, successor["refresh_token"])
    me = await client.get("/v1/me", headers=bearer(successor))

    for response in (stolen, honest, me):
        assert (response.status_code, response.json()["code"]) == (401, "session_ended")
    assert IdentityAction.REFRESH_REUSED in await audited(database, company)


async def test_an_idle_session_ends_after_two_weeks(
    client: AsyncClient, clock: FrozenClock, tokens: dict[str, Any]
) -> None:
    clock.advance(timedelta(days=14))

    assert (await refresh(client, tokens["refresh_token"])).json()["code"] == "session_ended"


async def test_no_session_lives_longer_than_ninety_days(
    client: AsyncClient, clock: FrozenClock, tokens: dict[str, Any]
) -> None:
    for _ in range(6):
        clock.advance(timedelta(days=13))
        tokens = (await refresh(client, tokens["refresh_token"])).json()
    clock.advance(timedelta(days=12))

    response = await refresh(client, tokens["refresh_token"])

    assert tokens["refresh_expires_at"] == "2027-02-28T10:00:00Z"
    assert (response.status_code, response.json()["code"]) == (401, "session_ended")


@pytest.mark.parametrize("token", ["", "nonsense", "A" * 130, "ї"])
async def test_what_is_not_a_refresh_token_opens_nothing(client: AsyncClient, token: str) -> None:
    response = await refresh(client, token)

    assert (response.status_code, response.json()["code"]) == (401, "session_ended")


async def test_signing_out_ends_the_session_at_once(
    client: AsyncClient, database: Database, company: Company, tokens: dict[str, Any]
) -> None:
    response = await client.delete("/v1/sessions/current", headers=bearer(tokens))
    after = await client.get("/v1/me", headers=bearer(tokens))
    again = await client.delete("/v1/sessions/current", headers=bearer(tokens))

    assert (response.status_code, response.content) == (204, b"")
    assert (after.status_code, after.json()["code"]) == (401, "session_ended")
    assert (again.status_code, again.json()["code"]) == (401, "session_ended")
    assert (await refresh(client, tokens["refresh_token"])).status_code == 401
    assert IdentityAction.SIGNED_OUT in await audited(database, company)


async def test_an_access_token_lives_ten_minutes(
    client: AsyncClient, clock: FrozenClock, tokens: dict[str, Any]
) -> None:
    clock.advance(timedelta(seconds=599))
    assert (await client.get("/v1/me", headers=bearer(tokens))).status_code == 200

    clock.advance(timedelta(seconds=1))
    response = await client.get("/v1/me", headers=bearer(tokens))

    assert (response.status_code, response.json()["code"]) == (401, "token_rejected")
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", [None, "Basic dTpw", "Bearer"])
async def test_without_a_token_nobody_is_signed_in(client: AsyncClient, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}

    response = await client.get("/v1/me", headers=headers)

    assert (response.status_code, response.json()["code"]) == (401, "token_rejected")


async def test_what_is_forgotten_signs_nobody_out_and_hides_no_thief(
    client: AsyncClient,
    database: Database,
    company: Company,
    clock: FrozenClock,
    tokens: dict[str, Any],
    retention: RetentionService,
) -> None:
    stolen = tokens["refresh_token"]
    clock.advance(IDLE_LIFETIME - timedelta(seconds=1))
    await retention.purge()
    mine = await refresh(client, stolen)
    clock.advance(timedelta(minutes=5))
    await retention.purge()
    thiefs = await refresh(client, stolen)

    assert mine.status_code == 200
    assert (thiefs.status_code, thiefs.json()["code"]) == (401, "session_ended")
    assert IdentityAction.REFRESH_REUSED in await audited(database, company)

    clock.advance(KNOWN_FOR)
    forgotten = await retention.purge()
    gone = await refresh(client, mine.json()["refresh_token"])

    assert forgotten["sessions"] == 1
    assert {**gone.json(), "request_id": None} == {**thiefs.json(), "request_id": None}
    assert IdentityAction.REFRESH_REUSED in await audited(database, company)


async def test_a_device_is_known_as_long_as_its_session_is_kept(
    database: Database,
    company: Company,
    clock: FrozenClock,
    story: Story,
    retention: RetentionService,
) -> None:
    await story.sign_up(company, phone=PHONE)
    clock.advance(KNOWN_FOR - timedelta(seconds=1))
    known = []
    for _ in range(2):
        await retention.purge()
        async with database.begin() as transaction:
            sessions = SessionRepository(transaction)
            used = (await transaction.scalars(select(Session))).one_or_none()
            mark = DeviceMark(used.device_hash if used else b"", "192.0.2.200", None)
            member = await sessions.member_with_phone(PHONE)
            device = await sessions.known_device(member, mark, now=clock.now())
            known.append(device is not None)
        clock.advance(timedelta(seconds=1))

    assert known == [True, False]
