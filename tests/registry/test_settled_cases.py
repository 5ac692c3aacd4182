"""Hard cases of metering, settled: the whole kWh that each account is billed for."""

from datetime import UTC, datetime

import pytest

from app.database import Database
from tests.registry.conftest import Rows
from tests.registry.test_hard_cases import FOLDER, loaded_by_command
from tests.registry.test_hard_cases import rows as rows_of
from tests.steps.metering.settling import settle_all

pytestmark = pytest.mark.committing

OCTOBER_IS_CLOSED = datetime(2026, 11, 4, 8, 0, tzinfo=UTC)


async def test_each_account_is_settled_to_the_kilowatthour(database: Database, rows: Rows) -> None:
    async with database.begin() as transaction:
        connection = await transaction.connection()
        url = connection.engine.url.render_as_string(hide_password=False)
    loaded = await loaded_by_command(url, FOLDER)
    assert loaded.exit_code == 0, loaded.stderr

    await settle_all(database, OCTOBER_IS_CLOSED)

    found = await rows(
        "SELECT a.account_number, sum(p.amount) AS kwh FROM settlements s"
        " JOIN accounts a ON a.organization_id = s.organization_id AND a.id = s.account_id"
        " JOIN settled_points p ON p.organization_id = s.organization_id"
        "  AND p.settlement_id = s.id AND p.energy = 'active_import'"
        " WHERE s.period = '2026-10-01' AND s.version = 1 GROUP BY 1"
    )
    settled = {each["account_number"]: str(each["kwh"]) for each in found}
    billed = {row["account_number"]: row["kwh"] for row in bills()}
    assert {number: settled.get(number) for number in billed} == billed


def bills() -> list[dict[str, str]]:
    return rows_of(FOLDER, "bills")
