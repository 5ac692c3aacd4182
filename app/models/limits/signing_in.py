"""Which limits a try of a password uses (security.md A4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.models.limits.addresses import host, network
from app.models.limits.devices import KnownDevice
from app.models.limits.kinds import HOUR, LimitUse, Rate


@dataclass(frozen=True, kw_only=True)
class SignInLimits:
    # A4: only failures count, a success is given back.
    sign_ins_from_address: Rate = Rate("sign-in-address", 100, HOUR)
    sign_ins_from_network: Rate = Rate("sign-in-network", 400, HOUR)
    sign_ins_as_subject: Rate = Rate("sign-in", 20, HOUR)
    sign_ins_on_device: Rate = Rate("sign-in-device", 20, timedelta(minutes=15))
    # What a neighbour with the same address and User-Agent can use up as well.
    sign_ins_nearby: Rate = Rate("sign-in-nearby", 10, HOUR, is_told=False)
    # Over all names of a member. Beyond it the answer is the same: nobody learns whose they are.
    sign_ins_as_member: Rate = Rate("sign-in-member", 30, HOUR, is_told=False)
    # Whoever holds a device that its member left signed in; only failures count.
    current_passwords: Rate = Rate("current-password", 5, HOUR)

    def signing_in(self, *, name: str, address: str | None) -> list[LimitUse]:
        """Return what a sign-in uses up until it has succeeded, and what clients hear about.

        `name` is what was typed, whether or not anybody has it.
        """
        uses = [LimitUse(self.sign_ins_as_subject, name)]
        if address is not None:
            uses.append(LimitUse(self.sign_ins_from_address, host(address)))
            uses.append(LimitUse(self.sign_ins_from_network, network(address)))
        return uses

    def signing_in_on(self, device: KnownDevice) -> list[LimitUse]:
        """Return what it uses up on a device that the member has signed in from before.

        Nobody without the device's token can use this up.
        """
        is_proven = device.is_proven
        return [
            LimitUse(self.sign_ins_on_device if is_proven else self.sign_ins_nearby, device.name)
        ]

    def guessing_passwords(self, members: Sequence[UUID | None], *, nobody: str) -> list[LimitUse]:
        """Return what a try uses up for each member whose password it may be, silently.

        As much is used of `nobody` where there is no member, so that the work is the same (A3).
        """
        return [
            LimitUse(self.sign_ins_as_member, str(member or f"nobody {number} {nobody}"))
            for number, member in enumerate(members)
        ]

    def saying_password(self, member_id: UUID) -> list[LimitUse]:
        """Return what a signed-in member's try of their own password uses up until it is right."""
        return [LimitUse(self.current_passwords, str(member_id))]
