"""Money: whole kopiykas, never a float, rounded HALF_UP and here alone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Final, Self

from typing_extensions import override

WRITTEN: Final = re.compile(r"-?\d{1,13}(\.\d{1,2})?", re.ASCII)
EXACTLY: Final = Context(prec=60, rounding=ROUND_HALF_UP)
"""Room for an energy of 18 digits times a price of 18 and a rate: no product is cut."""
KOPIYKA: Final = Decimal("0.01")
TAX_INVOICE_PLACES: Final = Decimal("0.000001")
"""Column 11 of a tax invoice states a line's VAT with six places."""


class Currency(StrEnum):
    """The ledger has one; an amount in another never becomes `Money`."""

    UAH = "UAH"


class AmountUnreadable(ValueError):
    """Not an amount with at most two places."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in hryvnias, counted in kopiykas; what is owed the other way is negative."""

    kopiykas: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the amount written `1234.50`, `1234.5` or `1234`.

        :raises AmountUnreadable: anything else, a third place too: nothing is cut off in silence.
        """
        if not WRITTEN.fullmatch(text):
            raise AmountUnreadable(text)
        return cls.rounded(Decimal(text))

    @classmethod
    def rounded(cls, hryvnias: Decimal) -> Self:
        """Return the amount, HALF_UP: 0.005 is a kopiyka, and so it is when it is owed back."""
        return cls(int(EXACTLY.quantize(hryvnias, KOPIYKA).scaleb(2, EXACTLY)))

    @classmethod
    def price_of(cls, quantity: Decimal, price: Decimal) -> Self:
        """Return what a quantity costs at a price in hryvnias for one of its units."""
        return cls.rounded(EXACTLY.multiply(quantity, price))

    @property
    def currency(self) -> Currency:
        return Currency.UAH

    @property
    def hryvnias(self) -> Decimal:
        """The amount with two places, exactly."""
        return Decimal(self.kopiykas).scaleb(-2, EXACTLY)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.kopiykas + other.kopiykas)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.kopiykas - other.kopiykas)

    def __neg__(self) -> "Money":
        return Money(-self.kopiykas)

    def __bool__(self) -> bool:
        return self.kopiykas != 0

    @override
    def __str__(self) -> str:
        """Write the amount as the API does: `-1234.50`."""
        return f"{self.hryvnias:.2f}"


ZERO: Final = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    return Money(sum(each.kopiykas for each in amounts))


def vat_of_net(net: Money, rate: Decimal) -> Money:
    """Return the VAT of a document by the sum of its lines without VAT; `rate`: 0.20 for 20 %."""
    return Money.price_of(net.hryvnias, rate)


def vat_inside(gross: Money, rate: Decimal) -> Money:
    """Return the VAT that a sum contains: at 20 % a sixth of it."""
    ratio = EXACTLY.divide(rate, EXACTLY.add(rate, Decimal(1)))
    return Money.price_of(gross.hryvnias, ratio)


def vat_of_line(net: Money, rate: Decimal) -> Decimal:
    """Return the VAT of one line with the six places that a tax invoice takes."""
    return EXACTLY.quantize(EXACTLY.multiply(net.hryvnias, rate), TAX_INVOICE_PLACES)


def spread_vat(nets: Sequence[Money], rate: Decimal) -> list[Money]:
    """Return the VAT of each line in kopiykas, so that the lines add up to the document's VAT."""
    shares = [each.kopiykas * Fraction(rate) for each in nets]
    return spread(vat_of_net(total(nets), rate), shares)


def spread(amount: Money, shares: Sequence[Fraction]) -> list[Money]:
    """Share an amount out in whole kopiykas by the largest remainder; the first of equals wins.

    `shares`: the exact kopiykas of each, whose sum differs from the amount by its rounding only.
    """
    whole = [floor(each) for each in shares]
    missing = amount.kopiykas - sum(whole)
    if not 0 <= missing <= len(shares):
        raise ValueError("the shares are not those of the amount")
    by_remainder = sorted(range(len(shares)), key=lambda place: whole[place] - shares[place])
    for place in by_remainder[:missing]:
        whole[place] += 1
    return [Money(each) for each in whole]
