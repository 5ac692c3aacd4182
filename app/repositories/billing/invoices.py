"""Invoices as they are issued and settled; what members read is in `invoice_views`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    Text,
    Uuid,
    bindparam,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from app.models.billing.allocation import Allocation, OpenPart
from app.models.billing.books import ChargeClass
from app.models.billing.invoice import (
    Invoice,
    InvoiceAllocation,
    InvoiceKind,
    InvoiceLine,
    InvoicePart,
    InvoiceSeries,
)
from app.models.billing.payment_terms import DUE_DAYS, PaymentForm, PaymentTerms
from app.models.money import Money
from app.repositories.base import Repository

Key = tuple[UUID, UUID]
"""An account: whose it is, and which."""

# A planned invoice is over as soon as the final one of its month is there.
_OVER: Final = """EXISTS (
      SELECT FROM invoices f
       WHERE f.organization_id = i.organization_id AND f.account_id = i.account_id
         AND f.period = i.period AND f.kind = 'final')"""

_OPEN: Final = text(f"""
SELECT i.organization_id, i.account_id, i.id, i.number, i.kind, i.due_on,
       p.charge, p.total - p.paid AS outstanding, p.disputed_at IS NOT NULL AS is_disputed
  FROM unnest(:organization_ids, :account_ids) AS asked(organization_id, account_id)
  JOIN invoices i ON i.organization_id = asked.organization_id AND i.account_id = asked.account_id
  JOIN invoice_parts p ON p.organization_id = i.organization_id AND p.invoice_id = i.id
   AND p.paid < p.total
 WHERE i.kind <> 'planned' OR NOT {_OVER}
 ORDER BY i.due_on, i.number, p.charge
""").bindparams(  # noqa: S608 - made of this module's own constants
    bindparam("organization_ids", type_=ARRAY(Uuid)),
    bindparam("account_ids", type_=ARRAY(Uuid)),
)
_EARMARKED: Final = text(f"""
SELECT coalesce(sum(p.paid), 0)::bigint AS paid
  FROM invoices i
  JOIN invoice_parts p ON p.organization_id = i.organization_id AND p.invoice_id = i.id
 WHERE i.organization_id = :organization_id AND i.account_id = :account_id
   AND i.kind = 'planned' AND NOT {_OVER}
""").bindparams(  # noqa: S608 - made of this module's own constants
    bindparam("organization_id", type_=Uuid), bindparam("account_id", type_=Uuid)
)
_BILLED: Final = text("""
SELECT i.period, l.eic, sum(l.quantity) AS kwh
  FROM invoices i
  JOIN invoice_lines l ON l.organization_id = i.organization_id AND l.invoice_id = i.id
 WHERE i.organization_id = :organization_id AND i.account_id = :account_id
   AND i.period >= :since AND i.kind IN ('final', 'corrective') AND l.code = 'distribution'
 GROUP BY i.period, l.eic
""").bindparams(
    bindparam("organization_id", type_=Uuid),
    bindparam("account_id", type_=Uuid),
    bindparam("since", type_=Date),
)
_BILLED_REACTIVE: Final = text("""
SELECT i.period, l.eic, sum(l.net)::bigint AS net
  FROM invoices i
  JOIN invoice_lines l ON l.organization_id = i.organization_id AND l.invoice_id = i.id
 WHERE i.organization_id = :organization_id AND i.account_id = :account_id
   AND i.period >= :since AND i.kind IN ('final', 'corrective') AND l.code = 'reactive'
 GROUP BY i.period, l.eic
""").bindparams(
    bindparam("organization_id", type_=Uuid),
    bindparam("account_id", type_=Uuid),
    bindparam("since", type_=Date),
)
_BY_NUMBER: Final = text("""
SELECT organization_id, account_id, id, number FROM invoices
 WHERE number = ANY(:numbers) ORDER BY number
