"""Links that another user plants lead root to no other file (run as root, they are the attack)."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import cli
from app.cli.keys import SANDBOX_KEYS, sandbox_keys
from app.cli.supervisor import Child
from app.devdb import DevServer, NoDatabase
from app.devdb.safe_files import give, open_private, write_private

SECRET = "nobody else's"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root is led anywhere")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that only we may read and write."""
    path = tmp_path / "victim"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def symlink(place: Path, victim: Path) -> None:
    place.symlink_to(victim)


def hard_link(place: Path, victim: Path) -> None:
    place.hardlink_to(victim)


def pipe(place: Path, _victim: Path) -> None:
    os.mkfifo(place)


def folder(place: Path, _victim: Path) -> None:
    place.mkdir()


@pytest.mark.parametrize("plant", [symlink, hard_link, pipe, folder])
def test_what_is_no_file_of_its_own_is_not_opened(
    tmp_path: Path, victim: Path, plant: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "shared").mkdir()
    plant(tmp_path / "shared" / "log", victim)

    with pytest.raises(OSError, match=r"."):
        open_private(tmp_path / "shared" / "log")

    assert victim.read_text() == SECRET


def test_a_folder_that_is_a_link_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match=r"."):
        open_private(tmp_path / "link" / "log")

    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_that_was_readable_by_all_is_private_from_now_on(tmp_path: Path) -> None:
    (tmp_path / "api.log").write_text("older lines\n")
    (tmp_path / "api.log").chmod(0o644)

    os.close(open_private(tmp_path / "api.log"))

    assert stat.S_IMODE((tmp_path / "api.log").stat().st_mode) == 0o600
    assert (tmp_path / "api.log").read_text() == "older lines\n"


def test_a_whole_file_takes_the_place_of_a_planted_link(tmp_path: Path, victim: Path) -> None:
    (tmp_path / f"keys.{os.getpid()}").symlink_to(victim)
    (tmp_path / "keys").symlink_to(victim)

    write_private(tmp_path / "keys", "ours")

    assert victim.read_text() == SECRET
    assert not (tmp_path / "keys").is_symlink()
    assert (tmp_path / "keys").read_text() == "ours"


@as_root
def test_a_folder_is_given_away_and_not_what_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "ours")

    with pytest.raises(OSError, match=r"."):
        give(tmp_path / "link", uid=65534, gid=65534)
    assert (tmp_path / "ours").stat().st_uid == 0

    give(tmp_path / "ours", uid=65534, gid=65534)
    assert (tmp_path / "ours").stat().st_uid == 65534
    with pytest.raises(PermissionError, match="another user"):
        give(tmp_path / "ours", uid=0, gid=0)


@as_root
def test_the_account_of_the_server_cannot_lead_root_from_its_folder(
    state: Path, victim: Path
) -> None:
    with DevServer("dev", state_dir=state):
        pass
    home = state / "dev"
    names = [".starting", ".users", ".guardian", "server.log", "starting", "users", "guardian"]
    for name in names:
        (home / name).symlink_to(victim)

    with DevServer("dev", state_dir=state) as server:
        log = server.log
        assert server.is_running()

    assert victim.read_text() == SECRET
    assert home.stat().st_uid != 0
    run = log.parent
    assert (run.stat().st_uid, stat.S_IMODE(run.stat().st_mode)) == (0, 0o700)
    assert {stat.S_IMODE(path.stat().st_mode) for path in run.iterdir()} == {0o600}


@as_root
def test_a_folder_of_locks_that_another_user_has_made_is_refused(state: Path) -> None:
    (state / "dev.run").mkdir()
    os.chown(state / "dev.run", 12345, 12345)

    with (
        pytest.raises(NoDatabase, match="belongs to another user"),
        DevServer("dev", state_dir=state),
    ):
        pass


@as_root
def test_a_note_of_another_user_does_not_choose_where_root_works(
    state: Path, tmp_path: Path
) -> None:
    (state / "database-folder").write_text(f"{tmp_path}\n")

    with pytest.raises(NoDatabase, match="CABINET_STATE_DIR"), DevServer("dev", state_dir=state):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["api.log", "worker.log"])
def test_the_sandbox_does_not_start_over_a_planted_log(
    cli_runner: CliRunner, state: Path, free_port: int, victim: Path, name: str
) -> None:
    (state / name).symlink_to(victim)

    done = cli_runner.invoke(
        cli, env={"CABINET_STATE_DIR": str(state), "CABINET_PORT": str(free_port)}
    )

    assert done.exit_code == 2
    assert "is a link" in done.stderr
    assert "CABINET_STATE_DIR" in done.stderr
    assert victim.read_text() == SECRET


def test_a_child_writes_to_a_private_log_and_to_no_link(tmp_path: Path, victim: Path) -> None:
    child = Child("worker", ["true"], tmp_path / "worker.log", os.environ)
    (tmp_path / "worker.log").symlink_to(victim)

    with pytest.raises(OSError, match="is a link"):
        child.start(0)

    assert victim.read_text() == SECRET


def test_keys_are_not_written_through_a_link(tmp_path: Path, victim: Path) -> None:
    (tmp_path / f"{SANDBOX_KEYS}.{os.getpid()}").symlink_to(victim)

    sandbox_keys(tmp_path)

    assert victim.read_text() == SECRET
    assert stat.S_IMODE((tmp_path / SANDBOX_KEYS).stat().st_mode) == 0o600
