from app.clock import Clock
from app.database import Database
from app.errors import NotFound
from app.models import Organization
from app.models.account_link_request import OrganizationNotRegistered
from app.models.audit_actions import Action
from app.models.organization import OwnershipAlreadyProven
from app.origin import OperatorAct
from app.repositories.audit_events import AuditEventRepository
from app.repositories.ownership import OwnershipRepository

__all__ = ["OrganizationNotRegistered", "OwnershipAlreadyProven", "OwnershipApprovalService"]


class OwnershipApprovalService:
    """What an operator does for an owner who has no bill at hand, on the record."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def release(self, *, tax_id: str, act: OperatorAct) -> None:
        """End a claim that nobody has proven, so that the company's true owner can sign up.

        Whoever made the claim saw nothing of the company; their phone is free again too.

        :raises NotFound: the register has no such company.
        :raises OrganizationNotRegistered: nobody has signed up for it.
        :raises OwnershipAlreadyProven: it is its owner's, at the latest since a moment ago.
        """
        now = self._clock.now()
        async with self._database.begin() as session:
            ownership = OwnershipRepository(session)
            organization = _registered(await ownership.find(tax_id))
            if organization.ownership_proven_at is not None:
                raise OwnershipAlreadyProven
            await ownership.release(organization, now=now)
            AuditEventRepository(session).add_for_operator(
                Action.OWNERSHIP_RELEASED,
                organization_id=organization.id,
                happened_at=now,
                **act.details,
            )

    async def approve(self, *, tax_id: str, act: OperatorAct) -> bool:
        """Approve, as an operator, that a company is its owner's; False if it was proven already.

        :raises NotFound: the register has no such company.
        :raises OrganizationNotRegistered: nobody has signed up for it.
        """
        now = self._clock.now()
        async with self._database.begin() as session:
            ownership = OwnershipRepository(session)
            organization = _registered(await ownership.find(tax_id))
            if not await ownership.prove(organization.id, now=now):
                return False
            AuditEventRepository(session).add_for_operator(
                Action.OWNERSHIP_APPROVED,
                organization_id=organization.id,
                happened_at=now,
                **act.details,
            )
        return True


def _registered(organization: Organization | None) -> Organization:
    if organization is None:
        raise NotFound
    if organization.registered_at is None:
        raise OrganizationNotRegistered
    return organization
