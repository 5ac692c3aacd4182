"""Keeps what the fee for reactive energy is counted with."""

from typing import Any

from app.models.billing.reactive_rates import (
    ReactiveEquivalent,
    ReactivePrice,
    ReactiveSurcharge,
)
from app.repositories.billing.loaded_rows import LoadedRows, Rows


class ReactiveInputRepository(LoadedRows):
    async def keep_equivalents(self, rows: Rows) -> list[Any]:
        """Add or correct equivalents; return the ids of the accounts whose rows are new."""
        return await self.keep(ReactiveEquivalent, rows, returning="account_id")

    async def keep_prices(self, rows: Rows) -> int:
        return len(await self.keep(ReactivePrice, rows, returning="period"))

    async def keep_surcharges(self, rows: Rows) -> int:
        return len(await self.keep(ReactiveSurcharge, rows, returning="from_tg_phi"))
