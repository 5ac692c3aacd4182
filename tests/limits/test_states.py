"""Codes of links, as a machine of states: start, resend, guess, clock, address (O2, O8)."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, cast

from fastapi import FastAPI
from httpx import Response
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction
from typing_extensions import override

from app.composition import build_services
from app.database import create_engine
from app.identifiers import AccountNumbers
from app.main import create_app
from app.models.customers.account import Account
from app.models.limits import Limits
from app.models.limits.kinds import DAY, HOUR
from app.models.messages.code_challenge import (
    LIFETIME,
    MAX_ATTEMPTS,
    MAX_SENDS,
    RESEND_AFTER,
    CodeChallenge,
)
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services import Services
from app.services.context import Context
from tests.databases import Databases, SavepointDatabase
from tests.factories.people import SignedIn, headers_at, sign_in
from tests.factories.registry import create_account, create_company
from tests.fakes.clock import FrozenClock
from tests.limits.clients import client_at
from tests.limits.machines import explore
from tests.steps.identity.stories import wrong

LINKS: Final = "/v1/account-links"
SECRET: Final = SecretKey("a secret key for the machine, 32 bytes")
ADDRESSES: Final = ("198.51.100.1", "198.51.100.2", "203.0.113.1")


class World:
    """The application on a database of its own, in a loop of its own: machines are not async."""

    def __init__(self, url: URL, access_tokens: AccessTokens) -> None:
        self.runner = asyncio.Runner()
        self.clock = FrozenClock()
        self.access_tokens = access_tokens
        self.app = create_app(cast("Services", None))
        self._engine = create_engine(url.render_as_string(hide_password=False))
        self._passwords = PasswordHasher(threads=1)
        self._connection: AsyncConnection | None = None
        self._everything: AsyncTransaction | None = None

    async def begin(self) -> tuple[FastAPI, SignedIn, list[Account], str]:
        """Return the application, who asks, two accounts of another company and its tax id."""
        self.clock.moment = FrozenClock().moment
        self._connection = await self._engine.connect()
        self._everything = await self._connection.begin()
        self.database = SavepointDatabase(self._connection)
        self.app.state.services = build_services(
            Context.of(
                database=self.database, clock=self.clock, secret_key=SECRET, limits=Limits()
            ),
            passwords=self._passwords,
            access_tokens=self.access_tokens,
            account_numbers=AccountNumbers("\\d{4,12}"),
        )
        company, partner = [await create_company(self.database) for _ in range(2)]
        asking = await sign_in(self.database, self.access_tokens, company)
        await sign_in(self.database, self.access_tokens, partner)
        second = await create_account(self.database, partner.organization)
        accounts = [partner.account, second]
        return self.app, asking, accounts, partner.organization.tax_id

    async def code_of(self, request_id: str) -> str:
        async with self.database.begin() as transaction:
            query = select(CodeChallenge).where(CodeChallenge.subject_id == request_id)
            found = (await transaction.scalars(query)).one()
        return SECRET.code(
            challenge_id=found.id, purpose=found.purpose, phone=found.phone, length=found.length
        )

    async def end(self) -> None:
        if self._everything is not None and self._connection is not None:
            await self._everything.rollback()
            await self._connection.close()

    def close(self) -> None:
        self.runner.run(self._engine.dispose())
        self.runner.close()
        self._passwords.close()


class Challenge:
    """What the machine believes about one code."""

    def __init__(self, request_id: str, account: int, code: str, now: datetime) -> None:
        self.id, self.account, self.code = request_id, account, code
        self.created_at = self.sent_at = now
        self.sends, self.attempts = 1, 0

    def is_open(self, now: datetime) -> bool:
        return self.attempts < MAX_ATTEMPTS and now < self.sent_at + LIFETIME


class Sending(RuleBasedStateMachine):
    """Somebody who asks one phone for consent, about two accounts and from three addresses."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.app, self.asking, self.accounts, self.tax_id = self._run(self.world.begin())
        self.challenges: list[Challenge] = []
        self.sends: list[tuple[datetime, int, str]] = []
        self.guesses: list[tuple[datetime, int]] = []

    @override
    def teardown(self) -> None:
        self._run(self.world.end())

    @rule(account=st.integers(0, 1), address=st.sampled_from(ADDRESSES))
    def start(self, account: int, address: str) -> None:
        body = {"account_number": self.accounts[account].account_number, "tax_id": self.tax_id}

        answer = self._post("", address, body)

        assert answer.status_code == (202 if self._may_send(address) else 429)
        if answer.status_code == 202:
            request_id = answer.json()["id"]
            code = self._run(self.world.code_of(request_id))
            self.challenges.append(Challenge(request_id, account, code, self.now))
            self.sends.append((self.now, account, address))

    @precondition(lambda self: self.challenges)
    @rule(which=st.integers(0, 99), address=st.sampled_from(ADDRESSES))
    def resend(self, which: int, address: str) -> None:
        challenge = self.challenges[which % len(self.challenges)]

        answer = self._post(f"/{challenge.id}/codes", address)

        assert answer.status_code == self._expected_resend(challenge, address)
        if answer.status_code == 202:
            assert self._run(self.world.code_of(challenge.id)) == challenge.code, "the same code"
            challenge.sends, challenge.sent_at = challenge.sends + 1, self.now
            self.sends.append((self.now, challenge.account, address))

    @precondition(lambda self: self.challenges)
    @rule(which=st.integers(0, 99), times=st.integers(1, 6), address=st.sampled_from(ADDRESSES))
    def guess(self, which: int, times: int, address: str) -> None:
        challenge = self.challenges[which % len(self.challenges)]
        for _ in range(times):
            is_open = challenge.is_open(self.now)
            may_guess = self._may_guess(challenge.account)

            body = {"code": wrong(challenge.code)}
            answer = self._post(f"/{challenge.id}/confirmations", address, body)

            assert answer.status_code == (429 if is_open and not may_guess else 422)
            if is_open and may_guess:
                challenge.attempts += 1
                self.guesses.append((self.now, challenge.account))
                assert answer.json()["attempts_left"] == MAX_ATTEMPTS - challenge.attempts

    @rule(seconds=st.sampled_from([1, 59, 60, 61, 299, 300, 1800, 3600, 43_200]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def _expected_resend(self, challenge: Challenge, address: str) -> int:
        too_old = self.now >= challenge.created_at + timedelta(hours=1)
        if challenge.attempts >= MAX_ATTEMPTS or too_old:
            return 409
        if challenge.sends == MAX_SENDS or self.now < challenge.sent_at + RESEND_AFTER:
            return 429
        return 202 if self._may_send(address) else 429

    def _may_send(self, address: str) -> bool:
        """Say whether the phone's and the company's share and O9 allow one more."""
        day = [each for each in self.sends if each[0] > self.now - DAY]
        here = [each for each in day if each[2] == address]
        network = [each for each in day if each[2].rpartition(".")[0] == address.rpartition(".")[0]]
        last_hour = [each for each in here if each[0] > self.now - HOUR]
        return len(day) < 2 and len(last_hour) < 5 and len(here) < 20 and len(network) < 60

    def _may_guess(self, account: int) -> bool:
        """Say whether O2 allows one more, over all challenges of the company and the account."""
        day = [each for each in self.guesses if each[0] > self.now - DAY]
        return len(day) < 10 and sum(each[1] == account for each in day) < 10

    def _post(self, path: str, address: str, body: dict[str, str] | None = None) -> Response:
        answer: Response = self._run(self._send(path, address, body))
        return answer

    async def _send(self, path: str, address: str, body: dict[str, str] | None) -> Response:
        headers = headers_at(self.world.access_tokens, self.asking, self.now)
        async with client_at(self.app, address) as client:
            return await client.post(f"{LINKS}{path}", json=body, headers=headers)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.world.runner.run(work)


async def test_no_way_of_asking_refills_a_budget(
    databases: Databases, access_tokens: AccessTokens
) -> None:
    async with databases.lend() as own:
        await asyncio.to_thread(_explore, World(own.url, access_tokens))


def _explore(world: World) -> None:
    Sending.world = world
    try:
        explore(Sending, runs=20, steps=20)
    finally:
        world.close()
