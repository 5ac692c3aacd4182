"""A thousand clients that send half a request each, and one who only wants to read (A14)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median

import httpx
import pytest
from sqlalchemy import URL

from app.arrival.connections import raise_file_limit
from app.database import Database
from app.security.passwords import PasswordHasher
from tests.faults.processes import Api, configuration, running_api
from tests.faults.traffic import Writer, hire_members

CLIENTS = 1000
SLOWEST = 0.05
"""Seconds, of 99 in 100 requests of somebody else."""
QUIET = 0.01
"""Seconds, of 99 in 100 requests without any halves, where nobody else uses the machine.
Where somebody does, what it takes without halves is granted on top of `SLOWEST`."""
BASELINE = 2.0
"""Seconds for which that is measured, each time."""
STRETCHES = 3
"""The middle one of them is judged: another program disturbs one, a stall of ours most of them."""
MOST_MEMORY = 64 * 1024
"""KiB more than before, at the peak."""

HALVES = (
    b"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Half: " + b"a" * 30_000,
    b"POST /v1/sign-ups HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 16384\r\n\r\n" + b" " * 16_000,
    b"POST /v1/sign-ups HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n1000\r\n" + b" " * 4000,
    b"G",
)

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="memory is read from /proc"
)


@dataclass(frozen=True)
class Memory:
    """What the kernel knows of a process's memory, in KiB."""

    folder: Path

    @classmethod
    def of(cls, api: Api) -> "Memory":
        assert api.process is not None
        return cls(Path(f"/proc/{api.process.pid}"))

    def resident(self) -> int:
        return self._read("VmRSS")

    def forget_peak(self) -> None:
        # proc(5): the peak becomes what is resident now.
        (self.folder / "clear_refs").write_text("5")

    def peak(self) -> int:
        return self._read("VmHWM")

    def _read(self, name: str) -> int:
        lines = (self.folder / "status").read_text().splitlines()
        [line] = [line for line in lines if line.startswith(f"{name}:")]
        return int(line.split()[1])


async def hold(port: int, half: bytes) -> None:
    """Send half a request, wait until the server has had enough, and begin again."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(half)
                await reader.read()
            finally:
                writer.close()
        await asyncio.sleep(0.1)


@asynccontextmanager
async def holding(port: int) -> AsyncIterator[None]:
    halves = cycle(HALVES)
    tasks = [asyncio.create_task(hold(port, next(halves))) for _ in range(CLIENTS)]
    try:
        await asyncio.sleep(2)  # all of them have connected
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def times_of(client: httpx.AsyncClient, reader: Writer, *, seconds: float) -> list[float]:
    """Return how long each answer took, one request after another."""
    taken: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.monotonic()
        answer = await client.get("/v1/me", headers=reader.owner.headers)
        taken.append(time.monotonic() - started)
        assert answer.status_code == 200
        await asyncio.sleep(0.02)
    return taken


def p99(taken: list[float]) -> float:
    return sorted(taken)[len(taken) * 99 // 100]


async def leave_the_others_alone(
    url: URL, database: Database, passwords: PasswordHasher, log: Path, *, seconds: float
) -> None:
    raise_file_limit()
    async with (
        running_api(configuration(url), log) as api,
        httpx.AsyncClient(base_url=api.url, timeout=10) as client,
    ):
        [reader] = await hire_members(database, passwords, client, count=1)
        quiet = [p99(await times_of(client, reader, seconds=BASELINE))]
        memory = Memory.of(api)
        before = memory.resident()
        memory.forget_peak()
        async with holding(api.port):
            stretches = [
                await times_of(client, reader, seconds=seconds / STRETCHES)
                for _ in range(STRETCHES)
            ]
            most = memory.peak()
        await asyncio.sleep(1)  # the halves have gone
        quiet.append(p99(await times_of(client, reader, seconds=BASELINE)))

    idle, busy = max(quiet), median(map(p99, stretches))
    told = f"{busy * 1000:.1f} ms, {idle * 1000:.1f} ms idle, {most - before} KiB more at most"
    assert busy < (SLOWEST if idle < QUIET else SLOWEST + idle), told
    assert most - before <= MOST_MEMORY, told


@needs_proc
async def test_half_requests_leave_the_others_alone(
    url: URL, database: Database, passwords: PasswordHasher, tmp_path: Path
) -> None:
    await leave_the_others_alone(url, database, passwords, tmp_path / "api.log", seconds=3)


@needs_proc
@pytest.mark.slow
async def test_half_requests_for_a_minute_leave_the_others_alone(
    url: URL, database: Database, passwords: PasswordHasher, tmp_path: Path
) -> None:
    await leave_the_others_alone(url, database, passwords, tmp_path / "api.log", seconds=60)
