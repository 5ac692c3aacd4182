"""Holds an export before the merge, in temporary tables that end with the transaction."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import text

from app.repositories.base import Repository

EVERY_ROW: Final = "line integer, id uuid, refused boolean"
TABLES: Final = {
    "organizations": "tax_id text, name text, phone text",
    "accounts": (
        "account_number text, tax_id text, address text, contract_number text, "
        "contract_date date, window_group text"
    ),
    "metering_points": (
        "eic text, account_number text, address text, allowed_power_kw numeric(15, 3), "
        "voltage_class smallint, valid_from date"
    ),
    "meters": (
        "serial_number text, eic text, model text, installed_on date, removed_on date, "
        "verification_due_on date, is_remote boolean"
    ),
    "registers": (
        "meter_serial text, code text, energy text, zone text, digits integer, "
        "decimals integer, multiplier numeric(12, 4), valid_from date"
    ),
    "tariffs": (
        "service text, voltage_class smallint, price_uah_per_mwh numeric(18, 6), "
        "valid_from date, act text"
    ),
    "readings": (
        "meter_serial text, register_code text, taken_on date, value numeric(15, 3), "
        "kind text, source text, event text, period date, taken_at timestamptz"
    ),
}

SETTINGS: Final = (
    # A load is not a request: it may take its time, and wait for requests that are on their way.
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = 0",
    # Sorts and hashes of a million rows stay off the disk.
    "SET LOCAL work_mem = '128MB'",
)
LOAD_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('registry load', 0))")

PROBLEMS_TABLE: Final = text(
    'CREATE TEMP TABLE staged_problems (file text, line integer, "column" text, reason text, '
    "value text) ON COMMIT DROP"
)
PROBLEMS: Final = text(
    'SELECT file, line, "column", reason, value, count(*) OVER () AS found FROM staged_problems '
    "WHERE file = :file AND (:with_consequences OR reason <> 'refers_to_refused') "
    "ORDER BY line LIMIT :limit"
)
REFUSE: Final = {
    noun: (
        # The first of several rows with one key is the one that others refer to.
        text(
            f"DELETE FROM staged_{noun} s USING staged_problems p "  # noqa: S608 - a name of ours
            f"WHERE p.file = '{noun}.csv' AND p.reason = 'duplicate_row' AND p.line = s.line"
        ),
        text(
            f"UPDATE staged_{noun} s SET refused = true FROM staged_problems p "  # noqa: S608 - a name of ours
            f"WHERE p.file = '{noun}.csv' AND p.line = s.line AND NOT s.refused"
        ),
    )
    for noun in TABLES
    if noun != "readings"
}


class RegistryStagingRepository(Repository):
    async def open(self) -> None:
        """Make the temporary tables; a second load waits here until the first has ended."""
        for setting in SETTINGS:
            await self._session.execute(text(setting))
        await self._session.execute(LOAD_LOCK)
        for noun, columns in TABLES.items():
            await self._session.execute(
                text(f"CREATE TEMP TABLE staged_{noun} ({EVERY_ROW}, {columns}) ON COMMIT DROP")
            )
        await self._session.execute(PROBLEMS_TABLE)

    async def copy(
        self, noun: str, rows: Iterable[tuple[Any, ...]], *, columns: Sequence[str]
    ) -> None:
        """Stream rows into the table of their noun; only one buffer of them is ever in memory."""
        pooled = await (await self._session.connection()).get_raw_connection()
        driver: Any = pooled.driver_connection
        await driver.copy_records_to_table(f"staged_{noun}", records=rows, columns=columns)
        # Nothing analyzes temporary tables by itself, and the plans depend on it.
        await self._session.execute(text(f"ANALYZE staged_{noun}"))

    async def refuse_rows_with_problems(self, noun: str) -> None:
        for statement in REFUSE[noun]:
            await self._session.execute(statement)

    async def problems(
        self, noun: str, *, with_consequences: bool, limit: int
    ) -> tuple[int, list[tuple[str, int, str, str, str]]]:
        """Return how many problems the checks found, and the first of them.

        Consequences are rows whose only fault is that they refer to a refused row.
        """
        found = await self._session.execute(
            PROBLEMS,
            {"file": f"{noun}.csv", "with_consequences": with_consequences, "limit": limit},
        )
        rows = found.all()
        listed = [(row.file, row.line, row.column, row.reason, row.value) for row in rows]
        return (rows[0].found if rows else 0), listed
