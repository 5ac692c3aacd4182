"""What a cell may hold: each parser returns the value to store or raises a ValueError.

Called for every cell of files with millions of rows, hence the checks that pass most values
come first and the costly ones only see what is left.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from stdnum.eu import eic as eic_code

from app.identifiers import parse_eic
from app.models.period import FIRST_YEAR, LAST_YEAR

LINE_BREAKS: Final = re.compile(r"[\t\r\n\u2028\u2029]+")
CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ufeff]")
"""C0, C1 and a byte order mark inside a file, as joined files have it."""
ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
ENDS_IN_HYPHEN: Final = re.compile(r"\d\dZ[0-9A-Z-]{12}-", re.ASCII)
GROUP_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
DAYS_REMEMBERED: Final = 4096
BOOLEANS: Final = {"true": True, "false": False}


class ValueRefused(ValueError):
    """Carries the reason's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def optional(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a parser to which an empty cell means absence."""

    def parse_or_none(cell: str) -> Any:
        return parse(cell) if cell.strip() else None

    return parse_or_none


def required(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a parser that calls an empty cell missing, rather than malformed."""

    def parse_present(cell: str) -> Any:
        if not cell.strip():
            raise ValueRefused("value_missing")
        return parse(cell)

    return parse_present


def words(longest: int) -> Callable[[str], str]:
    """Return a parser of text; line breaks inside it become spaces."""

    def parse(cell: str) -> str:
        text = cell.strip()
        if not text.isprintable():
            text = LINE_BREAKS.sub(" ", text)
            if CONTROL_CHARACTERS.search(text):
                raise ValueRefused("control_character")
        if len(text) > longest:
            raise ValueRefused("too_long")
        return text

    return parse


def one_of(choices: type[StrEnum]) -> Callable[[str], str]:
    known = frozenset(choice.value for choice in choices)

    def parse(cell: str) -> str:
        if cell not in known:
            raise ValueRefused("unknown_choice")
        return cell

    return parse


def whole_number(smallest: int, largest: int) -> Callable[[str], int]:
    def parse(cell: str) -> int:
        # Nine characters are enough for every limit here, and keep int() from working for hours.
        if not (cell.isascii() and cell.isdigit() and len(cell) < 10):  # noqa: PLR2004 - see above
            raise ValueRefused("number_invalid")
        number = int(cell)
        if not smallest <= number <= largest:
            raise ValueRefused("number_out_of_range")
        return number

    return parse


def decimal(precision: int, scale: int) -> Callable[[str], Decimal]:
    """Return a parser of plain digits that fit numeric(precision, scale) as they are written."""
    whole = precision - scale
    fits = re.compile(rf"\d{{1,{whole}}}(?:\.\d{{1,{scale}}})?", re.ASCII)
    digits = re.compile(r"\d+(?:\.\d+)?", re.ASCII)

    def parse(cell: str) -> Decimal:
        if fits.fullmatch(cell):
            return Decimal(cell)
        raise ValueRefused("number_out_of_range" if digits.fullmatch(cell) else "number_invalid")

    return parse


def positive(parse: Callable[[str], Decimal]) -> Callable[[str], Decimal]:
    def parse_positive(cell: str) -> Decimal:
        number = parse(cell)
        if not number:
            raise ValueRefused("number_out_of_range")
        return number

    return parse_positive


def metering_point(cell: str) -> str:
    """Return an EIC, also one whose check character comes out as a hyphen.

    ENTSO-E asks issuers to skip such codes, and parse_eic refuses them as mistyped; but the
    operator issues these itself, and a code that it did not skip is the code of a real point.
    """
    code = cell.strip().upper()
    if ENDS_IN_HYPHEN.fullmatch(code) and eic_code.calc_check_digit(code) == code[-1]:
        return code
    return parse_eic(code)


def group(cell: str) -> str:
    """Return the name of a group of accounts, which commands spell in the same way."""
    if not GROUP_NAME.fullmatch(cell):
        raise ValueRefused("group_invalid")
    return cell


def boolean(cell: str) -> bool:
    answer = BOOLEANS.get(cell)
    if answer is None:
        raise ValueRefused("boolean_invalid")
    return answer


# An export of many years names few days, each thousands of times.
@lru_cache(maxsize=DAYS_REMEMBERED)
def day(cell: str) -> date:
    # The pattern first: fromisoformat also takes 20260101 and 2026-W01-4.
    if not ISO_DATE.fullmatch(cell):
        raise ValueRefused("date_invalid")
    try:
        parsed = date.fromisoformat(cell)
    except ValueError:
        raise ValueRefused("date_invalid") from None
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        raise ValueRefused("date_out_of_range")
    return parsed
