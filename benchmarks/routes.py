"""Finding a route: by the index, against FastAPI's own search, in turn within one process.

The requests go to the application itself, without a server and a socket, and processor time is
what counts: others on the machine take turns, but no processor time, from both sides.
"""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any, Final, cast

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from app.logs import configure_logs
from app.main import create_app
from app.routers.http.route_index import RouteIndex
from app.services import Services
from app.services.operations.health import HealthService
from benchmarks.rows import Pairs, Row, at_least

MORE_ROUTES: Final = 200
REQUESTS: Final = 2_000
"""In one turn: a tenth of a second or more."""
MOST_MICROSECONDS: Final = 10.0


def found_routes(rounds: int) -> Iterator[Row]:
    """Yield what `GET /health/live` gains, and what finding a route costs."""
    with _quiet():
        for more in (0, MORE_ROUTES):
            yield _live(_application(more), more, rounds)
        yield from _finding(_application(MORE_ROUTES), rounds)


def _application(more: int) -> FastAPI:
    """Return the product with as many more routes, the last of them at the very end."""
    health = HealthService(database=cast("Any", None))
    app = create_app(cast("Services", _Served(health)))
    router = APIRouter(prefix="/v1/more")
    for number in range(more):
        router.add_api_route(f"/things-{number}/{{thing_id}}/parts", _nothing, name=str(number))
    app.include_router(router)
    return app


class _Served:
    """The only use case that these requests come to."""

    def __init__(self, health: HealthService) -> None:
        self.health = health


async def _nothing() -> None:
    return None


def _live(app: FastAPI, more: int, rounds: int) -> Row:
    index, search = app.router.middleware_stack, app.router.app
    pairs: Pairs = []
    for turn in range(rounds + 1):
        sides: dict[bool, float] = {}
        for is_indexed in (turn % 2 == 0, turn % 2 == 1):
            app.router.middleware_stack = index if is_indexed else search
            sides[is_indexed] = asyncio.run(_requests_per_second(app, "/health/live"))
        pairs.append((sides[True], sides[False]))
    name = f"GET /health/live, {more} more routes: index / FastAPI's search"
    return at_least(name, pairs[1:], 1.5)


async def _requests_per_second(app: ASGIApp, path: str) -> float:
    """Return how many a second of processor time would answer."""
    started = time.process_time()
    for _ in range(REQUESTS):
        await app(_scope(path), _receive, _send)
    return REQUESTS / (time.process_time() - started)


def _finding(app: FastAPI, rounds: int) -> Iterator[Row]:
    index = cast("RouteIndex", app.router.middleware_stack)
    tree = index.tree()
    for name, path in {
        "the first route": "/v1/me",
        f"the {MORE_ROUTES}th": f"/v1/more/things-{MORE_ROUTES - 1}/7/parts",
        "an unknown path": "/v1/more/nothing/7/parts",
    }.items():
        scope = _scope(path)
        costs = []
        for _ in range(rounds):
            started = time.process_time()
            for _ in range(10 * REQUESTS):
                tree.find(scope)
            costs.append((time.process_time() - started) / (10 * REQUESTS) * 1e6)
        yield Row(
            name=f"finding {name} among {MORE_ROUTES} more",
            ours=f"{median(costs):.1f} us",
            spread=f"{min(costs):.1f}-{max(costs):.1f}",
            goal=f"<= {MOST_MICROSECONDS:g} us",
            reached=median(costs) <= MOST_MICROSECONDS,
        )


def _scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": HEADERS,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }


HEADERS: Final[Sequence[tuple[bytes, bytes]]] = [(b"host", b"localhost")]


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_: object) -> None:
    return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Write the log lines, whose cost belongs to a request, to nowhere."""
    configure_logs()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
