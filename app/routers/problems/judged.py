"""What else is wrong with a body that its schema has refused.

A use case never sees such a body. So the rules that it would apply are applied here to the fields
that the schema has let pass: a person who fills in a form reads all of its faults at once.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from pydantic import BaseModel

from app.errors import Flaw
from app.identifiers import AccountNumbers
from app.models.customers.account import AccountNumberInvalid
from app.models.identity.password_policy import flaws_of_rules, missed_rules
from app.schemas.base import Judged


def judged_flaws(
    schema: type[BaseModel],
    body: Mapping[str, Any],
    *,
    told: AbstractSet[str],
    account_numbers: AccountNumbers,
) -> Iterator[Flaw]:
    """Yield the flaws of fields that the schema marks as `Judged` and has found no fault in."""
    for name, field in schema.model_fields.items():
        value, pointer = body.get(name), f"/{name}"
        if pointer in told or not isinstance(value, str):
            continue
        for mark in field.metadata:
            if isinstance(mark, Judged):
                yield from _flaws(mark, value, pointer, account_numbers)


def _flaws(
    mark: Judged, value: str, pointer: str, account_numbers: AccountNumbers
) -> Iterator[Flaw]:
    if mark.rule == "password":
        # Whether it contains the phone or a number is told once those are right.
        yield from flaws_of_rules(missed_rules(value, identifiers=()), pointer=pointer)
    elif account_numbers.find(value) is None:
        yield Flaw(pointer, AccountNumberInvalid.code)
