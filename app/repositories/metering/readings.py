from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Date, Integer, SmallInteger, Uuid, bindparam, text

from app.access import Caller, Credentials
from app.models.metering.receipt_chain import ChainedReceipt, SubmittedValue
from app.models.metering.recorded_reading import (
    ReadingFilter,
    Receipt,
    RecordedReading,
)
from app.models.period import Period
from app.repositories.callers import (
    CALLER,
    CALLER_COLUMNS,
    LINKED,
    CallerView,
    caller_binds,
)
from app.repositories.direct import DirectStatement
from app.repositories.metering.reading_forms import LINK, named_company, review_in
from app.repositories.metering.register_lives import (
    ALL,
    counting_of,
    energy_of,
    fell,
    values_before,
)

Position = tuple[date, UUID, int]
"""Day, register and version of the last reading shown."""

ONE: Final = 1
"""Values before a reading that tell its energy, unless the register shows less than before."""

COLUMNS: Final = """
       r.*, past.*, latest.*, scale.*,
       submitter.tax_id AS submitter_tax_id, submitter.name AS submitter_name,
       r.kind = 'estimated' AND EXISTS (
         SELECT FROM readings b
          WHERE (b.organization_id, b.register_id) = (r.organization_id, r.register_id)
            AND b.read_on > r.read_on AND b.kind = 'actual' AND b.status = 'accepted'
       ) AS gave_way"""
BESIDE: Final = f"""
  {values_before("r")}
  {counting_of("r")}
  LEFT JOIN organizations submitter
    ON submitter.id = r.submitting_organization_id AND r.organization_id = caller.organization_id"""
FIELDS: Final = """
    SELECT r.organization_id, r.register_id, r.read_on, r.version, r.id, r.period, r.event, r.value,
           r.taken_at, r.submitted_at, r.submitting_organization_id, r.source, r.kind, r.status,
           r.findings, r.supersedes, r.review_outcome, r.review_reason, r.reviewed_at, g.energy,
           g.digits, g.decimals, g.multiplier"""
_OF_REGISTERS: Final = f"""{FIELDS}
      FROM metering_points p
      JOIN meters m ON m.organization_id = p.organization_id AND m.metering_point_id = p.id
      JOIN registers g ON g.organization_id = m.organization_id AND g.meter_id = m.id
      JOIN readings r ON r.organization_id = g.organization_id AND r.register_id = g.id"""


def _binds(name: str) -> tuple[BindParameter[Any], ...]:
    return bindparam(name, type_=Uuid), bindparam("most", type_=Integer)


# Cut to the limit first: only what is shown asks for the reading before it.
_LIST: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINK}
SELECT {CALLER_COLUMNS}, link.account_id AS link_account_id, {COLUMNS}
  FROM caller LEFT JOIN link ON true
  LEFT JOIN LATERAL ({_OF_REGISTERS}
     WHERE p.organization_id = link.account_organization_id AND p.account_id = link.account_id
       AND (CAST(:register_id AS uuid) IS NULL OR g.id = :register_id)
       AND (p.valid_to IS NULL OR r.read_on <= p.valid_to)
       AND r.read_on > :starts_on AND r.read_on <= :ends_on
       AND (r.read_on, r.register_id, r.version) < (:after_day, :after_register, :after_version)
     ORDER BY r.read_on DESC, r.register_id DESC, r.version DESC
     LIMIT :limit
  ) r ON true
  {BESIDE}
 ORDER BY r.read_on DESC, r.register_id DESC, r.version DESC
""").bindparams(  # noqa: S608 - made of constants of this module, values are bound
        *caller_binds(),
        bindparam("account_id", type_=Uuid),
        bindparam("register_id", type_=Uuid),
        bindparam("starts_on", type_=Date),
        bindparam("ends_on", type_=Date),
        bindparam("after_day", type_=Date),
        bindparam("after_register", type_=Uuid),
        bindparam("after_version", type_=SmallInteger),
        bindparam("limit", type_=Integer),
        bindparam("most", type_=Integer),
    )
)

_GET: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, {COLUMNS}
  FROM caller LEFT JOIN LATERAL ({FIELDS}
      FROM linked l
      JOIN readings r ON r.organization_id = l.account_organization_id AND r.id = :reading_id
      JOIN registers g ON g.organization_id = r.organization_id AND g.id = r.register_id
      JOIN meters m ON m.organization_id = g.organization_id AND m.id = g.meter_id
      JOIN metering_points p ON p.organization_id = m.organization_id
       AND p.id = m.metering_point_id AND p.account_id = l.account_id
       AND (p.valid_to IS NULL OR r.read_on <= p.valid_to)
     LIMIT 1
  ) r ON true
  {BESIDE}
""").bindparams(*caller_binds(), *_binds("reading_id"))  # noqa: S608 - constants
)

