from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, new_id
from app.models.messages.code_challenge import CodeChallenge
from app.texts import DEFAULT

LEASE: Final = timedelta(seconds=15)
"""For how long one worker has a message to itself: longer than a call to the gateway may take,
short enough that a code outlives the worker that was killed with it."""

RETRY_DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 10))
"""Pauses after failed tries, the last one repeated. With the longest call (10 s) the longest gap
is 20 s, so a code leaves within 30 s of the gateway's recovery (R7)."""

CHECK_DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 40, 120))
"""Pauses before each question to the gateway whether the message has arrived."""

TOO_LATE: Final = "too_late"
NOT_NEEDED: Final = "not_needed"
UNDELIVERED: Final = "undelivered"


NEWS_LASTS: Final = timedelta(hours=24)
"""How long it is worth telling somebody what has happened."""


class Notice(StrEnum):
    """What members are told without being asked for anything (security.md section 4)."""

    PASSWORD_WAS_RESET = "password_was_reset"  # noqa: S105 - news, not a password
    PHONE_WAS_CHANGED = "phone_was_changed"
    ACCOUNT_WAS_SHARED = "account_was_shared"
    FIRST_READINGS_BY_OTHERS = "first_readings_by_others"
    COMPANY_CLAIMED = "company_claimed"
    """To the phone on file: another phone has signed up, and has proven nothing."""
    PROOF_WAITS = "proof_waits"
    """To the phone on file: another phone gets the company in a day, unless this one signs up."""
    COMPANY_GIVEN = "company_given"
    """To the phone on file: by the operator's word the company is another phone's."""


class Delivery(StrEnum):
    """How far a message has come, as the product knows it."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


OPENS_NOTHING: Final = "opens_nothing"
"""A fact about the code of an invitation whose phone is that of another company's member: one phone
belongs to one company, so the text tells that instead."""


class Message(Identified, Base):
    """An SMS to be written and sent. It holds no text: a code must not lie in a table (O6)."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_messages_challenge", "challenge_id"),
    )

    organization_id: Mapped[UUID]
    template: Mapped[str]
    """Which text it is: the purpose of the code it carries, or a notice without a code."""
    challenge_id: Mapped[UUID | None]
    phone: Mapped[str]
    locale: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When the worker should look at it again; None once its fate is known."""
    give_up_at: Mapped[datetime]
    """After this moment the text is of no use to anybody."""
    starts: Mapped[int]
    """How many times sending began; more than one may mean a duplicate at the receiver."""
    checks: Mapped[int]
    """How many times the gateway was asked whether it has arrived."""
    gateway_id: Mapped[str | None]
    failure: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None]
    """What the text names, such as the company that asks, or `OPENS_NOTHING`; never a code."""

    @classmethod
    def noting(
        cls,
        notice: Notice,
        *,
        organization_id: UUID,
        phone: str,
        locale: str,
        now: datetime,
        facts: dict[str, Any] | None = None,
    ) -> Self:
        """Return a message that tells somebody what has happened, due at once."""
        return cls._due(
            now,
            organization_id=organization_id,
            template=notice.value,
            challenge_id=None,
            phone=phone,
            locale=locale,
            give_up_at=now + NEWS_LASTS,
            facts=facts,
        )

    @classmethod
    def to_phone_on_file(
        cls, notice: Notice, *, organization_id: UUID, phone: str, now: datetime
    ) -> Self:
        """Return what the company's phone on file is told; nobody knows its language."""
        return cls.noting(
            notice, organization_id=organization_id, phone=phone, locale=DEFAULT.value, now=now
        )

    @classmethod
    def carrying(
        cls,
        challenge: CodeChallenge,
        *,
        locale: str,
        now: datetime,
        facts: dict[str, Any] | None = None,
    ) -> Self:
        """Return the message that takes a challenge's code to its phone, due at once."""
        return cls._due(
            now,
            organization_id=challenge.organization_id,
            template=challenge.purpose,
            challenge_id=challenge.id,
            phone=challenge.phone,
            locale=locale,
            give_up_at=challenge.expires_at,
            facts=facts,
        )

    @classmethod
    def _due(cls, now: datetime, **values: Any) -> Self:
        """Return a message that nobody has tried to send yet."""
        return cls(
            id=new_id(),
            status=Delivery.QUEUED,
            created_at=now,
            updated_at=now,
            due_at=now,
            starts=0,
            checks=0,
            gateway_id=None,
            failure=None,
            **values,
        )

    def is_due(self, now: datetime, *, status: Delivery) -> bool:
        """Say whether it is at this stage, and not in another worker's hands."""
        return self.status == status and self.due_at is not None and self.due_at <= now

    def start(self, now: datetime) -> None:
        """Begin to send. Committed before the call, so that a killed worker leaves a trace."""
        self.starts += 1
        self.due_at = now + LEASE
        self.updated_at = now

    def accept(self, *, gateway_id: str | None, now: datetime) -> None:
        """Record that the gateway has it: sent, whoever else is trying at the same time."""
        if self.status not in (Delivery.QUEUED, Delivery.FAILED):
            return
        self.failure = None
        self.gateway_id = gateway_id
        # Without an id there is nothing to ask about later.
        self._settle(Delivery.SENT, now, due_at=now + CHECK_DELAYS[0] if gateway_id else None)

    def postpone(self, *, start: int, reason: str, now: datetime) -> None:
        """Try again after a pause, unless that would be too late to be of use."""
        retry_at = now + RETRY_DELAYS[min(start, len(RETRY_DELAYS)) - 1]
        if retry_at >= self.give_up_at:
            self.fail(start=start, reason=reason, now=now)
        elif self._is_in_hand(start):
            self.failure = reason
            self._settle(Delivery.QUEUED, now, due_at=retry_at)

    def fail(self, *, start: int, reason: str, now: datetime) -> None:
        """Record that it will not be sent: nobody tries again."""
        if self._is_in_hand(start):
            self.failure = reason
            self._settle(Delivery.FAILED, now)

    def begin_check(self, now: datetime) -> None:
        """Begin to ask about it; nobody's business but ours, so `updated_at` stays."""
        self.checks += 1
        self.due_at = now + LEASE

    def conclude_check(self, delivery: Delivery, now: datetime) -> None:
        """Record what the gateway says: a final word ends the questions, and so does patience."""
        if self.status != Delivery.SENT:
            return
        if delivery is Delivery.DELIVERED:
            self._settle(delivery, now)
        elif delivery is Delivery.FAILED:
            self.failure = UNDELIVERED
            self._settle(delivery, now)
        elif self.checks < len(CHECK_DELAYS):
            self.due_at = now + CHECK_DELAYS[self.checks]
        else:
            self._settle(Delivery.UNKNOWN, now)

    def _is_in_hand(self, start: int) -> bool:
        """Say whether that start is the last word: nobody has taken over or succeeded since."""
        return self.status == Delivery.QUEUED and self.starts == start

    def _settle(self, status: Delivery, now: datetime, *, due_at: datetime | None = None) -> None:
        self.status = status
        self.updated_at = now
        self.due_at = due_at
