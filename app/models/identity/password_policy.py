"""The operator's rule for passwords, and which of its parts a password misses (security.md A1).

Latin letters, at least eight characters with lower case, upper case, digit and symbol: the
published example `Qwer123!` passes. To that we add what attackers try first.

A password is too common when one of these stands in the list of common passwords, whatever its
case:

- the whole password (`letmein`);
- its stem: the password without the digits and symbols at its end (`Qwerty2024!` -> `qwerty`);
- either of them with look-alikes read as letters (`P@ssw0rd1!` -> `password`).

The list holds nothing shorter than five characters, which is why `qwer` of `Qwer123!` is no stem.
"""

import re
import string
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from app.errors import Flaw, Invalid

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 128
EXAMPLE: Final = "Qwer123!"
SYMBOLS: Final = string.punctuation
ALPHABET: Final = frozenset(string.ascii_letters + string.digits + SYMBOLS + " ")

CLASSES: Final = {
    "no_lower_case": frozenset(string.ascii_lowercase),
    "no_upper_case": frozenset(string.ascii_uppercase),
    "no_digit": frozenset(string.digits),
    "no_symbol": frozenset(SYMBOLS),
}
RULES: Final = (
    "too_short",
    "too_long",
    "not_latin",
    *CLASSES,
    "too_common",
    "contains_identifier",
)
"""Every rule's code, in the order in which missed ones are told."""

LOOK_ALIKES: Final = str.maketrans("@4013$5!7", "aaoiessit")
NATIONAL_DIGITS: Final = 9
"""The digits of a Ukrainian phone that stay the same however the number is written."""
NOT_DIGITS: Final = re.compile(r"\D")


class PasswordTooWeak(Invalid):
    """The flaws name every rule that the password misses."""

    code = "password_too_weak"

    def __init__(self, missed: Sequence[str], *, pointer: str) -> None:
        super().__init__(flaws=flaws_of_rules(missed, pointer=pointer))


def flaws_of_rules(missed: Sequence[str], *, pointer: str) -> list[Flaw]:
    """Return a flaw for each rule that the password at a pointer misses."""
    return [Flaw(pointer, rule, {"of": PasswordTooWeak.code}) for rule in missed]


def missed_rules(password: str, *, identifiers: Iterable[str]) -> list[str]:
    """Return the codes of the rules that a password misses; none for a good one.

    `identifiers` are what a stranger may know: the phone, the account number, the tax id.
    """
    present = frozenset(password)
    missed = {code for code, members in CLASSES.items() if not present & members}
    if len(password) < MIN_LENGTH:
        missed.add("too_short")
    if len(password) > MAX_LENGTH:
        missed.add("too_long")
    if not present <= ALPHABET:
        missed.add("not_latin")
    if _is_common(password[:MAX_LENGTH].lower()):
        missed.add("too_common")
    if any(_contains(password, identifier) for identifier in identifiers):
        missed.add("contains_identifier")
    return [code for code in RULES if code in missed]


def _is_common(password: str) -> bool:
    plain = password.translate(LOOK_ALIKES)
    ending = string.digits + SYMBOLS + " "
    stem = password.rstrip(ending)
    # Look-alikes at the end are an ending first: `password1!` is `password`, not `passwordii`.
    candidates = {password, plain, stem, stem.translate(LOOK_ALIKES)}
    return not candidates.isdisjoint(_common_passwords())


def _contains(password: str, identifier: str) -> bool:
    if identifier.startswith("+"):
        # In E.164 or in the national form, with or without separators, the nine digits stay.
        return identifier[-NATIONAL_DIGITS:] in NOT_DIGITS.sub("", password)
    return bool(identifier) and identifier in password


@cache
def _common_passwords() -> frozenset[str]:
    text = (files("app.models.identity") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


def require_strong(
    password: str, *, identifiers: Sequence[str], pointer: str = "/new_password"
) -> None:
    """Let pass a password that keeps every rule.

    :raises PasswordTooWeak: with every rule that it misses.
    """
    if missed := missed_rules(password, identifiers=identifiers):
        raise PasswordTooWeak(missed, pointer=pointer)
