"""The worker as a process of its own, which a test may kill."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL

from tests.conftest import DOMAIN, SECRET
from tests.fakes.sms_gateway import FakeSmsGateway

ROOT = Path(__file__).parents[2]
PATIENCE = 20
"""Seconds after which a test says that something will not happen."""


def configuration(url: URL, gateway: FakeSmsGateway) -> dict[str, str]:
    return {
        "mode": "sandbox",
        "public_url": f"https://{DOMAIN}",
        "database_url": url.render_as_string(hide_password=False),
        "secret_key": SECRET,
        "token_keys": "unused",
        "sms_url": gateway.url,
        "sms_token": gateway.token,
        "sms_sender": "Cabinet",
    }


def _environment(configuration: Mapping[str, str]) -> dict[str, str]:
    ours = {
        f"CABINET_{name.upper()}": value
        for name, value in configuration.items()
        if name != "database_url"
    }
    return {
        **os.environ,
        **ours,
        "DATABASE_URL": configuration["database_url"],
        "PYTHONPATH": str(ROOT),
    }


@asynccontextmanager
async def worker_process(
    url: URL, gateway: FakeSmsGateway, *, log: Path, **changes: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "worker"),
            env=_environment(configuration(url, gateway) | changes),
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait for another process to have done something."""
    async with asyncio.timeout(PATIENCE):
        while not await is_so():  # noqa: ASYNC110 - nothing tells us but the database
            await asyncio.sleep(0.02)
