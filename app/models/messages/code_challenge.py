import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Invalid, TooManyRequests
from app.models.base import Base, Identified, new_id
from app.models.limits.kinds import TooManyAttempts
from app.security.secrets import SecretKey

LIFETIME = timedelta(minutes=5)
MAX_ATTEMPTS = 5
MAX_SENDS = 3
RESEND_AFTER = timedelta(seconds=60)


class Purpose(StrEnum):
    """What a code opens, and nothing else."""

    SIGN_UP = "sign_up"
    INVITATION = "invitation"
    ACCOUNT_LINK = "account_link"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, not a password
    PHONE_CHANGE_OLD = "phone_change_old"
    PHONE_CHANGE_NEW = "phone_change_new"


LENGTHS = {
    Purpose.SIGN_UP: 6,
    Purpose.INVITATION: 6,
    Purpose.ACCOUNT_LINK: 6,
    Purpose.PASSWORD_RESET: 8,
    Purpose.PHONE_CHANGE_OLD: 8,
    Purpose.PHONE_CHANGE_NEW: 8,
}
"""Digits of a code: longer for what opens more (security.md O3)."""


class State(Enum):
    OPEN = auto()
    USED = auto()
    EXPIRED = auto()
    CLOSED = auto()
    """All attempts used up."""


class CodeRejected(Invalid):
    """Wrong, expired or used: we never say which."""

    code = "code_rejected"
    members = ("attempts_left",)


class ResendTooSoon(TooManyRequests):
    code = "resend_too_soon"
    members = ("resend_at",)


class CodeChallenge(Identified, Base):
    """A one-time code on its way to a phone: never stored, derived when the SMS is written."""

    __tablename__ = "code_challenges"
    __table_args__ = (
        CheckConstraint(f"attempts BETWEEN 0 AND {MAX_ATTEMPTS}", name="attempts_range"),
        CheckConstraint(f"sends BETWEEN 1 AND {MAX_SENDS}", name="sends_range"),
        Index("ix_code_challenges_subject", "subject_id"),
    )

    organization_id: Mapped[UUID]
    purpose: Mapped[str]
    subject_id: Mapped[UUID]
    """The sign-up (later: reset, invitation, link) that the code confirms."""
    phone: Mapped[str]
    attempts: Mapped[int]
    sends: Mapped[int]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    secret_key_id: Mapped[str | None]
    """The key that wrote the SMS; None until it is written. So the code stays the same, and good,
    when another key takes over."""

    @classmethod
    def issue(
        cls, *, organization_id: UUID, purpose: Purpose, subject_id: UUID, phone: str, now: datetime
    ) -> Self:
        return cls(
            id=new_id(),
            organization_id=organization_id,
            purpose=purpose,
            subject_id=subject_id,
            phone=phone,
            attempts=0,
            sends=1,
            sent_at=now,
            expires_at=now + LIFETIME,
        )

    def state(self, now: datetime) -> State:
        if self.used_at is not None:
            return State.USED
        if self.attempts >= MAX_ATTEMPTS:
            return State.CLOSED
        return State.OPEN if now < self.expires_at else State.EXPIRED

    def is_spent(self, now: datetime) -> bool:
        """Tell whether sending it again would help nobody: used, or out of guesses."""
        return self.state(now) in {State.USED, State.CLOSED}

    @property
    def length(self) -> int:
        return LENGTHS[Purpose(self.purpose)]

    @property
    def attempts_left(self) -> int:
        return MAX_ATTEMPTS - self.attempts

    @property
    def resend_at(self) -> datetime | None:
        """When the same code may be sent again; None when it has been sent often enough."""
        return self.sent_at + RESEND_AFTER if self.sends < MAX_SENDS else None

    def resend(self, now: datetime) -> None:
        """Send the same code again: a fresh lifetime, the same guesses left (O8).

        :raises TooManyAttempts: it has been sent as often as it may.
        :raises ResendTooSoon: less than a minute after the last time.
        """
        if self.resend_at is None:
            raise TooManyAttempts(retry_after=LIFETIME.total_seconds())
        if now < self.resend_at:
            wait = (self.resend_at - now).total_seconds()
            raise ResendTooSoon(resend_at=self.resend_at, retry_after=wait)
        self.sends += 1
        self.sent_at = now
        self.expires_at = now + LIFETIME

    def fix_key(self, secret_key: SecretKey) -> None:
        """Note which key writes the SMS, so that each SMS carries the same code (O8).

        A key that is gone is replaced: its code is good no more.
        """
        if not secret_key.knows(self.secret_key_id):
            self.secret_key_id = secret_key.id

    def digits(self, secret_key: SecretKey) -> str:
        """Return the code, by the key that wrote the SMS."""
        return secret_key.code(
            challenge_id=self.id,
            purpose=self.purpose,
            phone=self.phone,
            length=self.length,
            key_id=self.secret_key_id,
        )

    def is_opened_by(self, code: str, secret_key: SecretKey) -> bool:
        """Tell whether these are the digits, in the same time whatever is wrong with them."""
        expected = self.digits(secret_key)
        return hmac.compare_digest(expected.encode(), code.encode())


def judge(challenges: Sequence[CodeChallenge], *codes: str, secret_key: SecretKey) -> None:
    """Let pass the right digits for all the challenges whose guess has been committed (O1).

    :raises CodeRejected: never says which is wrong, and whether wrong, expired or used.
    """
    if not challenges:
        raise CodeRejected(attempts_left=0)
    opened = [
        challenge.is_opened_by(code, secret_key)
        for challenge, code in zip(challenges, codes, strict=True)
    ]
    if not all(opened):
        raise CodeRejected(attempts_left=min(each.attempts_left for each in challenges))
