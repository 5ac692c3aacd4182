"""The sandbox gateway answers as TurboSMS does, so that one adapter serves both."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.adapters.sms import GatewayUnavailable, MessageRefused, SmsGateway
from app.models.messages.message import Delivery
from app.sandbox.gateway import FAILURES_OF_FLAKY
from tests.fakes.clock import FrozenClock
from tests.sandbox.conftest import TOKEN

PHONE = "+380671234588"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def sms(client: httpx.AsyncClient) -> AsyncIterator[SmsGateway]:
    """Our own adapter, over HTTP, as the worker builds it."""
    client.base_url = httpx.URL("http://cabinet/sandbox/turbosms")
    client.headers.update(BEARER)
    yield SmsGateway(client, sender="Cabinet")
    client.base_url = httpx.URL("http://cabinet")


async def send(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    message = {
        "recipients": ["380671234588"],
        "sms": {"sender": "Cabinet", "text": "Привіт"},
        **body,
    }
    response = await client.post(
        "/sandbox/turbosms/message/send.json", json=message, headers=BEARER
    )
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


async def test_what_our_adapter_sends_is_delivered_a_second_later(
    sms: SmsGateway, clock: FrozenClock
) -> None:
    name = await sms.send(phone=PHONE, text="Код 123456")

    assert name
    assert await sms.deliveries([name]) == {name: Delivery.SENT}
    clock.advance(timedelta(seconds=1))
    assert await sms.deliveries([name]) == {name: Delivery.DELIVERED}


async def test_an_answer_has_the_real_ones_shape(client: httpx.AsyncClient) -> None:
    answer = await send(client)

    [result] = answer.pop("response_result")
    assert answer == {"response_code": 800, "response_status": "SUCCESS_MESSAGE_ACCEPTED"}
    assert result.pop("message_id")
    assert result == {"phone": "380671234588", "response_code": 0, "response_status": "OK"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sms": None}, 300),
        ({"sms": {"text": "text"}}, 200),
        ({"sms": {"sender": "Cabinet"}}, 201),
        ({"recipients": []}, 202),
        ({"sms": {"sender": "A sender too long", "text": "text"}}, 302),
        ({"sms": {"sender": "Cabinet", "text": "ї" * 662}}, 413),
        ({"recipients": ["+380671234588"]}, 305),
        ({"recipients": ["38067123458"]}, 305),
        ({"recipients": ["380671230002"]}, 404),
    ],
)
async def test_a_wrong_message_has_the_real_ones_code_under_http_200(
    client: httpx.AsyncClient, body: dict[str, Any], code: int
) -> None:
    assert (await send(client, **body))["response_code"] == code


async def test_some_recipients_may_be_refused_and_others_not(client: httpx.AsyncClient) -> None:
    answer = await send(client, recipients=["380671234588", "12"])

    assert answer["response_code"] == 802
    assert [result["response_code"] for result in answer["response_result"]] == [0, 305]


@pytest.mark.parametrize("path", ["send", "status"])
@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, 103), ({"Authorization": "Bearer "}, 103), ({"Authorization": "Bearer ні"}, 301)],
)
async def test_nobody_sends_or_asks_without_the_token(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], code: int
) -> None:
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    answer = await client.post(f"/sandbox/turbosms/message/{path}.json", json={}, headers=raw)

    assert (answer.status_code, answer.json()["response_code"]) == (200, code)


@pytest.mark.parametrize("content", [b"[]", b"{", b"", b"\xff"])
async def test_what_is_no_object_is_an_invalid_request(
    client: httpx.AsyncClient, content: bytes
) -> None:
    answer = await client.post(
        "/sandbox/turbosms/message/send.json", content=content, headers=BEARER
    )

    assert answer.json()["response_code"] == 300


async def test_a_question_about_nothing_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/sandbox/turbosms/message/status.json", json={"messages": []}, headers=BEARER
    )

    assert answer.json()["response_code"] == 307


async def test_the_same_text_to_the_same_phone_is_dropped_for_90_seconds(
    client: httpx.AsyncClient, clock: FrozenClock
) -> None:
    await send(client)
    clock.advance(timedelta(seconds=89))
    assert (await send(client))["response_code"] == 427
    clock.advance(timedelta(seconds=1))

    assert (await send(client))["response_code"] == 800


async def test_a_text_that_was_dropped_counts_as_sent_for_our_adapter(sms: SmsGateway) -> None:
    await sms.send(phone=PHONE, text="the same")

    assert await sms.send(phone=PHONE, text="the same") is None


async def test_magic_endings_fare_as_the_page_says(sms: SmsGateway, clock: FrozenClock) -> None:
    never = await sms.send(phone="+380671230001", text="text")
    silent = await sms.send(phone="+380671230003", text="text")
    clock.advance(timedelta(hours=1))
    assert never
    assert silent

    states = await sms.deliveries([never, silent, "never heard of"])

    assert states == {
        never: Delivery.FAILED,
        silent: Delivery.SENT,
        "never heard of": Delivery.UNKNOWN,
    }
    with pytest.raises(MessageRefused):
        await sms.send(phone="+380671230002", text="text")


async def test_the_flaky_phone_gets_its_message_at_the_fourth_try(sms: SmsGateway) -> None:
    for _ in range(FAILURES_OF_FLAKY):
        with pytest.raises(GatewayUnavailable, match="code_503"):
            await sms.send(phone="+380671230004", text="text")

    assert await sms.send(phone="+380671230004", text="text")
