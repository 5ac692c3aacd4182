"""Every SMS that the sandbox has sent: in memory only, because codes must not lie in a table."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import uuid4

from app.clock import Clock

KEPT: Final = 500
UNDERWAY: Final = timedelta(seconds=1)
"""How long a message takes to the phone."""
REMEMBERED: Final = timedelta(seconds=90)
"""Within this time the same text to the same phone is a duplicate, as at the real provider."""
SUBSCRIBER_DIGITS: Final = 9
"""The end of a number that all its spellings share: 067 123 45 67, +38 (067) 123-45-67."""


class Status(StrEnum):
    """What the gateway says of a message, in the provider's words."""

    SENT = "Sent"
    DELIVERED = "Delivered"
    UNDELIVERED = "Undelivered"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a phone number with which a message fares differently."""

    digits: str
    meaning: str


NEVER_ARRIVES: Final = Ending("0001", "The SMS leaves and never arrives: delivery turns failed.")
STOP_LIST: Final = Ending("0002", "The phone is on the stop list: delivery fails at once.")
NO_REPORT: Final = Ending("0003", "Nobody reports: delivery stays sent, after 3 minutes unknown.")
FLAKY: Final = Ending("0004", "The gateway fails three times: the code comes 7 seconds late.")
ENDINGS: Final = (NEVER_ARRIVES, STOP_LIST, NO_REPORT, FLAKY)


@dataclass(frozen=True, slots=True)
class Sms:
    id: str
    phone: str
    """Digits only, as the provider wants them."""
    sender: str
    text: str
    sent_at: datetime

    def status(self, now: datetime) -> Status:
        if now < self.sent_at + UNDERWAY or self.phone.endswith(NO_REPORT.digits):
            return Status.SENT
        if self.phone.endswith(NEVER_ARRIVES.digits):
            return Status.UNDELIVERED
        return Status.DELIVERED


@dataclass(frozen=True, slots=True)
class Received:
    """A message as somebody who tries the sandbox sees it."""

    sms: Sms
    status: Status


class Inbox:
    """What all phones of the sandbox have received, the oldest deleted first."""

    def __init__(self, clock: Clock, *, kept: int = KEPT) -> None:
        self._clock = clock
        self._messages: deque[Sms] = deque(maxlen=kept)

    def receive(self, *, phone: str, sender: str, text: str) -> Sms:
        sms = Sms(id=str(uuid4()), phone=phone, sender=sender, text=text, sent_at=self._clock.now())
        self._messages.append(sms)
        return sms

    def has_lately(self, *, phone: str, text: str) -> bool:
        """Say whether the same text went to the same phone within 90 seconds."""
        since = self._clock.now() - REMEMBERED
        return any(
            (sms.phone, sms.text) == (phone, text) and sms.sent_at > since for sms in self._messages
        )

    def status_of(self, message_id: str) -> Status:
        now = self._clock.now()
        found = (sms.status(now) for sms in self._messages if sms.id == message_id)
        return next(found, Status.UNKNOWN)

    def list_newest(self, *, to: str | None = None) -> Sequence[Received]:
        """Return the messages, newest first, of one phone in any spelling or of all."""
        wanted = re.sub(r"\D", "", to or "")[-SUBSCRIBER_DIGITS:]
        now = self._clock.now()
        return [
            Received(sms, sms.status(now))
            for sms in reversed(self._messages)
            if sms.phone.endswith(wanted)
        ]
