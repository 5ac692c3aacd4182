"""HEAD and OPTIONS mean the same at every address."""

from fastapi import FastAPI
from httpx import AsyncClient

from tests.edge.test_request_middleware import routes


async def test_options_names_the_methods_of_every_address(
    client: AsyncClient, app: FastAPI
) -> None:
    by_path: dict[str, set[str]] = {}
    for method, path in routes(app):
        by_path.setdefault(path, {"OPTIONS"}).add(method)

    for path, methods in by_path.items():
        answer = await client.options(path)
        assert (answer.status_code, answer.content) == (204, b""), path
        expected = methods | ({"HEAD"} if "GET" in methods else set())
        assert set(answer.headers["allow"].split(", ")) >= expected, path


async def test_a_head_of_every_address_is_its_get(client: AsyncClient, app: FastAPI) -> None:
    for method, path in routes(app):
        if method != "GET":
            continue
        get, head = await client.get(path), await client.head(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert head.headers.get("content-type") == get.headers.get("content-type"), path


async def test_both_are_refused_where_nothing_is(client: AsyncClient) -> None:
    for method in ("HEAD", "OPTIONS"):
        answer = await client.request(method, "/v1/nothing")

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
