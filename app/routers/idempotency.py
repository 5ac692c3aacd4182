"""`Idempotency-Key`: a request that may be repeated is carried out once (security.md R3)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Final, Protocol, TypeVar

from fastapi import Depends, Header, Request, Response

from app.access import Credentials
from app.models.idempotency_key import (
    Answer,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    PendingAnswer,
)
from app.models.limits.kinds import LimitState
from app.routers.http.json_values import canonical
from app.routers.rate_limits import rate_limit_headers
from app.schemas.base import Out
from app.services import Services

Result = TypeVar("Result")

REPEATABLE: Final = (IdempotencyKeyReused, IdempotencyInProgress)
"""The refusals of a route that takes the header, for its `responses`."""
REPLAYED: Final = {"Idempotency-Replayed": "true"}


class HasStandings(Protocol):
    @property
    def standings(self) -> tuple[LimitState, ...]:
        """How the caller stands with the limits on sending codes."""


SentCode = TypeVar("SentCode", bound=HasStandings)


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """One request that may come again."""

    services: Services
    credentials: Credentials | None
    scope: str | None
    """Whose key it is: a member's, or the unguessable id's in the path; None without either."""
    key: str | None
    request: bytes
    """What has to be the same in a repetition: method, path and the body's value."""

    async def once(
        self,
        work: Callable[[PendingAnswer[Result] | None], Awaitable[Result]],
        *,
        shown: Callable[[Result], Out | None],
        status: Callable[[Result], HTTPStatus],
        headers: Callable[[Result], dict[str, str]] = lambda _: {},
        about: str | None = None,
        is_kept: bool = True,
    ) -> Response:
        """Carry the request out, or give the answer it had the first time.

        `work` is the use case: it keeps the answer within the transaction of its effect.
        `headers` are of this moment, and not repeated. `about` is whose key it is where nobody is
        signed in and the path names nobody: what the request is about, and never the address,
        which changes while a phone moves. Nothing is kept of a request without an effect.
        """

        def answered(result: Result) -> Answer:
            body = shown(result)
            return Answer(status(result), body.model_dump_json().encode() if body else b"")

        if self.key is None or not is_kept:
            result = await work(None)
            return _respond(answered(result), headers(result))
        claimed = await self.services.operations.idempotency.claim(
            scope=self._scope(about),
            key=self.key,
            request=self.request,
            credentials=self.credentials,
            answered=answered,
        )
        if isinstance(claimed, Answer):
            return _respond(claimed, REPLAYED)
        try:
            result = await work(claimed)
            return _respond(answered(result), headers(result))
        except BaseException:
            # Also a cancelled request gives its key back, unless its effect is committed.
            await asyncio.shield(self.services.operations.idempotency.release(claimed.claim))
            raise

    async def send_code(
        self,
        work: Callable[[PendingAnswer[SentCode] | None], Awaitable[SentCode]],
        *,
        shown: Callable[[SentCode], Out],
        about: str | None = None,
    ) -> Response:
        """Carry out what sends a code: 202, and how the caller stands with the limits on it."""
        return await self.once(
            work,
            shown=shown,
            status=lambda _: HTTPStatus.ACCEPTED,
            headers=lambda sent: rate_limit_headers(sent.standings),
            about=about,
        )

    def _scope(self, about: str | None) -> str:
        if self.scope is not None:
            return self.scope
        if about is None:
            raise ValueError("a repeatable request of nobody has to say what it is about")
        # As a digest: a stranger's text may hold what no column of text takes.
        return f"about:{sha256(about.encode()).hexdigest()}"


async def idempotent_request_of(
    request: Request,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[\x21-\x7e]{1,255}$")] = None,
) -> IdempotentRequest:
    body = await request.body() if idempotency_key else b""
    credentials: Credentials | None = getattr(request.state, "credentials", None)
    line = f"{request.method} {request.url.path}\n".encode()
    return IdempotentRequest(
        services=request.app.state.services,
        credentials=credentials,
        scope=_scope(credentials, request),
        key=idempotency_key,
        request=line + canonical(body),
    )


MayRepeat = Annotated[IdempotentRequest, Depends(idempotent_request_of)]


def _scope(credentials: Credentials | None, request: Request) -> str | None:
    if credentials is not None:
        return f"member:{credentials.organization_id}:{credentials.member_id}"
    return f"path:{request.url.path}" if request.path_params else None


def _respond(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    media_type = "application/json" if answer.body else None
    return Response(answer.body, answer.status, headers, media_type=media_type)
