from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict
from app.models.base import Base

MOST_BLOCKED: Final = 1000
"""How many companies one company may block."""


class TooManyBlockedCompanies(Conflict):
    code = "too_many_blocked_companies"


class OwnCompanyBlocked(Conflict):
    """A company never asks itself for consent, so there is nothing to refuse."""

    code = "own_company"


class BlockedCompany(Base):
    """A company whose requests to see accounts an owner wants no more.

    It is kept by its tax id, which need not be in the register: a list of blocked companies tells
    nobody who has a contract.
    """

    __tablename__ = "blocked_companies"
    __table_args__ = (ForeignKeyConstraint(["organization_id"], ["organizations.id"]),)

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    tax_id: Mapped[str] = mapped_column(primary_key=True)
    blocked_at: Mapped[datetime]
    blocked_by: Mapped[UUID]
