"""What an entry of the catalogue of services looks like (JSON Schema 2020-12)."""

from typing import Any, Final

CODE: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_]{1,39}$"}
FLAG: Final = {"type": "boolean"}
DATE: Final = {"type": "string", "format": "date"}
AMOUNT: Final = {"type": "string", "pattern": r"^[0-9]{1,9}\.[0-9]{2}$"}
TERM: Final = {"type": "integer", "minimum": 1, "maximum": 400}


def _object(*optional: str, **members: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": members,
        "required": [name for name in members if name not in optional],
    }


def _texts(longest: int) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": longest}
    return _object(uk=text, en=text, ru=text)


def _list(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}


TITLE: Final = _texts(200)
CLAUSE: Final = {"type": ["string", "null"], "maxLength": 60}
BASIS: Final = _object(act=TITLE, clause=CLAUSE)
WHEN: Final = _object(
    "is",
    "at_most",
    **{
        "answer": {"type": "string", "maxLength": 60},
        "is": {"type": "array", "minItems": 1, "maxItems": 20},
        "at_most": {"type": "number"},
    },
) | {"oneOf": [{"required": ["is"]}, {"required": ["at_most"]}]}

FEE: Final = {
    "oneOf": [
        _object(kind={"enum": ["free", "calculated"]}),
        _object(
            "free_when",
            "is_example",
            kind={"const": "fixed"},
            amount=AMOUNT,
            vat_rate={"type": "string", "pattern": r"^0(\.[0-9]{1,2})?$"},
            free_when=WHEN,
            is_example=FLAG,
        ),
    ]
}
DEADLINE: Final = _object(
    days=TERM,
    unit={"enum": ["working", "calendar"]},
    runs_from={"enum": ["registered", "paid"]},
    first_day={"enum": ["next_day", "next_working_day"]},
    basis=BASIS,
    variants=_list(_object(days=TERM, when=WHEN), 10),
)
COMPENSATION: Final = _object(
    "amounts",
    "repeat_days",
    code=CODE,
    what=TITLE,
    basis=BASIS,
    is_enabled=FLAG,
    amounts=_object(household=AMOUNT, small_non_household=AMOUNT, other=AMOUNT),
    repeat_days=TERM,
)

SPAN: Final = _object(
    first={"type": "string", "maxLength": 60},
    last={"type": "string", "maxLength": 60},
    most_days={"type": "integer", "minimum": 1, "maximum": 36600},
)

ENTRY: Final = _object(
    "paper",
    "spans",
    code=CODE,
    category=CODE,
    title=TITLE,
    summary=_texts(1000),
    fee=FEE,
    deadline=DEADLINE,
    compensation=_list(COMPENSATION, 10),
    form={"type": "object"},
    spans=_list(SPAN, 5),
    documents=_list(_object("any_of", code=CODE, title=TITLE, is_required=FLAG, any_of=CODE), 20),
    needs_metering_point=FLAG,
    has_appointment=FLAG,
    has_act=FLAG,
    is_about_meters=FLAG,
    is_self_service=FLAG,
    paper={"enum": ["balance_certificate", "reconciliation_act", "point_passport"]},
    is_held_after_reset=FLAG,
    is_made_by_staff=FLAG,
    pauses_for_customer=FLAG,
    one_open=FLAG,
    valid_from=DATE,
    valid_to={"anyOf": [DATE, {"type": "null"}]},
)
CATALOGUE: Final = _object(services=_list(ENTRY, 200))
