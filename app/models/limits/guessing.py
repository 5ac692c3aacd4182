"""What a guess at a code or at a pair of account and tax id uses up (security.md O2, A10)."""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from app.models.limits.addresses import host, network
from app.models.limits.kinds import DAY, HOUR, Budget, LimitUse, Rate


@dataclass(frozen=True, kw_only=True)
class GuessingLimits:
    # O2: over all challenges, so that a new one refills nothing.
    guesses: Budget = Budget("codes-day", 10, DAY)
    guesses_about_account: Budget = Budget("codes-account-day", 10, DAY)
    # A10
    activation_tries: Budget = Budget("activation-day", 5, DAY)
    # Whoever tries out pairs of account number and tax id (security.md section 4).
    pairs_from_address: Rate = Rate("pairs-address", 30, HOUR)
    pairs_from_network: Rate = Rate("pairs-network", 120, HOUR)
    pairs_by_company: Rate = Rate("pairs", 30, HOUR)

    def with_wrong_codes(self, a_day: int) -> Self:
        return replace(
            self,
            guesses=replace(self.guesses, quota=a_day),
            guesses_about_account=replace(self.guesses_about_account, quota=a_day),
        )

    def guessing(self, *, phone: str, account_id: UUID | None) -> list[LimitUse]:
        """Return what a guess at a code uses up, before anybody judges it."""
        uses = [LimitUse(self.guesses, phone)]
        if account_id is not None:
            uses.append(LimitUse(self.guesses_about_account, str(account_id)))
        return uses

    def proving(self, organization_id: UUID) -> list[LimitUse]:
        """Return what a try of an activation code uses up."""
        return [LimitUse(self.activation_tries, str(organization_id))]

    def trying_pairs(self, *, address: str | None) -> list[LimitUse]:
        """Return what a stranger's guess at an account and its tax id uses up."""
        if address is None:
            return []
        return [
            LimitUse(self.pairs_from_address, host(address)),
            LimitUse(self.pairs_from_network, network(address)),
        ]

    def trying_pairs_signed_in(self, organization_id: UUID) -> list[LimitUse]:
        """Return what the same guess of a company's member uses up."""
        return [LimitUse(self.pairs_by_company, str(organization_id))]
