"""Limits the size and depth of JSON bodies (security.md A14)."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi import HTTPException  # noqa: TID251 - the only kind that FastAPI lets through
from starlette.types import Message, Receive, Scope

from app.routers.http.body_limits import (
    USUAL,
    body_limit,
    file_limit,
    is_served,
    may_be_fields,
)
from app.security.access_tokens import TokenRejected

DEEPEST: Final = 32
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
API: Final = "/v1/"
FORM: Final = b"multipart/form-data"
FIELDS: Final = b"application/x-www-form-urlencoded"
IDENTITY: Final = b"identity"

BRACKETS: Final = b"[]{}"
ALL_BUT_BRACKETS: Final = bytes(set(range(256)) - set(BRACKETS))
STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
"""A JSON string. One that never ends reaches to the end, which keeps the search linear."""


@dataclass(frozen=True, slots=True)
class Refusal:
    code: str
    status: HTTPStatus
    leaves_a_rest: bool = False
    """Whether the body has not been read to its end."""


TOO_LARGE: Final = Refusal("body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, True)  # noqa: FBT003 - the field's name stands above
NOT_SIGNED_IN: Final = Refusal(TokenRejected.code, HTTPStatus.UNAUTHORIZED, True)  # noqa: FBT003 - as above
NOT_JSON: Final = Refusal("unsupported_media_type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
ENCODED: Final = Refusal("unsupported_content_encoding", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
MALFORMED: Final = Refusal("malformed_json", HTTPStatus.BAD_REQUEST)


class ClientGone(Exception):
    """The client hung up before it had sent its request."""


async def admit(
    scope: Scope, receive: Receive, headers: dict[bytes, bytes]
) -> tuple[Refusal | None, Receive]:
    """Return why a body is not let in, or how the application receives it.

    :raises ClientGone:
    """
    try:
        return await _judge(scope, receive, headers)
    except TokenRejected:
        # Told before the size: who refreshes an old token may then send the very same body.
        return NOT_SIGNED_IN, receive


async def _judge(
    scope: Scope, receive: Receive, headers: dict[bytes, bytes]
) -> tuple[Refusal | None, Receive]:
    declared = headers.get(b"content-length", b"0")
    size = int(declared[:16]) if declared.isdigit() else 0
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    is_json = media_type == b"application/json"
    is_wrong = not is_json and scope["path"].startswith(API) and not _are_fields(media_type, scope)
    if headers.get(b"content-encoding", IDENTITY).strip().lower() != IDENTITY:
        return ENCODED, receive
    if media_type == FORM and (largest := file_limit(scope)) is not None:
        return (TOO_LARGE if size > largest else None), _bounded(receive, largest)
    if size and is_wrong:
        return _of_wrong_type(scope), receive
    if size > USUAL and size > body_limit(scope):
        return TOO_LARGE, receive
    body = await _read(scope, receive, at_most=1 if is_wrong else None)
    if is_wrong and body != b"":
        return _of_wrong_type(scope), receive
    refusal = None
    if body is None:
        refusal = TOO_LARGE
    elif body and is_json and not is_readable(body):
        refusal = MALFORMED
    return refusal, _replaying(body or b"", receive)


def _are_fields(media_type: bytes, scope: Scope) -> bool:
    return media_type == FIELDS and may_be_fields(scope)


def _of_wrong_type(scope: Scope) -> Refusal | None:
    """Return the refusal; where nothing is served, that is what the caller is to hear."""
    return NOT_JSON if is_served(scope) else None


def is_readable(body: bytes) -> bool:
    """Tell whether JSON is in UTF-8 and not nested too deeply; its grammar is checked later."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    # UTF-16 of ASCII is valid UTF-8, and the parser would guess; the standard says UTF-8.
    return b"\0" not in body[:4] and not is_too_deep(body)


def is_too_deep(body: bytes) -> bool:
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    brackets = STRING.sub(b"", body).translate(None, ALL_BUT_BRACKETS)
    for _ in range(DEEPEST):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    # What never closes is no JSON at all; the answer is the same.
    return bool(brackets)


async def _read(scope: Scope, receive: Receive, *, at_most: int | None) -> bytes | None:
    """Return the body; None if it is larger than it may be."""
    limit = USUAL if at_most is None else at_most
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            limit = limit if at_most is not None else body_limit(scope)
            if size > limit:
                return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _bounded(receive: Receive, largest: int) -> Receive:
    """Return a stream that ends with 413 when more arrives than may: it is never kept whole."""
    arrived = 0

    async def bounded() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > largest:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE.value)
        return message

    return bounded


def _replaying(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
