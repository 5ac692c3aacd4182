"""What a client needs to hand in readings, and what the rules need to judge them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Date, TextClause, Uuid, bindparam, text

from app.access import Caller, Credentials, LinkScope, Reach
from app.models.customers.organization import NamedCompany
from app.models.metering.register_state import CurrentReading, PriorReading, RegisterState
from app.models.period import Period
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement

CLOSES_ON: Final = "CAST(CAST(:period AS date) + interval '1 month' AS date)"
"""The day at whose beginning the values stand that close a period; the readings' key has it."""

LINK: Final = f"""{LINKED},
link AS MATERIALIZED (
  SELECT * FROM linked WHERE account_id = :account_id
)"""  # noqa: S608 - made of constants, values are bound
"""A CTE after `caller`: the account, if the caller's cabinet shows it to the caller."""


@dataclass(frozen=True, slots=True)
class AccountRegisters:
    """Registers of an account, and by what right the cabinet shows it."""

    reach: Reach
    registers: list[RegisterState]


def _states(condition: str) -> TextClause:
    """Return one row for each register of the account, newest installation first.

    Every lateral part is a probe of the readings' primary key.
    """
    return text(f"""
WITH {CALLER}, {LINK}
SELECT {CALLER_COLUMNS}, link.account_id, link.is_own, link.scope,
       g.id AS register_id, g.meter_id, g.code, g.energy, g.zone, g.digits, g.decimals,
       g.multiplier, g.serial_number, g.eic, g.is_remote, g.removed_on, g.verification_due_on,
       newest.*, following.*, past.periods AS past_periods, past.ids AS past_ids,
       past.values AS past_values
  FROM caller LEFT JOIN link ON true
  LEFT JOIN LATERAL (
    SELECT r.*, m.serial_number, m.is_remote, m.verification_due_on, m.installed_on,
           least(m.removed_on, p.valid_to) AS removed_on, p.eic
      FROM metering_points p
      JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
      JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
     WHERE p.organization_id = link.account_organization_id AND p.account_id = link.account_id
       AND {condition}
    OFFSET 0
  ) g ON true
  LEFT JOIN LATERAL (
    SELECT n.id AS newest_id, n.version AS newest_version, n.value AS newest_value,
           n.source AS newest_source, n.status AS newest_status, n.kind AS newest_kind,
           n.findings AS newest_findings, n.supersedes AS newest_supersedes,
           n.receipt_id AS newest_receipt_id, n.taken_at AS newest_taken_at,
           n.submitted_at AS newest_submitted_at, submitter.tax_id AS newest_submitter_tax_id,
           submitter.name AS newest_submitter_name
      FROM readings n
      LEFT JOIN organizations submitter
        ON submitter.id = n.submitting_organization_id AND link.is_own
     WHERE (n.organization_id, n.register_id) = (g.organization_id, g.id)
       AND n.read_on = {CLOSES_ON} ORDER BY n.version DESC LIMIT 1
  ) newest ON true
  LEFT JOIN LATERAL (
    SELECT f.id AS following_id, f.period AS following_period, f.value AS following_value
      FROM readings f
     WHERE f.organization_id = g.organization_id AND f.register_id = g.id
       AND f.read_on > {CLOSES_ON} AND f.event = 'periodic'
       AND f.status IN ('accepted', 'in_review') ORDER BY f.read_on LIMIT 1
  ) following ON true
  LEFT JOIN LATERAL (
    SELECT array_agg(h.period) AS periods, array_agg(h.id) AS ids, array_agg(h.value) AS values
      FROM (SELECT b.period, b.id, b.value FROM readings b
             WHERE b.organization_id = g.organization_id AND b.register_id = g.id
               AND b.read_on < {CLOSES_ON} AND b.event = 'periodic'
               AND b.status IN ('accepted', 'in_review') ORDER BY b.read_on DESC LIMIT 13) h
  ) past ON true
 ORDER BY g.eic, g.installed_on DESC, g.serial_number, g.code
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("period", type_=Date),
    )


OF_ACCOUNT: Final = DirectStatement(
    _states(
        "(m.removed_on IS NULL OR m.removed_on > :period)"
        " AND (p.valid_to IS NULL OR p.valid_to > :period)"
    )
)
OF_METERS: Final = DirectStatement(
    _states(
        "m.id IN (SELECT s.meter_id FROM registers s WHERE s.organization_id = p.organization_id"
        " AND s.id = ANY(:register_ids))"
    ).bindparams(bindparam("register_ids", type_=ARRAY(Uuid)))
)


class ReadingFormView(CallerView):
    async def of_account(
        self, account_id: UUID, *, period: Period, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, AccountRegisters | None]:
        """Return every register that can be read; None when the account is not the caller's."""
        return await self._states(
            OF_ACCOUNT, account_id=account_id, period=period, credentials=credentials, now=now
        )

    async def of_registers(
        self,
        register_ids: list[UUID],
        *,
        account_id: UUID,
        period: Period,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Caller | None, AccountRegisters | None]:
        """Return these registers and their siblings on the same meters."""
        return await self._states(
            OF_METERS,
            account_id=account_id,
            period=period,
            credentials=credentials,
            now=now,
            register_ids=register_ids,
        )

    async def _states(
        self,
        statement: DirectStatement,
        *,
        account_id: UUID,
        period: Period,
        credentials: Credentials,
        now: datetime,
        **values: Any,
    ) -> tuple[Caller | None, AccountRegisters | None]:
        caller, rows = await self._ask(
            statement,
            credentials,
            now=now,
            account_id=account_id,
            period=period.starts_on,
            **values,
        )
        if not rows or rows[0].account_id is None:
            return caller, None
        first = rows[0]
        registers = [_state(row, period) for row in rows if row.register_id is not None]
        return caller, AccountRegisters(Reach(first.is_own, LinkScope(first.scope)), registers)


def _state(row: Any, period: Period) -> RegisterState:
    return RegisterState(
        register_id=row.register_id,
        meter_id=row.meter_id,
        serial_number=row.serial_number,
        eic=row.eic,
        code=row.code,
        energy=row.energy,
        zone=row.zone,
        digits=row.digits,
        decimals=row.decimals,
        multiplier=row.multiplier,
        is_remote=row.is_remote,
        removed_on=row.removed_on,
        verification_due_on=row.verification_due_on,
        past=tuple(
            PriorReading(id_, Period.containing(first), value)
            for first, id_, value in zip(
                row.past_periods or (), row.past_ids or (), row.past_values or (), strict=True
            )
        ),
        newest=_newest(row, period),
        following=_following(row),
    )


def _newest(row: Any, period: Period) -> CurrentReading | None:
    if row.newest_id is None:
        return None
    return CurrentReading(
        id=row.newest_id,
        period=period,
        value=row.newest_value,
        version=row.newest_version,
        source=row.newest_source,
        status=row.newest_status,
        kind=row.newest_kind,
        findings=tuple(row.newest_findings),
        supersedes=row.newest_supersedes,
        receipt_id=row.newest_receipt_id,
        taken_at=row.newest_taken_at,
        submitted_at=row.newest_submitted_at,
        submitted_by=named_company(row.newest_submitter_tax_id, row.newest_submitter_name),
    )


def named_company(tax_id: str | None, name: str | None) -> NamedCompany | None:
    return None if tax_id is None or name is None else NamedCompany(tax_id, name)


def _following(row: Any) -> PriorReading | None:
    if row.following_id is None:
        return None
    value: Decimal = row.following_value
    return PriorReading(row.following_id, Period.containing(row.following_period), value)
