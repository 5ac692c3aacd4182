"""What somebody who builds a client may change about the sandbox."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.sandbox.clock import FURTHEST, LOOK_SECONDS, SandboxClock
from app.sandbox.forced_answers import SLOW_SECONDS
from tests.fakes.clock import FrozenClock

ENGLISH = {"Accept-Language": "en"}


async def test_the_clock_moves_forward_for_every_process(
    client: httpx.AsyncClient, clock: FrozenClock, tmp_path: Path
) -> None:
    worker = SandboxClock(tmp_path, system=clock)
    began = worker.now()

    moved = await client.post("/sandbox/clock", json={"days": 30, "hours": 2, "minutes": 5})

    assert moved.json() == {"now": "2026-12-30T12:05:00Z", "ahead_seconds": 2599500}
    assert (await client.get("/sandbox/clock")).json() == moved.json()
    await asyncio.sleep(LOOK_SECONDS)
    assert worker.now() - began == timedelta(days=30, hours=2, minutes=5)
    assert SandboxClock(tmp_path, system=clock).now() == worker.now(), "also after a restart"


async def test_the_clock_moves_to_a_moment_and_moves_add_up(client: httpx.AsyncClient) -> None:
    await client.post("/sandbox/clock", json={"to": "2026-12-01T00:00:00+02:00"})

    moved = await client.post("/sandbox/clock", json={"minutes": 1})

    assert moved.json()["now"] == "2026-11-30T22:01:00Z"


@pytest.mark.parametrize("to", ["2026-11-30T09:00:00Z", "2046-01-01T00:00:00Z"])
async def test_the_clock_moves_neither_back_nor_beyond_ten_years(
    client: httpx.AsyncClient, to: str
) -> None:
    before = (await client.get("/sandbox/clock")).json()

    refused = await client.post("/sandbox/clock", json={"to": to}, headers=ENGLISH)

    assert (refused.status_code, refused.json()["code"]) == (422, "clock_only_forward")
    assert "Name a later moment" in refused.json()["detail"]
    assert (await client.get("/sandbox/clock")).json() == before


async def test_the_furthest_day_is_reached_in_steps_and_not_passed(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.post("/sandbox/clock", json={"days": FURTHEST.days})).status_code == 200
    assert (await client.post("/sandbox/clock", json={"minutes": 1})).status_code == 422


@pytest.mark.parametrize("body", [{"days": -1}, {"to": "tomorrow"}, {"weeks": 1}, []])
async def test_what_is_no_move_is_refused(client: httpx.AsyncClient, body: object) -> None:
    refused = await client.post("/sandbox/clock", json=body)

    assert (refused.status_code, refused.json()["code"]) == (422, "validation_failed")


async def test_a_damaged_clock_file_is_no_move(clock: FrozenClock, tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("yesterday", encoding="utf-8")

    assert SandboxClock(tmp_path, system=clock).now() == clock.now()


@pytest.mark.parametrize(
    ("asked", "status", "code"), [("429", 429, "too_many_requests"), ("503", 503, "busy")]
)
@pytest.mark.parametrize("path", ["/v1/password-policy", "/v1/me"])
async def test_a_rare_refusal_comes_when_asked_for(
    client: httpx.AsyncClient, path: str, asked: str, status: int, code: str
) -> None:
    answer = await client.get(path, headers={"X-Sandbox-Answer": asked})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["retry-after"] == "2"


async def test_a_slow_answer_is_the_true_one(client: httpx.AsyncClient) -> None:
    began = time.monotonic()

    answer = await client.get("/v1/password-policy", headers={"X-Sandbox-Answer": "slow"})

    assert answer.status_code == 200
    assert time.monotonic() - began >= SLOW_SECONDS


async def test_any_other_wish_changes_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/password-policy", headers={"X-Sandbox-Answer": "418"})

    assert answer.status_code == 200


async def test_the_page_shows_the_clock_and_how_to_move_it(client: httpx.AsyncClient) -> None:
    await client.post("/sandbox/clock", json={"days": 2, "hours": 3})

    page = (await client.get("/sandbox")).text

    assert "<strong>15:00, 02.12.2026</strong>" in page
    assert "moved forward by 2 d 3 h" in page
    assert "data-forward" in page
