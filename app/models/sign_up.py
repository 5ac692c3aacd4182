from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, Identified


class SignUp(Identified, Base):
    """A request to open an organization's cabinet, waiting for the code sent to its phone."""

    __tablename__ = "sign_ups"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
    )

    organization_id: Mapped[UUID]
    account_id: Mapped[UUID]
    phone: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
