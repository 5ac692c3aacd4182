import re
from html import unescape

import pytest
from httpx import AsyncClient

from app.routers.problems.known_codes import known_codes
from app.routers.problems.members import members_of_codes
from app.texts import Locale, say

EXTERNAL = re.compile(r"""(?:src|href|url|action|spec-url)\s*[=(]\s*["']?(?:https?:)?//""")
LINKS = re.compile(r'(?:src|href|spec-url)="([^"]+)"')


@pytest.mark.parametrize("path", ["/docs", "/reference", "/problems", "/problems/busy"])
async def test_pages_need_nothing_from_elsewhere(client: AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert not EXTERNAL.search(answer.text)
    links = LINKS.findall(answer.text)
    assert links
    for link in links:
        linked = await client.get(link)
        assert linked.status_code == 200, link
        assert linked.content, link


@pytest.mark.parametrize("path", ["/docs", "/reference", "/problems", "/problems/busy"])
async def test_pages_may_load_from_here_alone(client: AsyncClient, path: str) -> None:
    policy = (await client.get(path)).headers["content-security-policy"]

    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy


async def test_no_page_has_a_script_within(client: AsyncClient) -> None:
    for path in ("/docs", "/reference", "/problems"):
        assert not re.search(r"<script>|\son\w+=", (await client.get(path)).text)


async def test_the_swagger_page_starts_with_our_document(client: AsyncClient) -> None:
    script = await client.get("/docs/assets/swagger-start.js")

    assert script.headers["content-type"].startswith("text/javascript")
    assert 'url: "/openapi.json"' in script.text
    assert "http" not in script.text


@pytest.mark.parametrize("name", ["nothing.js", "..%2f__init__.py", "core.py", "%2e%2e"])
async def test_only_assets_are_served_as_assets(client: AsyncClient, name: str) -> None:
    answer = await client.get(f"/docs/assets/{name}")

    assert answer.status_code == 404


async def test_there_is_an_icon(client: AsyncClient) -> None:
    answer = await client.get("/favicon.ico")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


@pytest.mark.parametrize("locale", list(Locale))
async def test_every_code_has_a_page_in_every_language(client: AsyncClient, locale: Locale) -> None:
    headers = {"Accept-Language": locale.value}
    index = await client.get("/problems", headers=headers)

    for code in known_codes():
        answer = await client.get(f"/problems/{code}", headers=headers)
        assert answer.status_code == 200, code
        assert answer.headers["content-language"] == locale.value
        assert answer.headers["vary"] == "Accept-Language"
        assert f'<html lang="{locale.value}">' in answer.text
        assert f"<h1>{say(f'problem.{code}.title', locale)}</h1>" in answer.text
        texts = re.sub(r"<style>.*</style>|<code>.*?</code>", "", answer.text)
        assert "{" not in texts, code
        for name in members_of_codes().get(code, ()):
            assert say(f"member.{name}", locale) in unescape(answer.text), name
        assert f'href="/problems/{code}"' in index.text


@pytest.mark.parametrize("code", ["nothing", "Busy", "busy%3Cscript%3E", "too_short"])
async def test_an_unknown_code_has_no_page(client: AsyncClient, code: str) -> None:
    answer = await client.get(f"/problems/{code}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_type_of_a_problem_leads_to_its_page(client: AsyncClient) -> None:
    problem = (await client.get("/v1/nothing")).json()

    answer = await client.get(problem["type"])

    assert answer.status_code == 200
    assert problem["title"] in answer.text
