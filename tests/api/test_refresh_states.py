"""Refreshing, as a machine of states: honest clients stay signed in, thieves are found (A6)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, cast

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

from app.database import create_engine
from app.identifiers import AccountNumbers
from app.main import create_app
from app.models import Session
from app.models.limits import Limits
from app.models.reading_window import WindowRule
from app.models.session import ABSOLUTE_LIFETIME, IDLE_LIFETIME, PREDECESSOR_GRACE
from app.origin import Origin
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.security.session_tokens import SessionTokens
from app.services import Rules, Services, build_services
from tests.databases import Databases, SavepointDatabase
from tests.factories.people import sign_in
from tests.factories.registry import create_company
from tests.fakes.clock import FrozenClock

TABS: Final = 10
GRACE_SECONDS: Final = int(PREDECESSOR_GRACE.total_seconds())
SECRET: Final = SecretKey("a secret key for the machine, 32 bytes")


class World:
    """The application on a database of its own, in a loop of its own: machines are not async."""

    def __init__(self, url: URL, rules: Rules, access_tokens: AccessTokens) -> None:
        self.runner = asyncio.Runner()
        self.clock = FrozenClock()
        self._engine = create_engine(url.render_as_string(hide_password=False))
        self._passwords = PasswordHasher(threads=1)
        self._rules = rules
        self._access_tokens = access_tokens
        self._app = create_app(cast("Services", None))
        self._connection: AsyncConnection | None = None
        self._everything: AsyncTransaction | None = None

    async def begin(self) -> tuple[AsyncClient, str]:
        """Return a client and the refresh token of somebody who has just signed in."""
        self.clock.moment = FrozenClock().moment
        self._connection = await self._engine.connect()
        self._everything = await self._connection.begin()
        database = SavepointDatabase(self._connection)
        self._app.state.services = build_services(
            database=database,
            clock=self.clock,
            passwords=self._passwords,
            secret_key=SECRET,
            access_tokens=self._access_tokens,
            rules=self._rules,
        )
        owner = await sign_in(database, self._access_tokens, await create_company(database))
        started, tokens = Session.start(
            owner.member,
            session_tokens=SessionTokens(access_tokens=self._access_tokens, secret_key=SECRET),
            origin=Origin(address=None, device=None),
            now=self.clock.now(),
        )
        async with database.begin() as session:
            session.add(started)
        transport = ASGITransport(self._app)
        client = AsyncClient(transport=transport, base_url="http://cabinet")
        return client, tokens.refresh_token

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

    def __init__(self) -> None:
        super().__init__()
        self.client, self.token = self._run(self.world.begin())
        now = self.world.clock.now()
        self.created_at = self.seen_at = self.rotated_at = now
        self.generation = 0
        self.is_alive = True
        self.stolen: str | None = None
        self.thief_was_here = False
        self.is_waiting = False
        """The answer got lost: an honest client asks again within half a minute."""

    def _run(self, work: Any) -> Any:
        return self.world.runner.run(work)

    @override
    def teardown(self) -> None:
        self._run(self.client.aclose())
        self._run(self.world.end())

    @rule()
    def refresh(self) -> None:
        """The honest client refreshes, and has the answer."""
        self._settle([self._post(self.token)], honest=True)

    @precondition(lambda self: not self.is_waiting)
    @rule()
    def refresh_and_lose_the_answer(self) -> None:
        before = self.token
        self._settle([self._post(self.token)], honest=True)
        self.token, self.is_waiting = before, self.is_alive

    @rule()
    def refresh_in_ten_tabs_at_once(self) -> None:
        async def all_tabs() -> list[Response]:
            return await asyncio.gather(*(self._send(self.token) for _ in range(TABS)))

        self._settle(self._run(all_tabs()), honest=True)

    @precondition(lambda self: not self.is_waiting)
    @rule(seconds=st.sampled_from([1, GRACE_SECONDS, GRACE_SECONDS + 1, 600, 86_400 * 6]))
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
    @rule()
    def the_thief_refreshes(self) -> None:
        assert self.stolen is not None
        answer = self._post(self.stolen)
        self.thief_was_here = True
        self._settle([answer], honest=False, presented=self.stolen)

    @precondition(lambda self: self.is_alive and not self.is_waiting)
    @rule()
    def a_thief_in_lock_step_is_found_within_one_rotation(self) -> None:
        self.stolen = self.token
        self.the_thief_refreshes()
        if not self.is_alive:
            return
        self.world.clock.advance(PREDECESSOR_GRACE + timedelta(seconds=1))
        honest, thief = self._post(self.token), self._post(self.stolen)
        assert [honest.status_code, thief.status_code] == [401, 401]
        self.is_alive = False

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

    def generation_of(self, token: str) -> int:
        return SECRET.read_refresh_token(token)[2]

    def _settle(
        self, answers: list[Response], *, honest: bool, presented: str | None = None
    ) -> None:
        """Compare the answers with what the rules say, and go on from there."""
        expected = self._expected(self.generation_of(presented or self.token))
        assert {answer.status_code for answer in answers} == {200 if expected else 401}
        if not expected:
            self.is_alive = self.is_waiting = False
            assert {answer.json()["code"] for answer in answers} == {"session_ended"}
            return
        [successor] = {answer.json()["refresh_token"] for answer in answers}
        assert self.generation_of(successor) == self.generation
        if honest:
            self.token, self.is_waiting = successor, False
        else:
            self.stolen = successor

    def _expected(self, generation: int) -> bool:
        if not self.is_alive or self._is_expired:
            return False
        if generation == self.generation:
            self.generation += 1
            self.rotated_at = self.seen_at = self.now
            return True
        in_grace = self.now <= self.rotated_at + PREDECESSOR_GRACE
        return generation == self.generation - 1 and in_grace

    def _post(self, token: str) -> Response:
        answer: Response = self._run(self._send(token))
        return answer

    async def _send(self, token: str) -> Response:
        body = {"refresh_token": token}
        answer: Response = await self.client.post("/v1/sessions/refresh", json=body)
        return answer


async def test_honest_clients_stay_signed_in_and_thieves_are_found(
    databases: Databases, limits: Limits, access_tokens: AccessTokens
) -> None:
    rules = Rules(
        account_numbers=AccountNumbers(r"\d{4,12}"),
        limits=limits,
        window_rule=WindowRule(opens_days_before=2, closes_on_day=3),
    )
    async with databases.lend() as own:
        await asyncio.to_thread(_explore, World(own.url, rules, access_tokens))


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
