"""The texts for people: `say("problem.not_found.title", Locale.UK)`.

Services raise codes with facts; whoever faces a person words them here.
"""

from functools import cache
from typing import Any

from app.texts.catalogue import TextMissing, Texts, TextsBroken, load
from app.texts.locale import DEFAULT, Locale, preferred

__all__ = [
    "DEFAULT",
    "Locale",
    "TextMissing",
    "Texts",
    "TextsBroken",
    "catalogue",
    "preferred",
    "say",
]


@cache
def catalogue() -> Texts:
    """Return the catalogue, read once."""
    return load()


def say(key: str, locale: Locale, **facts: Any) -> str:
    """Return a text in a language with its facts filled in."""
    return catalogue().say(key, locale, **facts)
