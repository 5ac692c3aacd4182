"""Payment slips over HTTP: where, how much and for what, and a code that banks read."""

import struct
import zlib

import pytest
import zxingcpp
from httpx import AsyncClient

from app.database import Database
from app.models.billing.nbu_qr.reading import read
from app.models.payments.settings import PaymentSettings
from app.models.settings import ChosenSettings
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.monobank import FakeMonobank
from tests.steps.payments.paying import owing, pay, start

CHOSEN = PaymentSettings(
    recipient_name='ПрАТ "ДТЕК КИЇВСЬКІ ЕЛЕКТРОМЕРЕЖІ"',
    recipient_tax_id="41946011",
    recipient_iban="UA906543210000000260323012024",
    recipient_bank="АТ «Банк»",
)


@pytest.fixture
def chosen() -> ChosenSettings:
    return ChosenSettings((CHOSEN,))


async def test_a_slip_tells_all_that_a_bank_asks(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    invoice = await owing(database, company)
    answer = await client.get(f"/v1/invoices/{invoice.id}/payment-slip", headers=owner.headers)
    slip = answer.json()
    code = read(slip["qr"]["url"])

    assert answer.status_code == 200, answer.text
    assert slip["recipient"] == {
        "name": CHOSEN.recipient_name,
        "iban": CHOSEN.recipient_iban,
        "tax_id": "41946011",
        "bank": "АТ «Банк»",
    }
    assert (slip["amount"], slip["currency"], slip["qr"]["version"]) == ("120.00", "UAH", "003")
    assert slip["purpose"] == (
        f"о/р {company.account.account_number}, рах. {invoice.number} від 05.11.2026, "
        "розподіл е/е за 10.2026, у т.ч. ПДВ 20.00 грн"
    )
    assert (code.amount, code.reference, code.purpose) == (12000, invoice.number, slip["purpose"])
    assert slip["qr"]["bank_links"]["monobank"].startswith("https://mbnk.app/qr/QkNECjAwMw")


async def test_the_pictures_hold_the_code_of_the_slip(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    url = f"/v1/invoices/{(await owing(database, company)).id}/payment-slip"
    slip = (await client.get(url, headers=owner.headers)).json()
    png = await client.get(f"{url}.png", headers=owner.headers)
    svg = await client.get(f"{url}.svg", headers=owner.headers)
    width, height = struct.unpack(">II", png.content[16:24])
    start_at = png.content.index(b"IDAT") + 4
    rows = zlib.decompressobj().decompress(png.content[start_at:])
    pixels = b"".join(rows[y * (width + 1) + 1 : (y + 1) * (width + 1)] for y in range(height))
    (found,) = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (height, width)))

    assert found.text == slip["qr"]["url"]
    assert (png.headers["content-type"], svg.headers["content-type"]) == (
        "image/png",
        "image/svg+xml",
    )
    assert svg.text.startswith("<svg")
    assert png.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("amount", "status", "told"),
    [
        (None, 200, None),
        ("1000", 200, "1000.00"),
        ("0.01", 200, "0.01"),
        ("0", 422, "amount_invalid"),
        ("-1", 422, "amount_invalid"),
        ("0.001", 422, "amount_invalid"),
        ("999999999999", 422, "amount_invalid"),
        ("much", 422, "validation_failed"),
    ],
)
async def test_a_slip_in_advance_has_a_sum_or_none(
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    amount: str | None,
    status: int,
    told: str | None,
) -> None:
    answer = await client.get(
        f"/v1/accounts/{company.account.id}/payment-slip",
        params={} if amount is None else {"amount": amount},
        headers=owner.headers,
    )

    assert answer.status_code == status, answer.text
    assert answer.json()["amount" if status == 200 else "code"] == told


async def test_a_sum_that_no_slip_holds_is_not_said_to_be_one_of_cards(
    client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    answer = await client.get(
        f"/v1/accounts/{company.account.id}/payment-slip",
        params={"amount": "-5"},
        headers={**owner.headers, "Accept-Language": "en"},
    )

    assert answer.json()["code"] == "amount_invalid"
    assert answer.json()["detail"].startswith("An amount from 0.01 to ")


async def test_what_is_paid_has_no_slip(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    await start(client, owner, invoice)
    await pay(client, monobank)
    answer = await client.get(f"/v1/invoices/{invoice.id}/payment-slip", headers=owner.headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "invoice_already_paid")


async def test_only_who_may_see_the_bill_sees_its_slip(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    invoice = await owing(database, company)
    stranger = await create_company(database)
    who = await sign_in(database, access_tokens, stranger)
    url = f"/v1/invoices/{invoice.id}/payment-slip"
    absent = await client.get(url, headers=who.headers)
    await sign_in(database, access_tokens, company)
    async with database.begin() as session:
        session.add(link(company, linked_by=stranger.organization.id, scope="readings"))
    narrow = await client.get(url, headers=who.headers)

    assert absent.status_code == 404
    assert (narrow.status_code, narrow.json()["code"]) == (403, "link_scope_missing")
