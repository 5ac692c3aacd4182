"""The results of linking an account, and the checks with which every way of linking begins."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeVar
from uuid import UUID

from app.access import Caller, Permission, permitted
from app.errors import NotFound
from app.models.accounts.account_link_request import AccountLinkRequest
from app.models.accounts.shown_account import ShownAccount
from app.models.limits.kinds import LimitState
from app.models.messages.code_challenge import CodeChallenge
from app.models.metering.window_book import WindowBook
from app.repositories.accounts.account_links import LinkSummary

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """A link, with the account as lists show it."""

    link: LinkSummary
    shown: ShownAccount
    is_seen_by_us: bool
    """The link belongs to the cabinet of whoever asks; else another company's shows the account."""

    @classmethod
    def at(cls, now: datetime, link: LinkSummary, book: WindowBook, *, seen_by: UUID) -> Self:
        shown = ShownAccount.at(now, link.account, book)
        return cls(link, shown, is_seen_by_us=link.holder_id == seen_by)


@dataclass(frozen=True, slots=True)
class LinkProgress:
    """A link that waits for the account's company to consent."""

    request: AccountLinkRequest
    challenge: CodeChallenge
    standings: tuple[LimitState, ...] = ()


def linking(caller: Caller | None) -> Caller:
    """Return the caller if they may add accounts to the cabinet.

    :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
    :raises CabinetFrozen: nothing is added until the owner lifts the freeze.
    """
    caller = unlinking(caller)
    caller.restraint.require_not_frozen()
    return caller


def unlinking(caller: Caller | None) -> Caller:
    """Return the caller if they may end links.

    :raises SessionEnded, OwnershipPending, PermissionMissing: see `permitted`.
    """
    return permitted(caller, Permission.LINK_ACCOUNTS)


def existing(found: Found | None) -> Found:
    if found is None:
        raise NotFound
    return found
