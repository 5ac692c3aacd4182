"""Sums of money as a payment code writes them."""

import re
from typing import Final

from app.models.billing.nbu_qr.characters import FieldRefused

CURRENCY: Final = "UAH"
LARGEST: Final = 99_999_999_999
"""Kopiykas: 999,999,999.99 UAH."""
KOPIYKAS: Final = 100
WRITTEN: Final = re.compile(r"UAH(?:(\d{1,9})(?:\.(\d{1,2}))?)?", re.ASCII)


def written_amount(kopiykas: int | None) -> str:
    """Return the shortest form: kopiykas have two digits or are left out; the payer types None.

    :raises FieldRefused: nothing, less than nothing, or more than the field holds.
    """
    if kopiykas is None:
        return ""
    if not 0 < kopiykas <= LARGEST:
        raise FieldRefused("amount", "outside of 0.01 to 999999999.99")
    hryvnias, rest = divmod(kopiykas, KOPIYKAS)
    return f"{CURRENCY}{hryvnias}" + (f".{rest:02}" if rest else "")


def read_amount(text: str) -> int | None:
    """Return the kopiykas; None where the payer types the sum, written as nothing or as zero.

    :raises FieldRefused: another currency, or no sum.
    """
    if not text:
        return None
    found = WRITTEN.fullmatch(text)
    if not found:
        raise FieldRefused("amount", "not UAH and a sum")
    hryvnias, rest = found[1] or "0", (found[2] or "0").ljust(2, "0")
    return int(hryvnias) * KOPIYKAS + int(rest) or None
