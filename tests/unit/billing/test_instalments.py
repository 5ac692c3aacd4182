"""When an instalment is issued, and what it asks for."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from app.models.billing.energy_charges import Price, Tariffs
from app.models.billing.instalment import Instalment, due_instalments, next_issue
from app.models.billing.payment_terms import PaymentForm
from app.models.billing.planned_charges import (
    PlannedPoint,
    PlanSource,
    PlanUnknown,
    planned_draft,
)
from app.models.money import Money
from app.models.period import Period

TARIFFS = Tariffs([Price(2, Decimal("2752.18"), date(2026, 4, 1), "act 1")])
OCTOBER = date(2026, 10, 1)


def instalment(position: int, day: int, **more: object) -> Instalment:
    amount = more.pop("amount", None)
    return Instalment(
        organization_id=UUID(int=1),
        account_id=UUID(int=2),
        position=position,
        since=more.pop("since", OCTOBER),
        day_of_month=day,
        percent=None if amount else Decimal(str(more.pop("percent", "50"))),
        amount=amount,
        due_days=5,
    )


def due(form: PaymentForm, day: date, *rows: Instalment) -> list[tuple[str, int]]:
    found = due_instalments(rows, form, day)
    return [(str(each.period), each.instalment.position) for each in found]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 30), []),
        (date(2026, 10, 4), []),
        (date(2026, 10, 5), [("2026-10", 1)]),
        (date(2026, 10, 31), [("2026-10", 1), ("2026-10", 2)]),
        (date(2026, 11, 1), []),
        # A month of 30 days: the 31st is its last.
        (date(2026, 11, 30), [("2026-11", 1), ("2026-11", 2)]),
    ],
)
def test_an_instalment_of_a_plan_is_due_within_its_month(
    day: date, expected: list[tuple[str, int]]
) -> None:
    assert due(PaymentForm.PLANNED, day, instalment(1, 5), instalment(2, 31)) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 8, 31), []),
        (date(2026, 9, 20), [("2026-10", 1)]),
        (date(2026, 10, 1), [("2026-10", 1)]),
        (date(2026, 10, 20), [("2026-10", 1), ("2026-11", 1)]),
    ],
)
def test_a_prepayment_is_due_in_the_month_before(
    day: date, expected: list[tuple[str, int]]
) -> None:
    assert due(PaymentForm.PREPAYMENT, day, instalment(1, 20)) == expected


def test_who_pays_by_actual_volume_has_no_instalments() -> None:
    assert due(PaymentForm.ACTUAL, date(2026, 10, 31), instalment(1, 5)) == []
    assert next_issue(instalment(1, 5), PaymentForm.ACTUAL, OCTOBER) is None


@pytest.mark.parametrize(
    ("form", "day", "expected"),
    [
        (PaymentForm.PLANNED, date(2026, 10, 4), (Period(2026, 10), date(2026, 10, 5))),
        (PaymentForm.PLANNED, date(2026, 10, 5), (Period(2026, 11), date(2026, 11, 5))),
        (PaymentForm.PREPAYMENT, date(2026, 10, 5), (Period(2026, 12), date(2026, 11, 5))),
        (PaymentForm.PREPAYMENT, date(2026, 10, 4), (Period(2026, 11), date(2026, 10, 5))),
        (PaymentForm.PLANNED, date(2026, 1, 1), (Period(2026, 10), date(2026, 10, 5))),
    ],
)
def test_the_next_day_is_told(form: PaymentForm, day: date, expected: tuple[Period, date]) -> None:
    assert next_issue(instalment(1, 5), form, day) == expected


@pytest.mark.parametrize(
    ("kopiykas", "net", "vat"),
    [(10_000_000, 8333333, 1666667), (100_000, 83333, 16667), (100_005, 83337, 16668), (3, 2, 1)],
)
def test_a_fixed_sum_is_asked_for_to_the_kopiyka(kopiykas: int, net: int, vat: int) -> None:
    [one] = due_instalments(
        [instalment(1, 5, amount=Money(kopiykas))], PaymentForm.PLANNED, date(2026, 10, 5)
    )

    drafted = planned_draft(one, None, TARIFFS)

    assert (drafted.net, drafted.vat) == (Money(net), Money(vat))
    assert drafted.total == Money(kopiykas)
    assert sum(each.kopiykas for each in drafted.parts.values()) == kopiykas


def test_a_part_of_the_plan_is_asked_for_at_the_months_tariff() -> None:
    points = [
        PlannedPoint(eic="A", voltage_class=2, kwh=12481, source=PlanSource.DECLARED),
        PlannedPoint(eic="B", voltage_class=2, kwh=0, source=PlanSource.LAST_YEAR),
    ]
    [one] = due_instalments([instalment(1, 5)], PaymentForm.PLANNED, date(2026, 10, 5))

    drafted = planned_draft(one, points, TARIFFS)

    [line] = drafted.lines
    assert (line.quantity, str(line.net)) == (Decimal("6240.500"), "17174.98")
    assert line.basis["source"] == "declared"


@pytest.mark.parametrize("points", [None, []])
def test_what_nobody_has_planned_is_not_asked_for(points: list[PlannedPoint] | None) -> None:
    [one] = due_instalments([instalment(1, 5)], PaymentForm.PLANNED, date(2026, 10, 5))

    with pytest.raises(PlanUnknown):
        planned_draft(one, points, TARIFFS)
