"""The settings of every subject, found by where they lie: a new subject edits no list."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Final, cast, get_type_hints

import app.models
from app.discovery import modules_in
from app.models.settings import ChosenSettings, SubjectSettings

KINDS: Final[tuple[type[SubjectSettings], ...]] = tuple(
    kind
    for module in modules_in(app.models, named="settings")
    for kind in vars(module).values()
    if isinstance(kind, type) and kind in SubjectSettings.__subclasses__()
)
"""The classes of every `app/models/<subject>/settings.py`."""


def fields_of_subjects() -> dict[str, tuple[Any, Any]]:
    """Return the type and the default of each field, as Pydantic makes a model of them."""
    return {
        field.name: (get_type_hints(kind, include_extras=True)[field.name], _default(field))
        for kind in KINDS
        for field in _fields(kind)
    }


def chosen_from(values: Mapping[str, Any]) -> ChosenSettings:
    """Return the settings of each subject, from the values of all."""
    return ChosenSettings(
        tuple(kind(**{each.name: values[each.name] for each in _fields(kind)}) for kind in KINDS)
    )


def _fields(kind: type[SubjectSettings]) -> tuple[Field[Any], ...]:
    return fields(cast("Any", kind))


def _default(field: Field[Any]) -> Any:
    return ... if field.default is MISSING else field.default
