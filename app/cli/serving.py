"""The two processes of a deployment: the API and the worker."""

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import lifeline
from app.cli.failure import refuse

if TYPE_CHECKING:
    from app.settings import Settings

SECONDS_TO_FINISH = 10
"""How long requests that are under way may take after we were told to stop."""


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
) -> None:
    """Serve the API, configured by the environment."""
    lifeline.watch()
    settings = _settings()
    import uvicorn

    uvicorn.run(
        "app.main:build",
        factory=True,
        host=host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )


def worker() -> None:
    """Run the background worker, configured by the environment."""
    lifeline.watch()
    settings = _settings()
    import uvloop

    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings))


async def _work(settings: "Settings") -> None:
    from app.worker import run

    work = asyncio.ensure_future(run(settings))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
    with suppress(asyncio.CancelledError):
        await work


def _settings() -> "Settings":
    from app.settings import SettingsRefused, load_settings

    try:
        return load_settings()
    except SettingsRefused as refusal:
        refuse(str(refusal))
