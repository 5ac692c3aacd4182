"""What a settlement writes: estimates, new versions, and the revision of every register."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, TextClause, bindparam, text

from app.clock import kyiv_midnight
from app.models.base import new_id
from app.models.metering.energy.months import Month, starts
from app.models.metering.reading import ReadingEvent
from app.models.metering.register import Energy
from app.models.metering.settling.account import MonthSettlement
from app.models.metering.settling.registers import NewEstimate
from app.models.period import Period
from app.repositories.base import Repository
from app.repositories.metering.settling import AccountKey

DAY: Final = timedelta(days=1)


class PointKey(NamedTuple):
    metering_point_id: UUID
    energy: Energy


class BilledPoint(NamedTuple):
    """What a version of a settlement says of a metering point."""

    voltage_class: int
    amount: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A version of an account's month that is to be added."""

    key: AccountKey
    month: Month
    version: int
    told: MonthSettlement


def _insertion(table: str, columns: Mapping[str, str]) -> TextClause:
    """Return the insertion of many rows whose columns come as arrays."""
    names = ", ".join(columns)
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in columns.items())
    return text(f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})")  # noqa: S608 - made of this module's own constants


_SETTLEMENT_COLUMNS: Final = {
    "organization_id": "uuid",
    "id": "uuid",
    "account_id": "uuid",
    "period": "date",
    "version": "smallint",
    "settled_at": "timestamptz",
    "content": "text",
}
_REGISTER_COLUMNS: Final = {
    "organization_id": "uuid",
    "settlement_id": "uuid",
    "register_id": "uuid",
    "opening": "numeric",
    "closing": "numeric",
    "kind": "text",
    "estimate_method": "text",
    "months_unread": "smallint",
    "energy": "numeric",
}
_POINT_COLUMNS: Final = {
    "organization_id": "uuid",
    "settlement_id": "uuid",
    "metering_point_id": "uuid",
    "energy": "text",
    "voltage_class": "smallint",
    "amount": "bigint",
    "difference": "bigint",
    "is_estimated": "boolean",
}
_ESTIMATE_COLUMNS: Final = {
    "organization_id": "uuid",
    "id": "uuid",
    "register_id": "uuid",
    "read_on": "date",
    "period": "date",
    "event": "text",
    "value": "numeric",
    "taken_at": "timestamptz",
    "estimate_method": "text",
    "supersedes": "uuid",
}
_INSERT_SETTLEMENTS: Final = _insertion("settlements", _SETTLEMENT_COLUMNS)
_INSERT_REGISTERS: Final = _insertion("settled_registers", _REGISTER_COLUMNS)
_INSERT_POINTS: Final = _insertion("settled_points", _POINT_COLUMNS)

