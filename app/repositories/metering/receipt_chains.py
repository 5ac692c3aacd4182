"""Chains of receipts, company by company, as they stand in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Text, Uuid, bindparam, text

from app.models.metering.receipt_chain import ChainedReceipt, SubmittedValue
from app.models.period import Period
from app.repositories.base import Repository

# A chain without receipts, and receipts without a chain, are both to be found.
_COMPANIES: Final = text("""
SELECT o.id, o.tax_id, c.length, c.hash
  FROM organizations o LEFT JOIN receipt_chains c ON c.organization_id = o.id
 WHERE o.id > :after AND (CAST(:tax_id AS text) IS NULL OR o.tax_id = :tax_id)
   AND (c.organization_id IS NOT NULL
        OR EXISTS (SELECT FROM reading_receipts r WHERE r.organization_id = o.id))
 ORDER BY o.id LIMIT :limit
""").bindparams(
    bindparam("after", type_=Uuid),
    bindparam("tax_id", type_=Text),
    bindparam("limit", type_=Integer),
)

_RECEIPTS: Final = """
SELECT c.id, c.account_id, c.period, c.submitted_at, c.digest, c.digest_form, c.number,
       c.previous_hash, c.hash, v.registers, v.days, v.readings
  FROM (SELECT * FROM reading_receipts
         WHERE organization_id = :organization_id AND {which} LIMIT :limit) c
  LEFT JOIN (
    SELECT receipt_id, array_agg(register_id) AS registers, array_agg(read_on) AS days,
           array_agg(value) AS readings
      FROM readings WHERE organization_id = :organization_id AND receipt_id IS NOT NULL
     GROUP BY receipt_id
  ) v ON v.receipt_id = c.id
 ORDER BY c.number
"""
_BINDS: Final = (
    bindparam("organization_id", type_=Uuid),
    bindparam("limit", type_=Integer),
)
_CHAINED: Final = text(_RECEIPTS.format(which="number > :after ORDER BY number")).bindparams(
    *_BINDS, bindparam("after", type_=BigInteger)
)
_OUTSIDE: Final = text(_RECEIPTS.format(which="number IS NULL ORDER BY id")).bindparams(*_BINDS)


@dataclass(frozen=True, slots=True)
class CompanyChain:
    """A company, and what its chain's row says of the end."""

    organization_id: UUID
    tax_id: str
    length: int
    hash: str | None


class ReceiptChainRepository(Repository):
    async def list_companies(
        self, *, after: UUID, tax_id: str | None, limit: int
    ) -> list[CompanyChain]:
        """Return companies that have receipts, or had some."""
        values = {"after": after, "tax_id": tax_id, "limit": limit}
        rows = await self._session.execute(_COMPANIES, values)
        return [CompanyChain(row.id, row.tax_id, row.length or 0, row.hash) for row in rows]

    async def list_chained(
        self, organization_id: UUID, *, after: int, limit: int
    ) -> Sequence[ChainedReceipt]:
        """Return a company's receipts from a place in the chain on."""
        values = {"organization_id": organization_id, "after": after, "limit": limit}
        rows = await self._session.execute(_CHAINED, values)
        return [_receipt(row) for row in rows]

    async def outside(self, organization_id: UUID) -> ChainedReceipt | None:
        """Return the first receipt that has no place in the chain."""
        values = {"organization_id": organization_id, "limit": 1}
        row = (await self._session.execute(_OUTSIDE, values)).one_or_none()
        return None if row is None else _receipt(row)


def _receipt(row: Any) -> ChainedReceipt:
    found = zip(row.registers or (), row.days or (), row.readings or (), strict=True)
    return ChainedReceipt(
        id=row.id,
        account_id=row.account_id,
        period=Period.containing(row.period),
        submitted_at=row.submitted_at,
        digest=row.digest,
        digest_form=row.digest_form,
        number=row.number,
        previous_hash=row.previous_hash,
        hash=row.hash,
        values=tuple(SubmittedValue(*each) for each in found),
    )
