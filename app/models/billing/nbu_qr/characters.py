"""The characters that a payment code may hold."""

from typing import Final

ENCODING: Final = "cp1251"
FIRST, DELETE, UNUSED, WIDE_SPACE = 32, 127, 152, 160
REFUSED: Final = frozenset({DELETE, UNUSED, WIDE_SPACE})
SAME: Final = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2011": "-", "\u02bc": "\u2019"}
)
"""Spaces, hyphens and apostrophes of print, and the characters of cp1251 that look the same."""


class FieldRefused(ValueError):
    """A field of a payment code that banks would not read."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def bank_text(text: str) -> str:
    """Return a text for people as banks may print it: the same, in characters of cp1251."""
    return text.translate(SAME)


def require_characters(field: str, text: str) -> None:
    """Refuse what is outside of cp1251, which is also the rule of a code in UTF-8.

    A line feed would move every later field by one.

    :raises FieldRefused: with the position of the first character that is wrong.
    """
    for place, character in enumerate(text):
        if not _is_allowed(character):
            raise FieldRefused(field, f"character {place + 1} is not allowed")


def _is_allowed(character: str) -> bool:
    try:
        (number,) = character.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return number >= FIRST and number not in REFUSED
