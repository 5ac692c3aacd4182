from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.billing.allocation import Allocated, OpenPart, allocate
from app.models.billing.books import BookKind, ChargeClass
from app.models.money import ZERO, Money, total

repeatably = settings(derandomize=True, database=None, deadline=None)


def part(
    invoice: int,
    outstanding: int,
    *,
    due: int = 10,
    charge: ChargeClass = ChargeClass.DISTRIBUTION,
    is_disputed: bool = False,
    is_planned: bool = False,
) -> OpenPart:
    return OpenPart(
        organization_id=UUID(int=1),
        account_id=UUID(int=2),
        invoice_id=UUID(int=invoice),
        number=f"2026-10-{invoice:06}",
        charge=charge,
        due_on=date(2026, 11, due),
        outstanding=Money(outstanding),
        is_disputed=is_disputed,
        is_planned=is_planned,
    )


def paid(allocated: Allocated) -> list[tuple[int, int]]:
    return [(each.part.invoice_id.int, each.amount.kopiykas) for each in allocated.allocations]


PENALTY = ChargeClass.PENALTY
REACTIVE = ChargeClass.REACTIVE
DEBTS = [
    part(1, 100, due=20),
    part(2, 100, due=10),
    part(3, 100, due=15, charge=REACTIVE),
    part(4, 100, due=1, charge=PENALTY),
    part(5, 100, due=1, is_disputed=True),
]


def test_the_oldest_due_is_paid_first_and_the_rest_becomes_an_advance() -> None:
    allocated = allocate(Money(1000), DEBTS)

    assert paid(allocated) == [(2, 100), (3, 100), (1, 100), (4, 100)]
    assert allocated.rest == Money(600)


def test_an_invoice_that_is_named_comes_first_and_no_penalty_is_paid_with_it() -> None:
    allocated = allocate(Money(1000), DEBTS, named=[UUID(int=1)])

    assert paid(allocated) == [(1, 100), (2, 100), (3, 100)]
    assert allocated.rest == Money(700)


def test_invoices_are_paid_in_the_order_in_which_they_are_named() -> None:
    assert paid(allocate(Money(150), DEBTS, named=[UUID(int=3), UUID(int=1)])) == [
        (3, 100),
        (1, 50),
    ]


def test_a_class_that_is_named_comes_first() -> None:
    assert paid(allocate(Money(150), DEBTS, charge=REACTIVE)) == [(3, 100), (2, 50)]


def test_a_penalty_that_is_named_is_paid() -> None:
    assert paid(allocate(Money(50), DEBTS, named=[UUID(int=4)])) == [(4, 50)]
    assert paid(allocate(Money(50), DEBTS, charge=PENALTY)) == [(4, 50)]


def test_a_contract_may_put_the_penalty_first() -> None:
    assert paid(allocate(Money(150), DEBTS, penalty_first=True)) == [(4, 100), (2, 50)]


def test_disputed_debt_is_never_paid_by_itself_not_even_named() -> None:
    allocated = allocate(Money(100), [part(5, 100, is_disputed=True)], named=[UUID(int=5)])

    assert paid(allocated) == []
    assert allocated.rest == Money(100)


def test_an_instalment_is_kept_as_an_advance() -> None:
    assert part(1, 1, is_planned=True).book.kind is BookKind.ADVANCES
    assert part(1, 1).book.kind is BookKind.RECEIVABLE_DISTRIBUTION


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_pays_nothing(amount: int) -> None:
    assert allocate(Money(amount), DEBTS) == Allocated([], Money(amount))


@repeatably
@given(
    st.integers(0, 10_000),
    st.lists(
        st.builds(
            part,
            st.integers(1, 9),
            st.integers(-50, 500),
            due=st.integers(1, 30),
            charge=st.sampled_from(ChargeClass),
            is_disputed=st.booleans(),
        ),
        max_size=12,
    ),
    st.lists(st.builds(UUID, int=st.integers(1, 9)), max_size=3),
    st.sampled_from([None, *ChargeClass]),
)
def test_every_kopiyka_stands_once(
    amount: int, parts: list[OpenPart], named: list[UUID], charge: ChargeClass | None
) -> None:
    allocated = allocate(Money(amount), parts, named=named, charge=charge)

    assert total(each.amount for each in allocated.allocations) + allocated.rest == Money(amount)
    for each in allocated.allocations:
        assert ZERO < each.amount <= each.part.outstanding
        assert not each.part.is_disputed
    assert len({id(each.part) for each in allocated.allocations}) == len(allocated.allocations)
