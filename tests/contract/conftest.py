"""The whole product on a real port, with a company in it, so that ids in paths can exist."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from app.arrival.protocol import BoundedHttp
from app.composition import build_services
from app.database import Database
from app.identifiers import AccountNumbers
from app.main import create_app
from app.models.billing.books import ChargeClass
from app.models.payments.papers import Paper
from app.models.settings import ChosenSettings
from app.sandbox import sandbox_router
from app.sandbox.clock import SandboxClock
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services.context import Context
from app.services.payments.gateway import Gateway
from app.services.payments.press import PaperPress
from app.services.ports import Ports
from tests.api.conftest import HISTORY
from tests.databases import Databases
from tests.factories.people import PASSWORD, SignedIn, new_phone, password_hash, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.acquirer import FakeAcquirer
from tests.fakes.clock import FrozenClock
from tests.fakes.limits import wide_limits
from tests.steps.billing.issuing import draft, issue
from tests.steps.billing.paying import pay
from tests.steps.orders.catalogue import load as load_catalogue
from tests.steps.orders.ordering import body, placed
from tests.steps.payments.papers import CHOSEN
from tests.steps.payments.paying import start

SMS_TOKEN = "sandbox-token"


@dataclass(frozen=True)
class Served:
    """The running product, and what a client needs to know to be let in."""

    url: str
    database: Database
    owner: SignedIn
    company: Company
    newcomer: Company
    """A company of the register that nobody has signed up."""
    known: dict[str, list[str]]
    """Values that exist, by the name of their parameter or field."""


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    config = uvicorn.Config(
        app,
        port=0,
        http=BoundedHttp,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait on
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def product(
    databases: Databases,
    passwords: PasswordHasher,
    secret_key: SecretKey,
    access_tokens: AccessTokens,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Served]:
    async with databases.lend() as own:
        database = Database(own.engine)
        services = build_services(
            Context.of(
                database=database,
                clock=FrozenClock(),
                secret_key=secret_key,
                limits=wide_limits(),
                settings=ChosenSettings((CHOSEN,)),
                ports=Ports((gateway(), PlainPress())),
            ),
            passwords=passwords,
            access_tokens=access_tokens,
            account_numbers=AccountNumbers("\\d{4,12}"),
        )
        await load_catalogue(database)
        company = await create_company(database, history=HISTORY)
        hashed = await password_hash(passwords)
        owner = await sign_in(database, access_tokens, company, password_hash=hashed)
        newcomer = await create_company(database, phone_on_file=new_phone())
        clock = SandboxClock(tmp_path_factory.mktemp("state"), system=FrozenClock())
        sandbox = sandbox_router(database=database, clock=clock, sms_token=SMS_TOKEN)
        async with served(create_app(services, extra_routers=[sandbox])) as url:
            known = await _known(url, owner, company, newcomer)
            known |= await _money(url, database, owner, company)
            yield Served(url, database, owner, company, newcomer, known)


async def _known(
    url: str, owner: SignedIn, company: Company, newcomer: Company
) -> dict[str, list[str]]:
    """Do the main job once, and return what it leaves behind."""
    account, register = str(company.account.id), str(company.register.id)
    number = newcomer.account.account_number
    sign_up = {"phone": new_phone(), "account_number": number, "password": PASSWORD}
    async with httpx.AsyncClient(base_url=url) as client:
        submitted = await client.post(
            f"/v1/accounts/{account}/readings",
            json={"readings": [{"register_id": register, "value": "1700"}]},
            headers=owner.headers,
        )
        started = await client.post(
            "/v1/sign-ups", json=sign_up | {"tax_id": newcomer.organization.tax_id}
        )
        signed_in = await client.post(
            "/v1/sessions", json={"phone": owner.member.phone, "password": PASSWORD}
        )
    return {
        "account_id": [account],
        "register_id": [register],
        "value": ["1700", "1700.5"],
        "reading_id": [submitted.json()["items"][0]["id"], str(company.readings[0].id)],
        "receipt_id": [submitted.json()["receipt_id"]],
        "sign_up_id": [started.json()["id"]],
        "phone": [sign_up["phone"], owner.member.phone],
        "account_number": [number],
        "tax_id": [newcomer.organization.tax_id],
        "password": [PASSWORD],
        "refresh_token": [signed_in.json()["refresh_token"]],
    }


async def _money(
    url: str, database: Database, owner: SignedIn, company: Company
) -> dict[str, list[str]]:
    """Bill the company, let it pay and order, and return what that leaves behind."""
    charges = (ChargeClass.DISTRIBUTION, ChargeClass.WORKS, ChargeClass.REACTIVE)
    bills = [
        await issue(database, company, draft("100", issue_key=charge, charge=charge))
        for charge in charges
    ]
    await pay(database, company, 1000)
    async with httpx.AsyncClient(base_url=url) as client:
        begun = await start(client, owner, bills[0])
        order = await placed(client, owner, body(company))
    return {
        "invoice_id": [str(each.id) for each in bills],
        "invoice_to_pay": [str(bills[-1].id)],
        "payment_id": [begun.json()["id"]],
        "order_id": [order["id"]],
        "service_code": ["complaint"],
    }


def gateway() -> Gateway:
    """Return an acquirer that does what it is told."""
    return Gateway(name="fake", acquirer=FakeAcquirer(), notification_url="http://cabinet/told")


class PlainPress(PaperPress):
    """Sets nothing: what papers look like is looked at elsewhere."""

    @override
    async def print(self, paper: Paper) -> bytes:
        return b"%PDF-1.7"
