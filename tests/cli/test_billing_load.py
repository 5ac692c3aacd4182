"""`run.py billing load`: invoices of the operator's own billing, all of them or none."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.billing import billing as commands
from app.database import Database
from app.models.money import Money
from tests.factories.registry import Company, create_company
from tests.steps.billing.bill_runs import OCTOBER, bill, invoices, set_tariff, settle
from tests.steps.billing.issuing import paid_of
from tests.steps.billing.posting import balances, entries, owed_by

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "bills of 2026-10")
INVOICES = "number,account_number,period,issued_on,due_on,net,vat,total\n"
LINES = "invoice_number,position,charge,description,eic,quantity,unit,price,net\n"
NET = "A-1,1,distribution,Розподіл,,1000,kWh,1.69444,1694.44\n"
FEE = "A-1,2,works,Виїзд,,1,visit,100,100.00\n"
GOOD = "A-1,{account},2026-10,2026-11-05,2026-11-12,1794.44,358.89,2153.33\n"


async def load(url: str, folder: Path, invoices_: str, lines: str) -> Result:
    (folder / "invoices.csv").write_text(INVOICES + invoices_, encoding="utf-8")
    (folder / "invoice_lines.csv").write_text(LINES + lines, encoding="utf-8")
    return await asyncio.to_thread(
        CliRunner().invoke,
        commands,
        ["load", str(folder), "--account-number-pattern", r"\d{4,12}", *BY],
        env={"DATABASE_URL": url},
    )


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database, history={"2026-09": "1000", "2026-10": "2000"})


async def test_invoices_are_loaded_once_under_their_own_numbers(
    url: str, database: Database, company: Company, tmp_path: Path
) -> None:
    row = GOOD.format(account=company.account.account_number)

    loaded = await load(url, tmp_path, row, FEE + NET)
    again = await load(url, tmp_path, row, NET + FEE)

    assert (loaded.exit_code, again.exit_code) == (0, 0), loaded.output
    assert "1 added, 0 the same" in loaded.stdout
    assert "0 added, 1 the same" in again.stdout
    [invoice] = await invoices(database)
    assert (invoice.number, invoice.kind, str(invoice.total)) == ("A-1", "imported", "2153.33")
    assert await paid_of(database, invoice.id) == (Money(0), Money(215333))
    assert (await balances(database))[owed_by(company).id] == Money(203333)
    assert await balances(database) == await entries(database)


async def test_a_month_billed_elsewhere_is_not_billed_again(
    url: str, database: Database, company: Company, tmp_path: Path
) -> None:
    await load(url, tmp_path, GOOD.format(account=company.account.account_number), NET + FEE)
    await set_tariff(database)
    await settle(database, OCTOBER)

    run = await bill(database)

    assert [each.code for each in run.problems] == ["billed_elsewhere"]
    assert len(await invoices(database)) == 1


@pytest.mark.parametrize(
    ("invoice", "lines", "told"),
    [
        (GOOD.replace("A-1", "№1"), NET + FEE, ["2: number: number_not_ascii", "unknown ('A-1')"]),
        (GOOD.replace("{account}", "404404"), NET + FEE, ["2: account_number: unknown"]),
        (GOOD.replace("2153.33", "2153.34"), NET + FEE, ["2: total: differs_from_net_and_vat"]),
        (GOOD.replace("358.89,2153.33", "358.88,2153.32"), NET + FEE, ["vat: differs_from_rate"]),
        (GOOD, NET, ["2: net: differs_from_lines"]),
        (GOOD, "", ["2: number: lines_missing"]),
        (GOOD + GOOD, NET + FEE, ["invoices.csv:3: number: repeated"]),
        (GOOD, NET + NET + FEE, ["number: position_repeated"]),
        (GOOD.replace("2026-11-12", "2026-11-04"), NET + FEE, ["due_on: before_issued_on"]),
        (GOOD.replace("2026-10,", "2026-13,"), NET + FEE, ["2: period: period_invalid"]),
        (
            GOOD,
            NET + FEE.replace("works", "gifts"),
            ["invoice_lines.csv:3: charge: unknown_choice"],
        ),
        (GOOD, NET + FEE.replace("100.00", "1e2"), ["invoice_lines.csv:3: net: number_invalid"]),
        (GOOD, NET + FEE + FEE.replace("A-1", "B-9"), ["invoice_lines.csv:4: invoice_number"]),
    ],
)
async def test_every_wrong_row_is_named_and_nothing_is_loaded(
    url: str,
    database: Database,
    company: Company,
    tmp_path: Path,
    invoice: str,
    lines: str,
    told: list[str],
) -> None:
    # A good invoice beside it is not loaded either.
    rows = invoice + GOOD.replace("A-1", "G-1")
    good_lines = (NET + FEE).replace("A-1", "G-1")
    rows = rows.replace("{account}", company.account.account_number)

    refused = await load(url, tmp_path, rows, lines + good_lines)

    assert refused.exit_code == 1
    for words in told:
        assert words in refused.output
    assert "Nothing was loaded" in refused.output
    assert "Traceback" not in refused.output
    assert await invoices(database) == []


async def test_a_number_that_says_something_else_now_is_refused(
    url: str, database: Database, company: Company, tmp_path: Path
) -> None:
    number = company.account.account_number
    await load(url, tmp_path, GOOD.format(account=number), NET + FEE)
    other = GOOD.format(account=number).replace("1794.44,358.89,2153.33", "100.00,20.00,120.00")

    refused = await load(url, tmp_path, other, FEE)

    assert "2: number: issued_otherwise" in refused.output
    assert [str(each.total) for each in await invoices(database)] == ["2153.33"]


async def test_a_folder_without_the_files_is_told_in_a_sentence(url: str, tmp_path: Path) -> None:
    refused = await asyncio.to_thread(
        CliRunner().invoke, commands, ["load", str(tmp_path), *BY], env={"DATABASE_URL": url}
    )

    assert refused.exit_code != 0
    assert "invoices.csv not found" in refused.output
