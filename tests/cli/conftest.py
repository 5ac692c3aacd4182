import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.database import Database

VARIABLES = ("DATABASE_URL", "CABINET_MODE", "CABINET_HOST", "CABINET_PORT", "CABINET_STATE_DIR")


@pytest.fixture(autouse=True, scope="module")
async def new_threads() -> AsyncIterator[None]:
    """Run this file's commands in threads of its own.

    Coverage watches a thread from its beginning or not at all, and those that the loop has kept may
    have begun in a test that it does not watch.
    """
    with ThreadPoolExecutor(max_workers=4) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        yield
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


@pytest.fixture
def state() -> Iterator[Path]:
    """An empty state folder that everybody may enter, unlike pytest's own: root's servers too."""
    with tempfile.TemporaryDirectory(prefix="cab-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def cli_runner(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs commands as if the person had set nothing."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


@pytest.fixture
async def url(database: Database) -> str:
    """The address of the test's database, for commands."""
    async with database.begin() as transaction:
        connection = await transaction.connection()
        return connection.engine.url.render_as_string(hide_password=False)
