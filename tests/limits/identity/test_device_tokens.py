"""A device is known by its token; by address and User-Agent only a little: security.md A4."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import select, update

from app.database import Database
from app.models.customers.organization import Organization
from app.models.identity.session import LONG_KNOWN, EndReason, Session
from app.models.limits.kinds import DAY, HOUR
from app.security.secrets import SecretKey
from tests.factories.people import PASSWORD, new_phone
from tests.factories.registry import Company, create_company
from tests.fakes.clock import NOON, FrozenClock
from tests.limits.clients import client_at
from tests.steps.identity.stories import Story, bearer

HOME = "198.51.100.7"
OURS = "the owner's browser"
NEW_PASSWORD = "Another-1-Horse"
PHONE = "+380671234588"
SHAPE = 43
"""Letters of a token: 128 random bits and as many that prove them ours."""


@pytest.fixture
async def tokens(app: FastAPI, story: Story, company: Company) -> dict[str, Any]:
    """What the owner got who signed up from home."""
    async with client_at(app, HOME, device=OURS) as client:
        home = Story(client, story.database, story.messages, story.gateway)
        return await home.sign_up(company, phone=PHONE)


async def enter(
    app: FastAPI,
    name: dict[str, str],
    *,
    address: str,
    device: str = "browser",
    token: str | None = None,
    password: str = PASSWORD,
) -> Response:
    headers = {} if token is None else {"X-Device-Token": token}
    async with client_at(app, address, device=device) as client:
        body = {**name, "password": password}
        return await client.post("/v1/sessions", json=body, headers=headers)


def named(company: Company) -> dict[str, str]:
    return {"account_number": company.account.account_number}


async def flood(app: FastAPI, company: Company, tries: int) -> None:
    """Guess from everywhere at the owner's password."""
    for number in range(tries):
        await enter(app, named(company), address=f"203.0.{number}.1", password="Wrong123!")


async def test_a_neighbour_uses_up_nothing_of_the_device(
    app: FastAPI, company: Company, tokens: dict[str, Any]
) -> None:
    guesses = [
        await enter(app, named(company), address=HOME, device=OURS, password="Wrong123!")
        for _ in range(40)
    ]
    without = await enter(app, named(company), address=HOME, device=OURS)
    at_home = await enter(
        app, named(company), address=HOME, device=OURS, token=tokens["device_token"]
    )

    assert [guess.status_code for guess in guesses] == [401] * 20 + [429] * 20
    assert without.status_code == 429
    assert at_home.status_code == 201


async def test_a_device_is_known_wherever_it_is(
    app: FastAPI, company: Company, tokens: dict[str, Any]
) -> None:
    await flood(app, company, 25)

    moved = await enter(
        app, named(company), address="192.0.2.9", device="updated", token=tokens["device_token"]
    )

    assert moved.status_code == 201
    assert moved.json()["device_token"] == tokens["device_token"]


@pytest.mark.parametrize("token", ["", "nonsense", "A" * 22, "A" * 43, "ї", "x" * 5000, "=" * 43])
async def test_what_is_no_token_of_ours_names_no_device_and_is_not_refused(
    app: FastAPI, company: Company, tokens: dict[str, Any], token: str
) -> None:
    headers: Any = {"X-Device-Token": token.encode()}
    async with client_at(app, "192.0.2.9") as client:
        body = {**named(company), "password": PASSWORD}
        answer = await client.post("/v1/sessions", json=body, headers=headers)

    assert answer.status_code == 201
    assert answer.json()["device_token"] not in {token, tokens["device_token"]}
    assert len(answer.json()["device_token"]) == SHAPE


async def test_a_token_of_somebody_else_is_not_known(
    app: FastAPI, story: Story, database: Database, company: Company, tokens: dict[str, Any]
) -> None:
    other = await story.sign_up(await create_company(database))
    await flood(app, company, 25)

    theirs = await enter(app, named(company), address="192.0.2.9", token=other["device_token"])

    assert tokens["device_token"] != other["device_token"]
    assert theirs.status_code == 429


async def test_only_a_hash_of_the_token_is_kept(
    database: Database, secret_key: SecretKey, tokens: dict[str, Any]
) -> None:
    async with database.begin() as transaction:
        kept = (await transaction.scalars(select(Session.device_hash))).one()

    assert kept == secret_key.device_hash(tokens["device_token"])
    assert len(kept) == 32
    assert kept not in tokens["device_token"].encode()


async def test_every_way_to_be_signed_in_names_the_device(
    app: FastAPI, story: Story, database: Database, tokens: dict[str, Any]
) -> None:
    async with database.begin() as transaction:
        await transaction.execute(update(Organization).values(ownership_proven_at=NOON))
    async with client_at(app, HOME, device=OURS) as client:
        client.headers["X-Device-Token"] = tokens["device_token"]
        invited = await client.post(
            "/v1/invitations",
            json={"phone": new_phone(), "full_name": "Clerk", "role": "viewer"},
            headers=bearer(tokens),
        )
        code = await story.read_code(invited.json()["id"])
        accepted = await client.post(
            f"/v1/invitations/{invited.json()['id']}/acceptances",
            json={"code": code, "password": PASSWORD},
        )
        confirmed = await reset(client, story)
        refreshed = await client.post(
            "/v1/sessions/refresh", json={"refresh_token": confirmed.json()["refresh_token"]}
        )

    for answer in (accepted, confirmed, refreshed):
        assert answer.json()["device_token"] == tokens["device_token"]


