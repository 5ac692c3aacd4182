"""Invoices and statements to keep, over HTTP."""

import csv
import io

import pytest
from httpx import AsyncClient
from python_calamine import CalamineWorkbook

from app.database import Database
from app.models.settings import ChosenSettings
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.monobank import FakeMonobank
from tests.steps.payments.papers import CHOSEN, claims_of, text_of
from tests.steps.payments.paying import owing, pay, start


@pytest.fixture
def chosen() -> ChosenSettings:
    return ChosenSettings((CHOSEN,))


def export(company: Company) -> str:
    return f"/v1/accounts/{company.account.id}/statement/export"


async def test_an_invoice_to_keep(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    invoice = await owing(database, company)
    url = f"/v1/invoices/{invoice.id}/document"
    answer = await client.get(f"{url}?format=pdf", headers=owner.headers)
    again = await client.get(url, headers=owner.headers | {"Accept-Language": "en"})
    text = text_of(answer.content)

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="invoice-{invoice.number}.pdf"'
    )
    assert claims_of(answer.content)["part"] == ["2"]
    assert again.content == answer.content
    assert f"Рахунок № {invoice.number}" in text
    assert f"Назва {company.organization.name}" in text
    assert company.account.account_number in text
    assert "Усього, грн 120,00 До сплати 120,00" in text


async def test_a_paid_invoice_says_so(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    await start(client, owner, invoice)
    await pay(client, monobank)
    answer = await client.get(f"/v1/invoices/{invoice.id}/document", headers=owner.headers)
    text = text_of(answer.content)

    assert "Зараховано оплат 120,00 Заборгованості за цим рахунком немає" in text
    assert "Як сплатити" not in text


async def test_a_statement_in_three_formats_says_the_same(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    invoice = await owing(database, company)
    url, headers = export(company), owner.headers | {"Accept-Language": "uk"}
    pdf = await client.get(f"{url}?to=2026-11-30", headers=headers)
    xlsx = await client.get(f"{url}?format=xlsx&to=2026-11-30", headers=headers)
    rows = await client.get(f"{url}?format=csv&to=2026-11-30", headers=headers)
    text = text_of(pdf.content)
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.content))
    cells = book.get_sheet_by_index(0).to_python()
    told = list(csv.DictReader(io.StringIO(rows.content.decode("utf-8-sig"))))
    number = company.account.account_number

    assert [each.status_code for each in (pdf, xlsx, rows)] == [200, 200, 200]
    assert f"Рахунок № {invoice.number} 120,00 120,00" in text
    assert "сто двадцять гривень 00 копійок" in text
    assert (cells[0][4], cells[2][3:7]) == ("Дебет, грн", [invoice.number, 120.0, 0.0, 120.0])
    assert (told[1]["debit"], told[-1]["balance_after"]) == ("120.00", "120.00")
    assert rows.headers["content-type"] == "text/csv; charset=utf-8"
    assert rows.headers["content-disposition"] == (
        f'attachment; filename="statement-{number}-2026-01-01-2026-11-30.csv"'
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("format=docx", "validation_failed"),
        ("from=2026-11-30&to=2026-01-01", "statement_range_invalid"),
        ("from=2026-11-30&to=2026-01-01&format=csv", "statement_range_invalid"),
        ("format=csv&page=2", "validation_failed"),
    ],
)
async def test_what_no_statement_answers(
    client: AsyncClient, owner: SignedIn, company: Company, query: str, code: str
) -> None:
    answer = await client.get(f"{export(company)}?{query}", headers=owner.headers)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_only_who_may_see_bills_gets_papers(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    invoice = await owing(database, company)
    stranger = await create_company(database)
    who = await sign_in(database, access_tokens, stranger)
    document = f"/v1/invoices/{invoice.id}/document"
    foreign = [
        (await client.get(url, headers=who.headers)).status_code
        for url in (document, export(company), f"{export(company)}?format=csv")
    ]
    await sign_in(database, access_tokens, company)
    async with database.begin() as session:
        session.add(link(company, linked_by=stranger.organization.id, scope="readings"))
    narrow = await client.get(export(company), headers=who.headers)

    assert foreign == [404, 404, 404]
    assert (await client.get(document, headers=who.headers)).status_code == 404
    assert (narrow.status_code, narrow.json()["code"]) == (403, "link_scope_missing")


async def test_a_link_for_bills_opens_papers(
    client: AsyncClient, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    invoice = await owing(database, company)
    partner = await create_company(database)
    await sign_in(database, access_tokens, company)
    who = await sign_in(database, access_tokens, partner)
    async with database.begin() as session:
        session.add(link(company, linked_by=partner.organization.id, scope="bills"))
    document = await client.get(f"/v1/invoices/{invoice.id}/document", headers=who.headers)
    rows = await client.get(f"{export(company)}?format=csv", headers=who.headers)

    assert (document.status_code, rows.status_code) == (200, 200)


class TestWithoutAnOperatorsName:
    @pytest.fixture
    def chosen(self) -> ChosenSettings:
        return ChosenSettings()

    async def test_there_are_no_papers_but_rows(
        self, client: AsyncClient, database: Database, owner: SignedIn, company: Company
    ) -> None:
        invoice = await owing(database, company)
        document = await client.get(f"/v1/invoices/{invoice.id}/document", headers=owner.headers)
        act = await client.get(export(company), headers=owner.headers)
        rows = await client.get(f"{export(company)}?format=csv", headers=owner.headers)

        assert (document.status_code, document.json()["code"]) == (409, "recipient_unknown")
        assert (act.status_code, act.json()["code"]) == (409, "recipient_unknown")
        assert rows.status_code == 200
