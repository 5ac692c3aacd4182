"""Money from the register's files to the papers: settled, billed, paid by card and by bank."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.customers.account import Account
from app.models.customers.organization import Organization
from app.models.metering.meter import Meter
from app.models.money import Money
from app.models.payments.settings import PaymentSettings
from app.models.settings import ChosenSettings
from app.security.access_tokens import AccessTokens
from app.services.payments.statements import StatementService
from app.services.ports import Ports
from app.texts import Locale
from app.texts.formats import formatted
from tests.adapters.bank_statements.camt_files import document, entry, payment, statement
from tests.factories.people import SignedIn, act, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.monobank import FakeMonobank, running_monobank
from tests.registry.test_hard_cases import FOLDER, loaded_by_command
from tests.registry.test_hard_cases import rows as rows_of
from tests.steps.billing.bill_runs import IN_NOVEMBER, OCTOBER, bill
from tests.steps.metering.settling import settle_all
from tests.steps.payments.papers import CHOSEN, text_of
from tests.steps.payments.paying import pay, ports_to

pytestmark = pytest.mark.committing

BY_CARD, BY_BANK = "5010000002", "5010000008"


@pytest.fixture
async def monobank() -> AsyncIterator[FakeMonobank]:
    async with running_monobank() as monobank:
        yield monobank


@pytest.fixture
async def ports(monobank: FakeMonobank) -> AsyncIterator[Ports]:
    async with ports_to(monobank) as ports:
        yield ports


@pytest.fixture
def chosen() -> ChosenSettings:
    chosen: PaymentSettings = CHOSEN
    return ChosenSettings((chosen,))


async def company_of(database: Database, number: str) -> Company:
    async with database.begin() as session:
        account = (
            await session.scalars(select(Account).where(Account.account_number == number))
        ).one()
        organization = await session.get_one(Organization, account.organization_id)
    return Company(organization, account, cast("Meter", None))


async def shown(client: AsyncClient, who: SignedIn, path: str) -> dict[str, Any]:
    answer = await client.get(path, headers=who.headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def pay_by_bank(
    database: Database, clock: FrozenClock, company: Company, invoice: dict[str, Any], folder: Path
) -> None:
    told = payment(
        purpose=f"<Ustrd>рах. {invoice['number']}</Ustrd>", tax_id=company.organization.tax_id
    )
    total = invoice["total"]
    file = folder / "bank.xml"
    file.write_bytes(document(statement(entry(total, told), opening="0.00", closing=total)))
    service = StatementService(database=database, clock=clock)
    summary = await service.load(file, act=act("daily statement"))
    assert (summary.lines, summary.added) == (1, 1)
    while await service.match():
        pass


async def require_papers_agree(
    client: AsyncClient, who: SignedIn, company: Company, invoice: dict[str, Any], *, paid: bool
) -> None:
    """Balance, statement, reconciliation act and invoice say the same."""
    account = f"/v1/accounts/{company.account.id}"
    days = "from=2026-01-01&to=2026-12-31"
    total, owed = invoice["total"], "0.00" if paid else invoice["total"]
    balance = await shown(client, who, f"{account}/balance")
    found = await shown(client, who, f"{account}/statement?{days}")
    act = await client.get(f"{account}/statement/export?{days}", headers=who.headers)
    paper = await client.get(f"/v1/invoices/{invoice['id']}/document", headers=who.headers)
    written = formatted(Money.parse(total), Locale.UK).replace("\xa0", " ")

    assert (balance["to_pay"], found["closing_balance"]) == (owed, owed)
    assert found["turnover"] == {"debit": total, "credit": total if paid else "0.00"}
    assert f"Рахунок № {invoice['number']} {written}" in text_of(act.content)
    assert f"Усього, грн {written}" in text_of(paper.content)
    if paid:
        assert "заборгованості між сторонами немає" in text_of(act.content)
        assert f"Зараховано оплат {written}" in text_of(paper.content)
        assert "Заборгованості за цим рахунком немає" in text_of(paper.content)
    else:
        assert f"становить {written} грн" in text_of(act.content)
        assert f"До сплати {written}" in text_of(paper.content)


async def test_what_is_billed_and_paid_is_what_papers_say(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    clock: FrozenClock,
    monobank: FakeMonobank,
    tmp_path: Path,
) -> None:
    async with database.begin() as transaction:
        connection = await transaction.connection()
        url = connection.engine.url.render_as_string(hide_password=False)
    loaded = await loaded_by_command(url, FOLDER)
    assert loaded.exit_code == 0, loaded.stderr
    await settle_all(database, IN_NOVEMBER)
    await bill(database, OCTOBER)

    expected = {row["account_number"]: row["total"] for row in rows_of(FOLDER, "bills")}
    for number in (BY_CARD, BY_BANK):
        company = await company_of(database, number)
        who = await sign_in(database, access_tokens, company)
        [invoice] = (
            await shown(client, who, f"/v1/invoices?account_id={company.account.id}&kind=final")
        )["items"]
        assert (invoice["period"], invoice["total"]) == ("2026-10", expected[number])
        await require_papers_agree(client, who, company, invoice, paid=False)
        if number == BY_CARD:
            begun = await client.post(
                "/v1/payments", json={"invoice_ids": [invoice["id"]]}, headers=who.headers
            )
            assert begun.status_code == 201, begun.text
            await pay(client, monobank)
        else:
            await pay_by_bank(database, clock, company, invoice, tmp_path)
        await require_papers_agree(client, who, company, invoice, paid=True)
        [paid] = (await shown(client, who, "/v1/payments"))["items"]
        method = "card" if number == BY_CARD else "bank_transfer"
        assert (paid["method"], paid["amount"]) == (method, expected[number])
