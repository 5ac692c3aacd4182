"""Texts that an operator writes into data: one for each language of the cabinet."""

from collections.abc import Mapping
from typing import Any, Final

from app.texts import Locale

LANGUAGES: Final = frozenset(locale.value for locale in Locale)

LocalText = Mapping[str, str]
"""The same text by language: `{"uk": ..., "en": ..., "ru": ...}`."""


def localized(value: Any, locale: Locale) -> Any:
    """Return data in one language: every text that stands in all of them becomes that one."""
    if isinstance(value, Mapping):
        if value.keys() == LANGUAGES:
            return value[locale.value]
        return {key: localized(part, locale) for key, part in value.items()}
    if isinstance(value, list):
        return [localized(part, locale) for part in value]
    return value