_RECEIPT: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, receipt.*, {COLUMNS}
  FROM caller LEFT JOIN LATERAL (
    SELECT c.id AS receipt_id, c.account_id AS receipt_account_id, a.account_number,
           c.period AS receipt_period, c.submitted_at AS receipt_submitted_at, c.digest,
           c.organization_id AS receipt_organization_id, l.is_own AS receipt_is_own,
           c.digest_form, c.number AS receipt_number, c.previous_hash, c.hash AS receipt_hash
      FROM linked l
      JOIN reading_receipts c ON c.organization_id = l.account_organization_id
       AND c.id = :receipt_id AND c.account_id = l.account_id
      JOIN accounts a ON a.organization_id = c.organization_id AND a.id = c.account_id
  ) receipt ON true
  LEFT JOIN LATERAL ({_OF_REGISTERS}
     WHERE p.organization_id = receipt.receipt_organization_id
       AND p.account_id = receipt.receipt_account_id
       AND r.period = receipt.receipt_period AND r.receipt_id = receipt.receipt_id
  ) r ON true
  {BESIDE}
 ORDER BY r.register_id
""").bindparams(*caller_binds(), *_binds("receipt_id"))  # noqa: S608 - constants
)

BEGINNING: Final[Position] = (date(9999, 12, 1), UUID(int=2**128 - 1), 32767)


class PastView(CallerView):
    """Asks for readings together with the values before them."""

    async def ask_past(
        self, statement: DirectStatement, credentials: Credentials, **values: Any
    ) -> tuple[Caller | None, list[Any]]:
        """Return rows with as much of each register's past as its energy depends on."""
        caller, rows = await self._ask(statement, credentials, **values, most=ONE)
        if any(row.id is not None and fell(row, row.value) for row in rows):
            caller, rows = await self._ask(statement, credentials, **values, most=ALL)
        return caller, rows


class ReadingView(PastView):
    async def list_newest(
        self,
        account_id: UUID,
        *,
        chosen: ReadingFilter,
        after: Position | None,
        limit: int,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Caller | None, list[RecordedReading] | None]:
        """Return readings newest first; None when the account is not the caller's."""
        day, register_id, version = after or BEGINNING
        caller, rows = await self.ask_past(
            _LIST,
            credentials,
            now=now,
            account_id=account_id,
            register_id=chosen.register_id,
            starts_on=chosen.starts_on,
            ends_on=chosen.ends_on,
            after_day=day,
            after_register=register_id,
            after_version=version,
            limit=limit,
        )
        if not rows or rows[0].link_account_id is None:
            return caller, None
        return caller, _readings(rows)

    async def get(
        self, reading_id: UUID, *, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, RecordedReading | None]:
        caller, rows = await self.ask_past(_GET, credentials, now=now, reading_id=reading_id)
        readings = _readings(rows)
        return caller, readings[0] if readings else None

    async def receipt(
        self, receipt_id: UUID, *, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, Receipt | None, list[RecordedReading]]:
        caller, rows = await self.ask_past(_RECEIPT, credentials, now=now, receipt_id=receipt_id)
        if not rows or rows[0].receipt_id is None:
            return caller, None, []
        row = rows[0]
        receipt = Receipt(
            id=row.receipt_id,
            account_id=row.receipt_account_id,
            account_number=row.account_number,
            period=Period.containing(row.receipt_period),
            submitted_at=row.receipt_submitted_at,
            digest=row.digest,
            seal=_seal(rows),
            is_own=row.receipt_is_own,
        )
        return caller, receipt, _readings(rows)


def _seal(rows: list[Any]) -> ChainedReceipt:
    row = rows[0]
    return ChainedReceipt(
        id=row.receipt_id,
        account_id=row.receipt_account_id,
        period=Period.containing(row.receipt_period),
        submitted_at=row.receipt_submitted_at,
        digest=row.digest,
        digest_form=row.digest_form,
        number=row.receipt_number,
        previous_hash=row.previous_hash,
        hash=row.receipt_hash,
        values=tuple(
            SubmittedValue(each.register_id, each.read_on, each.value)
            for each in rows
            if each.id is not None
        ),
    )


def _readings(rows: Any) -> list[RecordedReading]:
    return [reading_of(row) for row in rows if row.id is not None]


def reading_of(row: Any) -> RecordedReading:
    return RecordedReading(
        id=row.id,
        register_id=row.register_id,
        period=Period.containing(row.period),
        read_on=row.read_on,
        event=row.event,
        version=row.version,
        value=row.value,
        taken_at=row.taken_at,
        submitted_at=row.submitted_at,
        source=row.source,
        status=row.status,
        kind=row.kind,
        consumption_kwh=None if row.gave_way else energy_of(row),
        findings=tuple(row.findings),
        supersedes=row.supersedes,
        energy=row.energy,
        submitted_by=named_company(row.submitter_tax_id, row.submitter_name),
        review=review_in(row),
    )
