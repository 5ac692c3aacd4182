"""The servers under measurement: the product, and the bare application it is compared with."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.access import Credentials
from app.cli.project import ROOT
from app.security.access_tokens import AccessTokens
from benchmarks.fill import id_of, now
from benchmarks.scratch import Scratch

ISSUER: Final = "https://cabinet.invalid/"
KEY: Final = Ed25519PrivateKey.generate()
KEY_PEM: Final = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
START_SECONDS: Final = 30


@dataclass(frozen=True)
class Served:
    """A server process and its children."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Return the processor time of every thread so far; 0 where there is no /proc."""
        return self.cpu_of(self.process.pid)

    @staticmethod
    def cpu_of(pid: int) -> float:
        """Return the processor time so far of a process and of its children that still run."""
        return sum(_cpu_seconds(each) for each in (pid, *_children(pid)))

    def pss_megabytes(self) -> float:
        """Return the memory of its own and its share of what it shares; 0 without /proc."""
        return sum(_pss_kilobytes(pid) for pid in self._pids()) / 1024

    def _pids(self) -> list[int]:
        return [self.process.pid, *_children(self.process.pid)]


@contextmanager
def product(
    scratch: Scratch,
    *,
    root: Path = ROOT,
    name: str = "cabinet",
    python: str = sys.executable,
) -> Iterator[Served]:
    """Serve the product of a checkout, one worker, configured as in production."""
    command = [python, "-P", "-m", "app.cli", "serve"]
    environment = {
        "CABINET_MODE": "production",
        "CABINET_PUBLIC_URL": ISSUER,
        "CABINET_SECRET_KEY": secrets.token_hex(32),
        "CABINET_TOKEN_KEYS": KEY_PEM,
        "CABINET_SMS_URL": "https://sms.invalid",
        "CABINET_SMS_TOKEN": "nobody is called",
        "CABINET_SMS_SENDER": "Cabinet",
        "CABINET_READING_WINDOW_OPENS_DAYS_BEFORE": "31",
        "CABINET_MEMBER_REQUESTS_A_MINUTE": "1000000",
        "PYTHONPATH": str(root),
    }
    with serving(name, scratch, command, environment, port_variable="CABINET_PORT") as served:
        yield served


@contextmanager
def bare(scratch: Scratch) -> Iterator[Served]:
    """Serve `benchmarks/bare.py`: the same SQL and the same answer, and nothing else."""
    command = [sys.executable, "-P", "-m", "benchmarks.bare"]
    environment = {"PYTHONPATH": str(ROOT)}
    with serving("bare", scratch, command, environment, port_variable="PORT") as served:
        yield served


@contextmanager
def serving(
    name: str,
    scratch: Scratch,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    port_variable: str,
) -> Iterator[Served]:
    port = _free_port()
    url = scratch.url.render_as_string(hide_password=False)
    whole = {**os.environ, **environment, "DATABASE_URL": url, port_variable: str(port)}
    # Lines of the log are written and kept, as they would be.
    with (scratch.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=whole, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603 - our own programs
    served = Served(name, port, process)
    try:
        _wait_for(served)
        yield served
    finally:
        process.terminate()
        process.wait(30)


def tokens(companies: Iterable[int]) -> list[str]:
    """Return access tokens of the owners of these companies, good for a day."""
    issuing = AccessTokens(keys_pem=KEY_PEM, issuer=ISSUER)
    moment = now() + timedelta(days=1)
    ids = [id_of(number) for number in companies]
    return [issuing.issue(Credentials(each, each, each), now=moment) for each in ids]


def _wait_for(served: Served) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and served.process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", served.port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit(f"{served.name} did not start; run it by hand to see why")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [each for child in map(int, listed.split()) for each in (child, *_children(child))]


def _cpu_seconds(pid: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text().split()[0])
        except OSError:
            continue  # the thread has ended
    return total / 1e9


def _pss_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
