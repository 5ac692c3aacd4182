"""Values as banks write them: each parsed once, or the statement is refused."""

import re
from collections import Counter
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from app.adapters.bank_statements.refusals import StatementRefused
from app.identifiers import as_typed, is_iban
from app.models.money import AmountUnreadable, Money
from app.models.payments.bank_line import LONGEST_NAME, LONGEST_PURPOSE

SPACES: Final = re.compile(r"[\s\u00a0\u202f]+")
CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
TAX_ID: Final = re.compile(r"\d{8}|\d{10}", re.ASCII)
NOBODY: Final = frozenset({"00000000", "0000000000", "99999999", "9999999999"})
"""What banks write where they do not know the payer's code."""
LONGEST_IBAN: Final = 34
HRYVNIA: Final = frozenset({"UAH", "980"})
OURS: Final = re.compile(r"UA\d{27}", re.ASCII)


def text(value: str, *, longest: int = LONGEST_PURPOSE) -> str:
    """Return a text on one line, without what no database and no terminal takes."""
    spaced = SPACES.sub(" ", CONTROLS.sub(" ", value))
    # Nor what turns the writing round: payers choose their texts.
    return "".join(each for each in spaced if each.isprintable()).strip()[:longest]


def name(value: str) -> str:
    return text(value, longest=LONGEST_NAME)


def money(value: str, *, line: int) -> Money:
    """Return an amount with a point or a comma; thousands may be apart by spaces.

    :raises StatementRefused: anything else, a third decimal too.
    """
    plain = SPACES.sub("", value).replace(",", ".").removeprefix("+")
    try:
        return Money.parse(plain)
    except AmountUnreadable:
        raise StatementRefused("amount_unreadable", line=line, detail=value[:40]) from None


def own_iban(value: str, *, line: int) -> str:
    """Return the IBAN that the statement is of.

    :raises StatementRefused: not a Ukrainian IBAN.
    """
    found = SPACES.sub("", value).upper()
    if not OURS.fullmatch(found) or not is_iban(found):
        raise StatementRefused("iban_invalid", line=line, detail=value[:40])
    return found


def other_iban(value: str) -> str | None:
    """Return the other side's account, which may be abroad or of an old form."""
    return SPACES.sub("", value).upper()[:LONGEST_IBAN] or None


def tax_id(value: str) -> str | None:
    found = SPACES.sub("", as_typed(value))
    return found if TAX_ID.fullmatch(found) and found not in NOBODY else None


def require_hryvnia(value: str, *, line: int) -> None:
    """Refuse a statement in another currency: the ledger has one.

    :raises StatementRefused:
    """
    if value.strip().upper() not in HRYVNIA:
        raise StatementRefused("currency_foreign", line=line, detail=value[:10])


def day(value: str, formats: tuple[str, ...], *, line: int) -> date:
    """Return the day in Kyiv on which the bank booked it.

    :raises StatementRefused:
    """
    for each in formats:
        try:
            return datetime.strptime(value.strip(), each).date()  # noqa: DTZ007 - the bank's own day, in Kyiv
        except ValueError:
            continue
    raise StatementRefused("date_unreadable", line=line, detail=value[:40])


class Occurrences:
    """Names lines that the bank does not name: a digest, and which of several equals it is.

    Two equal payments on one day are two payments; the same file again names them the same.
    """

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def name(self, *parts: object) -> str:
        digest = sha256("\x1f".join(map(str, parts)).encode()).digest()[:16]
        self._seen[digest] += 1
        return f"#{digest.hex()}.{self._seen[digest]}"
