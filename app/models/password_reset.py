from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.models.base import Base, Identified


class PasswordReset(Identified, Base):
    """A wish for a new password; for an account nobody has registered it leads nowhere, alike."""

    __tablename__ = "password_resets"

    organization_id: Mapped[UUID | None]
    member_id: Mapped[UUID | None]
    """Whose password it is; None when there is no such account, which nobody can tell."""
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
