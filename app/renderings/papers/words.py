"""How facts are written in papers: in Ukrainian, with characters that the papers' font has."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any, Final

from babel.numbers import format_decimal

from app.models.money import Money
from app.models.period import Period
from app.texts import Locale, say
from app.texts.formats import formatted

UNSHOWN: Final = re.compile(
    "[^ -~\u00a1-\u00ac\u00ae-\u024f\u0300-\u036f\u0391-\u03c9\u0400-\u04ff\u1e00-\u1eff"
    "\u2010-\u2015\u2018-\u201f\u2020-\u2027\u2030\u2032\u2033\u2039\u203a\u20ac\u20b4\u2116\u2122]"
)
"""PDF/A has no place for a character without a shape. What turns the order of writing or is not
seen is not here either."""
UNITS: Final = {"kWh": "кВт·год", "kvarh": "кВАр·год", "month": "місяць", "service": "послуга"}


def plain(text: str | None) -> str:
    """Return a text on one line, each character that the font has no shape for as `?`."""
    composed = unicodedata.normalize("NFC", " ".join((text or "").split()))
    return UNSHOWN.sub("?", composed)


def day(value: date) -> str:
    return f"{value:%d.%m.%Y}"


def long_day(value: date) -> str:
    return formatted(value, Locale.UK)


def month(value: Period) -> str:
    return formatted(value, Locale.UK)


def amount(value: Money) -> str:
    return formatted(value, Locale.UK)


def number(value: Decimal) -> str:
    return formatted(value, Locale.UK)


def price(value: Decimal) -> str:
    return format_decimal(value, "#,##0.00#######", locale=Locale.UK.value)


def unit(code: str) -> str:
    return UNITS.get(code) or plain(code)


def ukrainian(key: str, **facts: Any) -> str:
    return say(key, Locale.UK, **facts)
