"""Which web sites may call the API from a browser (security.md A13)."""

from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from app.arrival.refusals import REFUSAL

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALLOWED_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "X-Device-Token",
    "X-Request-ID",
    # Asks the sandbox for a rare answer; production does not know it.
    "X-Sandbox-Answer",
    # What tracing in browsers adds to each call (W3C Trace Context and Baggage, Sentry).
    "baggage",
    "sentry-trace",
    "traceparent",
    "tracestate",
)
EXPOSED_HEADERS: Final = (
    "Content-Language",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
)
NOT_ALLOWED: Final = "origin_not_allowed"
PREFLIGHT: Final = "preflight"
"""In the `state` of a request's scope: the answer to a preflight that is granted."""
GRANTED: Final = 200


class Cors(CORSMiddleware):
    """Starlette's, but for preflights: they are answered, logged and counted like all requests."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=ALLOWED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
            max_age=3600,
        )

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = Headers(scope=scope)
            if "origin" in headers and "access-control-request-method" in headers:
                answer = self.preflight_response(request_headers=headers)
                is_granted = answer.status_code == GRANTED
                mark = {PREFLIGHT: answer} if is_granted else {REFUSAL: NOT_ALLOWED}
                scope.setdefault("state", {}).update(mark)
                await self.app(scope, receive, send)
                return
        await super().__call__(scope, receive, send)
