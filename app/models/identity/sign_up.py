from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.access import Role
from app.errors import Conflict, Flaw, Invalid
from app.identifiers import AccountNumbers
from app.models.base import Base, Identified, new_id
from app.models.customers.account import AccountNumberInvalid
from app.models.identity.member import Member
from app.models.identity.password_policy import PasswordTooWeak, flaws_of_rules, missed_rules
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.models.messages.code_progress import CodeProgress

WAITS_FOR: Final = timedelta(hours=1)
"""How long an unconfirmed sign-up may still ask for its code again."""


class AccountNotFound(Invalid):
    """The register has no such pair; whether the account exists at all is not told."""

    code = "account_not_found"


class PairAlreadyRegistered(Conflict):
    code = "pair_already_registered"
    members = ("contacts",)


class PhoneAlreadyUsed(Conflict):
    code = "phone_already_used"
    members = ("contacts",)


class SignUpClosed(Conflict):
    code = "sign_up_closed"


def require_sound(
    *, phone: str, account_number: str, tax_id: str, password: str, account_numbers: AccountNumbers
) -> str:
    """Return the account number; number and password are judged together, so that one answer tells.

    :raises AccountNumberInvalid: not of the operator's form, with the rules the password misses.
    :raises PasswordTooWeak: with every rule that the password misses.
    """
    number = account_numbers.find(account_number)
    identifiers = (phone, number or account_number, tax_id)
    missed = missed_rules(password, identifiers=identifiers)
    if number is None:
        raise AccountNumberInvalid(
            flaws=[
                Flaw("/account_number", AccountNumberInvalid.code),
                *flaws_of_rules(missed, pointer="/password"),
            ]
        )
    if missed:
        raise PasswordTooWeak(missed, pointer="/password")
    return number


class SignUp(Identified, Base):
    """A request to open an organization's cabinet, waiting for the code sent to its phone."""

    __tablename__ = "sign_ups"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        Index(
            "ix_sign_ups_password",
            "created_at",
            postgresql_where=text("password_hash IS NOT NULL"),
        ),
    )

    organization_id: Mapped[UUID]
    account_id: Mapped[UUID]
    phone: Mapped[str]
    password_hash: Mapped[str | None]
    """None once it is confirmed, or can no longer be."""
    locale: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]

    def challenge(self, now: datetime) -> CodeChallenge:
        return CodeChallenge.issue(
            organization_id=self.organization_id,
            purpose=Purpose.SIGN_UP,
            subject_id=self.id,
            phone=self.phone,
            now=now,
        )

    def owner(self, now: datetime) -> Member:
        """Return the member that the code makes of whoever signs up."""
        return Member(
            organization_id=self.organization_id,
            id=new_id(),
            phone=self.phone,
            role=Role.OWNER.value,
            locale=self.locale,
            password_hash=self.password_hash,
            created_at=now,
        )

    def require_waiting(self, now: datetime) -> None:
        """Let pass a sign-up that still waits for its code.

        :raises SignUpClosed: confirmed, or too old.
        """
        if self.confirmed_at is not None or now >= self.created_at + WAITS_FOR:
            raise SignUpClosed


class SignUpProgress(CodeProgress[SignUp]):
    __slots__ = ()
    WHEN_USED = "confirmed"
