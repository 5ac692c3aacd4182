"""What a password reset uses up: a flood leaves some for the owner's own device (section 4).

A device is the owner's own by its token, and has budgets of its own. One with the owner's address
and User-Agent gets more than strangers do, and nothing of the device with the token: a neighbour
has both too. Neither do other flows, such as sign-ups, use up what a reset needs of a phone.
"""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from typing_extensions import override

from app.models.limits.devices import KnownDevice
from app.models.limits.guessing import GuessingLimits
from app.models.limits.kinds import DAY, Budget, LimitUse
from app.models.limits.sending import SendingLimits


@dataclass(frozen=True, kw_only=True)
class ResetLimits(SendingLimits, GuessingLimits):
    """A reset sends and guesses, so it shares those limits."""

    resets_of_account: Budget = Budget("resets-day", 4, DAY)
    resets_on_device: Budget = Budget("resets-device-day", 4, DAY)
    resets_nearby: Budget = Budget("resets-nearby-day", 2, DAY, is_told=False)
    # Each device with its token has its own: also one that a thief has left keeps none from others.
    reset_sends_on_device: Budget = Budget("resets-sent-device-day", 5, DAY)
    guesses_on_device: Budget = Budget("codes-device-day", 5, DAY)
    # All others share what their phone has; strangers leave some of it to the owner's address.
    resets_from_elsewhere: Budget = Budget("resets-elsewhere-day", 3, DAY)
    resets_without_token: Budget = Budget("resets-without-token-day", 4, DAY)
    guesses_from_elsewhere: Budget = Budget("codes-elsewhere-day", 5, DAY)
    guesses_without_token: Budget = Budget("codes-without-token-day", 7, DAY)

    @override
    def with_wrong_codes(self, a_day: int) -> Self:
        return replace(
            super().with_wrong_codes(a_day),
            guesses_on_device=_at_most(self.guesses_on_device, a_day),
            guesses_from_elsewhere=_at_most(self.guesses_from_elsewhere, a_day),
            guesses_without_token=_at_most(self.guesses_without_token, a_day),
        )

    def asking_for_reset(
        self, *, name: str, address: str | None, device: KnownDevice | None
    ) -> list[LimitUse]:
        """Return what everybody hears about: it is counted alike for an account nobody has."""
        if device is not None and device.is_proven:
            return [LimitUse(self.resets_on_device, device.name)]
        return [LimitUse(self.resets_of_account, name), *self._asking_from(address)]

    def asking_nearby(self, device: KnownDevice | None) -> list[LimitUse]:
        """Return what stands in for that where the owner's address and User-Agent ask."""
        if device is None or device.is_proven:
            return []
        return [LimitUse(self.resets_nearby, device.name)]

    def sending_reset(
        self,
        *,
        nobody: str,
        phone: str | None,
        device: KnownDevice | None,
        colleague_in: UUID | None = None,
    ) -> list[LimitUse]:
        """Return what nobody hears about: beyond it no SMS leaves, and the answer is the same.

        Without a phone as much is used of `nobody`, so that the work is the same too (A3).
        `colleague_in` is the company of a member who is not its owner.
        """
        uses = [LimitUse(self.segments, "" if phone else nobody)]
        if device is not None and device.is_proven:
            on_device = LimitUse(self.reset_sends_on_device, device.name)
            theirs = self._of_members(colleague_in) if colleague_in else []
            return [*uses, on_device, *theirs]
        uses.append(LimitUse(self.segments_of_resets, "" if phone else nobody))
        uses.append(LimitUse(self.resets_without_token, phone or nobody))
        if device is None:
            uses.append(LimitUse(self.resets_from_elsewhere, phone or nobody))
        return uses

    def guessing_reset(
        self, *, nobody: str, phone: str | None, device: KnownDevice | None
    ) -> list[LimitUse]:
        """Return what nobody hears about: beyond it the right code is refused like a wrong one."""
        if device is not None and device.is_proven:
            return [LimitUse(self.guesses_on_device, device.name)]
        uses = [LimitUse(self.guesses_without_token, phone or nobody)]
        if device is None:
            uses.append(LimitUse(self.guesses_from_elsewhere, phone or nobody))
        return uses


def _at_most(budget: Budget, quota: int) -> Budget:
    return replace(budget, quota=min(budget.quota, quota))
