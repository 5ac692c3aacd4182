"""How long a bank's statement takes to load and to match, and how much memory.

    python -m benchmarks.statement_load [LINES] [--server URL]

Fills a database of its own with accounts that have ten open invoices each, and loads a camt.053
file: of ten lines eight name an invoice, one names an account, and one is from somebody unknown.
A process of its own loads a tenth of it first, so that two peaks of memory can be compared.
"""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from app.clock import Clock
from app.database import Database, create_engine
from app.models.base import new_id
from app.models.billing.books import Book, ChargeClass
from app.models.billing.invoice import Invoice, InvoicePart
from app.models.billing.posting import Posting, PostingKind
from app.models.money import ZERO, Money
from app.origin import OperatorAct
from app.repositories.billing.ledger import Ledger
from app.services.payments.statements import StatementService
from benchmarks.fill import MONTHS, REGISTERS_OF_A_COMPANY, id_of
from benchmarks.scratch import Scratch, scratch_database

LINES: Final = 100_000
GOAL_SECONDS: Final = 60
INVOICES: Final = 10
"""Of each account."""
SUM: Final = Money(12_000)
TODAY: Final = date(2026, 11, 5)
OPERATOR: Final = "UA906543210000000260323012024"
ACT: Final = OperatorAct("bench", "measured")
HEAD: Final = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr>'
    "<MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id>"
    f"<Acct><Id><IBAN>{OPERATOR}</IBAN></Id></Acct>"
    '<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="UAH">0.00</Amt>'
    "<CdtDbtInd>CRDT</CdtDbtInd></Bal><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>"
    '<Amt Ccy="UAH">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
)
ENTRY: Final = (
    '<Ntry><NtryRef>1</NtryRef><Amt Ccy="UAH">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt>"
    "<AcctSvcrRef>R{place}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Клієнт</Nm>"
    "</Pty></Dbtr></RltdPties><RmtInf><Ustrd>{purpose}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
)
TAIL: Final = "</Stmt></BkToCstmrStmt></Document>"
Account = tuple[UUID, UUID, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=LINES)
    parser.add_argument("--server", metavar="URL")
    parser.add_argument("--load", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        asyncio.run(load(Path(options.load)))
        return
    companies = max(options.lines // INVOICES // 2, 1)
    readings = companies * MONTHS * REGISTERS_OF_A_COMPANY
    for lines in (options.lines // 10, options.lines):
        with scratch_database(options.server, readings=readings) as scratch:
            asyncio.run(issue(scratch))
            file = scratch.folder / f"{lines}.xml"
            write(file, lines, accounts_of(scratch))
            print(f"{lines:>9,} lines  ", end="", flush=True)
            in_a_process_of_its_own(scratch, file)


def accounts_of(scratch: Scratch) -> list[Account]:
    """Return the accounts that `fill` makes: account n is of company n / 2."""
    numbers = range(2, 2 * scratch.companies + 2)
    return [(id_of(n // 2), id_of(n), f"{n:010}") for n in numbers]


async def issue(scratch: Scratch) -> None:
    """Let every account owe for ten months."""
    engine = create_engine(scratch.url.render_as_string(hide_password=False))
    database = Database(engine)
    owing = ((account, month) for account in accounts_of(scratch) for month in range(INVOICES))
    while piece := list(islice(owing, 1000)):
        async with database.begin() as transaction:
            made = [_invoice(*each) for each in piece]
            transaction.add_all(made)
            await transaction.flush()
            transaction.add_all(_part(each) for each in made)
            await transaction.flush()
            await Ledger(transaction).post(*map(_posting, made), now=Clock().now())
    await engine.dispose()
    await scratch.execute("VACUUM ANALYZE")


def write(file: Path, lines: int, accounts: Sequence[Account]) -> None:
    with file.open("w", encoding="utf-8") as written:
        written.write(HEAD.format(closing=Money(SUM.kopiykas * lines)))
        for place, purpose in enumerate(_purposes(lines, accounts)):
            written.write(ENTRY.format(amount=SUM, place=place, purpose=purpose))
        written.write(TAIL)


def in_a_process_of_its_own(scratch: Scratch, file: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.statement_load", "--load", str(file)]
    address = scratch.url.render_as_string(hide_password=False)
    subprocess.run(command, check=True, env={**os.environ, "DATABASE_URL": address})  # noqa: S603 - ourselves


async def load(file: Path) -> None:
    engine = create_engine(os.environ["DATABASE_URL"])
    service = StatementService(database=Database(engine), clock=Clock())
    before, started = peak_memory(), time.perf_counter()
    summary = await service.load(file, act=ACT)
    loaded = time.perf_counter() - started
    matched = 0
    while found := await service.match():
        matched += found
    seconds = time.perf_counter() - started
    await engine.dispose()
    print(
        f"loaded {summary.added:,} in {loaded:.1f} s, matched {matched:,}: {seconds:.1f} s in all "
        f"(to reach: {GOAL_SECONDS}); our processor {time.process_time():.1f} s, "
        f"peak {peak_memory():.0f} MB (idle {before:.0f})"
    )


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _purposes(lines: int, accounts: Sequence[Account]) -> Iterator[str]:
    for place in range(lines):
        _, _, number = accounts[place // INVOICES % len(accounts)]
        match place % 10:
            case 9:
                yield "за електроенергію"
            case 8:
                yield f"о/р {number}"
            case month:
                yield f"оплата за рах. {_number(number, month)}"


def _number(account: str, month: int) -> str:
    return f"{account}-{month:02}"


def _invoice(account: Account, month: int) -> Invoice:
    organization_id, account_id, number = account
    return Invoice(
        organization_id=organization_id,
        id=new_id(),
        account_id=account_id,
        number=_number(number, month),
        issue_key=f"{number}:{month}",
        kind="service",
        issued_on=TODAY,
        due_on=TODAY + timedelta(days=month),
        net=Money(10_000),
        vat_rate=0,
        vat=Money(2_000),
        total=SUM,
        recorded_at=Clock().now(),
        customer={},
    )


def _part(invoice: Invoice) -> InvoicePart:
    return InvoicePart(
        organization_id=invoice.organization_id,
        invoice_id=invoice.id,
        charge=ChargeClass.DISTRIBUTION.value,
        total=SUM,
        paid=ZERO,
    )


def _posting(invoice: Invoice) -> Posting:
    key = (invoice.organization_id, invoice.account_id)
    owed = Book.receivable(ChargeClass.DISTRIBUTION, *key)
    revenue = Book.revenue(ChargeClass.DISTRIBUTION)
    return Posting.of(
        "invoice", str(invoice.id), PostingKind.INVOICE, TODAY, (owed, SUM), (revenue, -SUM)
    )


if __name__ == "__main__":
    main()
