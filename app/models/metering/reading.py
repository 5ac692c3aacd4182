from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, new_id


class Source(StrEnum):
    CABINET = "cabinet"
    API = "api"
    IMPORT = "import"
    OPERATOR = "operator"
    REMOTE = "remote"
    LEGACY = "legacy"


OPERATORS_OWN = frozenset({Source.OPERATOR, Source.REMOTE, Source.LEGACY})
"""Sources that settle a period: what the operator read itself, a customer does not replace."""


class Kind(StrEnum):
    ACTUAL = "actual"
    ESTIMATED = "estimated"


class Status(StrEnum):
    ACCEPTED = "accepted"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


CURRENT = frozenset({Status.ACCEPTED, Status.IN_REVIEW})
"""At most one reading of a register and period has one of these."""


class Reading(Base):
    """What a register showed at the end of a settlement period.

    A reading's value never changes. A later one of the same register and period takes the next
    `version` and the earlier becomes `superseded`; two submissions at once reach for the same
    version, and the primary key lets one of them win.
    """

    __tablename__ = "readings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "register_id"], ["registers.organization_id", "registers.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "receipt_id"],
            ["reading_receipts.organization_id", "reading_receipts.id"],
        ),
        UniqueConstraint("organization_id", "id"),
        CheckConstraint("value >= 0", name="value_not_negative"),
        CheckConstraint("extract(day FROM period) = 1", name="period_is_a_month"),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    register_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    """The first day of the month that this reading closes."""
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)
    value: Mapped[Decimal]
    taken_at: Mapped[datetime]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    submitting_organization_id: Mapped[UUID | None]
    """The company that submitted it, if the account is another company's."""
    source: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    findings: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    supersedes: Mapped[UUID | None]
    receipt_id: Mapped[UUID | None]
