"""Statements of banks: their lines are added once, and looked at until somebody knows them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Date, Text, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from app.models.base import new_id
from app.models.payments.bank_line import BankLine
from app.models.payments.statement import LineState, PayerAlias, StatementLine, StatementRow
from app.repositories.base import Repository

AT_ONCE: Final = 1000
"""Lines added in one statement: a megabyte or two."""
MOST_LISTED: Final = 1000

_ADD: Final = text("""
WITH added AS (
  INSERT INTO bank_lines (id, statement_id, iban, bank_ref, booked_on, amount, is_reversal,
                          payer, purpose, reference, state, candidates, assignments)
  SELECT f.id, :statement_id, f.iban, f.bank_ref, f.booked_on, f.amount, f.is_reversal,
         CAST(f.payer AS jsonb), f.purpose, f.reference, 'pending', '{}', 0
    FROM unnest(:ids, :ibans, :bank_refs, :booked_on, :amounts, :reversals, :payers, :purposes,
                :references)
      AS f(id, iban, bank_ref, booked_on, amount, is_reversal, payer, purpose, reference)
  ON CONFLICT (iban, bank_ref) DO NOTHING
  RETURNING iban, amount
)
SELECT iban, count(*) AS added, sum(amount)::bigint AS kopiykas FROM added GROUP BY iban
""").bindparams(
    bindparam("statement_id", type_=Uuid),
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("ibans", type_=ARRAY(Text)),
    bindparam("bank_refs", type_=ARRAY(Text)),
    bindparam("booked_on", type_=ARRAY(Date)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
    bindparam("reversals", type_=ARRAY(Boolean)),
    bindparam("payers", type_=ARRAY(Text)),
    bindparam("purposes", type_=ARRAY(Text)),
    bindparam("references", type_=ARRAY(Text)),
)


class StatementRepository(Repository):
    async def find(self, sha256: str) -> StatementRow | None:
        return await self._session.scalar(select(StatementRow).where(StatementRow.sha256 == sha256))

    async def add(self, statement: StatementRow) -> bool:
        """Keep a file; false if the same one was loaded before."""
        return await self._insert(statement)

    async def add_lines(
        self, statement_id: UUID, lines: Sequence[BankLine]
    ) -> list[tuple[str, int, int]]:
        """Add lines that no statement had before; return how many, and how much, by account."""
        values = _columns(lines) | {"statement_id": statement_id}
        rows = await self._session.execute(_ADD, values)
        return [(row.iban, row.added, row.kopiykas) for row in rows]

    async def lock_pending(self, *, limit: int) -> list[StatementLine]:
        """Return lines that nobody has looked at, locked; another worker gets others."""
        found = await self._session.scalars(
            select(StatementLine)
            .where(StatementLine.state == LineState.PENDING)
            .order_by(StatementLine.id)
            .limit(limit)
            .with_for_update(skip_locked=True, key_share=True)
            .execution_options(populate_existing=True)
        )
        return list(found)

    async def lock(self, line_id: UUID) -> StatementLine | None:
        return await self._session.scalar(
            select(StatementLine)
            .where(StatementLine.id == line_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    async def newest(self, *, only_unmatched: bool) -> list[StatementLine]:
        asked = select(StatementLine).order_by(StatementLine.id.desc()).limit(MOST_LISTED)
        if only_unmatched:
            asked = asked.where(StatementLine.state != LineState.MATCHED)
        return list(await self._session.scalars(asked))

    async def learn(self, alias: PayerAlias) -> None:
        """Remember for whom a payer pays; the newest decision counts."""
        values = {
            "organization_id": alias.organization_id,
            "account_id": alias.account_id,
            "learned_at": alias.learned_at,
        }
        await self._session.execute(
            insert(PayerAlias)
            .values(iban=alias.iban, tax_id=alias.tax_id, **values)
            .on_conflict_do_update(index_elements=["iban", "tax_id"], set_=values)
        )

    async def unlearn(self, iban: str, tax_id: str) -> None:
        alias = await self._session.get(PayerAlias, (iban, tax_id))
        if alias is not None:
            await self._session.delete(alias)
            await self._session.flush()


def _columns(lines: Sequence[BankLine]) -> dict[str, Any]:
    """Return the lines column by column, as one statement takes any number of them."""
    return {
        "ids": [new_id() for _ in lines],
        "ibans": [line.iban for line in lines],
        "bank_refs": [line.bank_ref for line in lines],
        "booked_on": [line.booked_on for line in lines],
        "amounts": [line.amount.kopiykas for line in lines],
        "reversals": [line.is_reversal for line in lines],
        "payers": [json.dumps(asdict(line.other)) for line in lines],
        "purposes": [line.purpose for line in lines],
        "references": [line.reference for line in lines],
    }
