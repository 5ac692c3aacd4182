from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Owned

DIGEST_FORM: Final = 2
"""How the digests of today are made: see `digest_text`. Those of form 1 are over the values as
they were typed, which nobody keeps."""


class ReadingReceipt(Owned, Base):
    """Proof that a member handed in readings: who, when, for which period, with what digest.

    The database gives each its place in the company's chain (trigger `chain_receipt`), and refuses
    to change one.
    """

    __tablename__ = "reading_receipts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        Index("uq_reading_receipts_number", "organization_id", "number", unique=True),
    )

    account_id: Mapped[UUID]
    period: Mapped[date]
    submitted_by: Mapped[UUID]
    submitted_at: Mapped[datetime]
    digest: Mapped[str]
    """SHA-256 over the submitted values, so that a printed receipt can be held against ours."""
    digest_form: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    number: Mapped[int | None] = mapped_column(BigInteger)
    """The place in the company's chain, from 1; the database gives it."""
    previous_hash: Mapped[str | None]
    hash: Mapped[str | None]
    """SHA-256 over the receipt and `previous_hash`: see `hash_text`."""


class ReceiptChain(Base):
    """The end of a company's chain of receipts; by its row they take turns."""

    __tablename__ = "receipt_chains"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    length: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[str]
    hash: Mapped[str]
