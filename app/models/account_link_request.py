from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, Identified


class AccountLinkRequest(Identified, Base):
    """One organization's wish to show another's account, waiting for that one's consent by code."""

    __tablename__ = "account_link_requests"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
    )

    organization_id: Mapped[UUID]
    account_organization_id: Mapped[UUID]
    account_id: Mapped[UUID]
    requested_by: Mapped[UUID]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
