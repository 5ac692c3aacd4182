"""The order in which readings were written, which clients follow without missing one.

A reader of numbers that are given out before a commit can pass one whose transaction is still under
way. `Reading.change` is the number of the transaction that wrote the row; a reader takes only what
is below the oldest transaction that still runs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.metering.recorded_reading import RecordedReading

MOST_PASSED: Final = 5_000
"""Readings of one company that one page passes over at the most, to find those of the cabinet."""


@dataclass(frozen=True, slots=True, order=True)
class ChangePosition:
    """The last reading a client has seen: its change, then its id."""

    change: int
    reading_id: UUID


FIRST: Final = ChangePosition(0, UUID(int=0))


@dataclass(frozen=True, slots=True)
class ChangedReading:
    account_id: UUID
    reading: RecordedReading


@dataclass(frozen=True, slots=True)
class ReadingChanges:
    """Readings in the order in which they were last written."""

    items: list[ChangedReading]
    position: ChangePosition
    """Where to go on, also when nothing has changed."""
    has_more: bool


class ReadingEpoch(Base):
    """A server on which the database has counted its transactions.

    Another server, or the same one restored to an earlier moment, may give out the same numbers
    once more. It is known by its system identifier and timeline (PostgreSQL, `pg_control_system`
    and `pg_control_checkpoint`); the numbers of each epoch are above those of all before.
    """

    __tablename__ = "reading_epochs"

    epoch: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    system_identifier: Mapped[int] = mapped_column(BigInteger)
    timeline: Mapped[int] = mapped_column(BigInteger)
    begun_at: Mapped[datetime]


class ReadingChangeMark(Base):
    """Up to which change everything was written at a moment, for clients that name a moment."""

    __tablename__ = "reading_change_marks"

    marked_at: Mapped[datetime] = mapped_column(primary_key=True)
    below: Mapped[int] = mapped_column(BigInteger)
