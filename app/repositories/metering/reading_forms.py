"""What a client needs to hand in readings, and what the rules need to judge them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, TextClause, Uuid, bindparam, text

from app.access import Caller, Credentials, LinkScope, Reach
from app.models.customers.organization import NamedCompany
from app.models.metering.energy.register import Mark, RegisterLife
from app.models.metering.reading import Kind
from app.models.metering.reading_review import Review
from app.models.metering.register_state import (
    AccountRegisters,
    CurrentReading,
    PriorReading,
    RegisterState,
)
from app.models.metering.window_book import WindowMark
from app.models.period import Period
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement
from app.repositories.metering.beside_registers import CLOSED, FOLLOWING, NEWEST, WINDOWS
from app.repositories.metering.register_lives import (
    ALL,
    ENOUGH,
    counting_of,
    decimals_before,
    fell,
    marks_of,
    values_before,
)
from app.repositories.metering.scales import scales_of

CLOSES_ON: Final = "CAST(CAST(:period AS date) + interval '1 month' AS date)"
"""The day at whose beginning the values stand that close a period; the readings' key has it."""

LINK: Final = f"""{LINKED},
link AS MATERIALIZED (
  SELECT * FROM linked WHERE account_id = :account_id
)"""  # noqa: S608 - made of constants, values are bound
"""A CTE after `caller`: the account, if the caller's cabinet shows it to the caller."""


_REGISTERS: Final = f"""
    SELECT r.organization_id, r.id AS register_id, r.meter_id, r.code, r.energy, r.zone, r.digits,
           r.decimals, r.multiplier, r.revision, m.serial_number, m.is_remote, m.removed_on,
           m.installed_on, m.verification_due_on, p.eic,
           greatest(m.installed_on, p.valid_from) AS runs_from,
           least(m.removed_on, p.valid_to) AS runs_until,
           least({CLOSES_ON}, m.removed_on, p.valid_to) AS read_on
      FROM metering_points p
      JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
      JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
     WHERE p.organization_id = link.account_organization_id
       AND p.account_id = link.account_id"""  # noqa: S608 - made of constants, values are bound


