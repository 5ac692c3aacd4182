"""Registers as the rules see them: one with honest defaults, and all that can be imagined."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.models.base import new_id
from app.models.metering.energy.register import Mark, RegisterLife, Scale
from app.models.metering.reading import Source, Status
from app.models.metering.register_state import CurrentReading, RegisterState
from app.models.period import Period

OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)
LAST_DAY = date(2026, 11, 30)
NOON = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)


def known(period: Period, value: str | Decimal) -> Mark:
    return Mark(period.ends_on, Decimal(value), is_actual=True)


def submitted(value: str | Decimal, **changes: Any) -> CurrentReading:
    defaults: dict[str, Any] = {
        "id": new_id(),
        "period": NOVEMBER,
        "event": "periodic",
        "value": Decimal(value),
        "version": 1,
        "source": Source.CABINET,
        "status": Status.ACCEPTED,
        "kind": "actual",
        "findings": (),
        "supersedes": None,
        "receipt_id": None,
        "taken_at": NOON,
        "submitted_at": NOON,
        "submitted_by": None,
        "review": None,
    }
    return CurrentReading(**defaults | changes)


def register(*values: str, **changes: Any) -> RegisterState:
    """Return a register that showed these values at the ends of the months up to October."""
    past = [
        known(OCTOBER.shifted(place - len(values) + 1), each) for place, each in enumerate(values)
    ]
    life = {
        "marks": changes.pop("past", past),
        "scales": (
            Scale(date.min, changes.pop("digits", 6), changes.pop("multiplier", Decimal(1))),
        ),
        "runs_from": changes.pop("runs_from", None),
        "runs_until": changes.get("removed_on"),
    }
    removed_on = changes.get("removed_on") or NOVEMBER.ends_on
    defaults: dict[str, Any] = {
        "register_id": new_id(),
        "meter_id": new_id(),
        "serial_number": "07100000",
        "eic": "62Z000000301000O",
        "code": "1.8.0",
        "energy": "active_import",
        "zone": "total",
        "decimals": 1,
        "revision": 0,
        "is_remote": False,
        "removed_on": None,
        "verification_due_on": None,
        "read_on": min(removed_on, NOVEMBER.ends_on),
        "life": RegisterLife(**life),
        "previous": None,
        "newest": None,
        "following": None,
    }
    return RegisterState(**defaults | changes)


typed_values = st.decimals(
    min_value=-(10**12) + 1, max_value=10**12 - 1, allow_nan=False, allow_infinity=False, places=6
)
"""Whatever the door lets in."""


@st.composite
def imaginable_registers(draw: st.DrawFn) -> RegisterState:
    digits, decimals = draw(st.integers(1, 9)), draw(st.integers(0, 3))
    steps = st.integers(0, 10 ** (digits + decimals) - 1)
    values = steps.map(lambda step: Decimal(step).scaleb(-decimals))
    gaps = draw(st.lists(st.integers(1, 4), max_size=13))
    ends = [OCTOBER.shifted(1 - sum(gaps[place:])) for place in range(len(gaps))]
    days = st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31))
    status, source = draw(st.sampled_from(Status)), draw(st.sampled_from(Source))
    return register(
        digits=digits,
        decimals=decimals,
        multiplier=draw(st.sampled_from([Decimal(1), Decimal(40), Decimal("0.0001")])),
        is_remote=draw(st.booleans()),
        removed_on=draw(days),
        verification_due_on=draw(days),
        past=[known(period, draw(values)) for period in ends],
        runs_from=draw(days),
        newest=draw(
            st.none() | values.map(lambda value: submitted(value, status=status, source=source))
        ),
        following=draw(st.none() | values.map(lambda value: known(NOVEMBER.shifted(1), value))),
    )
