"""The middleware that every request passes on its way in, and every answer on its way out.

One pure ASGI middleware, because each layer of middleware costs every request. It stands
inside CORS, so that refusals carry those headers too, and outside everything else, so that
every answer carries ours: also those to requests that reach no route, or break one.
"""

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from app.arrival.refusals import REFUSAL
from app.errors import Busy
from app.routers.http.bodies import API, WITH_BODY, ClientGone, admit
from app.routers.http.configuration import HttpConfig
from app.routers.http.cors import NOT_ALLOWED, PREFLIGHT
from app.routers.http.metrics import Metrics
from app.routers.problems.answers import CHALLENGE, answer
from app.texts import preferred

REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CLIENT_GONE: Final = 499
"""What nginx calls it when a client hangs up; it stands in logs only."""

HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
PRIVATE: Final = (b"cache-control", b"no-store")
CLOSING: Final = (b"connection", b"close")
"""Of a process that is about to stop: the next request belongs on another connection (R9)."""
VARY: Final = {"Vary": "Origin"}
CLOSE: Final = {"Connection": "close"}
STATUSES_OF_ARRIVAL: Final = {
    "headers_too_large": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "request_timeout": HTTPStatus.REQUEST_TIMEOUT,
    "malformed_request": HTTPStatus.BAD_REQUEST,
    Busy.code: HTTPStatus.SERVICE_UNAVAILABLE,
    NOT_ALLOWED: HTTPStatus.FORBIDDEN,
}
HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

log = structlog.get_logger("http")


class RequestMiddleware:
    def __init__(
        self,
        app: ASGIApp,
        *,
        http_config: HttpConfig,
        metrics: Metrics,
        is_draining: Callable[[], bool],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._is_draining = is_draining
        self._headers = (*HEADERS, HSTS) if http_config.is_https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        method: str = scope["method"]
        # A HEAD is a GET whose answer has no body. The server keeps its own scope.
        inner = {**scope, "method": "GET"} if method == "HEAD" else scope
        headers = dict(scope["headers"])
        state = self._note(inner, headers)
        answering = _Answering(send, self._answer_headers(inner, state), has_body=method != "HEAD")
        try:
            await self._pass(inner, receive, answering, headers)
        except ClientGone:
            answering.status = CLIENT_GONE
        except Exception:
            log.exception("failed", route=route_template(inner), method=method)
            await self._apologise(inner, receive, answering)
        finally:
            seconds = time.perf_counter() - started
            self._write_down(method, route_template(inner), answering.status, seconds, state)

    def _note(self, scope: Scope, headers: dict[bytes, bytes]) -> dict[str, Any]:
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if REQUEST_ID.fullmatch(given) else uuid4().hex
        language = headers.get(b"accept-language")
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["locale"] = preferred(language.decode("latin-1") if language else None)
        bind_contextvars(request_id=request_id)
        return state

    def _answer_headers(self, scope: Scope, state: dict[str, Any]) -> list[tuple[bytes, bytes]]:
        headers = [
            *self._headers,
            (b"x-request-id", state["request_id"].encode()),
            (b"content-language", state["locale"].value.encode()),
        ]
        if scope["path"].startswith(API):
            headers.append(PRIVATE)
        if self._is_draining():
            headers.append(CLOSING)
        return headers

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        state = scope["state"]
        if REFUSAL not in state and scope["method"] in WITH_BODY:
            refusal, receive = await admit(scope, receive, headers)
            if refusal is not None and REFUSAL not in state:
                # The rest of a body that is not wanted is not read: the connection ends here.
                closing = CLOSE if refusal.leaves_a_rest else {}
                asking = CHALLENGE if refusal.status is HTTPStatus.UNAUTHORIZED else {}
                refused = answer(scope, refusal.code, refusal.status, headers=closing | asking)
                await refused(scope, receive, send)
                return
        if REFUSAL in state:
            await _refuse_arrival(scope, receive, send, state[REFUSAL])
            return
        if PREFLIGHT in state:
            await state[PREFLIGHT](scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _apologise(self, scope: Scope, receive: Receive, answering: "_Answering") -> None:
        if not answering.status:
            broken = answer(scope, "internal_error", HTTPStatus.INTERNAL_SERVER_ERROR)
            await broken(scope, receive, answering)
        # An answer already under way stays unfinished; the server then ends the connection.

    def _write_down(
        self, method: str, route: str, status: int, seconds: float, state: dict[str, Any]
    ) -> None:
        self._metrics.count(method, route, status, seconds)
        member = state.get("member_id")
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            member=str(member) if member else None,
        )


async def _refuse_arrival(scope: Scope, receive: Receive, send: Send, code: str) -> None:
    """Answer a request that something before us has marked: it goes no further."""
    facts = {"retry_after": 1} if code == Busy.code else {}
    headers = VARY if code == NOT_ALLOWED else CLOSE
    refused = answer(scope, code, STATUSES_OF_ARRIVAL[code], facts=facts, headers=headers)
    await refused(scope, receive, send)


class _Answering:
    """The way out: adds the headers that the answer does not bring itself."""

    __slots__ = ("_has_body", "_headers", "_send", "status")

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]], *, has_body: bool) -> None:
        self._send = send
        self._headers = headers
        self._has_body = has_body
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            own = message["headers"]
            names = {name for name, _ in own}
            message["headers"] = [*own, *(pair for pair in self._headers if pair[0] not in names)]
        elif not self._has_body and "body" in message:
            message = {**message, "body": b""}
        await self._send(message)


def route_template(scope: Scope) -> str:
    """Return the path as it is written in the code, `/v1/accounts/{account_id}`."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    return getattr(context or scope.get("route"), "path_format", None) or "unmatched"
