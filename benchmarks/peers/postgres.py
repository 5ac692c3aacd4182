"""The processor time of the PostgreSQL that a run uses, where it is on this machine."""

import os
from pathlib import Path
from typing import Final

import asyncpg

from benchmarks.served import Served

TICK: Final = os.sysconf("SC_CLK_TCK")
CHILDREN_USER, CHILDREN_SYSTEM = 13, 14
"""Fields of /proc/<pid>/stat after the name, counted from 0: what ended children have used."""


class Postgres:
    """The postmaster with its processes; without /proc, or elsewhere, it has used nothing."""

    def __init__(self, postmaster: int | None) -> None:
        self._postmaster = postmaster

    @classmethod
    async def behind(cls, libpq: str) -> "Postgres":
        """Find the server behind an address: the parent of our own connection's process."""
        connection = await asyncpg.connect(libpq)
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        try:
            fields = _stat(backend)
        except OSError:
            return cls(None)
        finally:
            await connection.close()
        return cls(int(fields[1]))

    def cpu_seconds(self) -> float:
        if self._postmaster is None:
            return 0.0
        fields = _stat(self._postmaster)
        ended = int(fields[CHILDREN_USER]) + int(fields[CHILDREN_SYSTEM])
        return ended / TICK + Served.cpu_of(self._postmaster)


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
