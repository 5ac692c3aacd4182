"""What schemathesis cannot know: how this product's refusals relate to its document."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.generation import GenerationMode

PROBLEM: Final = "application/problem+json"
SHAPE_IS_WRONG: Final = {"malformed_json", "unsupported_media_type", "validation_failed"}
IN_WORDS_ONLY: Final = {
    "account_number_or_phone",
    "decimal_invalid",
    "invoices_or_account",
    "register_named_wrongly",
}
"""Rules that a schema tells badly: one of several ways, and at most six places of a JSON number."""
IN_PLACES: Final = {
    ("from", "out_of_range"),
    ("to", "out_of_range"),
    ("/expires_on", "out_of_range"),
    ("/full_name", "invalid_value"),
    ("/full_name", "too_short"),
}
"""Of a date a schema tells the form and not the range; of a name, no printable characters."""


@schemathesis.check
def answer_is_listed(_context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Every operation has a `default` response, so that the library's own check lets all pass."""
    if case.method.lower() != case.operation.method:
        return None
    responses: Mapping[str, Any] = case.operation.definition.raw["responses"]
    status = str(response.status_code)
    if response.status_code < HTTPStatus.BAD_REQUEST:
        assert status in responses, f"{status} is not documented"
        return None
    assert media_type(response) == PROBLEM, f"{status} is no problem"
    code = response.json()["code"]
    listed = {code for key in (status, "default") for code in _codes(responses.get(key, {}))}
    assert code in listed, f"{status} {code} is not documented"
    return None


@schemathesis.check
def right_shape_is_accepted(
    _context: CheckContext, response: Response, case: Case[Any]
) -> bool | None:
    """What fits the document may be refused for what it says, never for how it is written."""
    is_right = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    # No schema tells what a file has to contain.
    is_file = case.media_type == "multipart/form-data"
    if not is_right or is_file or media_type(response) != PROBLEM:
        return None
    problem = response.json()
    flaws = {flaw["code"] for flaw in problem["errors"]}
    places = {(flaw["pointer"], flaw["code"]) for flaw in problem["errors"]}
    if not (flaws & IN_WORDS_ONLY or places & IN_PLACES):
        assert problem["code"] not in SHAPE_IS_WRONG, f"refused: {problem['errors']}"
    return None


@schemathesis.check
def every_answer_is_traceable(
    _context: CheckContext, response: Response, _case: Case[Any]
) -> bool | None:
    request_id = response.headers["x-request-id"][0]
    if media_type(response) == PROBLEM:
        assert response.json()["request_id"] == request_id
    return None


def media_type(response: Response) -> str:
    return response.headers.get("content-type", [""])[0].partition(";")[0]


def _codes(response: Mapping[str, Any]) -> Mapping[str, Any]:
    examples: Mapping[str, Any] = response.get("content", {}).get(PROBLEM, {}).get("examples", {})
    return examples
