"""The product on one port, a front end on another, and a browser that shows it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

from app.database import Database
from app.main import create_app
from app.routers.http.configuration import HttpConfig
from app.security.access_tokens import AccessTokens
from app.security.passwords import PasswordHasher
from app.services import Services
from tests.api.conftest import HISTORY
from tests.clients.browser import Browser, chromium
from tests.clients.typescript import compiled
from tests.clients.wire import Wire
from tests.contract.conftest import served
from tests.factories.people import password_hash, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock

PAGE = "<!doctype html><meta charset=utf-8><title>A front end</title>"


class QuietFiles(SimpleHTTPRequestHandler):
    @override
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def front_end(files: Path) -> Iterator[str]:
    (files / "index.html").write_text(PAGE, encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=files)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@dataclass(frozen=True)
class FrontEnd:
    """A browser at a front end's page, and the product that it calls."""

    browser: Browser
    page: str
    """At an origin of its own, so that what a test before left in the browser is not seen."""
    api: str
    wire: Wire
    company: Company
    clock: FrozenClock


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
async def shown(
    services: Services,
    database: Database,
    clock: FrozenClock,
    access_tokens: AccessTokens,
    passwords: PasswordHasher,
    browser: Browser,
) -> AsyncIterator[FrontEnd]:
    files = await asyncio.to_thread(compiled)
    company = await create_company(database, history=HISTORY)
    hashed = await password_hash(passwords)
    await sign_in(database, access_tokens, company, password_hash=hashed)
    with front_end(files) as origin:
        config = HttpConfig(allowed_origins=(origin,))
        wire = Wire(create_app(services, http_config=config, clock=clock))
        async with served(wire) as api:
            yield FrontEnd(browser, f"{origin}/", api, wire, company, clock)
