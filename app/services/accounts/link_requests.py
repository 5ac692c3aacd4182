"""Another company's account: that company consents with a code sent to its owner's phone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access import Caller, Credentials
from app.database import Transaction
from app.models.accounts.account_link_request import (
    AccountLinkClosed,
    AccountLinkRequest,
    CompanyBlocked,
    ConsentUnavailable,
)
from app.models.accounts.actions import AccountAction
from app.models.customers.account_link import AccountAlreadyLinked
from app.models.customers.actions import CustomerAction
from app.models.customers.organization import OrganizationNotRegistered
from app.models.idempotency_key import PendingAnswer
from app.models.identity.member import Member
from app.models.limits.kinds import require
from app.models.messages.code_challenge import CodeChallenge, CodeRejected, Purpose, judge
from app.models.messages.message import Message, Notice
from app.origin import Origin
from app.repositories.accounts.account_links import AccountLinkRepository
from app.repositories.accounts.blocked_companies import BlockedCompanyRepository
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.code_challenges import CodeChallengeRepository
from app.repositories.messages.messages import MessageRepository
from app.repositories.metering.reading_windows import KnownWindows
from app.services.accounts.outcomes import (
    LinkedAccount,
    LinkProgress,
    existing,
    linking,
)
from app.services.context import Context
from app.services.messages.codes import Codes, Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLinkRequestService:
    context: Context
    windows: KnownWindows

    async def ask(
        self,
        caller: Caller,
        request: AccountLinkRequest,
        *,
        origin: Origin,
        once: PendingAnswer[LinkedAccount | LinkProgress] | None,
    ) -> LinkProgress:
        """Send a code to the owner who may consent.

        A link that stands gets another scope in the same way.

        :raises CompanyBlocked: the account's company takes no requests from the caller's; both
            companies' trails hold the try.
        :raises AccountAlreadyLinked: with this very scope.
        :raises OrganizationNotRegistered: nobody could consent.
        :raises ConsentUnavailable: whoever could is on hold, or has frozen the cabinet.
        :raises TooManyAttempts: too many codes (O8, O9).
        """
        now = request.created_at
        await self._require_welcome(request, caller.credentials, origin)
        async with self.context.database.begin() as transaction:
            links = AccountLinkRepository(transaction)
            found = await links.hold_consenting_to(request, now=now)
            linking(await CallerRepository(transaction).get(caller.credentials, now=now))
            if await links.has_scope(request):
                raise AccountAlreadyLinked
            owner = _consenting(found, now)
            challenge = request.challenge(phone=owner.phone, now=now)
            links.ask(request)
            trail = AuditWriter.of_member(transaction, caller.credentials, origin, now)
            await trail.record(AccountAction.ACCOUNT_LINK_REQUESTED, **_about(request))
            send = Codes(transaction, now).send
            progress = await self._sent(transaction, request, challenge, owner, origin, send)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def resend(
        self,
        credentials: Credentials,
        request_id: UUID,
        *,
        origin: Origin,
        once: PendingAnswer[LinkProgress] | None = None,
    ) -> LinkProgress:
        """Send the same code again, with a fresh lifetime and no fresh guesses.

        :raises NotFound: the caller's company has no such request.
        :raises AccountLinkClosed: confirmed, out of guesses, too old, or ended by the
            other company.
        :raises OrganizationNotRegistered: nobody could consent any more.
        :raises ConsentUnavailable: whoever could is on hold, or has frozen the cabinet.
        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: it, or another to this phone, was sent as often as it may be.
        """
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            links = AccountLinkRepository(transaction)
            asked = await links.get_request(request_id, organization_id=credentials.organization_id)
            found = await links.hold_consenting_to(asked, now=now)
            linking(await CallerRepository(transaction).get(credentials, now=now))
            request = existing(asked)
            challenge = await _lock_code(transaction, request, now)
            owner = _consenting(found, now)
            if owner.phone != challenge.phone:
                raise AccountLinkClosed
            trail = AuditWriter.of_member(transaction, credentials, origin, now)
            await trail.record(AccountAction.ACCOUNT_LINK_CODE_RESENT, **_about(request))
            send = Codes(transaction, now).resend
            progress = await self._sent(transaction, request, challenge, owner, origin, send)
            await IdempotencyKeyRepository(transaction).settle(once, progress)
        return progress

    async def confirm(
        self,
        credentials: Credentials,
        request_id: UUID,
        *,
        code: str,
        origin: Origin,
        once: PendingAnswer[LinkedAccount] | None = None,
    ) -> LinkedAccount:
        """Show another company's account in the cabinet, with the code that its owner was sent.

        :raises NotFound: the caller's company has no such request.
        :raises CodeRejected: with the guesses that are left.
        :raises TooManyAttempts: too many wrong codes in a day (O2).
        :raises ConsentUnavailable: whoever could is on hold, or has frozen the cabinet.
        :raises AccountAlreadyLinked: somebody was faster.
        :raises CompanyBlocked: the account's company takes no requests from the caller's any more.
        """
        now = self.context.clock.now()
        request, challenge = await self._judge(credentials, request_id, code, origin, now)
        link = request.link(now)
        async with self.context.database.begin() as transaction:
            links = AccountLinkRepository(transaction)
            found = await links.hold_consenting_to(request, now=now)
            linking(await CallerRepository(transaction).get(credentials, now=now))
            await Codes(transaction, now).use(challenge)
            owner = _still_consenting(found, challenge, now)
            if await _is_blocked(transaction, request):
                raise CompanyBlocked
            link_id = await links.grant(link)
            if link_id is None:
                raise AccountAlreadyLinked
            await links.mark_confirmed(request.id, now=now)
            linked = await self._shown(transaction, link_id, link.organization_id, now)
            trail = AuditWriter.of_member(transaction, credentials, origin, now)
            await trail.record(CustomerAction.ACCOUNT_LINKED, **_about(request))
            await MessageRepository(transaction).queue(
                _news_for(owner, await links.facts_of(request), now)
            )
            await IdempotencyKeyRepository(transaction).settle(once, linked)
            await LimitRepository(transaction).charge(
                self.context.limits.telling_of_link(), now=now
            )
        return linked

    async def _require_welcome(
        self, request: AccountLinkRequest, by: Credentials, origin: Origin
    ) -> None:
        async with self.context.database.begin() as transaction:
            is_blocked = await _is_blocked(transaction, request)
            if is_blocked:
                trail = AuditWriter.of_member(transaction, by, origin, request.created_at)
                await trail.record_refusal(
                    AccountAction.ACCOUNT_LINK_REFUSED,
                    CompanyBlocked.code,
                    limits=self.context.limits,
                    **_about(request),
                )
        # Raised only after the commit, which keeps the refusal.
        if is_blocked:
            raise CompanyBlocked

    async def _shown(
        self, transaction: Transaction, link_id: UUID, organization_id: UUID, now: datetime
    ) -> LinkedAccount:
        """Return a new link as the company sees it that may now look."""
        links = AccountLinkRepository(transaction)
        summary = await links.get_one(link_id, organization_id=organization_id)
        book = await self.windows.at(
            await transaction.connection(), summary.account.windows.version
        )
        return LinkedAccount.at(now, summary, book, seen_by=organization_id)

    async def _judge(
        self,
        credentials: Credentials,
        request_id: UUID,
        code: str,
        origin: Origin,
        now: datetime,
    ) -> tuple[AccountLinkRequest, CodeChallenge]:
        async with self.context.database.begin() as transaction:
            caller = linking(await CallerRepository(transaction).get(credentials, now=now))
            request = existing(
                await AccountLinkRepository(transaction).get_request(
                    request_id, organization_id=caller.organization_id
                )
            )
            challenge = await Codes(transaction, now).take_guess(request.id, Purpose.ACCOUNT_LINK)
            guess = self.context.limits.guessing_link(
                organization_id=caller.organization_id, account_id=request.account_id
            )
            require(await LimitRepository(transaction).spend(guess, now=now))
        try:
            judge([challenge], code, secret_key=self.context.secret_key)
        except CodeRejected:
            async with self.context.database.begin() as transaction:
                trail = AuditWriter.of_member(transaction, credentials, origin, now)
                await trail.record(
                    AccountAction.ACCOUNT_LINK_REFUSED, **_about(request), code=CodeRejected.code
                )
            raise
        return request, challenge

    async def _sent(
        self,
        transaction: Transaction,
        request: AccountLinkRequest,
        challenge: CodeChallenge,
        owner: Member,
        origin: Origin,
        send: Callable[..., Awaitable[Sent]],
    ) -> LinkProgress:
        """Send the code to the owner, in their language, with what the text names."""
        uses = self.context.limits.sending_link(
            phone=owner.phone, organization_id=request.organization_id, address=origin.address
        )
        facts = await AccountLinkRepository(transaction).facts_of(request)
        _, standings = await send(challenge, locale=owner.locale, uses=uses, facts=facts)
        return LinkProgress(request, challenge, standings)


async def _is_blocked(transaction: Transaction, request: AccountLinkRequest) -> bool:
    return await BlockedCompanyRepository(transaction).has(
        request.organization_id, organization_id=request.account_organization_id
    )


async def _lock_code(
    transaction: Transaction, request: AccountLinkRequest, now: datetime
) -> CodeChallenge:
    """Return the code of a request that still waits for it; nobody else sends it meanwhile."""
    challenge = await CodeChallengeRepository(transaction).lock(
        request.id, purpose=Purpose.ACCOUNT_LINK
    )
    if challenge is None or challenge.is_spent(now):
        raise AccountLinkClosed
    request.require_waiting(now)
    return challenge


def _about(request: AccountLinkRequest) -> dict[str, Any]:
    """Return what the trails of both companies say of a request."""
    return {
        "subject_id": request.account_id,
        "other_id": request.account_organization_id,
        "scope": request.asks_for.value,
    }


def _news_for(owner: Member, facts: dict[str, Any], now: datetime) -> Message:
    return Message.noting(
        Notice.ACCOUNT_WAS_SHARED,
        organization_id=owner.organization_id,
        phone=owner.phone,
        locale=owner.locale,
        now=now,
        facts=facts,
    )


def _consenting(owner: Member | None, now: datetime) -> Member:
    if owner is None or not owner.is_let_in(now):
        raise OrganizationNotRegistered
    if not owner.restraint.may_change_who_gets_in(now):
        raise ConsentUnavailable
    return owner


def _still_consenting(owner: Member | None, challenge: CodeChallenge, now: datetime) -> Member:
    """Return the owner whose phone the code was made for, if they may consent now (O7)."""
    if owner is None or not owner.is_let_in(now) or owner.phone != challenge.phone:
        raise CodeRejected(attempts_left=challenge.attempts_left)
    if not owner.restraint.may_change_who_gets_in(now):
        raise ConsentUnavailable
    return owner
