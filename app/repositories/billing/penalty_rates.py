"""The rates by which paying late is charged, and the days that an act leaves free."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.models.billing.penalty import (
    DiscountRate,
    LateRules,
    Moratorium,
    PenaltyMoratorium,
    RateFrom,
)
from app.repositories.billing.loaded_rows import LoadedRows


class PenaltyRateRepository(LoadedRows):
    async def rules(self) -> LateRules:
        rates = await self._session.scalars(select(DiscountRate))
        moratoria = await self._session.scalars(select(PenaltyMoratorium))
        return LateRules(
            [RateFrom(each.valid_from, each.percent, each.act) for each in rates],
            [Moratorium(each.first, each.last, each.act) for each in moratoria],
        )

    async def keep_rates(self, rates: Mapping[date, tuple[Decimal, str]]) -> int:
        rows = [
            {"valid_from": day, "percent": percent, "act": act}
            for day, (percent, act) in sorted(rates.items())
        ]
        return len(await self.keep(DiscountRate, rows, returning="valid_from"))

    async def keep_moratoria(self, moratoria: Sequence[Moratorium]) -> int:
        rows = [{"first": each.first, "last": each.last, "act": each.act} for each in moratoria]
        return len(await self.keep(PenaltyMoratorium, rows, returning="first"))
