"""What a receipt's digest and hash are made over, and what is wrong with one in its chain.

docs/receipts.md tells it to customers. The database makes the hash itself (`receipt_hash`).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from typing_extensions import override

from app.models.metering.reading_receipt import DIGEST_FORM
from app.models.period import Period

FIRST_PREVIOUS: Final = "0" * 64
"""What stands for the hash before the first."""
MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class SubmittedValue:
    register_id: UUID
    read_on: date
    value: Decimal

    @override
    def __str__(self) -> str:
        return f"{self.register_id} {self.read_on} {self.value:.3f}"


class Fault(StrEnum):
    """The first thing that is wrong with a receipt in its chain."""

    NO_PLACE = "no_place"
    """It stands outside the chain."""
    MISSING_BEFORE = "missing_before"
    """A receipt between this one and the one before is gone."""
    NOT_LINKED = "not_linked"
    """It does not carry the hash of the one before."""
    HASH = "hash"
    """Its hash is not that of what it says."""
    DIGEST = "digest"
    """Its digest is not that of the readings it stands for."""
    END_MISSING = "end_missing"
    """The chain was longer than this, its last receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainedReceipt:
    """A receipt as it stands in the database, with the values that it stands for."""

    id: UUID
    account_id: UUID
    period: Period
    submitted_at: datetime
    digest: str
    digest_form: int
    number: int | None
    previous_hash: str | None
    hash: str | None
    values: tuple[SubmittedValue, ...]

    @property
    def digest_text(self) -> str | None:
        """What the digest is over; None of the first form, which nobody can make again."""
        if self.digest_form != DIGEST_FORM:
            return None
        return digest_text(self.account_id, self.period, self.submitted_at, self.values)

    @property
    def hash_text(self) -> str:
        """What the hash is over: seven lines."""
        lines = (
            self.number,
            self.previous_hash,
            self.id,
            self.account_id,
            self.period,
            _moment(self.submitted_at),
            self.digest,
        )
        return "\n".join(str(line) for line in lines)

    def fault(self, *, number: int, previous_hash: str) -> Fault | None:
        """Return what is wrong with the receipt where this number and hash are due."""
        if self.number is None:
            return Fault.NO_PLACE
        if self.number != number:
            return Fault.MISSING_BEFORE
        if self.previous_hash != previous_hash:
            return Fault.NOT_LINKED
        if self.hash != sha256(self.hash_text):
            return Fault.HASH
        text = self.digest_text
        return None if text is None or self.digest == sha256(text) else Fault.DIGEST


def digest_text(
    account_id: UUID, period: Period, submitted_at: datetime, values: Iterable[SubmittedValue]
) -> str:
    """Return the account, the month, the moment and then each value, sorted, line by line."""
    head = (str(account_id), str(period), _moment(submitted_at))
    return "\n".join((*head, *sorted(map(str, values))))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(MOMENT)
