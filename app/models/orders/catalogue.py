"""Judges a catalogue before it is loaded: the form of its entries, and what no form can say."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import jsonschema_rs

from app.errors import Flaw
from app.models.orders.catalogue_schema import CATALOGUE
from app.models.orders.texts import localized
from app.texts import Locale

MOST_FLAWS: Final = 50
FORBIDDEN: Final = frozenset({"$ref", "$dynamicRef", "$id", "$anchor", "$dynamicAnchor"})
"""A form stands for itself: nothing is fetched to judge an answer."""


class CatalogueRefused(Exception):
    """The file is no catalogue; nothing of it is loaded."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("; ".join(f"{flaw.pointer} {flaw.facts['reason']}" for flaw in flaws))
        self.flaws = flaws


def require_catalogue(catalogue: Any) -> None:
    """Let pass a catalogue that can be loaded.

    :raises CatalogueRefused: with a pointer and a reason for each mistake.
    """
    flaws = list(_misfits(catalogue)) or list(_mistakes(catalogue["services"]))
    if flaws:
        raise CatalogueRefused(flaws[:MOST_FLAWS])


def _misfits(catalogue: Any) -> Iterator[Flaw]:
    validator = jsonschema_rs.Draft202012Validator(CATALOGUE, validate_formats=True)
    for error in validator.iter_errors(catalogue):
        path = "".join(f"/{part}" for part in error.instance_path)
        yield _flaw(path, error.message)


def _mistakes(entries: list[dict[str, Any]]) -> Iterator[Flaw]:
    for code, times in Counter(entry["code"] for entry in entries).items():
        if times > 1:
            yield _flaw("/services", f"{code} stands {times} times")
    for place, entry in enumerate(entries):
        path = f"/services/{place}"
        if entry["valid_to"] is not None and entry["valid_to"] <= entry["valid_from"]:
            yield _flaw(f"{path}/valid_to", "is not after valid_from")
        for row in entry["compensation"]:
            if row["is_enabled"] and "amounts" not in row:
                yield _flaw(f"{path}/compensation", f"{row['code']} is enabled without amounts")
        yield from _repetition_mistakes(entry, path)
        yield from _document_mistakes(entry, path)
        yield from _paper_mistakes(entry, path)
        form_mistakes = list(_form_mistakes(entry, path))
        yield from form_mistakes or _span_mistakes(entry, path)


def _repetition_mistakes(entry: Mapping[str, Any], path: str) -> Iterator[Flaw]:
    repeated = [row for row in entry["compensation"] if row["is_enabled"] and "repeat_days" in row]
    if len(repeated) > 1:
        yield _flaw(f"{path}/compensation", "repeats more than one row")
    if repeated and entry["deadline"]["unit"] != "calendar":
        yield _flaw(f"{path}/compensation", "repeats, and the term is not one of calendar days")


def _document_mistakes(entry: Mapping[str, Any], path: str) -> Iterator[Flaw]:
    documents = entry["documents"]
    groups = Counter(each["any_of"] for each in documents if "any_of" in each)
    for group, size in groups.items():
        if size == 1:
            yield _flaw(f"{path}/documents", f"any_of {group} names one document")
    for each in documents:
        if "any_of" in each and each["is_required"]:
            yield _flaw(f"{path}/documents", f"{each['code']} is required, and one of any_of")


def _paper_mistakes(entry: Mapping[str, Any], path: str) -> Iterator[Flaw]:
    if "paper" in entry and not entry["is_self_service"]:
        yield _flaw(f"{path}/paper", "is made by self-service alone")
    if entry.get("paper") == "point_passport" and not entry["needs_metering_point"]:
        yield _flaw(f"{path}/paper", "needs a metering point")


def _form_mistakes(entry: Mapping[str, Any], path: str) -> Iterator[Flaw]:
    form = entry["form"]
    if form.get("type") != "object" or form.get("additionalProperties") is not False:
        yield _flaw(f"{path}/form", "is no object that refuses unknown members")
        return
    if found := FORBIDDEN & set(_keywords(form)):
        yield _flaw(f"{path}/form", f"uses {', '.join(sorted(found))}")
        return
    try:
        jsonschema_rs.Draft202012Validator(localized(form, Locale.EN), validate_formats=True)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        yield _flaw(f"{path}/form", str(error).splitlines()[0])
        return
    asked = form.get("properties", {})
    conditions = [variant["when"] for variant in entry["deadline"]["variants"]]
    conditions += [entry["fee"]["free_when"]] if "free_when" in entry["fee"] else []
    for when in conditions:
        if when["answer"] not in asked:
            yield _flaw(f"{path}/form", f"does not ask for {when['answer']}")


def _span_mistakes(entry: Mapping[str, Any], path: str) -> Iterator[Flaw]:
    asked = entry["form"].get("properties", {})
    for span in entry.get("spans", ()):
        for name in (span["first"], span["last"]):
            if not _is_day(asked.get(name)):
                yield _flaw(f"{path}/spans", f"{name} is no day that the form asks for")


def _is_day(field: object) -> bool:
    return isinstance(field, Mapping) and field.get("format") == "date"


def _keywords(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
        for part in value.values():
            yield from _keywords(part)
    elif isinstance(value, list):
        for part in value:
            yield from _keywords(part)


def _flaw(pointer: str, reason: str) -> Flaw:
    return Flaw(pointer, "invalid", {"reason": reason})
