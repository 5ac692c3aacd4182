"""Buttons that open a payment code in a bank's application: links only, never in the picture."""

from collections.abc import Mapping
from typing import Final

PLACE: Final = "{payload}"
BANKS: Final[Mapping[str, str]] = {
    "privat24": "https://www.privat24.ua/rd/send_qr/nbu/{payload}",
    "monobank": "https://mbnk.app/qr/{payload}",
}
"""The applications that are known to open format 003; a deployment may name others."""


def bank_links(payload: str, banks: Mapping[str, str] = BANKS) -> dict[str, str]:
    """Return the address of a button for each bank."""
    return {bank: template.replace(PLACE, payload) for bank, template in banks.items()}
