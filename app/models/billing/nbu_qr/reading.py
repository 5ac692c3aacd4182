"""From the address in a picture back to the fields of a payment code, formats 002 and 003."""

import re
from base64 import urlsafe_b64decode
from binascii import Error
from datetime import datetime
from itertools import chain, repeat
from typing import Final

from app.clock import KYIV
from app.models.billing.nbu_qr.amounts import read_amount
from app.models.billing.nbu_qr.characters import FieldRefused
from app.models.billing.nbu_qr.code import UTILITY, Function, NbuCode

PREFIXES: Final = {"https://qr.bank.gov.ua/": "003", "https://bank.gov.ua/qr/": "002"}
ENCODINGS: Final = {"1": "utf-8", "2": "cp1251"}
TAG: Final = "BCD"
FIELDS: Final = 17
MOST_FIELDS: Final = {"002": 15, "003": 17}
"""Format 002 has 13 fields, and up to two line feeds too many."""
LONGEST_ADDRESS: Final = 2048
PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]+=*", re.ASCII)
LOCK: Final = re.compile(r"[0-9A-Fa-f]{4}", re.ASCII)
MOMENT: Final = re.compile(r"\d{12}", re.ASCII)


def read(address: str) -> NbuCode:
    """Return the fields of a payment code.

    :raises FieldRefused: not an address of the National Bank's codes, or a field that is wrong.
    """
    version, content = _opened(address)
    encoding = ENCODINGS.get(content.split(b"\n", 3)[2:3][0].decode("ascii", "replace"))
    if encoding is None:
        raise FieldRefused("encoding", "neither 1 nor 2")
    try:
        fields = content.decode(encoding).split("\n")
    except UnicodeDecodeError:
        raise FieldRefused("encoding", "not what the code says") from None
    if len(fields) > MOST_FIELDS[version]:
        raise FieldRefused("fields", f"more than {MOST_FIELDS[version]}")
    padded = list(chain(fields, repeat("", FIELDS)))[:FIELDS]
    return _code(padded)


def _opened(address: str) -> tuple[str, bytes]:
    prefix = next((each for each in PREFIXES if address.startswith(each)), None)
    if prefix is None or len(address) > LONGEST_ADDRESS:
        raise FieldRefused("address", "not one of the National Bank's")
    text = address.removeprefix(prefix)
    if not PAYLOAD.fullmatch(text):
        raise FieldRefused("address", "not Base64URL")
    try:
        content = urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except Error:
        raise FieldRefused("address", "not Base64URL") from None
    version = PREFIXES[prefix]
    if not content.startswith(f"{TAG}\n{version}\n".encode()):
        raise FieldRefused("version", f"not {TAG} {version}")
    return version, content


def _code(fields: list[str]) -> NbuCode:
    return NbuCode(
        function=_function(fields[3]),
        recipient=fields[5],
        iban=fields[6].replace(" ", ""),
        amount=read_amount(fields[7]),
        tax_id=fields[8],
        category=fields[9] or UTILITY,
        reference=fields[10],
        purpose=fields[11],
        display=fields[12],
        lock=_lock(fields[13]),
        valid_until=_moment("valid_until", fields[14]),
        created_at=_moment("created_at", fields[15]),
    )


def _function(text: str) -> Function:
    try:
        return Function(text)
    except ValueError:
        raise FieldRefused("function", "not a known one") from None


def _lock(text: str) -> int | None:
    if not text:
        return None
    if not LOCK.fullmatch(text):
        raise FieldRefused("lock", "not four hexadecimal digits")
    return int(text, 16)


def _moment(field: str, text: str) -> datetime | None:
    if not text:
        return None
    if not MOMENT.fullmatch(text):
        raise FieldRefused(field, "not YYMMDDHHmmss")
    try:
        return datetime.strptime(text, "%y%m%d%H%M%S").replace(tzinfo=KYIV)
    except ValueError:
        raise FieldRefused(field, "no such moment") from None