""").bindparams(bindparam("numbers", type_=ARRAY(Text)))
_SETTLE: Final = text("""
WITH settled AS (
  SELECT * FROM unnest(:organization_ids, :invoice_ids, :charges, :amounts, :transaction_ids)
      AS settled(organization_id, invoice_id, charge, amount, transaction_id)
), paid AS (
  UPDATE invoice_parts p SET paid = p.paid + s.amount
    FROM (SELECT organization_id, invoice_id, charge, sum(amount)::bigint AS amount
            FROM settled GROUP BY organization_id, invoice_id, charge) s
   WHERE p.organization_id = s.organization_id AND p.invoice_id = s.invoice_id
     AND p.charge = s.charge
)
INSERT INTO invoice_allocations (organization_id, invoice_id, charge, transaction_id, amount)
SELECT organization_id, invoice_id, charge, transaction_id, amount FROM settled
""").bindparams(
    bindparam("organization_ids", type_=ARRAY(Uuid)),
    bindparam("invoice_ids", type_=ARRAY(Uuid)),
    bindparam("charges", type_=ARRAY(Text)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
    bindparam("transaction_ids", type_=ARRAY(Uuid)),
)


@dataclass(frozen=True, slots=True)
class Settled:
    """How much of a part of an invoice one transaction of the ledger has settled."""

    part: tuple[UUID, UUID, str]
    amount: Money
    transaction_id: UUID


class InvoiceRepository(Repository):
    """Use cases that move an account's money begin with `lock_accounts`."""

    async def lock_accounts(self, keys: Iterable[Key]) -> dict[Key, PaymentTerms]:
        """Return how accounts pay; nobody else moves their money until the transaction ends.

        All accounts of a transaction are locked at once, in the order of their keys.
        """
        ordered = sorted(set(keys))
        if not ordered:
            return {}
        defaults = {"form": PaymentForm.ACTUAL.value, "due_days": DUE_DAYS}
        rows = [
            {"organization_id": organization_id, "account_id": account_id, **defaults}
            for organization_id, account_id in ordered
        ]
        await self._session.execute(insert(PaymentTerms).values(rows).on_conflict_do_nothing())
        key = tuple_(PaymentTerms.organization_id, PaymentTerms.account_id)
        found = await self._session.scalars(
            select(PaymentTerms)
            .where(key.in_(ordered))
            .order_by(PaymentTerms.organization_id, PaymentTerms.account_id)
            .with_for_update(key_share=True)
        )
        return {(each.organization_id, each.account_id): each for each in found}

    async def next_place(self, series: str) -> int:
        """Return the next place in a series; whoever else issues in it waits for the commit."""
        placed = insert(InvoiceSeries).values(series=series, last=1)
        raised = placed.on_conflict_do_update(
            index_elements=["series"], set_={"last": InvoiceSeries.last + 1}
        ).returning(InvoiceSeries.last)
        return int(await self._session.scalar(raised) or 0)

    async def add(
        self, invoice: Invoice, lines: Iterable[InvoiceLine], parts: Iterable[InvoicePart]
    ) -> None:
        self._session.add(invoice)
        await self._session.flush()
        self._session.add_all([*lines, *parts])
        await self._session.flush()

    async def issued(self, key: Key, issue_keys: Sequence[str]) -> dict[str, Invoice]:
        """Return what has been issued already of these things to bill."""
        found = await self._session.scalars(
            select(Invoice).where(
                Invoice.organization_id == key[0],
                Invoice.account_id == key[1],
                Invoice.issue_key.in_(issue_keys),
            )
        )
        return {each.issue_key: each for each in found}

    async def open_parts(self, keys: Iterable[Key]) -> list[OpenPart]:
        """Return what these accounts owe, the oldest due first."""
        asked = sorted(set(keys))
        rows = await self._session.execute(
            _OPEN,
            {
                "organization_ids": [key[0] for key in asked],
                "account_ids": [key[1] for key in asked],
            },
        )
        return [_part(row) for row in rows]

    async def earmarked(self, key: Key) -> Money:
        """Return how much of an account's advances was paid for instalments that still run."""
        values = {"organization_id": key[0], "account_id": key[1]}
        return Money(int(await self._session.scalar(_EARMARKED, values) or 0))

    async def mark_paid(self, allocations: Iterable[Allocation], *, transaction_id: UUID) -> None:
        """Note what a transaction of the ledger has settled, part by part."""
        await self.mark_all_paid([(transaction_id, list(allocations))])

    async def mark_all_paid(self, settled: Iterable[tuple[UUID, Sequence[Allocation]]]) -> None:
        """Note what each of many transactions of the ledger has settled."""
        await self._settle(
            [
                Settled(each.part.key, each.amount, transaction_id)
                for transaction_id, allocations in settled
                for each in allocations
            ]
        )

    async def take_back(self, transaction_id: UUID, *, reversal_id: UUID) -> int:
        """Undo what a transaction has settled, with the transaction that reverses it.

        Returns how many parts are owed again.
        """
        found = await self._session.scalars(
            select(InvoiceAllocation).where(InvoiceAllocation.transaction_id == transaction_id)
        )
        undone = [
            Settled((row.organization_id, row.invoice_id, row.charge), -row.amount, reversal_id)
            for row in found
        ]
        await self._settle(undone)
        return len(undone)

    async def mark_disputed(self, part: OpenPart, since: datetime | None) -> None:
        """Say since when a part is disputed; None: it is no longer."""
        await self._session.execute(
            update(InvoicePart)
            .where(
                InvoicePart.organization_id == part.organization_id,
                InvoicePart.invoice_id == part.invoice_id,
                InvoicePart.charge == part.charge.value,
            )
            .values(disputed_at=since)
            .execution_options(synchronize_session=False)
        )

    async def by_number(self, numbers: Sequence[str]) -> list[tuple[Key, UUID, str]]:
        """Return the invoices of these numbers: whose, id and number."""
        rows = await self._session.execute(_BY_NUMBER, {"numbers": list(numbers)})
        return [((row.organization_id, row.account_id), row.id, row.number) for row in rows]

    async def billed_kwh(self, key: Key, *, since: date) -> dict[tuple[date, str], int]:
        """Return the kWh billed of each month from `since` on, by the EIC of the metering point.

        Corrections are included.
        """
        values = {"organization_id": key[0], "account_id": key[1], "since": since}
        rows = await self._session.execute(_BILLED, values)
        return {(row.period, row.eic): int(row.kwh) for row in rows}

    async def billed_reactive(self, key: Key, *, since: date) -> dict[tuple[date, str], Money]:
        """Return the fees for reactive energy billed of each month, without VAT."""
        values = {"organization_id": key[0], "account_id": key[1], "since": since}
        rows = await self._session.execute(_BILLED_REACTIVE, values)
        return {(row.period, row.eic): Money(row.net) for row in rows}

    async def _settle(self, settled: Sequence[Settled]) -> None:
        if not settled:
            return
        ordered = sorted(settled, key=lambda each: each.part)
        values = {
            "organization_ids": [each.part[0] for each in ordered],
            "invoice_ids": [each.part[1] for each in ordered],
            "charges": [each.part[2] for each in ordered],
            "amounts": [each.amount.kopiykas for each in ordered],
            "transaction_ids": [each.transaction_id for each in ordered],
        }
        await self._session.execute(_SETTLE, values)


def _part(row: Any) -> OpenPart:
    return OpenPart(
        organization_id=row.organization_id,
        account_id=row.account_id,
        invoice_id=row.id,
        number=row.number,
        charge=ChargeClass(row.charge),
        due_on=row.due_on,
        outstanding=Money(row.outstanding),
        is_planned=row.kind == InvoiceKind.PLANNED,
        is_disputed=row.is_disputed,
    )