async def reset(client: AsyncClient, story: Story) -> Response:
    started = await client.post("/v1/password-resets", json={"phone": PHONE})
    reset_id = started.json()["id"]
    body = {"code": await story.read_code(reset_id), "new_password": NEW_PASSWORD}
    answer = await client.post(f"/v1/password-resets/{reset_id}/confirmations", json=body)
    assert answer.status_code == 201
    return answer


@dataclass
class Scene:
    """Somebody else is signed in to the owner's cabinet, and the owner acts."""

    client: AsyncClient
    """At the owner's."""
    story: Story
    thief: dict[str, Any]

    async def sign_out(self) -> None:
        await self.client.delete("/v1/sessions/current", headers=bearer(self.thief))

    async def end_one(self) -> None:
        await self.client.delete(f"/v1/sessions/{self.thief['session_id']}")

    async def end_others(self) -> None:
        await self.client.delete("/v1/sessions")

    async def change_password(self) -> None:
        body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        assert (await self.client.put("/v1/me/password", json=body)).status_code == 204

    async def reset(self) -> None:
        await reset(self.client, self.story)

    async def reuse(self) -> None:
        for agent in ("the thief's", "somebody's"):
            body = {"refresh_token": self.thief["refresh_token"]}
            headers = {"User-Agent": agent}
            await self.client.post("/v1/sessions/refresh", json=body, headers=headers)


@pytest.mark.parametrize(
    ("deed", "reason", "after"),
    [
        (Scene.sign_out, EndReason.SIGNED_OUT, 201),
        (Scene.end_one, EndReason.ENDED_ELSEWHERE, 429),
        (Scene.end_others, EndReason.ENDED_ELSEWHERE, 429),
        (Scene.change_password, EndReason.PASSWORD_CHANGED, 429),
        (Scene.reset, EndReason.PASSWORD_RESET, 429),
        (Scene.reuse, EndReason.TOKEN_REUSED, 429),
    ],
)
async def test_what_ends_a_session_against_its_will_makes_its_device_a_strangers(
    app: FastAPI,
    story: Story,
    database: Database,
    company: Company,
    tokens: dict[str, Any],
    deed: Callable[[Scene], Awaitable[None]],
    reason: EndReason,
    after: int,
) -> None:
    seen = "192.0.2.66"
    before = (await enter(app, named(company), address=seen)).json()
    device = before["device_token"]
    thief = (await enter(app, named(company), address=seen, token=device)).json()
    await story.client.delete("/v1/sessions/current", headers=bearer(before))

    async with client_at(app, HOME, device=OURS) as client:
        client.headers.update(bearer(tokens))
        await deed(Scene(client, story, thief))

    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(Session.end_reason).where(Session.id == UUID(thief["session_id"]))
        )
        assert found.one() == reason
    await flood(app, company, 25)
    password = NEW_PASSWORD if deed in {Scene.change_password, Scene.reset} else PASSWORD
    for token in (device, None):
        again = await enter(app, named(company), address=seen, token=token, password=password)
        assert again.status_code == after


@pytest.mark.parametrize(("known_for", "status"), [(LONG_KNOWN, 201), (HOUR, None)])
async def test_a_device_long_known_recovers_after_a_thief_of_the_number(
    app: FastAPI,
    story: Story,
    company: Company,
    clock: FrozenClock,
    tokens: dict[str, Any],
    known_for: timedelta,
    status: int | None,
) -> None:
    clock.advance(known_for)
    async with client_at(app, "192.0.2.66") as thief:
        assert (await reset(thief, story)).status_code == 201
    for number in range(6):
        async with client_at(app, f"203.{number}.0.1") as stranger:
            await stranger.post("/v1/password-resets", json=named(company))

    async with client_at(app, HOME, device=OURS) as owner:
        owner.headers["X-Device-Token"] = tokens["device_token"]
        started = await owner.post("/v1/password-resets", json=named(company))

        if status is None:
            assert started.status_code == 429, "a device of an hour may be the thief's"
        else:
            assert (await reset(owner, story)).status_code == status
        entered = await enter(app, named(company), address=HOME, device=OURS, password="Wrong123!")
    assert entered.status_code == 401


async def test_whatever_strangers_did_the_owner_recovers_with_device_and_phone(
    app: FastAPI, story: Story, company: Company, clock: FrozenClock, tokens: dict[str, Any]
) -> None:
    clock.advance(DAY)
    for number in range(30):
        for name in (named(company), {"phone": PHONE}):
            async with client_at(app, HOME, device=OURS) as neighbour:
                await neighbour.post("/v1/password-resets", json=name)
            async with client_at(app, f"203.{number}.0.1") as stranger:
                started = await stranger.post("/v1/password-resets", json=name)
                if started.status_code == 202:
                    path = f"/v1/password-resets/{started.json()['id']}/confirmations"
                    for _ in range(5):
                        body = {"code": "00000000", "new_password": NEW_PASSWORD}
                        await stranger.post(path, json=body)
    clock.advance(HOUR)

    async with client_at(app, "192.0.2.1") as client:
        client.headers["X-Device-Token"] = tokens["device_token"]
        assert (await reset(client, story)).status_code == 201
