"""What customers do with orders, over HTTP, and what the operator does with them."""

from typing import Any, Final

from httpx import AsyncClient, Response

from app.database import Database
from app.origin import OperatorAct
from app.services.orders.operator import OrderOperatorService
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock

ORDERS: Final = "/v1/orders"
CONTACT: Final = {"name": "Олена Кравець", "phone": "067 123 45 88", "email": "o@bakery.example"}
COMPLAINT: Final = {"text": "Блимає світло."}
ACT: Final = OperatorAct("o.kravets", "as the customer asked")


def body(company: Company, code: str = "complaint", **more: Any) -> dict[str, Any]:
    """Return an order of a service; a free one without a point, if nothing else is said."""
    answers = COMPLAINT if code == "complaint" else {}
    request = {
        "service_code": code,
        "account_id": str(company.account.id),
        "answers": answers,
        "contact": CONTACT,
    }
    return request | more


def about_point(company: Company, code: str, answers: Any, **more: Any) -> dict[str, Any]:
    point = str(company.meter.metering_point_id)
    return body(company, code, answers=answers, metering_point_id=point, **more)


async def place(client: AsyncClient, who: SignedIn, request: dict[str, Any]) -> Response:
    return await client.post(ORDERS, json=request, headers=who.headers)


async def placed(client: AsyncClient, who: SignedIn, request: dict[str, Any]) -> dict[str, Any]:
    answer = await place(client, who, request)
    assert answer.status_code == 201, answer.text
    order: dict[str, Any] = answer.json()
    return order


async def post(
    client: AsyncClient, who: SignedIn, order: dict[str, Any], path: str, **members: Any
) -> Response:
    url = f"{ORDERS}/{order['id']}/{path}"
    return await client.post(url, json=members or None, headers=who.headers)


async def get(client: AsyncClient, who: SignedIn, order: dict[str, Any]) -> Response:
    return await client.get(f"{ORDERS}/{order['id']}", headers=who.headers)


async def shown(client: AsyncClient, who: SignedIn, order: dict[str, Any]) -> dict[str, Any]:
    answer = await get(client, who, order)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def operator(database: Database, clock: FrozenClock) -> OrderOperatorService:
    return OrderOperatorService(database=database, clock=clock)
