"""The SMS adapter against TurboSMS's protocol, on its good and its bad days."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.adapters.sms import GatewayUnavailable, MessageRefused, SmsGateway
from app.models.messages.message import Delivery
from tests.fakes.sms_gateway import FakeSmsGateway, Fault, running_sms_gateway

PHONE = "+380671234588"


@pytest.fixture
async def gateway() -> AsyncIterator[FakeSmsGateway]:
    async with running_sms_gateway() as gateway:
        yield gateway


@pytest.fixture
async def sms(gateway: FakeSmsGateway) -> AsyncIterator[SmsGateway]:
    headers = {"Authorization": f"Bearer {gateway.token}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=1) as http:
        yield SmsGateway(http, sender="Cabinet", longest_call=0.2)


async def test_a_message_goes_out_without_plus_and_under_our_name(
    gateway: FakeSmsGateway, sms: SmsGateway
) -> None:
    name = await sms.send(phone=PHONE, text="Привіт")

    [sent] = gateway.sent
    assert (sent.phone, sent.sender, sent.text) == ("380671234588", "Cabinet", "Привіт")
    assert name == sent.message_id


@pytest.mark.parametrize("code", [0, 800, 801, 802, 803])
async def test_a_recipient_accepted_in_any_of_the_providers_ways_is_accepted(
    gateway: FakeSmsGateway, sms: SmsGateway, code: int
) -> None:
    gateway.accepted_as = code

    assert await sms.send(phone=PHONE, text="text") == gateway.sent[0].message_id


async def test_what_the_gateway_has_seen_before_counts_as_accepted(
    gateway: FakeSmsGateway, sms: SmsGateway
) -> None:
    await sms.send(phone=PHONE, text="the same")

    assert await sms.send(phone=PHONE, text="the same") is None
    assert len(gateway.sent) == 1


async def test_a_repeated_request_answers_with_the_first_ones_id(
    gateway: FakeSmsGateway, sms: SmsGateway
) -> None:
    gateway.accepted_as = 507

    assert await sms.send(phone=PHONE, text="text") == gateway.sent[0].message_id


@pytest.mark.parametrize("code", [201, 202, 304, 305, 404, 405, 406, 407, 412, 413])
async def test_what_concerns_the_phone_or_the_text_is_refused_for_good(
    gateway: FakeSmsGateway, sms: SmsGateway, code: int
) -> None:
    gateway.code = code
    with pytest.raises(MessageRefused) as whole:
        await sms.send(phone=PHONE, text="text")
    gateway.code, gateway.recipient_code = None, code
    with pytest.raises(MessageRefused) as of_recipient:
        await sms.send(phone=PHONE, text="text")

    assert (whole.value.code, of_recipient.value.code) == (code, code)


@pytest.mark.parametrize(
    "code", [103, 105, 106, 203, 300, 301, 302, 400, 401, 415, 416, *range(500, 507), 999, 12345]
)
async def test_all_other_codes_may_be_mended_so_it_is_worth_trying_again(
    gateway: FakeSmsGateway, sms: SmsGateway, code: int
) -> None:
    gateway.code = code

    with pytest.raises(GatewayUnavailable) as unavailable:
        await sms.send(phone=PHONE, text="text")

    assert unavailable.value.reason == f"code_{code}"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.SERVER_ERROR, "http_502"),
        (Fault.TOO_MANY_REQUESTS, "http_429"),
        (Fault.HANG, "timeout"),
        (Fault.ACCEPT_AND_CUT_OFF, "RemoteProtocolError"),
        (Fault.HALF_AN_ANSWER, "answer_unreadable"),
        (Fault.NOT_JSON, "answer_unreadable"),
        (Fault.WRONG_SHAPE, "answer_unreadable"),
        (Fault.NO_CODE, "answer_unreadable"),
        (Fault.NO_RECIPIENTS, "answer_unreadable"),
    ],
)
async def test_a_bad_day_of_the_gateway_is_worth_trying_again(
    gateway: FakeSmsGateway, sms: SmsGateway, fault: Fault, reason: str
) -> None:
    gateway.fault = fault

    with pytest.raises(GatewayUnavailable) as unavailable:
        await sms.send(phone=PHONE, text="secret text")

    assert unavailable.value.reason == reason
    assert "secret" not in str(unavailable.value)


async def test_a_gateway_that_is_down_is_unavailable(
    gateway: FakeSmsGateway, sms: SmsGateway
) -> None:
    await gateway.stop()

    with pytest.raises(GatewayUnavailable, match="ConnectError"):
        await sms.send(phone=PHONE, text="text")


async def test_an_answer_that_trickles_ends_in_time(
    gateway: FakeSmsGateway, sms: SmsGateway
) -> None:
    gateway.fault = Fault.TRICKLE

    with pytest.raises(GatewayUnavailable, match="timeout"):
        await sms.send(phone=PHONE, text="text")


async def test_a_wrong_token_is_our_trouble_not_the_messages(gateway: FakeSmsGateway) -> None:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=1) as http:
        with pytest.raises(GatewayUnavailable, match="code_301"):
            await SmsGateway(http, sender="Cabinet").send(phone=PHONE, text="text")


async def test_deliveries_tell_how_far_each_message_has_come(
    gateway: FakeSmsGateway, sms: SmsGateway
) -> None:
    gateway.statuses = {"a": "Read", "b": "Sent", "c": "UNDELIV", "d": "Unknown", "e": "Novel"}

    assert await sms.deliveries(list("abcde")) == {
        "a": Delivery.DELIVERED,
        "b": Delivery.SENT,
        "c": Delivery.FAILED,
        "d": Delivery.UNKNOWN,
        "e": Delivery.UNKNOWN,
    }


async def test_deliveries_are_unavailable_while_the_gateway_is(
    gateway: FakeSmsGateway, sms: SmsGateway
) -> None:
    gateway.code = 999

    with pytest.raises(GatewayUnavailable, match="code_999"):
        await sms.deliveries(["a"])
