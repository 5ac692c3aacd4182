"""How many requests a signed-in member may make."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

from app.errors import TooManyRequests
from app.models.limits.kinds import Rate

MINUTE: Final = timedelta(minutes=1)
PENDING_SHARE: Final = 10
"""Of a member whose claim nobody has proven: one request for ten of everybody else."""


class TooManyRequestsOfMember(TooManyRequests):
    """The member, or a program in their name, asks faster than any person or front end."""

    code = "too_many_requests"


@dataclass(frozen=True, kw_only=True)
class RequestLimits:
    member_requests: Rate = Rate("requests", 600, MINUTE)
    picture_requests: Rate = Rate("requests-pictures", 600, MINUTE)
    """By the addresses of a member's pictures, apart from the member's own: whoever comes by such
    an address keeps nobody from the cabinet."""
    pending_member_requests: Rate = Rate("requests-pending", 600 // PENDING_SHARE, MINUTE)

    def asking(self, *, requests_a_minute: int) -> Self:
        """Return these limits with as many requests for each member."""
        pending = max(1, requests_a_minute // PENDING_SHARE)
        return replace(
            self,
            member_requests=replace(self.member_requests, quota=requests_a_minute),
            picture_requests=replace(self.picture_requests, quota=requests_a_minute),
            pending_member_requests=replace(self.pending_member_requests, quota=pending),
        )
