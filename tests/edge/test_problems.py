import asyncio
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from httpx import AsyncClient
from starlette.types import Message

from tests.edge.conftest import PHONES

ENGLISH = {"Accept-Language": "en"}


async def refused(client: AsyncClient, name: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/probes/refusals/{name}", headers=ENGLISH)
    body: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == body["status"]
    return body


async def test_a_refusal_says_what_happened_and_what_to_do(client: AsyncClient) -> None:
    answer = await client.get(
        "/v1/probes/refusals/window", headers={**ENGLISH, "X-Request-ID": "mine"}
    )

    assert answer.status_code == 409
    assert answer.headers["content-language"] == "en"
    assert answer.json() == {
        "type": "/problems/reading_window_closed",
        "title": "Readings are not taken now",
        "status": 409,
        "code": "reading_window_closed",
        "detail": "Readings for October 2026 are taken from 23 November 2026 at 10:15 to "
        "23 November 2026 at 10:15. Submit them when the window opens. If you are late, call us: "
        "044 202 15 88 and 1588.",
        "instance": "/v1/probes/refusals/window",
        "request_id": "mine",
        "errors": [],
        "period": "2026-10",
        "opens_at": "2026-11-23T08:15:00Z",
        "closes_at": "2026-11-23T08:15:00Z",
    }


async def test_the_language_is_ukrainian_unless_asked_otherwise(client: AsyncClient) -> None:
    answer = await client.get("/v1/probes/refusals/code", headers={"Accept-Language": "de"})

    assert answer.headers["content-language"] == "uk"
    assert answer.json()["title"] == "Код не підійшов"
    assert "Залишилося 4 спроби." in answer.json()["detail"]


async def test_contacts_come_from_the_configuration(client: AsyncClient) -> None:
    body = await refused(client, "pair")

    assert body["contacts"] == list(PHONES)
    assert "044 202 15 88" in body["detail"]


async def test_what_is_not_known_is_told_in_general(client: AsyncClient) -> None:
    body = await refused(client, "code-untold")

    assert body["detail"].startswith("The code is wrong, has expired, or has been used. Enter")
    assert body["attempts_left"] is None


async def test_waiting_times_are_whole_seconds_rounded_up(client: AsyncClient) -> None:
    answer = await client.get("/v1/probes/refusals/resend", headers=ENGLISH)

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "45"
    assert "again in 45 seconds." in answer.json()["detail"]
    assert answer.json()["resend_at"] == "2026-11-23T08:15:00Z"


async def test_nobody_is_told_to_wait_for_no_time(client: AsyncClient) -> None:
    answer = await client.get("/v1/probes/refusals/busy")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


async def test_flaws_of_a_use_case_name_field_code_and_remedy(client: AsyncClient) -> None:
    body = await refused(client, "password")

    assert body["errors"] == [
        {
            "pointer": "/password",
            "parameter": None,
            "code": "too_short",
            "detail": "At least 8 characters.",
        },
        {
            "pointer": "/password",
            "parameter": None,
            "code": "no_digit",
            "detail": "Add a digit.",
        },
    ]


async def test_members_are_written_like_everything_else_on_the_wire(client: AsyncClient) -> None:
    body = await refused(client, "unusual")

    assert body["findings"] == [
        {
            "pointer": "/readings/0/value",
            "code": "low_consumption",
            "detail": "The consumption is well below the usual.",
        }
    ]
    assert body["expected"] == [
        {
            "register_id": "00000000-0000-0000-0000-000000000001",
            "low": "100",
            "on": "2026-11-01",
        }
    ]


async def test_whoever_is_not_signed_in_is_told_how(client: AsyncClient) -> None:
    answer = await client.get("/v1/me")

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_rejected"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer x.y.z", "Bearer", "Basic eDp5", "Bearer  "])
async def test_a_token_that_is_none_is_refused(client: AsyncClient, header: str) -> None:
    answer = await client.get("/v1/me", headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_rejected")


async def test_a_bug_is_logged_once_and_tells_the_caller_nothing(client: AsyncClient) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await client.get("/v1/probes/boom", headers=ENGLISH)

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "phone" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    [failed, request] = lines
    assert (failed["event"], failed["log_level"], failed["exc_info"]) == ("failed", "error", True)
    assert (request["route"], request["status"]) == ("/v1/probes/boom", 500)


async def test_an_answer_that_breaks_half_way_is_left_unfinished(app: FastAPI) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nobody hangs up")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/probes/half",
        "query_string": b"",
        "headers": [],
    }
    with structlog.testing.capture_logs() as lines:
        await app(scope, receive, send)

    assert [message.get("body") for message in sent] == [None, b"half"]
    assert sent[-1]["more_body"] is True
    assert [line["event"] for line in lines] == ["failed", "request"]


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/nothing", "/v1/accounts/", "/v1", "/v1/%00", "/v1/%D0%B9/x"]
)
async def test_an_unknown_address_is_a_problem_too(client: AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["instance"] == path


async def test_an_id_that_is_no_id_names_nothing(client: AsyncClient) -> None:
    answer = await client.get("/v1/probes/numbers/seven")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_wrong_method_is_told_the_right_ones(client: AsyncClient) -> None:
    answer = await client.delete("/v1/probes/things")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "OPTIONS, POST, PUT"


async def test_options_tells_the_methods(client: AsyncClient) -> None:
    answer = await client.options("/v1/probes/search")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_refusal_of_the_framework_keeps_its_status(client: AsyncClient) -> None:
    answer = await client.get("/v1/probes/teapot")

    assert (answer.status_code, answer.json()["code"]) == (418, "request_refused")


async def test_a_use_case_may_find_a_request_unreadable(client: AsyncClient) -> None:
    assert (await refused(client, "malformed"))["status"] == 400
