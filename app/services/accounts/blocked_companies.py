from dataclasses import dataclass

from app.access import Caller, Credentials, Permission, permitted
from app.errors import NotFound
from app.models.accounts.actions import AccountAction
from app.models.accounts.blocked_company import (
    MOST_BLOCKED,
    BlockedCompany,
    OwnCompanyBlocked,
    TooManyBlockedCompanies,
)
from app.origin import Origin
from app.repositories.accounts.blocked_companies import BlockedCompanyRepository
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.security.cursors import Page
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedCompanyService:
    """Blocks companies: a blocked company cannot ask to see the owner's accounts.

    Blocking ends the company's open requests and refuses new ones. A link that stands stays:
    ending it is an act of its own, which the owner sees in the list of links.
    """

    context: Context

    async def list_by_tax_id(
        self, credentials: Credentials, *, limit: int, cursor: str | None
    ) -> Page[BlockedCompany]:
        """Show the owner which companies are blocked.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CursorInvalid: the cursor belongs to another list.
        """
        scope = f"blocked-companies:{credentials.organization_id}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.begin() as transaction:
            caller = _blocking(
                await CallerRepository(transaction).get(credentials, now=self.context.clock.now())
            )
            found = await BlockedCompanyRepository(transaction).list_by_tax_id(
                organization_id=caller.organization_id,
                after=asked.after[0] if asked.after else "",
                limit=asked.rows,
            )
        return asked.page(found, lambda last: (last.tax_id,))

    async def block(self, credentials: Credentials, tax_id: str, *, origin: Origin) -> None:
        """Refuse a company's requests from now on, and end those that are open.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises OwnCompanyBlocked: the caller's own company.
        :raises TooManyBlockedCompanies:
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = _blocking(await CallerRepository(transaction).get(credentials, now=now))
            companies = BlockedCompanyRepository(transaction)
            if await companies.is_own(tax_id, organization_id=caller.organization_id):
                raise OwnCompanyBlocked
            blocked = BlockedCompany(
                organization_id=caller.organization_id,
                tax_id=tax_id,
                blocked_at=now,
                blocked_by=caller.member_id,
            )
            if not await companies.add(blocked):
                return
            if await companies.count(caller.organization_id) > MOST_BLOCKED:
                raise TooManyBlockedCompanies
            await companies.end_requests(tax_id, organization_id=caller.organization_id, now=now)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                AccountAction.COMPANY_BLOCKED, tax_id=tax_id
            )

    async def unblock(self, credentials: Credentials, tax_id: str, *, origin: Origin) -> None:
        """Let a company ask again.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises CabinetFrozen, HoldAfterReset: see `Restraint`.
        :raises NotFound: it is not blocked.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = _blocking(await CallerRepository(transaction).get(credentials, now=now))
            caller.restraint.require_may_change_who_gets_in(now)
            if not await BlockedCompanyRepository(transaction).remove(
                tax_id, organization_id=caller.organization_id
            ):
                raise NotFound
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                AccountAction.COMPANY_UNBLOCKED, tax_id=tax_id
            )


def _blocking(caller: Caller | None) -> Caller:
    return permitted(caller, Permission.BLOCK_COMPANIES)
