"""The members that some codes carry beside those of every problem: their types and examples.

One name means one thing in every code. What it means is a text: `member.<name>`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from app.routers.problems.known_codes import concrete_errors
from app.schemas.base import MONTH_SCHEMA

Json = dict[str, Any]

UUID_EXAMPLE: Final = "0198f2b4-7c1a-7d3e-9a55-3c1f0a6b2d10"


@dataclass(frozen=True, slots=True)
class Member:
    """The JSON Schema of a member, and a value that the example of a problem shows."""

    schema: Json
    example: Any
    may_be_null: bool = False

    @property
    def told(self) -> Json:
        if not self.may_be_null:
            return dict(self.schema)
        return {"anyOf": [self.schema, {"type": "null"}]}


def _text(example: Any, **schema: Any) -> Member:
    return Member({"type": "string", **schema}, example)


def _count(example: int) -> Member:
    return Member({"type": "integer", "minimum": 0}, example)


def _codes(*example: str) -> Member:
    return Member({"type": "array", "items": {"type": "string"}}, list(example))


def _or_null(member: Member) -> Member:
    return Member(member.schema, member.example, may_be_null=True)


MOMENT: Final = _text("2026-11-30T22:00:00Z", format="date-time")
DAY: Final = _text("2026-12-31", format="date")
ID: Final = _text(UUID_EXAMPLE, format="uuid")
HRYVNIAS: Final = {"format": "decimal", "pattern": r"^\d{1,15}(\.\d{1,2})?$"}
REFERENCE: Final = "#/components/schemas/{model}"

MEMBERS: Final[Mapping[str, Member]] = {
    "accepted": _codes("application/pdf", "image/jpeg", "image/png"),
    "any_of": Member(
        {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        [["proof_of_payment", "proof_of_removal"]],
    ),
    "attempts_left": _or_null(_count(4)),
    "closes_at": MOMENT,
    "contacts": _codes("044 202 15 88", "1588"),
    "documents": _codes("title_deed"),
    "ends_at": MOMENT,
    "expected": Member(
        {"type": "array", "items": {"$ref": REFERENCE.format(model="ExpectedValues")}},
        [{"register_id": UUID_EXAMPLE, "low": "17500.000", "high": "18200.000"}],
    ),
    "findings": Member(
        {"type": "array", "items": {"$ref": REFERENCE.format(model="ProblemFinding")}},
        [
            {
                "pointer": "/readings/0/value",
                "code": "high_consumption",
                "detail": "The consumption is well above the usual.",
            }
        ],
    ),
    "invoice_id": ID,
    "largest": _text("29999.99", **HRYVNIAS),
    "most": _count(20),
    "most_bytes": _count(10_485_760),
    "offered_from": DAY,
    "offered_until": _or_null(DAY),
    "opens_at": MOMENT,
    "order_id": ID,
    "order_status": _text("done"),
    "page_url": _or_null(_text("https://pay.example/p2_9ZgpZVsl3", format="uri")),
    "payment_id": _or_null(ID),
    "period": Member({key: MONTH_SCHEMA[key] for key in ("type", "pattern")}, "2026-10"),
    "possible": _codes("cancelled"),
    "resend_at": MOMENT,
    "scope": _text("view"),
    "scopes_needed": _codes("readings", "all"),
    "smallest": _text("0.01", **HRYVNIAS),
    "starts_at": MOMENT,
    "valid_until": DAY,
}


@cache
def members_of_codes() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the members of each code that carries some, in the order of codes."""
    errors = sorted(concrete_errors(), key=lambda error: error.code)
    return {error.code: error.members for error in errors if error.members}


def schema_name(code: str) -> str:
    """Return `CodeRejectedProblem` for `code_rejected`."""
    return "".join(word.capitalize() for word in code.split("_")) + "Problem"


def examples_of(code: str) -> Json:
    """Return the members of a code with the values that its example shows."""
    return {name: MEMBERS[name].example for name in members_of_codes().get(code, ())}
