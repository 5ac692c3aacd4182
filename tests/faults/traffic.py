"""Members who hand in readings without a pause, and a journal of what they were promised."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from uuid import UUID

from httpx import AsyncClient, Response
from sqlalchemy import select

from app.database import Database
from app.models.metering.reading import MOST_CORRECTIONS, Reading
from app.models.metering.register import Register
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from tests.conftest import ISSUER
from tests.factories.keys import new_signing_key
from tests.factories.people import PASSWORD, SignedIn, sign_in
from tests.factories.registry import Company, create_company, create_meter, create_register

LONGEST_ANSWER = 6.0
"""Seconds: a wait for a place (1), a connection that is refused, and a slow machine."""


Step = Callable[[AsyncClient], Coroutine[None, None, Response]]


@dataclass
class Writer:
    company: Company
    owner: SignedIn
    registers: Sequence[Register]
    submitted: int = 0

    async def submit(self, client: AsyncClient) -> Response:
        # Beyond so many corrections of one month it is the next register's turn; after the last
        # one the same is handed in again.
        each = MOST_CORRECTIONS - 1
        turn = min(self.submitted, len(self.registers) * each - 1)
        self.submitted += 1
        reading = {
            "register_id": str(self.registers[turn // each].id),
            "value": str(1001 + turn % each),
        }
        return await client.post(
            f"/v1/accounts/{self.company.account.id}/readings",
            json={"readings": [reading]},
            headers=self.owner.headers,
        )

    async def look(self, client: AsyncClient) -> Response:
        return await client.get(
            f"/v1/accounts/{self.company.account.id}/reading-form", headers=self.owner.headers
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """What it does in turn."""
        return (self.submit, self.look)


@dataclass
class Journal:
    promised: dict[UUID, str] = field(default_factory=dict)
    """The readings that were answered with 2xx, and their values."""
    answers: Counter[int] = field(default_factory=Counter)
    refusals: list[Response] = field(default_factory=list)
    slowest: float = 0.0

    def note(self, response: Response, seconds: float) -> None:
        self.answers[response.status_code] += 1
        self.slowest = max(self.slowest, seconds)
        if not response.is_success:
            self.refusals.append(response)
            return
        for item in response.json().get("items", []):
            self.promised[UUID(item["id"])] = item["value"]

    @property
    def successes(self) -> int:
        return self.answers.total() - len(self.refusals)

    async def lost(self, database: Database) -> dict[UUID, str]:
        """Return what was promised and is not there."""
        async with database.begin() as transaction:
            kept = await transaction.execute(
                select(Reading.id, Reading.value).where(Reading.source == "cabinet")
            )
            standing = {row.id: f"{row.value:f}" for row in kept}
        return {
            reading_id: value
            for reading_id, value in self.promised.items()
            if standing.get(reading_id) != value
        }


async def hire_members(
    database: Database, passwords: PasswordHasher, client: AsyncClient, *, count: int
) -> list[Writer]:
    """Return members who sign in themselves, where the clock is the real one."""
    password_hash = await passwords.hash(PASSWORD)
    return [await _hire_member(database, password_hash, client) for _ in range(count)]


async def _hire_member(database: Database, password_hash: str, client: AsyncClient) -> Writer:
    company = await create_company(database)
    # Its own session is of the tests' frozen time; the one it opens now is what counts.
    nobody = AccessTokens(keys_pem=new_signing_key(), issuer=ISSUER)
    owner = await sign_in(database, nobody, company, password_hash=password_hash)
    body = {"phone": owner.member.phone, "password": PASSWORD}
    tokens = (await client.post("/v1/sessions", json=body)).json()
    owner.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return Writer(company, owner, [company.register])


async def hire_writers(
    database: Database, access_tokens: AccessTokens, *, count: int, registers: int = 1
) -> list[Writer]:
    return [await _hire_writer(database, access_tokens, registers) for _ in range(count)]


async def _hire_writer(database: Database, access_tokens: AccessTokens, registers: int) -> Writer:
    company = await create_company(database)
    more = [
        await create_register(database, await create_meter(database, company.account))
        for _ in range(registers - 1)
    ]
    owner = await sign_in(database, access_tokens, company)
    return Writer(company, owner, [company.register, *more])


@asynccontextmanager
async def traffic(
    client: AsyncClient, writers: Sequence[Writer], *, reading_too: bool = False
) -> AsyncIterator[Journal]:
    """Let everybody work until the block ends, then wait for the last answers."""
    journal, stop = Journal(), asyncio.Event()

    async def work(writer: Writer) -> None:
        for step in cycle(writer.steps if reading_too else writer.steps[:1]):
            started = time.monotonic()
            response = await step(client)
            journal.note(response, time.monotonic() - started)
            if stop.is_set():
                return
            # Refusals come at once; nobody would hammer on.
            await asyncio.sleep(0 if response.is_success else 0.05)

    async with asyncio.TaskGroup() as tasks:
        for writer in writers:
            tasks.create_task(work(writer))
        try:
            yield journal
        finally:
            stop.set()


async def until_answered(journal: Journal, *, more: int, patience: float = 10.0) -> float:
    """Wait until so many more requests have succeeded; return the seconds that took."""
    return await _until(lambda: journal.successes, more, patience)


async def until_refused(journal: Journal, *, more: int, patience: float = 10.0) -> float:
    """Wait until so many more requests have been refused; return the seconds that took."""
    return await _until(lambda: len(journal.refusals), more, patience)


async def _until(count: Callable[[], int], more: int, patience: float) -> float:
    started, before = time.monotonic(), count()
    async with asyncio.timeout(patience):
        while count() < before + more:  # noqa: ASYNC110 - the writers tell nobody
            await asyncio.sleep(0.005)
    return time.monotonic() - started
