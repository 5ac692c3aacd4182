"""How often something may be done: what is limited, and the numbers (security.md O2, O8, O9, A4).

Two kinds. A `Budget` is a hard number within a sliding period: what costs money or is a guess at
a code. A `Rate` lets a burst through and then drips (GCRA): what only has to be slowed down.
"""

from dataclasses import dataclass, fields, replace
from typing import Self

from app.models.limits.calendars import CalendarLimits
from app.models.limits.kinds import MANY
from app.models.limits.linking import LinkingLimits
from app.models.limits.requests import RequestLimits
from app.models.limits.resets import ResetLimits
from app.models.limits.signing_in import SignInLimits
from app.models.limits.telling import TellingLimits


@dataclass(frozen=True, kw_only=True)
class Limits(
    ResetLimits, SignInLimits, LinkingLimits, TellingLimits, RequestLimits, CalendarLimits
):
    """The product's numbers. A deployment chooses the money; tests choose what they are about."""

    def of_one_machine(self) -> Self:
        """Return these limits for a sandbox, where everybody comes from one address."""
        names = [each.name for each in fields(self) if each.name.endswith(("_address", "_network"))]
        names.append("sends_from_address_daily")
        wide = {name: replace(getattr(self, name), quota=MANY) for name in names}
        return replace(self, **wide)
