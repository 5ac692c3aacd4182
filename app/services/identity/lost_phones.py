import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clock import Clock
from app.database import Database
from app.identifiers import mask_phone
from app.models.identity.actions import IdentityAction
from app.models.identity.member import Member
from app.models.identity.phone_change import OwnerNotFound
from app.models.identity.session import EndReason
from app.models.identity.sign_up import PhoneAlreadyUsed
from app.models.limits import Limits
from app.models.messages.message import Message, Notice
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.identity.passwords import PasswordRepository
from app.repositories.identity.phone_changes import PhoneChangeRepository
from app.repositories.identity.recoveries import RecoveryRepository
from app.repositories.identity.sessions import SessionRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.messages import MessageRepository
from app.security.passwords import PasswordHasher


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPhoneService:
    """What the operator does for an owner who lost the phone, having seen who they are."""

    database: Database
    clock: Clock
    passwords: PasswordHasher
    limits: Limits

    async def replace(
        self, *, tax_id: str, phone: str, act: OperatorAct, keeps_password: bool = False
    ) -> UUID:
        """Give the owner of a company's cabinet another phone; whoever has the old one is out.

        The password opens nothing any more, sessions and whatever the owner had under way end,
        and for a day nobody changes who gets in. The old phone, the new one and the first members
        are told (`MOST_TOLD`); who did it and why stays in the company's audit trail.

        :param keeps_password: the phone was merely lost, and nobody else knows the password.
        :raises OwnerNotFound: nobody has opened a cabinet for the company.
        :raises PhoneAlreadyUsed: the phone belongs to a member, of whatever company.
        :raises Busy: too many passwords are being hashed.
        """
        now = self.clock.now()
        # Of a password that nobody has seen: checking one costs the same as before.
        unusable = await self.passwords.hash(secrets.token_urlsafe())
        async with self.database.begin() as transaction:
            changes = PhoneChangeRepository(transaction)
            recoveries = RecoveryRepository(transaction)
            owner = await changes.lock_owner(tax_id)
            if owner is None:
                raise OwnerNotFound
            old_phone = owner.phone
            if not await changes.replace_phone(owner, phone):
                raise PhoneAlreadyUsed
            await recoveries.begin_hold(owner, now=now)
            if not keeps_password:
                owner.password_hash = unusable
            await recoveries.end_requests(owner, now=now)
            await SessionRepository(transaction).end_all(
                owner.id, EndReason.BY_OPERATOR, organization_id=owner.organization_id, now=now
            )
            people = await PasswordRepository(transaction).people_to_tell(owner, now=now)
            news = _news(people, old_phone, now)
            await MessageRepository(transaction).queue_all(news)
            await AuditWriter.of_operator(transaction, act, owner.organization_id, now).record(
                IdentityAction.PHONE_REPLACED,
                subject_id=owner.id,
                old_phone_masked=mask_phone(old_phone),
                new_phone_masked=mask_phone(phone),
                password_kept=keeps_password,
            )
            await LimitRepository(transaction).charge(self.limits.telling(len(news)), now=now)
        return owner.id


def _news(people: Sequence[Member], old_phone: str, now: datetime) -> list[Message]:
    """Return what everybody is told; the owner, who comes first, on both phones."""
    told = [(people[0], old_phone), *((each, each.phone) for each in people)]
    return [
        Message.noting(
            Notice.PHONE_WAS_CHANGED,
            organization_id=each.organization_id,
            phone=phone,
            locale=each.locale,
            now=now,
        )
        for each, phone in told
    ]
