"""What whoever bills reads of a settlement."""

from app.database import Database
from app.models.period import Period
from app.repositories.metering.settled_energy import SettledEnergy, SettledEnergyRepository
from app.repositories.metering.settling import BEFORE_ALL, AccountKey
from tests.factories.registry import create_company
from tests.steps.metering.settling import HISTORY, add_reading, settle_all

OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)


async def test_a_period_is_read_account_by_account_in_the_order_of_keys(
    database: Database,
) -> None:
    companies = [await create_company(database, history=HISTORY) for _ in range(3)]
    await settle_all(database)

    async with database.begin() as transaction:
        repository, after = SettledEnergyRepository(transaction), BEFORE_ALL
        found: list[SettledEnergy] = []
        while page := await repository.of_period(OCTOBER, after=after, most=2):
            found += page
            after = page[-1].key

    assert [each.key.account_id for each in found] == [each.account.id for each in companies]
    assert {(each.version, each.amount, each.voltage_class) for each in found} == {(1, 100, 2)}


async def test_the_newest_version_tells_the_whole_and_all_versions_the_differences(
    database: Database,
) -> None:
    company = await create_company(database, history=HISTORY)
    await settle_all(database)
    await add_reading(database, company, period="2026-11", value="2090", version=2)
    await settle_all(database)
    keys = [AccountKey(company.organization.id, company.account.id)]

    async with database.begin() as transaction:
        repository = SettledEnergyRepository(transaction)
        newest = await repository.of_accounts(keys, first=OCTOBER, last=NOVEMBER)
        every = await repository.versions(keys, first=NOVEMBER, last=NOVEMBER)

    assert [(each.period, each.amount) for each in newest] == [(OCTOBER, 100), (NOVEMBER, 90)]
    assert [each.difference for each in every] == [98, -8]
