"""The schemas of problems: one for all, and one for each code that carries members of its own."""

from collections.abc import Iterable
from typing import Any, Final

from app.routers.problems.members import MEMBERS, members_of_codes, schema_name
from app.schemas.problem import ExpectedValues, Problem, ProblemFinding
from app.texts import Locale, say

Json = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{model}"
GENERAL: Final = {"$ref": REFERENCE.format(model="Problem")}


def problem_schemas() -> Json:
    """Return every schema of a problem, and of what stands in one."""
    schemas: Json = {}
    for model in (Problem, ProblemFinding, ExpectedValues):
        schema = model.model_json_schema(ref_template=REFERENCE, mode="serialization")
        schemas |= {**schema.pop("$defs", {}), model.__name__: schema}
    for code, names in members_of_codes().items():
        schemas[schema_name(code)] = _schema(code, names)
    return schemas


def schema_of_codes(codes: Iterable[str]) -> Json:
    """Return the schema of an answer that carries one of these codes.

    New codes may be added, so the general problem stays possible beside those that are known.
    """
    own = members_of_codes()
    references = {
        code: REFERENCE.format(model=schema_name(code)) if code in own else GENERAL["$ref"]
        for code in codes
    }
    particular = [each for each in references.values() if each != GENERAL["$ref"]]
    if not particular:
        return dict(GENERAL)
    return {
        "anyOf": [*({"$ref": reference} for reference in particular), GENERAL],
        "discriminator": {"propertyName": "code", "mapping": references},
    }


def _schema(code: str, names: tuple[str, ...]) -> Json:
    members = {
        name: MEMBERS[name].told | {"description": say(f"member.{name}", Locale.EN)}
        for name in names
    }
    return {
        "description": f"`{code}`: {say(f'problem.{code}.title', Locale.EN)}.",
        "allOf": [
            GENERAL,
            {
                "type": "object",
                "properties": {
                    "code": {"type": "string", "const": code, "description": "The code."},
                    **members,
                },
                "required": ["code", *names],
            },
        ],
    }
