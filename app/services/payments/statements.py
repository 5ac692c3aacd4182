import asyncio
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from app.adapters.bank_statements.statement_file import StatementFile
from app.clock import Clock, kyiv_date
from app.database import Database, Transaction
from app.errors import NotFound
from app.models.base import new_id
from app.models.billing.books import Book, BookKind
from app.models.billing.posting import Posting, PostingKind
from app.models.money import ZERO, Money
from app.models.payments.actions import PaymentAction
from app.models.payments.bank_line import BankLine, Counterparty
from app.models.payments.matching.clues import clues
from app.models.payments.matching.rules import KnownAccount, Match, Rule, match
from app.models.payments.statement import (
    LineNotFound,
    LineState,
    PayerAlias,
    StatementLine,
    StatementRow,
)
from app.origin import OperatorAct
from app.repositories.audit_events import AuditWriter
from app.repositories.billing.ledger import Ledger
from app.repositories.payments.known import KnownRepository
from app.repositories.payments.statements import AT_ONCE, StatementRepository
from app.services.payments.assigning import UNIDENTIFIED, Assignment, assign, take_back

MATCHED_AT_ONCE: Final = 200
CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSummary:
    """What became of the lines of one file."""

    is_repeated: bool = False
    """The very same file was loaded before; nothing was changed."""
    lines: int = 0
    added: int = 0
    same: int = 0
    """Known from another statement."""
    outgoing: int = 0
    not_final: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementService:
    """Loads the statements of the operator's banks, and finds whose money each line is."""

    database: Database
    clock: Clock

    async def load(
        self, path: Path, *, profile: str | None = None, iban: str = "", act: OperatorAct
    ) -> StatementSummary:
        """Add the lines of a file that are new: all of them, or none.

        :raises StatementMissing, StatementRefused:
        """
        file = await asyncio.to_thread(StatementFile.open, path, profile=profile, iban=iban)
        now = self.clock.now()
        async with self.database.begin() as transaction:
            statements = StatementRepository(transaction)
            if await statements.find(file.sha256):
                return StatementSummary(is_repeated=True)
            statement = StatementRow(
                id=new_id(),
                sha256=file.sha256,
                profile=file.profile,
                file_name=path.name,
                content=await asyncio.to_thread(_compressed, path),
                loaded_at=now,
                act=act.details,
            )
            if not await statements.add(statement):
                return StatementSummary(is_repeated=True)
            counts, sums = await _add_all(statements, statement.id, file.lines())
            for account, kopiykas in sorted(sums.items()):
                await _post_received(transaction, statement, account, Money(kopiykas))
        return StatementSummary(
            lines=counts["lines"],
            added=counts["added"],
            same=counts["incoming"] - counts["added"],
            outgoing=counts["outgoing"],
            not_final=counts["not_final"],
        )

    async def match(self) -> int:
        """Look at lines that nobody has looked at, and tell at how many.

        They are settled in one transaction: whoever is killed in between loses nothing.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            statements = StatementRepository(transaction)
            pending = await statements.lock_pending(limit=MATCHED_AT_ONCE)
            asked = [(line, clues(line)) for line in map(_bank_line, pending)]
            books = await KnownRepository(transaction).books_for(asked)
            found = [match(line, told, books.of(line, told)) for line, told in asked]
            known = [
                (line, assignment)
                for line, each in zip(pending, found, strict=True)
                if (assignment := _noted(line, each)) is not None
            ]
            for payment in await assign(transaction, known, now=now):
                trail = AuditWriter.of_nobody(transaction, payment.organization_id, now)
                await trail.record(
                    PaymentAction.PAYMENT_SUCCEEDED,
                    subject_id=payment.id,
                    amount=str(payment.amount),
                )
        return len(pending)

    async def newest(self, *, only_unmatched: bool) -> list[StatementLine]:
        async with self.database.begin() as transaction:
            return await StatementRepository(transaction).newest(only_unmatched=only_unmatched)

    async def assign(
        self, line_id: UUID, number: str, *, is_invoice: bool, act: OperatorAct
    ) -> str:
        """Say whose money a line is, by the number of an invoice or of an account.

        Who paid for somebody else is remembered: the next time it is matched by itself.
        Returns the account's number.

        :raises LineNotFound, LineAssigned, LineNotAssignable:
        :raises NotFound: no such invoice or account, or several.
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            statements = StatementRepository(transaction)
            line = await statements.lock(line_id)
            if line is None:
                raise LineNotFound
            account, invoice_ids = await _named(transaction, number, is_invoice=is_invoice)
            chosen = Assignment(account=account, invoice_ids=invoice_ids, rule=Rule.MANUAL)
            [payment] = await assign(transaction, [(line, chosen)], now=now)
            if line.payer.get("iban"):
                alias = PayerAlias(
                    iban=line.payer["iban"],
                    tax_id=line.payer.get("tax_id") or "",
                    organization_id=account.organization_id,
                    account_id=account.account_id,
                    learned_at=now,
                )
                await statements.learn(alias)
            trail = AuditWriter.of_operator(transaction, act, account.organization_id, now)
            await trail.record(
                PaymentAction.PAYMENT_ASSIGNED, subject_id=payment.id, amount=str(payment.amount)
            )
        return account.account_number

    async def unassign(self, line_id: UUID, *, act: OperatorAct) -> None:
        """Take a line's money back from the account it was set against.

        :raises LineNotFound, LineNotAssigned:
        """
        now = self.clock.now()
        async with self.database.begin() as transaction:
            statements = StatementRepository(transaction)
            line = await statements.lock(line_id)
            if line is None:
                raise LineNotFound
            payment = await take_back(transaction, line, now=now)
            await statements.unlearn(line.payer.get("iban") or "", line.payer.get("tax_id") or "")
            trail = AuditWriter.of_operator(transaction, act, payment.organization_id, now)
            await trail.record(
                PaymentAction.PAYMENT_UNASSIGNED, subject_id=payment.id, amount=str(payment.amount)
            )


