"""How often something may be done: what is limited, and the numbers (security.md O2, O8, O9, A4).

Two kinds. A `Budget` is a hard number within a sliding period: what costs money or is a guess at
a code. A `Rate` lets a burst through and then drips (GCRA): what only has to be slowed down.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Self
from uuid import UUID

from app.models.code_challenge import TooManyAttempts

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

RESERVE_PERCENT: Final = 25
"""Of a day's money, kept for phones verified before: pumping shuts out no member (O9)."""

MANY: Final = 1_000_000

SUBSCRIBER_DIGITS: Final = 4
"""The last digits of a phone; those before them are a block of one operator's numbers."""

IPV4_NETWORK, IPV6_NETWORK, IPV6_SUBNET = 24, 48, 64
"""What one customer of a provider holds: of IPv6 a whole subnet counts as one address."""


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    """Public: it stands in the RateLimit headers."""
    quota: int
    window: timedelta
    is_told: bool = True
    """Whether clients hear how they stand; what all of them share is nobody's business."""


@dataclass(frozen=True, slots=True)
class Budget(Limit):
    """At most `quota` within any stretch of `window`."""


@dataclass(frozen=True, slots=True)
class Rate(Limit):
    """A burst of `quota`, and as many again in each `window`."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a limit by somebody, or about something."""

    limit: Limit
    subject: str = ""
    times: int = 1

    @property
    def key(self) -> str:
        return f"{self.limit.name}:{self.subject}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands with a limit after a use, or after the refusal of one."""

    limit: Limit
    is_granted: bool
    remaining: int
    wait: timedelta
    """Until the next one is possible, if refused; else until what was used is free again."""

    def given_back(self) -> Self:
        """Return how they stand when the use turned out not to count."""
        return replace(self, remaining=self.remaining + 1)


