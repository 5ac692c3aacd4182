"""From the fields of a payment code to the address that its picture holds."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.clock import KYIV
from app.models.billing.nbu_qr.amounts import written_amount
from app.models.billing.nbu_qr.characters import ENCODING, FieldRefused
from app.models.billing.nbu_qr.code import NbuCode

PREFIX: Final = "https://qr.bank.gov.ua/"
TAG, VERSION, CP1251 = "BCD", "003", "2"
"""Encoding 2 is cp1251: the rules ask for the smaller of the two, and UTF-8 holds half the text."""
LONGEST_PAYLOAD: Final = 475
"""Bytes of Base64URL (table 1 of the rules)."""
LONGEST_CONTENT: Final = LONGEST_PAYLOAD * 6 // 8
"""Bytes before Base64URL."""
ELLIPSIS: Final = "..."


def payload(code: NbuCode) -> str:
    """Return the 17 fields as Base64URL without padding.

    :raises FieldRefused: together the fields are too long.
    """
    content = _content(code)
    if len(content) > LONGEST_CONTENT:
        raise FieldRefused("purpose", f"{len(content) - LONGEST_CONTENT} bytes too long")
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def address(code: NbuCode) -> str:
    """Return what the picture holds.

    :raises FieldRefused: together the fields are too long.
    """
    return PREFIX + payload(code)


def shortened(code: NbuCode) -> NbuCode:
    """Return the code with as much of its purpose as fits, cut between words.

    A purpose begins with what the payment is found by, so its end is what can be missed.

    :raises FieldRefused: the other fields alone are too long.
    """
    excess = len(_content(code)) - LONGEST_CONTENT
    if excess <= 0:
        return code
    kept = code.purpose[: -excess - len(ELLIPSIS)]
    if len(code.purpose) <= excess + len(ELLIPSIS):
        raise FieldRefused("purpose", f"{excess} bytes too long")
    words, _, _ = kept.rpartition(" ")
    return replace(code, purpose=(words or kept).rstrip(" ,;") + ELLIPSIS)


def _content(code: NbuCode) -> bytes:
    fields = (
        TAG,
        VERSION,
        CP1251,
        code.function,
        "",  # 5: the recipient's unique id, reserved
        code.recipient,
        code.iban,
        written_amount(code.amount),
        code.tax_id,
        code.category,
        code.reference,
        code.purpose,
        code.display,
        "" if code.lock is None else f"{code.lock:04X}",
        _moment(code.valid_until),
        _moment(code.created_at),
        "",  # 17: the signature
    )
    return "\n".join(fields).encode(ENCODING)


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(KYIV).strftime("%y%m%d%H%M%S") if moment else ""
