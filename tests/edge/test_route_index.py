"""The index finds what FastAPI's own search finds, whatever is asked."""

import re
import string
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI, Request, WebSocket
from fastapi.routing import iter_route_contexts
from httpx import ASGITransport, AsyncClient
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Host, Mount, Route, Router
from starlette.types import ASGIApp, Scope

from app.main import create_app
from app.routers.http.route_index import RouteIndex, find_routes_by_index
from app.services import Services

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "")


@dataclass
class Found:
    """What a router has made of a request, up to the endpoint and what that did."""

    route: object
    endpoint: object
    template: str | None
    path_params: dict[str, Any]
    failure: tuple[Any, ...]


async def look(app: FastAPI, search: ASGIApp, method: str, path: str, root_path: str) -> Found:
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": root_path + path,
        "root_path": root_path,
        "query_string": b"",
        "headers": [],
        "app": app,
        "state": {},
    }
    failure: tuple[Any, ...] = ()
    try:
        await search(scope, nothing, nothing_said)
    except HTTPException as refusal:
        allow = sorted((refusal.headers or {}).get("Allow", "").split(", "))
        failure = (refusal.status_code, refusal.detail, allow)
    except Exception as broken:  # noqa: BLE001 - the endpoint lacks its services
        failure = (type(broken), str(broken))
    context = scope.get("fastapi", {}).get("effective_route_context")
    assert scope["router"] is app.router
    return Found(
        route=scope.get("route"),
        endpoint=scope.get("endpoint"),
        template=getattr(context or scope.get("route"), "path_format", None),
        path_params=scope.get("path_params", {}),
        failure=failure,
    )


async def nothing() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


async def nothing_said(_: Any) -> None:
    return None


@pytest.fixture(scope="module")
def product() -> FastAPI:
    # The search ends where the services would begin.
    return create_app(cast("Services", None))


def templates() -> list[str]:
    app = create_app(cast("Services", None))
    return sorted({str(context.path_format) for context in iter_route_contexts(app.routes)})


TEMPLATES = templates()
VALUES = st.one_of(
    st.uuids().map(str),
    st.sampled_from(["", "/", "me", "current", "%2F", ".", "..", "\n", "a\n", "ї", "{id}", " "]),
    st.text(st.sampled_from(string.printable), max_size=4),
)


def end_with_a_slash(segments: list[str], _: int) -> None:
    segments.append("")


def double_a_slash(segments: list[str], at: int) -> None:
    segments.insert(at, "")


def lose_a_segment(segments: list[str], at: int) -> None:
    segments[at : at + 1] = segments[at : at + 1][: len(segments) == 1]


def shout(segments: list[str], at: int) -> None:
    segments[at] = segments[at].upper()


def end_the_line(segments: list[str], _: int) -> None:
    segments[-1] += "\n"


CHANGES = (end_with_a_slash, double_a_slash, lose_a_segment, shout, end_the_line)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """A path of the product's, or one that is nearly so."""
    if draw(st.booleans()) and draw(st.booleans()):
        return draw(st.text(max_size=20))
    segments = draw(st.sampled_from(TEMPLATES)).split("/")
    for at, segment in enumerate(segments):
        if "{" in segment or draw(st.integers(0, 19)) == 0:
            segments[at] = draw(VALUES)
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=2)):
        change(segments, draw(st.integers(0, len(segments) - 1)))
    return "/".join(segments)


@given(path=paths(), method=st.sampled_from(METHODS), root_path=st.sampled_from(["", "/behind"]))
@settings(max_examples=2000, deadline=None)
async def test_on_the_product_both_find_the_same(
    product: FastAPI, path: str, method: str, root_path: str
) -> None:
    by_index = await look(product, product.router, method, path, root_path)
    by_fastapi = await look(product, product.router.app, method, path, root_path)

    assert by_index == by_fastapi


@pytest.mark.parametrize("template", TEMPLATES)
async def test_every_route_of_the_product_is_found_by_the_index(
    product: FastAPI, template: str
) -> None:
    path = re.sub(r"{\w+}", str(UUID(int=1)), template)
    for method in METHODS:
        by_index = await look(product, product.router, method, path, "")
        assert by_index == await look(product, product.router.app, method, path, "")
        assert (by_index.template is None) == (by_index.failure[:1] == (404,))
    index = product.router.middleware_stack
    assert isinstance(index, RouteIndex)
    assert not index.tree().others


