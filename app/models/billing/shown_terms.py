from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.models.billing.instalment import Instalment
from app.models.billing.payment_terms import PaymentForm


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTerms:
    """How an account pays for its energy, as members read it."""

    account_id: UUID
    form: PaymentForm
    due_days: int
    """Working days, of final invoices."""
    instalments: Sequence[Instalment]
