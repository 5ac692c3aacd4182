"""The names that people sign in with, and the members they may mean."""

from dataclasses import dataclass, replace
from typing import Final, Self

from app.identifiers import AccountNumbers
from app.models.identity.member import Member
from app.models.limits.devices import KnownDevice

NOBODYS: Final = ""
"""An account number that no account has."""
LONGEST_NAME: Final = 32
"""Characters of what was typed that tell one name from another."""


@dataclass(frozen=True, slots=True)
class Name:
    """The account number or phone that somebody signs in with, or recovers a password with."""

    counted: str
    """Limits count for this: what was typed, in one spelling. Two slips are two names."""
    account_number: str | None
    """None where it is a phone."""

    @classmethod
    def of(
        cls, *, account_number: str | None, phone: str | None, account_numbers: AccountNumbers
    ) -> Self:
        """Return the name; what is no account number is one that no account has."""
        if account_number is None:
            return cls(phone or "", None)
        number = account_numbers.find(account_number)
        if number is None:
            # Looked up all the same: it costs the same time. What cannot be printed is no key.
            printed = "".join(each for each in account_number if each.isprintable())
            return cls(printed.strip().casefold()[:LONGEST_NAME], NOBODYS)
        return cls(number, number)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member whose password is compared, or a stand-in for nobody."""

    member: Member | None
    device: KnownDevice | None

    @property
    def is_at_home(self) -> bool:
        return self.device is not None and self.device.is_proven

    @property
    def strangeness(self) -> int:
        """Return the order in which candidates are tried: 0 for the member whose device it is."""
        if self.device is None:
            return 2
        return 0 if self.device.is_proven else 1

    def shut(self) -> Self:
        """Return the candidate with a hash that no password matches, at the same cost (A3)."""
        return replace(self, member=None)
