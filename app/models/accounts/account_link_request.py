from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from app.access import LinkScope
from app.errors import Conflict
from app.models.base import Base, Identified, new_id
from app.models.customers.account_link import AccountLink
from app.models.messages.code_challenge import CodeChallenge, Purpose

WAITS_FOR: Final = timedelta(hours=1)
"""How long a request that was not confirmed may still ask for its code again."""


class ConsentUnavailable(Conflict):
    """The owner who could consent may not do so now; the answer does not tell why."""

    code = "consent_unavailable"


class AccountLinkClosed(Conflict):
    """Confirmed, out of guesses, too old, or ended by the account's company."""

    code = "account_link_closed"


class CompanyBlocked(Conflict):
    """The account's company takes no more requests from the caller's company."""

    code = "company_blocked"


class AccountLinkRequest(Identified, Base):
    """A request of one organization to see another's account; the other consents with a code."""

    __tablename__ = "account_link_requests"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
        Index(
            "ix_account_link_requests_created_at",
            "created_at",
            postgresql_where=text("confirmed_at IS NULL"),
        ),
    )

    organization_id: Mapped[UUID]
    account_organization_id: Mapped[UUID]
    account_id: Mapped[UUID]
    requested_by: Mapped[UUID]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    scope: Mapped[str | None]
    """What is asked for; None: asked before there were scopes, which means `view`."""

    @classmethod
    def ask(
        cls,
        *,
        organization_id: UUID,
        account_organization_id: UUID,
        account_id: UUID,
        requested_by: UUID,
        scope: LinkScope,
        now: datetime,
    ) -> Self:
        return cls(
            id=new_id(),
            organization_id=organization_id,
            account_organization_id=account_organization_id,
            account_id=account_id,
            requested_by=requested_by,
            created_at=now,
            scope=scope.value,
        )

    @property
    def asks_for(self) -> LinkScope:
        return LinkScope(self.scope or LinkScope.VIEW)

    def link(self, now: datetime) -> AccountLink:
        """Return the link that consent makes of the request."""
        return AccountLink.of(
            organization_id=self.organization_id,
            account_organization_id=self.account_organization_id,
            account_id=self.account_id,
            scope=self.asks_for,
            now=now,
        )

    def challenge(self, *, phone: str, now: datetime) -> CodeChallenge:
        """Return the challenge for the phone of whoever may consent."""
        return CodeChallenge.issue(
            organization_id=self.account_organization_id,
            purpose=Purpose.ACCOUNT_LINK,
            subject_id=self.id,
            phone=phone,
            now=now,
        )

    def require_waiting(self, now: datetime) -> None:
        """Let pass a request that still waits for its code.

        :raises AccountLinkClosed: confirmed, or too old.
        """
        if self.confirmed_at is not None or now >= self.created_at + WAITS_FOR:
            raise AccountLinkClosed
