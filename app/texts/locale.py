"""The languages we speak, and which of them a caller prefers (RFC 9110, section 12.5.4)."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Locale(StrEnum):
    UK = "uk"
    EN = "en"
    RU = "ru"


DEFAULT: Final = Locale.UK
LONGEST_HEADER: Final = 256
MOST_RANGES: Final = 16


@lru_cache(maxsize=256)
def preferred(accept_language: str | None) -> Locale:
    """Return the language that an Accept-Language header asks for; never raises.

    Languages we do not speak are passed over; among equals the one named first wins.
    """
    if not accept_language:
        return DEFAULT
    ranges = accept_language[:LONGEST_HEADER].split(",")[:MOST_RANGES]
    weights: dict[str, float] = {}
    for entry in ranges:
        tag, _, parameter = entry.strip().lower().partition(";")
        # Some systems name a language as they name their locale: `en_US`, `uk_UA.UTF-8`.
        language = re.split("[-_.]", tag.strip(), maxsplit=1)[0]
        weights.setdefault(language, _weight(parameter))
    others = weights.get("*", 0.0)
    spoken = [locale.value for locale in Locale]
    asked = [tag for tag in weights if tag in spoken]
    asked += [tag for tag in spoken if tag not in weights]
    best = max(asked, key=lambda tag: weights.get(tag, others))
    return Locale(best) if weights.get(best, others) > 0 else DEFAULT


def _weight(parameter: str) -> float:
    name, equals, value = parameter.strip().partition("=")
    if not equals:
        return 1.0
    if name.strip() != "q" or not value.strip().replace(".", "", 1).isdecimal():
        return 0.0
    return min(float(value), 1.0)
