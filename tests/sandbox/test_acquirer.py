"""The sandbox acquirer: our adapter speaks to it on a real port, a person pays on its page."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from app.adapters.acquirers.monobank import MonobankAcquirer
from app.models.money import Money
from app.models.payments.acquiring import (
    AcquirerRefused,
    AcquirerUnavailable,
    ChargeStatus,
    ChargeUnknown,
    Checkout,
    CheckoutPage,
)
from app.sandbox.acquirer import SandboxAcquirer
from app.sandbox.acquirer_pages import ROOT, acquirer_router
from tests.adapters.payments.checkouts import CHECKOUT
from tests.fakes.clock import FrozenClock

TOKEN = "sandbox-acquirer-token"


class Shop:
    """Our side: the adapter, a browser, and what was told to us."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.http = http
        self.url = url
        self.adapter = MonobankAcquirer(http)
        self.told: list[tuple[bytes, dict[str, str]]] = []
        self.heard = asyncio.Condition()

    async def open(self, reference: str = "r1") -> CheckoutPage:
        return await self.adapter.create(
            Checkout(
                reference=reference,
                amount=Money(4200),
                description="о/р <1234567890>",
                return_url=None,
                notification_url=f"{self.url}/hook",
                valid_for=timedelta(hours=1),
                expires_at=CHECKOUT.expires_at,
            )
        )

    async def choose(self, page: CheckoutPage, choice: str) -> None:
        answer = await self.http.post(f"{page.url}/{choice}")
        assert answer.status_code == 303

    async def hear(self, count: int) -> list[ChargeStatus]:
        async with asyncio.timeout(5), self.heard:
            await self.heard.wait_for(lambda: len(self.told) >= count)
        charges = [await self.adapter.read_notification(head, body) for body, head in self.told]
        return [charge.status for charge in charges]


@pytest.fixture
async def shop(clock: FrozenClock) -> AsyncIterator[Shop]:
    app, shops = FastAPI(), list[Shop]()
    app.include_router(acquirer_router(SandboxAcquirer(clock, token=TOKEN)))

    @app.post("/hook")
    async def hook(request: Request) -> None:
        (shop,) = shops
        async with shop.heard:
            shop.told.append((await request.body(), dict(request.headers)))
            shop.heard.notify_all()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        headers = {"X-Token": TOKEN}
        async with httpx.AsyncClient(base_url=f"{url}{ROOT}", headers=headers) as http:
            shops.append(Shop(url, http))
            yield shops[0]
        server.should_exit = True
        await running


async def test_a_person_pays_and_all_states_are_told_the_newest_first_and_twice(
    shop: Shop,
) -> None:
    page = await shop.open()
    shown = await shop.http.get(page.url)
    await shop.choose(page, "pay")
    charge = await shop.adapter.status(page.provider_ref)

    assert "42.00 UAH" in shown.text
    assert "&lt;1234567890&gt;" in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert (charge.status, charge.received) == (ChargeStatus.SUCCEEDED, Money(4200))
    told = [ChargeStatus.SUCCEEDED, ChargeStatus.PROCESSING, ChargeStatus.CREATED]
    assert await shop.hear(6) == told * 2


@pytest.mark.parametrize(
    ("choice", "status"),
    [
        ("decline", ChargeStatus.FAILED),
        ("expire", ChargeStatus.EXPIRED),
        ("slow", ChargeStatus.SUCCEEDED),
    ],
)
async def test_a_person_lets_it_end_otherwise(
    shop: Shop, choice: str, status: ChargeStatus
) -> None:
    page = await shop.open()
    await shop.choose(page, choice)
    await shop.choose(page, "pay")

    assert (await shop.adapter.status(page.provider_ref)).status is status
    if choice == "decline":
        assert ChargeStatus.FAILED in await shop.hear(4)
    else:
        await asyncio.sleep(0.1)
        assert shop.told == []


async def test_a_page_expires_is_removed_and_paid_money_goes_back(
    shop: Shop, clock: FrozenClock
) -> None:
    first, second, third = [await shop.open(name) for name in ("r1", "r2", "r3")]
    await shop.adapter.remove(first.provider_ref)
    await shop.choose(second, "pay")
    with pytest.raises(AcquirerRefused):
        await shop.adapter.remove(second.provider_ref)
    part = await shop.adapter.refund(second.provider_ref, reference="b1", amount=Money(200))
    with pytest.raises(AcquirerRefused):
        await shop.adapter.refund(second.provider_ref, reference="b2", amount=Money(9999))
    clock.advance(timedelta(hours=2))

    assert part is ChargeStatus.SUCCEEDED
    assert (await shop.adapter.status(second.provider_ref)).received == Money(4000)
    for page in (first, third):
        assert (await shop.adapter.status(page.provider_ref)).status is ChargeStatus.EXPIRED


async def test_what_the_protocol_does_not_allow_is_refused(shop: Shop) -> None:
    await shop.open()
    with pytest.raises(AcquirerRefused):
        await shop.open()
    with pytest.raises(ChargeUnknown):
        await shop.adapter.status("p2_nothing")
    assert (await shop.http.get("/pay/p2_nothing")).status_code == 404
    assert (await shop.http.post("/pay/p2_nothing/pay")).status_code == 404
    assert (await shop.http.post("/api/merchant/invoice/create", content=b"[")).status_code == 400
    shop.http.headers["X-Token"] = "another"
    with pytest.raises(AcquirerUnavailable):
        await shop.open("r9")
