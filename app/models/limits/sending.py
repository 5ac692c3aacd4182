"""Which limits an SMS uses (security.md O8, O9)."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Self
from uuid import UUID

from app.models.limits.addresses import host, network
from app.models.limits.kinds import DAY, HOUR, Budget, LimitUse

RESERVE_PERCENT: Final = 25
"""Of a day's money, kept for owners: pumping shuts out none, and neither do members (O9)."""
MEMBERS_PERCENT: Final = 10
"""Of a day's money, for what members who are no owners cause: news of a password, and resets on
their own devices."""
RESETS_PERCENT: Final = 15
"""Of a day's money, for resets asked for on devices that nobody knows: strangers can use it up,
and what is kept for known devices stays."""

SUBSCRIBER_DIGITS: Final = 4
"""The last digits of a phone; those before them are a block of one operator's numbers."""


@dataclass(frozen=True, kw_only=True)
class SendingLimits:
    # O8: a resend is a send.
    sends_to_phone: Budget = Budget("sends-phone-day", 5, DAY)
    sends_about_account: Budget = Budget("sends-account-day", 10, DAY)
    sends_about_account_to_others: Budget = Budget("sends-others-day", 6, DAY, is_told=False)
    """Sign-ups with a phone that is not on file: the rest is kept for the one that is."""
    sign_ups_to_phone: Budget = Budget("sends-sign-up-day", 5, DAY, is_told=False)
    """Of companies that have another phone on file: a stranger with other companies' bills stops
    nobody from signing up for their own. Not told: it would tell whose phone is on file."""
    invitations_to_phone: Budget = Budget("sends-invitation-day", 5, DAY)
    """Apart from `sends_to_phone`: another company's invitations cost nobody a reset."""
    invitations_by_company: Budget = Budget("invitations-day", 40, DAY)
    # O9
    sends_from_address: Budget = Budget("sends-address-hour", 5, HOUR)
    sends_from_address_daily: Budget = Budget("sends-address-day", 20, DAY)
    sends_from_network: Budget = Budget("sends-network-day", 60, DAY)
    # Not told: it would tell whether a phone is on file.
    sends_to_block: Budget = Budget("sends-block-hour", 10, HOUR, is_told=False)
    segments: Budget = Budget("sends-day", 2000, DAY, is_told=False)
    segments_to_new_phones: Budget = Budget("sends-new-day", 1000, DAY, is_told=False)
    segments_of_resets: Budget = Budget("sends-resets-day", 300, DAY, is_told=False)
    """Resets on devices that nobody knows."""
    segments_of_members: Budget = Budget("sends-members-day", 200, DAY, is_told=False)
    """What these three shares leave of `segments` is kept for owners, on their own devices and by
    the phone on file: nobody else can spend it."""
    members_of_company: Budget = Budget("sends-members-company-day", 40, DAY, is_told=False)
    """One company's part of what all members have: however many it invites, others keep theirs."""

    def costing(self, *, price: Decimal, daily_cap: Decimal) -> Self:
        """Return these limits with as many segments a day as the money pays for (O9, O10)."""
        paid = int(daily_cap / price)
        resets = paid * RESETS_PERCENT // 100
        members = paid * MEMBERS_PERCENT // 100
        new = paid * (100 - RESERVE_PERCENT - RESETS_PERCENT - MEMBERS_PERCENT) // 100
        return replace(
            self,
            segments=replace(self.segments, quota=paid),
            segments_to_new_phones=replace(self.segments_to_new_phones, quota=new),
            segments_of_resets=replace(self.segments_of_resets, quota=resets),
            segments_of_members=replace(self.segments_of_members, quota=members),
        )

    def shares(self) -> dict[str, LimitUse]:
        """Return the shares of a day's money by name: `all`, and what is not kept for owners."""
        return {
            "all": LimitUse(self.segments),
            "new_phones": LimitUse(self.segments_to_new_phones),
            "resets_elsewhere": LimitUse(self.segments_of_resets),
            "members": LimitUse(self.segments_of_members),
        }

    def signing_up(
        self, *, phone: str, account_id: UUID, address: str | None, is_on_file: bool
    ) -> list[LimitUse]:
        """Return what the code of a sign-up uses up.

        The phone on file is verified as far as money goes, and keeps a part of the account's day.
        What else is sent to that phone, for other accounts or a change of phone, uses none of it.
        """
        uses = [
            LimitUse(self.sends_to_phone, f"{phone} {account_id}"),
            LimitUse(self.sends_about_account, str(account_id)),
            *self._asking_from(address),
        ]
        if is_on_file:
            return [*uses, LimitUse(self.segments)]
        return [
            *uses,
            *self._to_new_phone(phone),
            LimitUse(self.sign_ups_to_phone, phone),
            LimitUse(self.sends_about_account_to_others, str(account_id)),
        ]

    def inviting(self, *, phone: str, organization_id: UUID, address: str | None) -> list[LimitUse]:
        """Return what the code of an invitation uses up, whosever the phone is."""
        return [
            LimitUse(self.invitations_by_company, str(organization_id)),
            LimitUse(self.invitations_to_phone, phone),
            *self._to_new_phone(phone),
            *self._asking_from(address),
        ]

    def sending_both(
        self, *, old_phone: str, new_phone: str, address: str | None
    ) -> list[LimitUse]:
        """Return what the codes of a change of phone use up: one wish of one address, two SMS.

        The third pays for the news to the old phone, which is sent whatever is left then.
        """
        uses = [
            replace(use, times=3) if use.limit in self._money_of_strangers else use
            for use in self._to_new_phone(new_phone)
        ]
        phones = [LimitUse(self.sends_to_phone, each) for each in (old_phone, new_phone)]
        return [*phones, *uses, *self._asking_from(address)]

    @property
    def _money_of_strangers(self) -> tuple[Budget, Budget]:
        return self.segments, self.segments_to_new_phones

    def _to_new_phone(self, phone: str) -> list[LimitUse]:
        money = [LimitUse(share) for share in self._money_of_strangers]
        return [*money, LimitUse(self.sends_to_block, phone[:-SUBSCRIBER_DIGITS])]

    def _of_members(self, company_id: UUID, times: int = 1) -> list[LimitUse]:
        return [
            LimitUse(self.segments_of_members, times=times),
            LimitUse(self.members_of_company, str(company_id), times=times),
        ]

    def _asking_from(self, address: str | None) -> list[LimitUse]:
        if address is None:
            return []
        return [
            LimitUse(self.sends_from_address, host(address)),
            LimitUse(self.sends_from_address_daily, host(address)),
            LimitUse(self.sends_from_network, network(address)),
        ]
