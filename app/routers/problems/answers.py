"""The body of a problem, worded for the caller."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import Scope

from app.errors import AppError, Flaw
from app.routers.http.configuration import http_config_of, locale_of, request_id_of
from app.texts import Locale, catalogue, say

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
LONGEST_INSTANCE: Final = 500
CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}
"""What every 401 says beside its problem."""


def answer(
    scope: Scope,
    code: str,
    status: HTTPStatus,
    *,
    facts: Mapping[str, Any] | None = None,
    flaws: Sequence[Flaw] = (),
    members: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the problem that tells this refusal."""
    locale = locale_of(scope)
    known = _facts(facts or {}, contacts=http_config_of(scope).contact_phones)
    body = {
        "type": f"/problems/{code}",
        "title": say(f"problem.{code}.title", locale),
        "status": status.value,
        "code": code,
        "detail": _detail(code, locale, known),
        "instance": quote(scope["path"], safe="/-._~:@!$&'()*+,;=")[:LONGEST_INSTANCE],
        "request_id": request_id_of(scope),
        "errors": [_field_error(code, flaw, locale) for flaw in flaws],
        **{name: wire(known.get(name), locale) for name in members},
    }
    # Names of fields come from the client and may hold what UTF-8 cannot: lone surrogates.
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    own = {"Content-Language": locale.value, **_retry_after(known), **(headers or {})}
    return Response(text, status.value, headers=own, media_type=PROBLEM_MEDIA_TYPE)


def refusal_text(refusal: AppError, locale: Locale, *, contacts: Sequence[str]) -> str:
    """Return what a problem would say of a refusal, where it is one of many in an answer."""
    return _detail(refusal.code, locale, _facts(refusal.facts, contacts=contacts))


def flaw_text(code: str, flaw: Flaw, locale: Locale) -> str:
    """Return what to say about a flaw of a problem: the most particular text there is."""
    keys = (
        f"flaw.{code}.{flaw.code}",
        f"flaw.{flaw.facts.get('of')}.{flaw.code}",
        f"flaw.{flaw.code}.{flaw.facts.get('variant')}",
        f"flaw.{flaw.code}",
        f"finding.{flaw.code}",
    )
    texts = catalogue()
    for key in keys:
        if texts.has(key):
            return say(key, locale, **flaw.facts)
    return _happened(flaw.code, locale, flaw.facts)


def meaning_of(code: str, locale: Locale) -> str:
    """Return what a code means where no facts are known."""
    return _happened(code, locale, {})


def wire(value: Any, locale: Locale) -> Any:
    """Return a fact as clients read it."""
    if isinstance(value, Mapping):
        return {key: wire(part, locale) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [wire(part, locale) for part in value]
    if isinstance(value, Flaw):
        detail = flaw_text("", value, locale)
        return {"pointer": value.pointer, "code": value.code, "detail": detail}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return _spelled(value)


def _spelled(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    # Decimals without an exponent; periods and ids have one spelling of their own.
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _facts(facts: Mapping[str, Any], *, contacts: Sequence[str]) -> dict[str, Any]:
    known = {"contacts": tuple(contacts), **facts}
    if "retry_after" in facts:
        known["wait"] = timedelta(seconds=math.ceil(facts["retry_after"]))
    return known


def _retry_after(facts: Mapping[str, Any]) -> dict[str, str]:
    if "retry_after" not in facts:
        return {}
    return {"Retry-After": str(max(1, math.ceil(facts["retry_after"])))}


def _detail(code: str, locale: Locale, facts: Mapping[str, Any]) -> str:
    # One code may stand for cases in which different things help.
    case = f"{code}.{facts.get('variant')}"
    stem = case if catalogue().has(f"problem.{case}.detail") else code
    remedy = say(f"problem.{stem}.remedy", locale, **facts)
    return f"{_happened(stem, locale, facts)} {remedy}"


def _happened(code: str, locale: Locale, facts: Mapping[str, Any]) -> str:
    texts = catalogue()
    key, general = f"problem.{code}.detail", f"problem.{code}.meaning"
    # What happened cannot always be told in particulars; then in general.
    if texts.has(general) and not texts.placeholders(key, locale) <= facts.keys():
        return say(general, locale)
    return say(key, locale, **facts)


def _field_error(code: str, flaw: Flaw, locale: Locale) -> dict[str, Any]:
    is_in_body = not flaw.pointer or flaw.pointer.startswith("/")
    return {
        "pointer": flaw.pointer,
        "parameter": None if is_in_body else flaw.pointer,
        "code": flaw.code,
        "detail": flaw_text(code, flaw, locale),
    }