_SUPERSEDE: Final = text("""
UPDATE readings r SET status = 'superseded'
  FROM unnest(CAST(:organization_ids AS uuid[]), CAST(:register_ids AS uuid[]),
              CAST(:days AS date[]), CAST(:ids AS uuid[]))
       AS old(organization_id, register_id, day, id)
 WHERE r.organization_id = old.organization_id AND r.register_id = old.register_id
   AND r.read_on = old.day AND r.id = old.id
""")
_arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _ESTIMATE_COLUMNS.items())
_INSERT_ESTIMATES: Final = text(f"""
INSERT INTO readings ({", ".join(_ESTIMATE_COLUMNS)}, version, submitted_at, source, kind, status,
                      findings)
SELECT new.*,
       1 + coalesce((SELECT max(r.version) FROM readings r
                      WHERE r.organization_id = new.organization_id
                        AND r.register_id = new.register_id AND r.read_on = new.read_on), 0),
       :now, 'operator', 'estimated', 'accepted', '{{}}'
  FROM unnest({_arrays}) AS new({", ".join(_ESTIMATE_COLUMNS)})
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))  # noqa: S608 - own constants

_RAISE: Final = text("""
UPDATE registers r
   SET revision = r.revision + changed.by, settled_revision = r.revision + changed.by
  FROM unnest(CAST(:organization_ids AS uuid[]), CAST(:register_ids AS uuid[]),
              CAST(:steps AS integer[])) AS changed(organization_id, id, by)
 WHERE r.organization_id = changed.organization_id AND r.id = changed.id
""")

_POINTS_BEFORE: Final = text("""
SELECT s.organization_id, s.account_id, s.period, p.metering_point_id, p.energy, p.voltage_class,
       p.amount
  FROM unnest(CAST(:organization_ids AS uuid[]), CAST(:account_ids AS uuid[]),
              CAST(:periods AS date[]), CAST(:versions AS smallint[]))
       AS before(organization_id, account_id, period, version)
  JOIN settlements s
    ON s.organization_id = before.organization_id AND s.account_id = before.account_id
   AND s.period = before.period AND s.version = before.version
  JOIN settled_points p ON p.organization_id = s.organization_id AND p.settlement_id = s.id
""")


class SettlementWriter(Repository):
    """Adds what was settled, in the transaction that holds the registers."""

    async def write_estimates(
        self, estimates: Iterable[tuple[AccountKey, NewEstimate]], *, now: datetime
    ) -> None:
        """Write estimates among the readings; an earlier one of the same day steps back."""
        rows = list(estimates)
        replaced = [(key, new) for key, new in rows if new.replaces is not None]
        if replaced:
            await self._session.execute(
                _SUPERSEDE,
                {
                    "organization_ids": [key.organization_id for key, _ in replaced],
                    "register_ids": [new.register_id for _, new in replaced],
                    "days": [new.day for _, new in replaced],
                    "ids": [new.replaces for _, new in replaced],
                },
            )
        if rows:
            columns = _columns(_ESTIMATE_COLUMNS, [_estimate(key, new) for key, new in rows])
            await self._session.execute(_INSERT_ESTIMATES, {**columns, "now": now})

    async def add(self, versions: Sequence[NewVersion], *, now: datetime) -> None:
        """Add versions, each with its difference from the version before."""
        if not versions:
            return
        before = await self._points_before(versions)
        settlements, registers, points = [], [], []
        for new in versions:
            organization_id, account_id = new.key
            settlement_id, period = new_id(), starts(new.month)
            told = new.told
            settlements.append(
                (organization_id, settlement_id, account_id, period, new.version, now, told.content)
            )
            registers += [(organization_id, settlement_id, *each) for each in told.registers]
            known = before.get((new.key, period), {})
            points += [(organization_id, settlement_id, *row) for row in _point_rows(told, known)]
        for statement, names, rows in (
            (_INSERT_SETTLEMENTS, _SETTLEMENT_COLUMNS, settlements),
            (_INSERT_REGISTERS, _REGISTER_COLUMNS, registers),
            (_INSERT_POINTS, _POINT_COLUMNS, points),
        ):
            if rows:
                await self._session.execute(statement, _columns(names, rows))

    async def raise_revisions(
        self, registers: Iterable[tuple[AccountKey, UUID]], *, raised: frozenset[UUID] | None
    ) -> None:
        """Let registers know that they are settled as they stand.

        `raised`: the registers that were written to; None: all. Whoever judged one of these
        before has to look again.
        """
        rows = list(registers)
        await self._session.execute(
            _RAISE,
            {
                "organization_ids": [key.organization_id for key, _ in rows],
                "register_ids": [register_id for _, register_id in rows],
                "steps": [int(raised is None or register_id in raised) for _, register_id in rows],
            },
        )

    async def _points_before(
        self, versions: Sequence[NewVersion]
    ) -> dict[tuple[AccountKey, date], dict[PointKey, BilledPoint]]:
        later = [new for new in versions if new.version > 1]
        if not later:
            return {}
        rows = await self._session.execute(
            _POINTS_BEFORE,
            {
                "organization_ids": [new.key.organization_id for new in later],
                "account_ids": [new.key.account_id for new in later],
                "periods": [starts(new.month) for new in later],
                "versions": [new.version - 1 for new in later],
            },
        )
        found: dict[tuple[AccountKey, date], dict[PointKey, BilledPoint]] = {}
        for row in rows:
            points = found.setdefault(
                (AccountKey(row.organization_id, row.account_id), row.period), {}
            )
            key = PointKey(row.metering_point_id, Energy(row.energy))
            points[key] = BilledPoint(row.voltage_class, row.amount)
        return found


def _point_rows(
    told: MonthSettlement, before: Mapping[PointKey, BilledPoint]
) -> Iterable[tuple[object, ...]]:
    for point in told.points:
        known = before.get(PointKey(point.metering_point_id, point.energy))
        billed = known.amount or 0 if known else 0
        yield (
            point.metering_point_id,
            point.energy,
            known.voltage_class if known else point.voltage_class,
            point.amount,
            None if point.amount is None else point.amount - billed,
            point.is_estimated,
        )
    told_now = {PointKey(point.metering_point_id, point.energy) for point in told.points}
    for gone in before.keys() - told_now:
        voltage_class, amount = before[gone]
        yield (*gone, voltage_class, 0, -(amount or 0), False)


def _estimate(key: AccountKey, new: NewEstimate) -> tuple[object, ...]:
    ends_a_month = new.day.day == 1
    return (
        key.organization_id,
        new_id(),
        new.register_id,
        new.day,
        Period.containing(new.day - DAY).starts_on,
        ReadingEvent.PERIODIC if ends_a_month else ReadingEvent.REMOVED,
        new.value,
        kyiv_midnight(new.day),
        new.method,
        new.replaces,
    )


def _columns(names: Iterable[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
