"""Codes of digits as people type and paste them: `123 456` and `123-456` are `123456`."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.identifiers import without_spaces


def _as_digits(typed: Any) -> Any:
    return without_spaces(typed) if isinstance(typed, str) else typed


Code = Annotated[
    str, Field(pattern=r"^[0-9]{6}$", examples=["123456"]), BeforeValidator(_as_digits)
]
LongCode = Annotated[
    str, Field(pattern=r"^[0-9]{8}$", examples=["12345678"]), BeforeValidator(_as_digits)
]
