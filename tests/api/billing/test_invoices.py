"""Invoices as members see them: whose, in which order, and explained from their own numbers."""

from datetime import date
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.access import LinkScope
from app.database import Database
from app.models.billing.books import ChargeClass
from app.models.billing.invoice import InvoiceKind
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import Company, create_company
from tests.steps.billing.bill_runs import OCTOBER, bill, invoices, set_tariff, settle
from tests.steps.billing.issuing import draft, issue
from tests.steps.billing.paying import pay


async def get(client: AsyncClient, who: SignedIn, path: str, **query: str) -> Response:
    params = {name.removesuffix("_"): value for name, value in query.items()}
    language = {"Accept-Language": params.pop("language", "en")}
    return await client.get(path, params=params, headers=who.headers | language)


async def listed(client: AsyncClient, who: SignedIn, **query: str) -> list[dict[str, Any]]:
    response = await get(client, who, "/v1/invoices", **query)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_an_invoice_is_listed_with_its_sums(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await set_tariff(database)
    await settle(database, OCTOBER)
    await bill(database)

    [item] = await listed(client, owner)

    assert item == {
        "id": item["id"],
        "number": "2026-10-000001",
        "account": {
            "id": str(company.account.id),
            "account_number": company.account.account_number,
        },
        "kind": "final",
        "period": "2026-10",
        "issued_on": "2026-11-05",
        "due_on": "2026-11-12",
        "currency": "UAH",
        "net": "169.44",
        "vat": "33.89",
        "total": "203.33",
        "paid": "0.00",
        "outstanding": "203.33",
        "status": "overdue",
        "corrects": None,
    }


async def test_one_invoice_is_shown_with_its_lines(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    assert company.readings
    await set_tariff(database)
    await settle(database, OCTOBER)
    await bill(database)
    [item] = await listed(client, owner)

    shown = (await get(client, owner, f"/v1/invoices/{item['id']}")).json()

    assert {name: shown[name] for name in item} == item
    [line] = shown["lines"]
    assert line == {
        "position": 1,
        "code": "distribution",
        "description": f"Distribution of electricity, October 2026, metering point {line['eic']}, "
        "voltage class 2",
        "eic": line["eic"],
        "quantity": "100",
        "unit": "kWh",
        "price": "1.69444",
        "net": "169.44",
        "vat_rate": "20",
        "vat": "33.89",
        "total": "203.33",
    }


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "from 1,500 to 1,600, multiplier 1: 100 kWh.",
                "In all for October 2026: 100 kWh",
                "The tariff is 1,694.44 UAH per MWh without VAT from 1 April 2026 on",
                "VAT of 20 % on 169.44 UAH is 33.89 UAH. In all 203.33 UAH.",
            ],
        ),
        ("uk", ["коефіцієнт 1 — 100 кВт·год.", "жовтень 2026", "169,44 грн без ПДВ", "33,89 грн"]),
        ("ru", ["коэффициент 1 — 100 кВт·ч.", "октябрь 2026", "169,44 грн без НДС", "33,89 грн"]),
    ],
)
async def test_each_figure_is_explained_in_the_callers_language(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    language: str,
    told: list[str],
) -> None:
    assert company.readings
    await set_tariff(database)
    await settle(database, OCTOBER)
    await bill(database)
    [item] = await listed(client, owner)

    shown = await get(client, owner, f"/v1/invoices/{item['id']}", language=language)

    sentences = [each["text"] for each in shown.json()["explanation"]]
    assert len(sentences) == len(told)
    for sentence, words in zip(sentences, told, strict=True):
        assert words in sentence
    assert [each["position"] for each in shown.json()["explanation"]] == [1, 1, 1, None]


async def test_invoices_come_newest_first_in_pages(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    for day in range(1, 8):
        await issue(
            database, company, draft("10", issue_key=f"{day}"), issued_on=date(2026, 11, day)
        )

    found, cursor = [], None
    for _ in range(4):
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await get(client, owner, "/v1/invoices", **query)).json()
        found += [each["issued_on"][-2:] for each in page["items"]]
        cursor = page["next_cursor"]

    assert found == ["07", "06", "05", "04", "03", "02", "01"]
    assert cursor is None


