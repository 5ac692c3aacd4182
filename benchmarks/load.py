"""Load over HTTP: wrk where it is installed, else a client of our own, which costs more itself."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from benchmarks.client import pour
from benchmarks.served import Served

SCRIPT: Final = Path(__file__).with_name("requests.lua")
WRK: Final = shutil.which("wrk")
_laps = count(1)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    token: str = "-"  # noqa: S105 - stands for no token
    body: str = "-"
    """`@` becomes a digit that changes from lap to lap."""


@dataclass(frozen=True)
class Load:
    """What one load came to; times in milliseconds."""

    per_second: float
    p50: float
    p99: float
    failed: int
    requests: int
    cpu_us: float
    """Processor time of the server for one request."""


def load(
    served: Served,
    requests: Sequence[Request],
    *,
    clients: int,
    seconds: float,
    repeatable: bool = False,
) -> Load:
    """Send the requests in turn, each client its next one when the last is answered."""
    with NamedTemporaryFile("w", suffix=".tsv") as file:
        for each in requests:
            file.write(f"{each.method}\t{each.path}\t{each.token}\t{each.body}\n")
        file.flush()
        lap = next(_laps)
        before = served.cpu_seconds()
        if WRK:
            key = f"lap-{lap}" if repeatable else None
            told = _wrk(served, Path(file.name), clients, seconds, lap, key)
        else:
            whole = [_whole(each, lap, repeatable=repeatable) for each in requests]
            told = asyncio.run(pour(served.port, whole, clients=clients, seconds=seconds))
        spent = served.cpu_seconds() - before
    answered, failed, duration, p50, p99 = told
    return Load(
        per_second=answered / duration,
        p50=p50,
        p99=p99,
        failed=int(failed),
        requests=int(answered),
        cpu_us=spent / max(answered, 1) * 1e6,
    )


def _wrk(
    served: Served, file: Path, clients: int, seconds: float, lap: int, key: str | None
) -> Sequence[float]:
    command = [
        str(WRK),
        "-t1",
        f"-c{clients}",
        f"-d{max(round(seconds), 1)}s",
        "--timeout",
        "10s",
        "-s",
        str(SCRIPT),
        served.address,
    ]
    environment = {**os.environ, "REQUESTS": str(file), "LAP": str(lap)}
    if key:
        environment["REPEATABLE"] = key
    done = subprocess.run(  # noqa: S603 - our own command line
        command, env=environment, capture_output=True, text=True, check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return [float(part) for part in line.split()[1:]]


def _whole(request: Request, lap: int, *, repeatable: bool) -> bytes:
    body = "" if request.body == "-" else request.body.replace("@", str(lap % 10))
    lines = [f"{request.method} {request.path} HTTP/1.1", "Host: 127.0.0.1"]
    if request.token != "-":  # noqa: S105 - stands for no token
        lines.append(f"Authorization: Bearer {request.token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    if body and repeatable:
        lines.append(f"Idempotency-Key: lap-{lap}-{hash(request)}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
