"""What news by SMS uses up of a day's money (security.md O9, B4)."""

from dataclasses import dataclass
from uuid import UUID

from app.models.limits.kinds import LimitUse
from app.models.limits.sending import SendingLimits


@dataclass(frozen=True, kw_only=True)
class TellingLimits(SendingLimits):
    def telling(self, people: int) -> list[LimitUse]:
        """Return what news of an operator's act uses up: sent always, and counted."""
        return [LimitUse(self.segments, times=people)] if people else []

    def telling_of_strangers(self, people: int) -> list[LimitUse]:
        """Return what news uses up of which a stranger or another company is the cause."""
        return [LimitUse(share, times=people) for share in self._money_of_strangers if people]

    def telling_of_link(self) -> list[LimitUse]:
        """Return what it uses up to tell an owner that another company sees an account."""
        return self.telling_of_strangers(1)

    def telling_cabinet(
        self, *, company_id: UUID, owners: int = 0, members: int = 0
    ) -> list[LimitUse]:
        """Return what news of a password uses up.

        `owners` counts the owner who hears of their own: what is kept for owners pays for it.
        """
        uses = [LimitUse(self.segments, times=owners + members)]
        return uses + (self._of_members(company_id, members) if members else [])
