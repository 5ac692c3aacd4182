"""Facts as people write them: dates by the Kyiv clock, numbers and lists in the language."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

from app.texts.locale import Locale

KYIV: Final = ZoneInfo("Europe/Kyiv")
MOMENT_PATTERNS: Final = {
    Locale.UK: "d MMMM y 'року' 'о' HH:mm",
    Locale.EN: "d MMMM y 'at' HH:mm",
    Locale.RU: "d MMMM y 'года' 'в' HH:mm",
}
DAY_PATTERNS: Final = {
    Locale.UK: "d MMMM y 'року'",
    Locale.EN: "d MMMM y",
    Locale.RU: "d MMMM y 'года'",
}
SECONDS_SHOWN: Final = 90
"""From here on a wait is told in minutes, and from 90 minutes on in hours."""


@runtime_checkable
class Month(Protocol):
    """A settlement period, as `app.models.period` has it."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date: ...


@runtime_checkable
class Amount(Protocol):
    """Money, as `app.models.money` has it."""

    @property
    def kopiykas(self) -> int: ...

    @property
    def hryvnias(self) -> Decimal: ...


def formatted(value: Any, locale: Locale) -> str:
    """Return a fact the way a person reads it in this language."""
    for kind, form in FORMS.items():
        if isinstance(value, kind):
            return form(value, locale)
    return str(value)


def _moment(value: datetime, locale: Locale) -> str:
    local = value.astimezone(KYIV)
    return format_datetime(local, MOMENT_PATTERNS[locale], locale=locale.value)


def _day(value: date, locale: Locale) -> str:
    return format_date(value, DAY_PATTERNS[locale], locale=locale.value)


def _month(value: Month, locale: Locale) -> str:
    return format_date(value.starts_on, "LLLL y", locale=locale.value)


def _number(value: Decimal, locale: Locale) -> str:
    return format_decimal(value, "#,##0.######", locale=locale.value)


def _amount(value: Amount, locale: Locale) -> str:
    return format_decimal(value.hryvnias, "#,##0.00", locale=locale.value)


def _wait(value: timedelta, locale: Locale) -> str:
    # Rounded up, because whoever comes a moment early is refused again.
    seconds = -(-value // timedelta(seconds=1))
    if seconds < SECONDS_SHOWN:
        shown, unit = timedelta(seconds=seconds), "second"
    elif seconds < SECONDS_SHOWN * 60:
        shown, unit = timedelta(minutes=-(-seconds // 60)), "minute"
    else:
        shown, unit = timedelta(hours=-(-seconds // 3600)), "hour"
    return format_timedelta(
        shown,
        granularity=unit,  # type: ignore[arg-type] # a Literal of unit names
        threshold=1000,
        add_direction=True,
        locale=locale.value,
    )


def _list(value: list[Any] | tuple[Any, ...], locale: Locale) -> str:
    return format_list([formatted(part, locale) for part in value], locale=locale.value)


FORMS: Final[Mapping[type[Any], Callable[[Any, Locale], str]]] = {
    str: lambda value, _: str(value),
    datetime: _moment,
    date: _day,
    timedelta: _wait,
    Decimal: _number,
    list: _list,
    tuple: _list,
    Month: _month,
    Amount: _amount,
}
