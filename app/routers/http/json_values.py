"""When two JSON texts are the same request: by their value, and not by how it is written."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from typing_extensions import override

Pairs = list[tuple[str, Any]]


def canonical(body: bytes) -> bytes:
    """Return one spelling for all texts of a JSON value.

    The order of members, white space and escapes do not matter, nor how a number is written:
    `1`, `1.0` and `10e-1` are one number. A number and a string are two values. What is no JSON
    is returned as it is.
    """
    try:
        value = json.loads(
            body,
            object_pairs_hook=_members,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_Number,
        )
    except (ValueError, RecursionError):
        return body
    return repr(value).encode("utf-8", "backslashreplace")


class _Number(str):
    """A number in its one spelling; its `repr` is no string's and no other value's."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return f"<{self}>"


def _members(pairs: Pairs) -> tuple[tuple[str, Any], ...]:
    # A name that stands twice has its last value, as it has for whoever reads the body.
    return tuple(sorted(dict(pairs).items()))


def _number(text: str) -> _Number:
    try:
        sign, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:  # an exponent of twenty digits
        return _Number(text)
    if not isinstance(exponent, int):
        return _Number(text)
    written = "".join(map(str, digits)).lstrip("0")
    significant = written.rstrip("0")
    if not significant:
        return _Number("0")
    scale = exponent + len(written) - len(significant)
    return _Number(f"{'-' if sign else ''}{significant}e{scale}")
