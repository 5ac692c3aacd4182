"""A clock that can be moved forward: tomorrow's bill, next month's window, without the wait."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from typing_extensions import override

from app.clock import Clock
from app.devdb.safe_files import write_private
from app.errors import Invalid

FILE: Final = "clock"
"""In the state folder, so that the API and the worker have one time; it outlives a restart."""
LOOK_SECONDS: Final = 0.2
FURTHEST: Final = timedelta(days=3660)
"""Ten years ahead of the system's clock."""


class ClockOnlyForward(Invalid):
    """What has happened has happened: sessions, readings and bills carry their moments."""

    code = "clock_only_forward"


class SandboxClock(Clock):
    """The system's clock and how far it was moved, which all processes of a sandbox share."""

    def __init__(self, state: Path, *, system: Clock | None = None) -> None:
        self._file = state / FILE
        self._system = system or Clock()
        self._ahead = timedelta()
        self._looked_at = float("-inf")

    @override
    def now(self) -> datetime:
        return self._system.now() + self.ahead()

    def ahead(self) -> timedelta:
        """Return how far it is ahead; a move by another process is seen within 0.2 s."""
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._ahead = self._read()
            self._looked_at = time.monotonic()
        return self._ahead

    def move(self, to: datetime) -> None:
        """Move it forward, for all processes.

        :raises ClockOnlyForward: to a moment that is over, or more than ten years away.
        """
        self._ahead = self._read()
        ahead = to - self._system.now()
        if not self._ahead <= ahead <= FURTHEST:
            raise ClockOnlyForward(now=self.now(), latest=self._system.now() + FURTHEST)
        write_private(self._file, f"{ahead.total_seconds():.0f}\n")
        self._looked_at = float("-inf")

    def _read(self) -> timedelta:
        try:
            text = self._file.read_text(encoding="utf-8").strip()
        except OSError:
            return timedelta()
        return timedelta(seconds=int(text)) if text.isdecimal() else timedelta()
