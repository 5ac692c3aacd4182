from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from app.models.base import Base, Owned


class AccountLink(Owned, Base):
    """An account shown in an organization's cabinet, from `linked_at` until `ended_at`.

    The account may belong to another organization that consented, hence two owners.
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
    )

    account_organization_id: Mapped[UUID]
    account_id: Mapped[UUID]
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
