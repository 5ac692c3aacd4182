from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict
from app.models.base import Base, Identified

OBJECTION_TIME: Final = timedelta(hours=24)
"""How long a proof by bill waits where another phone is on file, so that it can object."""
CLAIM_LASTS: Final = timedelta(days=30)
"""After this a claim that nobody has proven lapses: the pair is free again."""
RESERVATION_LASTS: Final = timedelta(days=30)
"""How long an operator's release keeps the company for one phone."""
SHORTEST_NAME: Final = 3
"""What stands between quotation marks counts as the company's name from this length on."""


class Ownership(StrEnum):
    """How far it is known that a company belongs to whoever signed up for it."""

    PENDING = "pending"
    PROOF_WAITING = "proof_waiting"
    PROVEN = "proven"


class ProofWay(StrEnum):
    """What has proven that a company belongs to whoever signed up for it."""

    PHONE_ON_FILE = "phone_on_file"
    ACTIVATION_CODE = "activation_code"
    OPERATOR = "operator"


class OwnershipAlreadyProven(Conflict):
    """Ownership of the company is proven: there is no claim to approve or to end."""

    code = "ownership_already_proven"


@dataclass(frozen=True, slots=True)
class NamedCompany:
    """A company as another one may see it."""

    tax_id: str
    name: str


class ClaimantIsAnother(Conflict):
    """The phone that the operator names is not the one that has claimed the company."""

    code = "claimant_is_another"


class Organization(Identified, Base):
    """A legal entity or sole trader in the operator's register; registered once it has an owner."""

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint(r"tax_id ~ '^(\d{8}|\d{10})$'", name="tax_id_form"),
        Index(
            "ix_organizations_claimed",
            "registered_at",
            postgresql_where=text("ownership_proven_at IS NULL"),
        ),
    )

    tax_id: Mapped[str] = mapped_column(unique=True)
    """EDRPOU (8 digits) or RNOKPP (10 digits), leading zeros kept."""
    name: Mapped[str]
    phone_on_file: Mapped[str | None]
    """The mobile phone the operator knows; an owner who holds it proves the company theirs."""
    registered_at: Mapped[datetime | None]
    """Since when somebody claims the company; proven or not."""
    ownership_proven_at: Mapped[datetime | None]
    """From when the company is its owner's. A moment to come: the proof waits for an objection,
    and takes effect by the clock alone, whatever process runs then."""
    ownership_proven_by: Mapped[str | None]
    """By what (`ProofWay`); None where it was proven before this was recorded."""
    reserved_for_phone: Mapped[str | None]
    """The only phone that may sign up, by an operator's word."""
    reserved_until: Mapped[datetime | None]

    def ownership(self, now: datetime) -> Ownership:
        return ownership_at(now, proven_at=self.ownership_proven_at)

    def is_proven(self, now: datetime) -> bool:
        return self.ownership(now) is Ownership.PROVEN

    def is_open_to(self, phone: str, now: datetime) -> bool:
        """Tell whether this phone may sign up: nobody has, or only a claim without a proof.

        Such a claim gives way to the phone on file. What an operator has reserved for one phone
        is open to that phone only.
        """
        if self.reserved_for_phone and self.reserved_until and now < self.reserved_until:
            return phone == self.reserved_for_phone
        if self.registered_at is None:
            return True
        return phone == self.phone_on_file and not self.is_proven(now)

    def claim(self, phone: str, now: datetime) -> ProofWay | None:
        """Register the company for whoever holds this phone; return what proves it theirs."""
        way = None
        if phone == self.phone_on_file:
            way = ProofWay.PHONE_ON_FILE
        elif phone == self.reserved_for_phone and self.is_open_to(phone, now):
            way = ProofWay.OPERATOR
        self.registered_at = now
        self.reserved_for_phone = self.reserved_until = None
        self.ownership_proven_at = self.ownership_proven_by = None
        if way is not None:
            self.prove(way, at=now)
        return way

    def prove(self, way: ProofWay, *, at: datetime) -> None:
        self.ownership_proven_at = at
        self.ownership_proven_by = way.value

    def give_up(self) -> None:
        """End the claim: anybody may sign up for the company again."""
        self.registered_at = None
        self.ownership_proven_at = self.ownership_proven_by = None

    def reserve(self, phone: str, now: datetime) -> None:
        """Let only this phone sign up for the company, for a time."""
        self.reserved_for_phone = phone
        self.reserved_until = now + RESERVATION_LASTS

    def other_phone_on_file(self, phone: str) -> str | None:
        """Return the phone on file that has to hear what another phone does with the company."""
        return None if self.phone_on_file == phone else self.phone_on_file


def ownership_at(now: datetime, *, proven_at: datetime | None) -> Ownership:
    """Return how far the ownership is known, by the clock alone."""
    if proven_at is None:
        return Ownership.PENDING
    return Ownership.PROVEN if proven_at <= now else Ownership.PROOF_WAITING


def short_name(name: str) -> str:
    """Return what people know a company by: the part of its name in quotation marks."""
    for opening, closing in (("«", "»"), ("“", "”"), ('"', '"')):
        inner = name.partition(opening)[2].rpartition(closing)[0].strip(' "«»“”')
        if len(inner) >= SHORTEST_NAME:
            return inner
    return name.strip()


class OrganizationNotRegistered(Conflict):
    """Nobody has proven yet that the account's company is theirs, so nobody can consent."""

    code = "organization_not_registered"
