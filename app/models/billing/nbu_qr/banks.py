"""Buttons that open a payment code in a bank's application: links only, never in the picture."""

import re
from collections.abc import Mapping
from typing import Final

PLACE: Final = "{payload}"
BANKS: Final[Mapping[str, str]] = {
    "privat24": "https://www.privat24.ua/rd/send_qr/nbu/{payload}",
    "monobank": "https://mbnk.app/qr/{payload}",
}
"""The applications that are known to open format 003; a deployment may name others."""
BUTTON: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}=[a-z][a-z0-9+.-]*://[!-~]*", re.ASCII)
MOST_BUTTONS: Final = 20


def bank_links(payload: str, banks: Mapping[str, str] = BANKS) -> dict[str, str]:
    """Return the address of a button for each bank."""
    return {bank: template.replace(PLACE, payload) for bank, template in banks.items()}


def buttons_of(text: str) -> dict[str, str]:
    """Return the addresses of `bank=address` words by the banks' names.

    :raises ValueError: a word is none, or its address has no one place for the code.
    """
    words = text.split()
    if len(words) > MOST_BUTTONS:
        raise ValueError("too many buttons")
    for word in words:
        if not BUTTON.fullmatch(word) or word.count(PLACE) != 1:
            raise ValueError(word)
    return dict(word.split("=", 1) for word in words)
