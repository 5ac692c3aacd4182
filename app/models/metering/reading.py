from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
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


class ReadingEvent(StrEnum):
    """Why a register was read on a day."""

    PERIODIC = "periodic"
    """At the end of a settlement period."""
    INSTALLED = "installed"
    REMOVED = "removed"
    CONTROL = "control"
    """By an inspector, on any day."""


class Kind(StrEnum):
    ACTUAL = "actual"
    ESTIMATED = "estimated"


class Status(StrEnum):
    ACCEPTED = "accepted"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


CURRENT = frozenset({Status.ACCEPTED, Status.IN_REVIEW})
"""At most one reading of a register and day has one of these."""

MOST_CORRECTIONS: Final = 50
"""How often a value of one register and day may be replaced; without a bound they grow for ever."""


class Reading(Base):
    """What a register showed at the beginning of a day in Kyiv.

    A reading's value never changes. A later one of the same register and day takes the next
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
        CheckConstraint(
            "period = read_on - CAST(extract(day FROM read_on - 1) AS integer)",
            name="period_holds_the_day_before",
        ),
        CheckConstraint(
            "event <> 'periodic' OR extract(day FROM read_on) = 1", name="periodic_on_first_day"
        ),
        Index(
            "ix_readings_in_review",
            "submitted_at",
            "id",
            postgresql_where=text("status = 'in_review'"),
        ),
        Index(
            "ix_readings_changed",
            "organization_id",
            "change",
            "id",
            postgresql_include=["register_id"],
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    register_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_on: Mapped[date] = mapped_column(primary_key=True)
    """The day at whose beginning the value stands; periodic: the first day after the period."""
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)
    period: Mapped[date]
    """The first day of the month that contains the day before `read_on`."""
    event: Mapped[str] = mapped_column(
        default=ReadingEvent.PERIODIC.value, server_default=ReadingEvent.PERIODIC.value
    )
    value: Mapped[Decimal]
    taken_at: Mapped[datetime]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    submitting_organization_id: Mapped[UUID | None]
    """The company that submitted it, if the account is another company's."""
    source: Mapped[str]
    kind: Mapped[str]
    estimate_method: Mapped[str | None]
    """How an estimate of the settlement came about; None for all other values."""
    status: Mapped[str]
    findings: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    supersedes: Mapped[UUID | None]
    receipt_id: Mapped[UUID | None]
    review_outcome: Mapped[str | None]
    """The newest decision of the operator about this reading, with the reason and the moment."""
    review_reason: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    change: Mapped[int] = mapped_column(BigInteger, server_default=text("reading_change()"))
    """The transaction that wrote the row last, see `reading_change`; the database fills it."""
