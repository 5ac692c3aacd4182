from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, text

from app.access import Caller, Credentials
from app.models.accounts.shown_account import AccountSummary, RegisterOnAccount
from app.models.metering.window_book import WindowMark
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement
from app.repositories.metering.reading_windows import WINDOWS_VERSION

_SHOWN: Final = f"""{LINKED},
shown AS (
  SELECT a.organization_id, a.id, a.account_number, a.address, a.contract_number,
         a.contract_date, a.window_group, true AS is_linked
    FROM linked
    JOIN accounts a ON a.organization_id = linked.account_organization_id
     AND a.id = linked.account_id
  UNION ALL
  SELECT a.organization_id, a.id, a.account_number, a.address, a.contract_number,
         a.contract_date, a.window_group, false
    FROM caller JOIN accounts a ON a.organization_id = caller.organization_id
   WHERE caller.account_ids IS NULL
     AND NOT EXISTS (SELECT FROM account_links l WHERE l.organization_id = a.organization_id
                        AND l.account_id = a.id AND l.ended_at IS NULL)
)"""  # noqa: S608 - made of constants
_SUMMARY: Final = f"""
    SELECT s.*, {WINDOWS_VERSION} AS windows_version, o.tax_id, o.name AS organization_name,
           (SELECT count(*) FROM metering_points p
              JOIN meters m ON m.organization_id = p.organization_id
               AND m.metering_point_id = p.id AND m.removed_on IS NULL
             WHERE p.organization_id = s.organization_id AND p.account_id = s.id
               AND p.valid_to IS NULL
           ) AS meters_count
      FROM shown s JOIN organizations o ON o.id = s.organization_id"""  # noqa: S608 - constants

_LIST: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {_SHOWN}
SELECT {CALLER_COLUMNS}, found.*
  FROM caller LEFT JOIN LATERAL ({_SUMMARY}
     WHERE s.account_number > :after
       AND (CAST(:status AS text) IS NULL OR s.is_linked = (:status = 'linked'))
     ORDER BY s.account_number LIMIT :limit
  ) found ON true
 ORDER BY found.account_number
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("after", type_=Text),
        bindparam("status", type_=Text),
        bindparam("limit", type_=Integer),
    )
)

_GET: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {_SHOWN}
SELECT {CALLER_COLUMNS}, found.*, d.*
  FROM caller LEFT JOIN LATERAL ({_SUMMARY}
     WHERE s.id = :account_id AND s.is_linked
  ) found ON true
  LEFT JOIN LATERAL (
    SELECT p.id AS metering_point_id, p.eic, p.address AS point_address,
           p.valid_from, p.valid_to, m.id AS meter_id, m.serial_number, m.model, m.installed_on,
           m.removed_on, m.verification_due_on, m.is_remote,
           g.id AS register_id, g.code, g.energy, g.zone, g.digits, g.decimals, g.multiplier,
           last.value AS last_value, last.period AS last_period,
           last.taken_at AS last_taken_at, last.kind AS last_kind
      FROM metering_points p
      LEFT JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
       AND (p.valid_to IS NULL OR m.installed_on < p.valid_to)
      LEFT JOIN registers g ON g.organization_id = m.organization_id AND g.meter_id = m.id
      LEFT JOIN LATERAL (
        SELECT r.value, r.period, r.taken_at, r.kind FROM readings r
         WHERE r.organization_id = g.organization_id AND r.register_id = g.id
           AND r.status IN ('accepted', 'in_review')
         ORDER BY r.period DESC LIMIT 1
      ) last ON true
     WHERE p.organization_id = found.organization_id AND p.account_id = found.id
  ) d ON true
 ORDER BY d.eic, d.valid_from NULLS FIRST, d.metering_point_id, d.installed_on DESC,
       d.serial_number, d.code
""").bindparams(*caller_binds(), bindparam("account_id", type_=Uuid))  # noqa: S608 - constants
)


class AccountView(CallerView):
    async def list_by_number(
        self,
        *,
        status: str | None,
        after: str,
        limit: int,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Caller | None, list[AccountSummary]]:
        """Return the cabinet's accounts and those that could be linked, by account number."""
        caller, rows = await self._ask(
            _LIST, credentials, now=now, status=status, after=after, limit=limit
        )
        return caller, [_summary(row) for row in rows if row.id is not None]

    async def get(
        self, account_id: UUID, *, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, AccountSummary | None, list[RegisterOnAccount]]:
        """Return one account of the cabinet with every register on it, old meters included."""
        caller, rows = await self._ask(_GET, credentials, now=now, account_id=account_id)
        if not rows or rows[0].id is None:
            return caller, None, []
        registers = [_register(row) for row in rows if row.eic is not None]
        return caller, _summary(rows[0]), registers


def _summary(row: Any) -> AccountSummary:
    return AccountSummary(
        id=row.id,
        account_number=row.account_number,
        tax_id=row.tax_id,
        organization_name=row.organization_name,
        address=row.address,
        contract_number=row.contract_number,
        contract_date=row.contract_date,
        windows=WindowMark(row.window_group, row.windows_version),
        is_linked=row.is_linked,
        meters_count=row.meters_count,
    )


def _register(row: Any) -> RegisterOnAccount:
    names = RegisterOnAccount.__dataclass_fields__
    return RegisterOnAccount(**{name: getattr(row, name) for name in names})
