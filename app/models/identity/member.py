from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.access import Role
from app.clock import kyiv_date
from app.errors import Conflict, Flaw, Invalid, NotFound
from app.models.base import Base, Owned
from app.restraints import Restraint


class MemberStatus(StrEnum):
    ACTIVE = "active"
    FROZEN = "frozen"
    EXPIRED = "expired"


class OwnerCannotBeChanged(Conflict):
    """The owner's rights cannot be changed; only the operator changes who is the owner."""

    code = "owner_cannot_be_changed"


class OwnerCannotBeRemoved(Conflict):
    code = "owner_cannot_be_removed"


class AccountNotLinked(NotFound):
    """A member cannot be limited to an account that the cabinet does not show."""

    code = "account_not_linked"

    def __init__(self, positions: Sequence[int]) -> None:
        flaws = [Flaw(f"/account_ids/{position}", self.code) for position in positions]
        super().__init__(flaws=flaws)


class CurrentPasswordRejected(Invalid):
    """The current password is wrong."""

    code = "current_password_rejected"

    def __init__(self) -> None:
        super().__init__(flaws=[Flaw("/current_password", self.code)])


class ExpiresOnPassed(Invalid):
    """A last day that is over already."""

    code = "expires_on_passed"


class MemberChanges(TypedDict, total=False):
    """What the owner changes about a member; what is not named stays."""

    role: str
    account_ids: list[UUID] | None
    expires_on: date | None
    is_frozen: bool


FREEZING: Final[MemberChanges] = {"is_frozen": True}
"""The one change that may be made at any time: it takes access away, and can be lifted."""


MOST_TOLD: Final = 10
"""How many members at most hear by SMS of a new password or phone: whose it is, the owner, and the
oldest others. A company may have thousands, and all of them are paid for out of one day's money."""


class ProfileChanges(TypedDict, total=False):
    """What members change about themselves; what is not named stays."""

    full_name: str | None
    locale: str


class Member(Owned, Base):
    """A person who may sign in to an organization's cabinet."""

    __tablename__ = "members"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        # One phone to one organization; a removed member's phone is free again.
        Index(
            "uq_members_phone", "phone", unique=True, postgresql_where=text("removed_at IS NULL")
        ),
        Index(
            "uq_members_owner",
            "organization_id",
            unique=True,
            postgresql_where=text("role = 'owner' AND removed_at IS NULL"),
        ),
        Index(
            "ix_members_removed",
            "removed_at",
            postgresql_where=text("removed_at IS NOT NULL AND phone <> ''"),
        ),
    )

    phone: Mapped[str]
    """Empty some time after the member was removed, and the password with it."""
    full_name: Mapped[str | None]
    role: Mapped[str]
    locale: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    """Since when the owner keeps this member out; lifting it gives everything back."""
    expires_on: Mapped[date | None]
    """The last day, in Kyiv, on which this member may do anything."""
    account_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    """The only accounts this member sees; None means all of the cabinet's."""
    password_reset_at: Mapped[datetime | None]
    """When the password was last replaced by SMS, or the phone by the operator: for a day after,
    a thief of the number may not change who gets in."""
    cabinet_frozen_at: Mapped[datetime | None]
    """Since when the owner keeps everybody else out of the cabinet; every member has it."""
    ended_at_reset: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What the last reset ended, because it was made under an earlier hold."""

    @property
    def restraint(self) -> Restraint:
        return Restraint(self.password_reset_at, self.cabinet_frozen_at)

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    @property
    def is_frozen(self) -> bool:
        """The owner keeps this member out, or everybody; never themselves."""
        is_cabinet_frozen = self.cabinet_frozen_at is not None and self.role != Role.OWNER
        return self.frozen_at is not None or is_cabinet_frozen

    def is_let_in(self, now: datetime) -> bool:
        """Tell whether the member may sign in: neither removed nor frozen, nor past the last day.

        A frozen cabinet lets in its owner only.

        The CTE `caller` asks the same in SQL, see `Session.lets_in`.
        """
        is_expired = self.expires_on is not None and self.expires_on < kyiv_date(now)
        return self.removed_at is None and not self.is_frozen and not is_expired

    def status(self, now: datetime) -> MemberStatus:
        if self.is_frozen:
            return MemberStatus.FROZEN
        return MemberStatus.ACTIVE if self.is_let_in(now) else MemberStatus.EXPIRED

    def change(self, changes: MemberChanges, now: datetime) -> bool:
        """Give the member other rights, which hold from the next request on.

        Return whether anything is another now.

        :raises OwnerCannotBeChanged: the owner's rights are what they are.
        :raises ExpiresOnPassed: see `require_day_to_come`.
        """
        if self.role == Role.OWNER:
            raise OwnerCannotBeChanged
        require_day_to_come(changes.get("expires_on"), now)
        before = self._rights()
        self.role = changes.get("role", self.role)
        self.account_ids = changes.get("account_ids", self.account_ids)
        self.expires_on = changes.get("expires_on", self.expires_on)
        if "is_frozen" in changes:
            self.frozen_at = (self.frozen_at or now) if changes["is_frozen"] else None
        return self._rights() != before

    def introduce(self, changes: ProfileChanges) -> list[str]:
        """Take the name and the language that the member has chosen; return what is another now."""
        before = {"full_name": self.full_name, "locale": self.locale}
        self.full_name = changes.get("full_name", self.full_name)
        self.locale = changes.get("locale", self.locale)
        return sorted(name for name, value in before.items() if getattr(self, name) != value)

    def _rights(self) -> tuple[object, ...]:
        accounts = None if self.account_ids is None else frozenset(self.account_ids)
        return self.role, accounts, self.expires_on, self.frozen_at

    def remove(self, now: datetime) -> None:
        """Take the member out of the cabinet for good; the phone is free again.

        :raises OwnerCannotBeRemoved:
        """
        if self.role == Role.OWNER:
            raise OwnerCannotBeRemoved
        self.removed_at = now


def require_day_to_come(expires_on: date | None, now: datetime) -> None:
    """Let pass a last day that is today in Kyiv, or later, or none.

    :raises ExpiresOnPassed:
    """
    if expires_on is not None and expires_on < kyiv_date(now):
        raise ExpiresOnPassed(flaws=[Flaw("/expires_on", ExpiresOnPassed.code)])
