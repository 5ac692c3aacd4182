"""Fill a migrated, empty database: companies, meters and 36 months of readings, made in SQL.

    DATABASE_URL=postgresql+asyncpg://... python -m benchmarks.fill [READINGS]

Everything has an id that its number tells, so that pgbench and the clients can name it:

    company n    owner n, session n, accounts 2n (one register) and 2n + 1 (three registers)
    account n    metering point n, meter n
    registers    4n of account 2n; 4n + 1, 4n + 2, 4n + 3 of account 2n + 1
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from app.clock import kyiv_date
from app.models.metering.reading_window import WindowRule
from app.models.metering.window_book import USUAL_GROUP, WindowBook
from app.models.period import Period
from app.security.passwords import ARGON2

MONTHS: Final = 36
REGISTERS_OF_A_COMPANY: Final = 4
MONTHLY: Final = 100
"""Units of a register in each month."""
PASSWORD: Final = "Qwer123!"  # noqa: S105 - opens companies that do not exist
WINDOW: Final = WindowRule(opens_days_before=31, closes_on_day=3)
"""Some period's window is open on every day."""

# All a statement's arguments: $1 companies, $2 now, $3 first period, $4 hash of the password.
STEPS: Final = (
    """INSERT INTO organizations (id, tax_id, name, registered_at, ownership_proven_at)
       SELECT {n}, lpad(n::text, 8, '0'), 'ТОВ «Приклад ' || n || '»', $2, $2 FROM {companies}""",
    """INSERT INTO members (organization_id, id, phone, role, locale, password_hash, created_at)
       SELECT {n}, {n}, '+38050' || lpad(n::text, 7, '0'), 'owner', 'uk', $4, $2
         FROM {companies}""",
    """INSERT INTO sessions (organization_id, id, member_id, generation, refresh_hash, rotated_at,
                             created_at, last_seen_at, expires_at)
       SELECT {n}, {n}, {n}, 0, '', $2, $2, $2, $2::timestamptz + interval '14 days'
         FROM {companies}""",
    """INSERT INTO accounts (organization_id, id, account_number, address, contract_number)
       SELECT {half}, {n}, lpad(n::text, 10, '0'), 'м. Київ, вул. Садова, ' || n, '1/1'
         FROM {accounts}""",
    """INSERT INTO account_links (organization_id, id, account_organization_id, account_id,
                                  linked_at)
       SELECT {half}, {n}, {half}, {n}, $2 FROM {accounts}""",
    """INSERT INTO metering_points (organization_id, id, account_id, eic, address)
       SELECT {half}, {n}, {n}, '62Z' || lpad(n::text, 12, '0') || 'X', 'м. Київ'
         FROM {accounts}""",
    """INSERT INTO meters (organization_id, id, metering_point_id, serial_number, model,
                           installed_on, verification_due_on, is_remote)
       SELECT {half}, {n}, {n}, lpad(n::text, 8, '0'), 'НІК 2303', '2015-01-01', '2099-01-01', false
         FROM {accounts}""",
    """INSERT INTO registers (organization_id, id, meter_id, code, energy, zone, digits, decimals,
                              multiplier)
       SELECT {quarter}, {n}, {meter}, '1.8.' || n % 4, 'active_import',
              (ARRAY['total', 'peak', 'half_peak', 'night'])[n % 4 + 1], 6, 1, 1
         FROM {registers}""",
    """INSERT INTO readings (organization_id, register_id, read_on, period, version, id, value,
                              taken_at, submitted_at, source, kind, status, findings)
       SELECT {quarter}, {n}, ($3::date + (m + 1) * interval '1 month')::date,
              ($3::date + m * interval '1 month')::date, 1, {reading},
              1000 + n % 977 + {monthly} * m, $2, $2, 'operator', 'actual', 'accepted', '{{}}'
         FROM {registers}, {months}""",
)

PARTS: Final = {
    "companies": "generate_series(1, $1::int) n",
    "accounts": "generate_series(2, 2 * $1::int + 1) n",
    "registers": "generate_series(4, 4 * $1::int + 3) n",
    "months": f"generate_series(0, {MONTHS - 1}) m",
    "monthly": str(MONTHLY),
}


def id_sql(number: str) -> str:
    """Return SQL for the id that a number tells; the number is SQL too."""
    return f"('00000000-0000-7000-8000-' || lpad(({number})::text, 12, '0'))::uuid"


def id_of(number: int) -> UUID:
    return UUID(f"00000000-0000-7000-8000-{number:012}")


def companies_for(readings: int) -> int:
    return max(readings // (MONTHS * REGISTERS_OF_A_COMPANY), 1)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - scripts have no use case to take the moment from


def open_period() -> Period:
    return WindowBook(usual=WINDOW).current(USUAL_GROUP, now()).period


def likely_value(register: int) -> Decimal:
    """Return what a register likely shows today, so that a submission of it raises no finding."""
    period = open_period()
    days = (min(kyiv_date(now()), period.ends_on) - period.starts_on).days
    newest = 1000 + register % 977 + MONTHLY * (MONTHS - 1)
    return Decimal(newest + max(days, 1) * MONTHLY // 30)


async def fill(connection: asyncpg.Connection, *, readings: int) -> int:
    """Return how many companies were made."""
    companies = companies_for(readings)
    first = open_period().shifted(-MONTHS).starts_on
    arguments = (companies, now(), first, str(ARGON2.hash(PASSWORD)))
    ids = {
        "n": id_sql("n"),
        "half": id_sql("n / 2"),
        "quarter": id_sql("n / 4"),
        "meter": id_sql("n / 4 * 2 + (n % 4 > 0)::int"),
        "reading": id_sql(f"n * {MONTHS} + m"),
    }
    async with connection.transaction():
        # Foreign keys hold by construction; checking them takes half of the time.
        await connection.execute("SET LOCAL session_replication_role = replica")
        for step in STEPS:
            await _run(connection, step.format(**ids, **PARTS), arguments)
    await connection.execute("VACUUM ANALYZE")
    return companies


async def _run(connection: asyncpg.Connection, step: str, arguments: tuple[object, ...]) -> None:
    # PostgreSQL refuses arguments that a statement does not name.
    named = [number for number in range(1, len(arguments) + 1) if f"${number}" in step]
    for place, number in enumerate(named, start=1):
        step = step.replace(f"${number}", f"${place}")
    await connection.execute(
        step, *(arguments[number - 1] for number in named), timeout=timedelta(hours=1).seconds
    )


async def main() -> None:
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return
    readings = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    connection = await asyncpg.connect(os.environ["DATABASE_URL"].replace("+asyncpg", "", 1))
    companies = await fill(connection, readings=readings)
    await connection.close()
    print(f"{companies:,} companies, {companies * REGISTERS_OF_A_COMPANY * MONTHS:,} readings")


if __name__ == "__main__":
    asyncio.run(main())
