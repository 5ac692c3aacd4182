"""Whose money it is: the rules in their order, and what is no number of ours."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.money import Money
from app.models.payments.bank_line import BankLine, Counterparty
from app.models.payments.matching.clues import clues, normalized, numbers_in
from app.models.payments.matching.rules import (
    Known,
    KnownAccount,
    KnownInvoice,
    Match,
    Rule,
    match,
)

ORGANIZATION, ACCOUNT = UUID(int=1), UUID(int=2)
OWN = KnownAccount(ACCOUNT, ORGANIZATION, "1234567890", "12345678")
OTHER = KnownAccount(UUID(int=3), ORGANIZATION, "5555555555", "12345678")
FOREIGN = KnownAccount(UUID(int=4), UUID(int=5), "7777777777", "87654321")
CASES = settings(max_examples=300, deadline=None, derandomize=True)
PRINTED = (
    "о/р 1234567890, рах. 2026-10-000123 від 31.10.2026, розподіл е/е за 10.2026, "
    "у т.ч. ПДВ 540.01 грн"
)


def invoice(
    number: str = "2026-10-000123", *, account: KnownAccount = OWN, kopiykas: int = 324005
) -> KnownInvoice:
    place = UUID(int=int("".join(each for each in number if each.isdigit())))
    return KnownInvoice(place, number, account, Money(kopiykas), date(2026, 11, 10))


def line(
    purpose: str = PRINTED,
    *,
    kopiykas: int = 324005,
    tax_id: str | None = "12345678",
    reference: str | None = None,
) -> BankLine:
    return BankLine(
        iban="UA906543210000000260323012024",
        bank_ref="1",
        booked_on=date(2026, 11, 24),
        amount=Money(kopiykas),
        other=Counterparty("ТОВ Клієнт", tax_id),
        purpose=purpose,
        reference=reference,
    )


def matched(of: BankLine, known: Known) -> Match:
    return match(of, clues(of), known)


@pytest.mark.parametrize(
    ("purpose", "numbers"),
    [
        (PRINTED, ("1234567890", "2026-10-000123")),
        ("О/Р №1234567890", ("1234567890",)),
        ("ос.рах.1234567890; рах №2026–10–000123", ("1234567890", "2026-10-000123")),
        ("рах. 2026 - 10 - 000123", ("2026-10-000123",)),
        ("о/р 1234 567 890", ("1234", "1234567890")),
        ("Рахунок АА15678-679", ("AA15678-679",)),
        ("Рахунок AА15678-679", ("AA15678-679",)),
        ("за 24.11.2026, 24.11.26, 10.2026 та 2026-11-24", ()),
        ("сума 1 234.50 у т.ч. ПДВ 205,75 грн", ()),
        ("договір № 1234567890 від 01.01.2020", ()),
        ("дог.1234567890", ()),
        ("ЄДРПОУ 12345678, код 41946011, МФО 305299", ()),
        ("на UA906543210000000260323012024", ()),
        ("", ()),
        ("за світло", ()),
    ],
)
def test_numbers_are_found_and_what_is_none_is_left_out(
    purpose: str, numbers: tuple[str, ...]
) -> None:
    found = numbers_in(purpose)

    assert set(numbers) <= set(found)
    assert {each for each in found if len(each) >= 8} == {
        each for each in numbers if len(each) >= 8
    }


def test_letters_that_look_alike_are_one() -> None:
    assert normalized("рах. № АВЕКМНОРСТУХІ") == normalized("рaх. № ABEKMHOPCTYXI")


@CASES
@given(st.text(max_size=420))
def test_any_purpose_is_read_within_the_bound(purpose: str) -> None:
    found = numbers_in(purpose)

    assert len(found) <= 30
    assert len(set(found)) == len(found)
    assert normalized(normalized(purpose)) == normalized(purpose)


@CASES
@given(st.integers(2020, 2099), st.integers(1, 12), st.integers(1, 999_999), st.sampled_from("-–—"))
def test_our_own_purposes_are_always_found(year: int, month: int, serial: int, dash: str) -> None:
    number = f"{year}-{month:02}-{serial:06}"
    typed = number.replace("-", dash)
    purpose = f"Оплата рах. {typed} від 31.{month:02}.{year}, у т.ч. ПДВ {serial}.01 грн"

    assert number in numbers_in(purpose)


EXACT = Known(invoices=[invoice()], accounts=[OWN])


@pytest.mark.parametrize(
    ("of", "known", "rule", "account"),
    [
        (line(reference="2026-10-000123", tax_id=None), EXACT, Rule.REFERENCE, OWN),
        (line(), EXACT, Rule.INVOICE_EXACT, OWN),
        (line(kopiykas=5), EXACT, Rule.INVOICE, OWN),
        (line(kopiykas=999999), EXACT, Rule.INVOICE, OWN),
        (line("о/р 1234567890"), Known(accounts=[OWN]), Rule.ACCOUNT, OWN),
        (
            line("о/р 1234567890 та 5555555555"),
            Known(accounts=[OWN, OTHER]),
            Rule.THIRD_PARTY,
            None,
        ),
        (line("за світло"), Known(alias=OWN), Rule.ALIAS, OWN),
        (
            line(tax_id="87654321"),
            Known(invoices=[invoice()], alias=FOREIGN),
            Rule.THIRD_PARTY,
            None,
        ),
        (line("?"), Known(open_of_payer=[invoice()]), Rule.PAYER_EXACT, OWN),
        (line("?"), Known(of_payer=[OWN]), Rule.PAYER, OWN),
        (line("?"), Known(of_payer=[OWN, OTHER]), Rule.NONE, None),
        (line(tax_id="87654321"), EXACT, Rule.THIRD_PARTY, None),
        (line(tax_id=None), EXACT, Rule.THIRD_PARTY, None),
        (line("?", tax_id=None), Known(same_amount=[invoice()]), Rule.AMOUNT, None),
        (line("?", tax_id=None), Known(), Rule.NONE, None),
    ],
)
def test_the_first_rule_that_fits_decides(
    of: BankLine, known: Known, rule: Rule, account: KnownAccount | None
) -> None:
    found = matched(of, known)

    assert (found.rule, found.account) == (rule, account)


@pytest.mark.parametrize("rule", [Rule.PAYER, Rule.THIRD_PARTY, Rule.AMOUNT, Rule.NONE])
def test_what_is_only_likely_waits_for_a_person(rule: Rule) -> None:
    assert not Match(rule, OWN).is_automatic


def test_several_invoices_are_paid_in_the_order_of_the_purpose() -> None:
    first, second = invoice("2026-10-000123"), invoice("2026-09-000077", kopiykas=1000)
    found = matched(
        line("рах. 2026-10-000123, 2026-09-000077", kopiykas=325005),
        Known(invoices=[second, first]),
    )

    assert (found.rule, found.invoices) == (Rule.INVOICE_EXACT, (first, second))


def test_invoices_of_two_accounts_in_one_payment_wait_for_a_person() -> None:
    both = [invoice("2026-10-000123"), invoice("2026-10-000124", account=OTHER)]
    found = matched(line("рах. 2026-10-000123, 2026-10-000124"), Known(invoices=both))

    assert not found.is_automatic
    assert found.candidates == (OWN, OTHER)


def test_what_somebody_else_pays_for_is_kept_as_a_candidate() -> None:
    found = matched(line(tax_id="87654321"), EXACT)

    assert found.candidates == (OWN,)
    assert not found.is_automatic
