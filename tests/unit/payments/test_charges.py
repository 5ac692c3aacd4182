"""What reports of the acquirer do to a payment, in whatever order they come."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from app.models.money import Money
from app.models.payments.acquiring import Charge, ChargeStatus
from app.models.payments.charges import PaymentMismatched, change_of, require_fit
from app.models.payments.payment import (
    POLLED_FOR,
    Payment,
    PaymentMethod,
    PaymentStatus,
    next_poll,
)

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
ID = UUID(int=7)


def payment(status: PaymentStatus = PaymentStatus.CREATED) -> Payment:
    return Payment(
        organization_id=UUID(int=1),
        id=ID,
        method=PaymentMethod.CARD.value,
        amount=Money(4200),
        received=Money(0),
        status=status.value,
        provider_ref="p2_1",
        modified_at=None,
    )


def charge(
    status: ChargeStatus = ChargeStatus.SUCCEEDED,
    *,
    second: int = 1,
    received: int | None = None,
    amount: int = 4200,
    currency: int = 980,
    reference: str | None = str(ID),
    provider_ref: str = "p2_1",
) -> Charge:
    paid = 4200 if status is ChargeStatus.SUCCEEDED else 0
    return Charge(
        provider_ref=provider_ref,
        reference=reference,
        status=status,
        amount=Money(amount),
        currency=currency,
        received=Money(paid if received is None else received),
        modified_at=NOW + timedelta(seconds=second),
    )


def applied(to: Payment, *charges: Charge) -> Payment:
    for each in charges:
        change = change_of(to, each)
        if change:
            to.status, to.received = change.status.value, change.received
            to.modified_at = change.modified_at
    return to


@pytest.mark.parametrize(
    "wrong",
    [
        charge(amount=4201),
        charge(currency=840),
        charge(reference="another"),
        charge(reference=None),
        charge(provider_ref="p2_2"),
        charge(received=4201),
    ],
)
def test_a_report_about_something_else_is_refused(wrong: Charge) -> None:
    with pytest.raises(PaymentMismatched):
        require_fit(payment(), wrong)
    require_fit(payment(), charge())


LIFE = (
    charge(ChargeStatus.CREATED, second=0),
    charge(ChargeStatus.PROCESSING, second=1),
    charge(ChargeStatus.SUCCEEDED, second=2),
    charge(ChargeStatus.SUCCEEDED, second=3, received=1000),
)


@pytest.mark.parametrize("order", list(permutations(LIFE)))
def test_reports_in_any_order_end_in_one_state(order: tuple[Charge, ...]) -> None:
    found = applied(payment(), *order, *order)

    assert (found.state, found.received) == (PaymentStatus.PARTIALLY_REFUNDED, Money(1000))


@pytest.mark.parametrize("order", list(permutations(LIFE[:3])))
def test_reports_of_one_second_end_in_the_state_that_is_furthest(
    order: tuple[Charge, ...],
) -> None:
    same = [charge(each.status, second=1) for each in order]

    assert applied(payment(), *same).state is PaymentStatus.SUCCEEDED


def test_a_report_that_is_repeated_changes_nothing() -> None:
    paid = applied(payment(), charge())

    assert change_of(paid, charge()) is None
    assert change_of(paid, charge(second=9)) is None


@pytest.mark.parametrize(
    "status", [PaymentStatus.FAILED, PaymentStatus.EXPIRED, PaymentStatus.CANCELLED]
)
def test_money_that_came_counts_whatever_we_thought(status: PaymentStatus) -> None:
    found = applied(payment(status), charge())

    assert (found.state, found.received) == (PaymentStatus.SUCCEEDED, Money(4200))


@pytest.mark.parametrize("status", [PaymentStatus.EXPIRED, PaymentStatus.CANCELLED])
def test_a_page_that_was_closed_is_not_opened_again(status: PaymentStatus) -> None:
    closed = applied(payment(), charge(ChargeStatus.EXPIRED))
    closed.status = status.value

    assert change_of(closed, charge(ChargeStatus.PROCESSING, second=5)) is None


def test_a_card_that_was_declined_may_be_followed_by_another() -> None:
    failed = applied(payment(), charge(ChargeStatus.FAILED))
    assert failed.state is PaymentStatus.FAILED

    assert applied(failed, charge(second=2)).state is PaymentStatus.SUCCEEDED


def test_what_was_paid_is_never_unpaid_only_given_back() -> None:
    paid = applied(payment(), charge())

    assert change_of(paid, charge(ChargeStatus.FAILED, second=9)) is None
    assert change_of(paid, charge(ChargeStatus.EXPIRED, second=9)) is None
    back = applied(paid, charge(ChargeStatus.REVERSED, second=10))
    assert (back.state, back.received) == (PaymentStatus.REFUNDED, Money(0))


def test_a_word_that_we_do_not_know_changes_nothing() -> None:
    assert change_of(payment(), charge(ChargeStatus.UNKNOWN)) is None


def test_the_acquirer_is_asked_more_rarely_and_not_for_ever() -> None:
    expires, waits, now = NOW + timedelta(hours=1), [], NOW
    for polls in range(100):
        at = next_poll(polls=polls, now=now, expires_at=expires)
        if at is None:
            break
        waits.append((at - now).total_seconds() / 60)
        now = at

    assert waits[:5] == [1, 5, 15, 60, 60]
    assert now <= expires + POLLED_FOR
    assert len(waits) < 30
