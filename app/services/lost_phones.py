from uuid import UUID

from app.clock import Clock
from app.database import Database
from app.identifiers import mask_phone
from app.models import Message
from app.models.audit_actions import Action
from app.models.message import Notice
from app.models.phone_change import OwnerNotFound
from app.models.session import EndReason
from app.models.sign_up import PhoneAlreadyUsed
from app.repositories.audit_events import AuditEventRepository
from app.repositories.messages import MessageRepository
from app.repositories.phone_changes import PhoneChangeRepository
from app.repositories.sessions import SessionRepository

__all__ = ["LostPhoneService", "OwnerNotFound", "PhoneAlreadyUsed"]


class LostPhoneService:
    """What the operator does for an owner who lost the phone, having seen who they are."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def replace(self, *, tax_id: str, phone: str, reason: str) -> UUID:
        """Give the owner of a company's cabinet another phone, and end all their sessions.

        The old phone is told, and the reason stays in the company's audit trail.

        :raises OwnerNotFound: nobody has opened a cabinet for the company.
        :raises PhoneAlreadyUsed: the phone belongs to a member, of whatever company.
        """
        now = self._clock.now()
        async with self._database.begin() as session:
            changes = PhoneChangeRepository(session)
            owner = await changes.lock_owner(tax_id)
            if owner is None:
                raise OwnerNotFound
            old_phone = owner.phone
            if not await changes.replace_phone(owner, phone):
                raise PhoneAlreadyUsed
            await SessionRepository(session).end_all(
                owner.id, EndReason.BY_OPERATOR, organization_id=owner.organization_id, now=now
            )
            news = Message.noting(
                Notice.PHONE_WAS_CHANGED,
                organization_id=owner.organization_id,
                phone=old_phone,
                locale=owner.locale,
                now=now,
            )
            await MessageRepository(session).queue(news)
            AuditEventRepository(session).add_for_operator(
                Action.PHONE_REPLACED,
                organization_id=owner.organization_id,
                happened_at=now,
                subject_id=owner.id,
                reason=reason,
                old_phone_masked=mask_phone(old_phone),
                new_phone_masked=mask_phone(phone),
            )
        return owner.id
