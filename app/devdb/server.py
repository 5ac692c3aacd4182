import asyncio
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from app.devdb import guardian
from app.devdb.account import NoDatabase, process_environment
from app.devdb.binaries import find_binaries
from app.devdb.place import Place, state_folder
from app.devdb.safe_files import open_private

OPTIONS = ("listen_addresses=", "unix_socket_permissions=0700", "max_connections=200")
FAST_AND_FORGETFUL = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=500",  # two processes of tests, each with races of two hundred
)
BUILTIN_LOCALES_SINCE = 17
START_SECONDS = 60
STOP_SECONDS = 20
REVIVE_SECONDS = 15
"""Longer than a statement of ours may take."""
REVIVE_PAUSE = 0.2

FAILED = """\
PostgreSQL did not start; its log {log} ends with:
{tail}
  To begin with a fresh database, delete the state folder, or set CABINET_STATE_DIR to another."""
TOOL_FAILED = """\
{tool} failed:
{tail}
  Correct that, or name a database of your own in DATABASE_URL."""
NO_ACCESS = """\
PostgreSQL cannot be started in {home}: {error}.
  Run this as the owner of that folder, or set CABINET_STATE_DIR to a folder of your own."""


class DevServer:
    """A server that runs while anyone, in any process, is inside `with DevServer(name)`."""

    def __init__(self, name: str, *, state_dir: Path | None = None, durable: bool = False) -> None:
        self._name = name
        self._state = state_dir or state_folder()
        self._durable = durable
        self._users: IO[str] | None = None
        self._socket_folder = Path()

    def __enter__(self) -> Self:
        """Start the server, or join those who use it.

        :raises NoDatabase: it cannot run here; the text says what to do.
        """
        try:
            self._place = Place(self._name, self._state)
            self._place.prepare()
            self._join()
        except OSError as error:
            self._leave()
            raise NoDatabase(NO_ACCESS.format(home=self._state, error=error)) from error
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; if nobody else is there, return when the server has stopped."""
        self._leave()
        deadline = time.monotonic() + STOP_SECONDS
        time.sleep(0.02)  # for the guardian to wake up
        while self._is_stopping() and time.monotonic() < deadline:
            time.sleep(0.01)

    @property
    def data(self) -> Path:
        return self._place.data

    @property
    def log(self) -> Path:
        return self._place.log

    def is_running(self) -> bool:
        """Tell whether the guardian lives, and so its server: it holds a lock all its life."""
        return not _is_free(self._place.lock("guardian"))

    def revive(self) -> bool:
        """Start the server again if it has died under us; tell whether it had.

        :raises NoDatabase: it cannot run here any more; the text says what to do.
        """
        if self.is_running():
            return False
        deadline = time.monotonic() + REVIVE_SECONDS
        while True:
            self._leave()
            try:
                self._join()
            except NoDatabase:
                # A busy process of the old server outlives it, and holds its shared memory.
                if time.monotonic() > deadline:
                    raise
                time.sleep(REVIVE_PAUSE)
            else:
                return True

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://cabinet@/{database}?host={quote(str(self._socket_folder))}"

    def ensure_database(self, name: str) -> None:
        """Create the database unless it is there. Not for use inside an event loop."""
        asyncio.run(_create_database(self._socket_folder, name))

    def _join(self) -> None:
        with _opened(self._place.lock("starting")) as one_at_a_time:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            self._users = _opened(self._place.lock("users"))
            # Waits while a guardian is stopping the server.
            fcntl.flock(self._users, fcntl.LOCK_SH)
            stale = None if self.is_running() else self._launch()
            self._socket_folder = self._wait_until_ready(stale)

    def _leave(self) -> None:
        if self._users is not None:
            self._users.close()

    def _is_stopping(self) -> bool:
        return self.is_running() and not _is_free(self._place.lock("users"))

    def _launch(self) -> list[str]:
        """Start the server; return what a server that died without us has left in its file."""
        binaries, version = find_binaries(self._place.account, copies=self._place.base)
        stale = self._postmaster_file()
        if stale[4:] and _answers(Path(stale[4])):
            # Its guardian was killed. It is stopped first, for nobody would stop it later.
            self._run(binaries / "pg_ctl", "stop", "-D", self._place.data, "-m", "fast")
        if not self._place.data.exists():
            self._make_cluster(binaries, version)
        command = [str(binaries / "postgres"), "-D", str(self._place.data)]
        for option in self._options():
            command += ["-c", option]
        self._start_guardian(command)
        return stale

    def _options(self) -> tuple[str, ...]:
        sockets = f"unix_socket_directories={self._place.socket_folder()}"
        return (*OPTIONS, sockets, *(() if self._durable else FAST_AND_FORGETFUL))

    def _make_cluster(self, binaries: Path, version: int) -> None:
        # Under another name until it is whole: a killed initdb leaves no half cluster.
        unfinished = self._place.home / "pg.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--username=cabinet", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        if version >= BUILTIN_LOCALES_SINCE:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self._durable:
            options += ["--no-sync"]
        self._run(binaries / "initdb", "-D", unfinished, "--no-instructions", *options)
        unfinished.rename(self._place.data)

    def _start_guardian(self, command: list[str]) -> None:
        account = json.dumps(self._place.account.process_options())
        users = self._place.lock("users")
        with _opened(self._place.lock("guardian")) as lock, _opened(self.log) as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # The lock goes over to the guardian, which inherits the open file.
            arguments = [str(users), str(lock.fileno()), account, *command]
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", str(guardian.__file__), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=process_environment(),
                pass_fds=[lock.fileno()],
                start_new_session=True,
            )
            lock.truncate(0)
            lock.write(f"{process.pid}\n")
        process.returncode = 0  # not ours to wait for: it stays while others use the server

    def _wait_until_ready(self, stale: list[str] | None) -> Path:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_running():
            told = self._postmaster_file()
            if told != stale and told[7:] and told[7].strip() == "ready":
                return Path(told[4])
            time.sleep(0.01)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
        raise NoDatabase(FAILED.format(log=self.log, tail=tail))

    def _postmaster_file(self) -> list[str]:
        """Return what the server tells about itself: line 5 its sockets, line 8 its state."""
        with suppress(OSError):
            return (self._place.data / "postmaster.pid").read_text().splitlines()
        return []

    def _run(self, *command: str | Path) -> None:
        done = self._place.account.run(*command)
        if done.returncode:
            tail = "\n".join(done.stderr.splitlines()[-5:])
            raise NoDatabase(TOOL_FAILED.format(tool=command[0], tail=tail))


def _opened(path: Path) -> IO[str]:
    return os.fdopen(open_private(path), "a", encoding="utf-8")


def _is_free(path: Path) -> bool:
    """Tell whether nobody holds the lock exclusively."""
    with _opened(path) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(os.fspath(folder / ".s.PGSQL.5432"))
        except OSError:
            return False
        return True


async def _create_database(socket_folder: Path, name: str) -> None:
    import asyncpg  # noqa: PLC0415 - a start that finds everything in place does without

    connection = await asyncpg.connect(user="cabinet", database="postgres", host=str(socket_folder))
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            quoted = name.replace('"', '""')
            # Two who come at once both find it missing; either error says that the other won.
            with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f'CREATE DATABASE "{quoted}"')
    finally:
        await connection.close()
