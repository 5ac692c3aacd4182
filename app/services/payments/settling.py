"""Money of a payment in the ledger: set against debts when it comes, taken back when it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.database import Transaction
from app.models.billing.allocation import Allocation, OpenPart, allocate
from app.models.billing.books import Book
from app.models.billing.posting import Document, DocumentType, Posting, PostingKind
from app.models.money import ZERO, Money, total
from app.models.payments.payment import Payment, PaymentTarget
from app.repositories.billing.advances import AdvanceRepository
from app.repositories.billing.invoices import InvoiceRepository, Key
from app.repositories.billing.ledger import Ledger
from app.repositories.payments.payments import PaymentRepository

SOURCE: Final = "payment"
"""The first half of a posting's business key; the second is the payment, and how often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that comes in through a book of the operator, or goes back through it."""

    payment: Payment
    amount: Money
    through: Book
    key: str
    """The same for the same movement: it is posted once."""
    effective_on: date


class Settling:
    """Part of every use case that moves a payment's money, inside its transaction.

    Whoever calls has locked the payment; the accounts are locked here, all at once.
    """

    def __init__(self, transaction: Transaction, *, now: datetime) -> None:
        self._now = now
        self._advances = AdvanceRepository(transaction)
        self._invoices = InvoiceRepository(transaction)
        self._ledger = Ledger(transaction)
        self._payments = PaymentRepository(transaction)

    async def lock(self, targets: Sequence[PaymentTarget]) -> None:
        """Keep everybody else from moving money of these accounts."""
        await self._invoices.lock_accounts(_key(target) for target in targets)

    async def receive(
        self,
        movement: Movement,
        targets: Sequence[PaymentTarget],
        *,
        named: Sequence[UUID] = (),
    ) -> None:
        """Set what came against the debts it is for; what no debt takes is an advance.

        `named`: invoices to be paid before those of the targets.
        """
        parts = await self._invoices.open_parts({_key(target) for target in targets})
        allocations: list[Allocation] = []
        moves: list[tuple[Book, Money]] = [(movement.through, movement.amount)]
        for key, amount, asked in _shares(movement.amount, targets):
            own = [part for part in parts if (part.organization_id, part.account_id) == key]
            shared = allocate(amount, own, named=[*named, *asked])
            allocations += shared.allocations
            moves += [(each.part.book, -each.amount) for each in shared.allocations]
            moves.append((Book.advances(*key), -shared.rest))
        await self._post(movement, PostingKind.PAYMENT, moves, allocations)

    async def give_back(self, movement: Movement) -> None:
        """Take back from advances what can be, and then from the debts that were paid last."""
        settled = await self._payments.settled(movement.payment.id)
        credited = await self._payments.credited(movement.payment.id)
        moves: list[tuple[Book, Money]] = []
        left = movement.amount
        for key, amount in credited.items():
            paid = total(part.outstanding for part in settled if _key(part) == key)
            taken = min(left, amount - paid)
            moves.append((Book.advances(*key), taken))
            left -= taken
        returned = allocate_back(left, settled)
        moves += [(each.part.book, -each.amount) for each in returned]
        moves.append((movement.through, -movement.amount))
        if await self._post(movement, PostingKind.REFUND, moves, returned):
            await self._even_out(credited, movement.effective_on)

    async def _even_out(self, keys: Iterable[Key], on: date) -> None:
        """Let what these advances had paid be owed again: no customer's advance is below zero.

        The accounts are locked, so nobody else holds or wants their books.
        """
        for key in sorted(keys):
            await self._advances.even_out(key, on=on, now=self._now)

    async def _post(
        self,
        movement: Movement,
        kind: PostingKind,
        moves: Sequence[tuple[Book, Money]],
        allocations: Sequence[Allocation],
    ) -> bool:
        """Write a movement once, and tell whether it was not there yet."""
        payment = movement.payment
        document = Document(DocumentType.PAYMENT, payment.id, str(payment.id))
        posting = Posting.of(
            SOURCE, movement.key, kind, movement.effective_on, *moves, document=document
        )
        if not await self._ledger.post(posting, now=self._now):
            return False
        await self._invoices.mark_paid(allocations, transaction_id=posting.id)
        await self._payments.add_posting(payment.id, posting.id)
        return True


def allocate_back(amount: Money, settled: Sequence[OpenPart]) -> list[Allocation]:
    """Return what is owed again, as negative allocations, in the order given."""
    returned = []
    for part in settled:
        taken = min(amount, part.outstanding)
        if taken > ZERO:
            returned.append(Allocation(part, -taken))
            amount -= taken
    return returned


def _shares(amount: Money, targets: Sequence[PaymentTarget]) -> list[tuple[Key, Money, list[UUID]]]:
    """Return how much of what came is for each account, and which invoices were named there.

    If less has come than was asked for, the last accounts get less; more never comes.
    """
    shares: dict[Key, tuple[Money, list[UUID]]] = {}
    for target in targets:
        taken = min(amount, target.amount)
        amount -= taken
        before, named = shares.get(_key(target), (ZERO, []))
        more = [target.invoice_id] if target.invoice_id else []
        shares[_key(target)] = (before + taken, named + more)
    return [(key, share, named) for key, (share, named) in shares.items() if share]


def _key(of: PaymentTarget | OpenPart) -> Key:
    if isinstance(of, PaymentTarget):
        return of.account_organization_id, of.account_id
    return of.organization_id, of.account_id
