"""`run.py orders`: the staff works on orders, with name and reason, and nothing is done twice."""

import asyncio
import json
from pathlib import Path

import pytest
from httpx import AsyncClient
from typer.testing import CliRunner, Result

from app.cli.orders import orders as commands
from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clamd import daemon
from tests.steps.operations.audit import trail
from tests.steps.orders.catalogue import load
from tests.steps.orders.files import PDF
from tests.steps.orders.ordering import about_point, body, placed, shown

pytestmark = pytest.mark.committing

BY = ("--operator", "o.kravets", "--reason", "the crew is back")


@pytest.fixture
async def url(database: Database) -> str:
    async with database.begin() as session:
        connection = await session.connection()
        return connection.engine.url.render_as_string(hide_password=False)


@pytest.fixture
async def company(database: Database) -> Company:
    await load(database)
    return await create_company(database)


@pytest.fixture
async def owner(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    return await sign_in(database, access_tokens, company)


async def run(url: str, *arguments: str, clamd: str | None = None) -> Result:
    env = {"DATABASE_URL": url, "CABINET_CLAMD_ADDRESS": clamd}
    return await asyncio.to_thread(CliRunner().invoke, commands, list(arguments), env=env)


async def test_an_order_is_listed_moved_and_answered(
    url: str, client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    order = await placed(client, owner, body(company))
    number = order["number"]

    listed = await run(url, "list", "--json")
    asked = await run(url, "move", number, "needs_info", "--comment", "Де саме?", *BY)
    again = await run(url, "move", number, "needs_info", "--comment", "Де саме?", *BY)
    said = await run(url, "message", number, "Чекаємо на вас.", *BY)
    told = await run(url, "show", number)

    done = (listed, asked, said, told)
    assert [each.exit_code for each in done] == [0] * 4, [each.output for each in done]
    assert json.loads(listed.stdout)[0]["number"] == number
    assert again.exit_code == 1
    assert "order_status_same" in again.output
    found = await shown(client, owner, order)
    assert found["status"] == "needs_info"
    assert "Де саме?" in {each["comment"] for each in found["history"]}
    assert "operator: Чекаємо на вас." in told.stdout
    [event] = await trail(database, company, "order.moved")
    assert event.details["operator"] == "o.kravets"
    assert event.details["reason"] == "the crew is back"
    assert event.member_id is None


async def test_a_rejection_names_the_act_and_the_clause(
    url: str, client: AsyncClient, owner: SignedIn, company: Company
) -> None:
    order = await placed(client, owner, body(company))
    why = ("--act", "ПРРЕЕ", "--clause", "7.12", "--comment", "Не наш об’єкт.")

    done = await run(url, "reject", order["number"], *why, *BY)

    assert done.exit_code == 0, done.output
    found = await shown(client, owner, order)
    assert found["status"] == "rejected"
    assert "Не наш об’єкт. (ПРРЕЕ, 7.12)" in {each["comment"] for each in found["history"]}


async def test_the_act_of_what_was_done_is_added_once(
    url: str, client: AsyncClient, owner: SignedIn, company: Company, tmp_path: Path
) -> None:
    order = await placed(client, owner, body(company))
    act, page = tmp_path / "act.pdf", tmp_path / "act.html"
    act.write_bytes(PDF)
    page.write_bytes(b"<html>")
    folder = ("--files-folder", str(tmp_path / "files"))

    added = await run(url, "act", order["number"], str(act), *folder, *BY)
    again = await run(url, "act", order["number"], str(act), *folder, *BY)
    refused = await run(url, "act", order["number"], str(page), *folder, *BY)
    unknown = await run(url, "act", "Z-2026-999999", str(act), *folder, *BY)

    assert (added.exit_code, again.exit_code) == (0, 0), added.output
    assert "file_type_refused" in refused.output
    assert "order_not_found" in unknown.output
    assert len([each for each in (tmp_path / "files").rglob("*") if each.is_file()]) == 1
    [attached] = (await shown(client, owner, order))["attachments"]
    assert (attached["document_code"], attached["by"]) == ("act", "operator")


async def test_an_act_is_scanned_as_files_of_customers_are(
    url: str, client: AsyncClient, owner: SignedIn, company: Company, tmp_path: Path
) -> None:
    order = await placed(client, owner, body(company))
    act = tmp_path / "act.pdf"
    act.write_bytes(PDF)
    command = ("act", order["number"], str(act), "--files-folder", str(tmp_path / "files"), *BY)

    async with daemon(b"stream: Eicar-Test FOUND\0") as address:
        infected = await run(url, *command, clamd=address)
    unscanned = await run(url, *command, clamd="127.0.0.1:1")
    before = (await shown(client, owner, order))["attachments"]
    async with daemon() as address:
        clean = await run(url, *command, clamd=address)

    assert (infected.exit_code, unscanned.exit_code) == (1, 1), infected.output
    assert "file_infected" in infected.output
    assert "scanner_unavailable" in unscanned.output
    assert before == []
    assert clean.exit_code == 0, clean.output
    assert len((await shown(client, owner, order))["attachments"]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "Z-2026-999999"), "order_not_found"),
        (("move", "NUMBER", "done", *BY), "order_not_changeable"),
        (("move", "NUMBER", "needs_info", *BY), "order_comment_missing"),
        (("quote", "NUMBER", "10.00", "--valid-until", "2099-01-01", *BY), "order_not_changeable"),
        (("quote", "NUMBER", "0.00", "--valid-until", "2099-01-01", *BY), "quote_invalid"),
        (("quote", "NUMBER", "10.00", "--valid-until", "2020-01-01", *BY), "quote_invalid"),
        (("quote", "NUMBER", "ten", "--valid-until", "2099-01-01", *BY), "1234.50"),
        (("quote", "NUMBER", "10.00", "--valid-until", "soon", *BY), "YYYY-MM-DD"),
        (("message", "NUMBER", " ", *BY), "order_comment_missing"),
        (("list", "--status", "lost"), "no status"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(
    url: str,
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    order = await placed(client, owner, body(company))

    refused = await run(url, *(order["number"] if each == "NUMBER" else each for each in arguments))

    assert refused.exit_code != 0
    assert told in refused.output
    assert await shown(client, owner, order) == order


async def test_an_order_of_the_staff_follows_one_of_the_customer(
    url: str, client: AsyncClient, database: Database, owner: SignedIn, company: Company
) -> None:
    flickering = {"what": "Блимає.", "since": "2026-11-01", "with_measuring": False}
    first = await placed(client, owner, about_point(company, "quality_complaint", flickering))
    number, answers = first["number"], ("--answers", '{"kind": "works"}')

    opened = await run(url, "open", number, "quality_fix", *answers, *BY)
    again = await run(url, "open", number, "quality_fix", *answers, *BY)
    unasked = await run(url, "open", number, "quality_fix", *BY)
    of_customers = await run(url, "open", number, "complaint", *answers, *BY)
    unknown = await run(url, "open", number, "no_such_service", *answers, *BY)
    no_answers = await run(url, "open", number, "quality_fix", "--answers", "works", *BY)

    assert opened.exit_code == 0, opened.output
    refused = {
        "order_open_already": again,
        "answers_invalid": unasked,
        "service_not_of_staff": of_customers,
        "service_not_found": unknown,
        "no JSON object": no_answers,
    }
    for why, result in refused.items():
        assert result.exit_code != 0
        assert why in result.output
    assert "services: quality_fix" in of_customers.output
    assert "Open one of those that are named." in of_customers.output
    listed = await client.get("/v1/orders?service_code=quality_fix", headers=owner.headers)
    [order] = listed.json()["items"]
    found = await shown(client, owner, order)
    assert (found["follows_id"], found["clock"]["days_allowed"]) == (first["id"], 180)
    assert [each["by"] for each in found["history"]] == ["operator", "system"]
    [event] = await trail(database, company, "order.opened")
    assert (event.details["after"], event.details["number"]) == (number, found["number"])
