"""What a settlement needs to know of some accounts, read in one statement for all of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Date, Integer, Text, TextClause, Uuid, bindparam, text

from app.models.metering.consumption.months import MeteredRegister
from app.models.metering.energy.estimates import EstimateMethod
from app.models.metering.energy.months import Month, month_of
from app.models.metering.energy.register import Mark, RegisterLife
from app.models.metering.register import Energy, Zone
from app.models.metering.settling.registers import RegisterToSettle, WrittenEstimate
from app.models.metering.window_book import ClosedWindows
from app.models.period import Period
from app.repositories.base import Repository
from app.repositories.metering.scales import scales_of, zones_of

NOWHERE: Final = UUID(int=0)


class AccountKey(NamedTuple):
    """An account by its primary key; keys order the accounts of all companies."""

    organization_id: UUID
    account_id: UUID


class RegisterKey(NamedTuple):
    organization_id: UUID
    register_id: UUID


BEFORE_ALL: Final = AccountKey(NOWHERE, NOWHERE)
BEFORE_ALL_REGISTERS: Final = RegisterKey(NOWHERE, NOWHERE)


class SettledMonth(NamedTuple):
    """The newest version of a settled month."""

    version: int
    content: str


@dataclass(frozen=True, slots=True)
class AccountToSettle:
    key: AccountKey
    window_group: str
    registers: Sequence[RegisterToSettle]
    settled: Mapping[Month, SettledMonth]


def _unsettled(condition: str) -> TextClause:
    return text(f"""
SELECT a.organization_id, a.id AS account_id
  FROM accounts a
 WHERE {condition} AND (a.window_group = ANY(:window_groups)) = :are_meant
   AND NOT EXISTS (SELECT FROM settlements s
                    WHERE s.organization_id = a.organization_id AND s.account_id = a.id
                      AND s.period = :starts_on)
   AND EXISTS (SELECT FROM metering_points p
                 JOIN meters m
                   ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
                 JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
                WHERE p.organization_id = a.organization_id AND p.account_id = a.id
                  AND greatest(m.installed_on, p.valid_from) < :ends_on
                  AND coalesce(least(m.removed_on, p.valid_to), 'infinity') > :starts_on)
 ORDER BY a.organization_id, a.id
 LIMIT :most
""").bindparams(  # noqa: S608 - made of this module's own constants
        bindparam("starts_on", type_=Date),
        bindparam("ends_on", type_=Date),
        bindparam("most", type_=Integer),
        bindparam("window_groups", type_=ARRAY(Text)),
        bindparam("are_meant", type_=Boolean),
    )


_UNSETTLED: Final = _unsettled(
    "(a.organization_id, a.id) > (:organization_id, :account_id)"
).bindparams(bindparam("organization_id", type_=Uuid), bindparam("account_id", type_=Uuid))
_UNSETTLED_NAMED: Final = _unsettled("a.account_number = :account_number").bindparams(
    bindparam("account_number", type_=Text)
)

_GROUP_OF: Final = text("SELECT window_group FROM accounts WHERE account_number = :account_number")

_CHANGED: Final = text("""
SELECT r.organization_id, r.id AS register_id, p.account_id
  FROM registers r
  JOIN meters m ON m.organization_id = r.organization_id AND m.id = r.meter_id
  JOIN metering_points p ON p.organization_id = m.organization_id AND p.id = m.metering_point_id
 WHERE (r.organization_id, r.id) > (:organization_id, :register_id)
   AND r.revision <> coalesce(r.settled_revision, 0)
   AND EXISTS (SELECT FROM settlements s
                WHERE s.organization_id = p.organization_id AND s.account_id = p.account_id)
 ORDER BY r.organization_id, r.id
 LIMIT :most