def require(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """Let pass what every limit has granted. Raise within the transaction: then none is used.

    :raises TooManyAttempts: with the time to wait.
    """
    every = tuple(standings)
    refused = tuple(each for each in every if not each.is_granted)
    if refused:
        wait = max(each.wait for each in refused)
        raise TooManyAttempts(standings=refused, retry_after=wait.total_seconds())
    return every


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The product's numbers. A deployment chooses the money; tests choose what they are about."""

    # O8: a resend is a send.
    sends_to_phone: Budget = Budget("sends-phone-day", 5, DAY)
    sends_about_account: Budget = Budget("sends-account-day", 10, DAY)
    # O9
    sends_from_address: Budget = Budget("sends-address-hour", 5, HOUR)
    sends_from_address_daily: Budget = Budget("sends-address-day", 20, DAY)
    sends_from_network: Budget = Budget("sends-network-day", 60, DAY)
    sends_to_block: Budget = Budget("sends-block-hour", 10, HOUR)
    segments: Budget = Budget("sends-day", 2000, DAY, is_told=False)
    segments_to_new_phones: Budget = Budget("sends-new-day", 1500, DAY, is_told=False)
    """Less than `segments`: the rest is kept for phones verified before."""
    # O2: over all challenges, so that a new one refills nothing.
    guesses: Budget = Budget("codes-day", 10, DAY)
    guesses_about_account: Budget = Budget("codes-account-day", 10, DAY)
    # Resets: whoever floods an owner's leaves some for the owner's own device (section 4).
    resets_of_account: Budget = Budget("resets-day", 4, DAY)
    resets_on_device: Budget = Budget("resets-device-day", 4, DAY)
    resets_from_elsewhere: Budget = Budget("resets-elsewhere-day", 4, DAY)
    guesses_from_elsewhere: Budget = Budget("codes-elsewhere-day", 7, DAY)
    # A10
    activation_tries: Budget = Budget("activation-day", 5, DAY)
    # A4: only failures count, a success is given back.
    sign_ins_from_address: Rate = Rate("sign-in-address", 100, HOUR)
    sign_ins_from_network: Rate = Rate("sign-in-network", 400, HOUR)
    sign_ins_as_subject: Rate = Rate("sign-in", 20, HOUR)
    sign_ins_on_device: Rate = Rate("sign-in-device", 20, timedelta(minutes=15))
    # Whoever holds a device that its member left signed in; only failures count.
    current_passwords: Rate = Rate("current-password", 5, HOUR)
    # Whoever tries out pairs of account number and tax id (security.md section 4).
    pairs_from_address: Rate = Rate("pairs-address", 30, HOUR)
    pairs_from_network: Rate = Rate("pairs-network", 120, HOUR)
    pairs_by_company: Rate = Rate("pairs", 30, HOUR)

    def costing(self, *, price: Decimal, daily_cap: Decimal) -> Self:
        """Return these limits with as many segments a day as the money pays for (O9, O10)."""
        paid = int(daily_cap / price)
        new = paid * (100 - RESERVE_PERCENT) // 100
        return replace(
            self,
            segments=replace(self.segments, quota=paid),
            segments_to_new_phones=replace(self.segments_to_new_phones, quota=new),
        )

    def with_wrong_codes(self, a_day: int) -> Self:
        return replace(
            self,
            guesses=replace(self.guesses, quota=a_day),
            guesses_about_account=replace(self.guesses_about_account, quota=a_day),
        )

    def of_one_machine(self) -> Self:
        """Return these limits for a sandbox, where everybody comes from one address."""
        names = [name for name in self.__slots__ if name.endswith(("_address", "_network"))]
        names.append("sends_from_address_daily")
        wide = {name: replace(getattr(self, name), quota=MANY) for name in names}
        return replace(self, **wide)

    def sending(
        self, *, phone: str, account_id: UUID | None, address: str | None, is_verified: bool
    ) -> list[Use]:
        """Return what a code by SMS uses up; `account_id` is what the code opens.

        A phone that was verified before, because it belongs to a member, may use the reserve and
        is nobody's block of pumped numbers.
        """
        uses = [Use(self.sends_to_phone, phone), Use(self.segments)]
        if account_id is not None:
            uses.append(Use(self.sends_about_account, str(account_id)))
        if not is_verified:
            uses.append(Use(self.segments_to_new_phones))
            uses.append(Use(self.sends_to_block, phone[:-SUBSCRIBER_DIGITS]))
        return uses + self._asking_from(address)

    def inviting(self, *, phone: str, address: str | None) -> list[Use]:
        """Return what the code of an invitation uses up: its phone is nobody's we know."""
        return self.sending(phone=phone, account_id=None, address=address, is_verified=False)

    def _asking_from(self, address: str | None) -> list[Use]:
        if address is None:
            return []
        return [
            Use(self.sends_from_address, host(address)),
            Use(self.sends_from_address_daily, host(address)),
            Use(self.sends_from_network, network(address)),
        ]

    def guessing(self, *, phone: str, account_id: UUID | None) -> list[Use]:
        """Return what a guess at a code uses up, before anybody judges it."""
        uses = [Use(self.guesses, phone)]
        if account_id is not None:
            uses.append(Use(self.guesses_about_account, str(account_id)))
        return uses

    def asking_for_reset(
        self, *, name: str, address: str | None, known_device: str | None
    ) -> list[Use]:
        """Return what everybody hears about: it is counted alike for an account nobody has."""
        if known_device is not None:
            return [Use(self.resets_on_device, known_device)]
        return [Use(self.resets_of_account, name), *self._asking_from(address)]

    def sending_reset(
        self, *, nobody: str, phone: str | None, known_device: str | None
    ) -> list[Use]:
        """Return what nobody hears about: beyond it no SMS leaves, and the answer is the same.

        Without a phone as much is used of `nobody`, so that the work is the same too (A3).
        """
        uses = [Use(self.sends_to_phone, phone or nobody)]
        uses.append(Use(self.segments, "" if phone else nobody))
        if known_device is None:
            uses.append(Use(self.resets_from_elsewhere, phone or nobody))
        return uses

    def guessing_reset(
        self, *, nobody: str, phone: str | None, known_device: str | None
    ) -> list[Use]:
        """Return what nobody hears about: beyond it the right code is refused like a wrong one."""
        uses = [Use(self.guesses, phone or nobody)]
        if known_device is None:
            uses.append(Use(self.guesses_from_elsewhere, phone or nobody))
        return uses

    def proving(self, organization_id: UUID) -> list[Use]:
        """Return what a try of an activation code uses up."""
        return [Use(self.activation_tries, str(organization_id))]

    def signing_in(self, *, name: str, address: str | None, known_device: str | None) -> list[Use]:
        """Return what a sign-in uses up until it has succeeded.

        `name` is what was typed, whether or not anybody has it. Whoever sits at a device that
        this member has signed in from before has a budget that nobody elsewhere can use up.
        """
        if known_device is not None:
            return [Use(self.sign_ins_on_device, known_device)]
        uses = [Use(self.sign_ins_as_subject, name)]
        if address is not None:
            uses.append(Use(self.sign_ins_from_address, host(address)))
            uses.append(Use(self.sign_ins_from_network, network(address)))
        return uses

    def saying_password(self, member_id: UUID) -> list[Use]:
        """Return what a signed-in member's try of their own password uses up until it is right."""
        return [Use(self.current_passwords, str(member_id))]

    def telling(self, people: int) -> list[Use]:
        """Return what news to so many members uses up of a day's money (O9)."""
        return [Use(self.segments, times=people)] if people else []

    def sending_both(self, *, old_phone: str, new_phone: str, address: str | None) -> list[Use]:
        """Return what the codes of a change of phone use up: one wish of one address, two SMS."""
        old = self.sending(phone=old_phone, account_id=None, address=None, is_verified=True)
        new = self.sending(phone=new_phone, account_id=None, address=address, is_verified=False)
        both = {use.key for use in old} & {use.key for use in new}
        return [
            *(replace(use, times=2) if use.key in both else use for use in new),
            *(use for use in old if use.key not in both),
        ]

    def trying_pairs(self, *, address: str | None) -> list[Use]:
        """Return what a stranger's guess at an account and its tax id uses up."""
        if address is None:
            return []
        return [
            Use(self.pairs_from_address, host(address)),
            Use(self.pairs_from_network, network(address)),
        ]

    def trying_pairs_signed_in(self, organization_id: UUID) -> list[Use]:
        """Return what the same guess of a company's member uses up."""
        return [Use(self.pairs_by_company, str(organization_id))]


def host(address: str) -> str:
    """Return what counts as one address: of IPv6 the subnet, in which anybody has 2^64."""
    return _network(address, IPV6_SUBNET) if _is_ipv6(address) else address


def network(address: str) -> str:
    """Return the neighbourhood of an address: its /24, of IPv6 its /48."""
    return _network(address, IPV6_NETWORK if _is_ipv6(address) else IPV4_NETWORK)


def _is_ipv6(address: str) -> bool:
    try:
        return isinstance(ip_address(address), IPv6Address)
    except ValueError:
        return False


def _network(address: str, prefix: int) -> str:
    try:
        return str(ip_network(f"{address}/{prefix}", strict=False))
    except ValueError:
        # A local socket has a name instead.
        return address
