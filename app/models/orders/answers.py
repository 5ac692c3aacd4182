"""Answers to the form of a service, judged by its JSON Schema."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

import jsonschema_rs

from app.errors import Flaw, Invalid
from app.models.orders.texts import localized
from app.texts import Locale

MOST_FLAWS: Final = 50
"""Told at once; a form has fewer fields."""
KINDS: Final = {
    "required": "missing",
    "additionalProperties": "unknown_field",
    "minLength": "too_short",
    "maxLength": "too_long",
    "format": "format_invalid",
    "pattern": "format_invalid",
    "type": "type_invalid",
    "minimum": "out_of_range",
    "maximum": "out_of_range",
    "exclusiveMinimum": "out_of_range",
    "exclusiveMaximum": "out_of_range",
    "oneOf": "not_a_choice",
    "enum": "not_a_choice",
    "const": "not_a_choice",
}
"""What a broken keyword is called; every other one is `answer_invalid`."""


class AnswersInvalid(Invalid):
    """The answers do not fit the form of the service; each flaw points into `answers`."""

    code = "answers_invalid"


def require_answers(
    definition: Mapping[str, Any], answers: Mapping[str, Any], *, today: date
) -> None:
    """Let pass answers that fit the form of a service, and its spans of days.

    :raises AnswersInvalid: with a pointer to each that does not.
    """
    flaws = (
        list(_unstorable(answers, "/answers"))
        or list(_misfits(definition["form"], answers))
        or list(_bad_spans(definition.get("spans", ()), answers, today))
    )
    if flaws:
        raise AnswersInvalid(flaws=flaws[:MOST_FLAWS])


def require_storable(answers: Mapping[str, Any]) -> None:
    """Let pass answers of a draft, which may be unfinished.

    :raises AnswersInvalid: what no column of text takes.
    """
    if flaws := list(_unstorable(answers, "/answers")):
        raise AnswersInvalid(flaws=flaws[:MOST_FLAWS])


def _misfits(form: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterator[Flaw]:
    validator = jsonschema_rs.Draft202012Validator(
        localized(form, Locale.EN), validate_formats=True
    )
    for error in validator.iter_errors(answers):
        pointer = _pointer("/answers", *error.instance_path)
        about = error.kind.as_dict()
        code = KINDS.get(error.kind.name, "answer_invalid")
        match error.kind.name:
            case "required":
                yield Flaw(_pointer(pointer, about["property"]), code)
            case "additionalProperties":
                yield from (Flaw(_pointer(pointer, name), code) for name in about["unexpected"])
            case _:
                yield Flaw(pointer, code)


def _bad_spans(
    spans: Iterable[Mapping[str, Any]], answers: Mapping[str, Any], today: date
) -> Iterator[Flaw]:
    """Yield spans that end before they begin or are too long; one without an end ends today."""
    for span in spans:
        first, last = (_day(answers.get(span[end])) for end in ("first", "last"))
        if first is None:
            continue
        if not 0 <= ((last or today) - first).days < span["most_days"]:
            named = span["last"] if last else span["first"]
            yield Flaw(_pointer("/answers", named), "out_of_range")


def _day(answer: object) -> date | None:
    """Return what an answer to a field of the format `date` says."""
    return date.fromisoformat(answer) if isinstance(answer, str) else None


def _unstorable(value: Any, pointer: str) -> Iterator[Flaw]:
    """Yield what PostgreSQL's JSON cannot hold: NUL, halves of characters, infinite numbers.

    The body is not nested deeper than 32 levels, so this ends.
    """
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not _is_storable(key):
                yield Flaw(pointer, "text_invalid")
            yield from _unstorable(part, _pointer(pointer, key))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _unstorable(part, _pointer(pointer, place))
    elif (isinstance(value, str) and not _is_storable(value)) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        yield Flaw(pointer, "text_invalid")


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _pointer(base: str, *parts: str | int) -> str:
    steps = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join((base, *(f"/{step}" for step in steps)))
