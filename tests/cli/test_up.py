"""The sandbox as a whole: real database, real API, real worker."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import cli
from app.cli.one_copy import only_copy
from app.cli.project import ROOT
from tests.cli.waiting import is_alive, sent_to_ourselves, wait_until

SECONDS = 30.0
PAGES = ("/health/ready", "/docs", "/sandbox", "/sandbox/sms")


@pytest.fixture(scope="module")
def kept_state() -> Iterator[Path]:
    """A state folder that the first start of these tests fills and the second one finds."""
    with tempfile.TemporaryDirectory(prefix="cab-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def has_worker_started(state: Path) -> bool:
    log = state / "worker.log"
    return log.exists() and "worker_started" in log.read_text()


def test_the_first_start_makes_everything_and_ctrl_c_stops_it(
    cli_runner: CliRunner, kept_state: Path, free_port: int
) -> None:
    environment = {"CABINET_PORT": str(free_port), "CABINET_STATE_DIR": str(kept_state)}
    seen: dict[str, bool] = {}

    def everything_was_looked_at() -> bool:
        if not has_worker_started(kept_state):
            return False
        seen.update((path, answers(free_port, path)) for path in PAGES)
        return True

    with sent_to_ourselves(signal.SIGINT, when=everything_was_looked_at):
        done = cli_runner.invoke(cli, env=environment)

    assert done.exit_code == 0, done.output
    assert seen == dict.fromkeys(PAGES, True)
    assert "Bringing the tables up to date." in done.output
    assert done.output.endswith("Stopped.\n")
    assert not answers(free_port, "/health/ready")
    assert not (kept_state / "dev" / "pg" / "postmaster.pid").exists()


def test_the_second_start_finds_everything_and_kill_9_leaves_nothing(
    kept_state: Path, free_port: int
) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "CABINET_PORT": str(free_port),
        "CABINET_STATE_DIR": str(kept_state),
        "PYTHONPATH": str(ROOT),
    }
    keys = (kept_state / "sandbox-keys.json").read_text()
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "app.cli"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd="/",
    ) as sandbox:
        assert sandbox.stdout is not None
        said = "".join(iter(sandbox.stdout.readline, "Ctrl-C stops everything.\n"))
        database = int((kept_state / "dev" / "pg" / "postmaster.pid").read_text().split()[0])
        assert answers(free_port, "/health/ready")

        sandbox.kill()

    assert "Bringing the tables up to date." not in said
    assert f"http://127.0.0.1:{free_port}/docs" in said
    assert said.count("+380") == 3
    assert (kept_state / "sandbox-keys.json").read_text() == keys
    wait_until(lambda: not answers(free_port, "/health/ready"), seconds=SECONDS)
    wait_until(lambda: not is_alive(database), seconds=SECONDS)
    wait_until(lambda: has_stopped(kept_state / "worker.log"), seconds=SECONDS)


def has_stopped(log: Path) -> bool:
    """Tell whether each worker that has written to the log has also told that it stopped."""
    text = log.read_text()
    return text.count('"worker_stopped"') == text.count('"worker_started"')


def test_a_taken_port_is_said_first_and_by_name(
    cli_runner: CliRunner, state: Path, free_port: int
) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        done = cli_runner.invoke(
            cli, ["up"], env={"CABINET_PORT": str(free_port), "CABINET_STATE_DIR": str(state)}
        )

    assert done.exit_code == 2
    assert f"Port {free_port} on 127.0.0.1 is taken" in done.stderr
    assert f"CABINET_PORT={free_port + 1} CABINET_STATE_DIR=.data-{free_port + 1}" in done.stderr
    assert not list(state.iterdir())


def test_a_second_copy_on_the_same_folder_is_told_where_the_first_answers(
    cli_runner: CliRunner, state: Path, free_port: int
) -> None:
    with only_copy(state, port=8123):
        done = cli_runner.invoke(
            cli, ["up"], env={"CABINET_PORT": str(free_port), "CABINET_STATE_DIR": str(state)}
        )

    assert done.exit_code == 2
    assert f"A copy runs on the state folder {state} already: http://127.0.0.1:8123" in done.stderr
    assert f"CABINET_PORT={free_port + 1} CABINET_STATE_DIR={state}-{free_port + 1}" in done.stderr
    assert not (state / "sandbox-keys.json").exists()
    with only_copy(state, port=8124):
        assert (state / "running").read_text() == "http://127.0.0.1:8124\n"


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("CABINET_PORT", "eight", "CABINET_PORT is 'eight', which is not a port."),
        ("CABINET_PORT", "65536", "CABINET_PORT is '65536', which is not a port."),
        ("CABINET_HOST", "192.0.2.1", "Leave CABINET_HOST out"),
        ("CABINET_HOST", "2001:db8::1", "Leave CABINET_HOST out"),
        ("CABINET_MODE", "production", "`up` is the sandbox"),
        ("CABINET_STATE_DIR", "/dev/null/state", "Set CABINET_STATE_DIR"),
        ("CABINET_PG_BIN", "/nowhere", "name a database of your own in DATABASE_URL"),
    ],
)
def test_what_cannot_be_started_is_refused_with_a_remedy(
    cli_runner: CliRunner, state: Path, free_port: int, name: str, value: str, remedy: str
) -> None:
    environment = {"CABINET_PORT": str(free_port), "CABINET_STATE_DIR": str(state), name: value}

    done = cli_runner.invoke(cli, ["up"], env=environment)

    assert done.exit_code == 2
    assert remedy in done.stderr


def test_an_api_that_cannot_start_is_given_up(
    cli_runner: CliRunner, kept_state: Path, free_port: int
) -> None:
    done = cli_runner.invoke(
        cli,
        ["up"],
        env={
            "CABINET_PORT": str(free_port),
            "CABINET_STATE_DIR": str(kept_state),
            "CABINET_SECRET_KEY": "short",
        },
    )

    assert done.exit_code == 1
    assert "The API keeps stopping (exit code 2)." in done.stderr
    assert "CABINET_SECRET_KEY" in done.stderr


def test_a_database_of_ones_own_is_used(cli_runner: CliRunner, state: Path, free_port: int) -> None:
    environment = {"CABINET_PORT": str(free_port), "CABINET_STATE_DIR": str(state)}
    nobody_there = "postgresql+asyncpg://cabinet@127.0.0.1:1/cabinet"

    done = cli_runner.invoke(cli, env={**environment, "DATABASE_URL": nobody_there})

    assert done.exit_code == 1
    assert "Using the database that DATABASE_URL names." in done.stdout
    assert "The database cannot be reached" in done.stderr
    assert not (state / "dev").exists()


def test_broken_keys_are_said_to_be_so(cli_runner: CliRunner, state: Path, free_port: int) -> None:
    (state / "sandbox-keys.json").write_text(json.dumps({})[:1])
    environment = {"CABINET_PORT": str(free_port), "CABINET_STATE_DIR": str(state)}

    done = cli_runner.invoke(cli, env=environment)

    assert done.exit_code == 2
    assert "Delete that file" in done.stderr
