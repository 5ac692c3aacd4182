"""The wire's own types: what every schema is made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from app.identifiers import IdentifierRefused
from app.models.period import Period


class In(BaseModel):
    """What clients send: unknown fields are mistakes, and said so."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """What clients receive: every field always present; what is absent is null."""

    model_config = ConfigDict(
        from_attributes=True, frozen=True, json_schema_serialization_defaults_required=True
    )

    @classmethod
    def built(cls, **fields: Any) -> Self:
        """Return an answer made of values that our own rules and database vouch for.

        Validating them again would cost a hot path a tenth of its time and prove nothing.
        """
        return cast("Self", cls.model_construct(**fields))


Item = TypeVar("Item")


class Page(Out, Generic[Item]):
    """A stretch of a list. Ask for the next one with `cursor`; it is null on the last page."""

    items: list[Item]
    next_cursor: str | None


STORABLE: Final = r"^[^\x00]*$"
"""What PostgreSQL takes as text: no NUL. Halves of characters are no JSON for Pydantic."""
PLAIN_DECIMAL: Final = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
DECIMAL_SCHEMA: Final = {
    "type": "string",
    "format": "decimal",
    "pattern": r"^-?\d{1,15}(\.\d{1,6})?$",
    "examples": ["10432.500"],
}
DECIMAL_IN_SCHEMA: Final = {
    "anyOf": [
        {**DECIMAL_SCHEMA, "pattern": f"^{PLAIN_DECIMAL.pattern}$"},
        {"type": "number", "minimum": -999_999_999_999, "maximum": 999_999_999_999},
    ],
    "examples": ["10432.500"],
}


def _plain(value: Any) -> Any:
    # A JSON number is taken as its shortest spelling; exponents, NaN and blanks are not numbers.
    text = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not PLAIN_DECIMAL.fullmatch(text):
        raise PydanticCustomError("decimal_invalid", "not a plain decimal number")
    return Decimal(text)


def _spelled(places: int) -> Callable[[Decimal], str]:
    quantum = Decimal(1).scaleb(-places)
    return lambda value: str(value.quantize(quantum))


def _decimal(places: int, description: str) -> Any:
    return Annotated[
        Decimal,
        BeforeValidator(_plain),
        PlainSerializer(_spelled(places), return_type=str, when_used="json"),
        WithJsonSchema({**DECIMAL_SCHEMA, "description": description}, mode="serialization"),
        WithJsonSchema({**DECIMAL_IN_SCHEMA, "description": description}, mode="validation"),
    ]


def _plain_spelling(value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return str(value.quantize(Decimal(1))) if whole else str(value.normalize())


RegisterValue = _decimal(3, "What a register shows, in its own units; a string keeps every digit")
Kilowatthours = _decimal(3, "kWh (kvarh for reactive energy)")
Hryvnias = _decimal(2, "Hryvnias with two places; the currency stands beside")
Percent = _decimal(1, "Percent")
Multiplier = Annotated[
    Decimal,
    PlainSerializer(_plain_spelling, return_type=str, when_used="json"),
    WithJsonSchema({**DECIMAL_SCHEMA, "examples": ["40"]}),
]

RFC_3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def _moment_as_written(value: Any) -> Any:
    # Left alone, Pydantic takes numbers and dates for moments too.
    if isinstance(value, datetime) or (isinstance(value, str) and RFC_3339.fullmatch(value)):
        return value
    raise PydanticKnownError("datetime_parsing", {"error": "not RFC 3339"})


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first and the last day there is, in zones that are a day off
        raise PydanticKnownError("datetime_parsing", {"error": "beyond time"}) from None


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment_as_written),
    AfterValidator(_in_utc),
    Field(examples=["2026-11-23T08:15:00Z"]),
]
"""RFC 3339; always UTC with `Z` on the way out."""


CALENDAR_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day_as_written(value: Any) -> Any:
    # Left alone, Pydantic takes numbers of seconds and moments for days too.
    if isinstance(value, date) or (isinstance(value, str) and CALENDAR_DAY.fullmatch(value)):
        return value
    raise PydanticKnownError("date_parsing", {"error": "not a day like 2026-11-23"})


Day = Annotated[date, BeforeValidator(_day_as_written), Field(examples=["2026-11-23"])]
"""A day that a client names, as RFC 3339 writes it."""


def _period(value: Any) -> Period:
    if isinstance(value, Period):
        return value
    try:
        return Period.parse(value)
    except (ValueError, TypeError):
        raise PydanticCustomError("period_invalid", "not a month written YYYY-MM") from None


MONTH_SCHEMA: Final = {
    "type": "string",
    "pattern": r"^(199\d|2[01]\d\d)-(0[1-9]|1[0-2])$",
    "examples": ["2026-10"],
}
PeriodText = Annotated[
    Period,
    BeforeValidator(_period),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(MONTH_SCHEMA),
]


@dataclass(frozen=True, slots=True)
class Judged:
    """Marks a field that a use case judges, by a rule that the schema does not know."""

    rule: Literal["account_number", "password"]


def parsed(parse: Callable[[str], str]) -> AfterValidator:
    """Return a validator that keeps an identifier's one spelling, or refuses it by its own code."""

    def check(text: str) -> str:
        try:
            return parse(text)
        except IdentifierRefused as refused:
            raise PydanticCustomError(refused.code, "identifier refused") from None

    return AfterValidator(check)


Limit = Annotated[int, Field(ge=1, le=200, description="How many items at the most")]
Cursor = Annotated[
    str | None, Field(max_length=512, description="`next_cursor` of the stretch before")
]
