"""Customers, the register load and reviews write about the same registers at once."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text

from app.database import Database
from app.errors import Conflict
from app.identifiers import AccountNumbers
from app.models.customers.account import Account
from app.models.customers.organization import Organization
from app.models.metering.meter import Meter
from app.models.metering.reading import CURRENT, Reading
from app.models.metering.reading_review import Outcome
from app.models.metering.register import Register
from app.security.access_tokens import AccessTokens
from app.services.metering.reading_reviews import ReadingReviewService
from app.services.registry.load import RegistryService
from tests.factories.people import SignedIn, act, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.registry.exports import METER, Export
from tests.steps.metering.submitting import shows, submit

pytestmark = pytest.mark.committing

WINDOW_OPEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock'"
)
SUBMISSIONS, LOADS, DECISIONS = 40, 6, 40
RANDOM = Random(9)  # noqa: S311 - not a secret, but the same each time


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(WINDOW_OPEN)


def export(*read: tuple[str, str, str]) -> Export:
    """Return steady months up to October, and what the operator has read since: day, value, event.

    Nobody knows of the other loads: one of them may take the place of another's value.
    """
    made = Export()
    made.rows["readings"] = [
        [METER, "1.8.0", f"2026-{month:02}-01", f"{100 * month}", "actual", "operator"]
        for month in range(5, 12)
    ]
    made.add_column("readings", "event")
    for day, value, event in read:
        made.add("readings", METER, "1.8.0", day, value, "actual", "operator", event)
    return made


@pytest.fixture
def registry(database: Database, clock: FrozenClock) -> RegistryService:
    return RegistryService(
        database=database, clock=clock, account_numbers=AccountNumbers(r"\d{4,12}")
    )


@pytest.fixture
def reviews(database: Database, clock: FrozenClock) -> ReadingReviewService:
    return ReadingReviewService(database=database, clock=clock)


async def load(registry: RegistryService, folder: Path, made: Export) -> None:
    await asyncio.to_thread(folder.mkdir)
    await registry.load(made.write(folder), skip_bad=False, progress=lambda *_: None)


@pytest.fixture
async def company(database: Database, registry: RegistryService, tmp_path: Path) -> Company:
    await load(registry, tmp_path / "first", export())
    async with database.begin() as session:
        return Company(
            (await session.scalars(select(Organization))).one(),
            (await session.scalars(select(Account))).one(),
            (await session.scalars(select(Meter))).one(),
            list(await session.scalars(select(Register))),
        )


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    owner = await sign_in(database, access_tokens, company)
    token = access_tokens.issue(owner.credentials, now=WINDOW_OPEN)
    owner.headers = {"Authorization": f"Bearer {token}"}
    return owner


@pytest.mark.parametrize(("day", "event"), [("2026-11-30", "control"), ("2026-12-01", "periodic")])
async def test_whoever_writes_builds_on_what_the_others_have_written(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    registry: RegistryService,
    reviews: ReadingReviewService,
    tmp_path: Path,
    day: str,
    event: str,
) -> None:
    async def hand_in() -> int:
        value = RANDOM.choice([RANDOM.randint(1150, 1300), RANDOM.randint(3000, 9000)])
        answer = await submit(
            client, owner, company, shows(company, str(value)), confirm_unusual=True
        )
        return answer.status_code

    async def decide() -> None:
        await asyncio.sleep(RANDOM.random() / 4)
        for waiting in await reviews.waiting(limit=5):
            outcome = RANDOM.choice(list(Outcome))
            try:
                await reviews.decide(waiting.id, outcome, act=act())
            except Conflict:
                continue  # somebody has replaced it or decided about it meanwhile

    async def load_again(number: int) -> None:
        await asyncio.sleep(RANDOM.random() / 10)
        made = export((day, f"{1100 + number}", event))
        await load(registry, tmp_path / str(number), made)

    _, statuses, _ = await asyncio.gather(
        asyncio.gather(*(load_again(number) for number in range(LOADS))),
        asyncio.gather(*(hand_in() for _ in range(SUBMISSIONS))),
        asyncio.gather(*(decide() for _ in range(DECISIONS))),
    )

    assert set(statuses) <= {200, 201, 409, 422}
    async with database.begin() as session:
        readings = await session.scalars(select(Reading).order_by(Reading.read_on, Reading.version))
        assert_consistent(list(readings))


async def test_a_load_leaves_what_was_written_while_it_judged(
    database: Database, company: Company, registry: RegistryService, tmp_path: Path
) -> None:
    register = company.register
    async with database.begin() as transaction:
        held = await transaction.get_one(
            Register, (register.organization_id, register.id), with_for_update={"key_share": True}
        )
        made = export(("2026-12-01", "1101", "periodic"))
        loading = asyncio.create_task(load(registry, tmp_path / "late", made))
        await until_somebody_waits(database)
        held.revision += 1
        transaction.add(submitted_reading(register))
    await loading

    async with database.begin() as transaction:
        found = await transaction.scalars(
            select(Reading).where(Reading.read_on == date(2026, 12, 1))
        )
        assert [(reading.value, reading.status) for reading in found] == [
            (Decimal(1150), "accepted")
        ]


async def until_somebody_waits(database: Database) -> None:
    for _ in range(200):
        async with database.begin() as transaction:
            if await transaction.scalar(WAITING):
                return
        await asyncio.sleep(0.05)
    pytest.fail("the load did not come to the locked register")


def submitted_reading(register: Register) -> Reading:
    return Reading(
        organization_id=register.organization_id,
        register_id=register.id,
        read_on=date(2026, 12, 1),
        version=1,
        period=date(2026, 11, 1),
        value=Decimal(1150),
        taken_at=WINDOW_OPEN,
        submitted_at=WINDOW_OPEN,
        source="cabinet",
        kind="actual",
        status="accepted",
    )


def assert_consistent(readings: list[Reading]) -> None:
    """Each day has one value that stands; the register only counts up; what is replaced is gone."""
    current = [reading for reading in readings if reading.status in CURRENT]
    accepted = [reading.value for reading in current if reading.status == "accepted"]
    by_id: dict[UUID, Reading] = {reading.id: reading for reading in readings}

    assert len(current) == len({reading.read_on for reading in current})
    assert accepted == sorted(accepted)
    for reading in readings:
        if reading.supersedes is not None:
            assert by_id[reading.supersedes].version < reading.version
            assert by_id[reading.supersedes].status not in CURRENT