async def test_invoices_are_found_by_status_kind_and_day(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    # Today is 30 November 2026.
    late = date(2026, 11, 12)
    soon = date(2026, 12, 4)
    await issue(database, company, draft("10", issue_key="paid"), due_on=late)
    await pay(database, company, 1200)
    await issue(database, company, draft("10", issue_key="partly"), due_on=soon)
    await pay(database, company, 100)
    await issue(database, company, draft("10", issue_key="late"), due_on=late)
    works = draft("5", issue_key="open", charge=ChargeClass.WORKS, kind=InvoiceKind.SERVICE)
    await issue(database, company, works, due_on=soon, issued_on=date(2026, 11, 20))

    def statuses(items: list[dict[str, Any]]) -> list[str]:
        return sorted(each["status"] for each in items)

    assert statuses(await listed(client, owner)) == ["open", "overdue", "paid", "partially_paid"]
    for status in ("open", "overdue", "paid", "partially_paid"):
        assert statuses(await listed(client, owner, status=status)) == [status]
    assert statuses(await listed(client, owner, kind="service")) == ["open"]
    assert statuses(await listed(client, owner, from_="2026-11-20")) == ["open"]
    assert len(await listed(client, owner, to="2026-11-19")) == 3
    assert len(await listed(client, owner, account_id=str(company.account.id))) == 4


async def test_an_instalment_is_cancelled_by_its_final_invoice(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    planned = draft("100", issue_key="planned", kind=InvoiceKind.PLANNED)
    await issue(database, company, planned)
    await issue(database, company, draft("90"))

    [final, instalment] = sorted(await listed(client, owner), key=lambda each: each["kind"])

    assert (final["status"], final["outstanding"]) == ("overdue", "108.00")
    assert (instalment["status"], instalment["outstanding"]) == ("cancelled", "0.00")


async def test_a_stranger_finds_nothing(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn, stranger: SignedIn
) -> None:
    invoice = await issue(database, company, draft("10"))
    assert (await get(client, owner, f"/v1/invoices/{invoice.id}")).status_code == 200

    refused = await get(client, stranger, f"/v1/invoices/{invoice.id}")

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert await listed(client, stranger) == []
    assert await listed(client, stranger, account_id=str(company.account.id)) == []


@pytest.mark.usefixtures("partners_owner")
@pytest.mark.parametrize("scope", LinkScope)
async def test_another_companys_bills_are_shown_where_its_link_says_so(
    client: AsyncClient, database: Database, owner: SignedIn, partner: Company, scope: LinkScope
) -> None:
    invoice = await issue(database, partner, draft("10"))
    async with database.begin() as session:
        session.add(link(partner, linked_by=owner.member.organization_id, scope=scope))
    sees = scope in {LinkScope.BILLS, LinkScope.ALL}

    balance = await get(client, owner, f"/v1/accounts/{partner.account.id}/balance")

    assert len(await listed(client, owner)) == int(sees)
    shown = await get(client, owner, f"/v1/invoices/{invoice.id}")
    assert shown.status_code == (200 if sees else 404)
    assert balance.status_code == (200 if sees else 403)
    if not sees:
        assert balance.json()["code"] == "link_scope_missing"
        assert balance.json()["scopes_needed"] == ["bills", "all"]
    totals = (await get(client, owner, "/v1/balance")).json()
    assert totals["to_pay"] == ("12.00" if sees else "0.00")


async def test_a_member_who_is_limited_sees_the_bills_of_their_accounts(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    invoice = await issue(database, company, draft("10"))
    await sign_in(database, access_tokens, company)
    own = [company.account.id]
    inside = await sign_in(database, access_tokens, company, role="accountant", account_ids=own)
    other = await create_company(database)
    outside = await sign_in(
        database, access_tokens, company, role="accountant", account_ids=[other.account.id]
    )

    assert (await get(client, inside, f"/v1/invoices/{invoice.id}")).status_code == 200
    assert (await get(client, outside, f"/v1/invoices/{invoice.id}")).status_code == 404
    assert await listed(client, outside) == []


@pytest.mark.parametrize(("role", "sees"), [("accountant", True), ("metering", False)])
async def test_a_settlement_names_its_invoices_to_whoever_may_see_bills(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    *,
    role: str,
    sees: bool,
) -> None:
    await sign_in(database, access_tokens, company)
    who = await sign_in(database, access_tokens, company, role=role)
    await set_tariff(database)
    await settle(database, OCTOBER)
    await bill(database)
    [invoice] = await invoices(database)

    settled = await get(
        client, who, f"/v1/accounts/{company.account.id}/settlements", from_="2026-09"
    )

    ids = {each["period"]: each["invoice_ids"] for each in settled.json()["items"]}
    assert ids["2026-10"] == ([str(invoice.id)] if sees else [])
    assert ids["2026-09"] == []
