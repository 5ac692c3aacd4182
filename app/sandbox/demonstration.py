"""The demonstration register: loaded into an empty database, as fresh as today."""

import csv
from calendar import monthrange
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.adapters.service_catalogue import read_catalogue
from app.clock import Clock, kyiv_date
from app.database import Database, create_engine
from app.identifiers import AccountNumbers
from app.models.period import Period
from app.origin import OperatorAct
from app.sandbox.bills import HABITS, bill_last_year
from app.sandbox.companies import (
    CompanyOnShow,
    CompanyToTry,
    SandboxCompaniesRepository,
)
from app.sandbox.order_staff import slots_ahead
from app.services.orders.catalogue import CatalogueService
from app.services.orders.slots import SlotService
from app.services.registry.load import RegistryService

REGISTER: Final = Path(__file__).with_name("register")
READINGS: Final = "readings.csv"
DATES: Final = frozenset(
    {"contract_date", "installed_on", "removed_on", "verification_due_on", "taken_on"}
)
MOST_TRIED: Final = 3
MOST_SHOWN: Final = 100
ACCOUNT_NUMBERS: Final = AccountNumbers(r"\d{10}")


async def ensure_loaded(database_url: str, *, clock: Clock | None = None) -> bool:
    """Load the register unless the database has customers already; tell whether it was loaded."""
    clock = clock or Clock()
    today = kyiv_date(clock.now())
    async with _opened(database_url) as database:
        async with database.begin() as transaction:
            if await SandboxCompaniesRepository(transaction).has_any():
                return False
        registry = RegistryService(database=database, clock=clock, account_numbers=ACCOUNT_NUMBERS)
        with TemporaryDirectory() as directory:
            write_shifted(Path(directory), today=today)
            await registry.load(Path(directory), skip_bad=False, progress=_unseen)
        catalogue = CatalogueService(database=database, clock=clock)
        await catalogue.load(read_catalogue(), OperatorAct("sandbox", "the default catalogue"))
        slots, act = list(slots_ahead(today)), OperatorAct("sandbox", "the default plan")
        await SlotService(database=database, clock=clock).load(slots, act)
        numbers = await _numbers_to_bill(database)
        await bill_last_year(database, numbers, now=clock.now())
    return True


async def _numbers_to_bill(database: Database) -> list[str]:
    """Return the accounts that somebody is told to try, then others of the same companies."""
    async with database.begin() as transaction:
        companies = SandboxCompaniesRepository(transaction)
        tried = await companies.list_to_try(MOST_TRIED)
        shown = await companies.list_on_show(MOST_SHOWN)
    tax_ids = {each.tax_id for each in tried}
    others = [number for each in shown if each.tax_id in tax_ids for number in each.account_numbers]
    return list(dict.fromkeys([*(each.account_number for each in tried), *others]))[: len(HABITS)]


async def companies_to_try(database_url: str, limit: int = MOST_TRIED) -> Sequence[CompanyToTry]:
    """Return companies that can sign up at once, those with the most to look at first."""
    async with _opened(database_url) as database, database.begin() as transaction:
        return await SandboxCompaniesRepository(transaction).list_to_try(limit)


async def demonstration_companies(
    database: Database, limit: int = MOST_SHOWN
) -> Sequence[CompanyOnShow]:
    """Return the companies of the register, for the sandbox's own page."""
    async with database.begin() as transaction:
        return await SandboxCompaniesRepository(transaction).list_on_show(limit)


def write_shifted(target: Path, *, today: date, source: Path = REGISTER) -> None:
    """Write the register with all dates moved so that its newest readings are this month's."""
    months = Period.containing(today).months_since(Period.containing(_newest_reading(source)))
    for path in sorted(source.glob("*.csv")):
        _shift_file(path, target / path.name, months=months)


def shifted(day: date, months: int) -> date:
    """Return the same day of another month, or its last day when it is a shorter one."""
    month = Period.containing(day).shifted(months)
    return date(month.year, month.month, min(day.day, monthrange(month.year, month.month)[1]))


def _newest_reading(source: Path) -> date:
    with (source / READINGS).open(encoding="utf-8", newline="") as file:
        return max(date.fromisoformat(row["taken_on"]) for row in csv.DictReader(file))


def _shift_file(source: Path, target: Path, *, months: int) -> None:
    with (
        source.open(encoding="utf-8", newline="") as rows,
        target.open("w", encoding="utf-8", newline="") as shifted_rows,
    ):
        reader = csv.DictReader(rows)
        writer = csv.DictWriter(shifted_rows, reader.fieldnames or ())
        writer.writeheader()
        for row in reader:
            moved = {
                column: shifted(date.fromisoformat(row[column]), months).isoformat()
                for column in DATES & row.keys()
                if row[column]
            }
            writer.writerow(row | moved)


def _unseen(_step: str, _done: int, _total: int) -> None:
    """Two thousand rows are loaded before anybody could read a progress bar."""


@asynccontextmanager
async def _opened(database_url: str) -> AsyncIterator[Database]:
    database = Database(create_engine(database_url, pool_size=1, longest_silence=None))
    try:
        yield database
    finally:
        await database.close()
