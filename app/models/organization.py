from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict
from app.models.base import Base, Identified


class OwnershipAlreadyProven(Conflict):
    """The company is its owner's: nobody's claim stands in anybody's way."""

    code = "ownership_already_proven"


@dataclass(frozen=True, slots=True)
class NamedCompany:
    """A company as another one may see it."""

    tax_id: str
    name: str


class Organization(Identified, Base):
    """A legal entity or sole trader in the operator's register; registered once it has an owner."""

    __tablename__ = "organizations"
    __table_args__ = (CheckConstraint(r"tax_id ~ '^(\d{8}|\d{10})$'", name="tax_id_form"),)

    tax_id: Mapped[str] = mapped_column(unique=True)
    """EDRPOU (8 digits) or RNOKPP (10 digits), leading zeros kept."""
    name: Mapped[str]
    phone_on_file: Mapped[str | None]
    """The mobile phone the operator knows; an owner who holds it proves the company theirs."""
    registered_at: Mapped[datetime | None]
    ownership_proven_at: Mapped[datetime | None]
