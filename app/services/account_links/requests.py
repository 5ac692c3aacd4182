"""Another company's account: that company consents with a code sent to its owner's phone."""

from datetime import datetime
from uuid import UUID

from app.access import Caller, Credentials
from app.clock import Clock
from app.database import Database
from app.models import AccountLink, AccountLinkRequest, CodeChallenge, Member
from app.models.account_link import AccountAlreadyLinked
from app.models.account_link_request import (
    AccountLinkClosed,
    ConsentUnavailable,
    OrganizationNotRegistered,
)
from app.models.audit_actions import Action
from app.models.code_challenge import CodeRejected, Purpose, judge
from app.models.idempotency_key import Once
from app.models.limits import Limits
from app.models.limits.kinds import LimitUse
from app.models.reading_window import WindowRule
from app.origin import Origin
from app.repositories.account_links import AccountLinkRepository, Linkable
from app.repositories.audit_events import AuditEventRepository
from app.repositories.callers import CallerRepository
from app.repositories.code_challenges import CodeChallengeRepository
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.security.secrets import SecretKey
from app.services.account_links.outcomes import (
    LinkedAccount,
    LinkProgress,
    existing,
    linking,
)


class AccountLinkRequestService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        secret_key: SecretKey,
        window_rule: WindowRule,
        limits: Limits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        self._window_rule = window_rule
        self._limits = limits

    async def ask(
        self,
        caller: Caller,
        account: Linkable,
        origin: Origin,
        now: datetime,
        once: Once[LinkedAccount | LinkProgress] | None,
    ) -> LinkProgress:
        """Put a code on its way to whoever may consent.

        :raises AccountAlreadyLinked:
        :raises OrganizationNotRegistered: nobody could consent.
        :raises ConsentUnavailable: whoever could is on hold, or has frozen the cabinet.
        :raises TooManyAttempts: too many codes (O8, O9).
        """
        request = AccountLinkRequest.ask(
            organization_id=caller.organization_id,
            account_organization_id=account.organization_id,
            account_id=account.account_id,
            requested_by=caller.member_id,
            now=now,
        )
        async with self._database.begin() as session:
            caller = linking(await CallerRepository(session).get(caller.credentials, now=now))
            links = AccountLinkRepository(session)
            if await links.has(account.account_id, organization_id=caller.organization_id):
                raise AccountAlreadyLinked
            owner = _consenting(await links.hold_consenting(account.organization_id, now=now), now)
            challenge = request.challenge(phone=owner.phone, now=now)
            links.ask(request)
            AuditEventRepository(session).add(
                Action.ACCOUNT_LINK_REQUESTED,
                by=caller.credentials,
                happened_at=now,
                subject_id=account.account_id,
                address=origin.address,
            )
            uses = self._sending(request, challenge, origin)
            _, standings = await CodeChallengeRepository(session).send(
                challenge, locale=owner.locale, uses=uses, now=now
            )
            progress = LinkProgress(request, challenge, standings)
            await IdempotencyKeyRepository(session).settle(once, progress)
        return progress

    async def resend(
        self,
        credentials: Credentials,
        request_id: UUID,
        *,
        origin: Origin,
        once: Once[LinkProgress] | None = None,
    ) -> LinkProgress:
        """Send the same code again, with a fresh lifetime and no fresh guesses.

        :raises NotFound: the caller's company has no such request.
        :raises AccountLinkClosed: confirmed, out of guesses, or too old.
        :raises OrganizationNotRegistered: nobody could consent any more.
        :raises ConsentUnavailable: whoever could is on hold, or has frozen the cabinet.
        :raises ResendTooSoon: less than a minute after the last time.
        :raises TooManyAttempts: it, or another to this phone, was sent as often as it may be.
        """
        now = self._clock.now()
        async with self._database.begin() as session:
            caller = linking(await CallerRepository(session).get(credentials, now=now))
            links = AccountLinkRepository(session)
            request = existing(
                await links.get_request(request_id, organization_id=caller.organization_id)
            )
            challenge = await CodeChallengeRepository(session).lock(
                request.id, purpose=Purpose.ACCOUNT_LINK
            )
            if challenge is None or challenge.is_spent(now):
                raise AccountLinkClosed
            request.require_waiting(now)
            owner = _consenting(
                await links.hold_consenting(request.account_organization_id, now=now), now
            )
            if owner.phone != challenge.phone:
                raise AccountLinkClosed
            uses = self._sending(request, challenge, origin)
            _, standings = await CodeChallengeRepository(session).resend(
                challenge, locale=owner.locale, uses=uses, now=now
            )
            progress = LinkProgress(request, challenge, standings)
            await IdempotencyKeyRepository(session).settle(once, progress)
        return progress

    async def confirm(
        self,
        credentials: Credentials,
        request_id: UUID,
        *,
        code: str,
        origin: Origin,
        once: Once[LinkedAccount] | None = None,
    ) -> LinkedAccount:
        """Show another company's account in the cabinet, with the code that its owner was sent.

        :raises NotFound: the caller's company has no such request.
        :raises CodeRejected: with the guesses that are left.
        :raises TooManyAttempts: too many wrong codes in a day (O2).
        :raises ConsentUnavailable: whoever could is on hold, or has frozen the cabinet.
        :raises AccountAlreadyLinked: somebody was faster.
        """
        now = self._clock.now()
        request, challenge = await self._judge(credentials, request_id, code, now)
        link = AccountLink.of(
            organization_id=request.organization_id,
            account_organization_id=request.account_organization_id,
            account_id=request.account_id,
            now=now,
        )
        async with self._database.begin() as session:
            linking(await CallerRepository(session).get(credentials, now=now))
            links = AccountLinkRepository(session)
            owner = await links.hold_consenting(request.account_organization_id, now=now)
            await CodeChallengeRepository(session).use(challenge, now=now)
            if owner is None or not owner.is_let_in(now) or owner.phone != challenge.phone:
                # The code was made for a phone that may not consent any more (O7).
                raise CodeRejected(attempts_left=challenge.attempts_left)
            if not owner.restraint.may_change_who_gets_in(now):
                raise ConsentUnavailable
            if not await links.add(link):
                raise AccountAlreadyLinked
            await links.mark_confirmed(request.id, now=now)
            linked = LinkedAccount.at(now, await links.get_one(link), self._window_rule)
            audit = AuditEventRepository(session)
            audit.add(
                Action.ACCOUNT_LINKED,
                by=credentials,
                happened_at=now,
                subject_id=link.account_id,
                address=origin.address,
            )
            audit.note(
                Action.ACCOUNT_SHARED,
                organization_id=link.account_organization_id,
                happened_at=now,
                subject_id=link.account_id,
                with_tax_id=linked.link.holder_tax_id,
            )
            await IdempotencyKeyRepository(session).settle(once, linked)
        return linked

    async def _judge(
        self, credentials: Credentials, request_id: UUID, code: str, now: datetime
    ) -> tuple[AccountLinkRequest, CodeChallenge]:
        async with self._database.begin() as session:
            caller = linking(await CallerRepository(session).get(credentials, now=now))
            request = existing(
                await AccountLinkRepository(session).get_request(
                    request_id, organization_id=caller.organization_id
                )
            )
            challenges = await CodeChallengeRepository(session).count_guesses(
                request.id,
                Purpose.ACCOUNT_LINK,
                account_id=request.account_id,
                limits=self._limits,
                now=now,
            )
        judge(challenges, code, secret_key=self._secret_key)
        return request, challenges[0]

    def _sending(
        self, request: AccountLinkRequest, challenge: CodeChallenge, origin: Origin
    ) -> list[LimitUse]:
        account_id, address = request.account_id, origin.address
        return self._limits.sending(
            phone=challenge.phone, account_id=account_id, address=address, is_verified=True
        )


def _consenting(owner: Member | None, now: datetime) -> Member:
    if owner is None or not owner.is_let_in(now):
        raise OrganizationNotRegistered
    if not owner.restraint.may_change_who_gets_in(now):
        raise ConsentUnavailable
    return owner
