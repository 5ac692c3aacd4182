from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, Identified


class PhoneChange(Identified, Base):
    """A member's new phone, waiting for the codes sent to the old one and to the new."""

    __tablename__ = "phone_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "member_id"], ["members.organization_id", "members.id"]
        ),
    )

    organization_id: Mapped[UUID]
    member_id: Mapped[UUID]
    new_phone: Mapped[str]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
