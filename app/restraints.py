"""What keeps somebody from changing who gets into a cabinet: the one place that decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.errors import Conflict

HOLD_AFTER_RESET: Final = timedelta(hours=24)
"""How long somebody who has just replaced the password by SMS may not change who gets in."""


class HoldAfterReset(Conflict):
    """The password has been replaced by SMS lately, perhaps by a thief of the number."""

    code = "hold_after_reset"
    members = ("ends_at",)


class CabinetFrozen(Conflict):
    """The owner has frozen the cabinet: only the owner is let in, and nobody gets more rights."""

    code = "cabinet_frozen"


@dataclass(frozen=True, slots=True)
class Restraint:
    """What is known of a member that may keep them from changing who gets in."""

    password_reset_at: datetime | None
    """When the password was last replaced by SMS, or the phone by the operator."""
    cabinet_frozen_at: datetime | None

    def hold_ends_at(self, now: datetime) -> datetime | None:
        """Return the end of the hold after a reset; None when the member is not on hold."""
        if self.password_reset_at is None:
            return None
        ends_at = self.password_reset_at + HOLD_AFTER_RESET
        return ends_at if now < ends_at else None

    def may_change_who_gets_in(self, now: datetime) -> bool:
        """Tell whether the member may give or take rights: to a person, a phone or a company."""
        return self.cabinet_frozen_at is None and self.hold_ends_at(now) is None

    def require_may_change_who_gets_in(self, now: datetime) -> None:
        """Let pass a member who may give or take rights.

        Everything that widens access asks this, and everything that takes it away for good.

        :raises CabinetFrozen: until the owner lifts the freeze.
        :raises HoldAfterReset: with the moment at which the hold ends.
        """
        self.require_not_frozen()
        self.require_no_hold(now)

    def require_not_frozen(self) -> None:
        """Let pass a member whose cabinet is not frozen.

        :raises CabinetFrozen: until the owner lifts the freeze.
        """
        if self.cabinet_frozen_at is not None:
            raise CabinetFrozen

    def require_no_hold(self, now: datetime) -> None:
        """Let pass a member whose password nobody has replaced by SMS lately.

        :raises HoldAfterReset: with the moment at which the hold ends.
        """
        if (ends_at := self.hold_ends_at(now)) is not None:
            raise HoldAfterReset(ends_at=ends_at)
