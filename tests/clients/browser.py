"""A real Chromium, driven over W3C WebDriver by Debian's chromedriver."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.cli.waiting import wait_until

FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS: Final = 30.0
SCRIPT_MS: Final = 30_000


@dataclass(frozen=True)
class Tab:
    session: httpx.Client
    handle: str

    async def run(self, script: str, *arguments: object) -> Any:
        """Run the body of an async function in this tab, and return what it returns.

        What it throws comes as `{"error": ..., "name": ..., "code": ..., "fields": ...}`.
        """
        return await asyncio.to_thread(self._run, script, arguments)

    def _run(self, script: str, arguments: tuple[object, ...]) -> Any:
        self.session.post("window", json={"handle": self.handle}).raise_for_status()
        body = {
            "script": "const done = arguments[arguments.length - 1];"
            f"(async (...given) => {{ {script} }})(...arguments).then("
            "value => done({value}), error => done({error: String(error), name: error.name,"
            " code: error.code, fields: error.fields && [...error.fields]}));",
            "args": list(arguments),
        }
        told = self.session.post("execute/async", json=body).json()["value"]
        return told.get("value") if set(told) <= {"value"} else told


class Browser:
    def __init__(self, session: httpx.Client) -> None:
        self._session = session

    def open_tab(self, page: str) -> Tab:
        made = self._session.post("window/new", json={"type": "tab"}).json()["value"]["handle"]
        self._session.post("window", json={"handle": made}).raise_for_status()
        self._session.post("url", json={"url": page}).raise_for_status()
        return Tab(self._session, made)


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile; skip the test where there is none."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or binary is None:
        pytest.skip("chromium and chromedriver are not installed (Debian: chromium-driver)")
    port = _free_port()
    # In a group of its own, so that no process of the browser outlives the test.
    process = subprocess.Popen(  # noqa: S603 - found by name
        [driver, f"--port={port}"], stdout=subprocess.DEVNULL, start_new_session=True
    )
    base = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(base), seconds=START_SECONDS)
        with httpx.Client(trust_env=False, timeout=60) as http:
            session = f"{base}/session/{_started(http, base, binary, profile)}"
            with httpx.Client(base_url=session, trust_env=False, timeout=60) as client:
                yield Browser(client)
            http.delete(session).raise_for_status()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _started(http: httpx.Client, base: str, binary: str, profile: Path) -> str:
    options = {"binary": binary, "args": [*FLAGS, f"--user-data-dir={profile}"]}
    wish = {"goog:chromeOptions": options, "timeouts": {"script": SCRIPT_MS}}
    made = http.post(f"{base}/session", json={"capabilities": {"alwaysMatch": wish}})
    made.raise_for_status()
    return str(made.json()["value"]["sessionId"])


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/status", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
