"""The worked example of the field's facts, to the kopiyka."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from app.models.billing.books import Book, BookKind, ChargeClass
from app.models.billing.draft import Draft, DraftLine
from app.models.billing.energy_charges import (
    PointEnergy,
    Price,
    TariffChangesWithinMonth,
    TariffMissing,
    Tariffs,
    distribution_line,
)
from app.models.billing.invoice import InvoiceKind
from app.models.billing.payment_terms import due_on
from app.models.billing.posting import Document, DocumentType
from app.models.billing.reactive import (
    ReactiveInputs,
    Surcharge,
    is_charged,
    reactive_fee,
    reactive_line,
)
from app.models.money import Money, vat_of_line
from app.models.period import Period

ORGANIZATION, ACCOUNT, INVOICE = UUID(int=1), UUID(int=2), UUID(int=3)
OCTOBER = Period(2026, 10)
TARIFFS = Tariffs(
    [
        Price(1, Decimal("488.10"), date(2026, 4, 1), "act 1"),
        Price(2, Decimal("2752.18"), date(2026, 4, 1), "act 1"),
        Price(2, Decimal("2746.96"), date(2026, 1, 1), "act 0"),
        Price(2, Decimal(9999), date(2026, 11, 1), "act 2"),
    ]
)
INPUTS = ReactiveInputs(
    active_kwh=Decimal(250000),
    consumed_kvarh=Decimal(1850),
    generated_kvarh=Decimal(120),
    equivalent=Decimal("0.0195"),
    price=Decimal("5.43210"),
)


def point(eic: str, kwh: int, voltage_class: int = 2) -> PointEnergy:
    return PointEnergy(eic=eic, voltage_class=voltage_class, kwh=kwh, is_estimated=False, version=1)


def line(eic: str, kwh: int, voltage_class: int = 2) -> DraftLine:
    made = distribution_line(point(eic, kwh, voltage_class), TARIFFS, OCTOBER)
    assert made is not None
    return made


def draft(*lines: DraftLine, kind: InvoiceKind = InvoiceKind.FINAL) -> Draft:
    return Draft(issue_key="1", kind=kind, period=OCTOBER, lines=lines)


@pytest.fixture
def example() -> Draft:
    return draft(
        line("A", 12480), line("B", 3137), line("C", 250000, 1), reactive_line("C", INPUTS)
    )


def test_the_worked_example_comes_out_to_the_kopiyka(example: Draft) -> None:
    assert [str(each.net) for each in example.lines] == [
        "34347.21",
        "8633.59",
        "122025.00",
        "234.10",
    ]
    assert [str(vat_of_line(each.net, example.vat_rate)) for each in example.lines] == [
        "6869.442000",
        "1726.718000",
        "24405.000000",
        "46.820000",
    ]
    assert (str(example.net), str(example.vat)) == ("165239.90", "33047.98")
    assert str(example.total) == "198287.88"
    paid = Money.parse("100000.00") + Money.parse("60000.00")
    assert str(example.total - paid) == "38287.88"


def test_lines_and_parts_add_up_to_the_document(example: Draft) -> None:
    assert sum(each.kopiykas for each in example.line_vats) == example.vat.kopiykas
    assert sum(each.kopiykas for each in example.parts.values()) == example.total.kopiykas
    assert example.parts[ChargeClass.REACTIVE] == Money.parse("280.92")


def test_issuing_makes_a_debt_of_each_class_and_earns_revenue_and_vat(example: Draft) -> None:
    document = Document(DocumentType.INVOICE, INVOICE, "2026-10-000001")
    posting = example.posting(ORGANIZATION, ACCOUNT, document=document, issued_on=date(2026, 11, 5))

    assert posting is not None
    assert {(book.kind, book.name): str(amount) for book, amount in posting.amounts.items()} == {
        (BookKind.RECEIVABLE_DISTRIBUTION, ""): "198006.96",
        (BookKind.RECEIVABLE_REACTIVE, ""): "280.92",
        (BookKind.REVENUE, "distribution"): "-165005.80",
        (BookKind.REVENUE, "reactive"): "-234.10",
        (BookKind.VAT, ""): "-33047.98",
    }


def test_an_instalment_earns_nothing_yet() -> None:
    document = Document(DocumentType.INVOICE, INVOICE, "1")

    assert (
        draft(line("A", 1), kind=InvoiceKind.PLANNED).posting(
            ORGANIZATION, ACCOUNT, document=document, issued_on=date(2026, 11, 5)
        )
        is None
    )


def test_a_correction_bills_the_difference_at_the_months_own_price() -> None:
    made = distribution_line(point("A", 12000), TARIFFS, OCTOBER, billed_kwh=12480)

    assert made is not None
    assert (made.quantity, made.price) == (Decimal(-480), Decimal("2.75218"))
    corrective = draft(made, kind=InvoiceKind.CORRECTIVE)
    assert (str(corrective.net), str(corrective.vat)) == ("-1321.05", "-264.21")
    posting = corrective.posting(
        ORGANIZATION,
        ACCOUNT,
        document=Document(DocumentType.INVOICE, INVOICE, "1"),
        issued_on=date(2026, 11, 5),
    )
    assert posting is not None
    owed = Book.receivable(ChargeClass.DISTRIBUTION, ORGANIZATION, ACCOUNT)
    assert posting.amounts[owed] == Money.parse("-1585.26")


def test_nothing_new_makes_no_line() -> None:
    assert distribution_line(point("A", 7), TARIFFS, OCTOBER, billed_kwh=7) is None


def test_a_month_without_a_tariff_is_refused() -> None:
    with pytest.raises(TariffMissing):
        TARIFFS.of(1, Period(2026, 3))


def test_a_tariff_that_begins_within_the_month_is_refused() -> None:
    tariffs = Tariffs(
        [
            Price(2, Decimal(1), date(2026, 1, 1), "act"),
            Price(2, Decimal(2), date(2026, 10, 15), "act"),
        ]
    )

    with pytest.raises(TariffChangesWithinMonth):
        tariffs.of(2, OCTOBER)
    assert tariffs.of(2, Period(2026, 11)).uah_per_mwh == 2


def test_reactive_energy_that_is_given_back_weighs_three_times() -> None:
    fee = reactive_fee(INPUTS)

    assert (str(fee.basic), str(fee.surcharge), fee.tg_phi) == (
        "234.10",
        "0.00",
        Decimal("0.0074"),
    )
    assert reactive_line("C", INPUTS).basis["equivalent"] == "0.0195"


def test_too_little_compensation_costs_more() -> None:
    table = [Surcharge(Decimal("0.5"), Decimal(2)), Surcharge(Decimal("0.007"), Decimal("1.5"))]

    assert str(reactive_fee(INPUTS, table).surcharge) == "97.98"


@pytest.mark.parametrize(
    ("power", "charged"), [(None, False), ("49.999", False), ("50", True), ("100", True)]
)
def test_small_customers_pay_no_reactive_energy(power: str | None, *, charged: bool) -> None:
    assert is_charged(None if power is None else Decimal(power)) is charged


@pytest.mark.parametrize(
    ("issued", "days", "due"),
    [
        ("2026-11-05", 5, "2026-11-12"),
        ("2026-11-06", 1, "2026-11-09"),
        ("2026-11-07", 1, "2026-11-09"),
    ],
)
def test_an_invoice_is_due_in_working_days(issued: str, days: int, due: str) -> None:
    assert due_on(date.fromisoformat(issued), days) == date.fromisoformat(due)