async def tell(request: Request) -> JSONResponse:
    context = request.scope.get("fastapi", {}).get("effective_route_context")
    told = {
        "route": getattr(context or request.scope.get("route"), "path_format", None),
        "params": {name: str(value) for name, value in request.path_params.items()},
        "root_path": request.scope.get("root_path"),
        "url": str(request.url_for("named", x="1")),
    }
    return JSONResponse(told)


def odd_application(*, is_indexed: bool) -> FastAPI:
    """Everything that a router can hold, in an order that matters."""
    app = FastAPI(redirect_slashes=False)
    inner, middle, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/{m}"), APIRouter()
    for router, path, methods in (
        (inner, "/{x}", ["GET"]),
        (inner, "/fixed", ["GET", "POST"]),
        (middle, "/fixed", ["DELETE"]),
        (middle, "", ["GET"]),
        (outer, "/numbers/{n:int}", ["GET"]),
        (outer, "/numbers/{n}", ["GET", "PUT"]),
        (outer, "/ids/{n:uuid}/{f:float}.csv", ["GET"]),
        (outer, "/files/{rest:path}", ["GET"]),
        (outer, "/files/one", ["GET", "POST"]),
    ):
        router.add_api_route(path, tell, methods=methods)
    middle.include_router(inner)
    outer.include_router(middle, prefix="/deep")
    app.add_api_route("/top/{x}", tell, name="named")
    app.mount("/static", PlainTextResponse("mounted"), name="static")
    app.include_router(outer)
    app.include_router(inner, prefix="/again")
    app.router.routes.append(Route("/plain/{x}", tell, methods=["GET"]))
    app.add_api_route("/static/late", tell)
    app.add_api_route("/plain/late", tell, methods=["POST"])
    sub = Router([Route("/{x}", tell)])
    app.router.routes.append(Mount("/sub", app=sub))
    app.router.routes.append(Host("other.example", app=PlainTextResponse("a host")))

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("heard")
        await socket.close()

    app.add_api_websocket_route("/top/socket", echo)
    if is_indexed:
        find_routes_by_index(app)
    return app


SEGMENTS = (
    *("", "deep", "inner", "fixed", "numbers", "ids", "files", "one", "top", "static", "late"),
    *("plain", "sub", "again", "a", "7", "0.5", "0.5.csv", "7b1f6f0e-0000-4000-8000-000000000000"),
    *("%2F", "%0A", "x%0A", "socket"),
)
ODD_PATHS = st.lists(st.sampled_from(SEGMENTS), max_size=5).map(lambda each: "/" + "/".join(each))


@given(
    path=ODD_PATHS,
    method=st.sampled_from(METHODS[:8]),
    host=st.sampled_from(["cabinet", "other.example"]),
)
@settings(max_examples=1500, deadline=None)
async def test_over_http_both_answer_the_same(path: str, method: str, host: str) -> None:
    answers = []
    for app in (INDEXED, SEARCHED):
        async with AsyncClient(transport=ASGITransport(app)) as client:
            answer = await client.request(method, f"http://{host}{path}")
        allow = sorted(answer.headers.get("allow", "").split(", "))
        answers.append((answer.status_code, allow, answer.content))

    assert answers[0] == answers[1]


INDEXED, SEARCHED = odd_application(is_indexed=True), odd_application(is_indexed=False)


async def test_websockets_are_found_as_before() -> None:
    said: list[Any] = []

    async def connect() -> Any:
        return {"type": "websocket.connect"}

    async def say(message: Any) -> None:
        said.append(message)

    scope: Scope = {"type": "websocket", "path": "/top/socket", "headers": [], "query_string": b""}
    await INDEXED(scope, connect, say)

    assert [message.get("text") for message in said][1] == "heard"


async def test_a_route_that_comes_later_is_found() -> None:
    app = odd_application(is_indexed=True)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://cabinet") as client:
        assert (await client.get("/later")).status_code == 404
        app.add_api_route("/later", tell)
        assert (await client.get("/later")).status_code == 200


@pytest.mark.parametrize("depth", [1, 200, 10_000])
async def test_a_path_of_many_segments_costs_little(product: FastAPI, depth: int) -> None:
    found = await look(product, product.router, "GET", "/v1/accounts" * depth + "/x", "")

    assert found.failure[0] in (404, 401) or depth == 1


def test_an_application_that_redirects_is_refused() -> None:
    with pytest.raises(ValueError, match="no redirects"):
        find_routes_by_index(FastAPI())
