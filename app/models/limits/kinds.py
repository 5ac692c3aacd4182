"""What a limit is: a number of uses within a time, and how somebody stands with it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

from app.errors import TooManyRequests

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

MANY: Final = 1_000_000
"""More than anybody uses."""


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
class LimitUse:
    """One use of a limit by somebody, or about something."""

    limit: Limit
    subject: str = ""
    times: int = 1

    @property
    def key(self) -> str:
        return f"{self.limit.name}:{self.subject}"


@dataclass(frozen=True, slots=True)
class LimitState:
    """How somebody stands with a limit after a use, or after the refusal of one."""

    limit: Limit
    is_granted: bool
    remaining: int
    wait: timedelta
    """Until the next one is possible, if refused; else until what was used is free again."""

    def given_back(self) -> Self:
        """Return how they stand when the use turned out not to count."""
        return replace(self, remaining=self.remaining + 1)


def require(standings: Iterable[LimitState]) -> tuple[LimitState, ...]:
    """Let pass what every limit has granted. Raise within the transaction: then none is used.

    :raises TooManyAttempts: with the time to wait.
    """
    every = tuple(standings)
    refused = tuple(each for each in every if not each.is_granted)
    if refused:
        wait = max(each.wait for each in refused)
        raise TooManyAttempts(standings=refused, retry_after=wait.total_seconds())
    return every


class TooManyAttempts(TooManyRequests):
    code = "too_many_attempts"
