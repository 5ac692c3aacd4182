"""A PostgreSQL of our own that keeps what it has promised, to be killed and started again."""

import asyncio
import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, make_url

from app.devdb import DevServer

SECONDS_TO_RETURN = 20.0
CHILD = re.compile(r"^\d+ \(.*\) \S (\d+) ", re.DOTALL)
"""A line of /proc/PID/stat, as far as the parent's number."""


class Postgres:
    def __init__(self, server: DevServer) -> None:
        self._server = server

    @property
    def address(self) -> URL:
        return make_url(self._server.url("postgres"))

    @property
    def postmaster(self) -> int:
        file = self._server.data / "postmaster.pid"
        return int(file.read_text().split("\n", 1)[0])

    def kill(self) -> None:
        """End it as a machine out of memory does: the postmaster and all it has started."""
        self._send_to_all(signal.SIGKILL)

    def kill_postmaster(self) -> None:
        """End the postmaster alone; whoever computes something goes on without it."""
        os.kill(self.postmaster, signal.SIGKILL)

    def stop(self) -> None:
        """Let it stop as an administrator does: everybody is disconnected, then it ends."""
        os.kill(self.postmaster, signal.SIGINT)

    def freeze(self) -> None:
        """Let it fall silent with every connection open, as on a machine that swaps."""
        self._send_to_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send_to_all(signal.SIGCONT)

    async def restart(self) -> None:
        """Start it again when it has ended, recovering what its journal holds."""
        await asyncio.to_thread(self._restart)

    def _send_to_all(self, number: signal.Signals) -> None:
        for process in (self.postmaster, *_children(self.postmaster)):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def _restart(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_RETURN
        while self._server.is_running():
            assert time.monotonic() < deadline, "PostgreSQL has not ended"
            time.sleep(0.01)
        self._server.revive()


@contextmanager
def durable_postgres() -> Iterator[Postgres]:
    # Not pytest's own folder, which root's servers could not enter.
    with tempfile.TemporaryDirectory(prefix="cab-") as folder:
        state = Path(folder)
        state.chmod(0o755)
        with DevServer("durable", state_dir=state, durable=True) as server:
            yield Postgres(server)


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            match = CHILD.match(status.read_text())
            if match and int(match[1]) == parent:
                found.append(int(status.parent.name))
    return found
