"""Money of a payment in the ledger: set against debts when it comes, taken back when it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.database import Transaction
from app.models.billing.allocation import Allocation, OpenPart, allocate, remaining
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money that came, and what it is for."""

    movement: Movement
    targets: Sequence[PaymentTarget]
    named: Sequence[UUID] = ()
    """Invoices to be paid before those of the targets."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Which books a movement moves, and which debts it settles."""

    movement: Movement
    moves: Sequence[tuple[Book, Money]]
    allocations: Sequence[Allocation]

    def posting(self, kind: PostingKind) -> Posting:
        payment_id, movement = self.movement.payment.id, self.movement
        document = Document(DocumentType.PAYMENT, payment_id, str(payment_id))
        return Posting.of(
            SOURCE, movement.key, kind, movement.effective_on, *self.moves, document=document
        )


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

    async def receive(self, *receipts: Receipt) -> None:
        """Set what came against the debts it is for; what no debt takes is an advance.

        One receipt after another: a debt that the first has paid is not there for the second.
        """
        keys = {_key(target) for each in receipts for target in each.targets}
        owed: dict[Key, list[OpenPart]] = {key: [] for key in keys}
        for part in await self._invoices.open_parts(keys):
            owed[_key(part)].append(part)
        await self._post(PostingKind.PAYMENT, [_settled(each, owed) for each in receipts])

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
        moved = Moved(movement, moves, returned)
        if await self._post(PostingKind.REFUND, [moved]):
            await self._even_out(credited, movement.effective_on)

    async def _even_out(self, keys: Iterable[Key], on: date) -> None:
        """Let what these advances had paid be owed again: no customer's advance is below zero.

        The accounts are locked, so nobody else holds or wants their books.
        """
        for key in sorted(keys):
            await self._advances.even_out(key, on=on, now=self._now)

    async def _post(self, kind: PostingKind, moved: Sequence[Moved]) -> bool:
        """Write movements once, and tell whether any was not there yet."""
        postings = [each.posting(kind) for each in moved]
        made_by = {posting.id: each for posting, each in zip(postings, moved, strict=True)}
        fresh = [each.id for each in await self._ledger.post(*postings, now=self._now)]
        await self._invoices.mark_all_paid([(id_, made_by[id_].allocations) for id_ in fresh])
        await self._payments.add_postings(
            [(made_by[id_].movement.payment.id, id_) for id_ in fresh]
        )
        return bool(fresh)


def _settled(receipt: Receipt, owed: dict[Key, list[OpenPart]]) -> Moved:
    """Return what a receipt settles, and take it off what is owed."""
    movement = receipt.movement
    allocations: list[Allocation] = []
    moves: list[tuple[Book, Money]] = [(movement.through, movement.amount)]
    for key, amount, asked in _shares(movement.amount, receipt.targets):
        shared = allocate(amount, owed[key], named=[*receipt.named, *asked])
        owed[key] = remaining(owed[key], shared.allocations)
        allocations += shared.allocations
        moves += [(each.part.book, -each.amount) for each in shared.allocations]
        moves.append((Book.advances(*key), -shared.rest))
    return Moved(movement, moves, allocations)


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
