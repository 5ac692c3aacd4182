"""Which debt a payment settles: a rule without a database, the same for every way to pay."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from app.models.billing.books import Book, ChargeClass
from app.models.money import ZERO, Money

CHARGE_ORDER: Final = {charge: place for place, charge in enumerate(ChargeClass)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPart:
    """What is still owed of one invoice in one class of charge."""

    organization_id: UUID
    account_id: UUID
    invoice_id: UUID
    number: str
    charge: ChargeClass
    due_on: date
    outstanding: Money
    is_planned: bool = False
    """An instalment: its payment stays an advance until the final invoice takes it."""
    is_disputed: bool = False

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        return self.organization_id, self.invoice_id, self.charge.value

    @property
    def book(self) -> Book:
        """The ledger account that a payment of this part credits."""
        if self.is_planned:
            return Book.advances(self.organization_id, self.account_id)
        charge = ChargeClass.DISPUTED if self.is_disputed else self.charge
        return Book.receivable(charge, self.organization_id, self.account_id)


@dataclass(frozen=True, slots=True)
class Allocation:
    part: OpenPart
    amount: Money


@dataclass(frozen=True, slots=True)
class Allocated:
    allocations: Sequence[Allocation]
    rest: Money
    """What no debt takes: it becomes an advance."""


def allocate(
    amount: Money,
    parts: Iterable[OpenPart],
    *,
    named: Sequence[UUID] = (),
    charge: ChargeClass | None = None,
    penalty_first: bool = False,
) -> Allocated:
    """Share a payment out: the invoices named, then the class named, then the oldest due first.

    A disputed debt is skipped. A payment that names something else never pays a penalty. Else a
    penalty comes after what it is for, unless the contract says otherwise (`penalty_first`; the
    Civil Code, article 534, where a contract is silent).

    :param named: ids of invoices, in the payer's order.
    """
    owed = [each for each in parts if each.outstanding > ZERO and not each.is_disputed]
    places = {invoice_id: place for place, invoice_id in enumerate(named)}
    names_debt = bool(named) or charge not in {None, ChargeClass.PENALTY}

    def may_pay(part: OpenPart) -> bool:
        is_penalty = part.charge is ChargeClass.PENALTY
        return part.invoice_id in places or not (is_penalty and names_debt)

    def turn(part: OpenPart) -> tuple[int, bool, bool, date, str, int]:
        is_penalty = part.charge is ChargeClass.PENALTY
        return (
            places.get(part.invoice_id, len(places)),
            charge is not None and part.charge is not charge,
            is_penalty is not penalty_first,
            part.due_on,
            part.number,
            CHARGE_ORDER[part.charge],
        )

    return _taken(amount, sorted(filter(may_pay, owed), key=turn))


def remaining(parts: Iterable[OpenPart], allocations: Iterable[Allocation]) -> list[OpenPart]:
    """Return what of these parts is still owed after a payment."""
    paid = {each.part.key: each.amount for each in allocations}
    return [
        replace(each, outstanding=each.outstanding - paid[each.key]) if each.key in paid else each
        for each in parts
    ]


def _taken(amount: Money, parts: Iterable[OpenPart]) -> Allocated:
    allocations = []
    for part in parts:
        taken = min(amount, part.outstanding)
        if taken > ZERO:
            allocations.append(Allocation(part, taken))
            amount -= taken
    return Allocated(allocations, amount)
