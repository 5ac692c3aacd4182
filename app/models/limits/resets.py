"""What a password reset uses up: a flood leaves some for the owner's own device (section 4)."""

from dataclasses import dataclass

from app.models.limits.guessing import GuessingLimits
from app.models.limits.kinds import DAY, Budget, LimitUse
from app.models.limits.sending import SendingLimits


@dataclass(frozen=True, kw_only=True)
class ResetLimits(SendingLimits, GuessingLimits):
    """A reset sends and guesses, so it shares those limits."""

    resets_of_account: Budget = Budget("resets-day", 4, DAY)
    resets_on_device: Budget = Budget("resets-device-day", 4, DAY)
    resets_from_elsewhere: Budget = Budget("resets-elsewhere-day", 4, DAY)
    guesses_from_elsewhere: Budget = Budget("codes-elsewhere-day", 7, DAY)

    def asking_for_reset(
        self, *, name: str, address: str | None, known_device: str | None
    ) -> list[LimitUse]:
        """Return what everybody hears about: it is counted alike for an account nobody has."""
        if known_device is not None:
            return [LimitUse(self.resets_on_device, known_device)]
        return [LimitUse(self.resets_of_account, name), *self._asking_from(address)]

    def sending_reset(
        self, *, nobody: str, phone: str | None, known_device: str | None
    ) -> list[LimitUse]:
        """Return what nobody hears about: beyond it no SMS leaves, and the answer is the same.

        Without a phone as much is used of `nobody`, so that the work is the same too (A3).
        """
        uses = [LimitUse(self.sends_to_phone, phone or nobody)]
        uses.append(LimitUse(self.segments, "" if phone else nobody))
        if known_device is None:
            uses.append(LimitUse(self.segments_of_resets, "" if phone else nobody))
            uses.append(LimitUse(self.resets_from_elsewhere, phone or nobody))
        return uses

    def guessing_reset(
        self, *, nobody: str, phone: str | None, known_device: str | None
    ) -> list[LimitUse]:
        """Return what nobody hears about: beyond it the right code is refused like a wrong one."""
        uses = [LimitUse(self.guesses, phone or nobody)]
        if known_device is None:
            uses.append(LimitUse(self.guesses_from_elsewhere, phone or nobody))
        return uses
