"""Which values a setting takes. Each rule raises a ValueError that does not repeat a secret."""

import re
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

DRIVER: Final = "postgresql+asyncpg"
SHORTEST_KEY: Final = 32
FEWEST_LETTERS: Final = 10
"""Different characters of a secret. Of 32 random hexadecimal digits fewer come once in 1,500."""
SHORTEST_PERIOD: Final = 16
"""A secret that repeats a shorter piece is as good as the piece."""
MOST_KEYS: Final = 8

LONGEST_PATTERN: Final = 200
LONGEST_REPETITION: Final = 64
MOST_VARIABLE: Final = 2
MOST_ALTERNATIVES: Final = 8
QUANTIFIER: Final = r"(?:\{(?P<least>\d{1,3})(?:(?P<comma>,)(?P<most>\d{0,3}))?\}|(?P<maybe>\?))?"
PIECE: Final = re.compile(
    r"(?P<group>\((?:\?:)?|\))|(?P<bar>\|)"
    r"|(?:\\[dD\-/.]|\[\^?[\w\-/. ]+\]|[\w\-/. ])" + QUANTIFIER
)


def require_postgresql(address: str) -> None:
    """Accept what PostgreSQL can be called at."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise ValueError("not an address") from None
    if url.drivername != DRIVER:
        raise ValueError(f"does not begin with {DRIVER}://")


def require_strong(secret: str) -> None:
    """Accept a secret that nobody types by heart: long, and of many different characters."""
    if len(secret) < SHORTEST_KEY:
        raise ValueError(f"shorter than {SHORTEST_KEY} characters")
    period = (secret + secret).find(secret, 1)
    if len(set(secret)) < FEWEST_LETTERS or period < SHORTEST_PERIOD:
        raise ValueError("easy to guess: few different characters, or a short piece repeated")


def require_origin(text: str) -> None:
    """Accept what browsers send as `Origin`: scheme, host and port, and nothing behind."""
    parts = urlsplit(text)
    if "*" in text:
        raise ValueError(f"{text!r} would let every site in; name each origin")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"{text!r} does not begin with https:// and a host")
    if f"{parts.scheme}://{parts.netloc}" != text or "@" in parts.netloc:
        raise ValueError(f"{text!r} is more than an origin; leave out the path and the last slash")
    if text != text.lower():
        raise ValueError(f"{text!r} has capitals, which browsers never send")


def require_network(text: str) -> None:
    """Accept a network of proxies: not the whole Internet, which would let anybody name itself."""
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(str(error)) from None
    if network.prefixlen == 0:
        raise ValueError(f"{text!r} is everybody: anybody could say any address; name your proxies")


def require_quick_pattern(text: str) -> None:
    """Accept a pattern of account numbers that no text makes slow.

    Python's engine goes back and tries again; its time is bounded by a small grammar: characters
    and sets, each at most repeated a bounded number of times, and a few alternatives. A group is
    not repeated, so no repetition lies within another.
    """
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression ({error})") from None
    if len(text) > LONGEST_PATTERN:
        raise ValueError(f"longer than {LONGEST_PATTERN} characters")
    variable = bars = place = 0
    while place < len(text):
        piece = PIECE.match(text, place)
        if piece is None:
            raise ValueError(_strange(text, place))
        variable += _is_variable(piece)
        bars += piece["bar"] is not None
        place = piece.end()
    if variable > MOST_VARIABLE or bars >= MOST_ALTERNATIVES:
        raise ValueError(
            f"has more than {MOST_VARIABLE} parts of variable length, "
            f"or more than {MOST_ALTERNATIVES} alternatives"
        )


def _is_variable(piece: re.Match[str]) -> bool:
    least, most = piece["least"], piece["most"]
    if piece["comma"] and not most:
        raise ValueError("repeats without an end; write the most, as in {4,12}")
    if int(most or least or 0) > LONGEST_REPETITION:
        raise ValueError(f"repeats more than {LONGEST_REPETITION} times")
    return piece["maybe"] is not None or (piece["comma"] is not None and least != most)


def _strange(text: str, place: int) -> str:
    if text[place] in "*+":
        return f"{text[place]!r} repeats without an end; write the most, as in \\d{{4,12}}"
    if text[place] in "{?" and text[place - 1 : place] == ")":
        return "repeats a group, which can take for ever; repeat characters or sets only"
    return f"{text[place : place + 8]!r} is more than account numbers need; see docs/operations.md"
