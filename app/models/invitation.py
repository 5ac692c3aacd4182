from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class Invitation(Identified, Base):
    """An offer of membership on its way to a phone, accepted with the code sent there."""

    __tablename__ = "invitations"
    __table_args__ = (ForeignKeyConstraint(["organization_id"], ["organizations.id"]),)

    organization_id: Mapped[UUID]
    phone: Mapped[str]
    full_name: Mapped[str]
    role: Mapped[str]
    account_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    expires_on: Mapped[date | None]
    locale: Mapped[str]
    invited_by: Mapped[UUID]
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
