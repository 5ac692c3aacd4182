"""How an account pays, as members read it."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text

from app.access import Caller, Credentials, LinkScope, Reach
from app.models.billing.instalment import Instalment
from app.models.billing.payment_terms import DUE_DAYS, PaymentForm
from app.models.billing.shown_terms import ShownTerms
from app.models.money import Money
from app.repositories.callers import CALLER, CALLER_COLUMNS, LINKED, CallerView, caller_binds
from app.repositories.direct import DirectStatement

_TERMS: Final = DirectStatement(
    text(f"""
WITH {CALLER}, {LINKED}
SELECT {CALLER_COLUMNS}, b.account_organization_id, b.account_id, b.is_own, b.scope, t.form,
       t.due_days AS final_due_days, n.position, n.since, n.day_of_month, n.percent, n.amount,
       n.due_days
  FROM caller
  LEFT JOIN linked b ON b.account_id = :account_id
  LEFT JOIN payment_terms t
    ON t.organization_id = b.account_organization_id AND t.account_id = b.account_id
  LEFT JOIN instalments n
    ON n.organization_id = b.account_organization_id AND n.account_id = b.account_id
 ORDER BY n.position
""").bindparams(*caller_binds(), bindparam("account_id", type_=Uuid))  # noqa: S608 - constants
)


class PaymentTermsView(CallerView):
    async def of_account(
        self, account_id: UUID, *, credentials: Credentials, now: datetime
    ) -> tuple[Caller | None, Reach | None, ShownTerms | None]:
        """Return how an account pays; no reach when the cabinet does not show it."""
        caller, rows = await self._ask(_TERMS, credentials, now=now, account_id=account_id)
        if not rows or rows[0].account_id is None:
            return caller, None, None
        first = rows[0]
        terms = ShownTerms(
            account_id=first.account_id,
            form=PaymentForm(first.form or PaymentForm.ACTUAL),
            due_days=first.final_due_days or DUE_DAYS,
            instalments=[_instalment(row) for row in rows if row.position is not None],
        )
        return caller, Reach(first.is_own, LinkScope(first.scope)), terms


def _instalment(row: Any) -> Instalment:
    return Instalment(
        organization_id=row.account_organization_id,
        account_id=row.account_id,
        position=row.position,
        since=row.since,
        day_of_month=row.day_of_month,
        percent=row.percent,
        amount=None if row.amount is None else Money(row.amount),
        due_days=row.due_days,
    )
