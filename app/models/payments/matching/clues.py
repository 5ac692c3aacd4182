"""The numbers in a payment's purpose that may be those of our invoices and accounts."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.models.payments.bank_line import BankLine

MOST: Final = 30
"""Numbers that are looked up for one line; a purpose of 420 characters names fewer."""
LOOK_ALIKES: Final = str.maketrans("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS")
DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")
DATE: Final = re.compile(r"(?<![\d-])(?:\d{1,2}[./])?\d{1,2}[./](?:19|20)?\d{2}(?!\d)")
ISO_DATE: Final = re.compile(r"(?<![\d-])(?:19|20)\d{2}-\d{2}-\d{2}(?![\d-])")
SUM: Final = re.compile(r"(?<![\d-])\d[\d ]*[.,=]\d{2}(?![\d.])")
CONTRACT: Final = re.compile(
    r"\b(?:ДOГOBOP[A-ZА-ЯІЇЄҐ]*|ДOГOBIP|ДOГ|KOHTPAKT[A-ZА-Я]*)\b[ .:]*(?:N\s*)?[\w/.-]+"
)
CODE: Final = re.compile(r"\b(?:ЄДPПOY|ЕДPПOY|EДPПOY|IПH|IHH|PHOKПП|MФO|KOД)\b[ .:N]*\d+")
IBAN: Final = re.compile(r"UA\d{27}")
NUMBER: Final = re.compile(r"(?<![\w-])[A-Z]{0,6}\d[A-Z\d]*(?: ?[-/] ?[A-Z\d]+)*(?![\w-])")
GROUPS: Final = re.compile(r"(?<![\w.-])\d{1,6}(?: \d{2,6})+(?![\w.-])")
SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class Clues:
    """What may be looked up for one line."""

    references: tuple[str, ...]
    """What the payer's bank passed on as ours."""
    numbers: tuple[str, ...]
    """What stands in the purpose, in its order, in the one spelling."""


def normalized(text: str) -> str:
    """Return a text in upper case, in which letters that look alike are Latin."""
    plain = unicodedata.normalize("NFKC", DASHES.sub("-", text).replace("№", " N "))
    return " ".join(plain.upper().translate(LOOK_ALIKES).split())


def clues(line: BankLine) -> Clues:
    """Return the numbers of a line that are not dates, sums, contracts or anybody's codes."""
    references = (normalized(line.reference),) if line.reference else ()
    return Clues(references, numbers_in(line.purpose))


def numbers_in(purpose: str) -> tuple[str, ...]:
    text = normalized(purpose)
    for noise in (IBAN, CONTRACT, CODE, ISO_DATE, SUM, DATE):
        text = noise.sub(" ; ", text)
    return tuple(dict.fromkeys(_candidates(text)))[:MOST]


def _candidates(text: str) -> Iterator[str]:
    for found in NUMBER.finditer(text):
        number = found[0].replace(" ", "")
        if len(number) >= SHORTEST:
            yield number
    for found in GROUPS.finditer(text):
        # A person may write the digits of one number in groups.
        yield found[0].replace(" ", "")
