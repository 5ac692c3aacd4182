"""How likely the codes are to be guessed (security.md O3): the arithmetic, and what it forbids.

Whoever attacks one phone or account may be wrong `wrong_codes_a_day` times in any 24 hours,
whatever else they do (O2), and every guess hits one of 10^length codes. So in a year of guessing
without a pause the attacker gets in

    wrong_codes_a_day x 365 / 10^length

times, on average: with 10 guesses and 6 digits 0.00365, with 8 digits 0.0000365.
"""

from typing import Final

from app.models.messages.code_challenge import LENGTHS, Purpose

DAYS: Final = 365
MOST_TAKEOVERS: Final = 0.005
"""Expected in a year for each phone or account that is attacked all year long."""


class CodesTooShort(ValueError):
    """The codes would be guessed more often than we accept."""


def expected_takeovers(purpose: Purpose, *, wrong_codes_a_day: int) -> float:
    """Return how often, in a year, an attacker who never rests guesses a code."""
    return float(wrong_codes_a_day * DAYS / 10 ** LENGTHS[purpose])


def require_long_codes(*, wrong_codes_a_day: int) -> None:
    """Refuse numbers with which codes are guessed too often.

    :raises CodesTooShort: with the arithmetic.
    """
    for purpose in Purpose:
        expected = expected_takeovers(purpose, wrong_codes_a_day=wrong_codes_a_day)
        codes = f"10^{LENGTHS[purpose]} codes ({purpose})"
        if expected > MOST_TAKEOVERS:
            raise CodesTooShort(
                f"{wrong_codes_a_day} wrong codes a day x {DAYS} days / {codes} "
                f"= {expected:.5f} takeovers a year, more than {MOST_TAKEOVERS}"
            )
