"""What Pydantic complains about, in the few stable codes that clients see.

The input is never repeated: it may be a password.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.errors import Flaw
from app.identifiers import IdentifierRefused
from app.texts import catalogue

MOST_FLAWS: Final = 100
"""More than a person will read; a batch of 10,000 wrong rows does not make an answer of 2 MB."""
LONGEST_STEP: Final = 64
"""Characters of a field's name that are repeated in a pointer."""

IDENTIFIER_CODES: Final = frozenset(kind.code for kind in IdentifierRefused.__subclasses__())
IDEMPOTENCY_KEY: Final = "idempotency_key_invalid"

CODES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_too_short": "too_short",
    "too_short": "too_short",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "finite_number": "out_of_range",
    "int_parsing_size": "out_of_range",
    "decimal_parsing": "decimal_invalid",
    "decimal_type": "decimal_invalid",
    "decimal_max_digits": "decimal_invalid",
    "decimal_max_places": "decimal_invalid",
    "decimal_whole_digits": "decimal_invalid",
}
"""Types ending in `_type` are `wrong_type`; whatever else there is, is `invalid_value`."""

COUNTED: Final[Mapping[str, str]] = {
    "string_too_short": "characters",
    "string_too_long": "characters",
    "too_short": "items",
    "too_long": "items",
}
"""What there is too little or too much of."""

LIMITS: Final = ("ge", "gt", "le", "lt", "min_length", "max_length")

VARIANTS: Final[Mapping[str, str]] = {
    "string_type": "string",
    "int_type": "integer",
    "int_parsing": "integer",
    "int_from_float": "integer",
    "float_type": "number",
    "float_parsing": "number",
    "bool_type": "boolean",
    "bool_parsing": "boolean",
    "list_type": "array",
    "tuple_type": "array",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
    "uuid_type": "uuid",
    "uuid_parsing": "uuid",
    "date_type": "date",
    "date_parsing": "date",
    "date_from_datetime_parsing": "date",
    "date_from_datetime_inexact": "date",
    "datetime_type": "moment",
    "datetime_parsing": "moment",
    "datetime_from_date_parsing": "moment",
    "timezone_aware": "moment",
    "enum": "choice",
    "literal_error": "choice",
}
"""What the text of a `wrong_type` or an `invalid_value` says was expected."""

QUOTED: Final = re.compile(r"'([^']*)'")
IN_QUOTES: Final = frozenset({"uuid", "date", "moment", "choice"})
"""Kinds that are strings on the wire: whatever else comes instead is an invalid value of them."""


def flaws_of(found: Sequence[Mapping[str, Any]]) -> list[Flaw]:
    """Return what is wrong with a request, in our own codes."""
    return [_flaw(error) for error in found[:MOST_FLAWS]]


def top_code(flaws: Sequence[Flaw]) -> str:
    """Return the problem's code: an identifier's own, where one is wrong, says the most."""
    own = (flaw.code for flaw in flaws if flaw.code in IDENTIFIER_CODES | {IDEMPOTENCY_KEY})
    return next(own, "validation_failed")


def pointer_to(path: Sequence[Any]) -> str:
    """Return a JSON Pointer (RFC 6901)."""
    steps = (str(step)[:LONGEST_STEP].replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)


def _flaw(error: Mapping[str, Any]) -> Flaw:
    kind, (place, *path) = error["type"], error["loc"]
    name = pointer_to(path) if place == "body" else str(path[-1] if path else place)
    if place == "header" and name.lower() == "idempotency-key":
        return Flaw(name, IDEMPOTENCY_KEY)
    return Flaw(name, _code(kind), _facts(kind, error.get("ctx") or {}))


def _code(kind: str) -> str:
    if kind in CODES:
        return CODES[kind]
    if kind in IDENTIFIER_CODES or catalogue().has(f"flaw.{kind}"):
        # Raised by a type of our own.
        return kind
    variant = VARIANTS.get(kind)
    is_of_type = kind.endswith("_type") or (variant is not None and variant not in IN_QUOTES)
    return "wrong_type" if is_of_type and variant not in IN_QUOTES else "invalid_value"


def _facts(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    limit = next((name for name in LIMITS if name in context), None)
    if limit is not None:
        return {"variant": COUNTED.get(kind, limit), "limit": context[limit]}
    if "expected" in context and VARIANTS.get(kind) == "choice":
        return {"variant": "choice", "allowed": _choices(context["expected"])}
    return {"variant": VARIANTS.get(kind, "")}


def _choices(expected: str) -> str:
    """Return the values alone: Pydantic joins them by an English "or", and enumerations by repr."""
    return ", ".join(f'"{value}"' for value in QUOTED.findall(expected))