def _states(condition: str, link: str = LINK) -> TextClause:
    """Return one row for each register of the account, newest installation first.

    Every lateral part is a probe of a primary key.
    """
    return text(f"""
WITH {CALLER}, {link}
SELECT {CALLER_COLUMNS}, link.account_id, link.is_own, link.scope, windows.*, closed.*, g.*,
       newest.*, following.*, past.*, latest.*, scale.*
  FROM caller LEFT JOIN link ON true
  LEFT JOIN LATERAL ({WINDOWS}) windows ON true
  LEFT JOIN LATERAL ({CLOSED}) closed ON true
  LEFT JOIN LATERAL ({_REGISTERS} AND {condition} OFFSET 0) g ON true
  LEFT JOIN LATERAL ({NEWEST}) newest ON true
  LEFT JOIN LATERAL ({FOLLOWING}) following ON true
  {values_before("g")}
  {counting_of("g")}
 ORDER BY g.eic, g.installed_on DESC, g.serial_number, g.code
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("period", type_=Date),
        bindparam("most", type_=Integer),
    )


_OF_ONE: Final = bindparam("account_id", type_=Uuid)
RUNS_IN_PERIOD: Final = f"""(m.removed_on IS NULL OR m.removed_on > :period)
       AND (p.valid_to IS NULL OR p.valid_to > :period) AND m.installed_on < {CLOSES_ON}
       AND (p.valid_from IS NULL OR p.valid_from < {CLOSES_ON})"""

OF_ACCOUNT: Final = DirectStatement(_states(RUNS_IN_PERIOD).bindparams(_OF_ONE))
OF_METERS: Final = DirectStatement(
    _states(
        "m.id IN (SELECT s.meter_id FROM registers s WHERE s.organization_id = p.organization_id"
        " AND s.id = ANY(:register_ids))"
    ).bindparams(_OF_ONE, bindparam("register_ids", type_=ARRAY(Uuid)))
)
METERS: Final = f"""{LINKED},
link AS MATERIALIZED (
  SELECT linked.*, asked.meter_id
    FROM unnest(CAST(:account_ids AS uuid[]), CAST(:meter_ids AS uuid[]))
         AS asked(account_id, meter_id)
    JOIN linked ON linked.account_id = asked.account_id
)"""  # noqa: S608 - made of constants, values are bound
"""A CTE after `caller`: meters of many accounts, where the cabinet shows these to the caller."""
OF_MANY: Final = DirectStatement(
    _states("m.id = link.meter_id", METERS).bindparams(
        bindparam("account_ids", type_=ARRAY(Uuid)), bindparam("meter_ids", type_=ARRAY(Uuid))
    )
)


class ReadingFormView(CallerView):
    async def of_account(
        self, account_id: UUID, *, period: Period, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, AccountRegisters | None]:
        """Return every register that ran in the period; None when the account is not theirs."""
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

    async def of_meters(
        self,
        meters: Sequence[tuple[UUID, UUID]],
        *,
        period: Period,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Caller | None, dict[UUID, AccountRegisters]]:
        """Return the registers of meters, each given with its account, by account.

        An account that is not in the cabinet is not among them.
        """
        asked = {"period": period.starts_on, "now": now}
        caller, rows = await self._ask_about(meters, credentials, **asked, most=ENOUGH)
        rows = [row for row in rows if row.account_id is not None]
        if fallen := {(row.account_id, row.meter_id) for row in rows if fell(row)}:
            _, again = await self._ask_about(list(fallen), credentials, **asked, most=ALL)
            rows = [row for row in rows if (row.account_id, row.meter_id) not in fallen]
            rows += [row for row in again if row.account_id is not None]
        found: dict[UUID, AccountRegisters] = {}
        for row in rows:
            reach = Reach(row.is_own, LinkScope(row.scope))
            windows = WindowMark(row.window_group, row.windows_version)
            account = found.setdefault(row.account_id, AccountRegisters(reach, windows, []))
            if row.register_id is not None:
                account.registers.append(_state(row, period))
        return caller, found

    async def _ask_about(
        self, meters: Sequence[tuple[UUID, UUID]], credentials: Credentials, **values: Any
    ) -> tuple[Caller | None, list[Any]]:
        return await self._ask(
            OF_MANY,
            credentials,
            account_ids=[account_id for account_id, _ in meters],
            meter_ids=[meter_id for _, meter_id in meters],
            **values,
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
        asked = values | {"account_id": account_id, "period": period.starts_on, "now": now}
        caller, rows = await self._ask(statement, credentials, **asked, most=ENOUGH)
        if any(fell(row) for row in rows):
            caller, rows = await self._ask(statement, credentials, **asked, most=ALL)
        if not rows or rows[0].account_id is None:
            return caller, None
        first = rows[0]
        registers = [_state(row, period) for row in rows if row.register_id is not None]
        reach = Reach(first.is_own, LinkScope(first.scope))
        windows = WindowMark(first.window_group, first.windows_version)
        return caller, AccountRegisters(reach, windows, registers)


def _state(row: Any, period: Period) -> RegisterState:
    marks = marks_of(row)
    return RegisterState(
        register_id=row.register_id,
        meter_id=row.meter_id,
        serial_number=row.serial_number,
        eic=row.eic,
        code=row.code,
        energy=row.energy,
        zone=row.zone,
        decimals=decimals_before(row, row.read_on),
        revision=row.revision,
        is_remote=row.is_remote,
        removed_on=row.removed_on,
        verification_due_on=row.verification_due_on,
        is_period_settled=row.is_period_settled,
        read_on=row.read_on,
        life=RegisterLife(
            marks=marks,
            scales=scales_of(row),
            runs_from=row.runs_from,
            runs_until=row.runs_until,
        ),
        previous=_previous(row, marks),
        newest=_newest(row, period),
        following=_following(row),
    )


def _previous(row: Any, marks: list[Mark]) -> PriorReading | None:
    if row.estimated_on is not None:
        return PriorReading(row.estimated_on, row.estimated_value, Kind.ESTIMATED)
    return PriorReading(marks[-1].day, marks[-1].value, Kind.ACTUAL) if marks else None


def _newest(row: Any, period: Period) -> CurrentReading | None:
    if row.newest_id is None:
        return None
    return CurrentReading(
        id=row.newest_id,
        period=period,
        event=row.newest_event,
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
        review=review_in(row),
    )


def named_company(tax_id: str | None, name: str | None) -> NamedCompany | None:
    return None if tax_id is None or name is None else NamedCompany(tax_id, name)


def review_in(row: Any) -> Review | None:
    if row.review_outcome is None:
        return None
    return Review(row.review_outcome, row.review_reason, row.reviewed_at)


def _following(row: Any) -> Mark | None:
    if row.following_on is None:
        return None
    return Mark(row.following_on, row.following_value, is_actual=True)
