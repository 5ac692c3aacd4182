from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.access import Credentials, Permission, permitted
from app.clock import kyiv_date
from app.errors import NotFound
from app.models.billing.shown_terms import ShownTerms
from app.repositories.billing.payment_terms_views import PaymentTermsView
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTermsService:
    context: Context

    @property
    def today(self) -> date:
        """The day in Kyiv from which the next instalments are counted."""
        return kyiv_date(self.context.clock.now())

    async def of_account(self, credentials: Credentials, account_id: UUID) -> ShownTerms:
        """Tell how an account pays: after the month, by instalments, or before it.

        :raises NotFound: the account is not in the caller's cabinet.
        :raises LinkScopeMissing: its company does not let the caller's see its bills.
        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        """
        async with self.context.database.connect() as connection:
            caller, reach, terms = await PaymentTermsView(connection).of_account(
                account_id, credentials=credentials, now=self.context.clock.now()
            )
        permitted(caller, Permission.VIEW_BILLS)
        if reach is None or terms is None:
            raise NotFound
        reach.require(Permission.VIEW_BILLS)
        return terms
