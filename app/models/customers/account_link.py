from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from app.access import LinkScope
from app.errors import Conflict
from app.models.base import Base, Owned, new_id


class AccountAlreadyLinked(Conflict):
    code = "account_already_linked"


class LastAccount(Conflict):
    """The company's only own account: its number signs the owner in, so it stays."""

    code = "last_account"


class AccountLink(Owned, Base):
    """An account shown in an organization's cabinet, from `linked_at` until `ended_at`.

    The account may belong to another organization that consented, hence two owners. Such a link
    has no term: either of the two ends it, when it likes and at once.
    """

    __tablename__ = "account_links"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        ForeignKeyConstraint(
            ["account_organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        Index(
            "uq_account_links_current",
            "organization_id",
            "account_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        # What an organization has given out, and may take back.
        Index(
            "ix_account_links_account",
            "account_organization_id",
            "account_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    account_organization_id: Mapped[UUID]
    account_id: Mapped[UUID]
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    scope: Mapped[str | None]
    """What the other company permits; None: made before there were scopes, which means `view`. Of
    an own account it says nothing, everything is allowed."""
    first_submitted_at: Mapped[datetime | None]
    """When the holder first submitted readings of another company's account."""

    @classmethod
    def of(
        cls,
        *,
        organization_id: UUID,
        account_organization_id: UUID,
        account_id: UUID,
        now: datetime,
        scope: LinkScope = LinkScope.ALL,
    ) -> Self:
        return cls(
            organization_id=organization_id,
            id=new_id(),
            account_organization_id=account_organization_id,
            account_id=account_id,
            linked_at=now,
            scope=scope.value,
        )

    @property
    def permits(self) -> LinkScope:
        return LinkScope(self.scope or LinkScope.VIEW)

    @property
    def is_own(self) -> bool:
        """The account belongs to the organization whose cabinet shows it."""
        return self.organization_id == self.account_organization_id