def _noted(line: StatementLine, found: Match) -> Assignment | None:
    """Note on a line what was found, and return whose it is; None: a person has to say."""
    line.rule, line.candidates = found.rule.value, _kept(found)
    if found.account is None or not found.is_automatic or line.amount <= ZERO:
        line.state = LineState.WAITING.value
        return None
    return Assignment(
        account=found.account,
        invoice_ids=[each.invoice_id for each in found.invoices],
        rule=found.rule,
    )


async def _add_all(
    statements: StatementRepository, statement_id: UUID, lines: Iterator[BankLine]
) -> tuple[Counter[str], Counter[str]]:
    """Add lines piece by piece, reading them in a thread; return counts, and kopiykas by IBAN."""
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    while piece := await asyncio.to_thread(_taken, lines):
        final = [line for line in piece if line.is_final]
        incoming = [line for line in final if line.amount > ZERO or line.is_reversal]
        added = await statements.add_lines(statement_id, incoming) if incoming else []
        for iban, count, kopiykas in added:
            counts["added"] += count
            sums[iban] += kopiykas
        counts["lines"] += len(piece)
        counts["not_final"] += len(piece) - len(final)
        counts["outgoing"] += len(final) - len(incoming)
        counts["incoming"] += len(incoming)
    return counts, sums


def _taken(lines: Iterator[BankLine]) -> list[BankLine]:
    return list(islice(lines, AT_ONCE))


async def _post_received(
    transaction: Transaction, statement: StatementRow, iban: str, amount: Money
) -> None:
    """Write that money came to a bank account, from whom nobody knows yet."""
    if not amount:
        return
    posting = Posting.of(
        "statement",
        f"{statement.sha256}/{iban}",
        PostingKind.PAYMENT,
        kyiv_date(statement.loaded_at),
        (Book(kind=BookKind.BANK, name=iban), amount),
        (UNIDENTIFIED, -amount),
    )
    await Ledger(transaction).post(posting, now=statement.loaded_at)


async def _named(
    transaction: Transaction, number: str, *, is_invoice: bool
) -> tuple[KnownAccount, Sequence[UUID]]:
    """Return the account of this number, or the one whose invoice it is.

    :raises NotFound: there is none, or two have it.
    """
    known = KnownRepository(transaction)
    if not is_invoice:
        accounts = await known.accounts_of(number)
        if len(accounts) != 1:
            raise NotFound
        return accounts[0], ()
    invoices = await known.invoices_of(number)
    if len(invoices) != 1:
        raise NotFound
    return invoices[0].account, (invoices[0].invoice_id,)


def _compressed(path: Path) -> bytes:
    packer, packed = zlib.compressobj(), bytearray()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            packed += packer.compress(piece)
    return bytes(packed + packer.flush())


def _bank_line(row: StatementLine) -> BankLine:
    payer = row.payer
    return BankLine(
        iban=row.iban,
        bank_ref=row.bank_ref,
        booked_on=row.booked_on,
        amount=row.amount,
        other=Counterparty(payer.get("name") or "", payer.get("tax_id"), payer.get("iban")),
        purpose=row.purpose,
        reference=row.reference,
        is_reversal=row.is_reversal,
    )


def _kept(found: Match) -> dict[str, list[str]]:
    """Return what the line is kept with: the numbers that a person may choose from."""
    accounts = [found.account] if found.account else list(found.candidates)
    return {
        "accounts": [each.account_number for each in accounts],
        "invoices": [each.number for each in found.invoices],
    }
