from dataclasses import dataclass
from datetime import datetime

from app.clock import Clock
from app.database import Database
from app.errors import NotFound
from app.identifiers import mask_phone
from app.models.customers.actions import CustomerAction
from app.models.customers.organization import (
    ClaimantIsAnother,
    Organization,
    OrganizationNotRegistered,
    Ownership,
    OwnershipAlreadyProven,
    ProofWay,
)
from app.models.identity.actions import IdentityAction
from app.models.limits import Limits
from app.models.messages.message import Message, Notice
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.identity.ownership import OwnershipRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.messages import MessageRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """Who has claimed a company, as far as an operator may see before deciding."""

    company: str
    phone_masked: str
    since: datetime
    address: str | None
    ownership: Ownership
    is_phone_on_file: bool
    has_phone_on_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipApprovalService:
    """Approves and ends claims, by an operator's decision that the audit trail keeps."""

    database: Database
    clock: Clock
    limits: Limits

    async def claimant(self, tax_id: str) -> Claimant:
        """Show who has claimed a company, since when and from where.

        :raises NotFound: the register has no such company.
        :raises OrganizationNotRegistered: nobody has signed up for it.
        """
        async with self.database.begin() as transaction:
            ownership = OwnershipRepository(transaction)
            organization = _registered(await ownership.find(tax_id))
            owner = await ownership.owner(organization)
            return Claimant(
                company=organization.name,
                phone_masked=mask_phone(owner.phone),
                since=owner.created_at,
                address=await ownership.claimed_from(owner),
                ownership=organization.ownership(self.clock.now()),
                is_phone_on_file=owner.phone == organization.phone_on_file,
                has_phone_on_file=organization.phone_on_file is not None,
            )

    async def approve(self, *, tax_id: str, phone: str, act: OperatorAct) -> bool:
        """Approve that a company belongs to whoever holds this phone; False if proven already.

        Another phone that the operator has on file is told.

        :raises NotFound: the register has no such company.
        :raises OrganizationNotRegistered: nobody has signed up for it.
        :raises ClaimantIsAnother: another phone has claimed it, perhaps since a moment ago.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            ownership = OwnershipRepository(transaction)
            organization = _registered(await ownership.lock_by_tax_id(tax_id))
            if (await ownership.owner(organization)).phone != phone:
                raise ClaimantIsAnother
            if organization.is_proven(now):
                return False
            organization.prove(ProofWay.OPERATOR, at=now)
            trail = AuditWriter.of_operator(transaction, act, organization.id, now)
            await trail.record(IdentityAction.OWNERSHIP_APPROVED, phone_masked=mask_phone(phone))
            if other := organization.other_phone_on_file(phone):
                news = Message.to_phone_on_file(
                    Notice.COMPANY_GIVEN, organization_id=organization.id, phone=other, now=now
                )
                await MessageRepository(transaction).queue(news)
                await LimitRepository(transaction).charge(self.limits.telling(1), now=now)
        return True

    async def release(
        self,
        *,
        tax_id: str,
        act: OperatorAct,
        for_phone: str | None = None,
        proven_by_bill: bool = False,
    ) -> None:
        """End a claim, so that the company's true owner can sign up; their phone is free again.

        With `for_phone` only that phone may sign up for a while, and is believed; a company that
        nobody claims may be reserved too. A claim that has been proven ends only if a bill proved
        it and `proven_by_bill` says so.

        :raises NotFound: the register has no such company.
        :raises OrganizationNotRegistered: nobody has signed up for it.
        :raises OwnershipAlreadyProven: it is its owner's, at the latest since a moment ago.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            ownership = OwnershipRepository(transaction)
            organization = await ownership.lock_by_tax_id(tax_id)
            if organization is None or for_phone is None:
                organization = _registered(organization)
            is_by_bill = organization.ownership_proven_by == ProofWay.ACTIVATION_CODE
            if organization.is_proven(now) and not (proven_by_bill and is_by_bill):
                raise OwnershipAlreadyProven
            before = organization.ownership(now)
            unshared = await ownership.release(organization, now=now)
            if for_phone is not None:
                organization.reserve(for_phone, now)
            trail = AuditWriter.of_operator(transaction, act, organization.id, now)
            await trail.record(
                IdentityAction.OWNERSHIP_RELEASED,
                ownership=before.value,
                reserved_for=mask_phone(for_phone) if for_phone else None,
            )
            for shared in unshared:
                theirs = AuditWriter.of_nobody(transaction, shared.holder_id, now)
                await theirs.record(CustomerAction.ACCOUNT_UNLINKED, subject_id=shared.account_id)


def _registered(organization: Organization | None) -> Organization:
    if organization is None:
        raise NotFound
    if organization.registered_at is None:
        raise OrganizationNotRegistered
    return organization
