"""A batch in parts: small enough that nobody waits for long, and each meter is whole."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

from app.models.metering.reading_batch import ItemVerdict, Outcome

PART: Final = 250
"""Items that are looked at, judged and written at a time: others wait no longer for the loop."""

Part = Sequence[ItemVerdict]
"""Items of one company's accounts, or of several, where each meter is whole."""


def parts_of(verdicts: Iterable[ItemVerdict]) -> Iterator[Part]:
    """Yield what can be judged, a meter whole, in the order in which chains of receipts grow."""
    placed = sorted(
        (verdict for verdict in verdicts if verdict.place and verdict.refusal is None), key=_order
    )
    part: list[ItemVerdict] = []
    for _, meter in groupby(placed, key=lambda verdict: _order(verdict)[:3]):
        part += meter
        if len(part) >= PART:
            yield part
            part = []
    if part:
        yield part


def _order(verdict: ItemVerdict) -> tuple[UUID, UUID, UUID, int]:
    found = verdict.place
    if found is None:
        raise ValueError("an item without a register has no place in the order")
    return found.organization_id, found.account_id, found.meter_id, verdict.index


def by_account(part: Iterable[ItemVerdict]) -> Iterator[tuple[UUID, list[ItemVerdict]]]:
    for (_, account_id), verdicts in groupby(part, key=lambda verdict: _order(verdict)[:2]):
        yield account_id, list(verdicts)


def accounts_of(verdicts: Iterable[ItemVerdict]) -> dict[UUID, UUID]:
    return {
        verdict.place.register_id: verdict.place.account_id for verdict in verdicts if verdict.place
    }


def to_record(verdicts: Iterable[ItemVerdict]) -> list[ItemVerdict]:
    return [verdict for verdict in verdicts if verdict.outcome is Outcome.RECORDED]


def is_seen(verdict: ItemVerdict, held: dict[UUID, int]) -> bool:
    """Tell whether a register is held and has not been written since the rules looked."""
    if verdict.judged is None:
        raise ValueError("a reading is judged before it is recorded")
    state = verdict.judged.state
    return held.get(state.register_id) == state.revision
