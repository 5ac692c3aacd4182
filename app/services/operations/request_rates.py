import math
from collections import OrderedDict
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.clock import Clock
from app.models.limits import Limits
from app.models.limits.kinds import LimitState, Rate
from app.models.limits.requests import TooManyRequestsOfMember

MOST_MEMBERS: Final = 20_000
"""Members whose requests this process counts; beyond it the oldest is dropped."""
PENDING_FOR: Final = 60.0
"""Seconds after which a member who was pending is asked anew."""


class RequestRates:
    """Counts the requests of members, in the memory of this process: no statement is run for it.

    A leaking bucket (GCRA): for each member the moment at which all their requests have drained.
    """

    def __init__(self, *, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self._drained_at: OrderedDict[tuple[UUID, str], float] = OrderedDict()
        self._pending_until: OrderedDict[UUID, float] = OrderedDict()

    def spend(self, member_id: UUID) -> None:
        """Count one request.

        :raises TooManyRequestsOfMember: with the time to wait.
        """
        now = self._now()
        is_pending = bool(self._pending_until) and self._pending_until.get(member_id, 0.0) > now
        limits = self._limits
        rate = limits.pending_member_requests if is_pending else limits.member_requests
        self._spend(member_id, rate, now, name=limits.member_requests.name)

    def spend_on_picture(self, member_id: UUID) -> None:
        """Count one look at a picture by the address that a member has made.

        :raises TooManyRequestsOfMember: with the time to wait.
        """
        rate = self._limits.picture_requests
        self._spend(member_id, rate, self._now(), name=rate.name)

    def _spend(self, member_id: UUID, rate: Rate, now: float, *, name: str) -> None:
        key, window = (member_id, name), rate.window.total_seconds()
        drained_at = self._drained_at.get(key, now)
        if not now <= drained_at <= now + window:
            # Long ago; or the clock was set back.
            drained_at = now
        drained_at += window / rate.quota
        if drained_at > now + window:
            raise _refusal(rate, drained_at - now - window)
        self._drained_at[key] = drained_at
        self._drained_at.move_to_end(key)
        if len(self._drained_at) > MOST_MEMBERS:
            self._drained_at.popitem(last=False)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def note_ownership(self, member_id: UUID, *, is_proven: bool) -> None:
        """Remember whether ownership is proven; before that a member may ask less often."""
        if is_proven:
            self._pending_until.pop(member_id, None)
            return
        self._pending_until[member_id] = self._clock.now().timestamp() + PENDING_FOR
        self._pending_until.move_to_end(member_id)
        if len(self._pending_until) > MOST_MEMBERS:
            self._pending_until.popitem(last=False)


def _refusal(rate: Rate, seconds: float) -> TooManyRequestsOfMember:
    wait = timedelta(seconds=math.ceil(seconds))
    state = LimitState(limit=rate, is_granted=False, remaining=0, wait=wait)
    return TooManyRequestsOfMember(standings=(state,), retry_after=wait.total_seconds())