""").bindparams(
    bindparam("organization_id", type_=Uuid),
    bindparam("register_id", type_=Uuid),
    bindparam("most", type_=Integer),
)

_CHOSEN: Final = """
  FROM unnest(CAST(:organization_ids AS uuid[]), CAST(:account_ids AS uuid[]))
       AS chosen(organization_id, account_id)"""
_REGISTERS_OF_CHOSEN: Final = f"""{_CHOSEN}
  JOIN metering_points p
    ON p.organization_id = chosen.organization_id AND p.account_id = chosen.account_id
  JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
  JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id"""
_KEYS: Final = (
    bindparam("organization_ids", type_=ARRAY(Uuid)),
    bindparam("account_ids", type_=ARRAY(Uuid)),
)

_LOCK: Final = text(f"""
SELECT 1{_REGISTERS_OF_CHOSEN}
 ORDER BY r.organization_id, r.id FOR NO KEY UPDATE OF r
""").bindparams(*_KEYS)

_LIVES: Final = text(f"""
SELECT chosen.organization_id, chosen.account_id, p.id AS point_id, p.voltage_class,
       m.id AS meter_id, greatest(m.installed_on, p.valid_from) AS runs_from,
       least(m.removed_on, p.valid_to) AS runs_until, r.id AS register_id, r.energy, r.zone,
       r.digits, r.decimals, r.multiplier, scale.*, shown.*
{_REGISTERS_OF_CHOSEN}
 CROSS JOIN LATERAL (
   SELECT array_agg(s.valid_from) AS scales_from, array_agg(s.digits) AS scales_digits,
          array_agg(s.multiplier) AS scales_multiplier, array_agg(s.zone) AS scales_zone
     FROM (SELECT * FROM register_scales h
            WHERE h.organization_id = r.organization_id AND h.register_id = r.id
            ORDER BY h.valid_from) s
 ) scale
 CROSS JOIN LATERAL (
   SELECT array_agg(ordered.read_on) AS days, array_agg(ordered.value) AS values,
          array_agg(ordered.kind = 'actual') AS actual, array_agg(ordered.id) AS ids,
          array_agg(ordered.estimate_method) AS methods,
          array_agg(ordered.status = 'in_review') AS in_review
     FROM (SELECT * FROM readings d
            WHERE d.organization_id = r.organization_id AND d.register_id = r.id
              AND d.status IN ('accepted', 'in_review')
            ORDER BY d.read_on) ordered
 ) shown
 ORDER BY chosen.organization_id, chosen.account_id
""").bindparams(*_KEYS)  # noqa: S608 - made of this module's own constants

_SETTLED: Final = text(f"""
SELECT chosen.organization_id, chosen.account_id, a.window_group, newest.*
{_CHOSEN}
  JOIN accounts a ON a.organization_id = chosen.organization_id AND a.id = chosen.account_id
 CROSS JOIN LATERAL (
   SELECT array_agg(n.period) AS periods, array_agg(n.version) AS versions,
          array_agg(n.content) AS contents
     FROM (SELECT DISTINCT ON (s.period) s.period, s.version, s.content
             FROM settlements s
            WHERE s.organization_id = chosen.organization_id
              AND s.account_id = chosen.account_id AND s.period >= :since
            ORDER BY s.period, s.version DESC) n
 ) newest
