"""The operator loads the register while its customer submits for the same registers.

Both write the readings that close November. Nobody is told to come back, no value that somebody was
told is recorded is lost, and PostgreSQL meets no deadlock (asked where the database is taken back).
"""

import asyncio
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.customers.account import Account
from app.models.customers.organization import Organization
from app.models.metering.meter import Meter
from app.models.metering.reading import CURRENT, Reading
from app.models.metering.register import Register
from app.security.access_tokens import AccessTokens
from app.services.registry.load import RegistryService
from tests.factories.people import headers_at, sign_in
from tests.factories.registry import Company
from tests.races.registry.conftest import SECOND_OF_DECEMBER
from tests.registry.conftest import ignore
from tests.registry.exports import METER, Export

pytestmark = pytest.mark.committing

CODES = [f"1.8.{number}" for number in range(8)]
SUBMISSIONS = 60
SECONDS = 3.0
"""About as long as the loads take."""
ACCEPTED = {200, 201, 409, 422}
"""Recorded, the same as stands, or judged: the operator's own value may stand, and be larger."""


def export(*, october: int, november: int = 0) -> Export:
    """Return the meter with its registers; of November there are values of the first so many."""
    made = Export()
    made.rows["registers"] = [
        [METER, code, "active_import", "total", "6", "2", "1"] for code in CODES
    ]
    values = [(code, "2026-11-01", october) for code in CODES]
    values += [(code, "2026-12-01", 1500 + november) for code in CODES[:november]]
    made.rows["readings"] = [
        [METER, code, day, str(value), "actual", "operator"] for code, day, value in values
    ]
    return made


async def loaded_company(database: Database) -> Company:
    async with database.begin() as transaction:
        registers = list(await transaction.scalars(select(Register)))
        return Company(
            organization=(await transaction.scalars(select(Organization))).one(),
            account=(await transaction.scalars(select(Account))).one(),
            meter=(await transaction.scalars(select(Meter))).one(),
            registers=registers,
        )


async def readings_of(database: Database) -> dict[tuple[UUID, Any], list[Reading]]:
    """Return what was recorded, in the order of its versions, by register and day."""
    found = defaultdict(list)
    async with database.begin() as transaction:
        for reading in await transaction.scalars(select(Reading).order_by(Reading.version)):
            found[reading.register_id, reading.read_on].append(reading)
    return found


def require_chain(versions: list[Reading]) -> None:
    """Each supersedes the one before, and the last one stands."""
    assert [each.version for each in versions] == list(range(1, len(versions) + 1))
    assert [each.supersedes for each in versions[1:]] == [each.id for each in versions[:-1]]
    assert [each.status in CURRENT for each in versions].index(True) == len(versions) - 1


@dataclass
class Race:
    client: AsyncClient
    registry: RegistryService
    directory: Path
    company: Company
    headers: dict[str, str]
    chance: random.Random

    async def load(self, **values: int) -> int:
        """Load the register and return how many readings it recorded."""
        directory = export(**values).write(self.directory)
        done = await self.registry.load(directory, skip_bad=False, progress=ignore)
        assert done.files[-1].refused == 0
        return done.files[-1].added + done.files[-1].changed

    async def load_again_and_again(self) -> int:
        """Correct October, and give the values of November register after register."""
        return sum(
            [
                await self.load(october=1000 + number % 2, november=number)
                for number in range(1, len(CODES) + 1)
            ]
        )

    async def submit(self, number: int) -> tuple[int, list[str]]:
        """Submit for some registers, and return the ids of what is said to be recorded."""
        registers = self.chance.sample(self.company.registers, k=self.chance.randint(1, 3))
        await asyncio.sleep(number * SECONDS / SUBMISSIONS)
        answer = await self.client.post(
            f"/v1/accounts/{self.company.account.id}/readings",
            json={
                "readings": [
                    {"register_id": str(each.id), "value": str(1100 + number)} for each in registers
                ],
                "confirm_unusual": True,
            },
            headers=self.headers,
        )
        is_recorded = answer.status_code == 201
        ids = [item["id"] for item in answer.json()["items"]] if is_recorded else []
        return answer.status_code, ids


@pytest.fixture
async def race(
    client: AsyncClient,
    database: Database,
    registry: RegistryService,
    access_tokens: AccessTokens,
    tmp_path: Path,
) -> Race:
    first = export(october=1000).write(tmp_path)
    await registry.load(first, skip_bad=False, progress=ignore)
    company = await loaded_company(database)
    owner = await sign_in(database, access_tokens, company)
    headers = headers_at(access_tokens, owner, SECOND_OF_DECEMBER)
    chance = random.Random(7)  # noqa: S311 - the same race each time
    return Race(client, registry, tmp_path, company, headers, chance)


async def test_no_value_is_lost_and_nobody_waits_in_vain(database: Database, race: Race) -> None:
    submitting = asyncio.gather(*(race.submit(number) for number in range(SUBMISSIONS)))
    loaded = await race.load_again_and_again()
    answers = await submitting

    statuses = Counter(status for status, _ in answers)
    assert statuses.keys() <= ACCEPTED, statuses
    assert statuses[201] > 1, "some were recorded, so that there was a race"
    found = await readings_of(database)
    recorded = {str(reading.id) for versions in found.values() for reading in versions}
    assert {each for _, ids in answers for each in ids} <= recorded
    operators = [
        each for versions in found.values() for each in versions if each.source == "operator"
    ]
    assert len(operators) == len(CODES) + loaded
    for versions in found.values():
        require_chain(versions)
