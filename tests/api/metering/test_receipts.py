"""A customer can check a receipt with what it shows and what docs/receipts.md explains."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from httpx import AsyncClient

from app.database import Database
from tests.databases import ROOT
from tests.factories.people import SignedIn
from tests.factories.people import link as link_of
from tests.factories.registry import Company
from tests.steps.metering.receipts import hand_in, receipt, verified
from tests.steps.metering.submitting import shows, submit

PAGE = (ROOT / "docs" / "receipts.md").read_text(encoding="utf-8")
[SNIPPET] = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def test_each_receipt_carries_the_hash_of_the_one_before(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    first, second, third = await hand_in(client, owner, company, "1700", "1701.5", "1702")

    assert [each["chain"]["number"] for each in (first, second, third)] == [1, 2, 3]
    assert first["chain"]["previous_hash"] == "0" * 64
    assert second["chain"]["previous_hash"] == first["chain"]["hash"]
    assert third["chain"]["previous_hash"] == second["chain"]["hash"]
    for each in (first, second, third):
        assert sha256(each["chain"]["text"]) == each["chain"]["hash"]
        assert sha256(each["digest_text"]) == each["digest"]


async def test_the_texts_say_what_was_handed_in(
    client: AsyncClient, company: Company, owner: SignedIn
) -> None:
    [_, second] = await hand_in(client, owner, company, "1700", "1701.5")

    moment = "2026-11-30T10:00:00.000000Z"
    account = str(company.account.id)
    line = f"{company.register.id} 2026-12-01 1701.500"
    assert second["digest_text"].split("\n") == [account, "2026-11", moment, line]
    chain = second["chain"]
    head = ["2", chain["previous_hash"], second["id"], account]
    assert chain["text"].split("\n") == [*head, "2026-11", moment, second["digest"]]


async def test_the_pages_few_lines_tell_a_true_receipt_from_a_forged_one(
    client: AsyncClient, company: Company, owner: SignedIn, tmp_path: Path
) -> None:
    before, after = await hand_in(client, owner, company, "1700", "1701")
    forged = json.loads(json.dumps(after))
    forged["items"][0]["value"] = "1600"
    foreign = json.loads(json.dumps(before))
    foreign["chain"]["hash"] = "0" * 64

    def check(one: object, other: object) -> subprocess.CompletedProcess[str]:
        (tmp_path / "before.json").write_text(json.dumps(one))
        (tmp_path / "receipt.json").write_text(json.dumps(other))
        return subprocess.run(  # noqa: S603 - what our own page says
            [sys.executable, "-c", SNIPPET],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert check(before, after).stdout == "true\n"
    assert "AssertionError" in check(before, forged).stderr
    assert "a receipt was put in or taken out" in check(foreign, after).stderr


async def test_another_company_sees_no_place_in_the_chain(
    client: AsyncClient,
    database: Database,
    company: Company,
    owner: SignedIn,
    partner: Company,
    partners_owner: SignedIn,
) -> None:
    async with database.begin() as session:
        session.add(link_of(partner, linked_by=company.organization.id, scope="readings"))
    [register] = partner.registers
    answer = await submit(client, owner, partner, shows(partner, "100"))
    receipt_id = answer.json()["receipt_id"]

    ours = await receipt(client, owner, receipt_id)
    theirs = await receipt(client, partners_owner, receipt_id)

    assert ours["chain"] is None
    assert str(register.id) in ours["digest_text"]
    assert (theirs["chain"]["number"], theirs["digest_text"]) == (1, ours["digest_text"])


async def test_the_statement_and_the_rule_make_the_same_hashes(
    client: AsyncClient, database: Database, company: Company, owner: SignedIn
) -> None:
    receipts = await hand_in(client, owner, company, "1700", "1701", "1702")

    [chain] = await verified(database, company.organization.tax_id)

    assert (chain.fault, chain.receipts) == (None, 3)
    assert chain.hash == receipts[-1]["chain"]["hash"]