""").bindparams(*_KEYS, bindparam("since", type_=Date))  # noqa: S608 - made of own constants


class SettlingRepository(Repository):
    async def unsettled(
        self, closed: ClosedWindows, *, after: AccountKey, most: int
    ) -> Sequence[AccountKey]:
        """Return the next accounts in which a register ran and which are not settled yet."""
        values = _days(closed.period, most) | after._asdict() | _groups(closed)
        rows = await self._session.execute(_UNSETTLED, values)
        return [AccountKey(row.organization_id, row.account_id) for row in rows]

    async def unsettled_named(
        self, closed: ClosedWindows, account_number: str, *, most: int
    ) -> Sequence[AccountKey]:
        """Return the same for the account of a number, which several companies may have had."""
        named = {"account_number": account_number}
        values = _days(closed.period, most) | named | _groups(closed)
        rows = await self._session.execute(_UNSETTLED_NAMED, values)
        return [AccountKey(row.organization_id, row.account_id) for row in rows]

    async def window_group(self, account_number: str) -> str | None:
        """Return the group of an account; None when the register has no such account."""
        found: str | None = await self._session.scalar(
            _GROUP_OF, {"account_number": account_number}
        )
        return found

    async def changed(
        self, *, after: RegisterKey, most: int
    ) -> Sequence[tuple[RegisterKey, AccountKey]]:
        """Return the next registers that somebody wrote to since their account was settled."""
        values = {**after._asdict(), "most": most}
        rows = await self._session.execute(_CHANGED, values)
        return [
            (
                RegisterKey(row.organization_id, row.register_id),
                AccountKey(row.organization_id, row.account_id),
            )
            for row in rows
        ]

    async def lock(self, keys: Sequence[AccountKey]) -> None:
        """Hold the registers of accounts, in the order of their keys: no value comes meanwhile."""
        await self._session.execute(_LOCK, _chosen(keys))

    async def accounts(
        self, keys: Sequence[AccountKey], *, since: date
    ) -> Sequence[AccountToSettle]:
        """Return all that the rule needs.

        `since`: the first month that may still be corrected. Estimates of older months count as
        they stand.
        """
        rows = await self._session.execute(_LIVES, _chosen(keys))
        registers: dict[AccountKey, list[RegisterToSettle]] = defaultdict(list)
        for row in rows:
            key = AccountKey(row.organization_id, row.account_id)
            registers[key].append(_register(row, since))
        settled = await self._session.execute(_SETTLED, {**_chosen(keys), "since": since})
        return [
            AccountToSettle(key, row.window_group, registers[key], dict(_settled_months(row)))
            for row in settled
            for key in [AccountKey(row.organization_id, row.account_id)]
        ]


def _days(period: Period, most: int) -> dict[str, Any]:
    return {"starts_on": period.starts_on, "ends_on": period.ends_on, "most": most}


def _groups(closed: ClosedWindows) -> dict[str, Any]:
    return {"window_groups": sorted(closed.groups), "are_meant": closed.are_meant}


def _chosen(keys: Sequence[AccountKey]) -> dict[str, Any]:
    return {
        "organization_ids": [key.organization_id for key in keys],
        "account_ids": [key.account_id for key in keys],
    }


def _settled_months(row: Any) -> Iterator[tuple[Month, SettledMonth]]:
    if row.periods is not None:
        for period, version, content in zip(row.periods, row.versions, row.contents, strict=True):
            yield month_of(period), SettledMonth(version, content)


def _register(row: Any, since: date) -> RegisterToSettle:
    marks: list[Mark] = []
    written: dict[date, WrittenEstimate] = {}
    in_review: list[date] = []
    shown = (row.days, row.values, row.actual, row.ids, row.methods, row.in_review)
    values = zip(*shown, strict=True) if row.days else ()
    for day, value, is_actual, reading_id, method, waits in values:
        if waits:
            in_review.append(day)
        elif method is not None and day > since:
            written[day] = WrittenEstimate(reading_id, value, EstimateMethod(method))
        else:
            marks.append(Mark(day, value, is_actual))
    return RegisterToSettle(
        metered=MeteredRegister(
            account_id=row.account_id,
            meter_id=row.meter_id,
            register_id=row.register_id,
            zone=Zone(row.zone),
            zones=zones_of(row),
            life=RegisterLife(
                marks=marks,
                scales=scales_of(row),
                runs_from=row.runs_from,
                runs_until=row.runs_until,
            ),
        ),
        metering_point_id=row.point_id,
        voltage_class=row.voltage_class,
        energy=Energy(row.energy),
        decimals=row.decimals,
        written=written,
        in_review=in_review,
    )
