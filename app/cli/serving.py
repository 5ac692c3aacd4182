"""The two processes of a deployment: the API and the worker."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.cli import lifeline
from app.cli.failure import Exit, refuse

if TYPE_CHECKING:
    import uvicorn

    from app.settings import Settings

APPLICATION: Final = "app.main:build"
SECONDS_TO_FINISH = 10
"""How long requests that are under way may take after we were told to stop."""
ONE_PORT = """\
CABINET_METRICS_PORT is one port, and --workers asks for several processes that count apart.
  Leave --workers out and start more containers, or leave CABINET_METRICS_PORT out."""


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
    listener: Annotated[
        int | None, typer.Option(hidden=True, help="A socket to accept from, inherited.")
    ] = None,
) -> None:
    """Serve the API, configured by the environment."""
    lifeline.watch()
    with _refusals_explained():
        settings = _settings()
        if workers > 1 and settings.metrics_port is not None:
            refuse(ONE_PORT)
        _serve(host, workers, settings.port, listener)


def worker(
    host: Annotated[
        str, typer.Option(help="The address to answer Prometheus on, if a port is set.")
    ] = "127.0.0.1",
) -> None:
    """Run the background worker, configured by the environment."""
    lifeline.watch()
    with _refusals_explained():
        _run_worker(_settings(), host)


def _serve(host: str, workers: int, port: int, listener: int | None) -> None:
    import uvicorn

    from app.arrival.connections import raise_file_limit
    from app.arrival.protocol import BoundedHttp

    raise_file_limit()
    if workers > 1:
        from app.main import build

        # Refusals are for the person: a worker that meets one would be started again for ever.
        build()
    options: dict[str, Any] = {
        "factory": True,
        "host": host,
        "port": port,
        "workers": workers,
        "loop": "uvloop",
        "http": BoundedHttp,
        "ws": "none",
        # The application logs each request, and knows itself which proxies to believe.
        "access_log": False,
        "log_config": None,
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": SECONDS_TO_FINISH,
    }
    if listener is None:
        uvicorn.run(APPLICATION, **options)
    else:
        _serve_from(socket.socket(fileno=listener), uvicorn.Config(APPLICATION, **options))


def _serve_from(listener: socket.socket, config: "uvicorn.Config") -> None:
    """Serve from a socket of the parent, which still holds it when this process starts again."""
    import uvicorn

    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        raise typer.Exit(Exit.FAILED)


# These two run in a process that coverage does not see; tests/cli/test_serving.py watches it.
def _run_worker(settings: "Settings", host: str) -> None:  # pragma: no cover
    import uvloop

    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings, host))


async def _work(settings: "Settings", host: str) -> None:  # pragma: no cover
    from app.worker import run

    work = asyncio.ensure_future(run(settings, host=host))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
    with suppress(asyncio.CancelledError):
        await work


def _settings() -> "Settings":
    from app.settings import load_settings

    return load_settings()


@contextmanager
def _refusals_explained() -> Iterator[None]:
    from app.settings import SettingsRefused

    try:
        yield
    except SettingsRefused as refusal:
        refuse(str(refusal))
