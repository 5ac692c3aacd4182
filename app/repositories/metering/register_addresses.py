"""Finds the registers that a batch names, in the accounts that the caller's cabinet shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, Integer, Text, TextClause, Uuid, bindparam, text
from sqlalchemy.types import TypeEngine

from app.access import Caller, Credentials, LinkScope, Reach
from app.models.metering.reading_batch import PlacedRegister, RegisterAddress
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement

Numbered = Sequence[tuple[int, RegisterAddress]]

_REGISTERS: Final = """
  JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
  JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id"""
_IN_CABINET: Final = """
  JOIN linked ON linked.account_organization_id = p.organization_id
   AND linked.account_id = p.account_id"""
_COMPANIES: Final = "(SELECT DISTINCT account_organization_id AS id FROM linked) company"

_BY_ID: Final = f"""
  FROM asked CROSS JOIN {_COMPANIES}
  JOIN registers r ON r.organization_id = company.id AND r.id = asked.register_id
  JOIN meters m ON m.organization_id = r.organization_id AND m.id = r.meter_id
  JOIN metering_points p ON p.organization_id = m.organization_id AND p.id = m.metering_point_id
  {_IN_CABINET}"""
_BY_ACCOUNT: Final = f"""
  FROM asked
  JOIN accounts a ON a.account_number = asked.account_number
  JOIN linked ON linked.account_organization_id = a.organization_id AND linked.account_id = a.id
  JOIN metering_points p ON p.organization_id = a.organization_id AND p.account_id = a.id
  {_REGISTERS} AND m.serial_number = asked.meter_serial AND r.code = asked.register_code"""
_BY_POINT: Final = f"""
  FROM asked
  JOIN metering_points p ON p.eic = asked.eic
  {_IN_CABINET}
  {_REGISTERS} AND r.code = asked.register_code"""

_WAYS: Final[tuple[tuple[str, dict[str, tuple[str, TypeEngine[Any]]]], ...]] = (
    (_BY_ID, {"register_id": ("uuid", Uuid())}),
    (
        _BY_ACCOUNT,
        {
            "account_number": ("text", Text()),
            "meter_serial": ("text", Text()),
            "register_code": ("text", Text()),
        },
    ),
    (_BY_POINT, {"eic": ("text", Text()), "register_code": ("text", Text())}),
)
"""By the first field that an address has: how its register is found, and by which fields."""


def _finding(way: str, columns: dict[str, tuple[str, TypeEngine[Any]]]) -> TextClause:
    lists = "".join(f", CAST(:{name} AS {type_}[])" for name, (type_, _) in columns.items())
    binds: list[BindParameter[Any]] = [
        bindparam(name, type_=ARRAY(type_)) for name, (_, type_) in columns.items()
    ]
    return text(f"""
WITH {CALLER}, {LINKED},
asked AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:numbers AS integer[]){lists}) AS i(number, {", ".join(columns)})
),
found AS (
  SELECT asked.number, r.id AS register_id, m.id AS meter_id, linked.account_id,
         linked.account_organization_id, linked.is_own, linked.scope,
         greatest(m.installed_on, p.valid_from) AS runs_from,
         least(m.removed_on, p.valid_to) AS runs_until
  {way}
)
SELECT {CALLER_COLUMNS}, found.* FROM caller LEFT JOIN found ON true
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(), bindparam("numbers", type_=ARRAY(Integer)), *binds
    )


_FINDING: Final = {
    next(iter(columns)): (DirectStatement(_finding(way, columns)), tuple(columns))
    for way, columns in _WAYS
}
BY_ID: Final = _FINDING["register_id"][0]


class RegisterAddressView(CallerView):
    async def find(
        self, asked: Numbered, *, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, dict[int, list[PlacedRegister]]]:
        """Return the registers that each address may mean; nothing for what is not the caller's."""
        found: dict[int, list[PlacedRegister]] = {}
        caller: Caller | None = None
        for first, (statement, columns) in _FINDING.items():
            chosen = [(number, each) for number, each in asked if getattr(each, first) is not None]
            if not chosen and (asked or first != "register_id"):
                continue  # a batch without any readable address still has a caller
            values: dict[str, list[Any]] = {
                "numbers": [number for number, _ in chosen],
                **{name: [getattr(each, name) for _, each in chosen] for name in columns},
            }
            caller, rows = await self._ask(statement, credentials, now=now, **values)
            for row in rows:
                if row.number is not None:
                    found.setdefault(row.number, []).append(_placed(row))
        return caller, found


def _placed(row: Any) -> PlacedRegister:
    organization_id: UUID = row.account_organization_id
    return PlacedRegister(
        register_id=row.register_id,
        meter_id=row.meter_id,
        account_id=row.account_id,
        organization_id=organization_id,
        reach=Reach(row.is_own, LinkScope(row.scope)),
        runs_from=row.runs_from,
        runs_until=row.runs_until,
    )
