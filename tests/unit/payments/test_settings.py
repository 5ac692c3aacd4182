"""What an operator may say about being paid, and what is refused when the product starts."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.models.payments.settings import PaymentSettings
from app.models.payments.slip import Recipient
from app.renderings.papers.parties import operator_facts
from tests.steps.payments.papers import CHOSEN

BUTTON = "sense=https://bank.example/qr/{payload}"


def chosen(**settings: Any) -> PaymentSettings:
    return TypeAdapter(PaymentSettings).validate_python(settings)


def test_more_banks_stand_beside_those_that_are_known() -> None:
    buttons = chosen(bank_buttons=f"{BUTTON} privat24=p24business://qr/{{payload}}").buttons

    assert buttons == {
        "privat24": "p24business://qr/{payload}",
        "monobank": "https://mbnk.app/qr/{payload}",
        "sense": "https://bank.example/qr/{payload}",
    }


@pytest.mark.parametrize(
    "said",
    [
        {"bank_buttons": "sense"},
        {"bank_buttons": "sense=https://bank.example/qr/"},
        {"bank_buttons": "sense=https://bank.example/{payload}/{payload}"},
        {"bank_buttons": " ".join([BUTTON] * 21)},
        {"recipient_vat_number": "12345678901"},
        {"recipient_vat_number": "UA1234567890"},
    ],
)
def test_what_is_mistyped_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        chosen(**said)


def test_papers_name_the_number_of_the_payer_of_vat() -> None:
    named = replace(CHOSEN, recipient_vat_number="419460126552")

    assert operator_facts(Recipient.of(named))["vat_number"] == "419460126552"
    assert operator_facts(Recipient.of(CHOSEN))["vat_number"] == ""
