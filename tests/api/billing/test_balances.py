"""What is owed, what is overdue, what moved it: always the sum of the ledger's entries."""

from datetime import date
from typing import Any

import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.billing.invoice import InvoiceKind
from tests.factories.people import SignedIn, link
from tests.factories.registry import Company, create_account
from tests.steps.billing.issuing import draft, issue
from tests.steps.billing.paying import pay

EMPTY = {"to_pay": "0.00", "overdue": "0.00", "disputed": "0.00", "prepaid": "0.00"}


async def shown(
    client: AsyncClient, who: SignedIn, path: str, status: int = 200, **query: str
) -> dict[str, Any]:
    params = {name.removesuffix("_"): value for name, value in query.items()}
    headers = who.headers | {"Accept-Language": "en"}
    response = await client.get(path, params=params, headers=headers)
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


def of(company: Company, what: str) -> str:
    return f"/v1/accounts/{company.account.id}/{what}"


async def test_an_account_that_was_never_billed_owes_nothing(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    assert await shown(client, owner, of(company, "balance")) == {
        "account_id": str(company.account.id),
        "account_number": company.account.account_number,
        "as_of": "2026-11-30",
        "currency": "UAH",
        "next_due": None,
        "last_payment": None,
        **EMPTY,
    }


async def test_a_balance_tells_what_is_overdue_due_next_and_paid_last(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await issue(database, company, draft("100", issue_key="late"), due_on=date(2026, 11, 12))
    await issue(database, company, draft("10", issue_key="next"), due_on=date(2026, 12, 4))
    await issue(database, company, draft("5", issue_key="also"), due_on=date(2026, 12, 4))
    await issue(database, company, draft("1", issue_key="then"), due_on=date(2026, 12, 5))
    await pay(database, company, 2000, on=date(2026, 11, 20))
    await pay(database, company, 1000, on=date(2026, 11, 18))

    balance = await shown(client, owner, of(company, "balance"))

    assert balance["to_pay"] == "109.20"
    assert balance["overdue"] == "90.00"
    assert balance["next_due"] == {"amount": "18.00", "due_on": "2026-12-04"}
    assert balance["last_payment"] == {
        "amount": "20.00",
        "received_on": "2026-11-20",
        "method": "bank_transfer",
    }


async def test_what_is_paid_too_much_is_prepaid(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    await issue(database, company, draft("10"))
    await pay(database, company, 1500)

    balance = await shown(client, owner, of(company, "balance"))

    assert (balance["to_pay"], balance["prepaid"]) == ("0.00", "3.00")


async def test_a_cabinet_adds_up_its_accounts_and_shows_them_in_pages(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    another = Company(
        company.organization, await create_account(database, company.organization), company.meter
    )
    async with database.begin() as session:
        session.add(link(another, linked_by=company.organization.id))
    await issue(database, company, draft("10"), due_on=date(2026, 12, 4))
    await issue(database, another, draft("5", issue_key="2"), due_on=date(2026, 11, 4))

    first = await shown(client, owner, "/v1/balance", limit="1")
    second = await shown(client, owner, "/v1/balance", limit="1", cursor=first["next_cursor"])

    for page in (first, second):
        assert (page["to_pay"], page["overdue"]) == ("18.00", "6.00")
    ids = [page["items"][0]["account_id"] for page in (first, second)]
    assert ids == sorted([str(company.account.id), str(another.account.id)])
    assert second["next_cursor"] is None


async def test_a_statement_goes_from_the_opening_to_the_closing_balance(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    before = await issue(database, company, draft("100", issue_key="1"), issued_on=date(2026, 9, 5))
    invoice = await issue(
        database, company, draft("10", issue_key="2"), issued_on=date(2026, 10, 5)
    )
    await pay(database, company, 15000, on=date(2026, 10, 7))
    corrective = draft("-50", issue_key="3", kind=InvoiceKind.CORRECTIVE, corrects_id=before.id)
    corrected = await issue(database, company, corrective, issued_on=date(2026, 10, 9))

    statement = await shown(
        client, owner, of(company, "statement"), from_="2026-10-01", to="2026-10-31"
    )

    def row(posted_on: str, kind: str, debit: str, credit: str, after: str) -> dict[str, str]:
        return {
            "posted_on": posted_on,
            "kind": kind,
            "debit": debit,
            "credit": credit,
            "balance_after": after,
        }

    assert statement["opening_balance"] == "120.00"
    rows = statement["postings"]
    assert [{name: each[name] for name in row("", "", "", "", "")} for each in rows] == [
        row("2026-10-05", "invoice", "12.00", "0.00", "132.00"),
        row("2026-10-07", "payment", "0.00", "150.00", "-18.00"),
        row("2026-10-09", "corrective", "0.00", "60.00", "-78.00"),
    ]
    assert statement["turnover"] == {"debit": "12.00", "credit": "210.00"}
    assert statement["closing_balance"] == "-78.00"
    assert rows[0]["document"] == {
        "type": "invoice",
        "id": str(invoice.id),
        "number": invoice.number,
    }
    assert rows[0]["detail"] == f"Invoice no. {invoice.number}"
    assert rows[1]["document"] is None
    assert rows[2]["document"]["id"] == str(corrected.id)
    balance = await shown(client, owner, of(company, "balance"))
    assert balance["prepaid"] == "78.00"


async def test_a_statement_begins_with_the_year_and_ends_today(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    statement = await shown(client, owner, of(company, "statement"))

    assert (statement["from"], statement["to"]) == ("2026-01-01", "2026-11-30")
    assert (statement["opening_balance"], statement["postings"]) == ("0.00", [])


@pytest.mark.parametrize(
    "query",
    [{"from_": "2026-10-02", "to": "2026-10-01"}, {"from_": "2000-01-01", "to": "2026-10-01"}],
)
async def test_days_that_make_no_statement_are_refused(
    client: AsyncClient, company: Company, owner: SignedIn, query: dict[str, str]
) -> None:
    problem = await shown(client, owner, of(company, "statement"), 422, **query)

    assert problem["code"] == "statement_range_invalid"


@pytest.mark.parametrize("what", ["balance", "statement"])
async def test_a_stranger_learns_nothing(
    client: AsyncClient, company: Company, stranger: SignedIn, what: str
) -> None:
    problem = await shown(client, stranger, of(company, what), 404)

    assert problem["code"] == "not_found"
