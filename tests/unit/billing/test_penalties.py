"""What paying late comes to, by the vectors of the field's facts."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from app.models.billing.books import ChargeClass
from app.models.billing.penalty import (
    DiscountRateMissing,
    LateInvoice,
    LateRules,
    Moratorium,
    NothingToCharge,
    RateFrom,
    late_charge,
)
from app.models.money import Money

RATES = [RateFrom(date(2026, 1, 1), Decimal("15.5"), "NBU")]
DUE = date(2026, 11, 12)


def late(*settled: tuple[date, Money], charged_until: date | None = None) -> LateInvoice:
    return LateInvoice(
        organization_id=UUID(int=1),
        account_id=UUID(int=2),
        account_number="1234567890",
        invoice_id=UUID(int=3),
        number="2026-10-000123",
        due_on=DUE,
        owed=Money.parse("38287.88"),
        settled=settled,
        charged_until=charged_until,
    )


def test_the_example_of_the_field() -> None:
    charge = late_charge(late(), LateRules(RATES), date(2026, 11, 29))

    assert (str(charge.penalty_sum), str(charge.interest_sum)) == ("552.81", "53.50")
    draft = charge.draft()
    assert (str(draft.net), str(draft.vat), str(draft.total)) == ("606.31", "0.00", "606.31")
    assert draft.parts == {ChargeClass.PENALTY: Money(60631)}
    [penalty, interest] = draft.lines
    assert penalty.basis["stretches"] == [
        {
            "first": "2026-11-13",
            "last": "2026-11-29",
            "days": 17,
            "owed": "38287.88",
            "percent": "31",
        }
    ]
    assert interest.basis["stretches"][0]["percent"] == "3"


def test_the_day_on_which_money_came_is_not_late() -> None:
    paid = (date(2026, 11, 30), Money.parse("38287.88"))

    charge = late_charge(late(paid), LateRules(RATES), date(2026, 12, 31))

    assert (str(charge.penalty_sum), str(charge.interest_sum)) == ("552.81", "53.50")


def test_each_part_and_each_rate_counts_for_its_days() -> None:
    part = (date(2026, 11, 20), Money.parse("18287.88"))
    rates = [*RATES, RateFrom(date(2026, 11, 25), Decimal(15), "NBU")]

    charge = late_charge(late(part), LateRules(rates), date(2026, 11, 29))

    assert [(each.days, str(each.owed), each.percent) for each in charge.penalty] == [
        (7, "38287.88", Decimal(31)),
        (5, "20000.00", Decimal(31)),
        (5, "20000.00", Decimal(30)),
    ]
    assert str(charge.penalty_sum) == "394.75"


def test_days_that_an_act_leaves_free_cost_nothing() -> None:
    free = [Moratorium(date(2026, 11, 15), date(2026, 11, 19), "law")]

    charge = late_charge(late(), LateRules(RATES, free), date(2026, 11, 29))

    assert [each.days for each in charge.penalty] == [2, 10]
    assert [each.days for each in charge.interest] == [2, 10]
    forever = [Moratorium(date(2022, 2, 24), None, "law")]
    with pytest.raises(NothingToCharge):
        late_charge(late(), LateRules(RATES, forever), date(2026, 11, 29)).draft()


def test_what_is_charged_is_not_charged_again() -> None:
    first = late_charge(late(), LateRules(RATES), date(2026, 11, 20))
    then = late(charged_until=date(2026, 11, 20))
    second = late_charge(then, LateRules(RATES), date(2026, 11, 29))

    assert [each.days for each in (*first.penalty, *second.penalty)] == [8, 9]
    with pytest.raises(NothingToCharge):
        late_charge(then, LateRules(RATES), date(2026, 11, 20)).draft()


def test_a_penalty_runs_for_a_year_and_interest_for_three() -> None:
    charge = late_charge(late(), LateRules(RATES), date(2030, 11, 12))

    assert sum(each.days for each in charge.penalty) == 365
    assert sum(each.days for each in charge.interest) == 1095


def test_a_day_whose_rate_nobody_knows_is_refused() -> None:
    rules = LateRules([RateFrom(date(2026, 11, 20), Decimal(15), "NBU")])

    with pytest.raises(DiscountRateMissing):
        late_charge(late(), rules, date(2026, 11, 29))
