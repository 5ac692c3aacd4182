import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.access import Credentials, alive
from app.models.customers.organization import OBJECTION_TIME, Organization, Ownership, ProofWay
from app.models.identity.actions import IdentityAction
from app.models.identity.activation_code import (
    ActivationCodeRejected,
    good_periods,
    grouped,
    plain,
)
from app.models.limits.kinds import require
from app.models.messages.message import Message, Notice
from app.models.period import Period
from app.origin import Origin
from app.repositories.audit_events import AuditWriter
from app.repositories.callers import CallerRepository
from app.repositories.identity.members import MemberRepository
from app.repositories.identity.ownership import OwnershipRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.messages import MessageRepository
from app.security.secrets import SecretKey
from app.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipService:
    """Proves that a company belongs to the member who signed up for it (security.md A10)."""

    context: Context

    async def prove(
        self, credentials: Credentials, *, activation_code: str, origin: Origin
    ) -> datetime | None:
        """Prove the company theirs with a code from its bill; proven already, it stays so.

        Returns when the proof takes effect, None if at once. Where the operator has another
        phone on file that phone is told, and a day is left to it to sign up itself instead.

        :raises SessionEnded: the session has been ended.
        :raises ActivationCodeRejected: no code of any of the company's accounts.
        :raises TooManyAttempts: five tries a day.
        """
        now = self.context.clock.now()
        # The try is counted and committed before anybody looks at it: a refusal, a closed
        # connection or a crash gives none back.
        async with self.context.database.begin() as transaction:
            caller = alive(await CallerRepository(transaction).get(credentials, now=now))
            ownership = OwnershipRepository(transaction)
            organization = await ownership.get_one(caller.organization_id)
            if organization.ownership(now) is not Ownership.PENDING:
                return _waiting(organization, now)
            numbers = await ownership.account_numbers(organization.id)
            tried = self.context.limits.proving(organization.id)
            require(await LimitRepository(transaction).spend(tried, now=now))
        good = self._codes(numbers, good_periods(now))
        if not _is_one_of(plain(activation_code), good):
            raise ActivationCodeRejected
        return await self._record(credentials, origin)

    def _codes(self, numbers: Iterable[str], periods: tuple[Period, ...]) -> Iterator[str]:
        for number in numbers:
            for period in periods:
                yield from self.context.secret_key.activation_codes(
                    account_number=number, month=str(period)
                )

    async def _record(self, credentials: Credentials, origin: Origin) -> datetime | None:
        now = self.context.clock.now()
        async with self.context.database.begin() as transaction:
            # The company first, then the caller: whoever has superseded the claim meanwhile held
            # the company's row, and has ended the caller's session.
            organization = await OwnershipRepository(transaction).lock(credentials.organization_id)
            caller = alive(await CallerRepository(transaction).get(credentials, now=now))
            if organization.ownership(now) is not Ownership.PENDING:
                return _waiting(organization, now)
            member = await MemberRepository(transaction).get_one(caller)
            objecting = organization.other_phone_on_file(member.phone)
            effective_at = now + OBJECTION_TIME if objecting else now
            organization.prove(ProofWay.ACTIVATION_CODE, at=effective_at)
            await AuditWriter.of_member(transaction, credentials, origin, now).record(
                IdentityAction.OWNERSHIP_PROVEN,
                way=ProofWay.ACTIVATION_CODE.value,
                effective_at=effective_at.isoformat(),
            )
            if objecting:
                news = Message.to_phone_on_file(
                    Notice.PROOF_WAITS, organization_id=organization.id, phone=objecting, now=now
                )
                await MessageRepository(transaction).queue(news)
                await LimitRepository(transaction).charge(
                    self.context.limits.telling_of_strangers(1), now=now
                )
            return _waiting(organization, now)


def _waiting(organization: Organization, now: datetime) -> datetime | None:
    return None if organization.is_proven(now) else organization.ownership_proven_at


def activation_codes(
    secret_key: SecretKey, account_numbers: Iterable[str], month: Period
) -> Iterator[tuple[str, str]]:
    """Return for each account the code that its bill of a month shows."""
    for number in account_numbers:
        code = secret_key.activation_code(account_number=number, month=str(month))
        yield number, grouped(code)


def _is_one_of(typed: str, good: Iterable[str]) -> bool:
    # All are compared, so that the time does not tell which account or month was near.
    found = [hmac.compare_digest(typed.encode(), code.encode()) for code in good]
    return any(found)
