from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.access import Caller, Credentials, LinkScope, Permission, permitted
from app.identifiers import AccountNumbers
from app.models.accounts.account_link_request import AccountLinkRequest
from app.models.customers.account import require_account_number
from app.models.customers.account_link import AccountAlreadyLinked, AccountLink, LastAccount
from app.models.customers.actions import CustomerAction
from app.models.idempotency_key import PendingAnswer
from app.models.identity.sign_up import AccountNotFound
from app.models.limits.kinds import require
from app.origin import Origin
from app.repositories.accounts.account_links import AccountLinkRepository, AccountLinkView, Linkable
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.limits import LimitRepository
from app.repositories.metering.reading_windows import KnownWindows
from app.security.cursors import Page
from app.services.accounts.link_requests import AccountLinkRequestService
from app.services.accounts.outcomes import (
    LinkedAccount,
    LinkProgress,
    existing,
    linking,
    unlinking,
)
from app.services.context import Context

BEGINNING: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLinkService:
    context: Context
    account_numbers: AccountNumbers
    windows: KnownWindows
    requests: AccountLinkRequestService

    async def start(
        self,
        credentials: Credentials,
        *,
        account_number: str,
        tax_id: str | None,
        scope: LinkScope = LinkScope.VIEW,
        origin: Origin,
        once: PendingAnswer[LinkedAccount | LinkProgress] | None = None,
    ) -> LinkedAccount | LinkProgress:
        """Show an account in the cabinet: the company's own at once, another's if it consents.

        :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
        :raises AccountNumberInvalid, AccountNotFound, AccountAlreadyLinked:
        :raises CompanyBlocked: the account's company takes no requests from the caller's.
        :raises OrganizationNotRegistered: nobody could consent.
        :raises TooManyAttempts: too many guesses at pairs, or codes (O8, O9).
        """
        account_number = require_account_number(account_number, self.account_numbers)
        now = self.context.clock.now()
        caller, account = await self._find(credentials, account_number, tax_id, now)
        if account.organization_id == caller.organization_id:
            return await self._link_own(credentials, account, origin, now, once)
        request = AccountLinkRequest.ask(
            organization_id=caller.organization_id,
            account_organization_id=account.organization_id,
            account_id=account.account_id,
            requested_by=caller.member_id,
            scope=scope,
            now=now,
        )
        return await self.requests.ask(caller, request, origin=origin, once=once)

    async def list_by_id(
        self, credentials: Credentials, *, limit: int, cursor: str | None
    ) -> Page[LinkedAccount]:
        """Return the cabinet's links, and those by which others see the company's accounts.

        :raises CursorInvalid: the cursor belongs to another list.
        """
        now = self.context.clock.now()
        scope = f"account-links:{credentials.organization_id}"
        asked = self.context.cursors.request(scope, cursor=cursor, limit=limit)
        async with self.context.database.connect() as connection:
            caller, found = await AccountLinkView(connection).list_by_id(
                after=UUID(asked.after[0]) if asked.after else BEGINNING,
                limit=asked.rows,
                credentials=credentials,
                now=now,
            )
            book = self.windows.latest
            if found:
                book = await self.windows.at(connection, found[0].account.windows.version)
        permitted(caller, Permission.VIEW_ACCOUNTS)
        seen_by = credentials.organization_id
        links = [LinkedAccount.at(now, each, book, seen_by=seen_by) for each in found]
        return asked.page(links, lambda last: (str(last.link.id),))

    async def end(self, credentials: Credentials, link_id: UUID, *, origin: Origin) -> None:
        """Take an account out of a cabinet: one's own, or another's that shows one's account.

        :raises NotFound: no such link, or none of the caller's business.
        :raises CabinetFrozen, HoldAfterReset: an own account stays; see `Restraint`.
        :raises LastAccount: the company's only own account stays: its number signs the owner in.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            caller = unlinking(await CallerRepository(transaction).get(credentials, now=now))
            links = AccountLinkRepository(transaction)
            holder = existing(await links.holder_of(link_id, seen_by=caller.organization_id))
            # The locks make "is there another?" and the ending one step.
            every = await links.lock_all(holder)
            link = existing(next((each for each in every if each.id == link_id), None))
            if link.is_own:
                caller.restraint.require_may_change_who_gets_in(now)
                if sum(each.is_own for each in every) == 1:
                    raise LastAccount
            link.ended_at = now
            trail = AuditWriter.of_member(transaction, credentials, origin, now)
            await _record_end(link, trail, by=caller)

    async def _find(
        self, credentials: Credentials, account_number: str, tax_id: str | None, now: datetime
    ) -> tuple[Caller, Linkable]:
        async with self.context.database.begin() as transaction:
            caller = linking(await CallerRepository(transaction).get(credentials, now=now))
            guess = self.context.limits.trying_pairs_signed_in(caller.organization_id)
            require(await LimitRepository(transaction).take(guess, now=now))
            account = await AccountLinkRepository(transaction).find_account(account_number)
        # Refused only after the commit: the guess counts.
        if account is None or not account.is_named_by(caller.organization_id, tax_id):
            # Of an account that is not theirs a caller learns no more without its tax id.
            raise AccountNotFound(variant="own" if tax_id is None else None)
        return caller, account

    async def _link_own(
        self,
        credentials: Credentials,
        account: Linkable,
        origin: Origin,
        now: datetime,
        once: PendingAnswer[LinkedAccount | LinkProgress] | None,
    ) -> LinkedAccount:
        link = AccountLink.of(
            organization_id=account.organization_id,
            account_organization_id=account.organization_id,
            account_id=account.account_id,
            now=now,
        )
        async with self.context.database.begin() as transaction:
            linking(await CallerRepository(transaction).get(credentials, now=now))
            links = AccountLinkRepository(transaction)
            if not await links.add(link):
                raise AccountAlreadyLinked
            summary = await links.get_one(link.id, organization_id=link.organization_id)
            connection = await transaction.connection()
            book = await self.windows.at(connection, summary.account.windows.version)
            linked = LinkedAccount.at(now, summary, book, seen_by=link.organization_id)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                CustomerAction.ACCOUNT_LINKED, subject_id=link.account_id
            )
            await IdempotencyKeyRepository(transaction).settle(once, linked)
        return linked


async def _record_end(link: AccountLink, trail: AuditWriter, *, by: Caller) -> None:
    """Record the deed of either company that ends a link, in the trails of both."""
    if link.is_own:
        await trail.record(CustomerAction.ACCOUNT_UNLINKED, subject_id=link.account_id)
        return
    is_holder = by.organization_id == link.organization_id
    await trail.record(
        CustomerAction.ACCOUNT_UNLINKED if is_holder else CustomerAction.ACCOUNT_UNSHARED,
        subject_id=link.account_id,
        other_id=link.account_organization_id if is_holder else link.organization_id,
        scope=link.permits.value,
    )
