import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from app.cli import lifeline
from app.devdb.safe_files import open_private

QUICK_SECONDS = 10.0
"""A child that dies sooner has not been of use, and will hardly be next time."""
QUICK_DEATHS = 3
LONGEST_LOG = 10_000_000

GAVE_UP = """\
The {name} keeps stopping (exit code {code}). Its log {log} ends with:
{tail}"""


class GaveUp(Exception):
    """A child cannot be kept alive; the text tells its last words."""


@dataclass
class Child:
    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    inherits: Sequence[int] = ()
    """Open files of ours that it gets, by the same numbers."""
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    stop_seconds: float = 15.0
    quick_deaths: int = 0
    log_begins: int = 0
    """Where, in bytes, the log of the present process begins; others are above it."""

    def start(self, lifeline_end: int) -> None:
        with os.fdopen(open_private(self.log), "ab") as log:
            self.log_begins = log.seek(0, os.SEEK_END)
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self.environment, lifeline.VARIABLE: str(lifeline_end)},
                pass_fds=[lifeline_end, *self.inherits],
                # Ctrl-C reaches a whole terminal; the children stop when we say so, in order.
                start_new_session=True,
            )
        self.started = time.monotonic()

    def exit_code(self) -> int | None:
        """Return how it ended, or None while it runs."""
        return self.process.poll() if self.process else None

    def count_death(self) -> None:
        is_quick = time.monotonic() - self.started < QUICK_SECONDS
        self.quick_deaths = self.quick_deaths + 1 if is_quick else 0

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        said = self.log.read_bytes()[self.log_begins :].decode(errors="replace")
        return "\n".join(said.splitlines()[-15:])


class Supervisor:
    """Keeps children alive, and takes them along when it ends, in the order they started."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        self._read_end, self._write_end = os.pipe()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in self._children:
            child.stop()
        os.close(self._write_end)
        os.close(self._read_end)

    def start(self, child: Child) -> None:
        if child.log.exists() and child.log.stat().st_size > LONGEST_LOG:
            child.log.replace(child.log.with_suffix(".old.log"))
        child.start(self._read_end)
        self._children.append(child)

    def restart_the_dead(self) -> None:
        """Start again what has died.

        :raises GaveUp: one died several times in a row, each time soon after its start.
        """
        for child in self._children:
            code = child.exit_code()
            if code is not None:
                self._restart(child, code)

    def _restart(self, child: Child, code: int) -> None:
        child.count_death()
        if child.quick_deaths >= QUICK_DEATHS:
            words = child.last_words()
            raise GaveUp(GAVE_UP.format(name=child.name, code=code, log=child.log, tail=words))
        self._say(f"The {child.name} stopped (exit code {code}); starting it again.")
        child.start(self._read_end)
