import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.identity.session import EndReason

ENDS_CALENDAR_LINK: Final = frozenset(
    {
        EndReason.PASSWORD_CHANGED,
        EndReason.PASSWORD_RESET,
        EndReason.PHONE_CHANGED,
        EndReason.BY_OPERATOR,
        EndReason.REMOVED,
    }
)
"""What ends a member's sessions because somebody else may have had them ends the address too."""


ID_DIGITS: Final = 32
SECRET_BYTES: Final = 32


def new_address(organization_id: UUID) -> str:
    """Return what a new address ends with: whose company it is of, and 256 random bits."""
    return organization_id.hex + secrets.token_urlsafe(SECRET_BYTES)


def company_of(address: str) -> UUID | None:
    """Return whose company an address is of, if it is one."""
    try:
        return UUID(address[:ID_DIGITS])
    except ValueError:
        return None


class CalendarLink(Base):
    """The secret address at which a member's calendar is read, at most one for each member."""

    __tablename__ = "calendar_links"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "member_id"], ["members.organization_id", "members.id"]
        ),
        UniqueConstraint("organization_id", "secret_hash"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[bytes]
    """Of the address only this is kept: nobody can tell it again."""
    created_at: Mapped[datetime]
