"""Refreshing, as a machine of states: honest clients stay signed in, thieves are found (A6).

Once for a client that sends its device's token and once for one that never does. A thief has
copied a refresh token only, and acts from a device of their own, or all that the client stored.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, cast

import pytest
from httpx import ASGITransport, AsyncClient, Response
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction
from typing_extensions import override

from app.composition import build_services
from app.database import create_engine
from app.identifiers import AccountNumbers
from app.main import create_app
from app.models.identity.session import ABSOLUTE_LIFETIME, IDLE_LIFETIME, PREDECESSOR_GRACE, Session
from app.models.limits import Limits
from app.origin import Origin
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.security.session_tokens import SessionTokens, Tokens
from app.services import Services
from app.services.context import Context
from tests.databases import Databases, SavepointDatabase
from tests.factories.people import sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock

TABS: Final = 10
GRACE_SECONDS: Final = int(PREDECESSOR_GRACE.total_seconds())
THIEVES: Final = st.sampled_from(["elsewhere", "with everything"])
SECRET: Final = SecretKey("a secret key for the machine, 32 bytes")


class World:
    """The application on a database of its own, in a loop of its own: machines are not async."""

    def __init__(self, url: URL, limits: Limits, access_tokens: AccessTokens) -> None:
        self.runner = asyncio.Runner()
        self.clock = FrozenClock()
        self._engine = create_engine(url.render_as_string(hide_password=False))
        self._passwords = PasswordHasher(threads=1)
        self._limits = limits
        self._access_tokens = access_tokens
        self._app = create_app(cast("Services", None))
        self._connection: AsyncConnection | None = None
        self._everything: AsyncTransaction | None = None

    async def begin(self) -> tuple[AsyncClient, Tokens]:
        """Return a client and the tokens of somebody who has just signed in."""
        self.clock.moment = FrozenClock().moment
        self._connection = await self._engine.connect()
        self._everything = await self._connection.begin()
        database = SavepointDatabase(self._connection)
        self._app.state.services = build_services(
            Context.of(database=database, clock=self.clock, secret_key=SECRET, limits=self._limits),
            passwords=self._passwords,
            access_tokens=self._access_tokens,
            account_numbers=AccountNumbers(r"\d{4,12}"),
        )
        owner = await sign_in(database, self._access_tokens, await create_company(database))
        started, tokens = Session.start(
            owner.member,
            session_tokens=SessionTokens(access_tokens=self._access_tokens, secret_key=SECRET),
            origin=Origin(address=None, device=None),
            now=self.clock.now(),
        )
        async with database.begin() as transaction:
            transaction.add(started)
        transport = ASGITransport(self._app)
        client = AsyncClient(transport=transport, base_url="http://cabinet")
        return client, tokens

    async def end(self) -> None:
        if self._everything is not None and self._connection is not None:
            await self._everything.rollback()
            await self._connection.close()

    def close(self) -> None:
        self.runner.run(self._engine.dispose())
        self.runner.close()
        self._passwords.close()


class Refreshing(RuleBasedStateMachine):
    """An honest client, whose answers get lost, and a thief who has copied a refresh token."""

    world: ClassVar[World]
    sends_token: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        self.client: AsyncClient
        self.client, tokens = self._run(self.world.begin())
        self.token = tokens.refresh_token
        self.honest = {"User-Agent": "honest"}
        if self.sends_token:
            assert tokens.device_token is not None
            self.honest["X-Device-Token"] = tokens.device_token
        self.created_at = self.seen_at = self.rotated_at = self.world.clock.now()
        self.generation, self.predecessor = 0, -1
        self.rotated_by: dict[str, str] = {}
        self.is_alive = True
        self.stolen: str | None = None
        self.thief_was_here = False
        self.is_waiting = False
        """The answer got lost. A client without a device's token asks again within half a minute;
        another one may sleep first."""

    def _run(self, work: Any) -> Any:
        return self.world.runner.run(work)

    @override
    def teardown(self) -> None:
        self._run(self.client.aclose())
        self._run(self.world.end())

    @rule()
    def refresh(self) -> None:
        """The honest client refreshes, and has the answer."""
        self._present(self.token, self.honest)

    @precondition(lambda self: self.sends_token or not self.is_waiting)
    @rule()
    def refresh_and_lose_the_answer(self) -> None:
        before = self.token
        self._present(self.token, self.honest)
        self.token, self.is_waiting = before, self.is_alive

    @rule()
    def refresh_in_ten_tabs_at_once(self) -> None:
        self._present(self.token, self.honest, times=TABS)

    @precondition(lambda self: self.sends_token or not self.is_waiting)
    @rule(seconds=st.sampled_from([1, GRACE_SECONDS, GRACE_SECONDS + 1, 3600, 86_400 * 6]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))

    @precondition(lambda self: self.is_waiting)
    @rule(seconds=st.integers(1, GRACE_SECONDS // 2))
    def a_moment_passes(self, seconds: int) -> None:
        if self.now + timedelta(seconds=seconds) <= self.rotated_at + PREDECESSOR_GRACE:
            self.world.clock.advance(timedelta(seconds=seconds))

    @rule()
    def steal(self) -> None:
        """A thief copies what lies in the honest client's storage."""
        self.stolen = self.token

    @precondition(lambda self: self.stolen is not None)
    @rule(thief=THIEVES)
    def the_thief_refreshes(self, thief: str) -> None:
        assert self.stolen is not None
        self.thief_was_here = True
        self._present(self.stolen, self._thiefs(thief), is_thief=True)

    @precondition(lambda self: self.is_alive and not self.is_waiting)
    @rule(thief=THIEVES)
    def a_thief_in_lock_step_is_found_within_one_rotation(self, thief: str) -> None:
        self.stolen = self.token
        self.the_thief_refreshes(thief)
        self.world.clock.advance(PREDECESSOR_GRACE + timedelta(seconds=1))
        self._present(self.token, self.honest)
        self._present(self.stolen, self._thiefs(thief), is_thief=True)
        assert not self.is_alive

    @precondition(lambda self: not self.is_waiting)
    @rule(first=st.sampled_from(["honest", "thief"]), seconds=st.integers(0, GRACE_SECONDS))
    def a_thief_within_the_grace_is_found_at_once(self, first: str, seconds: int) -> None:
        """Only who has all that the client stored is taken for the client."""
        self.thief_was_here = True
        token, order = self.token, [self.honest, self._thiefs("elsewhere")]
        for device in order[::-1] if first == "thief" else order:
            self._present(token, device, is_thief=device is not self.honest)
            self.world.clock.advance(timedelta(seconds=seconds))
        assert not self.is_alive

    @invariant()
    def an_honest_client_alone_stays_signed_in(self) -> None:
        if not self.thief_was_here and not self._is_expired:
            assert self.is_alive

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    @property
    def _is_expired(self) -> bool:
        too_old = self.now >= self.created_at + ABSOLUTE_LIFETIME
        return too_old or self.now >= self.seen_at + IDLE_LIFETIME

    def _thiefs(self, thief: str) -> dict[str, str]:
        return self.honest if thief == "with everything" else {"User-Agent": "thief"}

    def generation_of(self, token: str) -> int:
        return SECRET.read_refresh_token(token)[2]

    def _present(
        self, token: str, device: dict[str, str], *, times: int = 1, is_thief: bool = False
    ) -> None:
        """Compare the answers with what the rules say, and go on from there."""
        expected = self._expected(self.generation_of(token), device)
        answers: list[Response] = self._run(self._send(token, device, times))
        assert {answer.status_code for answer in answers} == {200 if expected else 401}
        if not expected:
            self.is_alive = self.is_waiting = False
            assert {answer.json()["code"] for answer in answers} == {"session_ended"}
            return
        [successor] = {answer.json()["refresh_token"] for answer in answers}
        assert self.generation_of(successor) == self.generation
        if is_thief:
            self.stolen = successor
        else:
            self.token, self.is_waiting = successor, False

    def _expected(self, generation: int, device: dict[str, str]) -> bool:
        if not self.is_alive or self._is_expired:
            return False
        if generation != self.generation:
            if generation != self.predecessor or device != self.rotated_by:
                return False
            if self.now <= self.rotated_at + PREDECESSOR_GRACE:
                return True
            if "X-Device-Token" not in device:
                return False
        self.generation, self.predecessor = self.generation + 1, generation
        self.rotated_at = self.seen_at = self.now
        self.rotated_by = device
        return True

    async def _send(self, token: str, device: dict[str, str], times: int) -> list[Response]:
        body = {"refresh_token": token}
        path = "/v1/sessions/refresh"
        asking = (self.client.post(path, json=body, headers=device) for _ in range(times))
        return list(await asyncio.gather(*asking))


@pytest.mark.parametrize("client", ["sends its token", "sends none"])
async def test_honest_clients_stay_signed_in_and_thieves_are_found(
    databases: Databases, limits: Limits, access_tokens: AccessTokens, client: str
) -> None:
    Refreshing.sends_token = client == "sends its token"
    async with databases.lend() as own:
        await asyncio.to_thread(_explore, World(own.url, limits, access_tokens))


def _explore(world: World) -> None:
    Refreshing.world = world
    try:
        run_state_machine_as_test(
            Refreshing,
            settings=settings(
                max_examples=25,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        world.close()
