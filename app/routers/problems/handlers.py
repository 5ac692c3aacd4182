"""The one place where refusals become HTTP: RFC 9457, in the caller's language."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.access import OwnershipPending
from app.errors import (
    AppError,
    Conflict,
    Flaw,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedType,
)
from app.routers.http.methods import allowed_methods
from app.routers.problems.answers import CHALLENGE, PROBLEM_MEDIA_TYPE, answer
from app.routers.problems.flaws import flaws_of, top_code
from app.routers.problems.judged import judged_flaws
from app.routers.rate_limits import rate_limit_headers
from app.services import Services
from app.texts import Locale, say

STATUSES: Final[Mapping[type[AppError], HTTPStatus]] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

EDGE_CODES: Final[Mapping[str, HTTPStatus]] = {
    "malformed_json": HTTPStatus.BAD_REQUEST,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported_content_encoding": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "validation_failed": HTTPStatus.UNPROCESSABLE_ENTITY,
    "phone_invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "tax_id_invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "account_number_invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "eic_invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency_key_invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "origin_not_allowed": HTTPStatus.FORBIDDEN,
    "malformed_request": HTTPStatus.BAD_REQUEST,
    "request_timeout": HTTPStatus.REQUEST_TIMEOUT,
    "headers_too_large": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "request_refused": HTTPStatus.BAD_REQUEST,
}
"""Refusals that no use case raises: the edge itself finds them."""

CODES_BY_STATUS: Final = {
    400: "malformed_json",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}
"""What the framework's own refusals are called."""


def install_problem_handlers(app: FastAPI) -> None:
    handlers: dict[Any, Any] = {
        AppError: _refuse,
        RequestValidationError: _refuse_request,
        HTTPException: _refuse_http,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def problems(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of an endpoint that raises these errors."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        status = status_of(error)
        by_status.setdefault(status.value, problem_response())
        add_code(by_status[status.value], error.code)
    return by_status


def status_of(error: type[AppError]) -> HTTPStatus:
    return next(STATUSES[kind] for kind in error.__mro__ if kind in STATUSES)


def problem_response() -> dict[str, Any]:
    """Return an OpenAPI response that names no code yet."""
    return {
        "description": "",
        "content": {
            PROBLEM_MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {},
            }
        },
    }


def add_code(response: dict[str, Any], code: str) -> None:
    """Add a code to an OpenAPI response: a line of its description, and an example."""
    examples = response["content"][PROBLEM_MEDIA_TYPE]["examples"]
    if code not in examples:
        response["description"] += f"- `{code}`: {say(f'problem.{code}.title', Locale.EN)}\n"
        examples[code] = {"$ref": f"#/components/examples/{code}"}


async def _refuse(request: Request, error: AppError) -> Response:
    if isinstance(error, OwnershipPending):
        _note_pending(request)
    facts = dict(error.facts)
    headers = rate_limit_headers(facts.pop("standings", ()))
    return answer(
        request.scope,
        error.code,
        status_of(type(error)),
        facts=facts,
        flaws=error.flaws,
        members=error.members,
        headers=headers | (CHALLENGE if isinstance(error, Unauthenticated) else {}),
    )


async def _refuse_request(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    kinds = {(each["loc"][0], each["type"]) for each in found}
    if any(kind in {"json_invalid", "string_unicode"} for _, kind in kinds):
        return _edge_answer(request, "malformed_json")
    if any(place == "path" for place, _ in kinds):
        # An id that is no id names nothing.
        return answer(request.scope, NotFound.code, HTTPStatus.NOT_FOUND)
    flaws = flaws_of(found)
    flaws += _judged(request, error.body, told={flaw.pointer for flaw in flaws})
    code = top_code(flaws)
    return answer(request.scope, code, EDGE_CODES[code], flaws=flaws)


def _judged(request: Request, body: object, *, told: set[str]) -> list[Flaw]:
    """Return what the use case would find wrong, beside what the schema has found."""
    taken = getattr(request.scope.get("route"), "body_field", None)
    schema = taken.field_info.annotation if taken is not None else None
    if not isinstance(body, dict) or not isinstance(schema, type):
        return []
    services: Services = request.app.state.services
    account_numbers = services.identity.sign_ups.account_numbers
    return list(judged_flaws(schema, body, told=told, account_numbers=account_numbers))


async def _refuse_http(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = allowed_methods(request.scope) or headers.get("Allow", "")
        headers = {"Allow": methods}
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    code = CODES_BY_STATUS.get(error.status_code, "request_refused")
    return answer(request.scope, code, HTTPStatus(error.status_code), headers=headers)


def _note_pending(request: Request) -> None:
    member_id = getattr(request.state, "member_id", None)
    if member_id is not None:
        services: Services = request.app.state.services
        services.operations.request_rates.note_ownership(member_id, is_proven=False)


def _edge_answer(request: Request, code: str) -> Response:
    return answer(request.scope, code, EDGE_CODES[code])
