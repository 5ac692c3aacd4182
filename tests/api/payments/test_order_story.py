"""One order from the draft to the act: placed, quoted, paid, scheduled, done, over HTTP."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.limits import Limits
from app.models.money import Money
from app.models.orders.order_status import OrderStatus
from app.models.orders.settings import OrderSettings
from app.models.settings import ChosenSettings
from app.security.secrets import SecretKey
from app.services.context import Context
from app.services.payments.order_fees import OrderFeeService
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.billing.paying import pay
from tests.steps.orders.catalogue import changed, load
from tests.steps.orders.files import PDF
from tests.steps.orders.ordering import ACT, ORDERS, about_point, operator, placed, post, shown
from tests.steps.orders.slots import MORNING, load_slots, plan


@pytest.fixture
def context(
    database: Database, clock: FrozenClock, secret_key: SecretKey, limits: Limits, tmp_path: Path
) -> Context:
    """The usual one, with a folder of its own for files."""
    settings = ChosenSettings((OrderSettings(files_folder=tmp_path / "files"),))
    return Context.of(
        database=database, clock=clock, secret_key=secret_key, limits=limits, settings=settings
    )


async def attach(client: AsyncClient, who: SignedIn, order: dict[str, Any], code: str) -> None:
    attached = await client.post(
        f"{ORDERS}/{order['id']}/attachments",
        files={"file": (f"{code}.pdf", PDF, "application/pdf")},
        data={"document_code": code},
        headers=who.headers,
    )
    assert attached.status_code == 201, attached.text


async def test_from_the_draft_to_the_act(
    client: AsyncClient, database: Database, clock: FrozenClock, owner: SignedIn, company: Company
) -> None:
    await load(database, changed("power_change", has_appointment=True))
    await load_slots(database, plan(MORNING, 1))
    staff = operator(database, clock)
    fees = OrderFeeService(database=database, clock=clock)

    answers = {"power_kw": 16}
    order = await placed(client, owner, about_point(company, "power_change", answers, submit=False))
    for code in ("site_plan", "right_to_land"):
        await attach(client, owner, order, code)
    number = (await post(client, owner, order, "submissions")).json()["number"]
    last_day = clock.now().date() + timedelta(days=3)
    await staff.quote(number, amount=Money.parse("54000.00"), valid_until=last_day, act=ACT)
    await post(client, owner, order, "quote-acceptances")
    await fees.invoice()
    await pay(database, company, 5_400_000)
    await fees.follow_payments()
    booked = await client.put(
        f"{ORDERS}/{order['id']}/appointment",
        json={"starts_at": MORNING.isoformat()},
        headers=owner.headers,
    )
    assert booked.status_code == 200, booked.text
    for target in (OrderStatus.IN_PROGRESS, OrderStatus.DONE):
        await staff.move(number, target, comment=None, act=ACT)
    done = await shown(client, owner, order)
    await post(client, owner, order, "act-acceptances")
    signed = await shown(client, owner, order)

    assert [each["status"] for each in signed["history"]] == [
        "draft",
        "submitted",
        "registered",
        "quoted",
        "awaiting_payment",
        "paid",
        "scheduled",
        "in_progress",
        "done",
        "act_signed",
    ]
    assert (done["clock"]["state"], signed["next_step"]) == ("stopped", None)
    assert signed["fee"]["status"] == "paid"
