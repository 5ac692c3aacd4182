"""Papers that are ordered: made at once, once, and downloaded as any attachment."""

import asyncio
from pathlib import Path

import pytest
from httpx import AsyncClient

from app.adapters.files.storage import FolderStorage
from app.database import Database
from app.models.orders.settings import OrderSettings
from app.models.settings import ChosenSettings
from app.renderings.press import TypstPress
from app.repositories.payments.order_papers import TRIED_FOR, OrderPaperRepository
from app.services.context import Context
from app.services.payments.order_papers import OrderPaperService
from app.services.payments.press import PaperPress
from tests.databases import Killed, SavepointDatabase
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.accounts.linking import refusal
from tests.steps.operations.audit import audited
from tests.steps.orders.catalogue import changed, load
from tests.steps.orders.ordering import about_point, body, place, placed, shown
from tests.steps.payments.papers import CHOSEN, claims_of, text_of
from tests.steps.payments.paying import owing


@pytest.fixture
def chosen(tmp_path: Path) -> ChosenSettings:
    return ChosenSettings((CHOSEN, OrderSettings(files_folder=tmp_path)))


@pytest.fixture(autouse=True)
async def catalogue(database: Database) -> None:
    await load(database)


@pytest.fixture
def papers(context: Context, tmp_path: Path) -> OrderPaperService:
    return OrderPaperService(context=context, press=TypstPress(), storage=FolderStorage(tmp_path))


async def paper_of(client: AsyncClient, who: SignedIn, order: dict[str, str]) -> bytes:
    """Return the paper of an order that is done."""
    done = await shown(client, who, order)
    [file] = done["attachments"]
    answer = await client.get(
        f"/v1/orders/{order['id']}/attachments/{file['id']}", headers=who.headers
    )

    assert (done["status"], file["by"], file["media_type"]) == (
        "done",
        "system",
        "application/pdf",
    )
    assert file["name"] == f"{done['service']['code']}-{order['number']}.pdf"
    assert answer.status_code == 200, answer.text
    assert claims_of(answer.content)["conformance"] == ["A"]
    return answer.content


def kept_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_certificate_says_what_is_owed(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    papers: OrderPaperService,
) -> None:
    await owing(database, company)
    order = await placed(client, owner, body(company, "balance_certificate"))
    made = [await papers.issue(), await papers.issue()]
    text = text_of(await paper_of(client, owner, order))

    assert (order["status"], made) == ("registered", [1, 0])
    assert f"Довідка про стан розрахунків № {order['number']}" in text
    assert "становить 120,00 грн (сто двадцять гривень 00 копійок)" in text
    assert "order.document_added" in await audited(database, company)


async def test_an_act_is_of_the_days_that_were_asked_for(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    papers: OrderPaperService,
) -> None:
    invoice = await owing(database, company)
    days = {"from": "2026-11-01", "to": "2026-11-30"}
    order = await placed(client, owner, body(company, "reconciliation_act", answers=days))
    after = {"from": "2026-12-01", "to": "2026-12-31"}
    later = await placed(client, owner, body(company, "reconciliation_act", answers=after))
    assert await papers.issue() == 2
    text = text_of(await paper_of(client, owner, order))
    empty = text_of(await paper_of(client, owner, later))

    assert f"Рахунок № {invoice.number} 120,00 120,00" in text
    assert "Сальдо на початок 01.11.2026 0,00" in text
    assert "Сальдо на початок 01.12.2026 120,00" in empty
    assert "Обороти за період 0,00 0,00" in empty


async def test_a_passport_tells_meters_and_registers(
    client: AsyncClient, owner: SignedIn, company: Company, papers: OrderPaperService
) -> None:
    order = await placed(client, owner, about_point(company, "point_passport", {}))
    assert await papers.issue() == 1
    text = text_of(await paper_of(client, owner, order))

    assert f"Лічильник № {company.meter.serial_number}" in text
    assert "активна, споживання" in text


async def test_what_cannot_be_made_waits_a_day_and_stops_nobody(
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    papers: OrderPaperService,
    database: Database,
    clock: FrozenClock,
) -> None:
    wrong = {"from": "2026-11-30", "to": "2026-11-01"}
    told = await place(client, owner, body(company, "reconciliation_act", answers=wrong))
    assert refusal(told) == (422, "answers_invalid")
    await load(database, changed("reconciliation_act", spans=[]))
    bad = await placed(client, owner, body(company, "reconciliation_act", answers=wrong))
    good = await placed(client, owner, body(company, "balance_certificate"))
    made = [await papers.issue(), await papers.issue()]
    async with database.begin() as transaction:
        waiting = OrderPaperRepository(transaction)
        today = await waiting.waiting(now=clock.now(), limit=5)
        tomorrow = await waiting.waiting(now=clock.now() + TRIED_FOR, limit=5)

    assert made == [1, 0]
    assert (await shown(client, owner, good))["status"] == "done"
    assert (await shown(client, owner, bad))["status"] == "registered"
    assert ([str(key[1]) for key in today], tomorrow) == ([bad["id"]], [])


async def test_without_a_press_the_order_waits(
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    papers: OrderPaperService,
    context: Context,
    tmp_path: Path,
) -> None:
    order = await placed(client, owner, body(company, "balance_certificate"))
    broken = OrderPaperService(context=context, press=PaperPress(), storage=FolderStorage(tmp_path))
    made = [await broken.issue(), await papers.issue()]

    assert made == [0, 1]
    assert await paper_of(client, owner, order)


@pytest.mark.parametrize("commits", range(3))
async def test_a_worker_that_is_killed_leaves_one_paper_and_no_half_of_it(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    papers: OrderPaperService,
    commits: int,
) -> None:
    order = await placed(client, owner, body(company, "balance_certificate"))
    assert isinstance(database, SavepointDatabase)
    database.commits_left = commits
    with pytest.raises(Killed):
        await papers.issue()
    halfway = await shown(client, owner, order)
    made = [await papers.issue(), await papers.issue()]

    assert (halfway["status"], halfway["attachments"]) == ("registered", [])
    assert made == [1, 0]
    assert await paper_of(client, owner, order)
    trail = await audited(database, company)
    assert trail.count("order.document_added") == 1


@pytest.mark.committing
async def test_of_two_workers_one_makes_the_paper(
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    papers: OrderPaperService,
    tmp_path: Path,
) -> None:
    order = await placed(client, owner, body(company, "balance_certificate"))
    made = await asyncio.gather(*(papers.issue() for _ in range(3)))

    assert sum(made) == 1
    assert await paper_of(client, owner, order)
    assert len(kept_in(tmp_path)) == 1
