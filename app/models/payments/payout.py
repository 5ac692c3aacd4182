"""What an acquirer pays out to the operator's bank account, and what it keeps of it."""

from datetime import date
from typing import Final

from app.errors import Conflict
from app.models.billing.books import Book, BookKind
from app.models.billing.posting import Posting, PostingKind
from app.models.money import Money

PAYOUT: Final = "payout"
"""The rule of a line that no customer has paid."""
UNDONE: Final = "payout_undone"


class PayoutExceedsClearing(Conflict):
    """More than what the acquirer has taken from cards and not paid out yet."""

    code = "payout_exceeds_clearing"


def clearing_of(acquirer: str) -> Book:
    return Book(kind=BookKind.CLEARING, name=acquirer)


def payout_posting(key: str, acquirer: str, *, amount: Money, fee: Money, on: date) -> Posting:
    """Return what a payout writes: the bank's line and the fee are no longer in clearing."""
    return Posting.of(
        PAYOUT,
        key,
        PostingKind.ADJUSTMENT,
        on,
        (Book(kind=BookKind.UNIDENTIFIED), amount),
        (Book(kind=BookKind.FEES, name=acquirer), fee),
        (clearing_of(acquirer), -(amount + fee)),
    )
