import pytest

from app.models.limits import Limits
from app.models.messages.code_challenge import LENGTHS, Purpose
from app.models.messages.code_risk import MOST_TAKEOVERS, expected_takeovers


@pytest.mark.parametrize("purpose", Purpose)
def test_the_products_own_numbers_are_safe(purpose: Purpose) -> None:
    limits = Limits()
    guesses = max(
        limits.guesses.quota,
        limits.guesses_at_sign_up.quota,
        limits.guesses_at_invitation.quota,
        limits.link_guesses_by_company.quota,
        limits.link_guesses_about_account.quota,
        limits.guesses_without_token.quota,
    )

    assert expected_takeovers(purpose, wrong_codes_a_day=guesses) <= MOST_TAKEOVERS


def test_the_arithmetic_is_that_of_a_year_of_guessing() -> None:
    assert expected_takeovers(Purpose.SIGN_UP, wrong_codes_a_day=10) == pytest.approx(0.00365)
    assert expected_takeovers(Purpose.PASSWORD_RESET, wrong_codes_a_day=10) == pytest.approx(
        3.65e-5
    )
    assert {LENGTHS[purpose] for purpose in Purpose} == {6, 8}
