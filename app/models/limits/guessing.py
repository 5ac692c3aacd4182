"""Which limits a guess at a code, or at an account and tax id, uses (security.md O2, A10)."""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from app.models.limits.addresses import host, network
from app.models.limits.kinds import DAY, HOUR, Budget, LimitUse, Rate


@dataclass(frozen=True, kw_only=True)
class GuessingLimits:
    # O2: over all challenges, so that a new one refills nothing. What strangers can start with
    # somebody's number has a budget of its own, so that the owner's reset still works.
    guesses: Budget = Budget("codes-day", 10, DAY)
    guesses_at_sign_up: Budget = Budget("codes-sign-up-day", 10, DAY)
    guesses_at_invitation: Budget = Budget("codes-invitation-day", 10, DAY)
    # At links: counted for who asks and for the account, never for the phone that consents.
    link_guesses_by_company: Budget = Budget("link-codes-day", 10, DAY)
    link_guesses_about_account: Budget = Budget("link-codes-account-day", 10, DAY)
    # A10
    activation_tries: Budget = Budget("activation-day", 5, DAY)
    # Whoever tries out pairs of account number and tax id (security.md section 4).
    pairs_from_address: Rate = Rate("pairs-address", 30, HOUR)
    pairs_from_network: Rate = Rate("pairs-network", 120, HOUR)
    pairs_by_company: Rate = Rate("pairs", 30, HOUR)
    pairs_of_tax_id: Rate = Rate("pairs-tax-id", 50, DAY, is_told=False)
    """From whatever address: beyond it a right pair is refused like a wrong one, but not to the
    phone on file, so that nobody shuts a company out by guessing."""
    # "Is this phone a customer's?" is what refusals tell (A10).
    phones_tried: Rate = Rate("phones-tried", 10, DAY)

    def with_wrong_codes(self, a_day: int) -> Self:
        return replace(
            self,
            guesses=replace(self.guesses, quota=a_day),
            guesses_at_sign_up=replace(self.guesses_at_sign_up, quota=a_day),
            guesses_at_invitation=replace(self.guesses_at_invitation, quota=a_day),
            link_guesses_by_company=replace(self.link_guesses_by_company, quota=a_day),
            link_guesses_about_account=replace(self.link_guesses_about_account, quota=a_day),
        )

    def guessing(self, purpose: str, *, phone: str, on_file_of: UUID | None) -> LimitUse:
        """Return what a guess at a code uses up, before anybody judges it.

        `purpose` is what the code opens, by the name that messages give it. `on_file_of` is the
        company of a sign-up whose phone is on its file: wrong codes of sign-ups for other
        companies with the same number, which strangers can begin, count apart from it.
        """
        by_strangers = {
            "sign_up": self.guesses_at_sign_up,
            "invitation": self.guesses_at_invitation,
        }
        budget = by_strangers.get(purpose, self.guesses)
        return LimitUse(budget, phone if on_file_of is None else f"{phone} {on_file_of}")

    def guessing_link(self, *, organization_id: UUID, account_id: UUID) -> list[LimitUse]:
        """Return what a guess at a consent uses up, before anybody judges it."""
        return [
            LimitUse(self.link_guesses_by_company, str(organization_id)),
            LimitUse(self.link_guesses_about_account, str(account_id)),
        ]

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

    def guessing_pair(self, tax_id: str) -> LimitUse:
        """Return what a wrong guess at an account of a company uses up; a right one takes it back.

        Nobody hears of it.
        """
        return LimitUse(self.pairs_of_tax_id, tax_id)

    def asking_whose_phone(self, subject_id: UUID) -> LimitUse:
        """Return what an answer that tells whether a phone is a customer's uses up."""
        return LimitUse(self.phones_tried, str(subject_id))

    def trying_pairs_signed_in(self, organization_id: UUID) -> list[LimitUse]:
        """Return what the same guess of a company's member uses up."""
        return [LimitUse(self.pairs_by_company, str(organization_id))]
