import json
import os
import stat
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from typer.testing import CliRunner

from app.access import Credentials
from app.cli.__main__ import cli
from app.cli.keys import sandbox_keys
from app.security.access_tokens import AccessTokens, TokenRejected
from tests.conftest import ISSUER
from tests.factories.keys import new_signing_key
from tests.fakes.clock import NOON


def test_new_keys_are_an_env_file_for_production(cli_runner: CliRunner) -> None:
    first = cli_runner.invoke(cli, ["keys", "new"]).stdout
    second = cli_runner.invoke(cli, ["keys", "new"]).stdout

    secret, _, pem = first.partition("\n")
    name, _, value = secret.partition("=")
    assert name == "CABINET_SECRET_KEY"
    assert len(value.strip('"')) >= 43
    name, _, value = pem.strip().partition("=")
    assert name == "CABINET_TOKEN_KEYS"
    key = load_pem_private_key(value.strip('"').encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    assert first != second


def test_the_sandbox_makes_its_keys_once_and_shows_them_to_nobody(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = sandbox_keys(tmp_path)
    finally:
        os.umask(before)

    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sandbox_keys(tmp_path) == made
    assert made.keys() == {"CABINET_SECRET_KEY", "CABINET_TOKEN_KEYS", "CABINET_SMS_TOKEN"}
    assert len(made["CABINET_SECRET_KEY"]) >= 43


NOTHING_SET = {"CABINET_TOKEN_KEYS": None, "CABINET_SECRET_KEY": None, "CABINET_SECRET_KEYS": None}
STRONG = "q7Zp1xV-nK4tY9_rB2mW8sD3fG6hJ0cL"
SOMEBODY = Credentials(uuid4(), uuid4(), uuid4())


def signed_by(keys_pem: str) -> str:
    return AccessTokens(keys_pem=keys_pem, issuer=ISSUER).issue(SOMEBODY, now=NOON)


def is_good(token: str, keys_pem: str) -> bool:
    try:
        AccessTokens(keys_pem=keys_pem, issuer=ISSUER).verify(token, now=NOON)
    except TokenRejected:
        return False
    return True


def test_the_sandbox_rotates_its_keys_and_keeps_the_old_ones(
    cli_runner: CliRunner, tmp_path: Path
) -> None:
    state = {"CABINET_STATE_DIR": str(tmp_path / "state"), **NOTHING_SET}
    (tmp_path / "state").mkdir()
    before = sandbox_keys(tmp_path / "state")
    old = signed_by(before["CABINET_TOKEN_KEYS"])

    said = [cli_runner.invoke(cli, ["keys", "rotate"], env=state) for _ in range(2)]

    after = sandbox_keys(tmp_path / "state")
    [file] = (tmp_path / "state").iterdir()
    assert [each.exit_code for each in said] == [0, 0]
    assert "10 minutes" in said[0].stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert after["CABINET_TOKEN_KEYS"].count("BEGIN PRIVATE KEY") == 3
    assert after["CABINET_TOKEN_KEYS"].endswith(before["CABINET_TOKEN_KEYS"])
    assert is_good(old, after["CABINET_TOKEN_KEYS"])
    assert not is_good(signed_by(after["CABINET_TOKEN_KEYS"]), before["CABINET_TOKEN_KEYS"])
    keys = after["CABINET_SECRET_KEYS"].splitlines()
    assert (len(set(keys)), keys[-1]) == (3, before["CABINET_SECRET_KEY"])
    assert after.keys() == {"CABINET_SECRET_KEYS", "CABINET_TOKEN_KEYS", "CABINET_SMS_TOKEN"}
    assert after["CABINET_SMS_TOKEN"] == before["CABINET_SMS_TOKEN"]


def test_the_sandbox_keeps_a_bounded_number_of_secret_keys(
    cli_runner: CliRunner, tmp_path: Path
) -> None:
    state = {"CABINET_STATE_DIR": str(tmp_path), **NOTHING_SET}

    said = [cli_runner.invoke(cli, ["keys", "rotate"], env=state) for _ in range(10)]

    assert {each.exit_code for each in said} == {0}
    assert len(set(sandbox_keys(tmp_path)["CABINET_SECRET_KEYS"].splitlines())) == 8


@pytest.mark.parametrize("spelling", ["lines", "one line"])
def test_a_deployment_is_told_the_new_value_and_when_the_old_key_may_go(
    cli_runner: CliRunner, tmp_path: Path, spelling: str
) -> None:
    old = new_signing_key()
    given = old if spelling == "lines" else old.replace("\n", "\\n")
    environment = {"CABINET_TOKEN_KEYS": given, "CABINET_STATE_DIR": str(tmp_path)}

    done = cli_runner.invoke(cli, ["keys", "rotate"], env=environment)

    value = done.stdout.partition('CABINET_TOKEN_KEYS="')[2].strip().removesuffix('"')
    fresh = value.removesuffix(old.strip())
    assert done.exit_code == 0
    assert "10 minutes after the last restart" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert is_good(signed_by(old), value)
    assert is_good(signed_by(value), fresh)
    assert not is_good(signed_by(value), old)
    assert not is_good(signed_by(old), fresh)


@pytest.mark.parametrize(
    "environment",
    [
        {"CABINET_MODE": "production"},
        {"CABINET_TOKEN_KEYS": "not a key"},
        {"CABINET_SECRET_KEY": "a" * 40},
        {"CABINET_SECRET_KEYS": "[nonsense"},
    ],
)
def test_what_cannot_be_rotated_is_refused(
    cli_runner: CliRunner, tmp_path: Path, environment: dict[str, str]
) -> None:
    done = cli_runner.invoke(
        cli, ["keys", "rotate"], env=environment | {"CABINET_STATE_DIR": str(tmp_path)}
    )

    assert done.exit_code == 2
    assert "keys new" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_deployment_rotates_its_secret_key_into_a_list(
    cli_runner: CliRunner, tmp_path: Path
) -> None:
    environment = {"CABINET_STATE_DIR": str(tmp_path), **NOTHING_SET, "CABINET_SECRET_KEY": STRONG}

    first = cli_runner.invoke(cli, ["keys", "rotate", "--format", "docker"], env=environment)
    [line] = [each for each in first.stdout.splitlines() if not each.startswith("#")]
    name, _, value = line.partition("=")
    again = environment | {"CABINET_SECRET_KEY": None, name: value}
    second = cli_runner.invoke(cli, ["keys", "rotate"], env=again)

    fresh, old = json.loads(value)
    assert (name, old, fresh == STRONG) == ("CABINET_SECRET_KEYS", STRONG, False)
    assert "92 days after it" in first.stdout
    assert "unset that one" in first.stdout
    listed = second.stdout.partition('CABINET_SECRET_KEYS="')[2].partition('"')[0].splitlines()
    assert (len(listed), listed[1:]) == (3, [fresh, STRONG])


def test_keys_for_docker_run_are_lines_without_quotes(cli_runner: CliRunner) -> None:
    said = cli_runner.invoke(cli, ["keys", "new", "--format", "docker"]).stdout

    values = dict(line.split("=", 1) for line in said.splitlines())
    assert values.keys() == {"CABINET_SECRET_KEY", "CABINET_TOKEN_KEYS"}
    assert '"' not in said
    assert is_good(signed_by(values["CABINET_TOKEN_KEYS"]), values["CABINET_TOKEN_KEYS"])


def test_keys_in_files_are_private_and_never_written_over(
    cli_runner: CliRunner, tmp_path: Path
) -> None:
    folder = tmp_path / "secrets"
    command = ["keys", "new", "--format", "files", "--into", str(folder)]

    done, again = (cli_runner.invoke(cli, command) for _ in range(2))

    assert done.exit_code == 0, done.stderr
    written = sorted(folder.iterdir())
    assert [path.name for path in written] == ["cabinet_secret_key", "cabinet_token_keys"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert "CABINET_SECRET_KEY_FILE" in done.stdout
    assert written[0].read_text().strip() not in done.stdout
    assert again.exit_code == 2
    assert "cannot be written" in again.stderr


def test_files_need_a_folder(cli_runner: CliRunner) -> None:
    done = cli_runner.invoke(cli, ["keys", "new", "--format", "files"])

    assert done.exit_code == 2
    assert "--into" in done.stderr
