"""The supervisor, over tiny children."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from app.cli.supervisor import Child, GaveUp, Supervisor
from tests.cli.waiting import is_alive, wait_until

WAIT = "import time; print('begun', flush=True); time.sleep(60)"
DIE = "print('last words', flush=True); raise SystemExit(7)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + WAIT
WATCHING = "from app.cli import lifeline; lifeline.watch();" + WAIT
SUPERVISING = """
import os, sys, time
from pathlib import Path
from app.cli.supervisor import Child, Supervisor
with Supervisor(print) as children:
    child = Child("child", [sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]), os.environ)
    children.start(child)
    print(child.process.pid, flush=True)
    time.sleep(60)
"""


def child_of(tmp_path: Path, program: str, name: str = "worker") -> Child:
    return Child(name, [sys.executable, "-c", program], tmp_path / f"{name}.log", os.environ)


def has_begun(child: Child) -> bool:
    return "begun" in child.last_words()


def test_what_dies_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    child = child_of(tmp_path, WAIT)
    with Supervisor(said.append) as children:
        children.start(child)
        first = child.process
        assert first is not None
        wait_until(lambda: has_begun(child))
        first.kill()
        first.wait()

        children.restart_the_dead()

        assert child.process is not first
        wait_until(lambda: has_begun(child))
    assert said == ["The worker stopped (exit code -9); starting it again."]


def test_what_keeps_dying_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    said: list[str] = []
    child = child_of(tmp_path, DIE, "API")
    child.log.write_text("of another time\n")

    def dies_for_good() -> bool:
        try:
            children.restart_the_dead()
        except GaveUp as error:
            said.append(str(error))
            return True
        return False

    with Supervisor(said.append) as children:
        children.start(child)
        wait_until(dies_for_good)

    assert len(said) == 3
    assert "The API keeps stopping (exit code 7)" in said[-1]
    assert said[-1].endswith("ends with:\nlast words")


def test_children_stop_in_the_order_they_started(tmp_path: Path) -> None:
    order = tmp_path / "order"
    program = (
        "import signal, sys, time\n"
        "def stop(*_):\n"
        f"    open({str(order)!r}, 'a').write(NAME); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop)\n" + WAIT
    )
    api = child_of(tmp_path, f"NAME = 'api '\n{program}", "api")
    worker = child_of(tmp_path, f"NAME = 'worker '\n{program}")

    with Supervisor(print) as children:
        children.start(api)
        children.start(worker)
        wait_until(lambda: has_begun(api) and has_begun(worker))

    assert order.read_text() == "api worker "
    assert api.exit_code() == worker.exit_code() == 0


def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    child = child_of(tmp_path, STUBBORN)
    child.stop_seconds = 0.1

    with Supervisor(print) as children:
        children.start(child)
        wait_until(lambda: has_begun(child))

    assert child.exit_code() == -signal.SIGKILL


def test_children_do_not_outlive_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISING, WATCHING, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:  # noqa: S603 - a program of ours
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        wait_until(lambda: "begun" in (tmp_path / "log").read_text())
        assert is_alive(child)

        supervisor.kill()

        wait_until(lambda: not is_alive(child))


def test_a_log_that_has_grown_too_long_is_put_aside(
    tmp_path: Path,
) -> None:
    child = child_of(tmp_path, WAIT)
    child.log.write_bytes(b"x" * 10_000_001)

    with Supervisor(print) as children:
        children.start(child)
        wait_until(lambda: has_begun(child))

    assert (tmp_path / "worker.old.log").stat().st_size == 10_000_001
    assert child.log.stat().st_size < 100
