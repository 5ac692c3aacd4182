"""What was settled, for whoever bills it: whole kWh of each metering point, class and period."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, TextClause, Uuid, bindparam, text

from app.models.metering.register import Energy
from app.models.period import Period
from app.repositories.base import Repository
from app.repositories.metering.settling import AccountKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledEnergy:
    """One kind of energy of a metering point, as one version of a settlement tells it."""

    key: AccountKey
    settlement_id: UUID
    period: Period
    version: int
    """1 is the first settlement; a later one is a correction that tells the whole anew."""
    metering_point_id: UUID
    eic: str
    energy: Energy
    voltage_class: int
    amount: int | None
    """Whole kWh or kvarh; None when it cannot be known, which is no zero."""
    difference: int | None
    """Against the version before; an unknown amount before counts as nothing."""
    is_estimated: bool


def _energies(accounts: str, periods: str, version: str) -> TextClause:
    return text(f"""
SELECT chosen.organization_id, chosen.account_id, newest.id AS settlement_id, newest.period,
       newest.version, e.metering_point_id, p.eic, e.energy, e.voltage_class, e.amount,
       e.difference, e.is_estimated
  FROM ({accounts}) chosen
 CROSS JOIN LATERAL (
   SELECT {version} s.id, s.period, s.version
     FROM settlements s
    WHERE s.organization_id = chosen.organization_id AND s.account_id = chosen.account_id
      AND {periods}
    ORDER BY s.period, s.version DESC
 ) newest
  JOIN settled_points e
    ON e.organization_id = chosen.organization_id AND e.settlement_id = newest.id
  JOIN metering_points p
    ON p.organization_id = e.organization_id AND p.id = e.metering_point_id
 ORDER BY chosen.organization_id, chosen.account_id, newest.period, newest.version, p.eic,
          e.energy
""")  # noqa: S608 - made of this module's own constants


_NEWEST: Final = "DISTINCT ON (s.period)"
_NAMED: Final = """SELECT * FROM unnest(CAST(:organization_ids AS uuid[]),
                                         CAST(:account_ids AS uuid[]))
                            AS named(organization_id, account_id)"""
_KEYS: Final = (
    bindparam("organization_ids", type_=ARRAY(Uuid)),
    bindparam("account_ids", type_=ARRAY(Uuid)),
)
_SPAN: Final = (bindparam("first", type_=Date), bindparam("last", type_=Date))

_OF_ACCOUNTS: Final = _energies(_NAMED, "s.period BETWEEN :first AND :last", _NEWEST).bindparams(
    *_KEYS, *_SPAN
)
_VERSIONS: Final = _energies(_NAMED, "s.period BETWEEN :first AND :last", "").bindparams(
    *_KEYS, *_SPAN
)
_OF_PERIOD: Final = _energies(
    """SELECT s.organization_id, s.account_id FROM settlements s
        WHERE (s.organization_id, s.account_id) > (:organization_id, :account_id)
          AND s.period = :period AND s.version = 1
        ORDER BY s.organization_id, s.account_id LIMIT :most""",
    "s.period = :period",
    _NEWEST,
).bindparams(
    bindparam("organization_id", type_=Uuid),
    bindparam("account_id", type_=Uuid),
    bindparam("period", type_=Date),
    bindparam("most", type_=Integer),
)


class SettledEnergyRepository(Repository):
    async def of_period(
        self, period: Period, *, after: AccountKey, most: int
    ) -> Sequence[SettledEnergy]:
        """Return what the next accounts took in a settled period, by its newest versions.

        `most`: accounts, not rows. The last row's key is where to go on; no row is the end.
        """
        values = {**after._asdict(), "period": period.starts_on, "most": most}
        return await self._read(_OF_PERIOD, values)

    async def of_accounts(
        self, keys: Sequence[AccountKey], *, first: Period, last: Period
    ) -> Sequence[SettledEnergy]:
        """Return the newest version of each settled period of accounts, oldest first."""
        return await self._read(_OF_ACCOUNTS, _named(keys, first, last))

    async def versions(
        self, keys: Sequence[AccountKey], *, first: Period, last: Period
    ) -> Sequence[SettledEnergy]:
        """Return every version: the differences of those that are not billed yet add up."""
        return await self._read(_VERSIONS, _named(keys, first, last))

    async def _read(self, statement: TextClause, values: dict[str, Any]) -> Sequence[SettledEnergy]:
        rows = await self._session.execute(statement, values)
        return [
            SettledEnergy(
                key=AccountKey(row.organization_id, row.account_id),
                settlement_id=row.settlement_id,
                period=Period.containing(row.period),
                version=row.version,
                metering_point_id=row.metering_point_id,
                eic=row.eic,
                energy=Energy(row.energy),
                voltage_class=row.voltage_class,
                amount=row.amount,
                difference=row.difference,
                is_estimated=row.is_estimated,
            )
            for row in rows
        ]


def _named(keys: Sequence[AccountKey], first: Period, last: Period) -> dict[str, Any]:
    return {
        "organization_ids": [key.organization_id for key in keys],
        "account_ids": [key.account_id for key in keys],
        "first": first.starts_on,
        "last": last.starts_on,
    }
