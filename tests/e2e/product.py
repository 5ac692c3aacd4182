"""The product as a newcomer has it: `python3 run.py`, from outside."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.cli.waiting import is_alive, wait_until
from tests.databases import ROOT

START_SECONDS = 90.0
STOP_SECONDS = 20.0
LAST_LINE = "Ctrl-C stops everything."
PROC = Path("/proc")
OURS = ("CABINET_", "DATABASE_URL", "PYTHON", "COV_")


@dataclass
class Product:
    """A running product: what it said, where it answers, and every process that belongs to it."""

    process: "subprocess.Popen[bytes]"
    log: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['CABINET_PORT']}"

    @property
    def said(self) -> str:
        return self.log.read_text()

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def processes(self) -> dict[int, str]:
        """Return the command line of each process that stems from ours."""
        rows = list(_running() if PROC.is_dir() else _told_by_ps())
        found = {self.process.pid: ""}
        # Parents may come after their children in the table.
        for _ in range(4):
            found |= {pid: line for pid, parent, line in rows if parent in found}
        return found

    def worker(self) -> int:
        return next(
            pid for pid, line in self.processes().items() if line.endswith("app.cli worker")
        )

    def interrupt(self) -> None:
        """Press Ctrl-C, and wait until the program has ended."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def newcomers_environment(state: Path) -> dict[str, str]:
    """Return an environment in which nothing of ours is set but where to be."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "CABINET_STATE_DIR": str(state), "CABINET_PORT": str(_free_port())}


def run_py(
    *arguments: str | Path, environment: dict[str, str], cwd: Path
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, ROOT / "run.py", *arguments],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def started(environment: dict[str, str], *, cwd: Path) -> Iterator[Product]:
    """Start the product, wait until it says that it runs, and leave nothing of it behind."""
    log = cwd / "said.txt"
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, ROOT / "run.py"], stdout=said, stderr=said, env=environment, cwd=cwd
        )
    product = Product(process, log, environment)
    try:
        wait_until(
            lambda: LAST_LINE in product.said or process.poll() is not None, seconds=START_SECONDS
        )
        assert process.poll() is None, product.said
        yield product
    finally:
        everything = product.processes()
        if process.poll() is None:
            product.interrupt()
        wait_until(lambda: not still_alive(everything), seconds=STOP_SECONDS)


def still_alive(processes: dict[int, str]) -> dict[int, str]:
    return {pid: line for pid, line in processes.items() if is_alive(pid)}


def _running() -> Iterator[tuple[int, int, str]]:
    """Return id, parent and command line of every process; images often come without `ps`."""
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # ended while we looked
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            line = (folder / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
            yield int(folder.name), parent, line.decode(errors="replace")


def _told_by_ps() -> Iterator[tuple[int, int, str]]:
    command = ["/bin/ps", "-A", "-o", "pid=,ppid=,command="]
    table = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - fixed
    for row in table.stdout.splitlines():
        pid, parent, line = row.split(None, 2)
        yield int(pid), int(parent), line


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
