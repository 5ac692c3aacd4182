"""The operator loads other days of a meter while its customer submits for it.

The submission has looked at the register when the load commits; it must not record what the
register as it is now refuses.
"""

import asyncio
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text

from app.database import Database
from app.models.metering.register import Register
from app.security.access_tokens import AccessTokens
from app.services.registry.load import RegistryService
from tests.factories.people import headers_at, sign_in
from tests.faults.locks import until_somebody_waits
from tests.races.registry.conftest import SECOND_OF_DECEMBER
from tests.races.registry.test_load_and_submit import export, loaded_company, readings_of
from tests.registry.conftest import ignore

pytestmark = pytest.mark.committing

HOLD_MEMBERS = text("SELECT 1 FROM members FOR UPDATE")
"""Where a submission waits that has looked already, before it locks a register."""


@pytest.mark.parametrize(
    ("file", "column", "cell", "answer"),
    [
        ("meters", "removed_on", "2026-11-01", (409, "meter_removed")),
        ("meters", "installed_on", "2026-12-01", (409, "meter_not_installed")),
        ("meters", "is_remote", "true", (409, "register_is_remote")),
        ("meters", "verification_due_on", "2026-10-01", (409, "reading_unusual")),
        ("metering_points", "valid_from", "2026-12-01", (409, "meter_not_installed")),
        ("metering_points", "address", "м. Київ, вул. Садова, 2", (201, None)),
    ],
)
async def test_a_submission_meets_the_meter_as_it_is_loaded(
    client: AsyncClient,
    database: Database,
    registry: RegistryService,
    access_tokens: AccessTokens,
    tmp_path: Path,
    file: str,
    column: str,
    cell: str,
    answer: tuple[int, str | None],
) -> None:
    before = export(october=1000).add_column("metering_points", "valid_from")
    before.rows["registers"], before.rows["readings"] = before.rows["registers"][:1], []
    await registry.load(before.write(tmp_path), skip_bad=False, progress=ignore)
    company = await loaded_company(database)
    owner = await sign_in(database, access_tokens, company)
    headers = headers_at(access_tokens, owner, SECOND_OF_DECEMBER)
    value = {"register_id": str(company.register.id), "value": "1100"}
    url = f"/v1/accounts/{company.account.id}/readings"

    async with database.begin() as transaction:
        await transaction.execute(HOLD_MEMBERS)
        submitting = asyncio.create_task(
            client.post(url, json={"readings": [value]}, headers=headers)
        )
        await until_somebody_waits(database)
        before.put(file, 0, column, cell)
        loaded = await registry.load(before.write(tmp_path), skip_bad=False, progress=ignore)
        assert sum(of.changed for of in loaded.files) == 1
    submitted = await submitting

    assert (submitted.status_code, submitted.json().get("code")) == answer
    assert len(await readings_of(database)) == (1 if answer[0] == 201 else 0)


async def test_a_load_that_changes_nothing_raises_no_revision(
    database: Database, registry: RegistryService, tmp_path: Path
) -> None:
    same = export(october=1000).write(tmp_path)
    await registry.load(same, skip_bad=False, progress=ignore)
    before = await revisions(database)

    await registry.load(same, skip_bad=False, progress=ignore)

    assert await revisions(database) == before


async def revisions(database: Database) -> list[int]:
    async with database.begin() as transaction:
        found = await transaction.scalars(select(Register.revision).order_by(Register.id))
        return list(found)
