"""The activation code printed on a bill: it proves that whoever types it has had the bill.

One for each account and month, derived from the server's key and stored nowhere. Ten characters
of 23 make 45 bits: at 5 tries a day (security.md A10), with a thousand accounts and three months
to hit, the expected takeovers of a company attacked all year long are 1 in 7 million.
"""

from datetime import datetime
from typing import Final

from app.clock import kyiv_date
from app.errors import Invalid
from app.identifiers import as_typed
from app.models.period import Period

MONTHS_GOOD: Final = 3
"""The code of this month and of the two before: the last bill is never older."""
GROUP: Final = 5
LOOK_ALIKES: Final = str.maketrans("АВСЕНКМРТХУ", "ABCEHKMPTXY")
"""Cyrillic capitals that look like the Latin ones that are printed, though they are others."""


class ActivationCodeRejected(Invalid):
    code = "activation_code_rejected"


def good_periods(now: datetime) -> tuple[Period, ...]:
    """Return the months whose codes are good, newest first."""
    current = Period.containing(kyiv_date(now))
    return tuple(current.shifted(-months) for months in range(MONTHS_GOOD))


def grouped(code: str) -> str:
    """Return a code as bills print it: `ABCDE-FGHJK`."""
    return f"{code[:GROUP]}-{code[GROUP:]}"


def plain(typed: str) -> str:
    """Return what somebody meant: spaces, hyphens, case and keyboard layout are forgiven."""
    letters = (letter for letter in as_typed(typed).upper() if letter.isalnum())
    return "".join(letters).translate(LOOK_ALIKES)
