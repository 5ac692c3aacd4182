"""What a password tried uses up (security.md A4)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.models.limits.addresses import host, network
from app.models.limits.kinds import HOUR, LimitUse, Rate


@dataclass(frozen=True, kw_only=True)
class SignInLimits:
    # A4: only failures count, a success is given back.
    sign_ins_from_address: Rate = Rate("sign-in-address", 100, HOUR)
    sign_ins_from_network: Rate = Rate("sign-in-network", 400, HOUR)
    sign_ins_as_subject: Rate = Rate("sign-in", 20, HOUR)
    sign_ins_on_device: Rate = Rate("sign-in-device", 20, timedelta(minutes=15))
    # Whoever holds a device that its member left signed in; only failures count.
    current_passwords: Rate = Rate("current-password", 5, HOUR)

    def signing_in(
        self, *, name: str, address: str | None, known_device: str | None
    ) -> list[LimitUse]:
        """Return what a sign-in uses up until it has succeeded.

        `name` is what was typed, whether or not anybody has it. Whoever sits at a device that
        this member has signed in from before has a budget that nobody elsewhere can use up.
        """
        if known_device is not None:
            return [LimitUse(self.sign_ins_on_device, known_device)]
        uses = [LimitUse(self.sign_ins_as_subject, name)]
        if address is not None:
            uses.append(LimitUse(self.sign_ins_from_address, host(address)))
            uses.append(LimitUse(self.sign_ins_from_network, network(address)))
        return uses

    def saying_password(self, member_id: UUID) -> list[LimitUse]:
        """Return what a signed-in member's try of their own password uses up until it is right."""
        return [LimitUse(self.current_passwords, str(member_id))]
