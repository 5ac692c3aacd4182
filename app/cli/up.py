"""The sandbox: everything on this machine, started with one command and stopped with one key."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import typer

from app.cli import sandbox
from app.cli.banner import banner
from app.cli.database import prepare, running_database
from app.cli.failure import fail, refuse
from app.cli.keys import sandbox_keys
from app.cli.one_copy import only_copy
from app.cli.supervisor import Child, GaveUp, Supervisor
from app.devdb import NoDatabase, state_folder
from app.devdb.safe_files import open_private

READY_SECONDS = 60
PROBE_SECONDS = 2
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked for by name, not bound

NO_STATE = """\
Cannot write to the state folder {state}: {error}.
  Set CABINET_STATE_DIR to a folder of your own."""
NOT_READY = """\
The API was not ready within {seconds} seconds. Its log {log} ends with:
{tail}"""


def up() -> None:
    """Start the whole sandbox on this machine; also without a command."""
    sandbox.refuse_other_modes()
    host, port = sandbox.chosen_host(), sandbox.chosen_port()
    try:
        with sandbox.listen(host, port) as listener:
            state = _writable_state()
            with only_copy(state, port=port), _signals_as_interrupts():
                _run(port, state, listener)
    except NoDatabase as error:
        refuse(str(error))
    except GaveUp as error:
        fail(str(error))
    except KeyboardInterrupt:
        _say("Stopped.")


def _run(port: int, state: Path, listener: socket.socket) -> None:
    keys = sandbox_keys(state)
    with running_database(state, _say) as database:
        prepare(database, _say)
        environment = sandbox.environment(
            keys=keys, state=state, port=port, database_url=database.url
        )
        with Supervisor(_say) as children:
            _start(children, state, environment, listener)
            _show_banner(port, state, database.url)
            while True:
                time.sleep(0.2)
                children.restart_the_dead()
                if database.server and database.server.revive():
                    _say("The database had stopped; started it again.")


def _start(
    children: Supervisor, state: Path, environment: Mapping[str, str], listener: socket.socket
) -> None:
    program = [sys.executable, "-P", "-m", "app.cli"]
    api = Child(
        "API",
        [*program, "serve", "--listener", str(listener.fileno())],
        state / "api.log",
        environment,
        inherits=[listener.fileno()],
    )
    worker = Child("worker", [*program, "worker"], state / "worker.log", environment)
    _say("Starting the API and the worker.")
    children.start(api)
    # The worker waits, so that the API has the processor to itself and is ready sooner.
    _wait_until_ready(api, children, listener)
    children.start(worker)


def _wait_until_ready(api: Child, children: Supervisor, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(EVERYWHERE.get(host, host), port):
        children.restart_the_dead()
        if time.monotonic() > deadline:
            words = api.last_words()
            raise GaveUp(NOT_READY.format(seconds=READY_SECONDS, log=api.log, tail=words))
        time.sleep(0.02)


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _show_banner(port: int, state: Path, database_url: str) -> None:
    from app.sandbox.demonstration import companies_to_try

    companies = asyncio.run(companies_to_try(database_url))
    _say(banner(address=f"http://127.0.0.1:{port}", state=state, companies=companies))


def _writable_state() -> Path:
    state = state_folder()
    try:
        state.mkdir(parents=True, exist_ok=True)
        for name in ("api.log", "worker.log"):
            os.close(open_private(state / name))
    except OSError as error:
        refuse(NO_STATE.format(state=state, error=error.strerror))
    return state


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """Let every wish to stop arrive as Ctrl-C does, also where Ctrl-C was switched off."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # ignored under nohup: stay alive
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    typer.echo(line)
