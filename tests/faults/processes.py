"""The API as a process of its own, which a test may stop, kill and start again."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import URL

from tests.factories.keys import new_signing_key

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
"""Seconds after which a test says that something will not happen."""
SECRET = "a secret key for tests, 32 bytes or more"


def configuration(url: URL, **changes: str) -> dict[str, str]:
    """Return the environment of a production deployment whose reading window is always open."""
    ours = {
        "public_url": "https://cabinet.example",
        "secret_key": SECRET,
        "token_keys": new_signing_key(),
        "sms_url": "https://sms.example",
        "sms_token": "an access token of the SMS provider",
        "sms_sender": "Cabinet",
        "reading_window_opens_days_before": "31",
        "drain_seconds": "0",
        # Tests ask faster than people.
        "member_requests_a_minute": "1000000",
    }
    named = {f"CABINET_{name.upper()}": value for name, value in (ours | changes).items()}
    return named | {"DATABASE_URL": url.render_as_string(hide_password=False)}


def clean_environment() -> dict[str, str]:
    """Return our environment without what would configure the product."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CABINET_") and name != "DATABASE_URL"
    } | {"PYTHONPATH": str(ROOT)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Api:
    settings: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "app.cli", "serve"),
                env=clean_environment() | dict(self.settings) | {"CABINET_PORT": str(self.port)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
            while await self.readiness(client) != 200:
                assert self.process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.02)

    async def readiness(self, client: httpx.AsyncClient) -> int | None:
        """Return what /health/ready says; None if nobody listens."""
        with suppress(httpx.TransportError):
            return (await client.get(f"{self.url}/health/ready")).status_code
        return None

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self) -> int:
        assert self.process is not None
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def running_api(settings: Mapping[str, str], log: Path) -> AsyncIterator[Api]:
    api = Api(settings, log)
    try:
        await api.start()
        yield api
    finally:
        await api.kill()
